"""The bodies of a batch of virtual patients, lived day by day: a treatment day, or a quiet one.

Every day starts in the morning, before any dose. A treatment day is a stretch of 24 h with one dose at its start,
read while effects last; a quiet day is read only at its end. Doses long past go on acting: the state is carried on.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from holdfast.model.assembly import CEQ, VENOUS, equations
from holdfast.model.courses.people import DAY_H, People
from holdfast.model.effects.drive import CIRCULATION, MIND
from holdfast.model.integration.plain import PlainSolver
from holdfast.model.integration.stretches import Stretch, stretch_of
from holdfast.model.named_models import NamedModel
from holdfast.model.pharmacokinetics.absorption import Inputs, inputs
from holdfast.model.pharmacokinetics.dosing import Dose, regimen
from holdfast.model.pharmacokinetics.individual import MIN_PER_H
from holdfast.protocols.protocol import Protocol

Values = NDArray[np.float64]
Who = NDArray[np.int_]
WATCHED_H = 2.5  # after that no effect of a dose is at its peak


class Lives:
    """Where a batch of patients stands, and how it gets through the next day."""

    def __init__(
        self, model: NamedModel, protocol: Protocol, people: People, hypothesis: str, threads: int = 1
    ) -> None:
        self._people, self._model, self._how = people, model, protocol.administration
        self._drug, self._route = protocol.drug, protocol.route
        unit = self._inputs(np.arange(people.count), self._how.device_mg or 1.0)
        self._equations = equations(
            model,
            people.disposition(frozenset({self._route})),
            unit.ka_per_h,
            hypothesis=hypothesis,
            mood=people.cascade,
        )
        self._solver = PlainSolver(self._equations)
        self._quiet = Stretch(DAY_H, (), widths_h=(DAY_H,))
        self._treated: dict[float, Stretch] = {}
        names = self._equations.output_names
        drives = (MIND, CIRCULATION) if MIND in names else (CEQ, CEQ)
        self._read = [names.index(name) for name in (VENOUS, *drives)]

    @property
    def levels(self) -> dict[str, Values]:
        """The states of the law as they stand, each of shape (patients,)."""
        return dict(zip(self._equations.law.states, self._solver.state.y.T, strict=True))

    def quiet_day(self, who: Who) -> None:
        """A day without a dose."""
        if len(who):
            self._solver.advance(self._quiet, np.zeros((len(who), 0, 2)), who)

    def treatment_day(self, who: Who, dose_mg: Values, day: int) -> tuple[Values, Values, Values]:
        """A day with a dose in the morning: venous level and the drives on mind and circulation while effects last.

        In ng/mL, shape (patients, times). All of `who` get the same number of devices, where the drug comes in devices.
        """
        given = float(dose_mg[0]) if self._how.device_mg else 1.0
        made, amounts = stretch_of(self._inputs(who, given), DAY_H, ())
        if given not in self._treated:
            watched = tuple(t for t in made.edges_h if t <= WATCHED_H)
            self._treated[given] = Stretch(DAY_H, watched, made.boluses, made.constants, made.widths_h)
        scale = np.ones(len(who)) if self._how.device_mg else dose_mg
        out = self._solver.advance(self._treated[given], amounts * scale[:, None, None], who)
        venous, mind, circulation = (out[..., place] for place in self._read)
        return venous, mind, circulation

    def _inputs(self, who: Who, dose_mg: float) -> Inputs:
        duration_h = (self._how.duration_min or 0.0) / MIN_PER_H if self._route == "iv" else 0.0
        dose = Dose(self._drug, self._route, 0.0, dose_mg, duration_h=duration_h)
        people = self._people
        return inputs(self._model, regimen([dose]), people.patients.who.take(who), etas=people.patients.etas.take(who))
