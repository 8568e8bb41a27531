"""The process that draws boards: draws what this one would, is replaced when it dies, and never outlives the server."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from pathlib import Path

import pytest

SCRIPT = """
import datetime as dt, os, signal
from holdfast.clinic.config.start import open_clinic

open_clinic()
from holdfast.clinic.accounts.models import CommandLine
from holdfast.clinic.board.drawing import Here, OwnProcess
from holdfast.clinic.board.tiles import Look
from holdfast.clinic.programmes.actions import create_programme

now = dt.datetime.now(dt.UTC)
row = create_programme(actor=CommandLine(), key="day", name="Day", kind="simulated", jurisdiction="none", country="",
                       now=now)
look, other = Look(row.pk, clinical=True, seats=False), Look(-1, clinical=True, seats=False)
own = OwnProcess()
assert own.draw([look], now) == Here().draw([look], now)
first = own._process.pid

def refused(looks):
    try:
        own.draw(looks, now)
    except ChildProcessError as error:
        return str(error)

assert refused([other]) == "DoesNotExist", "what it could not draw is said"
assert own.draw([look], now) and own._process.pid == first, "and it goes on"
os.kill(first, signal.SIGKILL)
assert refused([look])
assert own.draw([look], now) == Here().draw([look], now)
assert own._process.pid != first
print(own._process.pid, flush=True)
os.kill(os.getpid(), signal.SIGKILL)
"""
PATIENCE_S = 20.0


@pytest.mark.skipif(not Path("/proc/self/stat").exists(), reason="asks Linux which processes there are")
def test_boards_are_drawn_elsewhere_by_a_process_that_is_replaced_and_ends_with_the_server(tmp_path: Path) -> None:
    environment = {k: v for k, v in os.environ.items() if not k.startswith(("HOLDFAST_", "DJANGO_"))}
    done = subprocess.run(
        [sys.executable, "-c", SCRIPT], env=environment | {"HOLDFAST_DATA": str(tmp_path)}, capture_output=True,
        text=True, timeout=180, check=False,
    )  # fmt: skip
    assert done.returncode == -9, done.stderr
    left = int(done.stdout)
    end = time.monotonic() + PATIENCE_S
    while _runs(left):
        assert time.monotonic() < end, "the server is gone, and draws boards still"
        time.sleep(0.05)


def _runs(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0] != "Z"
    except FileNotFoundError:
        return False
