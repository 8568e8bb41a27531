"""Threads of one process write to SQLite in turn; who is next does not sleep and look again."""

from __future__ import annotations

import stat
import threading
from pathlib import Path
from typing import Any

import pytest
from django.db import OperationalError, connection, transaction

from holdfast.clinic.audit.models import AuditHead
from holdfast.clinic.config.sqlite import base

pytestmark = [
    pytest.mark.django_db(transaction=True),
    pytest.mark.skipif(connection.vendor != "sqlite", reason="PostgreSQL has many writers at once"),
]


def in_a_thread(found: list[Any]) -> threading.Thread:
    """Writes over a connection of its own that never looks twice."""

    def write() -> None:
        try:
            with connection.cursor() as cursor:
                cursor.execute("PRAGMA busy_timeout=0")
            with transaction.atomic():
                AuditHead.objects.update_or_create(pk=1, defaults={"seq": 7})
            found.append("written")
        except Exception as error:
            found.append(type(error))
        finally:
            connection.close()

    thread = threading.Thread(target=write)
    thread.start()
    return thread


def test_the_second_writer_waits_for_the_first_and_then_writes() -> None:
    found: list[Any] = []
    with transaction.atomic():
        AuditHead.objects.update_or_create(pk=1, defaults={"seq": 1})
        thread = in_a_thread(found)
        thread.join(0.5)
        assert found == [], "it waits"
    thread.join(20)
    assert found == ["written"]


@pytest.mark.parametrize("ends", [RuntimeError, OperationalError])
def test_the_turn_ends_with_a_transaction_that_failed(ends: type[Exception]) -> None:
    with pytest.raises(ends), transaction.atomic():
        raise ends("it failed")
    found: list[Any] = []
    in_a_thread(found).join(20)
    assert found == ["written"]


def test_a_turn_that_does_not_come_is_a_busy_database(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(base, "LONGEST_WAIT_S", 0.05)
    found: list[Any] = []
    with transaction.atomic():
        in_a_thread(found).join(20)
    assert found == [OperationalError]


def test_a_new_database_and_what_lies_beside_it_are_the_owners_alone(tmp_path: Path) -> None:
    settings = {**connection.settings_dict, "NAME": tmp_path / "holdfast.sqlite3"}
    made = base.DatabaseWrapper(settings, "of-its-own")
    with made.cursor() as cursor:
        cursor.execute("CREATE TABLE patients (name TEXT)")
        cursor.execute("INSERT INTO patients VALUES ('Ada')")
        kept = sorted(tmp_path.iterdir())
        assert len(kept) == 3, "the database, what was not yet moved into it, and its index"
        assert {stat.S_IMODE(one.stat().st_mode) for one in kept} == {0o600}
    made.close()
