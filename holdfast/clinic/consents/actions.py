"""The only writer of consent texts and of what patients said to them."""

from __future__ import annotations

import datetime as dt
import hashlib
from enum import StrEnum
from typing import TypeVar

from django.db import transaction
from django.db.models import Max

from holdfast.clinic.accounts.models import Actor, person
from holdfast.clinic.accounts.permissions import require
from holdfast.clinic.audit import actions as audit
from holdfast.clinic.consents.models import ConsentDocument, ConsentRecord
from holdfast.clinic.consents.standing import document_in_force, document_value
from holdfast.clinic.courses import actions as courses
from holdfast.clinic.courses.models import Course, TimeBasis
from holdfast.clinic.courses.phases import ENDED, Phase
from holdfast.clinic.plain_text import plain_text, require_plain_text, required_text
from holdfast.clinic.possible import require_day_so_far, require_possible_day
from holdfast.clinic.programmes.models import Programme
from holdfast.clinic.refusal import RefusedByRuleError
from holdfast.errors import InputError
from holdfast.protocols.consent import Capacity, ConsentKind, Giver, taking
from holdfast.protocols.protocol import protocol as protocol_named

_Word = TypeVar("_Word", bound=StrEnum)
LONGEST_DOCUMENT = 40_000  # signs, about fifteen pages; more is read by nobody


@transaction.atomic
def add_consent_document(
    *,
    actor: Actor,
    programme: Programme,
    title: str,
    text: str,
    now: dt.datetime,
    protocol: str = "",
    in_force_from: dt.date | None = None,
    earlier_stand: bool = False,
    witness_needed: bool = False,
    why: str = "",
) -> ConsentDocument:
    """The next version of the programme's text; those before it stay, word for word. Raises `InputError`.

    `earlier_stand` False: who consented to an earlier version is asked anew. `why` says what changed, from the
    second version on.
    """
    require(actor, "consent_document.add", programme)
    if protocol:
        protocol_named(protocol)
    title = required_text("title", title, "give the text a title")
    text = _document_text(text)
    held = programme.consent_documents.filter(protocol=protocol)
    version = (held.aggregate(last=Max("version"))["last"] or 0) + 1
    digest = hashlib.sha256(f"{title}\n\n{text}".encode()).hexdigest()
    if version > 1:
        why = required_text("why", why, "a newer version says what changed")
        if held.filter(version=version - 1, digest=digest, witness_needed=witness_needed).exists():
            raise InputError("text: is that of the version before; change it, or leave it")
    from_on = in_force_from or programme.day_of(now)
    require_possible_day("in_force_from", from_on, now, ahead=True)
    document = ConsentDocument(
        programme=programme, protocol=protocol, version=version, title=title, text=text, digest=digest,
        in_force_from=from_on, earlier_stand=earlier_stand, witness_needed=witness_needed,
        why=plain_text("why", why), by=person(actor), at=now,
    )  # fmt: skip
    require_plain_text(document, "title")
    document.save()
    audit.record(actor, "consent_document.add", document, at=now, details={"version": version, "digest": digest})
    return document


def _document_text(text: str) -> str:
    """The text as it is kept. Raises `InputError` where it is empty, too long, or holds a sign nobody sees."""
    if not text.strip():
        raise InputError("text: a consent text has words")
    if len(text) > LONGEST_DOCUMENT:
        raise InputError(f"text: has {len(text)} signs; give at most {LONGEST_DOCUMENT}")
    paragraphs = text.replace("\r\n", "\n").replace("\r", "\n").strip().split("\n")
    return "\n".join(plain_text("text", paragraph) for paragraph in paragraphs)


