"""PostgreSQL whose kept connections are looked at, not asked, before each request.

Django asks `SELECT 1` over a connection that it has kept, to find out whether the server still is at its other end. A
server that was stopped has said so: its last words, or the end of the stream, wait to be read on this side. So where
nothing waits there is nothing to ask, and a request has one question less to wait for.
"""

from __future__ import annotations

import select

import psycopg
from django.db.backends.postgresql import base


class DatabaseWrapper(base.DatabaseWrapper):
    """Django's, which asks only where something waits to be read, or where an error came before."""

    def is_usable(self) -> bool:
        """Does the connection still work?"""
        if self.connection is None:
            return False
        return (not self.errors_occurred and self._silent()) or bool(super().is_usable())

    def _silent(self) -> bool:
        """Is it open on this side, with nothing to read?"""
        try:
            return not select.select([self.connection.fileno()], [], [], 0)[0]
        except (psycopg.Error, OSError, ValueError):  # closed, or a number too large for `select`
            return False
