"""Server time of saving one observation while a full clinic works: `make bench-clinic`.

100 chairs that each enter an observation every 2 s and 20 boards that watch live, against one server process, on the
cores this machine lends it. SQLite in a folder of its own; PostgreSQL too where HOLDFAST_DATABASE_URL names an empty
database. Prints a row for docs/benchmarks/clinic.md; asserts nothing, since machines differ.
"""

from __future__ import annotations

import argparse
import asyncio
import datetime as dt
import json
import os
import signal
import socket
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

from benchmarks.clinic_load import Seen, load

AIM_MS = 50.0  # p99 of the server's time
LEFT_OUT_S = 10.0  # from the first entry: connections, caches


def main() -> None:
    """Run it for each database there is."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--chairs", type=int, default=100)
    parser.add_argument("--boards", type=int, default=20)
    parser.add_argument("--every-s", type=float, default=2.0)
    parser.add_argument("--seconds", type=float, default=70.0)
    given = parser.parse_args()
    named = os.environ.get("HOLDFAST_DATABASE_URL")
    for database, url in {"SQLite": None, **({"PostgreSQL": named} if named else {})}.items():
        _say(f"{database}: filling {given.chairs} chairs ...")
        _say(told(database, *measured(given, url)))


def _say(text: str) -> None:
    sys.stdout.write(text + "\n")
    sys.stdout.flush()


def measured(given: argparse.Namespace, url: str | None) -> tuple[list[tuple[float, float, int]], Seen]:
    """The server's times and what the clients saw."""
    with tempfile.TemporaryDirectory() as folder:
        times = Path(folder) / "times.json"
        server, port = _server(given.chairs, Path(folder), url, times)
        try:
            ready = json.loads((server.stdout or sys.stdin).readline())
            _await_port(port)
            _say(f"serving; {given.seconds:g} s of load")
            seen = asyncio.run(load(port, ready, boards=given.boards, every_s=given.every_s, seconds=given.seconds))
        finally:
            server.send_signal(signal.SIGTERM)
            server.wait(30)
        return json.loads(times.read_text(encoding="utf-8")), seen


def _server(chairs: int, folder: Path, url: str | None, times: Path) -> tuple[subprocess.Popen[str], int]:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    environment = {k: v for k, v in os.environ.items() if not k.startswith("HOLDFAST_")}
    environment |= {"HOLDFAST_DATA": str(folder / "data"), "HOLDFAST_PORT": str(port)}
    environment |= {"HOLDFAST_DATABASE_URL": url} if url else {}
    (folder / "data").mkdir()
    command = [sys.executable, "-m", "benchmarks.clinic_server", str(port), str(chairs), str(times)]
    return subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=environment), port


def _await_port(port: int) -> None:
    import time

    for _ in range(200):
        with socket.socket() as tried:
            if tried.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.05)
    raise SystemExit("the server did not listen")


def told(database: str, times: list[tuple[float, float, int]], seen: Seen) -> str:
    """One row of the table, and whether the aim is met."""
    first = min(begun for begun, _, _ in times)
    kept = [(took, status) for begun, took, status in times if begun - first >= LEFT_OUT_S]
    server = [1000 * took for took, status in kept if status == 201]
    trips = [1000 * one for one in seen.round_trips]
    met = "met" if server and percentile(server, 99) < AIM_MS else "NOT met"
    cells: list[Any] = [
        dt.datetime.now(dt.UTC).date(), database, len(server), *(f"{percentile(server, p):.1f}" for p in (50, 95, 99)),
        f"{max(server, default=0):.0f}", f"{percentile(trips, 99):.0f}",
        sum(n for status, n in seen.statuses.items() if status != 201), seen.boards,
        ", ".join(f"{n} {kind}" for kind, n in sorted(seen.events.items())) or "none",
    ]  # fmt: skip
    cores = len(os.sched_getaffinity(0))
    header = (
        "| date | database | entries | p50 ms | p95 ms | p99 ms | longest | client p99 ms | refused | boards | events |"
    )
    return "\n".join([
        header, "|" + "---|" * 11, "| " + " | ".join(map(str, cells)) + " |",
        f"aim of p99 below {AIM_MS:g} ms: {met}; boards refused: {seen.refused_boards}; cores: {cores}",
    ])  # fmt: skip


def percentile(values: list[float], share: float) -> float:
    """The value that so many per cent lie at or below; 0 of none."""
    if not values:
        return 0.0
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, max(0, -(-len(ordered) * int(share * 10) // 1000) - 1))]


if __name__ == "__main__":
    main()
