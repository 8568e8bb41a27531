"""Schedules that are compared: when there would be a treatment session. Plain values, no NumPy.

The protocol as it stands, unchanged, is always among them. What these plans are is ours (forecast_choices.csv); that
they are the ones worth comparing is not claimed.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from dataclasses import dataclass

from holdfast.days import DAYS_PER_WEEK, weeks_words
from holdfast.errors import InputError
from holdfast.forecast.choices import choices
from holdfast.forecast.patient_file import Patient
from holdfast.model.pharmacokinetics.dosing import Dose
from holdfast.protocols.protocol import protocols

UNCHANGED, STOP, TAPER, BOOSTER = "unchanged", "stop", "taper", "booster"


@dataclass(frozen=True)
class Plan:
    """Days of treatment sessions from today to the horizon. `triggered`: a rating decides, week by week."""

    name: str
    words: str
    days: tuple[float, ...] = ()
    triggered: bool = False


def plans(patient: Patient, horizon_day: float) -> tuple[Plan, ...]:
    """The plans to compare, the unchanged one first."""
    return (
        unchanged(patient, horizon_day),
        Plan(STOP, "no further treatment session"),
        *(
            Plan(
                f"every-{weeks}-weeks",
                f"a treatment session every {weeks_words(weeks)}",
                _every(patient, weeks, horizon_day),
            )
            for weeks in map(int, choices("every", "weeks"))
        ),
        Plan(TAPER, _taper_words(), _taper(patient, horizon_day)),
        Plan(BOOSTER, "rated weekly; a treatment session on a day whose rating is no response", (), triggered=True),
    )


def unchanged(patient: Patient, horizon_day: float) -> Plan:
    """What is planned; where nothing is, as far apart as the last two doses were."""
    planned = patient.planned
    if planned.days:
        said = "the days that are planned"
        return Plan(UNCHANGED, said, tuple(day for day in planned.days if day <= horizon_day))
    every_d = planned.every_d
    said = "as planned, every {:g} days"
    if every_d is None and len(patient.doses) > 1:
        every_d, said = (
            patient.doses[-1].day - patient.doses[-2].day,
            "nothing is planned: as the last two doses, every {:g} days",
        )
    if every_d is None:
        return Plan(UNCHANGED, "nothing is planned: no further treatment session")
    every_d = max(every_d, 1.0)
    return Plan(UNCHANGED, said.format(every_d), tuple(_from(patient, every_d, horizon_day)))


def dose_of(patient: Patient) -> Dose:
    """The dose of every treatment session to come: the planned one, else the last one given."""
    if patient.planned.dose is not None:
        return patient.planned.dose
    if not patient.doses:
        raise InputError("no dose was given and none is planned; give doses, or planned.dose")
    return patient.doses[-1].dose


def dose_mg(patient: Patient) -> float:
    """That dose in mg of base."""
    dose = dose_of(patient)
    return dose.dose_mg if dose.dose_mg is not None else (dose.dose_mg_per_kg or 0.0) * patient.weight_kg


def hours_in_clinic(patient: Patient) -> tuple[float, str] | None:
    """Hours of one treatment session and the protocol that says so.

    The patient's own protocol, or the only one of the drug and route to come where the file names none. None: there is
    no such protocol, or there are several.
    """
    dose = dose_of(patient)
    known = [
        one for one in protocols().values()
        if (one.drug, one.route) == (dose.drug, dose.route) and patient.protocol in (None, one.id)
    ]  # fmt: skip
    return (known[0].hours_in_clinic(dose.duration_h), known[0].id) if len(known) == 1 else None


def _from(patient: Patient, every_d: float, horizon_day: float) -> Iterator[float]:
    first = patient.today if not patient.doses else max(patient.doses[-1].day + every_d, patient.today)
    return itertools.takewhile(lambda day: day <= horizon_day, (first + every_d * i for i in itertools.count()))


def _every(patient: Patient, weeks: int, horizon_day: float) -> tuple[float, ...]:
    return tuple(_from(patient, weeks * DAYS_PER_WEEK, horizon_day))


def _taper(patient: Patient, horizon_day: float) -> tuple[float, ...]:
    gaps = itertools.chain.from_iterable(
        itertools.repeat(weeks * DAYS_PER_WEEK) if times is None else [weeks * DAYS_PER_WEEK] * times
        for weeks, times in _taper_steps()
    )
    day, found = (patient.doses[-1].day if patient.doses else patient.today - DAYS_PER_WEEK), []
    for gap in gaps:
        day = max(day + gap, patient.today)
        if day > horizon_day:
            break
        found.append(day)
    return tuple(found)


def _taper_words() -> str:
    *steps, (last, _) = _taper_steps()
    return (
        ", ".join(f"{times} every {weeks_words(weeks)}" for weeks, times in steps) + f", then every {weeks_words(last)}"
    )


def _taper_steps() -> list[tuple[int, int | None]]:
    """Weeks between, and how many treatment sessions so; None: from then on."""
    weeks, times = map(int, choices("taper_every", "weeks")), map(int, choices("taper_sessions", "count"))
    return list(itertools.zip_longest(weeks, times))
