"""Treatment sessions and safety checks: planned, recorded, cancelled, corrected."""

from __future__ import annotations

import datetime as dt

import pytest
from django.db import IntegrityError, transaction
from django.test import Client
from django.urls import reverse

from holdfast.clinic.accounts.models import User
from holdfast.clinic.audit.models import AuditEntry
from holdfast.clinic.courses.models import Course
from holdfast.clinic.safety.actions import record_safety_check
from holdfast.clinic.safety.queries import checks_by_course
from holdfast.clinic.treatment_sessions.actions import (
    SessionToPlan,
    cancel_treatment_session,
    correct_treatment_session,
    plan_treatment_sessions,
    record_treatment_session,
    record_unplanned_treatment_session,
)
from holdfast.clinic.treatment_sessions.models import TreatmentSession
from holdfast.clinic.treatment_sessions.queries import versions
from holdfast.errors import InputError, PermissionRefusedError, RefusedError, UnknownNameError
from tests.clinic.conftest import NOW, People, new_course, new_patient, study_course

pytestmark = pytest.mark.django_db
TWO_HOURS = dt.timedelta(hours=2)


def plan(people: People, course: Course, count: int = 1) -> list[TreatmentSession]:
    visits = [SessionToPlan(planned_on=NOW.date() + dt.timedelta(days=3 * n)) for n in range(count)]
    return plan_treatment_sessions(actor=people.front_desk, course=course, sessions=visits, now=NOW)


def given(people: People, session: TreatmentSession, **values: object) -> TreatmentSession:
    values = {"dosed_at": NOW, "discharged_at": NOW + TWO_HOURS, "dose_mg": 56, "now": NOW + 2 * TWO_HOURS, **values}
    return record_treatment_session(actor=people.nurse, treatment_session=session, **values)


def test_visits_are_numbered_on(people: People, course: Course) -> None:
    plan(people, course, 2)
    assert [s.number for s in plan(people, course, 2)] == [3, 4]
    with pytest.raises(IntegrityError), transaction.atomic():
        TreatmentSession(course=course, number=4, drug="esketamine", route="nasal", entered_at=NOW).save()


def test_a_recorded_visit_is_discharged_and_starts_the_course(people: People, course: Course) -> None:
    session = given(people, plan(people, course)[0])
    assert (session.state, float(session.dose_mg)) == ("discharged", 56.0)
    course.refresh_from_db()
    assert course.started_on == NOW.date()
    with pytest.raises(RefusedError, match="closed"):
        given(people, session)


def test_one_day_of_the_programme_holds_one_treatment_session(people: People, course: Course) -> None:
    programme = course.programme
    programme.time_zone = "America/New_York"
    programme.save()
    evening = dt.datetime(2026, 10, 2, 1, 0, tzinfo=dt.UTC)  # the evening of the 1st there
    first, second = plan(people, course, 2)
    given(people, first, dosed_at=evening, discharged_at=evening + TWO_HOURS)
    noon = dt.datetime(2026, 10, 1, 16, 0, tzinfo=dt.UTC)  # another day in UTC than the evening, the same one there
    with pytest.raises(InputError, match="treatment session 1 was given on that day"):
        given(people, second, dosed_at=noon, discharged_at=noon + TWO_HOURS)
    next_day = dt.datetime(2026, 10, 2, 16, 0, tzinfo=dt.UTC)  # the same day in UTC, the next one there
    given(people, second, dosed_at=next_day, discharged_at=next_day + TWO_HOURS)
    first.refresh_from_db()
    correct_treatment_session(
        actor=people.nurse, treatment_session=first, dosed_at=evening, discharged_at=evening + TWO_HOURS, dose_mg=84,
        why="one device more was given", now=NOW + 2 * TWO_HOURS,
    )  # fmt: skip


