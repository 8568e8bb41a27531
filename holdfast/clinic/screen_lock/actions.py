"""The only writer of quick PINs and of who signed in in full where."""

from __future__ import annotations

import datetime as dt
from enum import Enum

from django.contrib.auth.hashers import check_password, make_password
from django.db import transaction

from holdfast.clinic.accounts.models import User
from holdfast.clinic.audit import actions as audit
from holdfast.clinic.screen_lock.models import QuickPin, SignedInHere
from holdfast.clinic.screen_lock.pins import TRIES, fault_of
from holdfast.errors import InputError


class Tried(Enum):
    """What became of a try."""

    RIGHT = "right"
    WRONG = "wrong"
    SPENT = "spent"  # too many wrong ones, or no PIN: only the full sign-in opens


def set_pin(*, user: User, pin: str, now: dt.datetime) -> None:
    """A person's own quick PIN, new or in place of the old one. Raises `InputError` led by `pin`."""
    if fault := fault_of(pin, username=user.username):
        raise InputError(f"pin: {fault}")
    hashed = make_password(pin)  # slow by design, so before the transaction
    with transaction.atomic():
        QuickPin.objects.update_or_create(user=user, defaults={"hash": hashed, "set_at": now, "tries": 0})
        audit.record(user, "screen_lock.set_pin", user, at=now)


@transaction.atomic
def remove_pin(*, user: User, now: dt.datetime) -> None:
    """A person gives their quick PIN up; a locked screen then asks for the password."""
    QuickPin.objects.filter(user=user).delete()
    audit.record(user, "screen_lock.remove_pin", user, at=now)


def try_pin(*, user: User, pin: str, now: dt.datetime) -> Tried:
    """Hold a PIN against the person's. The try is counted before it is judged, so many at once are no way round."""
    with transaction.atomic():
        kept = QuickPin.objects.select_for_update(no_key=True).filter(user=user).first()
        if kept is None or kept.tries >= TRIES:
            return Tried.SPENT
        kept.tries += 1
        kept.save(update_fields=["tries"])
    right = check_password(pin, kept.hash)
    with transaction.atomic():
        if right:
            QuickPin.objects.filter(user=user).update(tries=0)
        audit.record(user, "screen_lock.unlock" if right else "screen_lock.pin_refused", user, at=now)
    if right:
        return Tried.RIGHT
    return Tried.SPENT if kept.tries >= TRIES else Tried.WRONG


@transaction.atomic
def note_unlock(*, user: User, now: dt.datetime) -> None:
    """A locked screen was opened by the password."""
    audit.record(user, "screen_lock.unlock", user, at=now, details={"by": "password"})


@transaction.atomic
def note_person_here(*, user: User, device: str, now: dt.datetime) -> None:
    """A full sign-in at this browser; wrong tries of the PIN begin anew. The entry on record is that of the sign-in."""
    proof = user.get_session_auth_hash()
    SignedInHere.objects.update_or_create(device=device, user=user, defaults={"proof": proof, "at": now})
    QuickPin.objects.filter(user=user).update(tries=0)


def forget_person(*, user: User) -> None:
    """Their PIN opens no screen before the next full sign-in. Part of every action that ends a person's sign-ins."""
    SignedInHere.objects.filter(user=user).delete()
