"""The only writer of flow-sheets. Each entry is stored once, however often it arrives, and moves its session on."""

from __future__ import annotations

import datetime as dt
import hashlib
import json
from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal
from functools import partial, wraps
from typing import Any, ParamSpec, cast
from uuid import UUID

from django.db import IntegrityError, transaction
from django.db.models import BigAutoField, IntegerField
from django.utils.functional import SimpleLazyObject

from holdfast.clinic.accounts.models import Actor, User
from holdfast.clinic.accounts.permissions import require
from holdfast.clinic.assessments import actions as assessments
from holdfast.clinic.assessments.models import Assessment
from holdfast.clinic.audit import actions as audit
from holdfast.clinic.config.prepared import Given, Question
from holdfast.clinic.courses.alerts import SCREENER
from holdfast.clinic.courses.models import Course, TimeBasis
from holdfast.clinic.flow_sheets.answers import Answered, answer_of
from holdfast.clinic.flow_sheets.expected import ask_after
from holdfast.clinic.flow_sheets.ledger import told_to_ledger
from holdfast.clinic.flow_sheets.models import FlowSheetEntry
from holdfast.clinic.flow_sheets.sheets import (
    KeptEntry,
    entry_of,
    kept_entries,
    last_weight,
    person_of,
    remember,
    rules_of,
    sheet_of_kept,
)
from holdfast.clinic.plain_text import plain_text, required_text
from holdfast.clinic.treatment_sessions import actions as treatment_sessions
from holdfast.clinic.treatment_sessions.models import TreatmentSession
from holdfast.errors import InputError, RefusedError
from holdfast.protocols.body_weight import require_like_last
from holdfast.safety.crisis import CrisisResponse
from holdfast.treatment_sessions.clock import aware
from holdfast.treatment_sessions.device_clock import MadeAt, made_at_by_our_clock
from holdfast.treatment_sessions.entries import (
    Kind,
    plain_given,
    read_given,
    read_kind,
    require_past,
    require_told_time,
)
from holdfast.treatment_sessions.flow_sheet import Entry, Sheet
from holdfast.treatment_sessions.flow_sheet import sheet as sheet_of
from holdfast.treatment_sessions.gates import Person
from holdfast.treatment_sessions.moves import MOVING, after, events_of, require_fit, require_order, words
from holdfast.treatment_sessions.states import State

P = ParamSpec("P")
KEY_TAKEN = "This key was used for another entry already; send again with a new one"
DEEPEST = 8  # lists and objects in each other; a drug in the list of an interval history is the third
PERMISSION = {Kind.OVERRIDE: "flow_sheet.override", Kind.SIGN: "flow_sheet.sign"}  # else flow_sheet.record
_NEWEST = Question(
    lambda: (
        TreatmentSession.objects.select_for_update(of=("self",), no_key=True)
        .select_related("course__patient__programme")
        .current()
        .filter(course=Given("course", BigAutoField()), number=Given("number", IntegerField()))
        .order_by()
    )
)


class KeyTakenError(RefusedError):
    """The key came before, with another content: two entries must never share one."""


class LockedError(RefusedError):
    """The flow-sheet is signed: only an amendment with its reason may be added."""


@dataclass(frozen=True)
class Recorded:
    """An entry as stored. `is_new` is False where it had arrived before; `crisis` is what its answers ask for."""

    entry: FlowSheetEntry
    is_new: bool
    crisis: CrisisResponse | None = None


@dataclass(frozen=True)
class _Sent:
    """What somebody sent, read and checked by itself."""

    key: UUID
    kind: Kind
    content: Any
    made: MadeAt
    told_time: bool  # it came with its time; else it is made now
    why: str
    supersedes: UUID | None
    withdraw: bool
    digest: str


def _one_entry_a_key(record: Callable[P, Recorded]) -> Callable[P, Recorded]:
    """A key looks for itself on its own sheet; that it came for another treatment session the database says."""

    @wraps(record)
    def recorded(*given: P.args, **sent: P.kwargs) -> Recorded:
        try:
            return record(*given, **sent)
        except IntegrityError:
            if not FlowSheetEntry.objects.filter(key=str(sent["key"])).exists():
                raise
            raise KeyTakenError(KEY_TAKEN) from None

    return recorded