@pytest.mark.story("HF-REC-001")
def test_one_that_was_not_planned_joins_the_plan_as_it_is_recorded(people: People, course: Course) -> None:
    plan(people, course)
    values = {"dosed_at": NOW, "discharged_at": NOW + TWO_HOURS, "now": NOW + 2 * TWO_HOURS}
    entries = AuditEntry.objects.count()
    with pytest.raises(InputError, match="no number of 28 mg devices"):
        record_unplanned_treatment_session(actor=people.nurse, course=course, dose_mg=57, **values)
    assert [s.number for s in TreatmentSession.objects.all()] == [1]
    assert AuditEntry.objects.count() == entries
    done = record_unplanned_treatment_session(actor=people.nurse, course=course, dose_mg=56, **values)
    assert (done.number, done.planned_on, done.state, float(done.dose_mg)) == (2, NOW.date(), "discharged", 56.0)
    told = AuditEntry.objects.order_by("seq").values_list("action", "subject_ref")[entries:]
    assert list(told) == [
        ("treatment_session.plan", str(course.public_id)), ("treatment_session.record", str(done.public_id)),
    ]  # fmt: skip


@pytest.mark.story("HF-ACC-002")
def test_who_may_plan_but_not_record_adds_none(people: People, course: Course) -> None:
    values = {"dosed_at": NOW, "discharged_at": NOW + TWO_HOURS, "now": NOW + 2 * TWO_HOURS}
    with pytest.raises(PermissionRefusedError):
        record_unplanned_treatment_session(actor=people.front_desk, course=course, **values)
    assert not TreatmentSession.objects.exists()


def test_an_unknown_dose_stays_unknown(people: People, course: Course) -> None:
    assert given(people, plan(people, course)[0], dose_mg=None).dose_mg is None


@pytest.mark.parametrize(
    ("values", "says"),
    [
        ({"dose_mg": 0}, "not a dose"),
        ({"dose_mg": -5}, "not a dose"),
        ({"dose_mg": float("nan")}, "not a dose"),
        ({"dose_mg": 57}, "no number of 28 mg devices"),
        ({"discharged_at": NOW - TWO_HOURS}, "before the dose"),
        ({"discharged_at": NOW + dt.timedelta(days=3)}, "in the future"),
        ({"dosed_at": None}, "dosed_at"),
        ({"dosed_at": NOW.replace(tzinfo=None)}, "no time zone"),
        ({"duration_min": -1}, "not a duration"),
        ({"dosed_on_day": 0}, "dosed_at"),
    ],
)
def test_what_cannot_be_is_refused(people: People, course: Course, values: dict, says: str) -> None:
    session = plan(people, course)[0]
    with pytest.raises(InputError, match=says):
        given(people, session, **values)
    session.refresh_from_db()
    assert session.state == "planned"


def test_a_cancelled_visit_has_a_reason_and_takes_no_dose(people: People, course: Course) -> None:
    session = plan(people, course)[0]
    with pytest.raises(InputError, match="reason"):
        cancel_treatment_session(actor=people.front_desk, treatment_session=session, why="", now=NOW)
    cancel_treatment_session(actor=people.front_desk, treatment_session=session, why="patient ill", now=NOW)
    with pytest.raises(RefusedError):
        given(people, session)


def test_a_given_visit_is_not_cancelled_and_is_corrected_by_a_newer_row(people: People, course: Course) -> None:
    session = given(people, plan(people, course)[0])
    with pytest.raises(RefusedError):
        cancel_treatment_session(actor=people.front_desk, treatment_session=session, why="no", now=NOW)
    values = {"dosed_at": NOW, "discharged_at": NOW + TWO_HOURS, "dose_mg": 84, "now": NOW + 2 * TWO_HOURS}
    newer = correct_treatment_session(
        actor=people.nurse, treatment_session=session, why="second box was given", **values
    )
    assert newer.number == session.number
    assert [float(s.dose_mg) for s in TreatmentSession.objects.current()] == [84.0]
    assert [float(s.dose_mg) for s in TreatmentSession.objects.order_by("pk")] == [56.0, 84.0]
    with pytest.raises(InputError, match="newest version"):
        correct_treatment_session(actor=people.nurse, treatment_session=session, why="again", **values)


