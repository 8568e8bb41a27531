"""From stored entries to the sheet that the rules are asked about, and what they are asked with."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Any
from uuid import UUID

from django.db.models import BigAutoField, IntegerField, QuerySet

from holdfast.clinic.accounts.roles import Role
from holdfast.clinic.config.prepared import Given, Question
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


def _of_sheet() -> QuerySet[FlowSheetEntry]:
    sheet = {
        "treatment_session__course": Given("course", BigAutoField()),
        "treatment_session__number": Given("number", IntegerField()),
    }
    return FlowSheetEntry.objects.filter(**sheet)


_THERE = Question(lambda: _of_sheet().values_list("pk", "digest", "supersedes_id"))
_SINCE = Question(
    lambda: _of_sheet().filter(pk__gte=Given("first", BigAutoField())).order_by("pk").values_list(
        "pk", "key", "kind", "withdrawn", "digest", "given", "made_at", "received_at", "by__public_id", "by_role",
    )
)  # fmt: skip
MOST_READ = 20_000  # entries kept in memory; a day of a large clinic
_read: dict[tuple[int, str], KeptEntry] = {}


def kept_entries(treatment_session: TreatmentSession) -> list[KeptEntry]:
    """Every entry of it in the order they were made, as values: it is asked whenever somebody saves one more.

    Which there are is asked of the database each time; what they hold only once, for entries never change. The digest
    is that of the content: after a backup was restored another entry may have the number of one that is remembered.
    """
    sheet = {"course": treatment_session.course_id, "number": treatment_session.number}
    there = _THERE(**sheet)
    known = {pk: _read.get((pk, digest)) for pk, digest, _ in there}
    if new := [pk for pk, one in known.items() if one is None]:
        known |= _read_since(sheet, min(new))
    superseded = {old for _, _, old in there}
    found = [one for one in known.values() if one is not None]
    return [replace(one, superseded=True) if one.pk in superseded else one for one in found]


def _read_since(sheet: dict[str, int], first: int) -> dict[int, KeptEntry]:
    """Read the entries from this one on, and remember them."""
    read = {
        pk: KeptEntry(
            pk, key, kind, withdrawn, superseded=False, digest=digest,
            entry=Entry(
                str(key), Kind(kind), read_given(Kind(kind), given), made_at, received_at, str(by),
                physician=role == Role.PRESCRIBER,
            ),
        )
        for pk, key, kind, withdrawn, digest, given, made_at, received_at, by, role in _SINCE(**sheet, first=first)
    }  # fmt: skip
    _remember(list(read.values()))
    return read


def remember(row: FlowSheetEntry, entry: Entry) -> None:
    """An entry that has just been stored, so that the next one need not read it. Not before it is committed."""
    _remember([KeptEntry(row.pk, row.key, row.kind, row.withdrawn, superseded=False, digest=row.digest, entry=entry)])


def _remember(new: list[KeptEntry]) -> None:
    if len(_read) + len(new) > MOST_READ:
        _read.clear()
    _read.update({(one.pk, one.digest): one for one in new[-MOST_READ:]})


def sheet_of_kept(treatment_session: TreatmentSession, kept: Iterable[KeptEntry]) -> Sheet:
    """The same as `sheet_from`, of values."""
    standing = [one.entry for one in kept if not one.withdrawn and not one.superseded]
    return sheet_of(protocol_named(treatment_session.course.protocol), standing)


def sheet_from(treatment_session: TreatmentSession, rows: Iterable[FlowSheetEntry]) -> Sheet:
    """The entries that stand, under the protocol of the course."""
    standing = [row for row in rows if not row.withdrawn and not hasattr(row, "superseded_by")]
    return sheet_of(protocol_named(treatment_session.course.protocol), [entry_of(row) for row in standing])


def entry_of(row: FlowSheetEntry, content: Any = None) -> Entry:
    """A row as the rules know it; `content` where what it holds was read already."""
    kind = Kind(row.kind)
    return Entry(
        key=str(row.key),
        kind=kind,
        content=read_given(kind, row.given) if content is None else content,
        made_at=row.made_at,
        received_at=row.received_at,
        by=str(row.by.public_id),
        physician=row.by_role == Role.PRESCRIBER,
    )


@dataclass(frozen=True)
class LastWeight:
    """What the patient weighed when the dose of an earlier treatment session was worked out."""

    weight_kg: float
    at: dt.datetime


def last_weight(treatment_session: TreatmentSession) -> LastWeight | None:
    """Of the patient's newest other flow-sheet that has one, in whichever course. One query."""
    this = {
        "treatment_session__course": treatment_session.course_id, "treatment_session__number": treatment_session.number,
    }  # fmt: skip
    patient = treatment_session.course.patient_id
    rows = FlowSheetEntry.objects.filter(treatment_session__course__patient=patient, kind=Kind.DOSE.value)
    standing = rows.filter(withdrawn=False, superseded_by__isnull=True, given__has_key="weight_kg").exclude(**this)
    newest = standing.order_by("-made_at", "-pk").values_list("given", "made_at").first()
    return None if newest is None else LastWeight(float(newest[0]["weight_kg"]), newest[1])


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
    consents, allowed = consents_by_course(courses, now), evaluations_allow(courses, now)
    return {pk: Standing(consent, allowed.get(pk)) for pk, consent in consents.items()}


def person_of(course: Course, now: dt.datetime, standing: Standing | None = None) -> Person:
    """What the gates depend on besides the sheet, at that moment; `standing` where it was asked of many at once."""
    today = course.programme.day_of(now)
    age_y = age_now(course.patient, today)
    day = 1 if course.started_on is None else max((today - course.started_on).days, 0) + 1
    standing = standing or Standing(consent_of(course, now), evaluations_allow([course], now).get(course.pk))
    return Person(
        consent=standing.consent.state,
        consent_on=standing.consent.on,
        indication=course.indication,
        age_y=None if age_y is None else float(age_y),
        sex=course.patient.sex or None,
        day=day,
        course=dose_against(Phase(course.phase), evaluation_allows=standing.allows),
    )
