"""Questions about the lock of the screen."""

from __future__ import annotations

import datetime as dt

from django.utils.crypto import constant_time_compare

from holdfast import facts
from holdfast.clinic.accounts.models import User
from holdfast.clinic.programmes.models import Programme
from holdfast.clinic.screen_lock.models import QuickPin, SignedInHere
from holdfast.clinic.screen_lock.pins import TRIES
from holdfast.facts import chosen_settings

SETTING = "screen_lock"
LONGEST_NAME = User._meta.get_field("username").max_length or 0
KNOWN_FOR = dt.timedelta(hours=12)  # a long day at the clinic; then a full sign-in


def minutes_until_lock(user: User) -> int:
    """Without input, for this person: the fewest that one of their programmes chose, the table's default for none."""
    choices = Programme.objects.filter(pk__in=user.programme_ids()).values_list("choices", flat=True)
    keys = [chosen_settings(chosen, facts.load())[SETTING] for chosen in [*choices] or [{}]]
    return min(int(key.removeprefix("min_")) for key in keys)


def has_pin(user: User) -> bool:
    """A quick PIN that still opens."""
    return QuickPin.objects.filter(user=user, tries__lt=TRIES).exists()


def person_known_here(username: str, device: str, now: dt.datetime) -> User | None:
    """Who signed in in full at this browser lately, and whose account and password are as then."""
    username = username.strip()
    if len(username) > LONGEST_NAME or not username.isprintable():  # no account has it, and databases fail on it
        return None
    found = (
        SignedInHere.objects.select_related("user")
        .filter(device=device, user__username__iexact=username, at__gt=now - KNOWN_FOR)
        .first()
    )
    if found is None or not found.user.is_active:
        return None
    return found.user if constant_time_compare(found.proof, found.user.get_session_auth_hash()) else None
