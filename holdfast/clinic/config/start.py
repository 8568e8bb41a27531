"""Opening the clinic outside a web request: settings, migrations, and what the first start brings.

Imported by the command line only inside the verbs that need Django.
"""

from __future__ import annotations

import datetime as dt
import os
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from holdfast.clinic.config import paths
from holdfast.errors import ConfigurationError

SETTINGS = "holdfast.clinic.config.settings"
DEMO_PASSWORD = "demo-password"


@dataclass(frozen=True)
class FirstStart:
    """What a first start made: the names to sign in with, and the file that holds their password."""

    usernames: tuple[str, ...]
    password_file: Path


def require_installation() -> None:
    """Raises `ConfigurationError` where no installation was begun in the data folder; the folder is not made then.

    On PostgreSQL the database is named by its address, and the folder may be a new one on another machine.
    """
    folder = paths.named_folder()
    if os.environ.get("HOLDFAST_DATABASE_URL") or paths.holds_database(folder):
        return
    raise ConfigurationError(
        f"there is no installation in {folder}; name its folder by HOLDFAST_DATA, or start one with: holdfast serve"
    )


def open_clinic() -> None:
    """Set Django up and bring the database to this version. Raises `ConfigurationError` in one sentence."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", SETTINGS)
    import django

    django.setup()
    from django.db import Error

    from holdfast.clinic.config.one_at_a_time import one_at_a_time

    try:
        with one_at_a_time(paths.data_folder()):
            _bring_up_to_date()
    except Error as error:
        raise ConfigurationError(database_sentence(error)) from None


def _bring_up_to_date() -> None:
    """All migrations or none. Django by itself puts one on record after its tables are committed: a process killed in
    between leaves a table that the next start makes a second time.

    Where there is nothing to migrate no transaction is begun: SQLite would keep the people at work from writing.
    """
    from django.core.management import call_command
    from django.db import connection, transaction
    from django.db.migrations.executor import MigrationExecutor

    executor = MigrationExecutor(connection)
    if not executor.migration_plan(executor.loader.graph.leaf_nodes()):
        call_command("migrate", interactive=False, verbosity=0)  # guards that are missing are made
        return
    # SQLite rebuilds tables, and checks their references itself after each migration
    with connection.constraint_checks_disabled(), transaction.atomic():
        if connection.vendor == "postgresql":  # a row changed and not checked yet keeps its table from being altered
            with connection.cursor() as cursor:
                cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        call_command("migrate", interactive=False, verbosity=0)


def database_sentence(error: Exception) -> str:
    """What to do about a database that cannot be used. The database's own words never hold a value of a record."""
    folder, said = paths.data_folder(), str(error).strip().splitlines()[0] if str(error).strip() else "no reason given"
    if "full" in said or "No space" in said:
        return f"the disk that holds {folder} is full; free some space and start again"
    if "readonly" in said or "unable to open" in said:
        return f"the database in {folder} cannot be written; check the owner and rights of the folder and its files"
    if "locked" in said:
        return f"the database in {folder} is in use by another program; stop that first"
    if "already exists" in said:  # of a version that brought it up to date in several steps
        return (
            f"the database of {folder} is half made: a start was cut off ({said}); where it holds no records yet, move "
            "it away and start again, else restore it from a backup"
        )
    if any(word in said for word in _BROKEN):
        return f"the database in {folder} is broken ({said}); restore it from a backup"
    return f"the database cannot be used: {said}"


_BROKEN = ("not a database", "malformed", "no such table", "no such column", "does not exist", "corrupt")


def first_start(
    *, now: dt.datetime, progress: Callable[[int, int], None], load: Callable[..., object] | None = None
) -> FirstStart | None:
    """Demo accounts and the example programme (or what `load` makes) where nobody can sign in yet; None where somebody
    can.

    All or nothing: a start that was cut off leaves an empty database and is a first start again.
    """
    from django.db import transaction

    from holdfast.clinic.accounts.actions import create_user
    from holdfast.clinic.accounts.models import CommandLine, User
    from holdfast.clinic.accounts.roles import Role
    from holdfast.clinic.example.load import load_example

    if User.objects.exists():
        return None
    folder = paths.data_folder()
    password = paths.kept_secret(folder, DEMO_PASSWORD, length=12)
    with transaction.atomic():
        people = {
            role: create_user(
                actor=CommandLine(),
                username=demo_username(role),
                role=role,
                password=password,
                full_name=f"Demo {role.label}",
                now=now,
            )
            for role in Role
        }
        (load or load_example)(people=people, now=now, progress=progress)
    return FirstStart(tuple(u.username for u in people.values()), folder / DEMO_PASSWORD)


def demo_username(role: str) -> str:
    """Name of the demo account of a role, such as `demo-front-desk`."""
    return f"demo-{role.replace('_', '-')}"


def sign_in_hint() -> str:
    """How to sign in, by what there is: the demo accounts while they are active, else the people's own accounts."""
    from holdfast.clinic.accounts.models import User
    from holdfast.clinic.accounts.roles import Role

    folder = paths.data_folder()
    names = [demo_username(role) for role in Role]
    active = set(User.objects.filter(username__in=names, is_active=True).values_list("username", flat=True))
    shown = [name for name in names if name in active]
    if not shown or not (folder / DEMO_PASSWORD).exists():
        return "Sign in with your own account; add one with: holdfast user add NAME --role ROLE"
    password = paths.kept_secret(folder, DEMO_PASSWORD)
    return (
        f"Sign in as {', '.join(shown)}\nPassword of these demo accounts: {password} (kept in {folder / DEMO_PASSWORD})"
    )
