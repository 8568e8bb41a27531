"""How long the command line takes to answer, and the clinic to serve: `make bench-cli`. Prints; asserts nothing."""

from __future__ import annotations

import contextlib
import os
import socket
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request

RUNS = 5
COMMANDS = (("--help",), ("scale", "--help"), ("facts", "digest"))
PATIENCE_S = 120.0


def seconds(words: tuple[str, ...]) -> float:
    """Wall time of one run, s."""
    start = time.perf_counter()
    subprocess.run([sys.executable, "-m", "holdfast", *words], check=True, capture_output=True)
    return time.perf_counter() - start


def seconds_to_serve(folder: str) -> float:
    """Wall time until the clinic of that data folder answers, s. Raises `TimeoutError`."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = int(free.getsockname()[1])
    environment = {**os.environ, "HOLDFAST_DATA": folder, "HOLDFAST_PORT": str(port)}
    start = time.perf_counter()
    server = subprocess.Popen(
        [sys.executable, "-m", "holdfast", "serve"],
        env=environment,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        while time.perf_counter() - start < PATIENCE_S:
            with contextlib.suppress(urllib.error.URLError, ConnectionError):
                urllib.request.urlopen(f"http://127.0.0.1:{port}/health/", timeout=5).close()
                return time.perf_counter() - start
            time.sleep(0.02)
        raise TimeoutError(f"the clinic did not answer within {PATIENCE_S:.0f} s")
    finally:
        server.terminate()
        server.wait()


def main() -> None:
    """Commands, then the first start of a new data folder and later ones."""
    for words in COMMANDS:
        times = sorted(seconds(words) for _ in range(RUNS))
        sys.stdout.write(f"holdfast {' '.join(words):16} best {times[0]:.3f} s, median {times[RUNS // 2]:.3f} s\n")
    with tempfile.TemporaryDirectory() as folder:
        first = seconds_to_serve(folder)
        later = sorted(seconds_to_serve(folder) for _ in range(RUNS))
    sys.stdout.write(f"holdfast serve: first start, with the example programme, {first:.1f} s; "
                     f"later best {later[0]:.2f} s, median {later[RUNS // 2]:.2f} s\n")  # fmt: skip


if __name__ == "__main__":
    main()
