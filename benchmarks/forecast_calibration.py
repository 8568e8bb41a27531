"""Forecasts of simulated patients against their truth: `make sbc`. Prints ranks and coverage; asserts nothing."""

from __future__ import annotations

import argparse
import sys
import time

import numpy as np

from holdfast.cli.output import seed_argument, whole_number_argument
from holdfast.forecast.checks import coverage, ranks, simulated_patients
from holdfast.forecast.patient_file import Patient

RATINGS, SEED, BINS = 8, 2026, 10


def _say(line: str) -> None:
    sys.stdout.write(line + "\n")


def _patients(text: str) -> int:
    """argparse type: how many patients, from 1."""
    count = whole_number_argument(text)
    if count < 1:
        raise argparse.ArgumentTypeError(f"{count} patients are none; give 1 or more")
    return count


def _zeros(patient: Patient) -> int:
    """Ratings of 0 under treatment."""
    return sum(rating.total == 0 for rating in patient.ratings[1:])


def main(patients: int, seed: int = SEED, zeros: int = 0) -> None:
    """By quantity: the rank histogram, its chi-squared number, and coverage beside its Monte Carlo error."""
    for as_rated in (True,) if zeros else (False, True):
        _say("ratings in whole points within the scale" if as_rated else "ratings as the likelihood takes them")
        start = time.perf_counter()
        drawn = simulated_patients(patients, seed=seed, ratings=RATINGS, as_rated=as_rated)
        kept = [one for one in drawn if _zeros(one.patient) >= zeros]
        if not kept:
            _say(f"  none of {patients} patients has {zeros} ratings of 0; take more patients")
            continue
        found = ranks(kept, seed=seed)
        for name, places in found.items():
            counts = np.histogram(places, bins=BINS, range=(0, 1))[0]
            statistic = float(((counts - len(kept) / BINS) ** 2).sum() / (len(kept) / BINS))
            _say(f"  {name}: ranks {counts.tolist()}, chi-squared {statistic:.1f} of {BINS - 1} degrees of freedom")
            for share, covered in coverage(places).items():
                error = np.sqrt(share * (1 - share) / len(kept))
                _say(f"    {100 * share:g} %: {100 * covered:.1f} % covered (Monte Carlo error {100 * error:.1f})")
        taken = time.perf_counter() - start
        _say(f"  {len(kept)} of {patients} patients, {RATINGS} ratings each, seed {seed}, {taken:.0f} s")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("patients", nargs="?", type=_patients, default=300, help="simulated patients; default 300")
    parser.add_argument("--seed", type=seed_argument, default=SEED, help=f"default {SEED}")
    said = "only those with so many ratings of 0 or more under treatment"
    parser.add_argument("--zeros", type=whole_number_argument, default=0, help=said)
    given = parser.parse_args()
    main(given.patients, given.seed, given.zeros)
