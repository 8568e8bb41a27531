"""`holdfast user`: the people who sign in. Whoever may run this on the machine may do it."""

from __future__ import annotations

import argparse
import datetime as dt
import secrets
import sys
from typing import TYPE_CHECKING

from holdfast.cli.clinic import opened_by_command_line
from holdfast.cli.output import emit, text_table
from holdfast.cli.parser import Verbs
from holdfast.errors import InputError

if TYPE_CHECKING:
    from holdfast.clinic.accounts.models import User

ROLES = ("prescriber", "nurse", "front_desk", "therapist", "programme_lead", "auditor", "administrator")
RESET_WORDS = ("lost", "stolen", "broken", "refused")
PASSWORD_BYTES = 12
WRITES = "the account and an entry in the record of actions"


def add_verbs(verbs: Verbs) -> None:
    """add, list, deactivate, reset-password, reset-two-step."""
    add = verbs.add(
        "add", _add, does="add a person and print a first password",
        example="holdfast user add ada --role nurse --full-name 'Ada Nurse' --json", writes=WRITES,
    )  # fmt: skip
    add.add_argument("username")
    add.add_argument("--role", required=True, help=f"one of {', '.join(ROLES)}")
    add.add_argument("--full-name", default="", help="shown beside what the person did")
    add.add_argument("--programme", action="append", default=[], metavar="KEY", help="a programme to belong to; repeat")
    _password_option(add)
    verbs.add("list", _list, does="list the people who can sign in", example="holdfast user list")
    deactivate = verbs.add(
        "deactivate", _deactivate, does="close an account and end its sessions",
        example="holdfast user deactivate ada", writes=WRITES,
    )  # fmt: skip
    deactivate.add_argument("username")
    reset = verbs.add(
        "reset-password", _reset, does="give a person a new password and print it",
        example="holdfast user reset-password ada", writes=WRITES,
    )  # fmt: skip
    reset.add_argument("username")
    _password_option(reset)
    two_step = verbs.add(
        "reset-two-step", _reset_two_step, does="take the second step of sign-in off a person who lost phone and codes",
        example="holdfast user reset-two-step ada --why lost", writes=WRITES,
    )  # fmt: skip
    two_step.add_argument("username")
    two_step.add_argument("--why", choices=RESET_WORDS, required=True, help="kept in the record of actions")


def _password_option(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--password-stdin", action="store_true", help="read the password from standard input instead")


def _password(arguments: argparse.Namespace) -> str:
    if not arguments.password_stdin:
        return secrets.token_urlsafe(PASSWORD_BYTES)
    password = sys.stdin.readline().rstrip("\r\n")
    if not password:
        raise InputError("standard input holds no password; write it on the first line")
    return password


def _add(arguments: argparse.Namespace) -> None:
    actor = opened_by_command_line(begins=True)
    from holdfast.clinic.accounts.actions import create_user
    from holdfast.clinic.programmes.queries import programme_by_key

    password = _password(arguments)
    user = create_user(
        actor=actor,
        username=arguments.username,
        role=arguments.role,
        full_name=arguments.full_name,
        password=password,
        programmes=[programme_by_key(actor=actor, key=key) for key in arguments.programme],
        now=dt.datetime.now(dt.UTC),
    )
    _tell(arguments, user, password)


def _list(arguments: argparse.Namespace) -> None:
    actor = opened_by_command_line()
    from holdfast.clinic.accounts.queries import users

    found = list(users(actor=actor))
    answer = [
        {
            "username": user.username,
            "full_name": user.get_full_name(),
            "role": user.role,
            "active": user.is_active,
            "programmes": [programme.key for programme in user.programmes.all()],
            "last_sign_in": user.last_login,
        }
        for user in found
    ]
    rows = [
        (
            user.username,
            user.role,
            "yes" if user.is_active else "no",
            ", ".join(programme.key for programme in user.programmes.all()),
            user.last_login.isoformat(timespec="minutes") if user.last_login else "never",
        )
        for user in found
    ]
    emit(arguments, answer, text_table(rows, ("user", "role", "active", "programmes", "last sign-in")))


def _deactivate(arguments: argparse.Namespace) -> None:
    actor = opened_by_command_line()
    from holdfast.clinic.accounts.actions import deactivate_user
    from holdfast.clinic.accounts.queries import user_by_name

    user = user_by_name(actor=actor, username=arguments.username)
    deactivate_user(actor=actor, user=user, now=dt.datetime.now(dt.UTC))
    emit(arguments, {"username": user.username, "active": False}, f"{user.username} can no longer sign in")


def _reset(arguments: argparse.Namespace) -> None:
    actor = opened_by_command_line()
    from holdfast.clinic.accounts.actions import reset_password
    from holdfast.clinic.accounts.queries import user_by_name

    password = _password(arguments)
    user = user_by_name(actor=actor, username=arguments.username)
    reset_password(actor=actor, user=user, password=password, now=dt.datetime.now(dt.UTC))
    _tell(arguments, user, password)


def _reset_two_step(arguments: argparse.Namespace) -> None:
    actor = opened_by_command_line()
    from holdfast.clinic.accounts.actions import reset_two_step
    from holdfast.clinic.accounts.queries import user_by_name

    user = user_by_name(actor=actor, username=arguments.username)
    reset_two_step(actor=actor, user=user, why=arguments.why, now=dt.datetime.now(dt.UTC))
    answer = {"username": user.username, "two_step": False}
    emit(arguments, answer, f"{user.username} signs in with the password alone until it is set up anew")


def _tell(arguments: argparse.Namespace, user: User, password: str) -> None:
    shown = None if arguments.password_stdin else password
    answer = {"username": user.username, "role": user.role, "password": shown}
    text = f"{answer['username']} signs in as {answer['role']}"
    if shown:
        text += f"\nPassword, shown this once: {shown}"
    emit(arguments, answer, text)
