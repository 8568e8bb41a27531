"""Plans: whole, dated, added and never edited; the course and its treatment sessions follow the one in force."""

from __future__ import annotations

import datetime as dt

import pytest
from django.test import Client
from django.urls import reverse

from holdfast.clinic.audit.models import AuditEntry
from holdfast.clinic.courses.actions import change_phase
from holdfast.clinic.courses.models import Course
from holdfast.clinic.plans.actions import change_plan, plan_by_plan
from holdfast.clinic.plans.models import TreatmentPlan
from holdfast.clinic.plans.queries import changes_from, plan_held, plan_words
from holdfast.clinic.refusal import RefusedByRuleError
from holdfast.errors import InputError, PermissionRefusedError, RefusedError
from tests.clinic.conftest import NOW, People, study_course
from tests.clinic.pathway import accepted, plan

pytestmark = pytest.mark.django_db
TODAY = NOW.date()
LATER = NOW + dt.timedelta(hours=1)


@pytest.fixture
def course(people: People) -> Course:
    """Accepted and consented, in a programme that keeps no consent text."""
    course = accepted(people)
    change_phase(actor=people.prescriber, course=course, to_phase="consented", now=NOW)
    return course


def planned(course: Course) -> list[tuple[str, int]]:
    rows = course.treatment_sessions.order_by("number")
    return [(row.state, (row.planned_on - TODAY).days) for row in rows]


@pytest.mark.story("HF-CRS-003")
def test_the_first_plan_moves_the_course_and_sessions_follow_it(people: People, course: Course) -> None:
    row = plan(people, course)
    course.refresh_from_db()
    assert (course.phase, row.number, row.by) == ("induction", 1, people.prescriber)
    plan_by_plan(actor=people.nurse, course=course, sessions=4, now=NOW)
    assert planned(course) == [("planned", 0), ("planned", 3), ("planned", 7), ("planned", 10)]
    first, second = course.treatment_sessions.order_by("number")[:2]
    assert (float(first.planned_dose_mg), first.earliest_on, first.latest_on) == (
        56,
        None,
        TODAY + dt.timedelta(days=1),
    )
    assert second.earliest_on == TODAY + dt.timedelta(days=2)
    assert AuditEntry.objects.filter(action="plan.change").get().details["reason"] == "first_plan"


@pytest.mark.story("HF-CRS-003")
def test_a_change_is_an_addition_with_reason_and_who(people: People, course: Course) -> None:
    first = plan(people, course)
    plan_by_plan(actor=people.nurse, course=course, sessions=3, now=NOW)
    later = NOW + dt.timedelta(days=5)
    second = plan(
        people, course, phase="optimisation", intervals_d=[7], dose_mg=84, reason="response", now=later,
        plan_again=True,
    )  # fmt: skip
    assert plan_words(TreatmentPlan.objects.get(pk=first.pk)) == (
        "induction, 56 mg esketamine (nasal), every 3 and 4 days in turn"
    )
    assert changes_from(first, second) == [
        "phase: induction → optimisation", "dose: 56 mg → 84 mg", "interval: every 3 and 4 days in turn → every 7 days",
    ]  # fmt: skip
    course.refresh_from_db()
    assert course.phase == "optimisation"
    assert planned(course) == [("planned", 0), ("planned", 3), ("cancelled", 7), ("planned", 10)]
    assert float(course.treatment_sessions.last().planned_dose_mg) == 84
    assert (plan_held(course, TODAY), plan_held(course, later.date())) == (first, second)
    with pytest.raises(TypeError):
        first.save()


def test_a_plan_that_begins_later_holds_from_its_day(people: People, course: Course) -> None:
    first = plan(people, course)
    ahead = TODAY + dt.timedelta(days=7)
    second = plan(people, course, dose_mg=84, reason="partial_response", from_on=ahead, now=LATER)
    assert plan_held(course, ahead - dt.timedelta(days=1)) == first
    assert plan_held(course, ahead) == second
    with pytest.raises(InputError, match="begins today"):
        plan(people, course, phase="maintenance", intervals_d=[14], reason="response", from_on=ahead, now=LATER)


