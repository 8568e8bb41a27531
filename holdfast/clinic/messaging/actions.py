"""The only writer of what all messages share: what became of an attempt to send, and the count of requests."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from django.db import transaction
from django.db.models import F

from holdfast.clinic.accounts.models import Actor
from holdfast.clinic.accounts.permissions import require
from holdfast.clinic.audit import actions as audit
from holdfast.clinic.messaging.models import Message, RequestCount, Step

REQUESTS_KEPT = dt.timedelta(days=1)

M = TypeVar("M", bound=Message)


@dataclass(frozen=True)
class Handed(Generic[M]):
    """One message to send: of what, where to, and the token of its link, which nobody keeps."""

    message: M
    attempt: int
    channel: str
    address: str
    token: str
    second: bool = False  # of one check-in: asked for once more


@dataclass(frozen=True)
class Outcome:
    """What became of an attempt: sent, also delivered where the way confirms it, or failed with a word of why."""

    failed: str = ""
    permanent: bool = False
    delivered: bool = False


@transaction.atomic
def end_sending(*, actor: Actor, handed: Handed[Any], outcome: Outcome, now: dt.datetime) -> None:
    """Put the outcome of an attempt into the ledger."""
    noun, failed = handed.message.noun, outcome.failed
    require(actor, f"{noun}.send", handed.message)
    row = handed.message.locked()
    step = Step.FAILED if failed else Step.SENT
    row.events.create(kind=step.value, attempt=handed.attempt, reason=failed, permanent=outcome.permanent, at=now)
    if outcome.delivered:
        row.events.create(kind=Step.DELIVERED.value, attempt=handed.attempt, at=now)
    audit.record(actor, f"{noun}.send", row, at=now, details={"number": handed.attempt, "failed": failed or None})


@transaction.atomic
def count_request(*, key: str, window: dt.datetime, now: dt.datetime) -> int:
    """Count one request of a key in its window of time; how many there were."""
    row, is_new = RequestCount.objects.get_or_create(key=key, window=window, defaults={"count": 1})
    if is_new:
        RequestCount.objects.filter(window__lt=now - REQUESTS_KEPT).delete()
        return 1
    RequestCount.objects.filter(pk=row.pk).update(count=F("count") + 1)
    row.refresh_from_db(fields=["count"])  # not the count read before: others may have counted since
    return row.count
