"""Everybody through every track, once: what each person would be rated at each time, in whichever group.

A track is lived from dose to dose, the state carried on, so that levels of days ago and ratings within hours stand in
one course, and a dose may hang on a rating before it. Without drug the same people live the same days, with the same
ups and downs and the same errors of rating: what differs between arms is the drug and what is expected of it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from functools import cache

import numpy as np
from numpy.typing import NDArray

from holdfast.evidence.virtual_trials.design import DAY_H, Arm, Track, Trial
from holdfast.model.assembly import equations
from holdfast.model.integration.compiled import solver
from holdfast.model.integration.equations import Equations
from holdfast.model.integration.stretches import SLOW_WIDTHS_H, Stretch, stretch_of
from holdfast.model.mood.fluctuation import path
from holdfast.model.mood.individuals import PERSON_DRAWS, MoodIndividuals, individuals
from holdfast.model.mood.placebo import Care, placebo, weights
from holdfast.model.mood.scale_links import METRIC, linked
from holdfast.model.mood.score import LEVELS, most_points, rated, removed, score, self_view
from holdfast.model.named_models import NamedModel
from holdfast.model.pharmacokinetics.absorption import Inputs, inputs
from holdfast.model.pharmacokinetics.dosing import Dose, regimen
from holdfast.model.pharmacokinetics.individual import dispositions
from holdfast.model.population.named_populations import NamedPopulation, named_population
from holdfast.model.population.random_numbers import Purpose, named_normal
from holdfast.model.population.virtual_patients import VirtualPatients, virtual_patients
from holdfast.outcomes.definitions import definition, response
from holdfast.units import MIN_PER_H

Values = NDArray[np.float64]
Whole = NDArray[np.int64]
CHUNK = 5_000  # people lived through at a time
_RESPONSE = "response_50"  # what a dose rule asks of a rating


@dataclass(frozen=True)
class Lived:
    """One track: totals of the trial's scale, shape (people, periods, 1 + ratings), the baseline of the period first;
    and the doses given, (people, doses), 0 where one was not given.
    """

    totals: Whole
    doses: Values


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
    found: dict[str, list[Lived]] = {track.key: [] for track in trial.tracks}
    steps = [(first, track) for first in range(0, people, CHUNK) for track in trial.tracks]
    group: _Group | None = None
    for done, (first, track) in enumerate(steps):
        if progress is not None:
            progress(done, len(steps))
        if group is None or group.first != first:
            group = _Group(trial, setting, first, min(CHUNK, people - first))
        found[track.key].append(_Course(group, track).live())
    if progress is not None:
        progress(len(steps), len(steps))
    return {
        key: Lived(np.concatenate([p.totals for p in parts]), np.concatenate([p.doses for p in parts]))
        for key, parts in found.items()
    }


class _Group:
    """A chunk of people: who they are, and their random numbers."""

    def __init__(self, trial: Trial, setting: Setting, first: int, count: int) -> None:
        self.trial, self.setting, self.first, self.count = trial, setting, first, count
        model, population = setting.model, named_population(trial.header["population"])
        people = virtual_patients(model, population, seed=setting.seed, first=first, count=count)
        self.people = replace(people, madrs_baseline=_baseline(trial, people, population))
        self.mood: MoodIndividuals = individuals(model, {name: people.normal(name) for name in PERSON_DRAWS})
        blinding = trial.header["blinding"]
        self.care = Care(
            open_label=blinding != "double-blind", new_antidepressant=bool(trial.header["new_antidepressant"])
        )

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
        self.held: list[tuple[float, Values]] = []  # when a treatment session was held, and by whom (1 or 0)
        self.given: list[Values] = []
        self.body: _Body | None = None

    def live(self) -> Lived:
        """All of it, from treatment session to treatment session."""
        planned = sorted(
            (period.start_h + day * DAY_H, period.arm, drug)
            for period in self.track.periods for arm in (self.group.trial.arms[period.arm],)
            for days, drug in ((arm.dose_days, not arm.inert), (arm.placebo_days, False)) for day in days
        )  # fmt: skip
        ends = [at for at, _, _ in planned[1:]] + [max(self.at_h[-1], planned[-1][0])]
        self._rate(0.0, 0.0, first=True)
        for (at, key, drug), end in zip(planned, ends, strict=True):
            arm = self.group.trial.arms[key]
            dose = self._dose(arm, at) if drug else np.zeros(self.group.count)
            attends = dose > 0 if drug else np.ones(self.group.count, dtype=bool)
            self.held.append((at, attends.astype(float)))
            if drug:
                self.given.append(dose)
                self.body = self.body or _Body(self.group, arm)
            if end > at:
                self._rate(at, end, dose=dose)
        doses = np.stack(self.given, axis=1) if self.given else np.zeros((self.group.count, 0))
        return Lived(self.totals[:, self.place].reshape(self.shape), doses)

    def _dose(self, arm: Arm, at_h: float) -> Values:
        """What each person gets, in the arm's unit; 0 where the rule gives none."""
        steps = np.array(arm.doses)
        if arm.dose_rule == "fixed" or not self.given:
            return np.full(self.group.count, steps[0])
        last = int(np.searchsorted(self.at_h, at_h, side="right")) - 1
        good = responding(_RESPONSE, self.group.trial.header["scale"])[self.totals[:, 0], self.totals[:, last]]
        if arm.dose_rule == "stop-after-response":
            return np.where(good | (self.given[-1] == 0), 0.0, steps[0])
        step = np.searchsorted(steps, self.given[-1])
        return np.asarray(steps[np.where(good, step, np.minimum(step + 1, len(steps) - 1))], dtype=float)

    def _rate(self, start_h: float, end_h: float, *, dose: Values | None = None, first: bool = False) -> None:
        """Ratings after `start_h` up to and including `end_h`; the first one before anything is given."""
        at = np.flatnonzero((self.at_h == 0.0) if first else (self.at_h > start_h) & (self.at_h <= end_h))
        levels = {name: np.zeros((self.group.count, len(at))) for name in LEVELS}
        if self.body is not None and dose is not None:
            levels = self.body.advance(dose, end_h - start_h, self.at_h[at] - start_h)
        if len(at):
            self.totals[:, at] = self._rated(at, levels)

    def _rated(self, at: NDArray[np.int_], levels: Mapping[str, Values]) -> Whole:
        group, model, mood = self.group, self.model, self.group.mood
        held_h = [when for when, _ in self.held]
        felt = np.full((group.count, len(held_h)), np.nan)
        for column, (_, attends) in enumerate(self.held):
            felt[attends > 0, column] = 0.0
        expected = placebo(model, group.care, mood.placebo, self.at_h[at], held_h, weights(model, group.care, felt))
        base = group.people.madrs_baseline[:, None]
        points = score(base, expected, mood.gain[:, None] * removed(model, levels))
        points = np.clip(points + self.fluctuation[:, at], 0.0, most_points())
        if self.rater == "self":
            points = self_view(model, base, points, mood.self_rating_bias[:, None])
        return on_scale(rated(model, points, self.error[:, at], self.rater), group.trial.header["scale"])


