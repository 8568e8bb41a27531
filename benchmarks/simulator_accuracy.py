"""How far the compiled solver is from LSODA at 1e-10/1e-12, over many patients and outputs: `make check-accuracy`.

Writes docs/benchmarks/simulator-accuracy.md; exits with 1 where an error exceeds 1e-6. The reference is numbalsoda, of
all patients; without it SciPy, of 16.
"""

from __future__ import annotations

import argparse
import sys
from datetime import UTC, datetime
from pathlib import Path

import numpy as np

from benchmarks.simulator import OUT, WORST, Bench, say
from benchmarks.simulator_workloads import WORKLOADS


def measured(name: str, patients: int) -> tuple[list[str], float]:
    """Lines of the page, and the worst error."""
    bench = Bench(WORKLOADS[name](patients), rounds=1)
    say(f"{name}: ours done, the reference goes on")
    reference = bench.measure_reference()
    expected, found = bench.reference, bench.values[: len(bench.reference)]
    top = np.abs(expected).max(axis=1)
    errors = np.abs(found - expected).max(axis=1) / np.where(top > 0, top, 1.0)
    lines = [
        f"## Workload `{name}`", "",
        f"{found.shape[0]:,} patients, {found.shape[1]} times, {found.shape[2]} outputs. Reference: {reference}.", "",
        "| output | median patient | 99th percentile | worst patient |", "|---|---|---|---|",
    ]  # fmt: skip
    for place, output in enumerate(bench.equations.output_names):
        own = errors[:, place]
        lines.append(f"| {output} | {np.median(own):.1e} | {np.percentile(own, 99):.1e} | {own.max():.1e} |")
    return [*lines, ""], float(errors.max())


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--patients", type=int, default=10_000)
    parser.add_argument("--output", type=Path, default=OUT.with_name("simulator-accuracy.md"))
    arguments = parser.parse_args()
    lines = [
        "# How exact the simulator is", "",
        "Written by `make check-accuracy`. Error: the largest difference from the reference over the largest value in",
        f"time, of each patient and output; {WORST:g} is allowed. The reference itself is off by about 1e-9.", "",
        f"Date: {datetime.now(UTC):%Y-%m-%d %H:%M} UTC.", "",
    ]  # fmt: skip
    most = 0.0
    for name in WORKLOADS:
        told, worst = measured(name, arguments.patients)
        lines, most = lines + told, max(most, worst)
    text = "\n".join(lines)
    arguments.output.parent.mkdir(parents=True, exist_ok=True)
    arguments.output.write_text(text)
    sys.stdout.write(text)
    return int(most > WORST)


if __name__ == "__main__":
    sys.exit(main())
