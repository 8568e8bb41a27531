"""Details of a patient: corrected by a newer version, the older readable, the audit naming fields and no values."""

from __future__ import annotations

import datetime as dt
import importlib
from types import SimpleNamespace
from typing import Any

import pytest
from django.apps import apps
from django.db import connection
from django.test import Client
from django.urls import reverse

from holdfast.clinic.accounts.models import User
from holdfast.clinic.audit.append_only import AppendOnlyError
from holdfast.clinic.audit.models import AuditEntry
from holdfast.clinic.patients.actions import correct_patient
from holdfast.clinic.patients.models import Patient, PatientDetails
from holdfast.clinic.patients.queries import patient_view
from holdfast.errors import InputError, PermissionRefusedError
from tests.clinic.conftest import NOW, People, new_course, new_patient

pytestmark = pytest.mark.django_db
LATER = NOW + dt.timedelta(hours=1)
BORN = dt.date(1980, 5, 3)


@pytest.fixture
def ada(people: People) -> Patient:
    return new_patient(people, "Ada Exmple", record_number="R-1", date_of_birth=BORN, sex="female", diagnosis="MDD")


def correct(actor: User, patient: Patient, **changes: Any) -> PatientDetails:
    """Details as registered, but for the changes."""
    values = {
        "version": 1, "why": "typing error", "now": LATER, "label": "Ada Exmple", "record_number": "R-1",
        "date_of_birth": BORN, "sex": "female", "diagnosis": "MDD",
    }  # fmt: skip
    return correct_patient(actor=actor, patient=patient, **{**values, **changes})


@pytest.mark.story("HF-REC-002")
def test_a_correction_is_a_newer_version_and_the_older_stays(people: People, ada: Patient) -> None:
    correct(people.nurse, ada, label="Ada Example ", date_of_birth=dt.date(1980, 3, 5))
    ada.refresh_from_db()
    assert (ada.label, ada.date_of_birth, ada.record_number) == ("Ada Example", dt.date(1980, 3, 5), "R-1")
    kept = [(d.version, d.label, d.date_of_birth, d.why, d.by) for d in ada.details.all()]
    assert kept == [
        (1, "Ada Exmple", BORN, "", people.nurse),
        (2, "Ada Example", dt.date(1980, 3, 5), "typing error", people.nurse),
    ]
    with pytest.raises(AppendOnlyError):
        ada.details.all().delete()


@pytest.mark.story("HF-AUD-001")
def test_the_audit_names_the_fields_and_no_value(people: People, ada: Patient) -> None:
    correct(people.prescriber, ada, label="Ada Example", sex="male")
    entry = AuditEntry.objects.last()
    assert (entry.action, entry.subject_ref) == ("patient.correct", str(ada.public_id))
    assert entry.details == {"version": 2, "fields": ["label", "sex"]}
    assert "Ada" not in str(entry.content())


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        ({"label": "Ada Example", "why": " "}, "why: a correction needs its reason"),
        ({"label": " "}, "label: "),
        ({"date_of_birth": dt.date(1780, 5, 3)}, "date_of_birth: the year"),
        ({"date_of_birth": LATER.date() + dt.timedelta(days=1)}, "date_of_birth: lies in the future"),
        ({"age_y": 46.0, "age_basis": "registration"}, "not both"),
        ({"date_of_birth": None, "age_y": 46.0}, "age_basis: "),
        ({"sex": "f"}, "sex 'f'"),
        ({"record_number": "R-2"}, "another patient"),
        ({"label": "A\x1b[31mda"}, "label "),
        ({"label": "Ada Example", "why": "a\u202eb"}, "why: sign 2"),
        ({}, "nothing differs"),
        ({"label": "Ada Example", "version": 0}, "in the meantime"),
    ],
)
def test_what_cannot_be_is_refused_and_nothing_is_kept(
    people: People, ada: Patient, changes: dict[str, Any], says: str
) -> None:
    new_patient(people, "Bea Example", record_number="R-2")
    before = AuditEntry.objects.count()
    with pytest.raises(InputError, match=says):
        correct(people.nurse, ada, **changes)
    assert ada.details.count() == 1
    assert AuditEntry.objects.count() == before
    ada.refresh_from_db()
    assert ada.label == "Ada Exmple"


def test_nobody_undoes_a_correction_unseen(people: People, ada: Patient) -> None:
    correct(people.nurse, ada, label="Ada Example")
    with pytest.raises(InputError, match="in the meantime"):
        correct(people.prescriber, ada, sex="male")
    correct(people.prescriber, ada, version=2, label="Ada Example", sex="male")
    ada.refresh_from_db()
    assert (ada.label, ada.sex) == ("Ada Example", "male")


def test_an_age_gives_way_to_a_date_of_birth(people: People) -> None:
    patient = new_patient(people, "Bea", age_y=46.1, age_basis="registration")
    values = {"patient": patient, "why": "passport seen", "now": LATER, "label": "Bea"}
    with pytest.raises(InputError, match="nothing differs"):
        correct_patient(actor=people.nurse, version=1, age_y=46.1, age_basis="registration", **values)
    correct_patient(actor=people.nurse, version=1, date_of_birth=BORN, **values)
    view = patient_view(actor=people.nurse, public_id=patient.public_id, now=NOW)
    assert view.age_y == 46
    (corrected,) = view.corrections
    assert [(c.what, c.before, c.after) for c in corrected.changes] == [
        ("date of birth", "not recorded", "3 May 1980"),
        ("age in years", "46.1", "not recorded"),
        ("age counted at", "registration", "not recorded"),
    ]


@pytest.mark.parametrize("role", ["front_desk", "therapist", "programme_lead", "auditor", "administrator"])
@pytest.mark.story("HF-ACC-002")
def test_who_may_not_correct(people: People, ada: Patient, role: str) -> None:
    with pytest.raises(PermissionRefusedError):
        correct(people.by_role[role], ada, label="Ada Example")


def test_another_programmes_nurse_may_not(others: People, ada: Patient) -> None:
    with pytest.raises(PermissionRefusedError):
        correct(others.nurse, ada, label="Ada Example")


def test_old_values_are_read_on_the_page_with_who_and_why(people: People, ada: Patient) -> None:
    client = Client()
    client.force_login(people.nurse)
    page = reverse("patient-correct", args=[ada.public_id])
    form = {"version": 1, "label": "Ada Example", "record_number": "R-1", "date_of_birth": "1980-05-03"}
    form |= {"sex": "female", "diagnosis": "MDD"}
    assert client.post(page, form).status_code == 422  # no reason
    assert client.post(page, {**form, "why": "misheard"}).status_code == 302
    without_course = client.get(reverse("patient", args=[ada.public_id])).content.decode()
    new_course(people, ada)
    with_course = client.get(reverse("patient", args=[ada.public_id])).content.decode()
    for shown in (without_course, with_course):
        assert all(words in shown for words in ("Ada Exmple", "Why: misheard", str(people.nurse)))
    assert "Corrected details" not in with_course  # it stands in the history


def test_patients_of_before_get_a_first_version(people: People, ada: Patient) -> None:
    old = Patient(programme=people.programme, label="Old", created_at=NOW)
    old.save()
    migration = importlib.import_module("holdfast.clinic.patients.migrations.0003_first_versions")
    migration.first_versions(apps, SimpleNamespace(connection=connection))
    assert [(d.version, d.label, d.at, d.by) for d in old.details.all()] == [(1, "Old", NOW, None)]
    assert ada.details.count() == 1
