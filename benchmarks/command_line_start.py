"""How long the command line takes to answer: `make bench-cli`. Prints; asserts nothing, since machines differ."""

from __future__ import annotations

import subprocess
import sys
import time

RUNS = 5
COMMANDS = (("--help",), ("scale", "--help"), ("facts", "digest"))


def seconds(words: tuple[str, ...]) -> float:
    """Wall time of one run, s."""
    start = time.perf_counter()
    subprocess.run([sys.executable, "-m", "holdfast", *words], check=True, capture_output=True)
    return time.perf_counter() - start


for words in COMMANDS:
    times = sorted(seconds(words) for _ in range(RUNS))
    sys.stdout.write(f"holdfast {' '.join(words):16} best {times[0]:.3f} s, median {times[RUNS // 2]:.3f} s\n")
