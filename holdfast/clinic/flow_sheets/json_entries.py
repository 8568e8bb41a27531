"""Entries over the wire: what a browser's queue sends, and what it is told."""

from __future__ import annotations

import datetime as dt
import json
from typing import Any
from uuid import UUID

from django.db import OperationalError
from django.http import HttpRequest, JsonResponse

from holdfast.clinic.assessments.scoring import CrisisInputError
from holdfast.clinic.flow_sheets.actions import KeyTakenError, LockedError, Recorded
from holdfast.clinic.flow_sheets.entry_fields import EntryForm
from holdfast.clinic.flow_sheets.queries import EntryView
from holdfast.clinic.flow_sheets.sent_fields import FieldsRefusedError, in_words, read_fields
from holdfast.clinic.refusal import RefusedByRuleError
from holdfast.clinic.treatment_sessions.models import TreatmentSession
from holdfast.clinic.ui.errors import unwritable
from holdfast.errors import HoldfastError, InputError, RefusedError
from holdfast.safety.crisis import CrisisResponse
from holdfast.treatment_sessions.clock import aware
from holdfast.treatment_sessions.entries import plain_given
from holdfast.treatment_sessions.flow_sheet import late_min
from holdfast.treatment_sessions.reading import read_value

SENT = ("key", "kind", "given", "fields", "made_at", "sent_at", "why", "by", "supersedes", "withdraw")


class UnreadableError(InputError):
    """What was sent is no JSON object."""


class AnotherPersonError(RefusedError):
    """The entry was made by somebody other than who is signed in; it waits for them."""


def read_sent(request: HttpRequest, treatment_session: TreatmentSession) -> tuple[dict[str, Any], EntryForm | None]:
    """Arguments of the action: `given` as values, or `fields` as the form of the kind sends them, and that form.

    Raises `InputError` naming what cannot be read, and `AnotherPersonError` where `by` names somebody else.
    """
    held = _held(request)
    if held.get("by") is not None and _uuid(held["by"], "by") != getattr(request.user, "public_id", None):
        raise AnotherPersonError("Somebody else made this entry in this browser; it waits until they sign in")
    sent: dict[str, Any] = {
        "key": _uuid(held.get("key"), "key"),
        "kind": held.get("kind"),
        "given": held.get("given", {}),
        "made_at": _moment(held, "made_at"),
        "sent_at": _moment(held, "sent_at"),
        "why": _text(held.get("why")),
        "supersedes": None if held.get("supersedes") is None else _uuid(held["supersedes"], "supersedes"),
        "withdraw": held.get("withdraw") is True,
    }
    if "fields" not in held:
        return sent, None
    found, form = read_fields(held, sent, treatment_session)
    return sent | found, form


def _held(request: HttpRequest) -> dict[str, Any]:
    if request.content_type != "application/json":
        raise UnreadableError("send JSON, with the content type application/json")
    try:
        held = json.loads(request.body, parse_constant=_no_number)
    except (ValueError, RecursionError):
        raise UnreadableError("this is no JSON; send an object with key, kind, given and made_at") from None
    if not isinstance(held, dict):
        raise UnreadableError("send a JSON object with key, kind, given and made_at")
    for field in held:
        if field not in SENT:
            raise InputError(f"{field!r} is not known; give {', '.join(SENT)}")
    return held


def answered(done: Recorded) -> JsonResponse:
    """201 for a new entry, 200 for one that had arrived before."""
    entry = done.entry
    told = {
        "key": str(entry.key), "kind": entry.kind, "made_at": entry.made_at.isoformat(),
        "received_at": entry.received_at.isoformat(), "late_min": round(late_min(entry.made_at, entry.received_at)),
        "answer": entry.answer, "crisis": _crisis(done.crisis),
    }  # fmt: skip
    return JsonResponse(told, status=201 if done.is_new else 200)


def refusal(error: HoldfastError, form: EntryForm | None = None) -> JsonResponse:
    """What is wrong in a sentence, with every reason of a gate; 409 where the same request can never be taken.

    With the form that was sent, an error of a field is said in the words of the form.
    """
    if form is not None and type(error) is InputError:
        error = in_words(error, form)
    told: dict[str, Any] = {"error": str(error)}
    if isinstance(error, RefusedByRuleError):
        told["reasons"] = [reason.as_dict() for reason in error.decision.against]
    if isinstance(error, CrisisInputError):
        told["crisis"] = _crisis(error.crisis)
    if isinstance(error, FieldsRefusedError):
        told["fields"] = error.fields
    if isinstance(error, AnotherPersonError):
        told["code"] = "another-person"
    status = 400 if isinstance(error, UnreadableError) else 422
    never = KeyTakenError | LockedError | AnotherPersonError
    return JsonResponse(told, status=409 if isinstance(error, never) else status)


def not_stored(error: OperationalError) -> JsonResponse:
    """507 where the disk is full, 503 where the database cannot be written: nothing of it was kept; send it again."""
    full, sentence = unwritable(error)
    return JsonResponse({"error": sentence, "code": "not-stored"}, status=507 if full else 503)


def listed(entry: EntryView) -> dict[str, Any]:
    """One entry of the list."""
    return {
        "key": str(entry.key), "kind": entry.kind.value, "given": plain_given(entry.content),
        "made_at": entry.made_at.isoformat(), "received_at": entry.received_at.isoformat(),
        "late_min": round(late_min(entry.made_at, entry.received_at)), "by": entry.by, "standing": entry.standing,
        "corrects": entry.corrects, "amends": entry.amends, "why": entry.why,
    }  # fmt: skip


def _crisis(response: CrisisResponse | None) -> dict[str, Any] | None:
    if response is None:
        return None
    return {
        "level": response.level.value,
        "tell": [{"who": t.who, "how_soon": t.how_soon.value, "what": t.what} for t in response.tell],
        "lines": [line.number for line in response.lines.lines],
    }


def _uuid(value: Any, field: str) -> UUID:
    try:
        return UUID(value)
    except (AttributeError, TypeError, ValueError):
        raise InputError(f"{field} is no key; give a UUID, new for each entry") from None


def _moment(held: dict[str, Any], field: str) -> dt.datetime | None:
    """In a year that any zone of the world has: the form of the entry compares it with times on the wall."""
    given: dt.datetime | None = read_value(dt.datetime | None, held.get(field), field)
    return None if given is None else aware(given, field)


def _text(value: Any) -> str:
    if value is None:
        return ""
    if not isinstance(value, str):
        raise InputError("why is no text; give a sentence")
    return value


def _no_number(word: str) -> float:
    raise ValueError(word)
