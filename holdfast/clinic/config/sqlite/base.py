"""SQLite whose writers in this process take turns.

SQLite lets one connection write at a time. Who finds another one writing sleeps 1, 2, 5 ... 100 ms and looks again, and
is overtaken by whoever comes at the right moment: with many people entering at once the last waits for seconds. Here
the threads of one process wait for each other, and the next goes on as soon as the one before has committed. Against
other processes (a command, a copy) SQLite's own lock stands as before.
"""

from __future__ import annotations

import threading

from django.db import OperationalError
from django.db.backends.sqlite3 import base

LONGEST_WAIT_S = 20.0  # as long as SQLite itself waits for another process
_pen = threading.Lock()


class DatabaseWrapper(base.DatabaseWrapper):
    """Django's, with a turn for each transaction. All of ours may write: they begin as IMMEDIATE.

    Its stubs leave out the four methods overridden here.
    """

    _has_turn = False

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
