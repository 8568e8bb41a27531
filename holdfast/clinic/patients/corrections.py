"""What was corrected in the details of a patient: the old and the new value, who, when and why."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

from django.utils.formats import date_format

from holdfast.clinic.patients.models import DETAILS, Patient, PatientDetails

WORDS = {
    "label": "name", "record_number": "record number", "date_of_birth": "date of birth", "age_y": "age in years",
    "age_basis": "age counted at", "sex": "sex", "diagnosis": "diagnosis",
}  # fmt: skip


@dataclass(frozen=True)
class Change:
    """One detail that was corrected, in words."""

    what: str
    before: str
    after: str


@dataclass(frozen=True)
class Correction:
    """One correction of the details."""

    at: dt.datetime
    by: str
    why: str
    changes: tuple[Change, ...]


def corrections(patient: Patient) -> tuple[Correction, ...]:
    """Corrections of the details, newest first; the caller has asked for permission."""
    versions = patient.details.select_related("by").order_by("version")
    return tuple(_correction(older, newer) for older, newer in pairwise(versions))[::-1]


def newest_details(patient: Patient) -> dict[str, Any]:
    """The details as a correction starts from them, with the number of their version."""
    newest = patient.details.order_by("-version")[0]
    return {name: getattr(newest, name) for name in (*DETAILS, "version")}


def _correction(older: PatientDetails, newer: PatientDetails) -> Correction:
    return Correction(
        at=newer.at,
        by=str(newer.by) if newer.by else "command line",
        why=newer.why,
        changes=tuple(
            Change(WORDS[name], _spoken(older, name), _spoken(newer, name))
            for name in DETAILS
            if getattr(older, name) != getattr(newer, name)
        ),
    )


def _spoken(version: PatientDetails, name: str) -> str:
    value: Any = getattr(version, name)
    if value in (None, ""):
        return "not recorded"
    if isinstance(value, dt.date):
        return date_format(value, "j M Y")
    return f"{value.normalize():f}" if name == "age_y" else str(value)
