"""What each role of the clinic may do."""

from __future__ import annotations

from generator.markdown import heading


def permissions_page() -> str:
    """Role by action, as holdfast/clinic/accounts/permissions.py holds it."""
    return "\n".join(heading("Permissions"))
