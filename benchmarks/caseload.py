"""Server time of the lists over thousands of patients: `make bench-caseload`.

Median, 95th percentile and queries of the caseload and the worklist, on SQLite and, with `--dsn`, on an empty
PostgreSQL database. Three cases each: nothing changed since the last look; one record changed since; the first look
after the server started. Requests go through every layer of the clinic but the socket. Prints a table in Markdown;
asserts nothing, since machines differ.
"""

from __future__ import annotations

import argparse
import os
import platform
import statistics
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

GOAL_MS = 150.0
TURNS, COLD_TURNS = 40, 3
PAGES = {
    "caseload": "/caseload/",
    "caseload, by score, page 40": "/caseload/?sort=score&page=40",
    "worklist": "/worklist/",
    "worklist, mine": "/worklist/?owner=mine",
}  # fmt: skip


def main() -> None:
    """Fill a database in a folder that is thrown away, measure, print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--patients", type=int, default=5000)
    parser.add_argument("--dsn", default="", help="an empty PostgreSQL database")
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        _start(Path(folder), asked.dsn)
        lines = _measured(asked.patients)
    sys.stdout.write("\n".join(lines) + "\n")


def _start(folder: Path, dsn: str) -> None:
    os.environ |= {"HOLDFAST_DATA": str(folder), "DJANGO_SETTINGS_MODULE": "holdfast.clinic.config.settings"}
    os.environ.pop("HOLDFAST_DATABASE_URL", None)
    if dsn:
        os.environ["HOLDFAST_DATABASE_URL"] = dsn
    import django
    from django.core.management import call_command

    django.setup()
    call_command("migrate", verbosity=0)


def _measured(patients: int) -> list[str]:
    from django.db import connection
    from django.test import Client
    from django.utils import timezone

    from benchmarks import many_patients

    now = timezone.now()
    programme, people = many_patients.people_and_programme(now)
    written = many_patients.fill(programme, people["nurse"], patients=patients, now=now)
    if connection.vendor == "sqlite":
        with connection.cursor() as cursor:
            cursor.execute("ANALYZE")
    client = Client(SERVER_NAME="127.0.0.1")
    client.force_login(people["nurse"])
    counted = ", ".join(f"{count:,} {what}" for what, count in written.items())
    lines = [
        f"{_database(connection)}, {platform.python_implementation()} {platform.python_version()}, "
        f"{os.cpu_count()} cores, {now.date().isoformat()}: {counted}.",
        "",
        "| page | case | median, ms | 95th percentile, ms | queries |",
        "|---|---|---|---|---|",
    ]
    for name, address in PAGES.items():
        for case, before, turns in (
            ("first look after a start", _forget, COLD_TURNS),
            ("nothing changed", lambda: None, TURNS),
            ("one record changed", lambda: _change(programme, people["nurse"]), TURNS),
        ):
            lines.append(_line(name, case, *_timed(client, address, before, turns)))
    return lines


def _timed(client: Any, address: str, before: Any, turns: int) -> tuple[list[float], set[int]]:
    """Milliseconds of each request, and how many queries it made."""
    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    client.get(address)
    spent, queries = [], set()
    for _ in range(turns):
        before()
        start = time.perf_counter()
        answer = client.get(address)
        spent.append((time.perf_counter() - start) * 1000)
        assert answer.status_code == 200, f"{address}: {answer.status_code}"
    for _ in range(2):
        before()
        with CaptureQueriesContext(connection) as caught:
            client.get(address)
        queries.add(len(caught))
    return spent, queries


def _line(name: str, case: str, spent: list[float], queries: set[int]) -> str:
    ordered = sorted(spent)
    high = ordered[min(len(ordered) - 1, round(0.95 * len(ordered)))]
    counted = " to ".join(str(n) for n in sorted(queries))
    return f"| {name} | {case} | {statistics.median(spent):,.0f} | {high:,.0f} | {counted} |"


def _forget() -> None:
    """As a process that has just started."""
    from holdfast.clinic.courses.queries import KEPT

    KEPT.forget()


def _change(programme: Any, nurse: Any) -> None:
    """Record a rating, as somebody does meanwhile."""
    from random import Random

    from django.utils import timezone

    from holdfast.clinic.assessments.actions import record_assessment
    from holdfast.clinic.courses.models import Course

    now = timezone.now()
    pks = list(Course.objects.filter(patient__programme=programme, phase="induction").values_list("pk", flat=True))
    course = Course.objects.get(pk=Random(now.timestamp()).choice(pks))
    record_assessment(
        actor=nurse, course=course, scale="phq-9", answers=[1] * 8 + [0], rated_at=now, rater="patient", now=now
    )


def _database(connection: Any) -> str:
    if connection.vendor == "postgresql":
        version = connection.pg_version
        return f"PostgreSQL {version // 10000}.{version % 10000}"
    import sqlite3

    return f"SQLite {sqlite3.sqlite_version}"


if __name__ == "__main__":
    main()
