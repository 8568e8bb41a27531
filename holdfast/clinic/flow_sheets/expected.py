"""What a flow-sheet asks of the simulator: the dose as planned, the patient, the pressure before the dose."""

from __future__ import annotations

import datetime as dt
from typing import Any

from django.utils import timezone

from holdfast.clinic.accounts.models import Actor
from holdfast.clinic.accounts.permissions import may
from holdfast.clinic.expected_ranges.actions import ask_expected_range
from holdfast.clinic.expected_ranges.queries import RangeView, is_shown, range_for
from holdfast.clinic.flow_sheets.sheets import person_of, rules_of
from holdfast.clinic.treatment_sessions.models import TreatmentSession
from holdfast.errors import InputError
from holdfast.facts import RuleSet
from holdfast.protocols.dose import DoseCalculation
from holdfast.treatment_sessions.clock import minutes_between
from holdfast.treatment_sessions.entries import Kind
from holdfast.treatment_sessions.flow_sheet import Entry, Sheet
from holdfast.treatment_sessions.gates import Person, worked_out

_SEXES = ("female", "male")


def asked_of(
    treatment_session: TreatmentSession, sheet: Sheet, person: Person, rules: RuleSet
) -> dict[str, Any] | None:
    """Plain values by the names of `holdfast.model.expected_range.Asked`; None while no dose is worked out.

    The dose is the planned one: pauses and changes of rate leave it as it is.
    """
    entry, before = sheet.last(Kind.DOSE), sheet.baseline()
    if entry is None:
        return None
    try:
        dose = worked_out(entry.content, sheet, person, rules)
    except InputError:
        return None
    earlier = TreatmentSession.objects.given().filter(
        course=treatment_session.course_id, number__lt=treatment_session.number
    )
    duration_min = dose.duration_min if isinstance(dose, DoseCalculation) and sheet.infused else None
    numbers = {
        "dose_mg": dose.dose_mg, "duration_min": duration_min, "weight_kg": entry.content.weight_kg,
        "age_y": person.age_y, "sbp_mmhg": before.sbp_mmhg if before else None,
        "dbp_mmhg": before.dbp_mmhg if before else None, "number": 1 + earlier.count(),
    }  # fmt: skip
    return {
        "drug": sheet.protocol.drug,
        "route": sheet.protocol.route,
        "sex": person.sex if person.sex in _SEXES else None,
        **{name: None if value is None else float(value) for name, value in numbers.items()},
    }


def range_of_sheet(actor: Actor, treatment_session: TreatmentSession, sheet: Sheet) -> RangeView | None:
    """The expected range of the sheet as it stands; None where the programme shows none, or it is not the actor's."""
    if not may(actor, "expected_range.view", treatment_session) or not is_shown(treatment_session.programme):
        return None
    course, begun = treatment_session.course, sheet.dosed_at or timezone.now()
    asked = asked_of(treatment_session, sheet, person_of(course, begun), rules_of(course))
    return range_for(actor=actor, treatment_session=treatment_session, asked=asked)


def ask_after(actor: Actor, treatment_session: TreatmentSession, entry: Entry, sheet: Sheet, now: dt.datetime) -> None:
    """Ask anew where this entry may have changed what is asked. Nothing here can refuse the entry."""
    if not _matters(entry, sheet) or not is_shown(treatment_session.programme):
        return
    course = treatment_session.course
    asked = asked_of(treatment_session, sheet, person_of(course, entry.made_at), rules_of(course))
    if asked is not None:
        ask_expected_range(actor=actor, treatment_session=treatment_session, asked=asked, now=now)


def _matters(entry: Entry, sheet: Sheet) -> bool:
    """Does the question hang on it: the dose, its begin, and what was measured before it?"""
    if entry.kind is Kind.OBSERVATION:
        return sheet.dosed_at is None or minutes_between(entry.made_at, sheet.dosed_at) >= 0
    return entry.kind in (Kind.DOSE, Kind.START, Kind.DEVICE)
