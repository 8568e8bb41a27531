"""People to be forecast together: the folder of a trial with its design, or a folder of patient files.

A trial's folder holds `scores.csv` (participant_id, group, leg, day, scale, score) and `participants.csv`. Neither says
what was given, when exactly anybody was rated or who is ill: the design does, a JSON file whose fields are `_DESIGN`.
Where a day is known as a few days only ("2-3 days"), or the order of a crossover is not known, the design lists what
may be, and a forecast is made with each (`timings`). Nobody is dropped: who cannot be forecast has a reason.
"""

from __future__ import annotations

import random
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from holdfast.errors import InputError
from holdfast.facts.plain_values import plain_list, plain_object
from holdfast.facts.plausible import is_finite_number, plausible
from holdfast.facts.scale_names import scale_document
from holdfast.facts.text_files import read_rows
from holdfast.facts.written import written_number
from holdfast.forecast.patient_file import Given, Patient, Rated, read_patient
from holdfast.model.pharmacokinetics.dosing import Dose
from holdfast.outcomes.score_rows import COLUMNS, Score, check_rows
from holdfast.units import MIN_PER_H

_DESIGN = (
    "about", "groups", "not_forecast", "scale", "leg", "dose", "open_label", "baseline_day", "days",
    "earlier_infusion",
)  # fmt: skip
_DOSE = ("drug", "route", "dose_mg_per_kg", "duration_min")
_EARLIER = ("column", "value", "days_before")
_SEX = {"F": "female", "M": "male", "female": "female", "male": "male"}
JUST_GIVEN_D = 0.1  # a dose of that day has been given
# A placebo infusion, as the model lives it: expectancy and time under care as after any, of the drug next to nothing.
_OF_A_DOSE = 1e-6


@dataclass(frozen=True)
class Design:
    """What the tables of a trial do not say. Days count from the infusion of the leg that is forecast.

    `days` gives, for a nominal day, the days it may have been; `days_before`, how long before it a placebo infusion was
    for people whose cell of `order_column` is `order_value`.
    """

    groups: Mapping[str, str]  # group → population
    not_forecast: Mapping[str, str]  # group → why
    scale: str
    leg: str
    dose: Dose
    open_label: bool
    baseline_day: float
    days: Mapping[float, tuple[float, ...]]
    order_column: str = ""
    order_value: str = ""
    days_before: tuple[float, ...] = ()

    def may_be(self, day: float) -> tuple[float, ...]:
        """The days a nominal day may have been: itself, where the design says nothing."""
        return self.days.get(day, (day,))


@dataclass(frozen=True)
class Participant:
    """One person: either whom to forecast or why not. `rated` are nominal days and totals, baseline first at day 0.

    `placebo_first` None: not known, or no crossover. `file` is a patient file's patient, who has days of their own.
    """

    id: str
    group: str
    why_not: str | None
    rated: tuple[tuple[float, int], ...] = ()
    placebo_first: bool | None = None
    who: Mapping[str, Any] = field(default_factory=dict)
    notes: tuple[str, ...] = ()
    file: Patient | None = None

    @property
    def baseline(self) -> int | None:
        """The total treatment is judged against."""
        if self.file is not None:
            found = self.file.baseline(self.file.scale)
            return None if found is None else found.total
        return dict(self.rated).get(0.0)


@dataclass(frozen=True)
class Cohort:
    """People, what is forecast of them, and the day, counted from the infusion (or from their first dose)."""

    people: tuple[Participant, ...]
    day: float
    used: tuple[float, ...] | None  # nominal days of ratings that are used; None: all before `day`
    scale: str
    leg: str | None
    design: Design | None


