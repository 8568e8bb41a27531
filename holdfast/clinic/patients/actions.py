"""The only writer of patients."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal

from django.db import transaction

from holdfast.clinic.accounts.models import Actor, User
from holdfast.clinic.accounts.permissions import require
from holdfast.clinic.audit import actions as audit
from holdfast.clinic.patients.models import DETAILS, Patient, PatientDetails
from holdfast.clinic.plain_text import require_plain_text, required_text
from holdfast.clinic.programmes.models import Programme
from holdfast.errors import InputError
from holdfast.facts.plausible import oldest_age_y, plausible


@transaction.atomic
def register_patient(
    *,
    actor: Actor,
    programme: Programme,
    label: str,
    now: dt.datetime,
    record_number: str = "",
    date_of_birth: dt.date | None = None,
    age_y: float | None = None,
    age_basis: str = "",
    sex: str = "",
    diagnosis: str = "",
    group: str = "",
) -> Patient:
    """A new patient of a programme. Age is a date of birth, or years with the moment they are counted at; or unknown.

    Raises `InputError` on an empty label, a taken record number, an impossible date or age, an unknown word.
    """
    require(actor, "patient.register", programme)
    patient = Patient(
        programme=programme,
        label=label.strip(),
        record_number=record_number,
        date_of_birth=date_of_birth,
        age_y=age_y,
        age_basis=age_basis,
        sex=sex,
        diagnosis=diagnosis,
        group=group,
        created_at=now,
    )
    _sound(patient, now)
    patient.save()
    _add_version(patient, actor, 1, "", now)
    audit.record(actor, "patient.register", patient, at=now)
    return patient


@transaction.atomic
def correct_patient(
    *,
    actor: Actor,
    patient: Patient,
    version: int,
    why: str,
    now: dt.datetime,
    label: str,
    record_number: str = "",
    date_of_birth: dt.date | None = None,
    age_y: float | None = None,
    age_basis: str = "",
    sex: str = "",
    diagnosis: str = "",
) -> PatientDetails:
    """A newer version of the details of a patient, every one given anew; the older stays. `version` is the one read.

    Raises `InputError` as `register_patient`, and without a reason, where nothing differs, or where somebody else
    corrected the details after they were read: saving would undo that correction unseen.
    """
    require(actor, "patient.correct", patient)
    why = required_text("why", why, "a correction needs its reason")
    locked = _locked_as_read(patient, version)
    given = {
        "label": label.strip(), "record_number": record_number, "date_of_birth": date_of_birth, "age_y": age_y,
        "age_basis": age_basis, "sex": sex, "diagnosis": diagnosis,
    }  # fmt: skip
    corrected = [name for name in DETAILS if not _same(getattr(locked, name), given[name])]
    if not corrected:
        raise InputError("nothing differs from what is recorded; change what is wrong, or leave it as it is")
    for name in corrected:
        setattr(locked, name, given[name])
    _sound(locked, now)
    locked.save(update_fields=corrected)
    newer = _add_version(locked, actor, version + 1, why, now)
    audit.record(actor, "patient.correct", locked, at=now, details={"version": newer.version, "fields": corrected})
    return newer


def _locked_as_read(patient: Patient, version: int) -> Patient:
    """The patient, locked. Raises `InputError` where the details are no longer those of `version`."""
    locked = Patient.objects.select_for_update(of=("self",), no_key=True).select_related("programme").get(pk=patient.pk)
    newest = locked.details.order_by("version").last()
    if newest is None or newest.version != version:
        raise InputError("these details were corrected in the meantime; open the page anew and look at the newest")
    return locked


def _add_version(patient: Patient, actor: Actor, version: int, why: str, now: dt.datetime) -> PatientDetails:
    values = {name: getattr(patient, name) for name in DETAILS}
    by = actor if isinstance(actor, User) else None
    details = PatientDetails(patient=patient, version=version, why=why, by=by, at=now, **values)
    details.save()
    return details


def _same(recorded: object, given: object) -> bool:
    if isinstance(recorded, Decimal) and given is not None:
        return recorded == Decimal(str(given))
    return recorded == given


def _sound(patient: Patient, now: dt.datetime) -> None:
    """Raises `InputError` naming the detail that cannot be, or the record number that another patient has."""
    if not patient.label:
        raise InputError("label: the name or study id of the patient is empty")
    _possible_age(patient.date_of_birth, patient.age_y, patient.age_basis, now)
    if patient.sex not in ("", *Patient.Sex.values):
        known = ", ".join(Patient.Sex.values)
        raise InputError(f"sex {patient.sex!r} is not known; write one of {known}, or leave it empty")
    require_plain_text(patient, "label", "record_number", "diagnosis", "group")
    others = patient.programme.patients.exclude(pk=patient.pk)
    if patient.record_number and others.filter(record_number=patient.record_number).exists():
        raise InputError("record_number: another patient of this programme has it; look there first")


def _possible_age(
    date_of_birth: dt.date | None, age_y: float | Decimal | None, age_basis: str, now: dt.datetime
) -> None:
    if date_of_birth is not None and age_y is not None:
        raise InputError("age_y: give a date of birth or an age, not both")
    if date_of_birth is not None and not now.date().year - oldest_age_y() <= date_of_birth.year <= now.date().year:
        raise InputError("date_of_birth: the year is not possible; check it")
    if date_of_birth is not None and date_of_birth > now.date():
        raise InputError("date_of_birth: lies in the future; check it")
    if age_y is None:
        return
    plausible("recorded_age_y", float(age_y), field="age_y")
    if age_basis not in Patient.AgeBasis.values:
        raise InputError(f"age_basis: say what the age is counted at: {', '.join(Patient.AgeBasis.values)}")
