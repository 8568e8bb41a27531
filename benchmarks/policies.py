"""How long a policy search takes: `make bench-policy`. Prints; asserts nothing.

The default programme with its 200 policies, 2,000 virtual patients and a year, in two processes: once without the
reruns under other parameters, once with them. `--policies` takes the first so many of them, `--processes` other ones.
"""

from __future__ import annotations

import argparse
import os

os.environ.update(dict.fromkeys(("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "MKL_NUM_THREADS"), "1"))

import resource
import sys
import time
from dataclasses import replace

import numba
import numpy as np

from holdfast.policies.compare import compare
from holdfast.policies.programme import Programme, programme
from holdfast.policies.told import answer

WARM_PATIENTS = 40


def _say(line: str) -> None:
    sys.stdout.write(line + "\n")
    sys.stdout.flush()


def _processor_s() -> float:
    """Of this process and of those it has waited for."""
    used = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    return sum(one.ru_utime + one.ru_stime for one in used)


def _timed(of: Programme, patients: int, processes: int, *, sensitivity: bool) -> None:
    start, started = time.perf_counter(), _processor_s()
    told = answer(compare(of, patients=patients, processes=processes, sensitivity=sensitivity))
    wall, processor = time.perf_counter() - start, _processor_s() - started
    reruns = len(told["sensitivity"]["reruns"])
    lives = len(of.policies) * told["patients"] * of.weeks
    _say(
        f"{len(of.policies)} policies, {told['patients']:,} patients, {of.weeks} weeks, {reruns} reruns on a fifth of "
        f"them: {wall:.1f} s of wall clock, {processor:.1f} s of processor time in {processes} processes"
    )
    if not reruns:
        _say(f"  {1e6 * processor / lives:.2f} us of processor time for a week of a patient, everything included")


def main() -> None:
    """Print wall clock and processor time."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--policies", type=int, default=200)
    parser.add_argument("--patients", type=int, default=2000)
    parser.add_argument("--processes", type=int, default=2)
    parser.add_argument("--without-sensitivity", action="store_true")
    asked = parser.parse_args()
    of = programme()
    every = max(1, len(of.policies) // asked.policies)
    of = replace(of, policies=(*of.policies[:2], *of.policies[2::every])[: asked.policies])
    compare(replace(of, policies=of.policies[:2]), patients=WARM_PATIENTS, sensitivity=False)  # compiles
    for sensitivity in (False,) if asked.without_sensitivity else (False, True):
        _timed(of, asked.patients, asked.processes, sensitivity=sensitivity)
    load = os.getloadavg()[0]
    _say(f"load {load:.2f}; numba {numba.__version__}; numpy {np.__version__}; Python {sys.version.split()[0]}")


if __name__ == "__main__":
    main()
