"""The only writer of learning checks: somebody or the week asks, a job keeps what was found."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from typing import Any

from django.db import transaction

from holdfast.clinic import numerics
from holdfast.clinic.accounts.models import Actor, person
from holdfast.clinic.accounts.permissions import require
from holdfast.clinic.audit import actions as audit
from holdfast.clinic.forecasts.switch import is_shown
from holdfast.clinic.jobs.actions import add_job
from holdfast.clinic.learning_checks.gathered import BEFORE, Gathered
from holdfast.clinic.learning_checks.models import LearningCheck, LearningCheckRequest
from holdfast.clinic.programmes.models import Programme
from holdfast.errors import RefusedError

JOB = "learning_checks.make"
SETTLES = dt.timedelta(minutes=10)


@transaction.atomic
def ask_learning_check(*, actor: Actor, programme: Programme, now: dt.datetime) -> LearningCheckRequest:
    """Ask how good the forecasts were. Raises `RefusedError` where none are shown or one is on its way."""
    require(actor, "learning_check.ask", programme)
    if not is_shown(programme):
        raise RefusedError("This programme shows no forecasts; whoever leads it can switch them on")
    if not numerics.is_installed():
        raise RefusedError("The packages of the model are not installed here, so nothing can be checked")
    if LearningCheckRequest.objects.filter(programme=programme, made=None, at__gt=now - SETTLES).exists():
        raise RefusedError("A check was asked for just now; it will be here within minutes")
    row = LearningCheckRequest(programme=programme, by=person(actor), at=now)
    row.save()
    add_job(JOB, subject=str(row.public_id), now=now)
    audit.record(actor, "learning_check.ask", row, at=now, details={"programme": programme.key})
    return row


@transaction.atomic
def keep_learning_check(
    *, actor: Actor, request: LearningCheckRequest, asked: Gathered, found: Mapping[str, Mapping[str, Any]],
    took_ms: int, now: dt.datetime,
) -> LearningCheck | None:  # fmt: skip
    """Keep what was found; None where another worker was first."""
    require(actor, "learning_check.keep", request)
    LearningCheckRequest.objects.select_for_update(no_key=True).get(pk=request.pk)
    if LearningCheck.objects.filter(request=request).exists():
        return None
    before = found.get(BEFORE, {}).values()
    row = LearningCheck(
        request=request, found={kind: dict(every) for kind, every in found.items()},
        met=sum(one["n"] for one in before), drift=any(one["drift"]["raised"] for one in before),
        models_used=asked.models_used, left_out=asked.left_out, took_ms=took_ms, at=now,
    )  # fmt: skip
    row.save()
    told = {"programme": request.programme.key, "drift": row.drift}
    audit.record(actor, "learning_check.keep", row, at=now, details=told)
    return row
