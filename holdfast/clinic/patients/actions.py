"""The only writer of patients."""

from __future__ import annotations

import datetime as dt
import math

from django.db import transaction

from holdfast.clinic.accounts.models import Actor
from holdfast.clinic.accounts.permissions import require
from holdfast.clinic.audit import actions as audit
from holdfast.clinic.patients.models import Patient
from holdfast.clinic.plain_text import require_plain_text
from holdfast.clinic.programmes.models import Programme
from holdfast.errors import InputError

OLDEST_Y = 130  # beyond any documented life; a typing error, not a patient


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
    if not label.strip():
        raise InputError("label: the name or study id of the patient is empty")
    _possible_age(date_of_birth, age_y, age_basis, now)
    if sex not in ("", *Patient.Sex.values):
        raise InputError(f"sex {sex!r} is not known; write one of {', '.join(Patient.Sex.values)}, or leave it empty")
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
    require_plain_text(patient, "label", "record_number", "diagnosis", "group")
    if record_number and programme.patients.filter(record_number=record_number).exists():
        raise InputError("record_number: another patient of this programme has it; look there first")
    patient.save()
    audit.record(actor, "patient.register", patient, at=now)
    return patient


def _possible_age(date_of_birth: dt.date | None, age_y: float | None, age_basis: str, now: dt.datetime) -> None:
    if date_of_birth is not None and age_y is not None:
        raise InputError("age_y: give a date of birth or an age, not both")
    if date_of_birth is not None and not now.date().year - OLDEST_Y <= date_of_birth.year <= now.date().year:
        raise InputError("date_of_birth: the year is not possible; check it")
    if date_of_birth is not None and date_of_birth > now.date():
        raise InputError("date_of_birth: lies in the future; check it")
    if age_y is None:
        return
    if not math.isfinite(age_y) or not 0 <= age_y <= OLDEST_Y:
        raise InputError(f"age_y: {age_y} years is not possible; check it")
    if age_basis not in Patient.AgeBasis.values:
        raise InputError(f"age_basis: say what the age is counted at: {', '.join(Patient.AgeBasis.values)}")
