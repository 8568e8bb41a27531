"""The end of a course: coded, with what follows; a new treatment is a new course that knows of the former."""

from __future__ import annotations

import datetime as dt
import uuid
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from holdfast.clinic.audit.models import AuditEntry
from holdfast.clinic.courses.models import Course
from holdfast.clinic.endings.actions import end_course
from holdfast.clinic.endings.models import CourseEnding
from holdfast.clinic.flow_sheets.actions import record_entry
from holdfast.clinic.refusal import RefusedByRuleError
from holdfast.clinic.treatment_sessions.actions import SessionToPlan, plan_treatment_sessions
from holdfast.errors import InputError, RefusedError
from tests.clinic.conftest import NOW, People, new_course
from tests.clinic.test_queries import treated

pytestmark = pytest.mark.django_db


@pytest.fixture
def course(people: People) -> Course:
    """In induction, with one treatment session planned for today."""
    course = treated(people, "Ada")
    plan_treatment_sessions(actor=people.nurse, course=course, sessions=[SessionToPlan(planned_on=NOW.date())], now=NOW)
    return course


def end(people: People, course: Course, **changes: Any) -> CourseEnding:
    values: dict[str, Any] = {
        "way": "stopped", "reason": "non_response", "follow_up": "referrer", "now": NOW,
        "note": "No change after two doses.", **changes,
    }  # fmt: skip
    return end_course(actor=people.prescriber, course=course, **values)


@pytest.mark.story("HF-CRS-004")
def test_a_course_is_stopped_with_reason_words_and_what_follows(people: People, course: Course) -> None:
    row = end(people, course, follow_up_on=NOW.date() + dt.timedelta(days=14))
    course.refresh_from_db()
    assert (course.phase, course.stop_reason, course.ended_on) == ("stopped", "non_response", NOW.date())
    assert (row.by, row.follow_up, row.note) == (people.prescriber, "referrer", "No change after two doses.")
    assert course.treatment_sessions.last().state == "cancelled"
    entry = AuditEntry.objects.get(action="course.end")
    assert entry.details == {"way": "stopped", "reason": "non_response", "follow_up": "referrer"}


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"way": "paused"}, "way"), ({"reason": "bored"}, "reason"), ({"reason": "other", "note": ""}, "note"),
        ({"follow_up": ""}, "follow_up"), ({"way": "completed", "reason": "relapse"}, "reason"),
        ({"follow_up_on": NOW.date() - dt.timedelta(days=1)}, "follow_up_on"),
        ({"on": NOW.date() + dt.timedelta(days=9)}, "on"),
    ],
)  # fmt: skip
def test_an_end_that_cannot_be_is_refused_and_nothing_changes(
    people: People, course: Course, change: dict, says: str
) -> None:
    with pytest.raises(InputError, match=says):
        end(people, course, **change)
    course.refresh_from_db()
    assert (course.phase, course.treatment_sessions.last().state) == ("induction", "planned")
    assert not CourseEnding.objects.exists()


def test_nobody_ends_a_course_while_the_patient_is_in_the_chair(people: People, course: Course) -> None:
    record_entry(
        actor=people.nurse, treatment_session=course.treatment_sessions.last(), key=uuid.uuid4(), kind="arrival",
        given={}, now=NOW,
    )  # fmt: skip
    with pytest.raises(RefusedError, match="under way"):
        end(people, course)


@pytest.mark.story("HF-CRS-004")
def test_a_new_course_knows_of_the_former(people: People, course: Course) -> None:
    end(people, course)
    with pytest.raises(RefusedByRuleError):
        end(people, course)
    again = new_course(people, course.patient)
    assert (again.follows, again.phase, again.plans.count(), again.consents.count()) == (course, "referred", 0, 0)
    client = Client()
    client.force_login(people.nurse)
    shown = client.get(reverse("patient", args=[course.patient.public_id])).content.decode()
    assert "Follows" in shown
    assert "No response" in shown


def test_a_course_that_goes_on_is_not_followed(people: People, course: Course) -> None:
    assert new_course(people, course.patient).follows is None


def test_the_page_ends_it_and_the_change_of_phase_no_longer_does(people: People, course: Course) -> None:
    client = Client()
    client.force_login(people.prescriber)
    phases = client.get(reverse("phase-change", args=[course.public_id])).content.decode()
    assert 'value="stopped"' not in phases
    page = reverse("course-end", args=[course.public_id])
    assert page in phases
    sent = {"way": "stopped", "reason": "patient_choice", "on": NOW.date().isoformat(), "follow_up": ""}
    assert client.post(page, sent).status_code == 422
    assert client.post(page, {**sent, "follow_up": "check_ins"}).status_code == 302
    shown = client.get(reverse("patient", args=[course.patient.public_id])).content.decode()
    assert "Then: Check-ins go on" in shown
