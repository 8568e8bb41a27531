"""The page of a crisis response: level, what to do, who is told and how soon, lines with warnings, the next step."""

from __future__ import annotations

import datetime as dt

import pytest
from django.test import Client
from django.urls import reverse

from holdfast.clinic.accounts.models import User
from holdfast.clinic.assessments.actions import record_assessment
from holdfast.clinic.assessments.models import Assessment
from holdfast.clinic.courses.models import Course
from tests.clinic.conftest import NOW, People, new_course, new_people, new_programme, study_course

pytestmark = pytest.mark.django_db
SCREENER = "c-ssrs-screener"
ALL_NO = dict.fromkeys(("q1", "q2", "q6_lifetime", "q6_3_months"), False)
ACT, STEP = "Act now", "Record C-SSRS</a>"


def rate(people: People, course: Course, scale: str = "phq-9", **values: object) -> Assessment:
    values = {"rated_at": NOW, "now": NOW, "answers": [0] * 8 + [2], **values}
    return record_assessment(actor=people.nurse, course=course, scale=scale, **values).assessment


def page(user: User, rating: Assessment) -> str:
    client = Client()
    client.force_login(user)
    return client.get(reverse("assessment", args=[rating.public_id])).content.decode()


@pytest.mark.rule("sui.phq9.q9")
@pytest.mark.story("HF-CRI-001")
@pytest.mark.parametrize(
    ("item_9", "says"), [(1, "No rule names a person at this answer"), (2, "Clinician, now:"), (3, "Clinician, now:")]
)
def test_a_positive_item_9_says_what_to_do_whom_to_tell_and_the_next_step(
    people: People, course: Course, item_9: int, says: str
) -> None:
    shown = page(people.nurse, rate(people, course, answers=[0] * 8 + [item_9]))
    for words in (ACT, "Level: not triaged yet", "Do the C-SSRS screener", says, "988", "never checked", STEP):
        assert words in shown
    assert reverse("assessment-record", args=[course.public_id, SCREENER]) in shown


def test_item_9_at_zero_asks_for_nothing(people: People, course: Course) -> None:
    shown = page(people.nurse, rate(people, course, answers=[3] * 8 + [0]))
    assert ACT not in shown
    assert STEP not in shown


@pytest.mark.rule("sui.cssrs.high", "sui.cssrs.mod", "sui.cssrs.low")
@pytest.mark.parametrize(
    ("yes", "level", "told"),
    [
        ({"q1": True}, "Level: low by", "Clinician, at the visit:"),
        ({"q6_lifetime": True}, "Level: moderate by", "Clinician, the same day:"),
        ({"q6_lifetime": True, "q6_3_months": True}, "Level: high by", "Clinician, now:"),
    ],
)
def test_a_screener_names_its_level_and_asks_for_no_other(
    people: People, course: Course, yes: dict[str, bool], level: str, told: str
) -> None:
    shown = page(people.nurse, rate(people, course, SCREENER, answers={**ALL_NO, **yes}))
    assert level in shown
    assert told in shown
    assert STEP not in shown
    assert "item 9" not in shown


def test_an_incomplete_screener_is_at_least_and_asked_again(people: People, course: Course) -> None:
    shown = page(people.nurse, rate(people, course, SCREENER, answers={"q1": True, "q2": True, "q3": True}))
    assert "Level: at least moderate by the C-SSRS screener" in shown
    assert STEP in shown


def test_a_refused_screener_is_acted_on_and_mended_where_it_stands(people: People, course: Course) -> None:
    client = Client()
    client.force_login(people.nurse)
    form = {"q1": "yes", "q2": "no", "q4": "yes", "rated_at": "2026-11-02T08:00", "rater": "clinician"}
    answer = client.post(reverse("assessment-record", args=[course.public_id, SCREENER]), form)
    assert answer.status_code == 422
    shown = answer.content.decode()
    assert "Level: high by the C-SSRS screener" in shown
    assert "Clinician, now:" in shown
    assert STEP not in shown


def test_a_screener_since_goes_before_the_answer(people: People, course: Course) -> None:
    before = rate(people, course, SCREENER, answers=ALL_NO, rated_at=NOW - dt.timedelta(hours=1))
    rating = rate(people, course)
    assert ACT in page(people.nurse, rating)  # one that was asked earlier answers nothing
    since = rate(people, course, SCREENER, answers={**ALL_NO, "q6_lifetime": True})
    shown = page(people.nurse, rating)
    assert ACT not in shown
    assert reverse("assessment", args=[since.public_id]) in shown
    assert reverse("assessment", args=[before.public_id]) not in shown
    assert ACT in page(people.nurse, since)


def test_a_course_of_study_days_finds_its_screener(people: People) -> None:
    course = study_course(people)
    rating = rate(people, course, rated_at=None, study_day=3)
    rate(people, course, SCREENER, answers=ALL_NO, rated_at=None, study_day=2)
    assert ACT in page(people.nurse, rating)
    rate(people, course, SCREENER, answers=ALL_NO, rated_at=None, study_day=3)
    assert ACT not in page(people.nurse, rating)


def test_who_may_not_record_is_offered_no_form(people: People, course: Course) -> None:
    shown = page(people.programme_lead, rate(people, course))
    assert ACT in shown
    assert STEP not in shown


def test_a_country_without_a_line_says_so() -> None:
    elsewhere = new_people(new_programme("elsewhere", country="XX"), "3")
    assert "No crisis line for XX" in page(elsewhere.nurse, rate(elsewhere, new_course(elsewhere)))


def test_an_open_alert_leads_to_what_was_answered(people: People, course: Course) -> None:
    rating = rate(people, course)
    client = Client()
    client.force_login(people.nurse)
    shown = client.get(reverse("patient", args=[course.patient.public_id])).content.decode()
    assert f'href="{reverse("assessment", args=[rating.public_id])}">See the answer' in shown
