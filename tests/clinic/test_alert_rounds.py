"""An alert nobody takes calls everybody again; one whose answer or C-SSRS is corrected stands as it should."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from holdfast.clinic.accounts.models import CommandLine
from holdfast.clinic.alerts.actions import carry_on, raise_drill, take_alert
from holdfast.clinic.alerts.models import AlertTaken, AlertTold, CrisisAlert
from holdfast.clinic.alerts.queries import open_alerts
from holdfast.clinic.assessments.actions import correct_assessment, record_assessment, withdraw_assessment
from holdfast.clinic.assessments.models import Assessment
from holdfast.clinic.courses.models import Course
from holdfast.clinic.duty_calls.models import DutyCall
from tests.clinic.conftest import NOW, People
from tests.clinic.flow_sheet_days import SAFE, new_day
from tests.clinic.test_alerts import MINUTE, NO, on_duty, phq9
from tests.clinic.test_duty_calls import reached_by

pytestmark = pytest.mark.django_db
NONE = {**NO, "q3": None, "q4": None, "q5": None}
HIGH = {**NO, "q1": True, "q2": True, "q3": False, "q4": True, "q5": False}


def cssrs(people: People, course: Course, answers: Any, minutes: int) -> Assessment:
    at = NOW + minutes * MINUTE
    said = {"scale": "c-ssrs-screener", "answers": answers, "rated_at": at, "now": at}
    return record_assessment(actor=people.nurse, course=course, **said).assessment


def rounds() -> list[tuple[str, int, dt.timedelta]]:
    rows = AlertTold.objects.order_by("pk").values_list("person__username", "round", "at")
    return [(name, number, at - NOW) for name, number, at in rows]


def carried_on(minutes: int) -> None:
    carry_on(actor=CommandLine(), now=NOW + minutes * MINUTE)


def waiting(people: People) -> list[tuple[str, bool]]:
    return [(v.alert.level, v.alert.opened_again) for v in open_alerts(actor=people.prescriber, now=NOW + 99 * MINUTE)]


@pytest.mark.story("HF-CRI-005")
def test_everybody_is_called_again_until_somebody_takes_it(people: People, course: Course) -> None:
    on_duty(people, "nurse", "prescriber", minutes=10)
    reached_by(people.nurse, "nurse@mail.example")
    phq9(people, course, 2)
    for minutes in (10, 19, 20, 21, 30):
        carried_on(minutes)
    assert rounds() == [
        ("nurse", 1, 0 * MINUTE), ("prescriber", 1, 10 * MINUTE),
        ("nurse", 2, 20 * MINUTE), ("prescriber", 2, 20 * MINUTE),
        ("nurse", 3, 30 * MINUTE), ("prescriber", 3, 30 * MINUTE),
    ]  # fmt: skip
    assert list(DutyCall.objects.order_by("pk").values_list("round", flat=True)) == [1, 2, 3]
    (view,) = open_alerts(actor=people.nurse, now=NOW + 31 * MINUTE)
    assert view.again_at == NOW + 40 * MINUTE
    take_alert(actor=people.prescriber, alert=view.alert, now=NOW + 39 * MINUTE)
    carried_on(60)
    assert len(rounds()) == 6


@pytest.mark.story("HF-CRI-005")
def test_few_minutes_or_none_repeat_at_the_stated_default(people: People, course: Course) -> None:
    on_duty(people, "nurse", minutes=1)
    phq9(people, course, 2)
    for minutes in (1, 4, 5):
        carried_on(minutes)
    assert rounds() == [("nurse", 1, 0 * MINUTE), ("nurse", 2, 5 * MINUTE)]


@pytest.mark.story("HF-CRI-005")
def test_a_server_that_stood_still_calls_once_for_all_it_missed(people: People, course: Course) -> None:
    on_duty(people, "nurse", minutes=10)
    phq9(people, course, 2)
    carried_on(600)
    assert [number for _, number, _ in rounds()] == [1, 2]


@pytest.mark.story("HF-CRI-006")
def test_a_drill_proves_that_it_repeats_and_then_lets_people_sleep(people: People) -> None:
    on_duty(people, "nurse", minutes=10)
    raise_drill(actor=CommandLine(), programme=people.programme, now=NOW)
    for minutes in (10, 20, 600):
        carried_on(minutes)
    assert [number for _, number, _ in rounds()] == [1, 2]


@pytest.mark.story("HF-CRI-005")
def test_the_page_says_when_all_are_called_again_and_that_they_were(people: People, course: Course) -> None:
    on_duty(people, "nurse", minutes=10)
    phq9(people, course, 2)
    client = Client()
    client.force_login(people.nurse)
    carried_on(10)
    page = client.get(reverse("alert-list")).content.decode()
    assert "All of them are called again at" in page
    assert "then everybody on duty again, round 2 at 2 Nov, 09:10" in page


@pytest.mark.story("HF-CRI-005")
def test_an_answer_that_was_withdrawn_leaves_its_alert_to_a_person(people: People, course: Course) -> None:
    on_duty(people, "prescriber")
    wrong = cssrs(people, course, HIGH, 0)
    withdraw_assessment(actor=people.nurse, assessment=wrong, why="of another patient", now=NOW + MINUTE)
    assert waiting(people) == [("high", False)]
    client = Client()
    client.force_login(people.prescriber)
    assert "corrected or withdrawn since" in client.get(reverse("alert-list")).content.decode()


@pytest.mark.story("HF-CRI-005")
def test_a_correction_downwards_does_not_take_its_own_alert(people: People, course: Course) -> None:
    on_duty(people, "prescriber")
    wrong = cssrs(people, course, HIGH, 0)
    correct_assessment(actor=people.nurse, assessment=wrong, why="misread", answers=NONE, now=NOW + MINUTE)
    assert waiting(people) == [("high", False)]
    cssrs(people, course, NONE, 5)  # asked anew: that is an answer
    assert waiting(people) == []


@pytest.mark.story("HF-CRI-004")
def test_a_correction_upwards_of_a_screener_calls_once(people: People, course: Course) -> None:
    on_duty(people, "prescriber")
    entered = cssrs(people, course, NONE, 0)
    moderate = {**HIGH, "q3": True, "q4": False}
    newer = correct_assessment(
        actor=people.nurse, assessment=entered, why="misread", answers=moderate, now=NOW + MINUTE
    ).assessment
    assert waiting(people) == [("moderate", False)]
    correct_assessment(actor=people.nurse, assessment=newer, why="q4 too", answers=HIGH, now=NOW + 2 * MINUTE)
    assert waiting(people) == [("high", False)]


@pytest.mark.story("HF-CRI-005")
def test_a_withdrawn_screener_opens_again_what_it_had_answered(people: People, course: Course) -> None:
    on_duty(people, "prescriber")
    phq9(people, course, 2)
    wrong = cssrs(people, course, NONE, 1)
    assert AlertTaken.objects.get().screener == wrong
    assert waiting(people) == []
    withdraw_assessment(actor=people.nurse, assessment=wrong, why="of another patient", now=NOW + 5 * MINUTE)
    assert waiting(people) == [("untriaged", True)]
    assert rounds()[-1] == ("prescriber", 1, 5 * MINUTE)
    cssrs(people, course, NONE, 7)
    assert waiting(people) == []


@pytest.mark.story("HF-CRI-005")
def test_a_screener_moved_before_the_answer_opens_it_again_once(people: People, course: Course) -> None:
    on_duty(people, "prescriber")
    phq9(people, course, 2)
    entered = cssrs(people, course, NONE, 1)
    said = {"actor": people.nurse, "why": "the hour was wrong", "answers": NONE}
    newer = correct_assessment(assessment=entered, rated_at=NOW - 60 * MINUTE, now=NOW + 2 * MINUTE, **said).assessment
    assert waiting(people) == [("untriaged", True)]
    correct_assessment(assessment=newer, rated_at=NOW - 50 * MINUTE, now=NOW + 3 * MINUTE, **said)
    assert CrisisAlert.objects.count() == 2


@pytest.mark.story("HF-CRI-005")
def test_another_screener_that_stands_answers_for_the_withdrawn_one(people: People, course: Course) -> None:
    on_duty(people, "prescriber")
    phq9(people, course, 2)
    wrong = cssrs(people, course, NONE, 1)
    cssrs(people, course, NONE, 2)
    withdraw_assessment(actor=people.nurse, assessment=wrong, why="entered twice", now=NOW + 5 * MINUTE)
    assert waiting(people) == []


@pytest.mark.story("HF-SES-024")
def test_a_screener_corrected_or_withdrawn_at_the_chair_keeps_the_alert_right(people: People) -> None:
    day = new_day(people)
    on_duty(people, "prescriber")
    phq9(people, day.treatment_session.course, 2)
    entered = day.note("cssrs", SAFE, at=1).entry.key
    assert waiting(people) == []
    yes = {**SAFE, "q1": True, "q2": True, "q3": True, "q4": True, "q5": False}
    newer = day.note("cssrs", yes, at=1, received=3, supersedes=entered, why="heard wrong").entry.key
    assert waiting(people) == [("high", False)]
    day.note("cssrs", yes, at=1, received=5, supersedes=newer, why="of another patient", withdraw=True)
    assert waiting(people) == [("high", False)]
