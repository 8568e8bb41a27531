"""Empty databases on the PostgreSQL of the suite, for tests whose commands run in processes of their own."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from urllib.parse import urlsplit, urlunsplit

import pytest
from django.db import connection


@contextmanager
def empty_database(purpose: str) -> Iterator[str]:
    """The address of a new database; gone afterwards. Skips where the suite runs on SQLite."""
    if connection.vendor != "postgresql":
        pytest.skip("the suite runs on SQLite here; HOLDFAST_DATABASE_URL names a PostgreSQL")
    import psycopg

    name = f"holdfast_{purpose}_{os.getpid()}"
    parts = urlsplit(os.environ["HOLDFAST_DATABASE_URL"])
    with psycopg.connect(urlunsplit(parts._replace(path="/postgres")), autocommit=True) as server:
        server.execute(f'CREATE DATABASE "{name}"'.encode())
        try:
            yield urlunsplit(parts._replace(path=f"/{name}"))
        finally:
            server.execute(f'DROP DATABASE "{name}" WITH (FORCE)'.encode())
