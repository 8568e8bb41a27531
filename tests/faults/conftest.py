"""How often it is broken: a few times in the suite, 50 by `make fault-tests`, which also writes the figures down."""

from __future__ import annotations

import os
import platform
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from tests.faults.server import ROOT, Prepared, RealServer

FIGURES = ROOT / "docs" / "benchmarks" / "nothing-lost.md"
HEAD = """# Nothing lost: the server killed, the network cut, the disk full

Written by `make fault-tests` on {day} ({cores} cores, Python {python}, {system}, SQLite in WAL mode, synchronous=FULL).

{nurses} nurses enter observations without pause, each as the browser's queue does (`tests/faults/nurses.py`): one key
an entry, sent again until it is acknowledged. The server is `holdfast serve` in a process of its own; what is in the
record is read from its database without the clinic's code.

{columns}
{rule}
"""
COLUMNS = (
    "fault", "times", "entries acknowledged", "sendings that broke or were told as not stored",
    "in the record before anybody heard of it", "lost", "doubled",
)  # fmt: skip
TAIL = """
What this does not show: a power cut (SIGKILL leaves to the operating system what it has not written yet; the database
asks for it to be on the disk at every commit, and nothing here checks that the disk obeys), PostgreSQL, and a disk
that gives back other bytes than were written.
"""


def pytest_configure(config: pytest.Config) -> None:
    config.stash[FIGURE_ROWS] = []


FIGURE_ROWS: pytest.StashKey[list[str]] = pytest.StashKey()


@pytest.fixture(scope="session")
def rounds() -> int:
    """3 in the suite."""
    return int(os.environ.get("HOLDFAST_FAULT_ROUNDS", "3"))


@pytest.fixture
def figure(request: pytest.FixtureRequest):
    """Keeps one row of the figures."""
    return request.config.stash[FIGURE_ROWS].append


@pytest.fixture(scope="session")
def clinic(tmp_path_factory: pytest.TempPathFactory) -> Prepared:
    """Made once; each test breaks a copy."""
    folder = tmp_path_factory.mktemp("faults") / "data"
    return Prepared(folder, RealServer(folder).prepare())


@pytest.fixture
def server(tmp_path: Path, clinic: Prepared) -> Iterator[RealServer]:
    """One that serves a copy of the clinic; stopped at the end."""
    made = RealServer(clinic.copied_to(tmp_path / "data"))
    yield made
    made.stop()


def pytest_sessionfinish(session: pytest.Session, exitstatus: int) -> None:
    rows = session.config.stash.get(FIGURE_ROWS, [])
    if not os.environ.get("HOLDFAST_FAULT_FIGURES") or exitstatus != 0 or not rows:
        return
    from tests.faults.prepare import NURSES

    head = HEAD.format(
        day=datetime.now(UTC).date().isoformat(), cores=os.cpu_count(), python=platform.python_version(),
        system=platform.system(), nurses=NURSES, columns=f"| {' | '.join(COLUMNS)} |", rule="|---" * len(COLUMNS) + "|",
    )  # fmt: skip
    FIGURES.write_text(head + "\n".join(rows) + "\n" + TAIL, encoding="utf-8")
