"""The forecast that a policy may act on: the chance that the next check-in shows no response, if nobody is treated.

The posterior of one patient takes a twentieth of a second (holdfast/forecast); a search asks millions of times. So the
chance is learnt, once for each number of weeks ahead: a logistic regression on what a clinic has by then, which is
ratings it obtained, days of its own treatment sessions and the baseline (`living.describe`). It never meets the true
state.

    learnt on    virtual patients of worlds held apart, treated by lot so that all kinds of histories come up
    checked on   further ones, under the policies that act on it

Held apart are patients, effects of programmes and draws of the posterior (`worlds.draws_of`): no world that policies
are compared in, and none of the check, has the parameters of a world learnt on, however many are compared.

It knows the population, which is the prior; it does not know which world it is in. Its errors are part of what
forecast-triggered policies are worth.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from holdfast.policies import living
from holdfast.policies.coded import Ready, Watched, at_random, coded, ready, watched
from holdfast.policies.induction import Inducted, Treatment, inducted
from holdfast.policies.policies import Policy
from holdfast.policies.policy_file import FORECAST_TRIGGERED
from holdfast.policies.programme import Programme
from holdfast.policies.ranks import ranks
from holdfast.policies.worlds import CHECKED_ON, LEARNT_ON, Crowd, Variant

Values = NDArray[np.float64]
Whole = NDArray[np.int64]
WORLDS, EACH = 100, 12  # held apart for learning, and as many for checking
_RIDGE = 1.0
_STEPS = 25
BINS = 10


def held_apart(programme: Programme, given: Treatment, seed: int, *, checking: bool) -> Ready:
    """Virtual patients that no policy is judged by, who begin maintenance as patients of the programme do."""
    first = CHECKED_ON if checking else LEARNT_ON
    crowd = Crowd(seed, np.repeat(np.arange(first, first + WORLDS), EACH), np.tile(np.arange(EACH), WORLDS))
    found = inducted(crowd, programme, given, Variant())
    return ready(beginning(found, programme), programme, given)


def beginning(of: Inducted, programme: Programme) -> Inducted:
    """Those who begin maintenance."""
    if programme.header["without_response"] != "stop":
        return of
    return of.take(np.flatnonzero(of.responds))


def learnt(programme: Programme, given: Treatment, seed: int) -> dict[int, Values]:
    """Weights of the regression by weeks ahead, for every one that a policy asks for."""
    asked = sorted({one.check_in for one in programme.policies if one.kind == FORECAST_TRIGGERED})
    if not asked:
        return {}
    people, by_lot = held_apart(programme, given, seed, checking=False), at_random(given)
    nothing = np.zeros(living.FEATURES)
    return {
        ahead: _regression(*_rows([watched(by_lot, dose, people, nothing, ahead) for dose in range(len(by_lot.whole))]))
        for ahead in asked
    }


def weights_of(policies: tuple[Policy, ...], by_ahead: dict[int, Values]) -> Values:
    """The weights each policy acts on, (policies, features)."""
    return np.stack([by_ahead.get(one.check_in, np.zeros(living.FEATURES)) for one in policies])


def _rows(seen: list[Watched]) -> tuple[Values, Whole]:
    kept = [one.labels >= 0 for one in seen]
    described = np.concatenate([one.described[some] for one, some in zip(seen, kept, strict=True)])
    return described, np.concatenate([one.labels[some] for one, some in zip(seen, kept, strict=True)])


def _regression(described: Values, labels: Whole) -> Values:
    """Logistic regression by Newton's method, with a little ridge that keeps it finite."""
    if not len(labels):
        return np.zeros(living.FEATURES)
    weights = np.zeros(described.shape[1])
    ridge = _RIDGE * np.eye(len(weights))
    for _ in range(_STEPS):
        chance = 1.0 / (1.0 + np.exp(-(described @ weights)))
        slope = described.T @ (labels - chance) - _RIDGE * weights
        curve = (described * (chance * (1.0 - chance))[:, None]).T @ described + ridge
        step = np.linalg.solve(curve, slope)
        weights = weights + step
        if np.abs(step).max() < 1e-8:
            break
    return weights


@dataclass(frozen=True)
class Reliability:
    """Forecasts beside what came, on patients held apart; `bins` are (forecasts, mean forecast, share that came)."""

    policy: str
    weeks_ahead: int
    forecasts: int
    bins: tuple[tuple[int, float, float], ...]
    brier: float
    brier_of_the_mean: float  # of a forecast that is always the share that came
    ranked: float  # share of pairs, one that came and one that did not, in which the first was held likelier

    def as_dict(self) -> dict[str, Any]:
        """Plain values for JSON."""
        bins = [{"forecasts": n, "mean_forecast": chance, "came": came} for n, chance, came in self.bins]
        return {
            "policy": self.policy, "weeks_ahead": self.weeks_ahead, "forecasts": self.forecasts, "bins": bins,
            "brier": self.brier, "brier_of_the_mean": self.brier_of_the_mean, "ranked_rightly": self.ranked,
        }  # fmt: skip


def reliabilities(
    programme: Programme, given: Treatment, by_ahead: dict[int, Values], seed: int
) -> tuple[Reliability, ...]:
    """For each number of weeks ahead, under the policy in the middle of those that ask so."""
    if not by_ahead:
        return ()
    people = held_apart(programme, given, seed, checking=True)
    found = []
    for ahead, weights in by_ahead.items():
        acting = [one for one in programme.policies if one.kind == FORECAST_TRIGGERED and one.check_in == ahead]
        one = sorted(acting, key=lambda policy: policy.chance)[len(acting) // 2]
        seen = watched(coded((one,), given), 0, people, weights, ahead)
        found.append(reliability(one.name, ahead, seen))
    return tuple(found)


def reliability(policy: str, ahead: int, seen: Watched) -> Reliability:
    """Forecasts in bins of a tenth."""
    kept = seen.labels >= 0
    chances, came = seen.chances[kept], seen.labels[kept].astype(float)
    place = np.minimum((chances * BINS).astype(int), BINS - 1)
    bins = tuple(
        (int(mine.sum()), float(chances[mine].mean()), float(came[mine].mean()))
        for mine in (place == number for number in range(BINS)) if mine.any()
    )  # fmt: skip
    mean = float(came.mean())
    return Reliability(policy, ahead, int(kept.sum()), bins, float(np.mean((chances - came) ** 2)),
                       mean * (1.0 - mean), _ranked(chances, came))  # fmt: skip


def _ranked(chances: Values, came: Values) -> float:
    """Area under the curve, by ranks; ties count half."""
    yes = float(came.sum())
    no = len(came) - yes
    return float((ranks(chances)[came > 0].sum() - yes * (yes + 1) / 2) / (yes * no)) if yes and no else float("nan")
