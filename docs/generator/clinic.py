"""What each role of the clinic may do."""

from __future__ import annotations

import os

from generator.markdown import heading, table


def permissions_page() -> str:
    """Role by action, as holdfast/clinic/accounts/permissions.py holds it."""
    allowed, roles = _permissions()
    lines = heading(
        "Permissions",
        "Which role may do what, from `holdfast/clinic/accounts/permissions.py`. An action is checked again for the "
        "programme it concerns: a person acts only in the programmes they belong to. `command line` is whoever "
        "runs `holdfast` on the machine itself, `patient` whoever holds the link of a check-in, in that course alone.",
    )
    rows = [(f"`{action}`", *("yes" if role in allowed[action] else "" for role in roles)) for action in allowed]
    return "\n".join([*lines, *table(("action", *(role.replace("_", " ") for role in roles)), rows)])


def _permissions() -> tuple[dict[str, frozenset[str]], list[str]]:
    """The table needs Django's model classes; the settings of the tests leave nothing on the machine."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "holdfast.clinic.config.settings_test")
    import django

    django.setup()
    from holdfast.clinic.accounts.permissions import ALLOWED
    from holdfast.clinic.accounts.roles import COMMAND_LINE, PATIENT, Role

    return ALLOWED, [*Role.values, COMMAND_LINE, PATIENT]
