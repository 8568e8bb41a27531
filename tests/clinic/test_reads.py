"""Every page of a patient that was shown is on record, once, without content; and nothing else is."""

from __future__ import annotations

import logging
from typing import Any

import pytest
from django.core.cache import cache
from django.db import OperationalError, connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from holdfast.clinic.accounts.models import CommandLine, User
from holdfast.clinic.assessments.actions import record_assessment
from holdfast.clinic.audit import middleware
from holdfast.clinic.audit.models import AuditEntry
from holdfast.clinic.audit.queries import reads_of, verify
from holdfast.clinic.courses.models import Course
from holdfast.clinic.patients.lookup import NAMES_A_PATIENT
from holdfast.errors import PermissionRefusedError
from tests.clinic.conftest import NOW, People, new_course, new_patient
from tests.clinic.test_permission_matrix import addresses

pytestmark = pytest.mark.django_db
# Parts of addresses with a random id that name no patient's record.
# a lot is a list of many, a count of none, an alarm is of forecasts of a programme
OF_NOBODY = {"user_id", "turn_id", "lot_id", "count_id", "document_id", "job_id", "chair_id", "alarm_id"}


def client_of(user: User) -> Client:
    client = Client(raise_request_exception=False)
    client.force_login(user)
    return client


def patient_page(course: Course) -> str:
    return reverse("patient", args=[course.patient.public_id])


def reads(action: str = "patient.read") -> list[AuditEntry]:
    return list(AuditEntry.objects.filter(action=action).order_by("seq"))


@pytest.mark.story("HF-AUD-003")
def test_opening_a_patient_says_who_what_and_when_and_nothing_of_the_content(people: People, course: Course) -> None:
    rating = record_assessment(
        actor=people.nurse, course=course, scale="phq-9", total=17, rated_at=NOW, now=NOW
    ).assessment
    client_of(people.therapist).get(patient_page(course))
    client_of(people.nurse).get(reverse("assessment", args=[rating.public_id]))
    first, second = reads()
    assert (first.actor, first.actor_role, first.details) == (people.therapist, "therapist", {"page": "patient"})
    assert (second.actor, second.details) == (people.nurse, {"page": "assessment"})
    assert {first.subject_ref, second.subject_ref} == {str(course.patient.public_id)}
    assert first.programme == people.programme
    assert "Ada" not in str(first.content())
    assert "17" not in str(second.details)
    assert verify(actor=CommandLine()).sound


@pytest.mark.story("HF-AUD-003")
def test_what_was_refused_was_not_read(people: People, others: People, course: Course) -> None:
    for user, status in ((others.nurse, 404), (people.administrator, 403), (people.auditor, 403)):
        assert client_of(user).get(patient_page(course)).status_code == status
    assert Client().get(patient_page(course)).status_code == 302
    client_of(people.nurse).head(patient_page(course))
    assert reads() == []


