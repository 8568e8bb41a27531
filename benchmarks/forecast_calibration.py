"""Forecasts of simulated patients against their truth: `make sbc`. Prints ranks and coverage; asserts nothing."""

from __future__ import annotations

import sys
import time

import numpy as np

from holdfast.forecast.checks import coverage, ranks, simulated_patients

RATINGS, SEED, BINS = 8, 2026, 10


def _say(line: str) -> None:
    sys.stdout.write(line + "\n")


def main(patients: int) -> None:
    """By quantity: the rank histogram, its chi-squared number, and coverage beside its Monte Carlo error."""
    for as_rated in (False, True):
        _say("ratings in whole points within the scale" if as_rated else "ratings as the likelihood takes them")
        start = time.perf_counter()
        found = ranks(simulated_patients(patients, seed=SEED, ratings=RATINGS, as_rated=as_rated), seed=SEED)
        for name, places in found.items():
            counts = np.histogram(places, bins=BINS, range=(0, 1))[0]
            statistic = float(((counts - patients / BINS) ** 2).sum() / (patients / BINS))
            _say(f"  {name}: ranks {counts.tolist()}, chi-squared {statistic:.1f} of {BINS - 1} degrees of freedom")
            for share, covered in coverage(places).items():
                error = np.sqrt(share * (1 - share) / patients)
                _say(f"    {100 * share:g} %: {100 * covered:.1f} % covered (Monte Carlo error {100 * error:.1f})")
        _say(f"  {patients} patients, {RATINGS} ratings each, {time.perf_counter() - start:.0f} s")


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 300)
