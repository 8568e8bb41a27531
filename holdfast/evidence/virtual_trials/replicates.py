"""A trial run many times over at its own n: people drawn, some leave, and what each replicate would report."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np
from numpy.typing import NDArray

from holdfast.errors import InputError
from holdfast.evidence.virtual_trials.comparators import unreached
from holdfast.evidence.virtual_trials.counting import PERCENT, Contrast, Seen, difference, effect_size, mean_of, of_arm
from holdfast.evidence.virtual_trials.design import CROSSOVER, Asked, Trial
from holdfast.evidence.virtual_trials.doses import dose_of
from holdfast.evidence.virtual_trials.lives import Setting
from holdfast.evidence.virtual_trials.pools import Pool, apart, drawn_from, pools_of
from holdfast.evidence.virtual_trials.reported import Counted, Reported
from holdfast.evidence.virtual_trials.survival import (
    Clock,
    Followed,
    hazard_ratio,
    median_days,
    share_with_event,
    to_first,
    to_relapse,
)
from holdfast.evidence.virtual_trials.uncertain import HELD, calibrated, in_batches
from holdfast.model.courses.plan import SAID, course_model
from holdfast.model.mood.laws import law
from holdfast.model.named_models import NamedModel
from holdfast.model.pharmacokinetics.covariates import TYPICAL_WEIGHT_KG
from holdfast.model.pharmacokinetics.dosing import regimen
from holdfast.model.pharmacokinetics.fitted_range import beyond_fitted_range
from holdfast.model.population.random_numbers import require_draw
from holdfast.model.provenance import provenance
from holdfast.units import H_PER_D

Values = NDArray[np.float64]
MOST_REPLICATES = 100_000
_AT_ONCE = 2_000_000  # totals held at a time
_OF_RELAPSE = ("relapse", "relapse_median", "hazard_ratio_relapse")
NOT_HELD = (
    "An interval holds the chance of who took part, at the trial's own n; it does not hold how unsure the model is."
)


@dataclass(frozen=True)
class Simulated:
    """A trial simulated: every number, the flow of people, and what it is of."""

    trial: Trial
    reported: tuple[Reported, ...]
    flow: tuple[Mapping[str, object], ...]
    about: Mapping[str, Any]


def simulate_trial(
    trial: Trial, *, replicates: int = 1_000, seed: int = 1, model: str, hypothesis: str = "nmda-driven",
    threads: int = 1, uncertain: bool = True, progress: Callable[[int, int], None] | None = None,
) -> Simulated:  # fmt: skip
    """`replicates` runs of the trial. The same seed gives the same numbers.

    Of a model with a posterior under that hypothesis each batch of replicates has its own draw of it, unless
    `uncertain` is false: then everybody lives by the medians.

    Raises `InputError` for what cannot be run, and `UnknownNameError` for names that are not there.
    """
    if not 1 <= replicates <= MOST_REPLICATES:
        raise InputError(f"{replicates} replicates are none to count; give 1 to {MOST_REPLICATES:,}")
    require_draw(seed, 0, 1)
    law(hypothesis)
    setting = Setting(course_model(model), hypothesis, seed, threads)
    drawn = calibrated(setting) if uncertain else None
    if drawn is None:
        counted = _count(trial, pools_of(trial, setting, progress), replicates, seed)
    else:
        counted = in_batches(trial, drawn, replicates, setting, partial(_count, trial), progress)

    def found(asked: Asked, group: str) -> Values:
        return next(one.values for one in counted.reported if (one.asked.key, one.group) == (asked.key, group))

    about = provenance(
        setting.model, said=f"{SAID} {NOT_HELD}" if drawn is None else HELD, seed=seed, hypothesis=hypothesis,
        replicates=replicates, pool_of_people=counted.people, population=trial.header["population"], trial=trial.id,
        posterior=None if drawn is None else drawn.named, draws_that_cannot_fill_it=counted.unfilled,
        unblinding=trial.header.get("unblinding", "none"), known_percent=trial.header.get("known_percent"),
        warnings=[*beyond_range(trial, setting.model), *unreached(trial, found)],
    )  # fmt: skip
    return Simulated(trial, counted.reported, _flow(trial, counted), about)


def beyond_range(trial: Trial, model: NamedModel) -> list[str]:
    """What of the arms lies outside the range the model was fitted in."""
    said: list[str] = []
    for arm in (arm for arm in trial.arms.values() if not arm.inert):
        for amount in arm.doses:
            one = regimen([dose_of(arm, amount)])
            said += beyond_fitted_range(model, one, TYPICAL_WEIGHT_KG)
    return list(dict.fromkeys(said))


def _count(trial: Trial, pools: Mapping[str, Pool], replicates: int, seed: int) -> Counted:
    for track in trial.tracks:
        chosen, wanted = pools[track.key].chosen, track.n if apart(trial) else trial.n
        if len(chosen) < wanted:
            raise InputError(
                f"{trial.id}: of the virtual patients only {len(chosen)} are selected for {track.key}, "
                f"and {wanted} are to be; this hypothesis cannot fill the trial"
            )
    random = np.random.Generator(np.random.Philox(key=np.array([seed, trial.n], dtype=np.uint64)))
    reported, left = cut(trial, pools, replicates, random)
    selected = {key: pool.selected for key, pool in pools.items()}
    return Counted(reported, left, selected, next(iter(pools.values())).people)


def cut(
    trial: Trial, pools: Mapping[str, Pool], replicates: int, random: np.random.Generator
) -> tuple[tuple[Reported, ...], Mapping[str, Values]]:
    """Every number of as many replicates cut from the pools, and by track how many left in each, (replicates,)."""
    parts: list[list[Reported]] = []
    flows: list[dict[str, list[Values]]] = []
    at_once = max(1, _AT_ONCE // (trial.n * (1 + len(trial.ratings))))
    for first in range(0, replicates, at_once):
        count = min(at_once, replicates - first)
        one = _Replicates(trial, pools, count, random)
        parts.append([one.reported(asked, group) for asked in trial.asked for group in one.groups(asked)])
        flows.append(one.flow())
    left = {track.key: np.concatenate([one[track.key][0] for one in flows]) for track in trial.tracks}
    return tuple(_joined(found) for found in zip(*parts, strict=True)), left


def _joined(found: tuple[Reported, ...]) -> Reported:
    first = found[0]
    excluded = None if first.excludes_0 is None else np.concatenate([r.excludes_0 for r in found])
    return Reported(first.asked, first.group, first.against, np.concatenate([r.values for r in found]), excluded)


class _Replicates:
    """Some replicates at once. Within a replicate nobody is drawn twice."""

    def __init__(self, trial: Trial, pools: Mapping[str, Pool], count: int, random: np.random.Generator) -> None:
        self.trial = trial
        drawn = drawn_from(trial, pools, count, random)
        leaves = random.random(drawn.shape) < (trial.header.get("leave_percent") or 0.0) / PERCENT
        left_at = np.where(leaves, random.random(drawn.shape), np.inf)
        self.of_track: dict[str, Values] = {}
        self.felt: dict[str, Values] = {}
        self.left: dict[str, Values] = {}
        self.followed: dict[tuple[Any, ...], Followed] = {}
        place = 0
        for track in trial.tracks:
            who = slice(place, place + track.n)
            place += track.n
            pool = pools[track.key]
            at_h = np.array([[p.start_h, *(p.start_h + t for t in trial.ratings.values())] for p in track.periods])
            gone = trial.begins_h + left_at[:, who] * (at_h.max() - trial.begins_h)
            missing = at_h[None, None] > gone[..., None, None]
            self.left[track.key] = (~np.isinf(gone)).sum(axis=1).astype(float)
            self.of_track[track.key] = self._handled(pool.totals[drawn[:, who]].astype(float), missing)
            if pool.cadss is not None:
                self.felt[track.key] = np.where(missing, np.nan, pool.cadss[drawn[:, who]])

    def _handled(self, totals: Values, missing: NDArray[np.bool_]) -> Values:
        totals = np.where(missing, np.nan, totals)
        if self.trial.header["missing"] == "carried forward":
            for rating in range(1, totals.shape[-1]):
                lost = np.isnan(totals[..., rating])
                totals[..., rating] = np.where(lost, totals[..., rating - 1], totals[..., rating])
        return totals

    def groups(self, asked: Asked) -> list[str]:
        """What the number is reported of, each once: published arms, or part of one where nothing was published."""
        named, arms = set(asked.arms), self.trial.arms
        part = {arms[key].group for key in asked.arms} & {arm.group for key, arm in arms.items() if key not in named}
        apart = bool(part) and not asked.published
        return list(dict.fromkeys(key if apart else arms[key].group for key in asked.arms))

    def seen(self, group: str) -> Seen:
        """Everybody of the group. Who had left before a period of a crossover has no baseline in it."""
        trial, last = self.trial, 0.0
        found: list[Values] = []
        felt: list[Values] = []
        sessions: tuple[float, ...] = ()
        for track in trial.tracks:
            for number, period in enumerate(track.periods):
                arm = trial.arms[period.arm]
                if group in (arm.key, arm.group):
                    found.append(self.of_track[track.key][:, :, number])
                    felt += [self.felt[track.key][:, :, number]] if self.felt else []
                    last, sessions = max(last, arm.dose_days[-1] * H_PER_D), arm.dose_days
        totals = np.concatenate(found, axis=1)  # track by track: in a crossover the same people stand at the same place
        failure = trial.header["missing"] == "failure"
        return Seen(
            totals, np.array([*trial.ratings.values()]), trial.header["scale"], failure, last,
            tuple(day * H_PER_D for day in sessions), np.concatenate(felt, axis=1) if felt else None,
        )  # fmt: skip

    def reported(self, asked: Asked, group: str) -> Reported:
        """One number of one group."""
        places = [list(self.trial.ratings).index(key) for key in asked.ratings]
        one = self.seen(group)
        if asked.against is None:
            return Reported(asked, group, None, self._number(asked, group, one, places), None)
        against = self.trial.arms[asked.against].group
        if asked.kind.startswith("hazard_ratio"):
            found = hazard_ratio(*(self._times(asked, name, self.seen(name), places) for name in (group, against)))
            outside = ((found.low > 1) | (found.high < 1)).astype(float)
            return Reported(asked, group, against, found.estimate, outside)
        values, excludes = self._contrast(asked, one, self.seen(against), places[0])
        return Reported(asked, group, against, values, excludes)

    def _number(self, asked: Asked, group: str, one: Seen, places: list[int]) -> Values:
        """The number of an arm: by times to an event, or by ratings."""
        if asked.kind == "remission_kept":
            return self._kept(asked, one, places)
        if asked.kind not in _OF_RELAPSE:
            return of_arm(asked.kind, one, places, asked.definition)
        followed = self._times(asked, group, one, places)
        return median_days(followed) if asked.kind == "relapse_median" else share_with_event(followed)

    def _times(self, asked: Asked, group: str, one: Seen, places: list[int]) -> Followed:
        """Time to the event in a group, found once for every number that rests on it."""
        assert asked.definition is not None
        if asked.kind == "hazard_ratio_remission":
            return to_first(one, places, asked.definition)
        key = group, asked.definition, asked.ratings, asked.among, asked.among_ratings
        if key not in self.followed:
            keys = list(self.trial.ratings)
            clock = Clock(self.trial.begins_h / H_PER_D, asked.among, tuple(keys.index(r) for r in asked.among_ratings))
            self.followed[key] = to_relapse(one, places, asked.definition, clock)
        return self.followed[key]

    def _kept(self, asked: Asked, one: Seen, places: list[int]) -> Values:
        """Share in remission at the first rating and without relapse to the last; who has left by then has failed."""
        assert asked.definition is not None
        assert asked.lost_by is not None
        begun = one.met(asked.definition, places[0])
        lost = to_relapse(one, places[1:], asked.lost_by, Clock(one.at_h[places[0]] / H_PER_D)).event
        there = ~np.isnan(one.totals[..., 1 + places[-1]]) if one.failure else np.ones(lost.shape, dtype=bool)
        kept = np.where(np.isnan(begun), np.nan, (begun == 1.0) & ~lost & there)
        return PERCENT * mean_of(kept)

    def _contrast(self, asked: Asked, one: Seen, other: Seen, place: int) -> tuple[Values, Values]:
        changes = one.change(place), other.change(place)
        paired = self.trial.design == CROSSOVER
        if asked.kind == "risk_difference":
            assert asked.definition is not None
            met = one.met(asked.definition, place), other.met(asked.definition, place)
            found = difference(*met, paired=paired)
            return PERCENT * found.estimate, _excludes(found)
        mean = difference(*changes, paired=paired)
        if asked.kind == "superior":
            return (mean.high < 0).astype(float), _excludes(mean)
        if asked.kind == "effect_size_d":
            size = effect_size(*changes)
            return (-size if asked.better == "positive" else size), _excludes(mean)
        return mean.estimate, _excludes(mean)

    def flow(self) -> dict[str, list[Values]]:
        """Who left, by track."""
        return {key: [left] for key, left in self.left.items()}


def _excludes(found: Contrast) -> Values:
    return ((found.low > 0) | (found.high < 0)).astype(float)


def _flow(trial: Trial, counted: Counted) -> tuple[Mapping[str, object], ...]:
    """As a CONSORT diagram counts: by group of people randomised, who left, who was there at the end."""
    made: list[Mapping[str, object]] = []
    for track in trial.tracks:
        low, middle, high = np.percentile(counted.left[track.key], (2.5, 50, 97.5)).tolist()
        selected = counted.selected[track.key]
        made.append({
            "group": track.key, "arms": [period.arm for period in track.periods],
            "entered_to_randomise": None if trial.selection is None else round(track.n / selected),
            "randomised": track.n, "left": {"p2.5": low, "p50": middle, "p97.5": high},
            "rated_to_the_end": {"p2.5": track.n - high, "p50": track.n - middle, "p97.5": track.n - low},
        })  # fmt: skip
    return tuple(made)
