"""The only writer of accounts."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable

from allauth.mfa.models import Authenticator
from django.contrib.auth.password_validation import validate_password
from django.contrib.sessions.models import Session
from django.core.exceptions import ValidationError
from django.db import transaction

from holdfast.clinic.accounts.administrators import LAST, is_last_administrator
from holdfast.clinic.accounts.models import Actor, TwoStepChoice, User, person
from holdfast.clinic.accounts.permissions import require
from holdfast.clinic.accounts.roles import Role
from holdfast.clinic.accounts.two_step import RESET_REASONS
from holdfast.clinic.audit import actions as audit
from holdfast.clinic.plain_text import require_plain_text
from holdfast.clinic.programmes.models import Programme
from holdfast.clinic.screen_lock.actions import forget_person
from holdfast.errors import InputError


def create_user(
    *,
    actor: Actor,
    username: str,
    role: str,
    password: str,
    now: dt.datetime,
    full_name: str = "",
    programmes: Iterable[Programme] = (),
) -> User:
    """A new account. Raises `InputError` on a taken or empty name, an unknown role or a weak password."""
    require(actor, "user.create")
    _known_role(role)
    first, _, last = full_name.strip().partition(" ")
    user = User(username=_free_username(username), role=role, first_name=first, last_name=last)
    require_plain_text(user, "username", "first_name", "last_name")
    _strong(password, user)
    user.set_password(password)  # slow by design, so before the transaction: SQLite lets one writer in at a time
    return _store_user(actor, user, list(programmes), now)


@transaction.atomic
def _store_user(actor: Actor, user: User, programmes: list[Programme], now: dt.datetime) -> User:
    _free_username(user.username)  # again, now that nobody else can take it
    user.save()
    user.programmes.set(programmes)
    audit.record(actor, "user.create", user, at=now, details={"role": user.role})
    return user


@transaction.atomic
def change_role(*, actor: Actor, user: User, role: str, now: dt.datetime) -> User:
    """Another role for a person. Raises `InputError` where nobody would be left to administer."""
    require(actor, "user.change_role", user)
    _known_role(role)
    if role != Role.ADMINISTRATOR:
        _leaves_an_administrator(user)
    before, user.role = user.role, role
    user.save(update_fields=["role"])
    audit.record(actor, "user.change_role", user, at=now, details={"from": before, "to": role})
    return user


@transaction.atomic
def set_programmes(*, actor: Actor, user: User, programmes: Iterable[Programme], now: dt.datetime) -> User:
    """The programmes a person belongs to, replacing the former ones."""
    require(actor, "user.set_programmes", user)
    chosen = list(programmes)
    user.programmes.set(chosen)
    user.__dict__.pop("_programme_ids", None)
    audit.record(actor, "user.set_programmes", user, at=now, details={"programmes": [p.key for p in chosen]})
    return user


@transaction.atomic
def change_role_and_programmes(
    *, actor: Actor, user: User, role: str, programmes: Iterable[Programme], now: dt.datetime
) -> User:
    """Both at once, as one form asks; what stays as it was leaves no entry."""
    require(actor, "user.change_role", user)
    chosen = list(programmes)
    if role != user.role:
        change_role(actor=actor, user=user, role=role, now=now)
    if set(chosen) != set(user.programmes.all()):
        set_programmes(actor=actor, user=user, programmes=chosen, now=now)
    return user


@transaction.atomic
def deactivate_user(*, actor: Actor, user: User, now: dt.datetime) -> User:
    """Close an account and end its sessions. The account stays, because records name it.

    Raises `InputError` where nobody would be left to administer.
    """
    require(actor, "user.deactivate", user)
    _leaves_an_administrator(user)
    user.is_active = False
    user.save(update_fields=["is_active"])
    _end_sessions(user)
    audit.record(actor, "user.deactivate", user, at=now)
    return user


def reset_password(*, actor: Actor, user: User, password: str, now: dt.datetime) -> User:
    """A new password for a person who lost theirs; their sessions end."""
    require(actor, "user.reset_password", user)
    _strong(password, user)
    user.set_password(password)  # before the transaction, as in create_user
    with transaction.atomic():
        user.save(update_fields=["password"])
        _end_sessions(user)
        audit.record(actor, "user.reset_password", user, at=now)
    return user


@transaction.atomic
def reset_two_step(*, actor: Actor, user: User, why: str, now: dt.datetime) -> User:
    """Take every second step from a person who cannot use theirs; they set it up anew. Sessions end.

    `why` is one of `two_step.RESET_REASONS`, a word that the record of actions can keep. Raises `InputError` else.
    """
    require(actor, "user.reset_two_step", user)
    if why not in RESET_REASONS:
        raise InputError(f"why: {why!r} is not known; give one of {', '.join(RESET_REASONS)}")
    Authenticator.objects.filter(user=user).delete()
    _end_sessions(user)
    audit.record(actor, "user.reset_two_step", user, at=now, details={"why": why})
    return user


@transaction.atomic
def require_two_step(*, actor: Actor, programme: Programme, required: bool, now: dt.datetime) -> TwoStepChoice:
    """Require two-step sign-in of everybody in the programme, or no longer. In force from the next page they open."""
    require(actor, "programme.require_two_step", programme)
    choice = TwoStepChoice(programme=programme, required=required, by=person(actor), at=now)
    choice.save()
    audit.record(actor, "programme.require_two_step", programme, at=now, details={"required": required})
    return choice


@transaction.atomic
def note_two_step(*, user: User, what: str, now: dt.datetime) -> None:
    """Write down that a person set up, changed or removed their own second step."""
    audit.record(user, "user.two_step", user, at=now, details={"what": what})


def change_own_password(*, user: User, password: str, now: dt.datetime) -> None:
    """A person changes their own password, having given the old one (checked by the form)."""
    user.set_password(password)
    with transaction.atomic():
        user.save(update_fields=["password"])
        audit.record(user, "user.change_password", user, at=now)


@transaction.atomic
def take_sign_count(*, user: User, passkey: Authenticator, count: int, now: dt.datetime) -> bool:
    """Keep how often a passkey says it has signed; False, on record, where that is not more than it said before.

    A count that does not rise is the sign of a copy (WebAuthn, 7.2 step 22). Passkeys that always say 0 count nothing.
    """
    locked = Authenticator.objects.select_for_update(no_key=True).get(pk=passkey.pk)
    before = locked.data.get("sign_count", 0)
    if (count or before) and count <= before:
        audit.record(user, "user.passkey_refused", user, at=now, details={"why": "count_did_not_rise"})
        return False
    locked.data["sign_count"] = count
    locked.save(update_fields=["data"])
    return True


@transaction.atomic
def note_sign_in(*, user: User, now: dt.datetime, by: str = "password") -> None:
    """Write down that a person signed in, and by what. Failed attempts are kept by django-axes."""
    audit.record(user, "user.sign_in", user, at=now, details={"by": by})


def _known_role(role: str) -> None:
    if role not in Role.values:
        raise InputError(f"role {role!r} is not known; choose one of {', '.join(Role.values)}")


def _leaves_an_administrator(user: User) -> None:
    if is_last_administrator(user, lock=True):
        raise InputError(LAST)


def _free_username(username: str) -> str:
    username = User.normalize_username(username.strip())
    try:
        User._meta.get_field("username").clean(username, None)
    except ValidationError as error:
        raise InputError(f"user name {username!r} cannot be used: {' '.join(error.messages)}") from None
    if User.objects.filter(username__iexact=username).exists():
        raise InputError(f"the user name {username!r} is taken; choose another")
    return username


def _strong(password: str, user: User) -> None:
    if not password.isprintable():
        raise InputError("the password cannot be used: it holds a sign that cannot be printed; choose one you can type")
    try:
        validate_password(password, user)
    except ValidationError as error:
        raise InputError(f"the password cannot be used: {' '.join(error.messages)}") from None


def _end_sessions(user: User) -> None:
    forget_person(user=user)
    for session in Session.objects.all():
        if session.get_decoded().get("_auth_user_id") == str(user.pk):
            session.delete()