@_one_entry_a_key
@transaction.atomic
def record_entry(
    *,
    actor: Actor,
    treatment_session: TreatmentSession,
    key: UUID,
    kind: str,
    given: Any,
    now: dt.datetime,
    made_at: dt.datetime | None = None,
    sent_at: dt.datetime | None = None,
    why: str = "",
    supersedes: UUID | None = None,
    withdraw: bool = False,
) -> Recorded:
    """Add an entry; the same key with the same content returns the first, whenever it comes again.

    `given` are plain values by kind (holdfast.treatment_sessions.entries); `made_at` None = now; with `sent_at` both
    are times of a device's clock (`device_clock`). `supersedes` is the key of the entry it corrects, or with
    `withdraw` takes back; both need `why`. Everything after the signature needs `why`, and `made_at` unless it is an
    amendment in words. Raises `InputError` on what cannot be, `KeyTakenError`, `LockedError`, and
    `RefusedByRuleError` with every reason where a gate does not open; a refused entry changes nothing.
    """
    read = read_kind(kind)
    require(actor, PERMISSION.get(read, "flow_sheet.record"), treatment_session)
    if not isinstance(actor, User):
        raise InputError("a flow-sheet is kept by the people at the chair, who sign in")
    locked = _locked(treatment_session)
    content, why = read_given(read, _printable(given)), plain_text("why", why)
    made_at = None if made_at is None else aware(made_at, "made_at")
    digest = _digest(locked, read, content, made_at, why, supersedes, withdraw=withdraw)
    rows = kept_entries(locked)
    if (known := _known(key, digest, actor, rows)) is not None:
        return Recorded(known, is_new=False)  # before its times are judged: it may come again long after it was stored
    made = MadeAt(now) if made_at is None else made_at_by_our_clock(made_at, now, sent_at=sent_at, told=bool(why))
    if supersedes is not None or withdraw:
        required_text("why", why, "a correction needs its reason")
    require_past(content, made.at)
    return _add(
        actor,
        locked,
        rows,
        _Sent(key, read, content, made, made_at is not None, why, supersedes, withdraw, digest),
        now,
    )


def _add(actor: User, locked: TreatmentSession, rows: list[KeptEntry], sent: _Sent, now: dt.datetime) -> Recorded:
    old = _superseded(sent, rows)
    amends = _amends(actor, locked, sent, rows)
    was = sheet_of_kept(locked, rows)
    row = FlowSheetEntry(
        key=sent.key, treatment_session=locked, kind=sent.kind.value, given=plain_given(sent.content),
        made_at=sent.made.at, received_at=now, by=actor, by_role=actor.role, supersedes=old,
        withdrawn=sent.withdraw, why=sent.why, amends=amends, digest=sent.digest,
    )  # fmt: skip
    before = [one for one in was.entries if old is None or one.key != str(old.key)]
    entry = entry_of(row, sent.content)
    sheet = sheet_of(was.protocol, before if sent.withdraw else [*before, entry])
    answered = _answered(locked, row, entry, sheet, now, moves=old is None and not amends)
    if sent.kind in MOVING:
        require_order(sheet, was)
    ahead_min = sent.made.device_ahead_min
    row.answer = answered.kept | ({"device_ahead_min": ahead_min} if ahead_min else {})
    crisis = _rated(actor, locked, row, old, now) if sent.kind is Kind.CSSRS else None
    if old is None and not amends:
        row.answer |= told_to_ledger(actor, locked, row, sheet, dose_mg=answered.dose_mg, now=now)
    row.save()
    transaction.on_commit(partial(remember, row, entry))
    if sent.kind in MOVING:
        treatment_sessions.advance_treatment_session(
            actor=actor, treatment_session=locked, events=answered.events, dosed_at=sheet.dosed_at,
            dose_mg=answered.dose_mg, duration_min=_duration_min(sheet), discharged_at=sheet.discharged_at, now=now,
        )  # fmt: skip
    audit.record(actor, f"flow_sheet.{_verb(sent, amends=amends)}", row, at=now, details=_told(row, rows))
    if not amends:
        ask_after(actor, locked, entry, sheet, now)
    return Recorded(row, is_new=True, crisis=crisis)


