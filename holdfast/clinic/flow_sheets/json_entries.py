"""Entries over the wire: what a browser's queue sends, and what it is told."""

from __future__ import annotations

import datetime as dt
import json
from typing import Any
from uuid import UUID

from django.http import HttpRequest, JsonResponse

from holdfast.clinic.assessments.scoring import CrisisInputError
from holdfast.clinic.flow_sheets.actions import KeyTakenError, LockedError, Recorded
from holdfast.clinic.flow_sheets.queries import EntryView
from holdfast.clinic.refusal import RefusedByRuleError
from holdfast.errors import HoldfastError, InputError
from holdfast.safety.crisis import CrisisResponse
from holdfast.treatment_sessions.entries import plain_given
from holdfast.treatment_sessions.flow_sheet import late_min
from holdfast.treatment_sessions.reading import read_value

SENT = ("key", "kind", "given", "made_at", "why", "supersedes", "withdraw")


class UnreadableError(InputError):
    """What was sent is no JSON object."""


def read_sent(request: HttpRequest) -> dict[str, Any]:
    """Arguments of the action. Raises `InputError` naming what cannot be read."""
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
    return {
        "key": _uuid(held.get("key"), "key"),
        "kind": held.get("kind"),
        "given": held.get("given", {}),
        "made_at": read_value(dt.datetime | None, held.get("made_at"), "made_at"),
        "why": _text(held.get("why")),
        "supersedes": None if held.get("supersedes") is None else _uuid(held["supersedes"], "supersedes"),
        "withdraw": held.get("withdraw") is True,
    }


def answered(done: Recorded) -> JsonResponse:
    """201 for a new entry, 200 for one that had arrived before."""
    entry = done.entry
    told = {
        "key": str(entry.key), "kind": entry.kind, "made_at": entry.made_at.isoformat(),
        "received_at": entry.received_at.isoformat(), "late_min": round(late_min(entry.made_at, entry.received_at)),
        "answer": entry.answer, "crisis": _crisis(done.crisis),
    }  # fmt: skip
    return JsonResponse(told, status=201 if done.is_new else 200)


def refusal(error: HoldfastError) -> JsonResponse:
    """What is wrong in a sentence, with every reason of a gate; 409 where the same request can never be taken."""
    told: dict[str, Any] = {"error": str(error)}
    if isinstance(error, RefusedByRuleError):
        told["reasons"] = [reason.as_dict() for reason in error.decision.against]
    if isinstance(error, CrisisInputError):
        told["crisis"] = _crisis(error.crisis)
    status = 400 if isinstance(error, UnreadableError) else 422
    return JsonResponse(told, status=409 if isinstance(error, KeyTakenError | LockedError) else status)


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


def _text(value: Any) -> str:
    if value is None:
        return ""
    if not isinstance(value, str):
        raise InputError("why is no text; give a sentence")
    return value


def _no_number(word: str) -> float:
    raise ValueError(word)
