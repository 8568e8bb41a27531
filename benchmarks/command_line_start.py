"""How long the command line takes to answer, and the clinic to serve: `make bench-cli`. Prints; asserts nothing."""

from __future__ import annotations

import subprocess
import sys
import tempfile
import time
from pathlib import Path

from benchmarks.served import served

RUNS = 5
COMMANDS = (("--help",), ("scale", "--help"), ("facts", "digest"))


def seconds(words: tuple[str, ...]) -> float:
    """Wall time of one run, s."""
    start = time.perf_counter()
    subprocess.run([sys.executable, "-m", "holdfast", *words], check=True, capture_output=True)
    return time.perf_counter() - start


def seconds_to_serve(folder: Path) -> float:
    """Wall time until the clinic of that data folder answers, s."""
    with served(folder) as (_, took):
        return took


def main() -> None:
    """Commands, then the first start of a new data folder and later ones."""
    for words in COMMANDS:
        times = sorted(seconds(words) for _ in range(RUNS))
        sys.stdout.write(f"holdfast {' '.join(words):16} best {times[0]:.3f} s, median {times[RUNS // 2]:.3f} s\n")
    with tempfile.TemporaryDirectory() as folder:
        first = seconds_to_serve(Path(folder))
        later = sorted(seconds_to_serve(Path(folder)) for _ in range(RUNS))
    sys.stdout.write(f"holdfast serve: first start, with the example programme, {first:.1f} s; "
                     f"later best {later[0]:.2f} s, median {later[RUNS // 2]:.2f} s\n")  # fmt: skip


if __name__ == "__main__":
    main()
