"""Runs the tests that touch the database on PostgreSQL: `python -m tests.on_postgresql [options of pytest]`.

The server is the one `HOLDFAST_DATABASE_URL` names (its user must be allowed to make databases), or one of Debian's
packages, started here: a folder that vanishes, a free port, a user that is not root, no durability. Without either the
run is skipped with a reason.
"""

from __future__ import annotations

import contextlib
import os
import pwd
import secrets
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

SETTING = "HOLDFAST_DATABASE_URL"
OWNER = "postgres"  # Debian's account; PostgreSQL refuses to run as root
STOP_S = 20
# Nothing of these databases outlives the run, so nothing waits for the disk.
QUICK = ("fsync=off", "synchronous_commit=off", "full_page_writes=off", "max_connections=50", "shared_buffers=64MB")
HERE = Path(__file__).resolve().parents[1]
CHOSEN = "database and not slow"
PARALLEL = ("-q", "-n", "2", "--dist", "loadfile")
# In every run: what locks, waits, counts, guards and migrates, since databases differ there. The rest by `WHOLE=1`.
EVERY_TIME = (
    "test_audit.py", "test_board.py", "test_check_ins.py", "test_consents.py", "test_courses.py", "test_drug_ledger.py",
    "test_drug_ledger_days.py", "test_flow_sheet_ledger.py", "test_flow_sheets.py", "test_jobs.py",
    "test_migrations.py", "test_referrals.py", "test_start.py", "test_writers_at_once.py",
)  # fmt: skip


def files() -> list[str]:
    """The files whose tests run; with `WHOLE=1` every file of the clinic."""
    found = sorted((HERE / "tests" / "clinic").glob("test_*.py"))
    return [str(path) for path in found if os.environ.get("WHOLE") == "1" or path.name in EVERY_TIME]


class NoServerError(Exception):
    """No PostgreSQL can be started here; the message says why."""


def programs() -> Path:
    """The folder of `initdb` and `pg_ctl`, the newest version where there are several. Raises `NoServerError`."""
    installed = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"), key=lambda found: int(found.parts[-3]))
    found = str(installed[-1]) if installed else shutil.which("initdb")
    if not found:
        raise NoServerError(f"PostgreSQL is not installed; apt-get install postgresql, or name a server in {SETTING}")
    return Path(found).resolve().parent


def owner() -> str | None:
    """Who the server runs as: this person, or for root Debian's account. Raises `NoServerError`."""
    if os.getuid() != 0:
        return None
    try:
        pwd.getpwnam(OWNER)
    except KeyError:
        raise NoServerError(f"there is no account {OWNER}, and PostgreSQL does not run as root") from None
    return OWNER


@contextlib.contextmanager
def server() -> Iterator[str]:
    """A new server for as long as the block lasts; yields its address. Raises `NoServerError`."""
    folder = Path(tempfile.mkdtemp(prefix="holdfast-postgresql-"))
    try:
        yield from _served(programs(), folder, owner())
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _served(binaries: Path, folder: Path, user: str | None) -> Iterator[str]:
    kept, password = folder / "data", secrets.token_urlsafe(12)
    (folder / "password").write_text(password)
    if user:
        for path in (folder, folder / "password"):
            shutil.chown(path, user)

    def do(program: str, *words: str) -> None:
        done = subprocess.run(
            [str(binaries / program), *words], user=user, cwd=folder, text=True, stdin=subprocess.DEVNULL,
            stdout=(folder / "said").open("a"), stderr=subprocess.STDOUT, check=False,
        )  # fmt: skip
        if done.returncode:
            raise NoServerError(f"{program} failed: {(folder / 'said').read_text()[-800:]}")

    do("initdb", "-D", str(kept), "-U", "holdfast", "--auth=scram-sha-256", f"--pwfile={folder / 'password'}",
       "--encoding=UTF8", "--locale=C.UTF-8", "--no-sync")  # fmt: skip
    port = _free_port()
    settings = " ".join(f"-c {line}" for line in (f"port={port}", f"unix_socket_directories={folder}", *QUICK))
    do("pg_ctl", "-D", str(kept), "-o", settings, "-l", str(folder / "log"), "-w", "start")
    try:
        yield f"postgresql://holdfast:{password}@127.0.0.1:{port}/postgres"
    finally:
        do("pg_ctl", "-D", str(kept), "-m", "immediate", "-t", str(STOP_S), "-w", "stop")


def _free_port() -> int:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        return int(taken.getsockname()[1])


def run(options: list[str]) -> int:
    """Pytest on the marked tests, in a process of its own; its exit status."""
    named = os.environ.get(SETTING)
    with contextlib.nullcontext(named) if named else server() as url:
        started = time.monotonic()
        command = [sys.executable, "-m", "pytest", "-m", CHOSEN, *(options or [*PARALLEL, *files()])]
        done = subprocess.run(command, cwd=HERE, env={**os.environ, SETTING: str(url)}, check=False)
        print(f"PostgreSQL: {time.monotonic() - started:.0f} s")  # noqa: T201
    return done.returncode


def main() -> int:
    """The exit status; 0 with a reason where there is no server."""
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))  # so that the server is stopped then too
    try:
        return run(sys.argv[1:])
    except NoServerError as reason:
        print(f"PostgreSQL: SKIPPED, {reason}")  # noqa: T201
        return 0


if __name__ == "__main__":
    raise SystemExit(main())
