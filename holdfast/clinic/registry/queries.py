"""The registry as values for its pages: what patients said, extracts that left, the report of a programme."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from holdfast.clinic import numerics
from holdfast.clinic.accounts.models import Actor, User
from holdfast.clinic.accounts.permissions import may, require
from holdfast.clinic.courses.models import Course
from holdfast.clinic.flow_sheets.models import FlowSheetEntry
from holdfast.clinic.flow_sheets.sheets import entry_of
from holdfast.clinic.forecasts.words import reason_words
from holdfast.clinic.jobs.models import Job, State
from holdfast.clinic.patients.models import Patient
from holdfast.clinic.programmes.models import Programme
from holdfast.clinic.registry.models import (
    JOB,
    PAGE,
    ProgrammeReport,
    RegistryConsent,
    RegistryExtract,
    ReportFile,
    ReportRequest,
    Said,
)
from holdfast.clinic.registry.own_set import courses_named
from holdfast.clinic.registry.standing import taking_part
from holdfast.clinic.safety.queries import event_of, standing_events
from holdfast.clinic.treatment_sessions.models import TreatmentSession
from holdfast.treatment_sessions.adverse_events import AdverseEvent, Seriousness
from holdfast.treatment_sessions.entries import Kind

LISTED = 20
_OF_YEAR = "safety-"


@dataclass(frozen=True)
class OfPatient:
    """How one patient stands to the registry. `extracts` are those that left while consent stood, newest first."""

    last: RegistryConsent | None
    said: tuple[RegistryConsent, ...]
    extracts: tuple[RegistryExtract, ...]
    offered: tuple[Said, ...]  # what this reader can record now

    @property
    def takes_part(self) -> bool:
        """Does consent stand?"""
        return self.last is not None and self.last.said == Said.GIVEN


def of_patient(*, actor: Actor, patient: Patient) -> OfPatient:
    """For the page of one patient."""
    require(actor, "registry_consent.view", patient)
    said = tuple(patient.registry_consents.select_related("by").order_by("-pk"))
    last = said[0] if said else None
    offered = tuple(one for one in _can_follow(last) if may(actor, _asks(one), patient))
    return OfPatient(last, said, _extracts_with(patient, said), offered)


def _can_follow(last: RegistryConsent | None) -> tuple[Said, ...]:
    """What can be said after what was said last; a consent may be given anew, to a newer sheet."""
    if last is not None and last.said == Said.GIVEN:
        return (Said.WITHDRAWN, Said.GIVEN)
    return (Said.GIVEN, Said.REFUSED, Said.ASKED)


def _asks(said: Said) -> str:
    return "registry_consent.withdraw" if said is Said.WITHDRAWN else "registry_consent.record"


def _extracts_with(patient: Patient, said: tuple[RegistryConsent, ...]) -> tuple[RegistryExtract, ...]:
    """Extracts of the programme that were made while the consent of this patient was on record."""
    made = RegistryExtract.objects.filter(programme=patient.programme).order_by("-pk")
    in_turn = sorted(said, key=lambda one: one.pk)
    found = []
    for one in made if said else ():
        before = [row for row in in_turn if row.at <= one.at]
        if before and before[-1].said == Said.GIVEN:
            found.append(one)
    return tuple(found)


@dataclass(frozen=True)
class OfProgramme:
    """How many of a programme take part, and the extracts that left it."""

    patients: int
    taking_part: int
    extracts: tuple[RegistryExtract, ...]


def of_programme(*, actor: Actor, programme: Programme) -> OfProgramme:
    """For the pages of the programme."""
    require(actor, "registry_report.view", programme)
    made = RegistryExtract.objects.filter(programme=programme).select_related("by").order_by("-pk")[:LISTED]
    return OfProgramme(programme.patients.count(), len(taking_part(programme)), tuple(made))


@dataclass(frozen=True)
class Shown:
    """The newest report of a programme for one of its pages. `report` None: none was told yet."""

    report: ProgrammeReport | None
    refused: ProgrammeReport | None  # newer than `report`, and said no
    named: tuple[tuple[str, Course], ...]  # courses that it names, by their pseudonym
    sections: tuple[Mapping[str, Any], ...]
    about: tuple[Mapping[str, Any], ...]  # what stands before any section
    files_gone: bool  # it came with an import, without its files
    state: str
    underway: bool
    may_ask: bool
    programme: OfProgramme
    years: tuple[int, ...]  # calendar years of which there is a safety report, newest first
    year: int | None = None  # the one that is shown


def shown(*, actor: Actor, programme: Programme, page: str, year: int | None = None) -> Shown:
    """The report as the page `outcomes` or `safety` shows it; of one calendar year, where the report tells it."""
    require(actor, "registry_report.view", programme)
    rows = ProgrammeReport.objects.filter(request__programme=programme).select_related("request__by").order_by("-pk")
    newest = rows.first()
    told = rows.exclude(digest="").first()
    blocks = _page_of(told)
    state, underway = _state(programme, newest)
    asks = may(actor, "registry_report.ask", programme) and numerics.is_installed()
    refused = newest if newest is not None and newest.refused else None
    pages = {one["page"] for one in blocks or ()}
    told_on = page if year is None else f"{page}-{year}"
    return Shown(
        report=told, refused=refused, named=tuple(courses_named(programme, refused.refused) if refused else ()),
        sections=tuple(one for one in blocks or () if one["page"] == told_on),
        about=tuple(one for one in blocks or () if not one["page"]), files_gone=told is not None and blocks is None,
        state=state, underway=underway, may_ask=asks, programme=of_programme(actor=actor, programme=programme),
        years=_years(pages), year=year,
    )  # fmt: skip


def _years(pages: Iterable[str]) -> tuple[int, ...]:
    found = (int(one.removeprefix(_OF_YEAR)) for one in pages if one.startswith(_OF_YEAR))
    return tuple(sorted(found, reverse=True))


def _page_of(report: ProgrammeReport | None) -> list[Mapping[str, Any]] | None:
    """The blocks of the page as they were told; None where the file is gone."""
    row = report.files.filter(name=PAGE).first() if report is not None else None
    found: list[Mapping[str, Any]] | None = None if row is None else json.loads(bytes(row.content))
    return found


def _state(programme: Programme, newest: ProgrammeReport | None) -> tuple[str, bool]:
    """A sentence on the report that comes next, and whether it is under way; empty where none was asked for."""
    if not numerics.is_installed():
        return "The packages of the statistics are not installed here, so nothing new is told.", False
    waits = ReportRequest.objects.filter(programme=programme).order_by("-pk").first()
    if waits is None or (newest is not None and newest.request_id >= waits.pk):
        return "", False
    job = Job.objects.filter(key=f"{JOB}:{waits.public_id}").first()
    if job is not None and job.state == State.FAILED:
        return (
            f"The newest report could not be made: {reason_words(job.reason)}. It was tried {job.tries} times.",
            False,
        )
    if job is not None and job.state == State.RUNNING:
        return "A new report is being made from the records. This page shows it once it is opened again.", True
    return "A new report was asked for and waits its turn. This page shows it once it is opened again.", True


def report_file(*, actor: Actor, programme: Programme, name: str) -> bytes | None:
    """One file of the newest report; None where there is none of that name."""
    require(actor, "registry_report.view", programme)
    rows = ReportFile.objects.filter(report__request__programme=programme, name=name).order_by("-report")
    row = rows.first()
    return None if row is None else bytes(row.content)


@dataclass(frozen=True)
class SeriousEvent:
    """One serious adverse event with what was written of it."""

    event: AdverseEvent
    course: Course
    treatment_session: TreatmentSession | None  # None: between treatment sessions
    by: User | None

    @property
    def words(self) -> str:
        """Severity, causality, action and outcome in a line."""
        one = self.event
        told = (one.severity, f"causality {one.causality}", f"action {one.action_taken}", f"outcome {one.outcome}")
        return ", ".join(told).replace("-", " ")


def serious_events(*, actor: Actor, programme: Programme, year: int | None = None) -> tuple[SeriousEvent, ...]:
    """Serious events on flow-sheets of the programme and between treatment sessions, newest onset first.

    Of one year by the day of onset.
    """
    require(actor, "registry_report.view_narratives", programme)
    rows = FlowSheetEntry.objects.filter(
        treatment_session__course__patient__programme=programme, kind=Kind.ADVERSE_EVENT.value, withdrawn=False,
        superseded_by__isnull=True,
    ).exclude(given__seriousness=Seriousness.NOT_SERIOUS.value)  # fmt: skip
    found = [
        SeriousEvent(event, row.treatment_session.course, row.treatment_session, row.by)
        for row in rows.select_related("treatment_session__course__patient__programme", "by")
        if isinstance(event := entry_of(row).content, AdverseEvent)
        and (year is None or programme.day_of(event.onset_at).year == year)
    ]
    found += [
        SeriousEvent(event, row.course, None, row.by)
        for row in standing_events(programme.pk)
        if (event := event_of(row)).serious and (year is None or programme.day_of(event.onset_at).year == year)
    ]
    return tuple(sorted(found, key=lambda one: one.event.onset_at, reverse=True))
