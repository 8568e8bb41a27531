"""A programme with people in the registry, for the tests of what leaves it: each treated once, minute by minute."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import Any

from holdfast.clinic.assessments.actions import correct_assessment, record_assessment
from holdfast.clinic.courses.actions import fix_baseline
from holdfast.clinic.courses.models import Course
from holdfast.clinic.patients.actions import correct_patient
from holdfast.clinic.registry.actions import record_registry_consent
from holdfast.clinic.safety.actions import record_safety_check
from tests.clinic.conftest import NOW, People, new_patient
from tests.clinic.flow_sheet_days import CALM, Day, new_day
from tests.clinic.pathway import consent, consent_text, refer

SHEET = "Registry sheet, version 2"
BEFORE, LATER = NOW - dt.timedelta(days=1), NOW + dt.timedelta(hours=2)


@dataclass(frozen=True)
class Person:
    """Who is treated. `words` stand wherever somebody may write."""

    label: str
    sex: str = "female"
    born: dt.date = dt.date(1986, 4, 12)
    indication: str = "trd"
    weight_kg: float = 80
    words: str = ""
    event: dict[str, Any] | None = None


def event(term: str, **changes: Any) -> dict[str, Any]:
    """An adverse event half an hour after the dose began."""
    return {
        "term": term, "onset_at": (NOW + dt.timedelta(minutes=30)).isoformat(), "severity": "mild",
        "seriousness": "not-serious", "causality": "possible", "action_taken": "none", "outcome": "recovered",
        **changes,
    }  # fmt: skip


def treated_iv(people: People, person: Person) -> Course:
    """Rated, then an infusion of racemic ketamine, watched and discharged."""
    patient = new_patient(
        people, person.label, sex=person.sex, date_of_birth=person.born, record_number=f"REC {person.label}",
        diagnosis=person.words,
    )  # fmt: skip
    day = new_day(people, patient=patient, protocol="iv-racemic", indication=person.indication)
    course = day.treatment_session.course
    rated = record_assessment(
        actor=people.nurse, course=course, scale="madrs", total=32, rated_at=BEFORE, now=BEFORE
    ).assessment
    fix_baseline(actor=people.nurse, course=course, assessment=rated, now=BEFORE)
    _given(day, person)
    return course


def _given(day: Day, person: Person) -> None:
    day.asked(escort={"transport_arranged": True, "who": person.words or "sister"})
    day.dose(weight_kg=person.weight_kg, height_cm=180, concentration_mg_per_ml=1)
    day.note("observation", CALM, at=-10)
    day.note("clearance", at=-5)
    day.note("start", {"rate_ml_per_h": round(0.75 * person.weight_kg, 2)}, at=0)
    day.note("observation", {**CALM, "sbp_mmhg": 150, "cadss_total": 9}, at=30)
    if person.event is not None:
        day.note("adverse-event", person.event, at=35)
    day.note("stop", {"whole": True}, at=40)


def takes_part(people: People, course: Course, *, now: dt.datetime = NOW, **changes: Any) -> None:
    """The patient said yes to the registry."""
    given = {"said": "given", "sheet": SHEET, **changes}
    record_registry_consent(actor=people.nurse, patient=course.patient, now=now, **given)


def crowd(people: People, count: int = 12) -> list[Course]:
    """Women in their forties or fifties with TRD, alike enough to be told together; all take part."""
    found = []
    for number in range(count):
        born = dt.date(1986 if number % 2 else 1974, 1 + number % 12, 3)
        course = treated_iv(people, Person(f"Crowd {number}", born=born, weight_kg=60 + number))
        takes_part(people, course)
        found.append(course)
    return found


def words_everywhere(people: People, course: Course, words: str) -> None:
    """Free text in what is written about a course besides the flow-sheet."""
    refer(people, course.patient, referrer_name=words, reason=words, documents=words)
    consent_text(people, title=f"{words} {course.pk}", text=words, why=words)
    consent(people, course, note=words, witness=words)
    record_safety_check(
        actor=people.nurse, course=course, check_key="bladder", outcome="watch", done_on=NOW.date(), note=words,
        now=LATER,
    )  # fmt: skip
    rated = record_assessment(actor=people.nurse, course=course, scale="madrs", total=20, rated_at=LATER, now=LATER)
    correct_assessment(actor=people.nurse, assessment=rated.assessment, total=21, why=words, now=LATER)
    correct_patient(
        actor=people.nurse, patient=course.patient, version=1, label=course.patient.label, diagnosis=words, why=words,
        now=LATER, sex=course.patient.sex, date_of_birth=course.patient.date_of_birth,
    )  # fmt: skip
