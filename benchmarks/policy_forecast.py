"""The learnt forecast that policies act on, beside the full posterior of one patient: `make check-policy-forecast`.

Virtual patients held apart, treated by a forecast-triggered policy of iv-racemic for some weeks and rated weekly. Both
are asked for the chance that the next weekly rating shows no response without treatment, and both meet what then came.
Prints; asserts nothing.
"""

from __future__ import annotations

import argparse
import sys
import time
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from holdfast.days import DAYS_PER_WEEK
from holdfast.forecast.answers import Asked, chance_at, judge
from holdfast.forecast.forecast import case_of
from holdfast.forecast.futures import person
from holdfast.forecast.patient_file import Given, Patient, Rated
from holdfast.forecast.posterior import posterior_of
from holdfast.policies.coded import Ready, Watched, coded, watched
from holdfast.policies.induction import Treatment, treatment
from holdfast.policies.learnt_forecast import held_apart, learnt, reliability
from holdfast.policies.policy_file import FORECAST_TRIGGERED
from holdfast.policies.programme import programme

SEED, WEEK = 1, 12
_LAST, _SINCE = (
    1,
    5,
)  # places of `living.describe`: last rating as a share of baseline, weeks since the last dose over 4


def _say(line: str) -> None:
    sys.stdout.write(line + "\n")


def patient_of(who: Ready, seen: Watched, place: int, given: Treatment) -> Patient:
    """The patient as a clinic would enter them on the day of the check-in of week `WEEK`, before any dose."""
    of = who.inducted
    weeks = range(WEEK + 1)
    since = np.rint(4 * seen.described[place, :, _SINCE]).astype(int)
    dosed = [week for week in range(WEEK) if since[week + 1] == 1]
    totals = np.rint(seen.described[place, : WEEK + 1, _LAST] * of.baseline[place]).astype(int).tolist()
    induction = of.rated[place].astype(int).tolist()
    ratings = [(0, int(of.baseline[place]))]
    ratings += [(DAYS_PER_WEEK * k, total) for k, total in enumerate(induction, start=1) if total >= 0]
    ratings += [(given.begins + DAYS_PER_WEEK * week, totals[week]) for week in weeks]
    days = [*given.days, *(given.begins + DAYS_PER_WEEK * week for week in dosed)]
    weight = float(of.driven.bank.weight_kg[of.of.body[place]])
    return Patient(
        today=float(given.begins + DAYS_PER_WEEK * WEEK),
        doses=tuple(Given(float(day), given.kinds[0]) for day in days),
        ratings=tuple(Rated(float(day), "madrs", total) for day, total in ratings), weight_kg=weight, scale="madrs",
    )  # fmt: skip


def full_chance(patient: Patient) -> float:
    """Of no response or remission a week from today, by the posterior of this patient."""
    case = case_of(patient)
    found = posterior_of(case, np.random.default_rng([SEED, 0]))
    who = person(case, found.particles, np.random.default_rng([SEED, 2]))
    asked = Asked(patient, case, who, judge(patient), SEED)
    return chance_at(asked, patient.today + DAYS_PER_WEEK, [], ~asked.judge.well).chance


def main() -> None:
    """Print Brier scores, rankings and how far the two forecasts lie apart."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--patients", type=int, default=400)
    count = parser.parse_args().patients
    of = programme("iv-racemic").lasting(WEEK + 4)
    of = replace(of, header={**of.header, "attendance": "perfect"})
    given = treatment(of)
    weights = learnt(of, given, SEED)[1]
    acting = next(one for one in of.policies if one.kind == FORECAST_TRIGGERED and one.check_in == 1)
    who = held_apart(of, given, SEED, checking=True)
    seen = watched(coded((acting,), given), 0, who, weights, 1)
    places = np.linspace(0, len(who) - 1, count).astype(int)
    labels, quick = seen.labels[places, WEEK], seen.chances[places, WEEK]
    start = time.process_time()
    full = np.array([full_chance(patient_of(who, seen, place, given)) for place in places.tolist()])
    took = time.process_time() - start
    for name, chances in (("learnt", quick), ("full posterior", full)):
        _tell(name, chances, labels)
    apart = np.abs(full - quick)
    _say(f"apart: {apart.mean():.3f} on average, {np.quantile(apart, 0.9):.3f} in the widest tenth; "
         f"correlation {np.corrcoef(full, quick)[0, 1]:.2f}; {took / count:.2f} s for a full posterior")  # fmt: skip


def _tell(name: str, chances: NDArray[np.float64], labels: NDArray[np.int64]) -> None:
    found = reliability(name, 1, Watched(np.zeros((1, len(labels), 0)), labels[None], chances[None]))
    error = np.std((chances - labels) ** 2) / np.sqrt(len(labels))
    _say(f"{name}: Brier score {found.brier:.3f} ± {error:.3f} (of the mean alone {found.brier_of_the_mean:.3f}), "
         f"ranked rightly {found.ranked:.2f}, mean chance {chances.mean():.3f}, came {labels.mean():.3f}, "
         f"{len(labels)} patients")  # fmt: skip


if __name__ == "__main__":
    main()
