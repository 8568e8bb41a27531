"""Adverse events that came or were told between treatment sessions: recorded, corrected, shown, and gathered."""

from __future__ import annotations

import datetime as dt
import re
from typing import Any

import pytest
from django.db import IntegrityError, transaction
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from holdfast.clinic.accounts.models import User
from holdfast.clinic.audit.models import AuditEntry
from holdfast.clinic.courses.models import Course
from holdfast.clinic.letters.drafts import _events
from holdfast.clinic.patients.queries import patient_view
from holdfast.clinic.registry.own_set import manifest_of, own_rows
from holdfast.clinic.registry.queries import serious_events
from holdfast.clinic.safety.actions import record_adverse_event
from holdfast.clinic.safety.models import AdverseEventRecord
from holdfast.errors import InputError, PermissionRefusedError
from holdfast.registry.sets import from_rows
from tests.clinic.conftest import NOW, People, study_course
from tests.clinic.registry_people import Person, event, treated_iv

pytestmark = [pytest.mark.django_db, pytest.mark.story("HF-REG-210")]
LATER = NOW + dt.timedelta(days=10)


@pytest.fixture
def course(people: People) -> Course:
    return treated_iv(people, Person("Ada Between"))


def told(people: People, course: Course, term: str, days: int = 5, **changes: Any) -> AdverseEventRecord:
    onset = (NOW + dt.timedelta(days=days)).isoformat()
    given = event(term, **{"onset_at": onset, **{k: v for k, v in changes.items() if k not in CALLED}})
    called = {name: value for name, value in changes.items() if name in CALLED}
    return record_adverse_event(actor=people.nurse, course=course, given=given, now=LATER, **called)


CALLED = ("supersedes", "why", "withdraw")


def client_of(user: User) -> Client:
    client = Client()
    client.force_login(user)
    return client


def test_an_event_between_treatment_sessions_is_gathered_with_its_relapse(people: People, course: Course) -> None:
    told(people, course, "suicide attempt", 5, seriousness="hospitalisation", severity="severe")
    told(people, course, "suicidal ideation", 6)
    told(people, course, "worsening depression", 7, seriousness="hospitalisation")
    told(people, course, "cystitis", 8, seriousness="hospitalisation")
    told(people, course, "admitted, low in mood", 9, seriousness="hospitalisation", kind="psychiatric")
    rows = own_rows(people.programme, LATER)
    assert [(one["day"], one["category"], one["treatment_session"]) for one in rows["adverse_events"]] == [
        (5, "suicidality", None), (6, "suicidality", None), (7, "psychiatric", None), (8, "bladder", None),
        (9, "psychiatric", None),
    ]  # fmt: skip
    assert [(one["day"], one["event"]) for one in rows["relapse_events"]] == [
        (5, "suicide-attempt"), (7, "hospitalisation"), (9, "hospitalisation"),
    ]  # fmt: skip
    assert from_rows(rows, manifest_of(people.programme)).n == 1


def test_an_attempt_on_the_flow_sheet_is_a_relapse_too(people: People) -> None:
    treated_iv(people, Person("Bea Chair", event=event("Attempted suicide", seriousness="life-threatening")))
    rows = own_rows(people.programme, LATER)
    assert [(one["day"], one["event"]) for one in rows["relapse_events"]] == [(0, "suicide-attempt")]
    assert "relapse" not in rows["adverse_events"][0]


