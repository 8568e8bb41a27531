"""Forecasts of the example: asked for here, made by jobs once the server runs, so that the first page waits for none.

One of today for each course that goes on, and for some of them two that look back: so there is something to hold beside
what came. They come one by one, so that what somebody enters meanwhile is not the last in a long row.
"""

from __future__ import annotations

import datetime as dt
import itertools

from holdfast.clinic import numerics
from holdfast.clinic.accounts.models import CommandLine
from holdfast.clinic.courses.models import Course
from holdfast.clinic.courses.phases import Phase
from holdfast.clinic.forecasts.actions import ask_forecast
from holdfast.clinic.programmes.models import Programme

GOING_ON = (Phase.OPTIMISATION, Phase.MAINTENANCE)
LOOKING_BACK_D, LOOKED_BACK_AT = (56, 28), 2  # of so many courses, the longest under treatment
AFTER_S, EVERY_S = 60, 30  # first whoever has just started the server gets their pages


def ask_forecasts(programme: Programme, now: dt.datetime) -> None:
    """Ask for them, where something can make them."""
    if not numerics.is_installed():
        return
    actor, after_s = CommandLine(), itertools.count(AFTER_S, EVERY_S)
    going_on = Course.objects.filter(patient__programme=programme, phase__in=GOING_ON).order_by("started_on", "pk")
    courses = list(going_on.select_related("patient__programme"))
    for course in courses[:LOOKED_BACK_AT]:
        for days in LOOKING_BACK_D:
            until = now - dt.timedelta(days=days)
            ask_forecast(actor=actor, course=course, until=until, now=now, after_s=next(after_s))
    for course in courses:
        ask_forecast(actor=actor, course=course, now=now, after_s=next(after_s))