@transaction.atomic
def record_consent(
    *,
    actor: Actor,
    course: Course,
    kind: str,
    now: dt.datetime,
    on: dt.date | None = None,
    capacity: str = "",
    given_by: str = Giver.PATIENT,
    representative: str = "",
    witness: str = "",
    note: str = "",
) -> ConsentRecord:
    """Consent given or refused, on the text in force that day. Consent moves an evaluated course on.

    Raises `InputError`, and `RefusedByRuleError` with every reason where it cannot be taken so.
    """
    require(actor, "consent.record", course)
    course = _locked(course)
    said = _word(ConsentKind, "kind", kind)
    if said is ConsentKind.WITHDRAWN:
        raise InputError("kind: a withdrawal is recorded as such, by withdraw_consent")
    day = _day(course, on, now)
    document = document_in_force(course, day)
    judged = _word(Capacity, "capacity", capacity) if capacity else None
    giver = _word(Giver, "given_by", given_by)
    record = ConsentRecord(
        course=course, kind=said.value, document=document, capacity=capacity, given_by=giver.value,
        representative=representative.strip() if giver is Giver.REPRESENTATIVE else "", witness=witness.strip(),
        on=day, note=plain_text("note", note), by=person(actor), at=now,
    )  # fmt: skip
    require_plain_text(record, "representative", "witness")
    if said is ConsentKind.GIVEN:
        decision = taking(
            document_value(document) if document else None, capacity=judged, given_by=giver,
            representative=representative, witness=witness, course_ended=Phase(course.phase) in ENDED,
        )  # fmt: skip
        if not decision.allowed:
            raise RefusedByRuleError("Consent cannot be recorded so", decision)
    record.save()
    if said is ConsentKind.GIVEN:
        courses.mark_consented(actor=actor, course=course, now=now, on=day)
    details = {"kind": said.value, "version": document.version if document else 0}
    audit.record(actor, "consent.record", record, at=now, details=details)
    return record


@transaction.atomic
def withdraw_consent(
    *,
    actor: Actor,
    course: Course,
    now: dt.datetime,
    on: dt.date | None = None,
    given_by: str = Giver.PATIENT,
    representative: str = "",
    note: str = "",
) -> ConsentRecord:
    """Consent withdrawn: from now on no dose starts and none goes on, until consent is given anew.

    Anybody who treats may take it down; it needs no reason. Raises `InputError` where none stands.
    """
    require(actor, "consent.withdraw", course)
    course = _locked(course)
    last = course.consents.order_by("-pk").first()
    if last is not None and last.kind == ConsentKind.WITHDRAWN:
        raise InputError("consent to this course is withdrawn already")
    giver = _word(Giver, "given_by", given_by)
    record = ConsentRecord(
        course=course, kind=ConsentKind.WITHDRAWN.value, document=last.document if last else None,
        given_by=giver.value, representative=representative.strip() if giver is Giver.REPRESENTATIVE else "",
        on=_day(course, on, now), note=plain_text("note", note), by=person(actor), at=now,
    )  # fmt: skip
    require_plain_text(record, "representative")
    record.save()
    audit.record(actor, "consent.withdraw", record, at=now, details={"kind": record.kind})
    return record


def _locked(course: Course) -> Course:
    found = course.locked()
    if found.time_basis == TimeBasis.STUDY_DAY:
        raise InputError("This course counts study days of a finished trial; consent is not kept in it")
    return found


def _day(course: Course, on: dt.date | None, now: dt.datetime) -> dt.date:
    """The day it was said; what is said later counts, so it cannot lie before what was said last."""
    today = course.programme.day_of(now)
    require_day_so_far("on", on, course.programme, now)
    last = course.consents.order_by("-pk").values_list("on", flat=True).first()
    if last is not None and (on or today) < last:
        raise InputError(f"on: lies before what was said last, on {last:%d %b %Y}; check the date")
    return on or today


def _word(words: type[_Word], field: str, given: str) -> _Word:
    """The member of a list of words. Raises `InputError` naming them."""
    try:
        return words(given)
    except ValueError:
        raise InputError(f"{field}: {given!r} is not one of {', '.join(words)}") from None