def test_looking_again_within_minutes_is_the_same_reading(
    people: People, course: Course, settings: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    client = client_of(people.nurse)
    for _ in range(3):
        client.get(patient_page(course))
    assert len(reads()) == 1
    client.get(reverse("assessment-choose", args=[course.public_id]))  # another page of the same patient
    client_of(people.prescriber).get(patient_page(course))  # another person
    client.get(patient_page(new_course(people, new_patient(people, "Bea"))))  # another patient
    assert len(reads()) == 4
    cache.clear()  # the minutes are over
    client.get(patient_page(course))
    assert len(reads()) == 5


def test_a_form_given_back_with_its_faults_shows_whose_it_is(people: People, course: Course) -> None:
    answer = client_of(people.nurse).post(
        reverse("assessment-record", args=[course.public_id, "phq-9"]), {"rater": "nobody"}
    )
    assert answer.status_code == 422
    assert [entry.details["page"] for entry in reads()] == ["assessment-record"]


@pytest.mark.story("HF-AUD-003")
def test_a_list_is_one_entry_of_its_own_and_costs_no_query_a_patient(people: People) -> None:
    for label in ("Ada", "Bea", "Cleo"):
        new_course(people, new_patient(people, label))
    client = client_of(people.nurse)
    with CaptureQueriesContext(connection) as first:
        client.get("/caseload/")
    assert reads() == []
    (entry,) = reads("caseload.read")
    assert (entry.actor, entry.details) == (people.nurse, {"programmes": ["clinic"]})
    with CaptureQueriesContext(connection) as again:
        client.get("/caseload/")
        client.post("/caseload/", {"q": "Ada"})
    assert len(reads("caseload.read")) == 1
    assert not [q for q in again.captured_queries if 'INSERT INTO "audit_' in q["sql"]]
    assert len([q for q in first.captured_queries if 'INSERT INTO "audit_' in q["sql"]]) == 1


def test_a_page_that_names_a_record_costs_a_handful_of_queries_and_then_none(people: People, course: Course) -> None:
    client = client_of(people.nurse)
    client.get("/rules/")  # the session is written
    with CaptureQueriesContext(connection) as first:
        client.get(patient_page(course))
    with CaptureQueriesContext(connection) as again:
        client.get(patient_page(course))
    assert 0 < len(first) - len(again) <= 8


@pytest.mark.story("HF-AUD-003")
def test_care_goes_on_where_nothing_can_be_written_and_the_gap_is_on_record(
    people: People, course: Course, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def full(*_: object, **__: object) -> None:
        raise OperationalError("database or disk is full")

    client = client_of(people.nurse)
    with monkeypatch.context() as patch, caplog.at_level(logging.ERROR, logger="holdfast.audit"):
        patch.setattr(middleware.actions, "note_read", full)
        answers = [client.get(patient_page(course)) for _ in range(2)]
    assert [answer.status_code for answer in answers] == [200, 200]
    assert [r.getMessage() for r in caplog.records] == ["a read could not be recorded: page patient"] * 2
    assert reads() == []
    client.get(patient_page(course))
    (gap,) = reads("audit.reads_lost")
    assert gap.details == {"count": 2}
    assert len(reads()) == 1
    client_of(people.prescriber).get(patient_page(course))
    assert len(reads("audit.reads_lost")) == 1  # told once


@pytest.mark.story("HF-AUD-003")
def test_lead_and_auditor_see_who_read_a_record_and_the_auditor_no_name(people: People, course: Course) -> None:
    client_of(people.nurse).get(patient_page(course))
    address = reverse("patient-reads", args=[course.patient.public_id])
    for role, named in (("programme_lead", True), ("auditor", False)):
        text = client_of(people.by_role[role]).get(address).content.decode()
        assert "nurse" in text
        assert (course.patient.label in text) is named
    listed = client_of(people.auditor).get("/audit/?action=patient.read").content.decode()
    assert address in listed
    for role in ("nurse", "prescriber", "administrator"):
        with pytest.raises(PermissionRefusedError):
            reads_of(actor=people.by_role[role], patient=course.patient)


def test_the_auditor_follows_one_record_through_the_audit(people: People, course: Course) -> None:
    new_course(people, new_patient(people, "Bea"))
    on = str(course.patient.public_id)
    page = client_of(people.auditor).get(f"/audit/?on={on}")
    assert {entry.subject_ref for entry in page.context["page"]} == {on}
    assert client_of(people.auditor).get("/audit/?on=nothing").status_code == 200


def unaccounted(parts: dict[str, set[str]]) -> set[str]:
    """Addresses with a random id that leads to no patient and is not known to name nobody."""
    return {name for name, ids in parts.items() if ids - set(NAMES_A_PATIENT) - OF_NOBODY}


def ids_in_addresses() -> dict[str, set[str]]:
    return {
        name: {part for part, kind in pattern.pattern.converters.items() if type(kind).__name__ == "UUIDConverter"}
        for name, pattern in addresses()
    }


@pytest.mark.story("HF-AUD-003")
def test_every_address_that_names_a_record_leads_to_its_patient() -> None:
    assert unaccounted(ids_in_addresses()) == set()
    assert "patient" in ids_in_addresses()


def test_the_gate_can_go_red() -> None:
    assert unaccounted({**ids_in_addresses(), "new-page": {"diary_id"}}) == {"new-page"}
