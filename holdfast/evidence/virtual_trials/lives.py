"""Everybody through every track, once: what each person would be rated at each time, in whichever group.

A track is lived from dose to dose, the state carried on, so that levels of days ago and ratings within hours stand in
one course, and a dose may hang on a rating before it. Without drug the same people live the same days, with the same
ups and downs and the same errors of rating: what differs between arms is the drug and what is expected of it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace

import numpy as np
from numpy.typing import NDArray

from holdfast.evidence.virtual_trials.comparators import PEOPLE, removed_by, set_effects
from holdfast.evidence.virtual_trials.design import Arm, Track, Trial
from holdfast.evidence.virtual_trials.doses import WATCHED_H, Body, dose_of
from holdfast.evidence.virtual_trials.expecting import Expecting
from holdfast.evidence.virtual_trials.felt import Felt
from holdfast.evidence.virtual_trials.giving import RESPONSE, Giving
from holdfast.evidence.virtual_trials.judged import meeting, met, on_scale, responding
from holdfast.model.mood.fluctuation import path
from holdfast.model.mood.individuals import PERSON_DRAWS, MoodIndividuals, individuals
from holdfast.model.mood.score import LEVELS, most_points, rated, removed, score, self_view
from holdfast.model.named_models import NamedModel
from holdfast.model.population.named_populations import NamedPopulation, named_population
from holdfast.model.population.random_numbers import Purpose, named_normal
from holdfast.model.population.virtual_patients import VirtualPatients, virtual_patients
from holdfast.units import H_PER_D

__all__ = ["CHUNK", "Lived", "Setting", "dose_of", "lived", "meeting", "on_scale", "responding"]

Values = NDArray[np.float64]
Whole = NDArray[np.int64]
CHUNK = 5_000  # people lived through at a time
_OF_FELT = "correlation_with_cadss"


@dataclass(frozen=True)
class Lived:
    """One track: totals of the trial's scale, shape (people, periods, 1 + ratings), the baseline of the period first;
    and the doses given, (people, doses), 0 where one was not given. `cadss` has the shape of `totals`, where rated.
    """

    totals: Whole
    doses: Values
    cadss: Values | None = None


@dataclass(frozen=True)
class Setting:
    """By which model and hypothesis a trial is lived."""

    model: NamedModel
    hypothesis: str
    seed: int
    threads: int = 1


def lived(
    trial: Trial, setting: Setting, people: int, progress: Callable[[int, int], None] | None = None
) -> Mapping[str, Lived]:
    """Each track of the trial, lived by the same `people` virtual patients."""
    removes = set_effects(trial, lambda track, of: _totals(trial, setting, min(people, PEOPLE), track, of))
    found: dict[str, list[Lived]] = {track.key: [] for track in trial.tracks}
    steps = [(first, track) for first in range(0, people, CHUNK) for track in trial.tracks]
    group: _Group | None = None
    for done, (first, track) in enumerate(steps):
        if progress is not None:
            progress(done, len(steps))
        if group is None or group.first != first:
            group = _Group(trial, setting, first, min(CHUNK, people - first), removes)
        found[track.key].append(_Course(group, track).live())
    if progress is not None:
        progress(len(steps), len(steps))
    return {key: _joined(parts) for key, parts in found.items()}


def _joined(parts: list[Lived]) -> Lived:
    felt = [part.cadss for part in parts if part.cadss is not None]
    return Lived(np.concatenate([p.totals for p in parts]), np.concatenate([p.doses for p in parts]),
                 np.concatenate(felt) if felt else None)  # fmt: skip


def _totals(trial: Trial, setting: Setting, people: int, track: str, removes: Mapping[str, float]) -> Values:
    """Totals of one track of a parallel trial, lived with these effects of comparators."""
    group = _Group(trial, setting, 0, people, removes)
    (one,) = [t for t in trial.tracks if t.key == track]
    return _Course(group, one).live().totals[:, 0].astype(float)


class _Group:
    """A chunk of people: who they are, and their random numbers."""

    def __init__(
        self, trial: Trial, setting: Setting, first: int, count: int, removes: Mapping[str, float] | None = None
    ) -> None:
        self.removes = removes or {}
        self.trial, self.setting, self.first, self.count = trial, setting, first, count
        model, population = setting.model, named_population(trial.header["population"])
        people = virtual_patients(model, population, seed=setting.seed, first=first, count=count)
        self.people = replace(people, madrs_baseline=_baseline(trial, people, population))
        self.mood: MoodIndividuals = individuals(model, {name: people.normal(name) for name in PERSON_DRAWS})
        self.expecting = Expecting(trial, model)
        self.rates_cadss = any(asked.kind == _OF_FELT for asked in trial.asked)
        self.felt = Felt(model, people) if self.rates_cadss or self.expecting.by_feeling else None

    def body(self, arm: Arm) -> Body:
        """What the drug of an arm does in these people."""
        setting = self.setting
        return Body(arm, setting.model, self.people, self.mood, setting.hypothesis, setting.threads)

    def drawn(self, purpose: Purpose, name: str, occasions: int) -> Values:
        """Standard normal numbers, (people, occasions)."""
        columns = [named_normal(self.setting.seed, purpose, name, self.first, self.count, i) for i in range(occasions)]
        return np.stack(columns, axis=1)


def _baseline(trial: Trial, people: VirtualPatients, population: NamedPopulation) -> Values:
    """The population's baseline, moved and stretched to the trial's where it has its own."""
    header, of = trial.header, population.distributions["madrs_baseline", "female"]
    sd = header.get("baseline_sd", of.sd)
    moved = header.get("baseline_mean", of.mean) + (people.madrs_baseline - of.mean) * sd / of.sd
    return np.clip(moved, header.get("baseline_min", 0.0), most_points())


@dataclass
class _Held:
    """Treatment sessions of a track so far: when, with which weight of expectancy, and each person's last."""

    people: int
    at_h: list[float] = field(default_factory=list)
    weight: list[Values] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.last_h = np.full(self.people, -np.inf)
        self.doses = np.zeros(self.people)  # how many with drug

    def add(self, at_h: float, attends: NDArray[np.bool_], weight: Values) -> None:
        self.at_h.append(at_h)
        self.weight.append(weight)
        self.last_h = np.where(attends, at_h, self.last_h)

    @property
    def weights(self) -> Values:
        """(people, treatment sessions)."""
        return np.stack(self.weight, axis=1) if self.weight else np.zeros((self.people, 0))


