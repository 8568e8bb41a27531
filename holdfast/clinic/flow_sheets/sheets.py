"""From stored entries to the sheet that the rules are asked about, and what they are asked with."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.db.models import QuerySet

from holdfast.clinic.accounts.roles import Role
from holdfast.clinic.consents.queries import ConsentOf, consent_of, consents_by_course
from holdfast.clinic.courses.evaluations import evaluations_allow
from holdfast.clinic.courses.models import Course
from holdfast.clinic.courses.phases import Phase, dose_against
from holdfast.clinic.flow_sheets.models import FlowSheetEntry
from holdfast.clinic.patients.queries import age_now
from holdfast.clinic.programmes.queries import protocol_rules_of
from holdfast.clinic.treatment_sessions.models import TreatmentSession
from holdfast.facts import RuleSet
from holdfast.protocols.protocol import protocol as protocol_named
from holdfast.treatment_sessions.entries import Kind, read_given
from holdfast.treatment_sessions.flow_sheet import Entry, Sheet
from holdfast.treatment_sessions.flow_sheet import sheet as sheet_of
from holdfast.treatment_sessions.gates import Person


def rows_of(treatment_session: TreatmentSession) -> QuerySet[FlowSheetEntry]:
    """Every entry of the treatment session, whichever version of its record was open when it was made."""
    return FlowSheetEntry.objects.filter(
        treatment_session__course=treatment_session.course_id, treatment_session__number=treatment_session.number
    ).select_related("by", "superseded_by", "supersedes")


@dataclass(frozen=True, slots=True)
class KeptEntry:
    """What saving another entry asks of one that is there."""

    pk: int
    key: UUID
    kind: str
    withdrawn: bool
    superseded: bool
    digest: str
    entry: Entry


def kept_entries(treatment_session: TreatmentSession) -> list[KeptEntry]:
    """Every entry of it in the order they were made, as values: it is asked whenever somebody saves one more."""
    rows = FlowSheetEntry.objects.filter(
        treatment_session__course=treatment_session.course_id, treatment_session__number=treatment_session.number
    ).values_list(
        "pk", "key", "kind", "withdrawn", "supersedes_id", "digest", "given", "made_at", "received_at",
        "by__public_id", "by_role",
    )  # fmt: skip
    found = list(rows)
    superseded = {row[4] for row in found}
    return [
        KeptEntry(
            pk, key, kind, withdrawn, pk in superseded, digest,
            Entry(
                str(key), Kind(kind), _content(key, digest, kind, given), made_at, received_at, str(by),
                physician=role == Role.PRESCRIBER,
            ),
        )
        for pk, key, kind, withdrawn, _, digest, given, made_at, received_at, by, role in found
    ]  # fmt: skip


MOST_READ = 20_000  # contents kept in memory; a day of a large clinic
_read: dict[tuple[UUID, str], Any] = {}


def _content(key: UUID, digest: str, kind: str, given: Any) -> Any:
    """What the entry holds, read once: entries never change, and the digest is that of the content."""
    known = _read.get((key, digest))
    if known is None:
        if len(_read) >= MOST_READ:
            _read.clear()
        known = _read[key, digest] = read_given(Kind(kind), given)
    return known


def sheet_of_kept(treatment_session: TreatmentSession, kept: Iterable[KeptEntry]) -> Sheet:
    """The same as `sheet_from`, of values."""
    standing = [one.entry for one in kept if not one.withdrawn and not one.superseded]
    return sheet_of(protocol_named(treatment_session.course.protocol), standing)


def sheet_from(treatment_session: TreatmentSession, rows: Iterable[FlowSheetEntry]) -> Sheet:
    """The entries that stand, under the protocol of the course."""
    standing = [row for row in rows if not row.withdrawn and not hasattr(row, "superseded_by")]
    return sheet_of(protocol_named(treatment_session.course.protocol), [entry_of(row) for row in standing])


def entry_of(row: FlowSheetEntry) -> Entry:
    """A row as the rules know it."""
    kind = Kind(row.kind)
    return Entry(
        key=str(row.key),
        kind=kind,
        content=_content(row.key, row.digest, row.kind, row.given),
        made_at=row.made_at,
        received_at=row.received_at,
        by=str(row.by.public_id),
        physician=row.by_role == Role.PRESCRIBER,
    )


def is_signed(treatment_session: TreatmentSession) -> bool:
    """Is the flow-sheet signed and locked?"""
    return rows_of(treatment_session).filter(kind=Kind.SIGN.value).exists()


def rules_of(course: Course) -> RuleSet:
    """The care rules of the course."""
    return protocol_rules_of(course.programme, protocol=course.protocol, indication=course.indication)


@dataclass(frozen=True)
class Standing:
    """How consent to a course and its evaluation stand; `allows` None = never evaluated."""

    consent: ConsentOf
    allows: bool | None


def standings(courses: Sequence[Course], now: dt.datetime) -> dict[int, Standing]:
    """Those of many courses at once, by the key of the course."""
    consents, allowed = consents_by_course(courses, now), evaluations_allow([course.pk for course in courses], now)
    return {pk: Standing(consent, allowed.get(pk)) for pk, consent in consents.items()}


def person_of(course: Course, now: dt.datetime, standing: Standing | None = None) -> Person:
    """What the gates depend on besides the sheet, at that moment; `standing` where it was asked of many at once."""
    today = course.programme.day_of(now)
    age_y = age_now(course.patient, today)
    day = 1 if course.started_on is None else max((today - course.started_on).days, 0) + 1
    standing = standing or Standing(consent_of(course, now), evaluations_allow([course.pk], now).get(course.pk))
    return Person(
        consent=standing.consent.state,
        consent_on=standing.consent.on,
        indication=course.indication,
        age_y=None if age_y is None else float(age_y),
        sex=course.patient.sex or None,
        day=day,
        course=dose_against(Phase(course.phase), evaluation_allows=standing.allows),
    )
