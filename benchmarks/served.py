"""A clinic that serves from a data folder, as `holdfast serve` does, for as long as a block lasts."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

PATIENCE_S = 600.0  # a busy machine; whoever waits can stop it


@contextmanager
def served(folder: Path, *words: str) -> Iterator[tuple[str, float]]:
    """Its address, and the seconds until it answered; `words`: another command that serves. Raises `TimeoutError`."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = int(free.getsockname()[1])
    environment = {**os.environ, "HOLDFAST_DATA": str(folder), "HOLDFAST_PORT": str(port)}
    start, url = time.perf_counter(), f"http://127.0.0.1:{port}"
    server = subprocess.Popen(
        [sys.executable, "-m", "holdfast", *(words or ("serve",)), *(("--port", str(port)) if words else ())],
        env=environment,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        while not _answers(url):
            if time.perf_counter() - start > PATIENCE_S:
                raise TimeoutError(f"the clinic did not answer within {PATIENCE_S:.0f} s")
            time.sleep(0.02)
        yield url, time.perf_counter() - start
    finally:
        server.terminate()
        server.wait()


def _answers(url: str) -> bool:
    with suppress(OSError):  # not there yet, or too busy to answer
        urllib.request.urlopen(f"{url}/health/", timeout=5).close()
        return True
    return False