def test_a_plan_of_tomorrow_does_not_hold_this_evening(people: People, course: Course) -> None:
    """In the evening there it is tomorrow by UTC."""
    people.programme.time_zone = "America/New_York"
    people.programme.save()
    plan(people, course)
    tomorrow = TODAY + dt.timedelta(days=1)
    plan(people, course, dose_mg=84, reason="partial_response", from_on=tomorrow, now=LATER)
    evening = dt.datetime(2026, 11, 3, 2, 0, tzinfo=dt.UTC)
    (session,) = plan_by_plan(actor=people.nurse, course=course, sessions=1, now=evening)
    assert (session.planned_on, session.planned_dose_mg) == (TODAY, 56)


@pytest.mark.story("HF-CRS-003")
def test_against_the_rules_only_with_the_prescribers_reason(people: People, course: Course) -> None:
    plan(people, course)
    odd = {"phase": "optimisation", "intervals_d": [14], "reason": "taper", "now": LATER}
    with pytest.raises(RefusedByRuleError, match="14 d is not an interval"):
        plan(people, course, **odd)
    assert course.plans.count() == 1
    row = plan(people, course, in_spite="well since the third dose", **odd)
    (stop,) = row.answer["stops_a_physician_may_override"]
    assert (stop["code"], row.in_spite) == ("not-an-interval-of-this-phase", "well since the third dose")


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"dose_mg": 70}, "devices"), ({"reason": "because", "dose_mg": 84}, "reason"),
        ({"reason": "other", "dose_mg": 84}, "note"),
        ({"route": "iv"}, "another protocol"), ({"phase": "consented"}, "a plan is for"), ({"intervals_d": []}, "days"),
        ({"from_on": dt.date(2026, 1, 1)}, "put between"), ({}, "plan as it stands"),
    ],
)  # fmt: skip
def test_what_cannot_be_a_plan_is_refused_and_nothing_changes(
    people: People, course: Course, change: dict, says: str
) -> None:
    plan(people, course)
    with pytest.raises(InputError, match=says):
        plan(people, course, **{"now": LATER, **change})
    assert course.plans.count() == 1


def test_no_plan_before_acceptance_or_after_the_end(people: People, course: Course) -> None:
    with pytest.raises(PermissionRefusedError):
        _as_nurse(people, course)
    with pytest.raises(RefusedError, match="No plan is in force"):
        plan_by_plan(actor=people.nurse, course=course, sessions=1, now=NOW)
    with pytest.raises(RefusedError, match="study days"):
        plan(people, study_course(people))
    change_phase(actor=people.prescriber, course=course, to_phase="declined", now=NOW)
    with pytest.raises(RefusedError, match="a new course"):
        plan(people, course)


def _as_nurse(people: People, course: Course) -> None:
    change_plan(
        actor=people.nurse, course=course, phase="induction", intervals_d=[3], reason="first_plan", dose_mg=56, now=NOW
    )


def test_the_pages_make_change_and_schedule(people: People, course: Course) -> None:
    client = Client()
    client.force_login(people.prescriber)
    page = reverse("plan-change", args=[course.public_id])
    today = client.get(page).context["form"]["from_on"].value()
    form = {"phase": "induction", "dose_mg": "84", "rhythm": "3,4", "route": "nasal", "from_on": today.isoformat(),
            "reason": "first_plan"}  # fmt: skip
    refused = client.post(page, {**form, "dose_mg": "70"})
    assert refused.status_code == 422
    assert "no number of 28 mg devices" in refused.content.decode()
    another = client.post(page, {**form, "route": "another"})
    assert "another protocol" in another.content.decode()
    assert client.post(page, form).status_code == 302
    sessions = reverse("plan-sessions", args=[course.public_id])
    assert client.post(sessions, {"sessions": "0"}).status_code == 422
    assert client.post(sessions, {"sessions": "2"}).status_code == 302
    shown = client.get(reverse("plan", args=[course.public_id])).content.decode()
    assert "Induction, 84 mg esketamine (nasal), every 3 and 4 days in turn" in shown
    assert course.treatment_sessions.count() == 2
