"""People of the population with one patient's covariates and doses, and what they would be rated: nobody is weighed.

For rivals, for simulated truth, and for how far people differ at a time, by which misfit is measured. What the model
leaves unexplained of one number of a study is an SD of that calibration (`tau_row`, logits; docs/explanation/
calibration.md): a mean in points is off by sqrt(3)/pi of it times the SD over people, as virtual trials have it. A new
study at a day of its own is off likewise, so ratings after treatment carry that error too, each day one of its own.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from holdfast.forecast.histories import OWN, Members, lived, members, relative
from holdfast.forecast.likelihood import noise
from holdfast.forecast.mood_levels import Event
from holdfast.forecast.posterior import Case
from holdfast.model.mood.score import most_points
from holdfast.model.posteriors.parameters import MISFIT
from holdfast.units import H_PER_D

Values = NDArray[np.float64]
LOGISTIC = float(np.sqrt(3) / np.pi)  # SDs of a normal law that are one logit of a logistic one
_ROUNDING_SD = float(np.sqrt(1.0 / 12.0))


@dataclass(frozen=True)
class Virtual:
    """Ratings of virtual people, (times, people), in points of MADRS; the first time is the baseline."""

    of: Members
    ratings: Values

    @property
    def changes_sd(self) -> Values:
        """SD over people of the change from baseline, (times,)."""
        return np.asarray((self.ratings - self.ratings[0]).std(axis=1), dtype=float)


def virtual_people(
    case: Case, hours: Sequence[float], count: int, random: np.random.Generator, *, later: Sequence[Event] = ()
) -> Virtual:
    """Rated at these rising hours by a clinician, misfit left out, neither rounded nor cut off.

    They are given the doses of the case and the `later` ones.
    """
    of = members(case.people, count, random)
    own = random.standard_normal((len(OWN), count))
    history = lived(case.people, of, case.setting, [*case.doses, *later], np.maximum(hours, 0.0).tolist())
    base = np.clip(case.prior.mean[0] + case.prior.sd[0] * random.standard_normal(count), 0.0, most_points())
    even = base * relative(case.people, of, case.setting, history, own)
    errs = np.hypot(noise(case.people, of).clinician, _ROUNDING_SD) * random.standard_normal(even.shape)
    return Virtual(of, even + _ups_and_downs(case, of, hours, random) + errs)


def _ups_and_downs(case: Case, of: Members, hours: Sequence[float], random: np.random.Generator) -> Values:
    own, made, at = noise(case.people, of), np.zeros((len(hours), len(of))), -np.inf
    for place, hour in enumerate(hours):
        kept = np.exp(-own.rate_per_h * (hour - at))
        fresh = own.fluctuation * np.sqrt(1.0 - kept**2)
        made[place] = kept * made[place - 1] + fresh * random.standard_normal(len(of))
        at = hour
    return made


def misfit_sd(case: Case, of: Members, changes_sd: float) -> Values:
    """How far a study's mean may be off at a time beyond what the model knows, in points, (members,)."""
    return np.asarray(LOGISTIC * changes_sd * case.people.values[MISFIT][of.draw], dtype=float)


def with_misfit(case: Case, virtual: Virtual) -> Case:
    """The case with the misfit of each rating after treatment counted as an error of it; `virtual` at their times."""
    tau = case.people.values[MISFIT]
    variance = np.mean(tau**2) * (LOGISTIC * virtual.changes_sd[: len(case.observed)]) ** 2
    counted = case.observed.rounding + np.where(case.observed.at_h > 0, variance, 0.0)
    return replace(case, observed=replace(case.observed, rounding=counted))


def simulated_ratings(case: Case, days: Sequence[float], changes_sd: Values, random: np.random.Generator) -> list[int]:
    """Ratings of one simulated person on these days after the first treatment session, as a clinic has them."""
    hours = [day * H_PER_D for day in days]
    one = virtual_people(case, hours, 1, random)
    off = np.array([float(misfit_sd(case, one.of, sd)[0]) if hour > 0 else 0.0
                    for hour, sd in zip(hours, changes_sd, strict=True)])  # fmt: skip
    points = one.ratings[:, 0] + off * random.standard_normal(len(hours))
    return [int(total) for total in np.rint(np.clip(points, 0.0, most_points()))]