def test_a_correction_of_the_first_dose_moves_the_start_of_the_course(people: People, course: Course) -> None:
    session = given(people, plan(people, course)[0])
    real = NOW - dt.timedelta(days=1)
    correct_treatment_session(
        actor=people.nurse, treatment_session=session, why="wrong day", dosed_at=real, discharged_at=real + TWO_HOURS,
        now=NOW,
    )  # fmt: skip
    course.refresh_from_db()
    assert course.started_on == real.date()


@pytest.mark.story("HF-REC-002")
def test_every_version_is_told_and_doses_only_to_those_who_see_them(people: People, course: Course) -> None:
    session = given(people, plan(people, course)[0])
    correct_treatment_session(
        actor=people.prescriber, treatment_session=session, why="84 mg were given", dosed_at=NOW,
        discharged_at=NOW + TWO_HOURS, dose_mg=84, now=NOW + 2 * TWO_HOURS,
    )  # fmt: skip
    told = versions(actor=people.nurse, course=course)
    assert [(v.seen.dose_mg, v.replaced, v.corrects) for v in told] == [(56.0, True, False), (84.0, False, True)]
    assert [v.by for v in told] == [str(people.nurse), str(people.prescriber)]
    for_therapist = versions(actor=people.therapist, course=course)
    assert {(v.seen.dose_mg, v.seen.why) for v in for_therapist} == {(None, "")}


def page(user: User, name: str, session: TreatmentSession, **form: object):
    client = Client()
    client.force_login(user)
    return client.post(reverse(name, args=[session.public_id]), form)


@pytest.mark.story("HF-REC-002")
def test_the_pages_correct_and_cancel_with_a_reason_only(people: People, course: Course) -> None:
    first, second = plan(people, course, 2)
    given(people, first)
    form = {"dosed_at": "2026-11-02T09:00", "discharged_at": "2026-11-02T11:00", "dose_mg": "84"}
    assert page(people.nurse, "session-correct", first, **form, why=" ").status_code == 422
    assert page(people.nurse, "session-correct", first, **form, why="second box").status_code == 302
    refused = page(people.nurse, "session-correct", first, **form, why="again")
    assert refused.status_code == 422
    assert "newest version" in refused.content.decode()
    assert page(people.front_desk, "session-cancel", second, why="").status_code == 422
    assert page(people.front_desk, "session-cancel", second, why="patient ill").status_code == 302
    assert page(people.front_desk, "session-cancel", first, why="no").status_code == 422
    rows = TreatmentSession.objects.order_by("number", "pk")
    assert [(s.number, s.state, s.why, s.replaced_at is None) for s in rows] == [
        (1, "discharged", "", False), (1, "discharged", "second box", True), (2, "cancelled", "patient ill", True),
    ]  # fmt: skip
    assert rows[2].entered_by == people.front_desk
    details = [entry.details for entry in AuditEntry.objects.filter(action="treatment_session.correct")]
    assert details == [{"number": 1, "supersedes": str(first.public_id)}]


def test_a_page_for_what_can_no_longer_be_done_leads_back(people: People, course: Course) -> None:
    session = plan(people, course)[0]
    client = Client()
    client.force_login(people.nurse)
    back = client.get(reverse("session-correct", args=[session.public_id]), follow=True)
    assert "not whole yet" in back.content.decode()
    cancel_treatment_session(actor=people.nurse, treatment_session=session, why="ill", now=NOW)
    back = client.get(reverse("session-cancel", args=[session.public_id]), follow=True)
    assert "can no longer be cancelled" in back.content.decode()