def _locked(treatment_session: TreatmentSession) -> TreatmentSession:
    """The newest record of the treatment session, locked until the end of the transaction: entries come one by one."""
    (found,) = _NEWEST(course=treatment_session.course_id, number=treatment_session.number)
    if found.course.time_basis == TimeBasis.STUDY_DAY:
        raise RefusedError("This course counts study days; it has no flow-sheet")
    return found


def _digest(
    locked: TreatmentSession, kind: Kind, content: Any, made_at: dt.datetime | None, why: str,
    supersedes: UUID | None, *, withdraw: bool,
) -> str:  # fmt: skip
    """SHA-256 of what was sent, as it was sent: the same entry sent again has the same."""
    whole = [
        str(locked.course.public_id), locked.number, kind.value, plain_given(content),
        None if made_at is None else made_at.astimezone(dt.UTC).isoformat(), why, str(supersedes or ""), withdraw,
    ]  # fmt: skip
    return hashlib.sha256(json.dumps(whole, sort_keys=True).encode()).hexdigest()


def _printable(given: Any, depth: int = 0) -> Any:
    """Every text in it as a record can keep it. Raises `InputError` where it nests deeper than any kind of entry."""
    if not isinstance(given, dict | list):
        return given
    if depth > DEEPEST:
        raise InputError("given: lists and objects lie deeper in each other than an entry has any")
    if isinstance(given, list):
        return [_printable(one, depth + 1) for one in given]
    return {n: plain_text(str(n), v) if isinstance(v, str) else _printable(v, depth + 1) for n, v in given.items()}


def _known(key: UUID, digest: str, actor: User, rows: list[KeptEntry]) -> FlowSheetEntry | None:
    """The entry that came with this key before. One of another sheet is found when this one is stored."""
    if all(row.key != key for row in rows):
        return None
    known = FlowSheetEntry.objects.select_related("by").get(key=key)
    if (known.digest, known.by.pk) != (digest, actor.pk):
        raise KeyTakenError(KEY_TAKEN)
    return known


def _superseded(sent: _Sent, rows: list[KeptEntry]) -> FlowSheetEntry | None:
    if sent.supersedes is None:
        if sent.withdraw:
            raise InputError("supersedes: name the entry that was made in error")
        return None
    old = next((row for row in rows if row.key == sent.supersedes), None)
    if old is None:
        raise InputError("supersedes: no entry of this flow-sheet has that key")
    if old.superseded or old.withdrawn:
        raise InputError("supersedes: that entry was corrected already; correct the newest")
    if old.kind != sent.kind.value:
        raise InputError(f"kind is {sent.kind.value}, but the entry it corrects is {old.kind}")
    if sent.kind in (Kind.SIGN, Kind.DISCHARGE) or (sent.withdraw and sent.kind in MOVING):
        raise RefusedError(f"What happened is not taken back here: correct its time, or amend the {words(sent.kind)}")
    if sent.kind is Kind.OVERRIDE and not sent.withdraw:
        raise RefusedError(
            "An override is not rewritten: it knew what it was given for; take it back, and give it anew"
        )
    return FlowSheetEntry.objects.select_related("assessment").get(pk=old.pk)


