"""Reviews: due when the protocol says, held by a prescriber, told to the next; alerts before everything."""

from __future__ import annotations

import datetime as dt
import re
from uuid import uuid4

import pytest
from django.test import Client
from django.urls import reverse

from holdfast.clinic.assessments.queries import Rated
from holdfast.clinic.audit.models import AuditEntry
from holdfast.clinic.courses.alerts import open_alert
from holdfast.clinic.courses.models import Course
from holdfast.clinic.reviews.actions import record_review
from holdfast.clinic.reviews.models import CourseReview
from holdfast.clinic.reviews.queries import points_of, reviews_by_course, reviews_due
from holdfast.clinic.ui.templatetags.clinic import MINUS
from holdfast.errors import InputError, PermissionRefusedError, UnknownNameError
from holdfast.protocols.protocol import protocol
from tests.clinic.conftest import People, new_course
from tests.clinic.test_queries import NOW, treated

FIRST = dt.date(2026, 10, 19)
TODAY = dt.date(2026, 11, 2)


def due_keys(doses: int, held=()):
    days = [FIRST + dt.timedelta(days=3 * i) for i in range(doses)]
    points = points_of(protocol("iv-racemic"), dosed_on=days, held=held, today=TODAY)
    return [due.kind for due in reviews_due(points, TODAY)]


@pytest.mark.rule("series.stop")
def test_a_review_is_due_after_the_third_infusion_and_not_before():
    assert due_keys(2) == []
    assert due_keys(3) == ["review:third-infusion-1"]


def induction_review_due(held):
    today = FIRST + dt.timedelta(days=28)
    points = points_of(protocol("esketamine-nasal"), dosed_on=[FIRST], held=held, today=today)
    return [due.kind for due in reviews_due(points, today)]


@pytest.fixture
def course(people: People) -> Course:
    return treated(people, "Ada")


def test_a_review_that_was_held_is_due_no_more(people: People, course: Course) -> None:
    record_review(
        actor=people.prescriber, course=course, key="end-of-induction", response="none", decision="continue",
        held_on=NOW.date(), now=NOW,
    )  # fmt: skip
    held = reviews_by_course([course.pk])[course.pk]
    assert induction_review_due(held) == []
    assert induction_review_due([]) == ["review:end-of-induction-1"]
    assert AuditEntry.objects.filter(action="review.record").count() == 1


def test_the_newest_entry_of_a_review_counts_and_says_why(people: People, course: Course) -> None:
    values = {"course": course, "key": "end-of-induction", "held_on": NOW.date(), "now": NOW}
    record_review(actor=people.prescriber, response="none", decision="stop", **values)
    with pytest.raises(InputError, match="reason"):
        record_review(actor=people.prescriber, response="partial", decision="continue", **values)
    record_review(actor=people.prescriber, response="partial", decision="continue", note="misread the curve", **values)
    assert CourseReview.objects.count() == 2
    held = reviews_by_course([course.pk])[course.pk]
    (point,) = points_of(protocol("esketamine-nasal"), dosed_on=[FIRST], held=held, today=FIRST + dt.timedelta(days=28))
    assert point.held.decision == "continue"


@pytest.mark.parametrize(
    ("wrong", "error"),
    [
        ({"key": "tenth-infusion"}, UnknownNameError),
        ({"decision": "perhaps"}, InputError),
        ({"response": "great"}, InputError),
        ({"round_": 0}, InputError),
        ({"held_on": NOW.date() + dt.timedelta(days=3)}, InputError),
        ({"held_on": dt.date(2020, 1, 1)}, InputError),
    ],
)
def test_a_wrong_review_changes_nothing(people: People, course: Course, wrong, error) -> None:
    values = {"key": "end-of-induction", "decision": "continue", "held_on": NOW.date(), **wrong}
    with pytest.raises(error):
        record_review(actor=people.prescriber, course=course, now=NOW, **values)
    assert not CourseReview.objects.exists()


def test_a_nurse_does_not_hold_a_review(people: People, course: Course) -> None:
    with pytest.raises(PermissionRefusedError):
        record_review(
            actor=people.nurse, course=course, key="end-of-induction", decision="continue", held_on=NOW.date(), now=NOW
        )


def rating(day: int, scale: str, *, alert: bool = False, level: str = "") -> Rated:
    return Rated(
        public_id=uuid4(), chain=uuid4(), scale=scale, total=None, level=level, band=None,
        at=dt.datetime(2026, 11, day, 9, 0, tzinfo=dt.UTC), study_day=None, leg="", rater="patient", source="clinic",
        version=1, late_by_s=0, alert=alert,
    )  # fmt: skip


@pytest.mark.rule("sui.phq9.q9")
@pytest.mark.parametrize(
    ("told", "open_since"),
    [
        ([], None),
        ([("phq-9", False, "")], None),
        ([("phq-9", True, "")], 1),
        ([("phq-9", True, ""), ("phq-9", False, "")], 1),  # a later zero does not close it: a person has to have asked
        ([("phq-9", True, ""), ("c-ssrs-screener", False, "none")], None),
        ([("phq-9", True, ""), ("c-ssrs-screener", True, "low")], None),
        ([("phq-9", True, ""), ("c-ssrs-screener", True, "moderate")], 1),
        ([("phq-9", True, ""), ("c-ssrs-screener", True, "high")], 1),
        ([("phq-9", True, ""), ("c-ssrs-screener", False, "at_least_none")], 1),  # an open question could raise it
        ([("c-ssrs-screener", True, "high"), ("phq-9", False, "")], 1),
        ([("c-ssrs-screener", True, "high"), ("c-ssrs-screener", True, "low"), ("phq-9", True, "")], 3),
    ],
)
def test_an_alert_stays_open_until_somebody_asked(told, open_since):
    ratings = [rating(day, scale, alert=alert, level=level) for day, (scale, alert, level) in enumerate(told, start=1)]
    since = open_alert(ratings)
    assert (since.at.day if since else None) == open_since


def review_page(people: People, course: Course) -> str:
    client = Client()
    client.force_login(people.prescriber)
    answer = client.get(reverse("review-record", args=[course.public_id, "end-of-induction-1"]))
    assert answer.status_code == 200
    return " ".join(re.sub(r"<[^>]+>", " ", answer.content.decode()).split()).replace(" ,", ",")


@pytest.mark.story("HF-PAT-001")
def test_the_page_of_a_review_shows_the_score_it_judges(people: People, course: Course) -> None:
    text = review_page(people, course)
    assert "MADRS" in text
    assert "11 of 60" in text
    assert "Baseline 32" in text
    assert f"21 ({MINUS}66 %) better" in text
    latest = NOW - dt.timedelta(days=1)
    assert f"{latest.day} {latest:%b %Y}" in text
    assert "Response: yes, fall from baseline ≥ 50 %" in text
    assert "Remission: no, MADRS total ≤ 10" in text


def test_a_review_without_a_rating_says_so(people: People) -> None:
    assert "No rating is recorded" in review_page(people, new_course(people))
