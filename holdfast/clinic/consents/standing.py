"""How consent to each course stands, and which text holds: values that actions and pages both ask for."""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

from holdfast.clinic.consents.models import ConsentDocument, ConsentRecord
from holdfast.clinic.courses.models import Course, TimeBasis
from holdfast.protocols.consent import (
    ConsentAnswer,
    ConsentKind,
    ConsentState,
    DocumentVersion,
    consent_state,
    in_force,
)


@dataclass(frozen=True)
class ConsentOf:
    """How consent to a course stands: the last thing said, and on which day."""

    state: ConsentState
    on: dt.date | None = None


def document_in_force(course: Course, today: dt.date) -> ConsentDocument | None:
    """The text a patient of this course consents to today: that of the protocol, else that of every protocol."""
    rows = _for_protocol(list(course.programme.consent_documents.all()), course.protocol)
    found = in_force([document_value(row) for row in rows], today)
    return None if found is None else next(row for row in rows if row.version == found.version)


def consent_of(course: Course, now: dt.datetime) -> ConsentOf:
    """How consent to one course stands. Two queries; the caller has asked for permission."""
    return consents_by_course([course], now).get(course.pk, ConsentOf(ConsentState.NOT_KEPT))


def consents_by_course(courses: Sequence[Course], now: dt.datetime) -> dict[int, ConsentOf]:
    """How consent stands at a moment in each course that counts calendar days. Two queries, whatever their number.

    An entry of a flow-sheet that arrives late is judged as of when it was made, by what had been said then.
    """
    asked = [course for course in courses if course.time_basis == TimeBasis.CALENDAR]
    texts: dict[int, list[ConsentDocument]] = defaultdict(list)
    for row in ConsentDocument.objects.filter(programme__in={c.patient.programme_id for c in asked}).defer("text"):
        texts[row.programme_id].append(row)
    said: dict[int, list[ConsentRecord]] = defaultdict(list)
    rows = ConsentRecord.objects.filter(course__in=[c.pk for c in asked]).select_related("document")
    for record in rows.defer("document__text").order_by("pk"):
        said[record.course_id].append(record)
    return {
        course.pk: _standing(course, texts[course.patient.programme_id], _by_then(said[course.pk], course, now), now)
        for course in asked
    }


def _by_then(said: list[ConsentRecord], course: Course, now: dt.datetime) -> list[ConsentRecord]:
    """What had been said by a moment. A first consent signed on paper holds from its day; all else from its record."""
    today = course.programme.day_of(now)
    found: list[ConsentRecord] = []
    for record in said:
        signed = record.kind == ConsentKind.GIVEN and all(one.kind == ConsentKind.GIVEN for one in found)
        if record.at <= now or (signed and record.on <= today):
            found.append(record)
    return found


def _standing(course: Course, texts: list[ConsentDocument], said: list[ConsentRecord], now: dt.datetime) -> ConsentOf:
    documents = [document_value(row) for row in _for_protocol(texts, course.protocol)]
    answers = [ConsentAnswer(ConsentKind(r.kind), r.on, r.document.version if r.document else None) for r in said]
    state = consent_state(documents, answers, course.programme.day_of(now))
    return ConsentOf(state, said[-1].on if said else None)


def _for_protocol(rows: list[ConsentDocument], protocol: str) -> list[ConsentDocument]:
    own = [row for row in rows if row.protocol == protocol]
    return own or [row for row in rows if not row.protocol]


def document_value(row: ConsentDocument) -> DocumentVersion:
    """A text as the rules know it."""
    return DocumentVersion(row.version, row.in_force_from, row.earlier_stand, row.witness_needed)
