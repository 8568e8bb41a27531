"""Doses of an arm, and what they do in the bodies of a chunk of people: levels of the cascade, drive on the mind."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from holdfast.evidence.virtual_trials.design import Arm
from holdfast.model.assembly import equations
from holdfast.model.courses.bodies import WATCHED_H, WATCHED_MIN
from holdfast.model.effects.drive import MIND
from holdfast.model.integration.compiled import solver
from holdfast.model.integration.equations import Equations
from holdfast.model.integration.stretches import SLOW_WIDTHS_H, Stretch, stretch_of
from holdfast.model.mood.individuals import MoodIndividuals
from holdfast.model.mood.score import LEVELS
from holdfast.model.named_models import NamedModel
from holdfast.model.pharmacokinetics.absorption import Inputs, inputs
from holdfast.model.pharmacokinetics.dosing import Dose, regimen
from holdfast.model.pharmacokinetics.individual import dispositions
from holdfast.model.population.virtual_patients import VirtualPatients
from holdfast.units import MIN_PER_H

__all__ = ["WATCHED_H", "Body", "dose_of"]

Values = NDArray[np.float64]
PERCENT = 100.0


def dose_of(arm: Arm, amount: float) -> Dose:
    """One dose of the arm, now, of that amount in its unit.

    A product that no model describes is given as an infusion of the share of it that reaches the blood.
    """
    if arm.reaches_percent is not None:
        amount, route = amount * arm.reaches_percent / PERCENT, "iv"
    else:
        route = str(arm.route)
    duration_h = (arm.infusion_min or 0.0) / MIN_PER_H if route == "iv" else 0.0
    size = {"dose_mg_per_kg" if arm.dose_unit == "mg/kg" else "dose_mg": amount}
    return Dose(arm.drug, route, 0.0, duration_h=duration_h, **size)


class Body:
    """What the drug of one arm does in a chunk of people, from dose to dose."""

    def __init__(
        self, arm: Arm, model: NamedModel, people: VirtualPatients, mood: MoodIndividuals, hypothesis: str, threads: int
    ) -> None:
        self._arm, self._model, self._people = arm, model, people
        route = dose_of(arm, arm.doses[0]).route
        model.require(arm.drug, route)
        unit = self._inputs(arm.doses[0])
        body = dispositions(model, people.who, frozenset({route}), etas=people.etas)
        made: Equations = equations(model, body, unit.ka_per_h, hypothesis=hypothesis, mood=mood.cascade)
        first, states = len(made.reading_names), made.law.states
        self._levels = {name: first + states.index(name) for name in LEVELS}
        self._mind = made.reading_names.index(MIND)
        self._solver = solver(made, threads=threads)

    def advance(
        self, dose: Values, length_h: float, times_h: Values, *, watch: bool = False
    ) -> tuple[dict[str, Values], Values, Values]:
        """Levels of the cascade at `times_h` after doses given now, each (people, times); 0 is no dose.

        And the drive on the mind, ng/mL: at `times_h`, and, where asked for, at times that meet its peak.
        """
        count, watched = len(self._people), np.zeros(0)
        if watch:
            watched = np.array([m / MIN_PER_H for m in WATCHED_MIN if m / MIN_PER_H <= min(length_h, WATCHED_H)])
        read = np.unique(np.concatenate([times_h, watched]))
        levels = {name: np.zeros((count, len(times_h))) for name in LEVELS}
        mind, peak = np.zeros((count, len(times_h))), np.zeros((count, max(1, len(watched))))
        mine, theirs = np.searchsorted(read, times_h), np.searchsorted(read, watched)
        for amount in np.unique(dose):
            who = np.flatnonzero(dose == amount)
            out = self._lived(float(amount), length_h, read, who)
            for name, place in self._levels.items():
                levels[name][who] = out[:, mine, place]
            mind[who] = out[:, mine, self._mind]
            if watch and len(watched):
                peak[who] = out[:, theirs, self._mind]
        return levels, mind, peak

    def _lived(self, amount: float, length_h: float, times_h: Values, who: NDArray[np.int_]) -> Values:
        read = tuple(float(t) for t in times_h)
        if amount == 0.0:
            quiet = Stretch(length_h, read, widths_h=SLOW_WIDTHS_H)
            return self._solver.advance(quiet, np.zeros((len(who), 0, 2)), who)
        given = self._inputs(amount)
        stretch, amounts = stretch_of(given, max([length_h, *given.edges_h()]), read)
        return self._solver.advance(replace(stretch, widths_h=SLOW_WIDTHS_H), amounts[who], who)

    def _inputs(self, amount: float) -> Inputs:
        return inputs(self._model, regimen([dose_of(self._arm, amount)]), self._people.who, etas=self._people.etas)
