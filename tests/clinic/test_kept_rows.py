"""Lists remember their rows: a change of any record makes its row anew, time ends it, and nothing else is asked."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from typing import Any

import pytest
from django.apps import apps
from django.db import connection
from django.test.utils import CaptureQueriesContext

from holdfast.clinic.assessments.actions import record_assessment, withdraw_assessment
from holdfast.clinic.audit.actions import note_read
from holdfast.clinic.courses.actions import change_phase, fix_baseline
from holdfast.clinic.courses.kept_rows import WAYS
from holdfast.clinic.courses.models import Course
from holdfast.clinic.courses.queries import KEPT, caseload
from holdfast.clinic.patients.actions import correct_patient
from holdfast.clinic.programmes.actions import choose_setting
from holdfast.clinic.referrals.actions import record_referral
from holdfast.clinic.safety.actions import record_safety_check
from holdfast.clinic.treatment_sessions.actions import SessionToPlan, plan_treatment_sessions
from tests.clinic.conftest import NOW, People, new_course, new_patient
from tests.clinic.flow_sheet_days import CALM, Day, new_day

pytestmark = [pytest.mark.django_db, pytest.mark.story("HF-WRK-003")]


def rows(people: People, now: dt.datetime = NOW) -> list[Any]:
    return caseload(actor=people.nurse, now=now)


def asked_anew(people: People, now: dt.datetime = NOW) -> set[int]:
    """Courses worked out by one more look."""
    seen: list[int] = []
    work_out = KEPT._work_out

    def spy(courses: Any, moment: dt.datetime) -> Any:
        seen.extend(course.pk for course in courses)
        return work_out(courses, moment)

    KEPT._work_out = spy
    try:
        rows(people, now)
    finally:
        KEPT._work_out = work_out
    return set(seen)


def rate(people: People, course: Course, total: int = 30) -> Any:
    return record_assessment(
        actor=people.nurse, course=course, scale="madrs", total=total, rated_at=NOW, now=NOW
    ).assessment


def plan(people: People, course: Course) -> Any:
    wanted = [SessionToPlan(planned_on=NOW.date())]
    return plan_treatment_sessions(actor=people.nurse, course=course, sessions=wanted, now=NOW)[0]


CHANGES: dict[str, Callable[[People, Course], Any]] = {
    "a rating": rate,
    "a rating taken back": lambda p, c: withdraw_assessment(
        actor=p.nurse, assessment=rate(p, c), why="of somebody else", now=NOW
    ),
    "a baseline": lambda p, c: fix_baseline(actor=p.nurse, course=c, assessment=rate(p, c), now=NOW),
    "a treatment session": plan,
    "a name": lambda p, c: correct_patient(
        actor=p.nurse, patient=c.patient, version=1, label="Another Name", why="married", now=NOW
    ),
    "a phase": lambda p, c: change_phase(
        actor=p.prescriber, course=c, to_phase="declined", why="not wanted", on=NOW.date(), now=NOW
    ),
    "a safety check": lambda p, c: record_safety_check(
        actor=p.nurse, course=c, check_key="bladder", outcome="unremarkable", done_on=NOW.date(), now=NOW
    ),
}


@pytest.mark.parametrize("what", CHANGES)
def test_a_change_is_seen_at_once_and_only_its_course_is_asked_anew(people: People, course: Course, what: str) -> None:
    new_course(people, new_patient(people, "Bea"))
    rows(people)
    CHANGES[what](people, course)
    assert asked_anew(people) == {course.pk}
    seen = rows(people)
    KEPT.forget()
    assert seen == rows(people)


def test_a_row_shows_the_change(people: People, course: Course) -> None:
    assert rows(people)[0].standing is None
    rate(people, course, 31)
    assert rows(people)[0].standing.latest.total == 31


def test_where_nothing_changed_one_query_is_asked(people: People, course: Course) -> None:
    rows(people)
    people.nurse.programme_ids()
    with CaptureQueriesContext(connection) as caught:
        assert len(rows(people)) == 1
    assert len(caught) == 1


def test_reading_and_observing_make_nothing_anew(people: People) -> None:
    day: Day = new_day(people)
    day.note("arrival", at=-30)
    rows(people)
    note_read(people.nurse, day.treatment_session.course.patient, page="patient", lost=0, at=NOW)
    day.note("observation", CALM, at=-10)
    record_referral(
        actor=people.nurse, patient=day.treatment_session.course.patient, referrer="self", received_on=NOW.date(),
        reason="low mood", now=NOW,
    )  # fmt: skip
    assert asked_anew(people) == set()
    day.note("site", {"setting": "outpatient"}, at=-5)
    assert asked_anew(people) == {day.treatment_session.course_id}


def test_a_new_course_joins_and_a_setting_makes_all_anew(people: People, course: Course) -> None:
    rows(people)
    second = new_course(people, new_patient(people, "Bea"))
    assert asked_anew(people) == {second.pk}
    choose_setting(
        actor=people.programme_lead, programme=people.programme, setting="remission_madrs", key="madrs_le12", now=NOW
    )
    assert asked_anew(people) == {course.pk, second.pk}


def test_a_day_ends_a_row_and_a_clock_set_back_too(people: People, course: Course) -> None:
    plan(people, course)
    assert not rows(people)[0].overdue
    tomorrow = NOW + dt.timedelta(days=1)
    assert asked_anew(people, tomorrow) == {course.pk}
    assert rows(people, tomorrow)[0].overdue
    assert not rows(people)[0].overdue


def test_another_database_is_noticed(people: People, course: Course) -> None:
    """Restored from a copy, the same numbers name other entries."""
    rows(people)
    KEPT._hash = "0" * 64
    assert asked_anew(people) == {course.pk}
    KEPT._seq += 1000
    assert asked_anew(people) == {course.pk}


def test_a_fault_while_working_out_forgets_everything(people: People, course: Course) -> None:
    rows(people)
    rate(people, course)
    work_out, KEPT._work_out = KEPT._work_out, lambda courses, now: 1 / 0
    with pytest.raises(ZeroDivisionError):
        rows(people)
    KEPT._work_out = work_out
    assert rows(people)[0].standing is not None


def test_every_way_leads_from_a_course_to_a_record_that_is_there() -> None:
    """The kinds are names of models, and each way is one that the database can go."""
    names = {model._meta.model_name for model in apps.get_models()}
    assert set(WAYS) <= names
    for way in filter(None, WAYS.values()):
        assert list(Course.objects.filter(**{f"{way}__in": []})) == []
