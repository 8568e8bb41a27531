"""The example programme: every state of a course, reached by actions, and labelled as simulated."""

from __future__ import annotations

import datetime as dt

import pytest

from holdfast.clinic.accounts.actions import create_user
from holdfast.clinic.accounts.models import CommandLine, User
from holdfast.clinic.accounts.roles import Role
from holdfast.clinic.alerts.drill import path_faults
from holdfast.clinic.assessments.models import Assessment
from holdfast.clinic.audit.models import AuditEntry
from holdfast.clinic.courses.models import Course
from holdfast.clinic.courses.phases import Phase, StopReason
from holdfast.clinic.courses.queries import caseload
from holdfast.clinic.example.cast import CAST, NON_RESPONDER, REMITTER, phq9_answers, severity
from holdfast.clinic.example.load import load_example
from holdfast.clinic.reviews.models import CourseReview
from holdfast.clinic.treatment_sessions.models import TreatmentSession

pytestmark = pytest.mark.django_db

MOMENTS = [
    dt.datetime(2026, 11, 21, 14, 0, tzinfo=dt.UTC),
    dt.datetime(2027, 3, 14, 6, 59, tzinfo=dt.UTC),  # the morning the clocks go forward in New York
    dt.datetime(2028, 2, 29, 3, 0, tzinfo=dt.UTC),
]


def people(now):
    password = "a-long-enough-demo-password-9"
    return {
        role: create_user(actor=CommandLine(), username=role.value, role=role, password=password, now=now)
        for role in Role
    }


@pytest.fixture
def example():
    return load_example(people=people(MOMENTS[0]), now=MOMENTS[0])


@pytest.mark.parametrize("now", MOMENTS)
def test_it_loads_on_any_day(now):
    programme = load_example(people=people(now), now=now)
    assert programme.patients.count() == len(CAST)
    assert not Assessment.objects.filter(rated_at__gt=now).exists()
    assert not TreatmentSession.objects.filter(discharged_at__gt=now).exists()
    assert not AuditEntry.objects.filter(at__gt=now).exists()


@pytest.mark.story("HF-EXA-001")
def test_it_says_that_it_is_simulated(example):
    assert example.kind == "simulated"
    assert "simulated" in example.name
    assert set(Course.objects.values_list("source", flat=True)) == {"simulated"}


@pytest.mark.story("HF-EXA-001")
def test_every_phase_and_reason_to_stop_that_matters_is_there(example):
    assert set(Course.objects.values_list("phase", flat=True)) == {phase.value for phase in Phase}
    reasons = set(Course.objects.exclude(stop_reason="").values_list("stop_reason", flat=True))
    assert {StopReason.NON_RESPONSE, StopReason.ADVERSE_EVENT, StopReason.PATIENT_CHOICE} <= reasons


def test_what_is_due_first_is_the_unanswered_alert_and_reviews_are_held(example):
    prescriber = User.objects.get(username=Role.PRESCRIBER)
    rows = {row.label: row for row in caseload(actor=prescriber, now=MOMENTS[0])}
    assert [label for label, row in rows.items() if row.due and row.due[0].kind == "alert"] == ["Example, Jan"]
    waiting = {label for label, row in rows.items() if any(due.kind.startswith("review") for due in row.due)}
    assert waiting == {"Example, Hugo", "Example, Umar"}
    assert CourseReview.objects.count() > 15


@pytest.mark.story("HF-CRI-006")
def test_a_newcomers_first_drill_finds_nothing_in_the_way(example):
    assert path_faults(example, MOMENTS[0]) == []


def test_a_remitter_gets_well_and_a_non_responder_does_not(example):
    def last(label):
        ratings = Assessment.objects.current().filter(course__patient__label=label, scale="phq-9").order_by("rated_at")
        return int(ratings.first().total), int(ratings.last().total)

    first, latest = last("Example, Mona")
    assert latest <= first / 2
    first, latest = last("Example, Rosa")
    assert latest > first / 2


def test_the_record_of_actions_is_in_order_and_whole(example):
    moments = list(AuditEntry.objects.filter(seq__gt=len(Role)).order_by("seq").values_list("at", flat=True))
    assert len(moments) > 800
    assert moments == sorted(moments)
    corrected = AuditEntry.objects.filter(action="assessment.correct").count()
    assert corrected == 1


def test_severity_falls_after_a_dose_and_comes_back():
    assert severity(REMITTER, (0, 3), 0) == 1.0
    assert severity(REMITTER, (0, 3), 4) < severity(REMITTER, (0, 3), 2) < 1.0
    assert severity(REMITTER, (0, 3), 200) > severity(REMITTER, (0, 3), 4)
    assert severity(NON_RESPONDER, (0, 3, 7), 8) > 0.9


@pytest.mark.parametrize("total", range(28))
@pytest.mark.parametrize("item_9", [0, 1, 3])
def test_drawn_answers_are_answers_of_the_scale(total, item_9):
    from random import Random

    answers = phq9_answers(total, item_9, Random(1))
    assert len(answers) == 9
    assert all(0 <= answer <= 3 for answer in answers)
    assert answers[8] == item_9
    if item_9 <= total <= 24 + item_9:
        assert sum(answers) == total