def read_design(content: Any) -> Design:
    """A design from plain values as of JSON. Raises `InputError`, one sentence."""
    values = plain_object(content, _DESIGN, "the design")
    if missing := [name for name in ("groups", "scale", "leg", "dose", "baseline_day") if name not in values]:
        raise InputError(f"the design lacks {', '.join(missing)}")
    from holdfast.model.population.named_populations import named_population  # loads NumPy

    groups = _words(values["groups"], "groups")
    for population in groups.values():
        named_population(population)
    dose = plain_object(values["dose"], _DOSE, "dose")
    earlier = plain_object(values.get("earlier_infusion") or {}, _EARLIER, "earlier_infusion")
    return Design(
        groups=groups, not_forecast=_words(values.get("not_forecast", {}), "not_forecast"),
        scale=scale_document(str(values["scale"])).id, leg=str(values["leg"]),
        dose=Dose(str(dose.get("drug")), str(dose.get("route")), 0.0,
                  dose_mg_per_kg=_number(dose.get("dose_mg_per_kg"), "dose.dose_mg_per_kg"),
                  duration_h=_number(dose.get("duration_min", 0.0), "dose.duration_min") / MIN_PER_H),
        open_label=values.get("open_label") is not False,
        baseline_day=_number(values["baseline_day"], "baseline_day"),
        days={_number_of(day): _numbers(may, f"days.{day}") for day, may in dict(values.get("days", {})).items()},
        order_column=str(earlier.get("column", "")), order_value=str(earlier.get("value", "")),
        days_before=_numbers(earlier.get("days_before", []), "earlier_infusion.days_before"),
    )  # fmt: skip


def _words(content: Any, where: str) -> dict[str, str]:
    if not isinstance(content, Mapping) or not all(isinstance(one, str) for one in content.values()):
        raise InputError(f"{where} must be an object of words, like {{...}}")
    return dict(content)


def _number(value: Any, where: str) -> float:
    if not is_finite_number(value):
        raise InputError(f"{where} is {value!r}; give a number")
    return float(value)


def _number_of(text: str) -> float:
    return float(written_number(text, "a day of the design"))


def _numbers(content: Any, where: str) -> tuple[float, ...]:
    return tuple(_number(one, where) for one in plain_list(content, where))


def read_trial(folder: Path, design: Design, day: float, used: Sequence[float] | None = None) -> Cohort:
    """The people of a trial's folder. Raises `InputError` naming every bad row of the scores."""
    header, rows = read_rows(folder / "scores.csv", COLUMNS)
    scores = check_rows([(line, dict(zip(header, cells, strict=False))) for line, cells in rows], "scores.csv")
    about = _participants(folder / "participants.csv")
    by_person: dict[str, list[Score]] = {name: [] for name in about}
    for score in scores:
        by_person.setdefault(score.participant, []).append(score)
    people = tuple(_participant(name, about.get(name), own, design, (day, used)) for name, own in by_person.items())
    return Cohort(people, day, None if used is None else tuple(used), design.scale, design.leg, design)


def _participants(path: Path) -> dict[str, dict[str, str]]:
    if not path.exists():
        return {}
    header, rows = read_rows(path, ("participant_id", "group"))
    made = [dict(zip(header, (cell.strip() for cell in cells), strict=False)) for _, cells in rows]
    return {row["participant_id"]: row for row in made}


def _participant(
    name: str, row: Mapping[str, str] | None, scores: Sequence[Score], design: Design,
    asked: tuple[float, Sequence[float] | None],
) -> Participant:  # fmt: skip
    day, used = asked
    group = (row or {}).get("group") or next((one.group for one in scores), "")
    if group in design.not_forecast or group not in design.groups:
        why = design.not_forecast.get(
            group, f"the design names no population for the group {group or 'without a name'}"
        )
        return Participant(name, group, why)
    rated = {
        0.0 if one.is_baseline else float(one.day): int(one.total)
        for one in scores
        if one.scale == design.scale and one.total is not None and (one.is_baseline or one.leg in (design.leg, None))
        and (one.is_baseline or one.day < day)
    }  # fmt: skip
    kept = tuple(sorted((at, total) for at, total in rated.items() if used is None or at in used))
    if 0.0 not in dict(kept):
        return Participant(name, group, f"no {design.scale} rating of the baseline: there is nothing to start from")
    order = (row or {}).get(design.order_column, "")
    return Participant(
        name, group, None, kept, (order == design.order_value) if order else None,
        _covariates(row or {}, design, group), tuple(_notes(row, order, design, kept)),
    )  # fmt: skip


