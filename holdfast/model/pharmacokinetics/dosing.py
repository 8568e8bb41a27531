"""Dosing events: what is given when. Times in h, amounts in mg of base, durations in h.

A `Dose` is one act of giving: an infusion, a bolus, an injection, a swallowed or held dose, or the devices of one
nasal dose. A `Regimen` is what one patient gets. Tables are read in event_tables.py.
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass, replace

from holdfast.errors import InputError
from holdfast.facts.model_tables import MODEL_DRUGS, MODEL_ROUTES


@dataclass(frozen=True)
class Dose:
    """One dose. Give `dose_mg` or `dose_mg_per_kg`, base not salt.

    `duration_h` is for the iv route alone: the length of the infusion, 0 for a bolus. Nasal doses are divided into
    devices by the model. Raises `InputError` for what cannot be a dose.
    """

    drug: str
    route: str
    at_h: float
    dose_mg: float | None = None
    dose_mg_per_kg: float | None = None
    duration_h: float = 0.0

    def __post_init__(self) -> None:
        if self.drug not in MODEL_DRUGS:
            raise InputError(f"drug {self.drug!r} is not known; the drugs are {', '.join(MODEL_DRUGS)}")
        if self.route not in MODEL_ROUTES:
            raise InputError(f"route {self.route!r} is not known; the routes are {', '.join(MODEL_ROUTES)}")
        if (self.dose_mg is None) == (self.dose_mg_per_kg is None):
            raise InputError("give a dose either in mg or in mg/kg, and not both")
        amount = self.dose_mg if self.dose_mg is not None else self.dose_mg_per_kg
        if amount is None or not 0 < amount < math.inf:
            raise InputError(f"a dose of {amount} is none; give an amount above 0")
        if not math.isfinite(self.at_h):
            raise InputError(f"a dose at {self.at_h} h has no time; give hours from the start")
        if not 0 <= self.duration_h < math.inf:
            raise InputError(f"a duration of {self.duration_h} h is none; give 0 for a bolus, or hours above 0")
        if self.duration_h > 0 and self.route != "iv":
            raise InputError(f"a dose by the route {self.route} has no duration; only an infusion (iv) has one")


@dataclass(frozen=True)
class Regimen:
    """What one patient is given: doses in order of time, and times at which everything is reset to nothing.

    A reset at the time of a dose comes before it.
    """

    doses: tuple[Dose, ...]
    resets_h: tuple[float, ...] = ()

    def __post_init__(self) -> None:
        times = [dose.at_h for dose in self.doses]
        if times != sorted(times):
            raise InputError("doses must stand in order of time; sort them")

    @property
    def routes(self) -> frozenset[str]:
        """Every route in use."""
        return frozenset(dose.route for dose in self.doses)

    @property
    def drugs(self) -> frozenset[str]:
        """Every drug in use."""
        return frozenset(dose.drug for dose in self.doses)


def repeated(dose: Dose, *, every_h: float, additional: int) -> tuple[Dose, ...]:
    """The dose and its `additional` repetitions, `every_h` apart (II and ADDL of NONMEM).

    Raises `InputError` where the interval is not above 0 or the number is negative.
    """
    if additional < 0:
        raise InputError(f"{additional} additional doses are none; give 0 or more")
    if additional and not 0 < every_h < math.inf:
        raise InputError(f"{additional} additional doses need an interval above 0 h, not {every_h}")
    return tuple(replace(dose, at_h=dose.at_h + every_h * i) for i in range(additional + 1))


def regimen(doses: Iterable[Dose], resets_h: Iterable[float] = ()) -> Regimen:
    """A regimen of doses in any order."""
    return Regimen(tuple(sorted(doses, key=lambda dose: dose.at_h)), tuple(sorted(resets_h)))
