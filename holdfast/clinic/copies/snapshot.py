"""The database as it stood at one moment, as one file, while the server goes on writing.

SQLite: its online backup, one transaction of reading. PostgreSQL: `pg_dump` in a snapshot that this process holds open,
so that the numbers of rows are those of the dump.
"""

from __future__ import annotations

import os
import shutil
import sqlite3
import subprocess
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from holdfast.errors import ConfigurationError, InputError

AUDIT = "SELECT seq, hash FROM audit_audithead"
MIGRATIONS = "SELECT app, name FROM django_migrations ORDER BY id"


@dataclass(frozen=True)
class Contents:
    """What a database holds: rows a table, the end of the audit, migrations in order."""

    rows: dict[str, int]
    audit_entries: int
    audit_hash: str
    migrations: tuple[str, ...]

    @property
    def all_rows(self) -> int:
        """Rows of all tables."""
        return sum(self.rows.values())


def of_sqlite(source: Path, target: Path) -> Contents:
    """Copy a live SQLite database to the new file `target`, and say what it holds. Raises `InputError`."""
    try:
        with closing(sqlite3.connect(source)) as live, closing(sqlite3.connect(target)) as copy:
            live.backup(copy)
            copy.execute("PRAGMA journal_mode=DELETE")  # one file, with nothing beside it
    except sqlite3.Error as error:
        raise InputError(f"the database could not be copied to {target.parent}: {error}") from None
    return contents_of_sqlite(target)


def contents_of_sqlite(path: Path) -> Contents:
    """What an SQLite file holds. Raises `InputError` where it is not whole."""
    try:
        with closing(sqlite3.connect(path)) as database:
            (verdict,) = database.execute("PRAGMA integrity_check(1)").fetchone()
            if verdict != "ok":
                raise InputError("the database is not whole: its own check found a fault")
            named = "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite_%' ORDER BY name"
            tables = [name for (name,) in database.execute(named)]
            rows = {name: database.execute(f'SELECT count(*) FROM "{name}"').fetchone()[0] for name in tables}
            entries, hash_ = database.execute(AUDIT).fetchone() or (0, "")
            return Contents(rows, entries, hash_, tuple(f"{app}.{name}" for app, name in database.execute(MIGRATIONS)))
    except sqlite3.Error as error:
        raise InputError(f"the database is not whole: {error}") from None


def of_postgresql(setting: dict[str, Any], target: Path) -> Contents:
    """Dump a live PostgreSQL database to `target` in pg_dump's own format, and say what it holds."""
    import psycopg

    with psycopg.connect(**_connection(setting)) as held:
        held.isolation_level = psycopg.IsolationLevel.REPEATABLE_READ
        held.read_only = True
        (snapshot,) = held.execute("SELECT pg_export_snapshot()").fetchone() or ("",)
        contents = contents_of_postgresql(held)
        _run("pg_dump", setting, "--format=custom", "--no-owner", "--no-privileges", f"--snapshot={snapshot}",
             f"--file={target}")  # fmt: skip
    return contents


def contents_of_postgresql(held: Any) -> Contents:
    """What a PostgreSQL database holds, by a psycopg connection."""
    named = "SELECT tablename FROM pg_tables WHERE schemaname = current_schema() ORDER BY tablename"
    rows = {name: held.execute(f'SELECT count(*) FROM "{name}"').fetchone()[0] for (name,) in held.execute(named)}
    entries, hash_ = held.execute(AUDIT).fetchone() or (0, "")
    return Contents(rows, entries, hash_, tuple(f"{app}.{name}" for app, name in held.execute(MIGRATIONS)))


def into_postgresql(setting: dict[str, Any], dump: Path) -> Contents:
    """Restore a dump into an empty PostgreSQL database, all of it or nothing. Raises `InputError` where it is not."""
    import psycopg

    with psycopg.connect(**_connection(setting)) as held:
        if held.execute("SELECT 1 FROM pg_tables WHERE schemaname = current_schema() LIMIT 1").fetchone():
            raise InputError("the database named by --database is not empty; give one that is")
    _run("pg_restore", setting, "--no-owner", "--no-privileges", "--single-transaction", "--exit-on-error", str(dump))
    with psycopg.connect(**_connection(setting)) as held:
        return contents_of_postgresql(held)


def _connection(setting: dict[str, Any]) -> dict[str, Any]:
    named = {"dbname": "NAME", "user": "USER", "password": "PASSWORD", "host": "HOST", "port": "PORT"}
    return {
        **setting.get("OPTIONS", {}),
        **{ours: setting[theirs] for ours, theirs in named.items() if setting[theirs]},
    }


def _run(program: str, setting: dict[str, Any], *words: str) -> None:
    """Run a program of PostgreSQL; its password goes by the environment, where other users do not see it."""
    if shutil.which(program) is None:
        raise ConfigurationError(f"{program} is not installed; on Debian: apt-get install postgresql-client")
    options = setting.get("OPTIONS", {})
    named = {"PGUSER": "USER", "PGPASSWORD": "PASSWORD", "PGHOST": "HOST", "PGPORT": "PORT"}
    given = {theirs: str(setting[ours]) for theirs, ours in named.items() if setting[ours]}
    if "sslmode" in options:
        given["PGSSLMODE"] = options["sslmode"]
    command = [program, "--no-password", f"--dbname={setting['NAME']}", *words]
    done = subprocess.run(command, env={**os.environ, **given}, capture_output=True, text=True, check=False)
    if done.returncode:
        said = next(iter(done.stderr.strip().splitlines()), "no reason given")
        raise InputError(f"{program} failed: {said}")
