"""Forecasts of the example: asked for here, made by jobs once the server runs, so that the first page waits for none.

Of each course that goes on, one of today and two that look back: so there is something to hold beside what came.
"""

from __future__ import annotations

import datetime as dt

from holdfast.clinic import numerics
from holdfast.clinic.accounts.models import CommandLine
from holdfast.clinic.courses.models import Course
from holdfast.clinic.courses.phases import Phase
from holdfast.clinic.forecasts.actions import ask_forecast
from holdfast.clinic.programmes.models import Programme

GOING_ON = (Phase.OPTIMISATION, Phase.MAINTENANCE)
LOOKING_BACK_D = (56, 28)
AFTER_S = 60  # first whoever has just started the server gets their pages


def ask_forecasts(programme: Programme, now: dt.datetime) -> None:
    """Ask for them, where something can make them."""
    if not numerics.is_installed():
        return
    actor = CommandLine()
    for course in Course.objects.filter(patient__programme=programme, phase__in=GOING_ON).order_by("pk"):
        for days in LOOKING_BACK_D:
            ask_forecast(actor=actor, course=course, until=now - dt.timedelta(days=days), now=now, after_s=AFTER_S)
        ask_forecast(actor=actor, course=course, now=now, after_s=AFTER_S)
