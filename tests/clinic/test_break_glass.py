"""Reading one patient of another programme in an emergency: with a reason, for a limited time, marked, reviewed."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from typing import Any

import pytest
from django.db import DatabaseError, transaction
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from holdfast.clinic.accounts.models import CommandLine, User
from holdfast.clinic.audit.models import AuditEntry
from holdfast.clinic.audit.queries import verify
from holdfast.clinic.break_glass.actions import break_glass, review_glass
from holdfast.clinic.break_glass.models import BreakGlass, BreakGlassReview
from holdfast.clinic.break_glass.queries import listed, programmes_of_others
from holdfast.clinic.courses.models import Course
from holdfast.clinic.courses.queries import caseload
from holdfast.clinic.treatment_sessions.actions import SessionToPlan, plan_treatment_sessions
from holdfast.errors import InputError, PermissionRefusedError
from tests.clinic.conftest import NOW, People, new_course, new_patient, new_programme

pytestmark = pytest.mark.django_db
WHY = {"reason_kind": "emergency", "reason": "Collapsed at our desk, no relative here"}
NUMBER = "R-77"


@pytest.fixture
def course(people: People) -> Course:
    """A course of somebody with a record number, in the programme of `people`."""
    return new_course(
        people, new_patient(people, "Ada Example", record_number=NUMBER, date_of_birth=dt.date(1980, 2, 3))
    )


def opened(people: People, by: User, now: dt.datetime = NOW, **changes: Any) -> BreakGlass:
    given = {"programme": people.programme, "record_number": NUMBER, **WHY, **changes}
    return break_glass(actor=by, now=now, **given)


def client_of(user: User) -> Client:
    client = Client(raise_request_exception=False)
    client.force_login(user)
    return client


def page_of(course: Course) -> str:
    return reverse("patient", args=[course.patient.public_id])


def form(people: People, **changes: Any) -> dict[str, Any]:
    return {"programme": people.programme.key, "record_number": NUMBER, "understood": "on", **WHY, **changes}


@pytest.fixture
def reader(people: People, others: People, course: Course) -> Client:
    """A nurse of another programme who broke the glass on the page."""
    client = client_of(others.nurse)
    assert client.get(page_of(course)).status_code == 404
    answer = client.post(reverse("break-glass-open"), form(people))
    assert (answer.status_code, answer["Location"]) == (302, page_of(course))
    return client


@pytest.mark.story("HF-ACC-003")
def test_one_patient_opens_and_nothing_else_of_that_programme(people: People, course: Course, reader: Client) -> None:
    other = new_course(people, new_patient(people, "Bea Example"))
    text = reader.get(page_of(course)).content.decode()
    assert "Ada Example" in text
    assert "The glass is broken" in text
    assert reader.get(page_of(other)).status_code == 404
    assert reader.get(reverse("programme", args=[people.programme.key])).status_code == 404
    listed_there = reader.get("/caseload/").content.decode()
    assert "Ada Example" not in listed_there
    assert "The glass is broken" in listed_there  # marked on every page while it lasts


@pytest.mark.parametrize(
    "name",
    ["assessment-choose", "session-plan", "session-record", "safety-record", "evaluation-record", "phase-change"],
)
@pytest.mark.story("HF-ACC-003")
def test_nothing_can_be_changed(course: Course, others: People, reader: Client, name: str) -> None:
    assert reader.get(reverse(name, args=[course.public_id])).status_code == 403
    assert reader.get(reverse("patient-correct", args=[course.patient.public_id])).status_code == 403
    assert "Record assessment" not in reader.get(page_of(course)).content.decode()


@pytest.mark.story("HF-ACC-003")
def test_a_browser_keeps_no_flow_sheet_that_may_only_be_read(people: People, course: Course, reader: Client) -> None:
    """Opened without the server, it would be read after the time and on no record."""
    (planned,) = plan_treatment_sessions(
        actor=people.nurse, course=course, sessions=[SessionToPlan(planned_on=NOW.date())], now=NOW
    )
    address = reverse("flow-sheet", args=[planned.public_id])
    assert 'data-keeps=""' in reader.get(address).content.decode()
    assert 'data-keeps="yes"' in client_of(people.nurse).get(address).content.decode()
    assert 'data-keeps=""' in client_of(people.programme_lead).get(address).content.decode()


@pytest.mark.story("HF-ACC-003")
def test_it_ends_by_the_clock(course: Course, reader: Client, monkeypatch: pytest.MonkeyPatch, settings: Any) -> None:
    now = timezone.now()
    for minutes, status in ((settings.BREAK_GLASS_MIN - 1, 200), (settings.BREAK_GLASS_MIN + 1, 404)):
        later = now + dt.timedelta(minutes=minutes)
        monkeypatch.setattr(timezone, "now", lambda later=later: later)
        session = reader.session
        session["last_request_s"] = int(later.timestamp())  # not signed out for being idle
        session.save()
        assert reader.get(page_of(course)).status_code == status


@pytest.mark.story("HF-ACC-003")
def test_it_ends_with_the_sign_in_when_closed_and_when_reviewed(
    people: People, others: People, course: Course, reader: Client
) -> None:
    assert client_of(others.nurse).get(page_of(course)).status_code == 404  # another sign-in of the same person
    assert reader.post(reverse("break-glass-close")).status_code == 302
    assert reader.get(page_of(course)).status_code == 404
    assert AuditEntry.objects.filter(action="break_glass.close").count() == 1
    reader.post(reverse("break-glass-open"), form(people, reason="A second look at the allergies"))
    assert reader.get(page_of(course)).status_code == 200
    assert [glass.reason for glass in BreakGlass.objects.all()] == ["A second look at the allergies", WHY["reason"]]
    review_glass(actor=people.programme_lead, glass=BreakGlass.objects.first(), finding="justified", now=timezone.now())
    assert reader.get(page_of(course)).status_code == 404


@pytest.mark.story("HF-ACC-003")
def test_who_why_and_each_page_are_on_record_without_words_of_the_reason(
    others: People, course: Course, reader: Client
) -> None:
    reader.get(page_of(course))
    entry = AuditEntry.objects.get(action="break_glass.open")
    assert (entry.actor, entry.programme) == (others.nurse, course.programme)
    assert entry.details == {"reason": "emergency", "patient": str(course.patient.public_id)}
    read = AuditEntry.objects.get(action="patient.read")
    assert read.details == {"page": "patient", "break_glass": True}
    assert not any("Collapsed" in str(e.content()) or "Ada" in str(e.content()) for e in AuditEntry.objects.all())
    assert verify(actor=CommandLine()).sound


@pytest.mark.story("HF-ACC-003")
def test_lead_and_auditor_see_it_until_the_lead_reviewed(people: People, course: Course, reader: Client) -> None:
    lead, auditor = client_of(people.programme_lead), client_of(people.auditor)
    assert "1 waiting for your review" in lead.get("/caseload/").content.decode()
    for client, named in ((lead, True), (auditor, False)):
        text = client.get(reverse("break-glass-list")).content.decode()
        assert "Collapsed at our desk" in text
        assert ("Ada Example" in text) is named
    address = reverse("break-glass-review", args=[BreakGlass.objects.first().public_id])
    assert auditor.get(address).status_code == 403
    assert lead.post(address, {"finding": "not_justified"}).status_code == 422
    assert BreakGlassReview.objects.count() == 0
    assert lead.post(address, {"finding": "not_justified", "note": "Asked to explain"}).status_code == 302
    assert lead.get(address).status_code == 404
    assert "waiting for your review" not in lead.get("/caseload/").content.decode()
    assert "Asked to explain" in auditor.get(reverse("break-glass-list")).content.decode()
    entry = AuditEntry.objects.get(action="break_glass.review")
    assert entry.details == {"finding": "not_justified"}


def test_another_programmes_lead_sees_nothing_of_it(others: People, course: Course, reader: Client) -> None:
    lead = client_of(others.programme_lead)
    assert "Collapsed" not in lead.get(reverse("break-glass-list")).content.decode()
    assert lead.get(reverse("break-glass-review", args=[BreakGlass.objects.first().public_id])).status_code == 404


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        ({"record_number": "R-78"}, "no single patient"),
        ({"record_number": "r-77 "}, "no single patient"),
        ({"record_number": "", "label": "Ada Example"}, "name and the date of birth"),
        ({"record_number": "", "label": "Ada Example", "date_of_birth": dt.date(1980, 2, 4)}, "no single patient"),
        ({"reason": " "}, "reason: say why"),
        ({"reason": "urgent"}, "in a few words"),
        ({"reason_kind": "curious"}, "not known"),
    ],
)
@pytest.mark.story("HF-ACC-003")
def test_what_does_not_open(people: People, others: People, course: Course, changes: dict[str, Any], says: str) -> None:
    with pytest.raises(InputError, match=says):
        opened(people, others.nurse, **changes)
    assert not BreakGlass.objects.exists()


def test_the_name_with_the_date_of_birth_opens(people: People, others: People, course: Course) -> None:
    glass = opened(people, others.nurse, record_number="", label="ada example", date_of_birth=dt.date(1980, 2, 3))
    assert glass.patient == course.patient
    assert glass.until - glass.at == dt.timedelta(minutes=60)


@pytest.mark.story("HF-ACC-003")
def test_guessing_is_on_record_and_ends(people: People, others: People, course: Course, at: Callable[..., Any]) -> None:
    for number in range(5):
        with pytest.raises(InputError, match="no single patient"):
            opened(people, others.nurse, record_number=f"X-{number}")
    assert AuditEntry.objects.filter(action="break_glass.not_found", programme=people.programme).count() == 5
    with pytest.raises(InputError, match="too many tries"):
        opened(people, others.nurse)
    assert opened(people, others.prescriber).patient == course.patient  # not a matter of other people
    assert opened(people, others.nurse, now=at(hours=2)).patient == course.patient


@pytest.mark.parametrize("role", ["front_desk", "auditor", "administrator"])
def test_who_may_not(people: People, others: People, course: Course, role: str) -> None:
    with pytest.raises(PermissionRefusedError):
        opened(people, others.by_role[role])


def test_members_use_the_caseload_and_a_lead_does_not_review_themselves(
    people: People, others: People, course: Course
) -> None:
    with pytest.raises(InputError, match="you belong to it"):
        opened(people, people.nurse)
    glass = opened(people, others.programme_lead)
    others.programme_lead.programmes.add(people.programme)
    lead = User.objects.get(pk=others.programme_lead.pk)
    with pytest.raises(InputError, match="this was you"):
        review_glass(actor=lead, glass=glass, finding="justified", now=NOW)
    review_glass(actor=people.programme_lead, glass=glass, finding="justified", now=NOW)
    with pytest.raises(InputError, match="in the meantime"):
        review_glass(actor=people.programme_lead, glass=glass, finding="justified", now=NOW)


def test_a_double_click_opens_once(people: People, others: People, course: Course, at: Callable[..., Any]) -> None:
    first = opened(people, others.nurse)
    assert opened(people, others.nurse) == first
    assert BreakGlass.objects.count() == AuditEntry.objects.filter(action="break_glass.open").count() == 1
    assert opened(people, others.nurse, now=at(hours=2)) != first


def test_trials_of_nobody_are_not_offered(people: People, others: People) -> None:
    new_programme("trial", kind="real-deidentified")
    assert [p.key for p in programmes_of_others(others.nurse)] == ["clinic"]


def test_the_role_narrows_what_is_read(people: People, others: People, course: Course) -> None:
    client = client_of(others.therapist)
    client.post(reverse("break-glass-open"), form(people))
    text = client.get(page_of(course)).content.decode()
    assert "Ada Example" in text
    assert "Exposure" not in text


def test_without_broken_glass_no_query_is_spent_and_the_list_of_the_actor_stays_theirs(
    people: People, others: People, course: Course
) -> None:
    glass = opened(people, others.nurse)
    others.nurse.may_read_also([glass.patient_id])
    assert caseload(actor=others.nurse, now=NOW) == []
    assert [g.pk for g in listed(actor=people.auditor, waiting=True)] == [glass.pk]


@pytest.mark.parametrize(
    "wrong", [{"reason": ""}, {"reason_kind": "curious"}, {"until": NOW - dt.timedelta(minutes=1)}]
)
def test_the_database_holds_the_shape_too(people: People, others: People, course: Course, wrong: Any) -> None:
    values = {
        "patient": course.patient, "by": others.nurse, "role": "nurse", "at": NOW,
        "until": NOW + dt.timedelta(hours=1), **WHY,
    }  # fmt: skip
    with pytest.raises(DatabaseError), transaction.atomic():
        BreakGlass(**{**values, **wrong}).save()
