"""The only writer of learning checks: somebody or the week asks, a job keeps what was found; alarms are closed here."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from typing import Any

from django.db import transaction

from holdfast.clinic import numerics
from holdfast.clinic.accounts.models import Actor, User, person
from holdfast.clinic.accounts.permissions import require
from holdfast.clinic.audit import actions as audit
from holdfast.clinic.forecasts.switch import is_shown
from holdfast.clinic.jobs.actions import add_job
from holdfast.clinic.learning_checks.alarms import alarms_standing, closed_at
from holdfast.clinic.learning_checks.gathered import BEFORE, Gathered
from holdfast.clinic.learning_checks.models import (
    DriftAlarm,
    DriftAlarmClosed,
    LearningCheck,
    LearningCheckRequest,
)
from holdfast.clinic.plain_text import required_text
from holdfast.clinic.programmes.models import Programme
from holdfast.errors import InputError, RefusedError

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
    """Keep what was found, and raise the alarms it asks for; None where another worker was first."""
    require(actor, "learning_check.keep", request)
    programme = _locked(request.programme)
    if LearningCheck.objects.filter(request=request).exists():
        return None
    before = found.get(BEFORE, {})
    standing = {one.scale for one in alarms_standing(programme)}
    closed = closed_at(programme)
    # What was gathered before an alarm was closed does not raise it again.
    raised = {
        scale: one["drift"] for scale, one in before.items()
        if one["drift"]["raised"] and scale not in standing and closed.get(scale) == asked.drift_since.get(scale)
    }  # fmt: skip
    row = LearningCheck(
        request=request, found={kind: dict(every) for kind, every in found.items()},
        met=sum(one["n"] for one in before.values()), drift=bool(standing or raised),
        models_used=asked.models_used, left_out=asked.left_out, took_ms=took_ms, at=now,
    )  # fmt: skip
    row.save()
    told = {"programme": programme.key, "drift": row.drift}
    audit.record(actor, "learning_check.keep", row, at=now, details=told)
    for scale, drift in raised.items():
        _raise(actor, row, scale, drift, now)
    return row


def _locked(programme: Programme) -> Programme:
    """The programme, whose alarms nobody else raises or closes until the transaction ends."""
    return Programme.objects.select_for_update(no_key=True).get(pk=programme.pk)


def _raise(actor: Actor, check: LearningCheck, scale: str, drift: Mapping[str, Any], now: dt.datetime) -> None:
    alarm = DriftAlarm(
        check_row=check, scale=scale, at_rating=drift["raised_at"], evidence=drift["most"],
        by_question=dict(drift["by_question"]), at=now,
    )  # fmt: skip
    alarm.save()
    audit.record(actor, "drift_alarm.raise", alarm, at=now, details={"programme": check.programme.key, "scale": scale})


@transaction.atomic
def close_drift_alarm(*, actor: Actor, alarm: DriftAlarm, reason: str, now: dt.datetime) -> DriftAlarmClosed:
    """Close an alarm with a reason; ratings entered from now on are counted anew. The same again is the one kept.

    Raises `InputError` without a reason, `RefusedError` where it was closed by somebody else meanwhile.
    """
    require(actor, "learning_check.close_alarm", alarm)
    if not isinstance(actor, User):
        raise InputError("an alarm is closed by a person")
    programme = _locked(alarm.programme)
    if not is_shown(programme):
        raise RefusedError("This programme shows no forecasts, so nothing was closed")
    why = required_text("reason", reason, "say what was found, or why it no longer matters")
    kept = DriftAlarmClosed.objects.select_related("by").filter(alarm=alarm).first()
    if kept is not None:
        if kept.by == actor and kept.reason == why:
            return kept
        raise RefusedError(f"{kept.by} has closed this alarm already. Nothing was changed")
    row = DriftAlarmClosed(alarm=alarm, reason=why, by=actor, at=now)
    row.save()
    details = {"programme": programme.key, "scale": alarm.scale, "alarm": str(alarm.public_id)}
    audit.record(actor, "drift_alarm.close", row, at=now, details=details)
    return row