def test_study_days(people: People) -> None:
    course = study_course(people)
    session = plan_treatment_sessions(
        actor=people.nurse, course=course, sessions=[SessionToPlan(planned_day=0)], now=NOW, source="import"
    )[0]
    with pytest.raises(InputError, match="study days"):
        given(people, session)
    done = record_treatment_session(actor=people.nurse, treatment_session=session, dosed_on_day=0, now=NOW)
    assert (done.state, done.dosed_on_day, done.dosed_at) == ("discharged", 0, None)


@pytest.mark.parametrize("role", ["front_desk", "therapist", "auditor", "administrator", "programme_lead"])
@pytest.mark.story("HF-ACC-002")
def test_who_may_not_record(people: People, course: Course, role: str) -> None:
    session = plan(people, course)[0]
    with pytest.raises(PermissionRefusedError):
        record_treatment_session(
            actor=people.by_role[role], treatment_session=session, dosed_at=NOW, discharged_at=NOW, now=NOW
        )


def test_nothing_is_planned_in_a_course_that_ended(people: People) -> None:
    with pytest.raises(RefusedError, match="completed"):
        plan_treatment_sessions(
            actor=people.nurse, course=study_course(people), sessions=[SessionToPlan(planned_day=0)], now=NOW
        )


@pytest.mark.story("HF-REC-002")
def test_a_safety_check_is_recorded_and_corrected(people: People, course: Course) -> None:
    values = {"actor": people.nurse, "course": course, "check_key": "bladder", "now": NOW, "done_on": NOW.date()}
    first = record_safety_check(outcome="unremarkable", **values)
    with pytest.raises(InputError, match="reason"):
        record_safety_check(outcome="watch", supersedes=first, **values)
    record_safety_check(outcome="watch", supersedes=first, note="read again", **values)
    assert [c.outcome for c in checks_by_course([course.pk])[course.pk]] == ["watch"]
    with pytest.raises(UnknownNameError, match="bladder"):
        record_safety_check(**{**values, "check_key": "mood"}, outcome="watch")
    with pytest.raises(InputError, match="future"):
        record_safety_check(**{**values, "done_on": NOW.date() + dt.timedelta(days=1)}, outcome="watch")
    with pytest.raises(InputError, match="'fine'"):
        record_safety_check(outcome="fine", **values)


@pytest.mark.story("HF-REC-002")
def test_a_wrong_safety_check_is_corrected_on_its_page_and_stays_readable(people: People, course: Course) -> None:
    """Else a check of somebody else would count for four weeks."""
    values = {"actor": people.nurse, "check_key": "bladder", "now": NOW, "done_on": NOW.date()}
    first = record_safety_check(outcome="unremarkable", course=course, **values)
    elsewhere = new_course(people, new_patient(people, "Bea"))
    other = record_safety_check(outcome="unremarkable", course=elsewhere, **values)
    client = Client()
    client.force_login(people.nurse)
    patient = reverse("patient", args=[course.patient.public_id])
    record = reverse("safety-record", args=[course.public_id])
    page = f"{record}?corrects={first.public_id}"
    assert page in client.get(patient).content.decode()
    assert "Why is it corrected" in client.get(page).content.decode()
    fields = {"check_key": "bladder", "done_on": NOW.date().isoformat(), "outcome": "not_done"}
    assert client.post(page, fields).status_code == 422
    assert client.post(page, {**fields, "note": "of another patient"}).status_code == 302
    assert [c.outcome for c in checks_by_course([course.pk])[course.pk]] == ["not_done"]
    shown = client.get(patient).content.decode()
    assert "Bladder check: unremarkable (replaced by a newer version)" in shown
    assert "Bladder check: not done, a correction" in shown
    again = client.post(page, {**fields, "note": "again"})
    assert (again.status_code, "already corrected" in again.content.decode()) == (422, True)
    for none in (other.public_id, "x"):
        assert client.get(f"{record}?corrects={none}").status_code == 404
