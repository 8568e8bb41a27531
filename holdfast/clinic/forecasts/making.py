"""The work of a job: read the record, ask the model in its own process, keep what it says."""

from __future__ import annotations

import datetime as dt
import time
from collections.abc import Callable

from holdfast.clinic import numerics
from holdfast.clinic.accounts.models import CommandLine
from holdfast.clinic.forecasts import actions, model_process
from holdfast.clinic.forecasts.models import ForecastRequest
from holdfast.clinic.forecasts.on_record import on_record
from holdfast.clinic.forecasts.patient_file import file_of
from holdfast.clinic.forecasts.switch import is_shown
from holdfast.clinic.jobs.kinds import JobFailedError


def make_forecast(*, subject: str, clock: Callable[[], dt.datetime]) -> None:
    """The job: answer one request, unless a later one of the course does. Raises `JobFailedError`."""
    request = ForecastRequest.objects.select_related("course__patient__programme").filter(public_id=subject).first()
    if request is None:
        raise JobFailedError("no-such-request", permanent=True)
    if not is_shown(request.programme) or _is_answered(request):
        return
    record, zero = on_record(request.course, request.until or clock())
    mapped = file_of(record)
    begun = time.monotonic()
    if mapped.why_none:
        answered = numerics.Answered({}, mapped.why_none)
    else:
        try:
            answered = model_process.forecast_of(mapped.file)
        except numerics.NumericsError as error:
            raise JobFailedError(str(error)[:40]) from None
    actions.keep_forecast(
        actor=CommandLine(), request=request, mapped=mapped, day_zero_at=zero, answered=answered,
        took_ms=round(1000 * (time.monotonic() - begun)), now=clock(),
    )  # fmt: skip


def _is_answered(request: ForecastRequest) -> bool:
    """Is it, or will a later one be that takes in everything this one would?"""
    if hasattr(request, "forecast"):
        return True
    later = ForecastRequest.objects.filter(course=request.course, until=None, pk__gt=request.pk)
    return request.until is None and later.exists()
