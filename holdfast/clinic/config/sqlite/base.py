"""SQLite whose writers in this process take turns.

SQLite lets one connection write at a time. Who finds another one writing sleeps 1, 2, 5 ... 100 ms and looks again, and
is overtaken by whoever comes at the right moment: with many people entering at once the last waits for seconds. Here
the threads of one process wait for each other, and the next goes on as soon as the one before has committed. Against
other processes (a command, a copy) SQLite's own lock stands as before.
"""

from __future__ import annotations

import os
import threading
from contextlib import suppress
from functools import lru_cache
from typing import Any

from django.db import OperationalError
from django.db.backends.sqlite3 import base

OWNER_ONLY = 0o600
LONGEST_WAIT_S = 20.0  # as long as SQLite itself waits for another process
_pen = threading.Lock()


class Cursor(base.SQLiteCursorWrapper):
    """Django's, which looks through each statement for the places of values; here each statement once."""

    def convert_query(self, query: str, *, param_names: Any = None) -> str:
        """The statement with SQLite's signs for its places."""
        if param_names is not None:
            return str(super().convert_query(query, param_names=param_names))
        return _places(query)


@lru_cache(maxsize=512)
def _places(query: str) -> str:
    return base.FORMAT_QMARK_REGEX.sub("?", query).replace("%%", "%")


def _made_for_its_owner(name: str) -> None:
    """SQLite itself makes a file that everybody may read; what it writes beside one takes that one's rights."""
    if name.startswith(("file:", ":memory:")):
        return
    with suppress(OSError):  # it is there; or SQLite says what is wrong with the place
        os.close(os.open(name, os.O_CREAT | os.O_EXCL | os.O_RDWR, OWNER_ONLY))


class DatabaseWrapper(base.DatabaseWrapper):
    """Django's, with a turn for each transaction. All of ours may write: they begin as IMMEDIATE.

    Its stubs leave out the four methods of transactions overridden here.
    """

    _has_turn = False

    def get_new_connection(self, conn_params: dict[str, Any]) -> Any:
        """A connection; where the file is not there yet, it is made readable by its owner alone."""
        _made_for_its_owner(str(conn_params["database"]))
        return super().get_new_connection(conn_params)

    def create_cursor(self, name: str | None = None) -> Cursor:
        """One cursor of ours."""
        return self.connection.cursor(factory=Cursor)

    def _start_transaction_under_autocommit(self) -> None:
        if not self._has_turn and not _pen.acquire(timeout=LONGEST_WAIT_S):
            raise OperationalError("database is locked")
        self._has_turn = True
        try:
            super()._start_transaction_under_autocommit()  # type: ignore[misc]
        except BaseException:
            self._end_turn()
            raise

    def _commit(self) -> None:
        super()._commit()  # type: ignore[misc]
        self._end_turn()  # where it failed, the transaction is still open, and is rolled back next

    def _rollback(self) -> None:
        try:
            super()._rollback()  # type: ignore[misc]
        finally:
            self._end_turn()

    def _close(self) -> None:
        try:
            super()._close()  # type: ignore[misc]
        finally:
            self._end_turn()

    def _end_turn(self) -> None:
        if self._has_turn:
            self._has_turn = False
            _pen.release()
