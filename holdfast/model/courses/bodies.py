"""The bodies of a batch of virtual patients, lived day by day: a treatment day, or a quiet one.

Every day starts in the morning, before any dose. A treatment day is a stretch of 24 h with one dose at its start,
read while effects last; a quiet day is read only at its end. Doses long past go on acting: the state is carried on.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from holdfast.model.assembly import VENOUS, equations
from holdfast.model.courses.people import People
from holdfast.model.effects.drive import CIRCULATION, MIND
from holdfast.model.integration.compiled import solver
from holdfast.model.integration.stretches import SLOW_WIDTHS_H, Stretch, stretch_of
from holdfast.model.named_models import NamedModel
from holdfast.model.pharmacokinetics.absorption import Inputs, inputs
from holdfast.model.pharmacokinetics.dosing import Dose, regimen
from holdfast.protocols.protocol import Protocol
from holdfast.units import H_PER_D, MIN_PER_H

Values = NDArray[np.float64]
Who = NDArray[np.int_]
WATCHED_MIN = (*range(5, 90, 5), *range(90, 240, 15))  # a peak is met to 0.5 % on average
WATCHED_H = 8.0  # after that no effect of a dose is at its peak, swallowed doses included


class Bodies:
    """Where a batch of patients stands, and how it gets through the next day."""

    def __init__(self, model: NamedModel, protocol: Protocol, people: People, hypothesis: str, threads: int) -> None:
        self._model, self._people, self._how = model, people, protocol.administration
        self._drug, self._route = protocol.drug, protocol.route
        self._unit = self._how.device_mg or 1.0  # doses that come in devices differ in more than their amount
        unit = self._inputs(self._unit)
        made = equations(
            model, people.disposition(frozenset({self._route})), unit.ka_per_h, hypothesis=hypothesis,
            mood=people.cascade,
        )  # fmt: skip
        read = [made.reading_names.index(name) for name in (VENOUS, MIND, CIRCULATION)]
        made = replace(made, readings=made.readings[:, read], reading_names=(VENOUS, MIND, CIRCULATION))
        self._solver = solver(made, threads=threads)
        # a day after a dose, or later
        self._quiet = Stretch(H_PER_D, (H_PER_D,), widths_h=SLOW_WIDTHS_H, quiet_h=H_PER_D)
        self._treated: dict[float, tuple[Stretch, Values]] = {}
        self._states = made.law.states
        self._levels = made.start().y

    @property
    def levels(self) -> dict[str, Values]:
        """The states of the law as they stand, each of shape (patients,)."""
        return dict(zip(self._states, self._levels.T, strict=True))

    def quiet_day(self, who: Who) -> None:
        """A day without a dose."""
        if len(who):
            self._advance(self._quiet, np.zeros((len(who), 0, 2)), who)

    def treatment_day(self, who: Who, dose_mg: Values) -> tuple[Values, Values, Values]:
        """A day with a dose in the morning: venous level and the drives on mind and circulation while effects last.

        In ng/mL, shape (patients, times). All of `who` get the same number of devices, where the drug comes in devices.
        The drive on the mind is the linear reading, without the bound of `drive.on_mind`, which moves no peak.
        """
        given = float(dose_mg[0]) if self._how.device_mg else self._unit
        stretch, amounts = self._treatment(given)
        scale = (dose_mg / given)[:, None, None]
        out = self._advance(stretch, amounts[who] * scale, who)[:, :-1]
        return out[..., 0], out[..., 1], out[..., 2]

    def _advance(self, stretch: Stretch, amounts: Values, who: Who) -> Values:
        out = self._solver.advance(stretch, amounts, who)
        self._levels[who] = out[:, -1, -len(self._states) :]
        return out

    def _treatment(self, dose_mg: float) -> tuple[Stretch, Values]:
        """The stretch of a treatment day, read at its own panels while effects last, and what enters in everybody."""
        if dose_mg not in self._treated:
            made, amounts = stretch_of(self._inputs(dose_mg), H_PER_D, ())
            watched = {t for t in made.edges_h if t <= WATCHED_H}
            if self._route != "iv":  # the peak lies at no edge
                watched |= {t / MIN_PER_H for t in WATCHED_MIN}
            stretch = Stretch(H_PER_D, (*sorted(watched), H_PER_D), made.boluses, made.constants, SLOW_WIDTHS_H)
            self._treated[dose_mg] = stretch, amounts
        return self._treated[dose_mg]

    def _inputs(self, dose_mg: float) -> Inputs:
        duration_h = (self._how.duration_min or 0.0) / MIN_PER_H if self._route == "iv" else 0.0
        dose = Dose(self._drug, self._route, 0.0, dose_mg, duration_h=duration_h)
        return inputs(self._model, regimen([dose]), self._people.patients.who, etas=self._people.patients.etas)
