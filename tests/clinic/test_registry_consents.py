"""Consent to the registry: nobody takes part who did not say so; a withdrawal counts from now on."""

from __future__ import annotations

import datetime as dt

import pytest
from django.test import Client
from django.urls import reverse

from holdfast.clinic.accounts.models import CommandLine
from holdfast.clinic.audit.models import AuditEntry
from holdfast.clinic.patients.models import Patient
from holdfast.clinic.registry.actions import Left, record_extract, record_registry_consent
from holdfast.clinic.registry.models import RegistryConsent, RegistryExtract
from holdfast.clinic.registry.queries import of_patient
from holdfast.clinic.registry.standing import taking_part
from holdfast.errors import InputError, PermissionRefusedError, RefusedError
from tests.clinic.conftest import NOW, People, new_patient

pytestmark = pytest.mark.django_db
DAY = dt.timedelta(days=1)
SHEET = "Registry sheet, version 2"


@pytest.fixture
def patient(people: People) -> Patient:
    return new_patient(people)


def say(people: People, patient: Patient, said: str, *, now: dt.datetime = NOW, **changes: object) -> RegistryConsent:
    """Said to the nurse."""
    given = {"sheet": SHEET} if said == "given" else {}
    return record_registry_consent(
        actor=changes.pop("actor", people.nurse), patient=patient, said=said, now=now, **{**given, **changes}
    )


@pytest.mark.story("HF-REG-100")
def test_nobody_takes_part_who_did_not_say_so(people: People, patient: Patient) -> None:
    silent, asked, refused = (new_patient(people, label) for label in ("Bea", "Cleo", "Dora"))
    say(people, asked, "asked")
    say(people, refused, "refused")
    assert taking_part(people.programme) == frozenset()
    say(people, patient, "given")
    assert taking_part(people.programme) == {patient.pk}
    assert silent.pk not in taking_part(people.programme)
    entry = AuditEntry.objects.filter(action="registry_consent.record").last()
    assert entry is not None
    assert (entry.actor, entry.details) == (people.nurse, {"said": "given"})


@pytest.mark.story("HF-REG-100")
def test_a_withdrawal_counts_from_now_on_and_the_consent_stays_on_record(people: People, patient: Patient) -> None:
    say(people, patient, "given")
    say(people, patient, "withdrawn", now=NOW + DAY, actor=people.therapist)
    assert taking_part(people.programme) == frozenset()
    found = of_patient(actor=people.programme_lead, patient=patient)
    assert [one.said for one in found.said] == ["withdrawn", "given"]
    assert [one.on for one in found.said] == [(NOW + DAY).date(), NOW.date()]
    say(people, patient, "given", now=NOW + 2 * DAY)
    assert taking_part(people.programme) == {patient.pk}


@pytest.mark.story("HF-REG-100")
def test_what_makes_no_sense_is_refused_and_nothing_is_kept(people: People, patient: Patient) -> None:
    for said, changes, says in (
        ("perhaps", {}, "said"), ("given", {"sheet": " "}, "sheet"), ("withdrawn", {}, "no consent stands"),
        ("given", {"on": (NOW + 3 * DAY).date()}, "future"), ("given", {"given_by": "neighbour"}, "given_by"),
    ):  # fmt: skip
        with pytest.raises(InputError, match=says):
            say(people, patient, said, **changes)
    assert RegistryConsent.objects.count() == 0
    first = say(people, patient, "given")
    assert say(people, patient, "given") == first  # sent twice
    with pytest.raises(InputError, match="consent stands"):
        say(people, patient, "refused")
    with pytest.raises(InputError, match="before what was said last"):
        say(people, patient, "withdrawn", on=(NOW - DAY).date())
    assert RegistryConsent.objects.count() == 1


def test_who_may_record_and_who_may_take_down_a_withdrawal(people: People, patient: Patient) -> None:
    for role in ("therapist", "front_desk", "programme_lead", "auditor", "administrator"):
        with pytest.raises(PermissionRefusedError):
            say(people, patient, "given", actor=people.by_role[role])
    say(people, patient, "given")
    for role in ("front_desk", "programme_lead"):
        with pytest.raises(PermissionRefusedError):
            say(people, patient, "withdrawn", actor=people.by_role[role])
    say(people, patient, "withdrawn", actor=people.therapist)


@pytest.mark.story("HF-REG-101")
def test_an_extract_is_on_record_and_never_where_consents_changed_meanwhile(people: People, patient: Patient) -> None:
    say(people, patient, "given")
    left = Left("a" * 64, 1, taking_part(people.programme), 0)
    say(people, patient, "withdrawn")
    with pytest.raises(RefusedError, match="Consents changed"):
        record_extract(actor=CommandLine(), programme=people.programme, left=left, now=NOW)
    assert RegistryExtract.objects.count() == 0
    say(people, patient, "given")
    record_extract(actor=CommandLine(), programme=people.programme, left=left, now=NOW + DAY)
    entry = AuditEntry.objects.get(action="registry.export")
    assert entry.details == {"digest": "a" * 64, "count": 1}
    assert [one.digest for one in of_patient(actor=people.nurse, patient=patient).extracts] == ["a" * 64]
    say(people, patient, "withdrawn", now=NOW + 2 * DAY)
    record_extract(
        actor=CommandLine(), programme=people.programme, left=Left("b" * 64, 0, frozenset(), 1), now=NOW + 3 * DAY
    )
    assert [one.digest for one in of_patient(actor=people.nurse, patient=patient).extracts] == ["a" * 64]
    with pytest.raises(PermissionRefusedError):
        record_extract(actor=people.programme_lead, programme=people.programme, left=left, now=NOW)


@pytest.mark.story("HF-REG-100")
def test_the_page_records_and_offers_only_what_can_be_said(people: People, patient: Patient) -> None:
    address, client = reverse("registry-consent", args=[patient.public_id]), Client()
    client.force_login(people.nurse)
    shown = client.get(address).content.decode()
    assert "Not asked" in shown
    assert "withdraws" not in shown
    answers = {"said": "given", "given_by": "patient", "on": "2026-11-02", "sheet": "", "note": ""}
    refused = client.post(address, answers)
    assert refused.status_code == 422
    assert "say which information" in refused.content.decode().lower()
    assert client.post(address, answers | {"sheet": SHEET}).status_code == 302
    assert "Takes part" in client.get(address).content.decode()
    client.force_login(people.therapist)
    shown = client.get(address).content.decode()
    assert "withdraws" in shown
    assert "The patient takes part" not in shown
    assert f'value="{SHEET}"' not in shown  # what was handed over for the consent was not handed over again
    answers |= {"said": "withdrawn", "on": str(patient.programme.day_of(dt.datetime.now(dt.UTC)))}
    assert client.post(address, answers).status_code == 302
    assert taking_part(people.programme) == frozenset()
    client.force_login(people.programme_lead)
    assert "Record what was said" not in client.get(address).content.decode()
    assert client.post(address, answers).status_code == 403
    client.force_login(people.nurse)
    page = client.get(reverse("patient", args=[patient.public_id])).content.decode()
    assert address in page
