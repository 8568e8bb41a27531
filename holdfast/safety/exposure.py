"""Cumulative exposure: what was given, how often and for how long, for each drug by itself.

Esketamine and racemic ketamine are different drugs with different doses; their milligrams are never added, and
neither are amounts stated as base to amounts stated as salt.
"""

from __future__ import annotations

import datetime
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from math import fsum
from typing import Any

from holdfast.errors import InputError
from holdfast.facts.plausible import is_finite_number, plausible_day
from holdfast.facts.tables import DRUGS
from holdfast.units import DAYS_PER_YEAR

AMOUNTS_AS = ("base", "salt", "not-stated")


@dataclass(frozen=True)
class DoseGiven:
    """One dose. `dose_mg` None: given, amount not recorded. Doses of one `treatment_session` count as one.

    `given_on` None: given on a day of a study, whose date is not known.
    """

    drug: str
    given_on: datetime.date | None
    dose_mg: float | None
    treatment_session: str | None = None
    amount_as: str = "not-stated"


@dataclass(frozen=True)
class Exposure:
    """What one drug amounts to. With doses of unknown amount, `known_mg` is a floor: `at_least` is true.

    `sessions_by_month` has every calendar month from the first to the last, months without a session included;
    `years` runs from the first to the last day on which a dose was given. All three rest on the doses with a date, and
    are None or empty where there is none.
    """

    drug: str
    amount_as: str
    known_mg: float
    sessions: int
    doses_of_unknown_mg: int
    first_on: datetime.date | None
    last_on: datetime.date | None
    sessions_by_month: tuple[tuple[str, int], ...]

    @property
    def at_least(self) -> bool:
        """True where the amount of some dose is unknown, so that the sum is a floor."""
        return self.doses_of_unknown_mg > 0

    @property
    def years(self) -> float | None:
        """Years from the first to the last dose."""
        if self.first_on is None or self.last_on is None:
            return None
        return (self.last_on - self.first_on).days / DAYS_PER_YEAR

    @property
    def sessions_per_month(self) -> float | None:
        """Mean over the calendar months from the first to the last."""
        dated = [count for _, count in self.sessions_by_month]
        return sum(dated) / len(dated) if dated else None

    @property
    def text(self) -> str:
        """One sentence for a page."""
        floor = "at least " if self.at_least else ""
        doses = "dose" if self.doses_of_unknown_mg == 1 else "doses"
        unknown = f" ({self.doses_of_unknown_mg} {doses} of unknown amount)" if self.at_least else ""
        return f"{self.drug}: {floor}{self.known_mg:g} mg in {self.sessions} treatment sessions{unknown}"

    def as_dict(self) -> dict[str, Any]:
        """Plain values for JSON."""
        return {
            **vars(self),
            "first_on": self.first_on.isoformat() if self.first_on else None,
            "last_on": self.last_on.isoformat() if self.last_on else None,
            "sessions_by_month": dict(self.sessions_by_month),
            "at_least": self.at_least,
            "years": self.years,
            "sessions_per_month": self.sessions_per_month,
            "text": self.text,
        }


def exposure(doses: Iterable[DoseGiven]) -> tuple[Exposure, ...]:
    """One `Exposure` for each drug (and for base and salt apart), by name; nothing where nothing was given.

    Raises `InputError` on an unknown drug, or an amount that is not above 0 mg (a dose not given is no row).
    """
    ledger: dict[tuple[str, str], list[DoseGiven]] = {}
    for dose in doses:
        _check(dose)
        ledger.setdefault((dose.drug, dose.amount_as), []).append(dose)
    return tuple(_sum(drug, amount_as, given) for (drug, amount_as), given in sorted(ledger.items()))


def add(first: Exposure, second: Exposure) -> Exposure:
    """Two stretches of one drug together; their treatment sessions must be different ones.

    Raises `InputError` for two drugs, or base and salt: those milligrams are not of the same thing.
    """
    if first.drug != second.drug:
        raise InputError(f"{first.drug} and {second.drug} are different drugs: their mg are never added")
    if first.amount_as != second.amount_as:
        raise InputError(f"{first.drug} as {first.amount_as} and as {second.amount_as}: convert one of them first")
    counts = Counter(dict(first.sessions_by_month)) + Counter(dict(second.sessions_by_month))
    first_on, last_on = _ends([first.first_on, first.last_on, second.first_on, second.last_on])
    return Exposure(
        first.drug,
        first.amount_as,
        first.known_mg + second.known_mg,
        first.sessions + second.sessions,
        first.doses_of_unknown_mg + second.doses_of_unknown_mg,
        first_on,
        last_on,
        _every_month(counts, first_on, last_on),
    )


def _check(dose: DoseGiven) -> None:
    if dose.drug not in DRUGS:
        raise InputError(f"drug {dose.drug!r} is not known; known: {', '.join(DRUGS)}")
    if dose.amount_as not in AMOUNTS_AS:
        raise InputError(f"amount_as {dose.amount_as!r} is not one of {', '.join(AMOUNTS_AS)}")
    if dose.given_on is not None:
        plausible_day(dose.given_on, "given_on")
    if dose.dose_mg is not None and not (is_finite_number(dose.dose_mg) and dose.dose_mg > 0):
        day = dose.given_on or "a study day"
        raise InputError(f"dose_mg {dose.dose_mg!r} of {day} must be above 0; leave it empty where unknown")


def _sum(drug: str, amount_as: str, given: list[DoseGiven]) -> Exposure:
    # A dose without the name of its treatment session is a treatment session of its own.
    sessions = {dose.treatment_session or f"unnamed {number}": dose.given_on for number, dose in enumerate(given)}
    first_on, last_on = _ends(d.given_on for d in given)
    counts = Counter(_month(day) for day in sessions.values() if day is not None)
    return Exposure(
        drug,
        amount_as,
        fsum(d.dose_mg for d in given if d.dose_mg is not None),
        len(sessions),
        sum(d.dose_mg is None for d in given),
        first_on,
        last_on,
        _every_month(counts, first_on, last_on),
    )


def _ends(days: Iterable[datetime.date | None]) -> tuple[datetime.date | None, datetime.date | None]:
    """The first and the last of the days that are known."""
    known = [day for day in days if day is not None]
    return min(known, default=None), max(known, default=None)


def _every_month(
    counts: Counter[str], first: datetime.date | None, last: datetime.date | None
) -> tuple[tuple[str, int], ...]:
    if first is None or last is None:
        return ()
    months = range(first.year * 12 + first.month - 1, last.year * 12 + last.month)
    names = (f"{number // 12:04d}-{number % 12 + 1:02d}" for number in months)
    return tuple((name, counts[name]) for name in names)


def _month(day: datetime.date) -> str:
    return f"{day.year:04d}-{day.month:02d}"
