"""Forecasts of simulated people of a trial's design against their truth, beside rivals. Prints; asserts nothing."""

from __future__ import annotations

import json
import sys
import time
from pathlib import Path

import numpy as np

from holdfast.forecast.cohort import OURS
from holdfast.forecast.cohort_checks import judged, simulated_cohort
from holdfast.forecast.cohort_people import read_design
from holdfast.forecast.scoring import pit_histogram, places, summary

DESIGN, SEED, DAY, USED = Path("docs/examples/cohort/nimh-trial.json"), 2026, 10.0, (0.0, 2.0)


def main(people: int) -> None:
    """Coverage, CRPS and ranks by method."""
    design = read_design(json.loads(DESIGN.read_text(encoding="utf-8")))
    start = time.perf_counter()
    cohort, later = simulated_cohort(design, people, day=DAY, used=USED, seed=SEED)
    for name, (chances, came) in judged(cohort, later, seed=SEED).items():
        found = summary(chances, came)
        shares = ", ".join(f"{share} %: {one['inside']} of {one['of']} ({100 * one['share']:.1f}, expected "
                           f"{100 * one['expected']:.1f})" for share, one in found["coverage"].items())  # fmt: skip
        sys.stdout.write(f"{name}: CRPS {found['crps']:.2f} (SE {found['crps_se']:.2f}), error "
                         f"{found['mean_error']:+.2f}, {shares}\n")  # fmt: skip
        if name == OURS:
            at = places(chances, came, np.random.default_rng(SEED).uniform(size=len(came)))
            sys.stdout.write(f"  places in ten bins: {pit_histogram(at)}\n")
    sys.stdout.write(f"{people} people, {time.perf_counter() - start:.0f} s\n")


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 300)
