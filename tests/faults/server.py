"""A real `holdfast serve` in a process of its own, which can be killed, and what its database says afterwards."""

from __future__ import annotations

import json
import os
import shutil
import signal
import socket
import sqlite3
import subprocess
import sys
import time
import urllib.error
import urllib.request
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]
START_S = 90


@dataclass(frozen=True)
class Prepared:
    """A data folder with a clinic in it, and its nurses with their flow-sheets."""

    folder: Path
    nurses: list[dict[str, Any]]

    def copied_to(self, folder: Path) -> Path:
        """The folder of a clinic that may be broken."""
        shutil.copytree(self.folder, folder)
        return folder


class RealServer:
    """Serves the data in `folder` on a port of its own, the same at every start."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        with socket.socket() as taken:
            taken.bind(("127.0.0.1", 0))
            self.port = int(taken.getsockname()[1])
        self.url = f"http://127.0.0.1:{self.port}"
        self.log = folder.parent / f"{folder.name}.log"
        self.process: subprocess.Popen[bytes] | None = None

    @property
    def environment(self) -> dict[str, str]:
        """Of the server and of commands beside it."""
        kept = {name: value for name, value in os.environ.items() if not name.startswith(("DJANGO_", "HOLDFAST_"))}
        return kept | {"HOLDFAST_DATA": str(self.folder), "HOLDFAST_PORT": str(self.port)}

    def prepare(self) -> list[dict[str, Any]]:
        """Nurses and their flow-sheets."""
        done = subprocess.run(
            [sys.executable, "-m", "tests.faults.prepare"], cwd=ROOT, env=self.environment, capture_output=True,
            text=True, check=False,
        )  # fmt: skip
        assert done.returncode == 0, done.stderr
        return json.loads(done.stdout)

    def start(self, **options: Any) -> None:
        """Serve, and wait until it answers."""
        with self.log.open("ab") as output:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "holdfast", "serve", "--without-example"], cwd=ROOT, env=self.environment,
                stdout=output, stderr=output, **options,
            )  # fmt: skip
        deadline = time.monotonic() + START_S
        while time.monotonic() < deadline:
            assert self.process.poll() is None, self.log.read_text()
            try:
                urllib.request.urlopen(f"{self.url}/health/", timeout=2).close()
            except (urllib.error.URLError, OSError):
                time.sleep(0.1)
            else:
                return
        raise RuntimeError(f"no answer within {START_S} s: {self.log.read_text()}")

    def kill(self) -> None:
        """SIGKILL: no goodbye, nothing flushed."""
        assert self.process is not None
        os.kill(self.process.pid, signal.SIGKILL)
        self.process.wait()

    def stop(self) -> None:
        """As Ctrl-C does."""
        if self.process is not None and self.process.poll() is None:
            self.process.terminate()
            self.process.wait(timeout=30)

    def stored(self) -> list[tuple[str, str]]:
        """Key and note of every entry in the database, read without the clinic's own code."""
        rows = self._asked("SELECT key, given FROM flow_sheets_flowsheetentry ORDER BY id")
        return [(key, json.loads(given)["note"]) for key, given in rows]

    def is_sound(self) -> bool:
        """What SQLite says of its own file, and whether each entry is on record once."""
        (whole,) = self._asked("PRAGMA integrity_check")
        ((recorded,),) = self._asked("SELECT count(*) FROM audit_auditentry WHERE action = 'flow_sheet.record'")
        return whole[0] == "ok" and recorded == len(self.stored())

    def audit_holds(self) -> bool:
        """`holdfast audit verify`."""
        done = subprocess.run(
            [sys.executable, "-m", "holdfast", "audit", "verify"], cwd=ROOT, env=self.environment, check=False,
            capture_output=True,
        )  # fmt: skip
        return done.returncode == 0

    def _asked(self, sql: str) -> list[Any]:
        with closing(sqlite3.connect(self.folder / "holdfast.sqlite3", timeout=20)) as db:
            return db.execute(sql).fetchall()