def _amends(actor: User, locked: TreatmentSession, sent: _Sent, rows: list[KeptEntry]) -> bool:
    """Does it come after the signature? Then it needs its reason, and moves nothing."""
    if not any(row.kind == Kind.SIGN for row in rows):
        if sent.kind is Kind.AMENDMENT:
            raise RefusedError("The flow-sheet is not signed yet; enter it as it is, or correct the entry")
        return False
    require(actor, "flow_sheet.amend", locked)
    if sent.kind in MOVING or sent.kind in (Kind.SIGN, Kind.OVERRIDE):
        raise LockedError(f"The flow-sheet is signed; no {words(sent.kind)} can be added, only an amendment")
    if not sent.why:
        raise LockedError("why: the flow-sheet is signed; say why this is added, and it is kept as an amendment")
    require_told_time(sent.kind, told=sent.told_time or sent.withdraw)
    return True


def _answered(
    locked: TreatmentSession, row: FlowSheetEntry, entry: Entry, sheet: Sheet, now: dt.datetime, *, moves: bool
) -> Answered:
    """What the rules say to it, and where it moves the treatment session. Raises where they refuse."""
    state, course = State(locked.state), locked.course
    require_fit(entry.kind, sheet, state)
    if entry.kind in MOVING and not moves and state is State.DISCHARGED:
        raise RefusedError("The patient has left: correct the treatment session from the patient's page")
    if row.withdrawn:
        return Answered({}, None)
    sheet.clock(now)  # times out of order are refused by name
    if entry.kind is Kind.DOSE and entry.content.weight_kg is not None:
        last = last_weight(locked)
        require_like_last(
            entry.content.weight_kg, last.weight_kg if last else None, confirmed=entry.content.weight_confirmed
        )
    answered = answer_of(
        entry, sheet, zone=course.programme.time_zone, person=_person(course, row.made_at),
        rules=rules_of(course), gated=moves,
    )  # fmt: skip
    events = events_of(entry, sheet, state) if moves else ()
    after(state, events)
    return Answered(answered.kept, answered.dose_mg, events)


def _person(course: Course, made_at: dt.datetime) -> Person:
    """Read from the database when the first rule asks for something of it; most entries ask no gate."""
    return cast(Person, SimpleLazyObject(lambda: person_of(course, made_at)))


def _rated(
    actor: User, locked: TreatmentSession, row: FlowSheetEntry, old: FlowSheetEntry | None, now: dt.datetime
) -> CrisisResponse | None:
    """Keep the C-SSRS as a rating too, so that crisis rules, lists and the worklist see it."""
    said: dict[str, Any] = {"actor": actor, "now": now, "answers": read_given(Kind.CSSRS, row.given).answers}
    if old is not None and old.assessment is not None:
        if row.withdrawn:
            del said["answers"]
            row.assessment = assessments.withdraw_assessment(assessment=old.assessment, why=row.why, **said)
            return None
        done = assessments.correct_assessment(assessment=old.assessment, why=row.why, rated_at=row.made_at, **said)
    else:
        done = assessments.record_assessment(
            course=locked.course, scale=SCREENER, rated_at=row.made_at, rater=Assessment.Rater.CLINICIAN, **said
        )
    row.assessment = done.assessment
    return done.scored.crisis


def _duration_min(sheet: Sheet) -> float | None:
    """Of an infusion that has ended, pauses included."""
    if not sheet.infused or sheet.dosed_at is None or sheet.dose_ended_at is None:
        return None
    return float(Decimal((sheet.dose_ended_at - sheet.dosed_at).total_seconds() / 60).quantize(Decimal("0.1")))


def _verb(sent: _Sent, *, amends: bool) -> str:
    if sent.kind in (Kind.SIGN, Kind.OVERRIDE):
        return sent.kind.value
    if amends:
        return "amend"
    return "withdraw" if sent.withdraw else "correct" if sent.supersedes else "record"


def _told(row: FlowSheetEntry, rows: list[KeptEntry]) -> dict[str, Any]:
    """For the record of actions: the kind, and what shows a later change of the row, or of a whole signed sheet."""
    told: dict[str, Any] = {"kind": row.kind, "digest": row.digest}
    if row.kind == Kind.SIGN:
        told["sheet"] = hashlib.sha256("".join(sorted(r.digest for r in rows)).encode()).hexdigest()
        told["count"] = len(rows)
    return told
