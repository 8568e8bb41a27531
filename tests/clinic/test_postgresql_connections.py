"""A kept connection to PostgreSQL is looked at before a request, and asked only where something came over it."""

from __future__ import annotations

import os
import time
from typing import Any

import pytest
from django.db import connection
from django.db.backends.postgresql import base as django_base

pytestmark = [
    pytest.mark.skipif(connection.vendor != "postgresql", reason="SQLite keeps no server: make test-postgresql"),
]


@pytest.fixture
def asked(without_transaction: None, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """How often Django asked the server."""
    found: list[str] = []
    ask = django_base.DatabaseWrapper.is_usable

    def counted(of: Any) -> bool:
        found.append("asked")
        return ask(of)

    monkeypatch.setattr(django_base.DatabaseWrapper, "is_usable", counted)
    connection.ensure_connection()
    return found


def test_a_silent_connection_is_used_again_without_a_question(asked: list[str]) -> None:
    assert connection.is_usable()
    assert asked == []


def test_one_that_the_server_ended_is_found_out(asked: list[str]) -> None:
    import psycopg

    pid = connection.connection.info.backend_pid
    with psycopg.connect(os.environ["HOLDFAST_DATABASE_URL"], autocommit=True) as another:
        another.execute("SELECT pg_terminate_backend(%s)", [pid])
        for _ in range(200):
            if not another.execute("SELECT 1 FROM pg_stat_activity WHERE pid = %s", [pid]).fetchall():
                break
            time.sleep(0.05)
    time.sleep(0.1)
    assert not connection.is_usable()
    assert asked == ["asked"]
    connection.close()
    connection.ensure_connection()
    assert connection.is_usable()


def test_after_an_error_the_server_is_asked(asked: list[str]) -> None:
    connection.errors_occurred = True
    assert connection.is_usable()
    assert asked == ["asked"]
    connection.errors_occurred = False


def test_one_closed_on_this_side_is_not_usable(asked: list[str]) -> None:
    connection.connection.close()
    assert not connection.is_usable()
    connection.close()
