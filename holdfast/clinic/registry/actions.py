"""The only writer of what patients said of the registry, of extracts that left, and of reports that were made."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass

from django.db import transaction

from holdfast.clinic import numerics
from holdfast.clinic.accounts.models import Actor, person
from holdfast.clinic.accounts.permissions import require
from holdfast.clinic.audit import actions as audit
from holdfast.clinic.jobs.actions import add_job
from holdfast.clinic.patients.models import Patient
from holdfast.clinic.plain_text import plain_text
from holdfast.clinic.possible import require_day_so_far
from holdfast.clinic.programmes.models import Programme
from holdfast.clinic.registry.models import (
    JOB,
    ProgrammeReport,
    RegistryConsent,
    RegistryExtract,
    ReportFile,
    ReportRequest,
    Said,
)
from holdfast.clinic.registry.standing import last_said, taking_part
from holdfast.errors import InputError, RefusedError
from holdfast.protocols.consent import Giver

SETTLES = dt.timedelta(minutes=10)
KEPT_FILES = 2  # reports whose files are kept: the newest, and the one before


@transaction.atomic
def record_registry_consent(
    *, actor: Actor, patient: Patient, said: str, now: dt.datetime, on: dt.date | None = None,
    given_by: str = Giver.PATIENT, sheet: str = "", note: str = "",
) -> RegistryConsent:  # fmt: skip
    """What a patient said of taking part in registries. The same said again on the same day is the row kept.

    Raises `InputError` for a word nobody knows, a day that cannot be, a consent without its sheet, and a withdrawal of
    what was not given.
    """
    require(actor, "registry_consent.withdraw" if said == Said.WITHDRAWN else "registry_consent.record", patient)
    locked = Patient.objects.select_related("programme").select_for_update(no_key=True, of=("self",))
    patient = locked.get(pk=patient.pk)
    if said not in Said.values:
        raise InputError(f"said: {said!r} is not one of {', '.join(Said.values)}")
    if given_by not in list(Giver):
        raise InputError(f"given_by: {given_by!r} is not one of {', '.join(Giver)}")
    last = last_said(patient)
    row = RegistryConsent(
        patient=patient, said=said, given_by=given_by, sheet=plain_text("sheet", sheet), note=plain_text("note", note),
        on=_day(patient, last, on, now), by=person(actor), at=now,
    )  # fmt: skip
    if last is not None and _says_the_same(last, row):
        return last
    _require_sense(last, row)
    row.save()
    audit.record(actor, "registry_consent.record", row, at=now, details={"said": said})
    return row


def _says_the_same(last: RegistryConsent, row: RegistryConsent) -> bool:
    return all(getattr(last, name) == getattr(row, name) for name in ("said", "given_by", "sheet", "note", "on"))


def _require_sense(last: RegistryConsent | None, row: RegistryConsent) -> None:
    if row.said == Said.GIVEN and not row.sheet:
        raise InputError("sheet: say which information the patient was given, with its version")
    stands = last is not None and last.said == Said.GIVEN
    if row.said == Said.WITHDRAWN and not stands:
        raise InputError("said: no consent stands that could be withdrawn")
    if row.said in (Said.ASKED, Said.REFUSED) and stands:
        raise InputError("said: consent stands; record that it was withdrawn")


def _day(patient: Patient, last: RegistryConsent | None, on: dt.date | None, now: dt.datetime) -> dt.date:
    """The day it was said; what is said later counts, so it cannot lie before what was said last."""
    require_day_so_far("on", on, patient.programme, now)
    day = on or patient.programme.day_of(now)
    if last is not None and day < last.on:
        raise InputError(f"on: lies before what was said last, on {last.on:%d %b %Y}; check the date")
    return day


@dataclass(frozen=True)
class Left:
    """What an extract is put on record with."""

    digest: str
    courses: int
    consented: frozenset[int]
    without_consent: int


@transaction.atomic
def record_extract(*, actor: Actor, programme: Programme, left: Left, now: dt.datetime) -> RegistryExtract:
    """Put an extract on record, before it takes its name. Raises `RefusedError` where consents changed meanwhile."""
    require(actor, "registry.export", programme)
    if taking_part(programme) != left.consented:
        raise RefusedError("Consents changed while the extract was made; nothing was written: export again")
    row = RegistryExtract(
        programme=programme, digest=left.digest, courses=left.courses, consented=len(left.consented),
        without_consent=left.without_consent, by=person(actor), at=now,
    )  # fmt: skip
    row.save()
    audit.record(actor, "registry.export", row, at=now, details={"digest": left.digest, "count": left.courses})
    return row


@transaction.atomic
def ask_report(*, actor: Actor, programme: Programme, now: dt.datetime) -> ReportRequest:
    """Ask for the report of a programme. Raises `RefusedError` where it cannot be made here, or is on its way."""
    require(actor, "registry_report.ask", programme)
    if not numerics.is_installed():
        raise RefusedError("The packages of the statistics are not installed here, so no report can be made")
    if ReportRequest.objects.filter(programme=programme, made=None, at__gt=now - SETTLES).exists():
        raise RefusedError("A report was asked for just now; it will be here within minutes")
    row = ReportRequest(programme=programme, by=person(actor), at=now)
    row.save()
    add_job(JOB, subject=str(row.public_id), now=now)
    audit.record(actor, "registry_report.ask", row, at=now, details={"programme": programme.key})
    return row


@dataclass(frozen=True)
class Made:
    """What a report came to: files by name, or the sentence with which it was refused."""

    told_on: dt.date
    took_ms: int
    digest: str = ""
    refused: str = ""
    courses: int = 0
    files: Mapping[str, bytes] | None = None


@transaction.atomic
def keep_report(*, actor: Actor, request: ReportRequest, made: Made, now: dt.datetime) -> ProgrammeReport | None:
    """Keep a report with its files; None where another worker was first. Files of older reports go."""
    require(actor, "registry_report.keep", request)
    programme = Programme.objects.select_for_update(no_key=True).get(pk=request.programme_id)
    if ProgrammeReport.objects.filter(request=request).exists():
        return None
    row = ProgrammeReport(
        request=request, digest=made.digest, refused=made.refused, courses=made.courses, told_on=made.told_on,
        took_ms=made.took_ms, at=now,
    )  # fmt: skip
    row.save()
    ReportFile.objects.bulk_create(
        ReportFile(report=row, name=name, content=content) for name, content in sorted((made.files or {}).items())
    )
    _forget_files(programme)
    audit.record(actor, "registry_report.keep", row, at=now, details={"programme": programme.key})
    return row


def _forget_files(programme: Programme) -> None:
    told = ProgrammeReport.objects.filter(request__programme=programme, files__isnull=False)
    newest = list(told.order_by("-pk").distinct().values_list("pk", flat=True)[:KEPT_FILES])
    ReportFile.objects.filter(report__request__programme=programme).exclude(report__in=newest).delete()