def test_a_correction_adds_and_a_withdrawal_takes_it_out_of_every_count(people: People, course: Course) -> None:
    first = told(people, course, "fall", seriousness="hospitalisation")
    second = told(people, course, "fall, broken wrist", supersedes=first, why="told by the ward")
    with pytest.raises(InputError, match="already corrected"):
        told(people, course, "fall", supersedes=first, why="again")
    with pytest.raises(InputError, match="why: a correction needs its reason"):
        told(people, course, "fall", supersedes=second)
    assert len(own_rows(people.programme, LATER)["adverse_events"]) == 1
    told(people, course, "fall, broken wrist", supersedes=second, why="of another patient", withdraw=True)
    assert own_rows(people.programme, LATER)["adverse_events"] == []
    assert AdverseEventRecord.objects.count() == 3
    assert AuditEntry.objects.filter(action="adverse_event.record").count() == 3
    with pytest.raises(InputError, match="nothing is on record"):
        told(people, course, "fall", withdraw=True)
    with pytest.raises(IntegrityError), transaction.atomic():
        AdverseEventRecord(course=course, given=first.given, entered_at=NOW, supersedes=second).save()


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        ({"onset_at": "2027-06-01T10:00:00+00:00"}, "onset_at: "),
        ({"term": "  "}, "term is empty"),
        ({"outcome": "fatal"}, "seriousness is not death"),
        ({"kind": "spleen"}, "kind is 'spleen'"),
        ({"term": "x" * 4001}, "term: has 4001 signs"),
    ],
)
def test_what_cannot_be_is_refused_by_field(people: People, course: Course, changes: dict, says: str) -> None:
    with pytest.raises(InputError, match=says):
        record_adverse_event(actor=people.nurse, course=course, given={**event("rash"), **changes}, now=LATER)
    assert not AdverseEventRecord.objects.exists()


def test_who_may_not_record_is_refused_and_study_days_have_no_time(people: People, course: Course) -> None:
    with pytest.raises(PermissionRefusedError):
        record_adverse_event(actor=people.programme_lead, course=course, given=event("rash"), now=LATER)
    with pytest.raises(InputError, match="counts study days"):
        record_adverse_event(actor=people.nurse, course=study_course(people), given=event("rash"), now=LATER)


def test_it_is_recorded_and_corrected_on_its_page_and_stands_on_the_page_of_the_course(
    people: People, course: Course, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(timezone, "now", lambda: LATER)
    address = reverse("adverse-event-record", args=[course.public_id])
    nurse, onset = client_of(people.nurse), f"{timezone.localtime(NOW + dt.timedelta(days=3)):%Y-%m-%dT%H:%M}"
    fields = {
        "term": "took an overdose", "kind": "suicidality", "onset_at": onset, "severity": "severe",
        "seriousness": "hospitalisation", "causality": "unlikely", "action_taken": "none", "outcome": "recovering",
        "note": "told by her sister",
    }  # fmt: skip
    for left_empty in ("term", "severity", "seriousness", "causality", "action_taken", "outcome", "onset_at"):
        assert nurse.post(address, {**fields, left_empty: ""}).status_code == 422
    assert re.findall(r'value="([^"]*)" selected', nurse.get(address).content.decode()) == [""] * 5
    assert nurse.post(address, fields).status_code == 302
    page = f"{reverse('patient', args=[course.patient.public_id])}?course={course.public_id}"
    shown = nurse.get(page).content.decode()
    for words in ("Adverse events between treatment sessions", "took an overdose", "told by her sister"):
        assert words in shown
    assert "Adverse event: took an overdose (hospitalisation)" in shown
    row = AdverseEventRecord.objects.get()
    corrected = f"{address}?corrects={row.public_id}"
    form = nurse.get(corrected).content.decode()
    assert 'value="took an overdose"' in form
    assert '<option value="suicidality" selected>' in form
    assert nurse.post(corrected, {**fields, "why": "nothing happened", "withdraw": "yes"}).status_code == 302
    shown = nurse.get(page).content.decode()
    assert "Adverse events between treatment sessions" not in shown
    assert "Adverse event: took an overdose (hospitalisation), withdrawn" in shown
    assert nurse.get(f"{address}?corrects=nonsense").status_code == 404
    assert client_of(people.programme_lead).get(address).status_code == 403


def test_letter_and_safety_page_tell_it(people: People, course: Course) -> None:
    told(people, course, "suicide attempt", seriousness="hospitalisation", note="found by her sister")
    told(people, course, "rash", seriousness="not-serious")
    (one,) = serious_events(actor=people.programme_lead, programme=people.programme)
    assert (one.event.term, one.treatment_session, one.course) == ("suicide attempt", None, course)
    assert not serious_events(actor=people.programme_lead, programme=people.programme, year=2019)
    seen = patient_view(actor=people.prescriber, public_id=course.patient.public_id, now=LATER).courses[0]
    lines = _events(seen, dt.UTC)
    assert lines[0].startswith("suicide attempt, 7 Nov 2026")
    assert lines[1].startswith("rash, ")
