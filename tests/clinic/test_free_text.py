"""Reasons and notes: short enough to be read, without signs nobody sees, refused in one sentence beside the field."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from holdfast.clinic.assessments.actions import correct_assessment, record_assessment, withdraw_assessment
from holdfast.clinic.audit.models import AuditEntry
from holdfast.clinic.courses.actions import change_phase, override_stop, record_evaluation
from holdfast.clinic.courses.models import Course
from holdfast.clinic.patients.actions import correct_patient
from holdfast.clinic.plain_text import LONGEST_TEXT, plain_text, required_text
from holdfast.clinic.reviews.actions import record_review
from holdfast.clinic.safety.actions import record_adverse_event, record_safety_check
from holdfast.clinic.treatment_sessions.actions import (
    SessionToPlan,
    cancel_treatment_session,
    correct_treatment_session,
    plan_treatment_sessions,
)
from holdfast.errors import InputError
from tests.clinic.conftest import NOW, People, sound_evaluation
from tests.clinic.test_queries import treated

pytestmark = pytest.mark.django_db
TWO_HOURS = dt.timedelta(hours=2)


@pytest.fixture
def course(people: People) -> Course:
    return treated(people, "Ada")


def rated(people: People, course: Course) -> Any:
    at = NOW - TWO_HOURS
    return record_assessment(
        actor=people.nurse, course=course, scale="madrs", total=12, rated_at=at, now=NOW
    ).assessment


def planned(people: People, course: Course) -> Any:
    wanted = [SessionToPlan(planned_on=NOW.date())]
    return plan_treatment_sessions(actor=people.nurse, course=course, sessions=wanted, now=NOW)[0]


def overridden(people: People, course: Course, why: str) -> Any:
    given = sound_evaluation()
    given["evaluation"]["psychosis"] = True
    evaluation = record_evaluation(actor=people.prescriber, course=course, given=given, now=NOW)
    return override_stop(actor=people.prescriber, evaluation=evaluation, rule_id="elig.rc.psychosis", why=why, now=NOW)


Write = Callable[[People, Course, str], Any]
WRITERS: dict[str, Write] = {
    "why an assessment is corrected": lambda people, course, text: correct_assessment(
        actor=people.nurse, assessment=rated(people, course), total=13, why=text, now=NOW
    ),
    "why an assessment is withdrawn": lambda people, course, text: withdraw_assessment(
        actor=people.nurse, assessment=rated(people, course), why=text, now=NOW
    ),
    "why a stop is overridden": overridden,
    "why the phase changes": lambda people, course, text: change_phase(
        actor=people.prescriber, course=course, to_phase="stopped", stop_reason="patient_choice", why=text, now=NOW
    ),
    "why details are corrected": lambda people, course, text: correct_patient(
        actor=people.nurse, patient=course.patient, version=1, label="Ada Other", why=text, now=NOW
    ),
    "note of a review": lambda people, course, text: record_review(
        actor=people.prescriber, course=course, key="end-of-induction", decision="continue", held_on=NOW.date(),
        note=text, now=NOW,
    ),
    "note of a safety check": lambda people, course, text: record_safety_check(
        actor=people.nurse, course=course, check_key="bladder", outcome="unremarkable", done_on=NOW.date(), note=text,
        now=NOW,
    ),
    "note of an adverse event": lambda people, course, text: record_adverse_event(
        actor=people.nurse, course=course, now=NOW, given={
            "term": "rash", "note": text, "onset_at": NOW.isoformat(), "severity": "mild", "seriousness": "not-serious",
            "causality": "possible", "action_taken": "none", "outcome": "recovered",
        },
    ),
    "why a treatment session is cancelled": lambda people, course, text: cancel_treatment_session(
        actor=people.nurse, treatment_session=planned(people, course), why=text, now=NOW
    ),
    "why a treatment session is corrected": lambda people, course, text: correct_treatment_session(
        actor=people.nurse, treatment_session=course.treatment_sessions.given().first(), why=text, now=NOW,
        dosed_at=NOW - TWO_HOURS, discharged_at=NOW,
    ),
}  # fmt: skip


WOULD_BE_RECORDED = (
    "adverse_event.record", "assessment.correct", "assessment.withdraw", "evaluation.override", "patient.correct",
    "review.record", "safety_check.record", "treatment_session.cancel", "treatment_session.correct",
)  # fmt: skip


def kept(row: Any) -> str:
    row = getattr(row, "assessment", row)
    return getattr(row, "why", None) or getattr(row, "note", None) or row.given["note"]


@pytest.mark.parametrize("write", WRITERS.values(), ids=WRITERS)
def test_a_text_is_kept_without_the_spaces_around_it(people: People, course: Course, write: Write) -> None:
    assert kept(write(people, course, "  the second\r\nbox, \tl\u00e4ter ")) == "the second\nbox,  l\u00e4ter"


@pytest.mark.parametrize("write", WRITERS.values(), ids=WRITERS)
@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("x" * (LONGEST_TEXT + 1), "has 4001 signs; give at most 4000, a letter belongs in the patient's file"),
        ("a\x1b[31mb", r"sign 2 \(U\+001B\) cannot be printed; type it again without"),
        ("a\u202eb", r"sign 2 \(U\+202E\) cannot be printed"),
        ("ab\ud800", r"sign 3 \(U\+D800\) cannot be printed"),
        ("\x00", r"sign 1 \(U\+0000\) cannot be printed"),
    ],
)
def test_an_unfit_text_is_one_sentence(people: People, course: Course, write: Write, text: str, says: str) -> None:
    with pytest.raises(InputError, match=f"^(why|note): {says}") as refused:
        write(people, course, text)
    assert "\n" not in str(refused.value)
    assert not AuditEntry.objects.filter(action__in=WOULD_BE_RECORDED).exists()
    course.refresh_from_db()
    assert course.phase == "induction"


def test_the_longest_text_is_taken_and_an_empty_reason_is_not() -> None:
    assert plain_text("note", "x" * LONGEST_TEXT) == "x" * LONGEST_TEXT
    for empty in ("", " \t\r\n "):
        assert plain_text("note", empty) == ""
        with pytest.raises(InputError, match=r"^why: a correction needs its reason$"):
            required_text("why", empty, "a correction needs its reason")


@pytest.mark.story("HF-REC-002")
def test_the_sentence_stands_beside_its_field(people: People, course: Course) -> None:
    client = Client()
    client.force_login(people.nurse)
    answer = client.post(
        reverse("session-cancel", args=[planned(people, course).public_id]), {"why": "x" * (LONGEST_TEXT + 1)}
    )
    assert answer.status_code == 422
    assert answer.context["form"].errors["why"] == [
        "Has 4001 signs; give at most 4000, a letter belongs in the patient's file"
    ]