def _notes(row: Mapping[str, str] | None, order: str, design: Design, rated: Sequence[tuple[float, int]]) -> list[str]:
    notes = []
    if not (row or {}).get("age_y") or not (row or {}).get("sex"):
        notes.append("age or sex not known: a typical body is taken")
    if design.order_column and not order:
        notes.append("order of infusions not known: both are taken as equally likely")
    if len(rated) == 1:
        notes.append("the baseline alone is known: the forecast is that of the population for this baseline")
    return notes


def _covariates(row: Mapping[str, str], design: Design, group: str) -> dict[str, Any]:
    """Age, sex, and weight from the body mass index at the mean height of the population."""
    from holdfast.model.population.named_populations import named_population

    found: dict[str, Any] = {}
    sex = _SEX.get(row.get("sex", ""))
    if sex:
        found["sex"] = sex
    for name, column in (("age_y", "age_y"), ("weight_kg", "weight_kg")):
        if row.get(column):
            found[name] = float(plausible(name, written_number(row[column], column)) or 0.0)
    if "weight_kg" not in found and sex and row.get("bmi_kg_m2"):
        height_m = named_population(design.groups[group]).distributions["height_cm", sex].mean / 100.0
        found["weight_kg"] = float(written_number(row["bmi_kg_m2"], "bmi_kg_m2")) * height_m**2
    return found


def read_patient_files(folder: Path, contents: Mapping[str, Any], day: float) -> Cohort:
    """People of patient files, by name; `day` counts from the first dose of each."""
    people = []
    for name, content in contents.items():
        patient = read_patient(content)
        why = None
        if not patient.doses:
            why = "no dose was given: there is no day to count from"
        elif patient.start_day + day <= patient.today:
            why = f"day {day:g} is not after today, day {patient.today - patient.start_day:g} of treatment"
        people.append(Participant(name, "", why, notes=patient.notes, file=patient))
    if not people:
        raise InputError(f"{folder} holds neither scores.csv nor a patient file (.json)")
    scales = {one.file.scale for one in people if one.file is not None}
    if len(scales) > 1:
        raise InputError(
            f"the patient files ask for several scales ({', '.join(sorted(scales))}); forecast one at a time"
        )
    return Cohort(tuple(people), day, None, scales.pop(), None, None)


@dataclass(frozen=True)
class Dated:
    """A person as a patient with days, and the day that is forecast."""

    patient: Patient
    day: float
    planned: bool  # do treatment sessions go on by the plan?


def dated(one: Participant, cohort: Cohort, chance: random.Random) -> Dated:
    """One of the ways it may have been: days and the order, where they are not known, drawn evenly."""
    if one.file is not None:
        return Dated(one.file, one.file.start_day + cohort.day, planned=True)
    assert cohort.design is not None
    design = cohort.design
    placebo_first = chance.random() < 0.5 if one.placebo_first is None else one.placebo_first
    before = chance.choice(design.days_before) if placebo_first and design.days_before else 0.0
    placebo = replace(design.dose, dose_mg_per_kg=_OF_A_DOSE)
    doses = [*([Given(-before, placebo)] if before else []), Given(0.0, design.dose)]
    days = {at: chance.choice(design.may_be(at)) if at else design.baseline_day - before for at, _ in one.rated}
    rated = tuple(Rated(days[at], cohort.scale, total) for at, total in one.rated)
    patient = Patient(
        today=max(JUST_GIVEN_D, *(one.day for one in rated)), doses=tuple(doses), ratings=rated, scale=cohort.scale,
        population=design.groups[one.group], care={"open_label": design.open_label}, **one.who,
    )  # fmt: skip
    later = [day for day in design.may_be(cohort.day) if day > patient.today]
    return Dated(patient, chance.choice(later or [cohort.day]), planned=False)