class _Course:
    """One chunk through one track."""

    def __init__(self, group: _Group, track: Track) -> None:
        self.group, self.track = group, track
        trial, self.model = group.trial, group.setting.model
        per_period = [0.0, *trial.ratings.values()]
        at_h = [period.start_h + t for period in track.periods for t in per_period]
        self.at_h, self.place = np.unique(np.array(at_h), return_inverse=True)
        self.shape = group.count, len(track.periods), len(per_period)
        draws = group.drawn(Purpose.FLUCTUATION, "clinician", len(self.at_h))
        self.fluctuation = path(self.model, self.at_h, draws)
        self.rater = str(trial.header["rated_by"])
        self.error = group.drawn(Purpose.RATING, self.rater, len(self.at_h))
        self.totals = np.zeros((group.count, len(self.at_h)), dtype=np.int64)
        self.cadss = np.full((group.count, len(self.at_h)), np.nan) if group.rates_cadss else None
        self.held, self.giving = _Held(group.count), Giving(group.count)
        self.given: list[Values] = []
        self.body: Body | None = None

    def live(self) -> Lived:
        """All of it, from treatment session to treatment session."""
        planned = sorted(
            (period.start_h + day * H_PER_D, period.arm, drug)
            for period in self.track.periods for arm in (self.group.trial.arms[period.arm],)
            for days, drug in ((arm.dose_days, not arm.inert), (arm.placebo_days, False)) for day in days
        )  # fmt: skip
        ends = [at for at, _, _ in planned[1:]] + [max(self.at_h[-1], planned[-1][0])]
        self._rate(0.0, first=True)
        for (at, key, drug), end in zip(planned, ends, strict=True):
            self._treat(self.group.trial.arms[key], at, end, drug=drug)
        doses = np.stack(self.given, axis=1) if self.given else np.zeros((self.group.count, 0))
        felt = None if self.cadss is None else self.cadss[:, self.place].reshape(self.shape)
        return Lived(self.totals[:, self.place].reshape(self.shape), doses, felt)

    def _treat(self, arm: Arm, at: float, end: float, *, drug: bool) -> None:
        """One treatment session, and all there is until the next."""
        count = self.group.count
        dose = self._dose(arm, at) if drug or arm.comparator is not None else np.ones(count)
        attends = dose > 0
        if drug:
            self.given.append(dose)
            self.held.doses += attends
            self.body = self.body or self.group.body(arm)
        read_at = self.at_h[(self.at_h > at) & (self.at_h <= end)] - at
        felt = np.zeros(count)
        levels = {name: np.zeros((count, len(read_at))) for name in LEVELS}
        if self.body is not None and end > at:
            levels, felt = self._body(dose if drug else np.zeros(count), end - at, read_at, at)
        weight = self.group.expecting.weight(arm, at, attends, felt, on_drug=drug)
        self.held.add(at, attends, weight)
        self._rate(at, end, levels=levels)

    def _dose(self, arm: Arm, at_h: float) -> Values:
        """What each person gets, in the arm's unit; 0 where the rule or the policy gives none."""
        last = int(np.searchsorted(self.at_h, at_h, side="right")) - 1
        base = 0 if at_h < self.group.trial.baseline_h else int(np.searchsorted(self.at_h, self.group.trial.baseline_h))

        def judged(name: str) -> NDArray[np.bool_]:
            return met(name, self.group.trial.header["scale"], self.totals[:, base], self.totals[:, last])

        nobody = np.zeros(self.group.count, dtype=bool)
        good = nobody if arm.dose_rule == "fixed" else judged(arm.rule_definition or RESPONSE)
        holds = nobody if arm.interval is None else judged(arm.interval.definition)
        return self.giving.dose(arm, at_h, good, holds)

    def _body(self, dose: Values, length_h: float, read_at: Values, at: float) -> tuple[dict[str, Values], Values]:
        """Levels at `read_at`, and dissociation at its peak; CADSS is rated on the way where the trial does."""
        assert self.body is not None
        feel = self.group.felt
        if feel is None:
            return self.body.advance(dose, length_h, read_at)[0], np.zeros(self.group.count)
        levels, read, watched = self.body.advance(dose, length_h, read_at, watch=True)
        day, number = int(at // H_PER_D), np.maximum(self.held.doses, 1.0)
        if self.cadss is not None:
            soon = read_at <= WATCHED_H
            places = np.flatnonzero((self.at_h > at) & (self.at_h <= at + length_h))[soon]
            self.cadss[:, places] = feel.cadss(read[:, soon], day, number)
        return levels, np.where(dose > 0, feel.cadss(watched, day, number).max(axis=1), 0.0)

    def _rate(
        self, start_h: float, end_h: float = 0.0, *, levels: Mapping[str, Values] | None = None, first: bool = False
    ) -> None:
        """Ratings after `start_h` up to and including `end_h`; the first one before anything is given."""
        at = np.flatnonzero((self.at_h == 0.0) if first else (self.at_h > start_h) & (self.at_h <= end_h))
        if len(at):
            none = {name: np.zeros((self.group.count, len(at))) for name in LEVELS}
            self.totals[:, at] = self._rated(at, levels or none)

    def _rated(self, at: NDArray[np.int_], levels: Mapping[str, Values]) -> Whole:
        group, model, mood, held = self.group, self.model, self.group.mood, self.held
        expected = group.expecting.placebo(mood.placebo, self.at_h[at], held.at_h, held.weights)
        base = group.people.madrs_baseline[:, None]
        gained = removed(model, levels)
        for period in self.track.periods:
            comparator = group.trial.arms[period.arm].comparator
            if comparator is not None:
                gained = gained + removed_by(comparator, group.removes[period.arm], self.at_h[at], held.last_h)
        points = score(base, expected, mood.gain[:, None] * gained)
        points = np.clip(points + self.fluctuation[:, at], 0.0, most_points())
        if self.rater == "self":
            points = self_view(model, base, points, mood.self_rating_bias[:, None])
        return on_scale(rated(model, points, self.error[:, at], self.rater), group.trial.header["scale"])