class _Body:
    """What the drug of one arm does in a chunk of people, from dose to dose."""

    def __init__(self, group: _Group, arm: Arm) -> None:
        self.group, self.arm = group, arm
        model, unit = group.setting.model, self._inputs(arm.doses[0])
        model.require(arm.drug, str(arm.route))
        body = dispositions(model, group.people.who, frozenset({str(arm.route)}), etas=group.people.etas)
        made: Equations = equations(
            model, body, unit.ka_per_h, hypothesis=group.setting.hypothesis, mood=group.mood.cascade
        )
        self._first = len(made.reading_names)
        self._states = made.law.states
        self._solver = solver(made, threads=group.setting.threads)

    def advance(self, dose: Values, length_h: float, times_h: Values) -> dict[str, Values]:
        """Levels of the cascade at `times_h` after doses given now, each (people, times)."""
        found = {name: np.zeros((self.group.count, len(times_h))) for name in LEVELS}
        for amount in np.unique(dose):
            who = np.flatnonzero(dose == amount)
            out = self._lived(float(amount), length_h, times_h, who)
            for name in LEVELS:
                found[name][who] = out[..., self._first + self._states.index(name)]
        return found

    def _lived(self, amount: float, length_h: float, times_h: Values, who: NDArray[np.int_]) -> Values:
        read = tuple(float(t) for t in times_h)
        if amount == 0.0:
            quiet = Stretch(length_h, read, widths_h=SLOW_WIDTHS_H)
            return self._solver.advance(quiet, np.zeros((len(who), 0, 2)), who)
        given = self._inputs(amount)
        stretch, amounts = stretch_of(given, max([length_h, *given.edges_h()]), read)
        return self._solver.advance(replace(stretch, widths_h=SLOW_WIDTHS_H), amounts[who], who)

    def _inputs(self, amount: float) -> Inputs:
        people = self.group.people
        return inputs(self.group.setting.model, regimen([dose_of(self.arm, amount)]), people.who, etas=people.etas)


def dose_of(arm: Arm, amount: float) -> Dose:
    """One dose of the arm, now, of that amount in its unit."""
    duration_h = (arm.infusion_min or 0.0) / MIN_PER_H if arm.route == "iv" else 0.0
    size = {"dose_mg_per_kg" if arm.dose_unit == "mg/kg" else "dose_mg": amount}
    return Dose(arm.drug, str(arm.route), 0.0, duration_h=duration_h, **size)


def on_scale(madrs: Whole, scale: str) -> Whole:
    """Ratings in points of MADRS as whole totals of the scale."""
    return madrs if scale == METRIC else np.rint(linked(madrs, METRIC, scale)).astype(np.int64)


@cache
def responding(name: str, scale: str) -> NDArray[np.bool_]:
    """Whether a total is a response, [baseline, total]: the care rule asked once for every pair."""
    one, points = definition(name), range(int(on_scale(np.array([most_points()]), scale)[0]) + 1)
    return np.array([[bool(response(start, total, one, scale=scale)) for total in points] for start in points])


@cache
def meeting(name: str, scale: str) -> NDArray[np.bool_]:
    """Whether a total meets a definition on the total."""
    one = definition(name)
    return np.array([one.met_by(total) for total in range(int(on_scale(np.array([most_points()]), scale)[0]) + 1)])
