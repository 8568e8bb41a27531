"""Whether an account is the last one that can administer: closed or given another role, nobody could open any other."""

from __future__ import annotations

from holdfast.clinic.accounts.models import User
from holdfast.clinic.accounts.roles import Role

LAST = "this is the last active administrator; make another person administrator first"


def is_last_administrator(user: User, *, lock: bool = False) -> bool:
    """Is nobody else an active administrator? `lock`: others who ask wait for the end of this transaction."""
    active = User.objects.filter(role=Role.ADMINISTRATOR, is_active=True).order_by("pk")
    if lock:
        active = active.select_for_update(no_key=True)
    return [row.pk for row in active] == [user.pk]
