"""The work of the jobs: gather what met, have the numbers computed in another process, keep them; and ask each week."""

from __future__ import annotations

import datetime as dt
import time
from collections.abc import Callable, Mapping
from typing import Any

from holdfast.clinic import numerics
from holdfast.clinic.accounts.models import CommandLine
from holdfast.clinic.forecasts.models import Forecast
from holdfast.clinic.forecasts.switch import is_shown
from holdfast.clinic.jobs.kinds import JobFailedError
from holdfast.clinic.learning_checks import actions
from holdfast.clinic.learning_checks.gathered import gathered
from holdfast.clinic.learning_checks.models import LearningCheckRequest
from holdfast.clinic.programmes.models import Programme
from holdfast.errors import RefusedError

LONGEST_S, NICE = 300.0, 10
PARTS = frozenset({"n", "methods", "pit", "levels", "horizons", "drift"})
Clock = Callable[[], dt.datetime]


def make_learning_check(*, subject: str, clock: Clock) -> None:
    """The job: answer one request. Raises `JobFailedError`."""
    request = LearningCheckRequest.objects.select_related("programme").filter(public_id=subject).first()
    if request is None:
        raise JobFailedError("no-such-request", permanent=True)
    if hasattr(request, "made") or not is_shown(request.programme):
        return
    begun, asked = time.monotonic(), gathered(request.programme)
    found: dict[str, dict[str, Any]] = {}
    for kind, by_scale in asked.asked.items():
        found[kind] = {scale: dict(_checked(one)) for scale, one in by_scale.items()}
    actions.keep_learning_check(
        actor=CommandLine(), request=request, asked=asked, found=found,
        took_ms=round(1000 * (time.monotonic() - begun)), now=clock(),
    )  # fmt: skip


def _checked(asked: Mapping[str, Any]) -> Mapping[str, Any]:
    """What `holdfast cohort check - --json` finds."""
    try:
        answered = numerics.asked_apart(("cohort", "check", "-", "--json"), asked, longest_s=LONGEST_S, nice=NICE)
    except numerics.NumericsError as error:
        raise JobFailedError(str(error)[:40]) from None
    if answered.refused or not answered.given.keys() >= PARTS:
        raise JobFailedError("not-a-check")
    return answered.given


def ask_for_all(*, subject: str, clock: Clock) -> None:
    """The job of the week: ask of every programme that shows forecasts and has some."""
    with_some = Forecast.objects.values_list("course__patient__programme", flat=True).distinct()
    for programme in Programme.objects.filter(pk__in=with_some):
        if is_shown(programme) and numerics.is_installed():
            try:
                actions.ask_learning_check(actor=CommandLine(), programme=programme, now=clock())
            except RefusedError:
                continue  # somebody asked just now
