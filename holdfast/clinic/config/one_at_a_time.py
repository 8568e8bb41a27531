"""One start at a time brings the database up to date; the others wait for it, and then find nothing left to do.

Commands begin together: cron runs `checkins send` while somebody restarts the server. Django's `migrate` takes no lock
of its own: two of them make the same table twice, or replace the same trigger, and one ends with an error.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from holdfast.clinic.config import paths
from holdfast.errors import ConfigurationError

LOCK_FILE = ".start-lock"
# Any whole number, the same in every version: PostgreSQL knows the lock by it.
ADVISORY_LOCK = 4_829_116_007
LONGEST_WAIT_S = 300.0
LOOK_EVERY_S = 0.05


@contextmanager
def one_at_a_time(folder: Path, wait_s: float = LONGEST_WAIT_S) -> Iterator[None]:
    """Hold the lock of this database. Freed when the process ends, however it ends. Raises `ConfigurationError`."""
    from django.db import connection

    with _held_on_postgresql(wait_s) if connection.vendor == "postgresql" else _held_as_file(folder, wait_s):
        yield


@contextmanager
def _held_on_postgresql(wait_s: float) -> Iterator[None]:
    """In the server itself: its clients may run on several machines."""
    from django.db import Error, connection

    def said(function: str) -> bool:
        with connection.cursor() as cursor:
            cursor.execute(f"SELECT {function}(%s)", [ADVISORY_LOCK])
            return bool(cursor.fetchone()[0])

    _await(lambda: said("pg_try_advisory_lock"), wait_s)
    try:
        yield
    finally:
        try:
            said("pg_advisory_unlock")
        except Error:  # a migration failed in the middle: the end of the connection frees it
            connection.close()


@contextmanager
def _held_as_file(folder: Path, wait_s: float) -> Iterator[None]:
    """A file in the data folder, beside the database that it guards."""
    try:
        import fcntl
    except ImportError:  # Windows, where SQLite alone keeps two starts apart
        yield
        return

    def taken() -> bool:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return False
        return True

    path = folder / LOCK_FILE
    try:
        handle = path.open("ab")
    except OSError as error:
        raise ConfigurationError(f"{path} cannot be written ({error.strerror}); check the data folder") from None
    with handle:
        path.chmod(paths.OWNER_ONLY)
        _await(taken, wait_s)
        yield


def _await(taken: Callable[[], bool], wait_s: float) -> None:
    end = time.monotonic() + wait_s
    while not taken():
        if time.monotonic() >= end:
            raise ConfigurationError(
                f"another Holdfast has been bringing the database up to date for {wait_s:g} s; wait for it or stop it"
            )
        time.sleep(LOOK_EVERY_S)
