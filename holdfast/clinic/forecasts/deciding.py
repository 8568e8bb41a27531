"""May something be decided with this forecast now, and is what is recorded what was shown?"""

from __future__ import annotations

import hashlib
import json

from django.db.models import QuerySet

from holdfast.clinic.courses.models import Course
from holdfast.clinic.courses.phases import ENDED, Phase
from holdfast.clinic.forecasts.models import Forecast, ForecastDecision, Why
from holdfast.clinic.forecasts.switch import is_shown
from holdfast.errors import RefusedError


class StaleDecisionError(RefusedError):
    """The page the decision was made on no longer tells how things stand. Nothing was recorded."""


def newest_of(course: Course) -> QuerySet[Forecast]:
    """Forecasts of a course that did not look back, newest first."""
    return Forecast.objects.filter(course=course).exclude(request__why=Why.LOOKING_BACK).order_by("-pk")


def against_deciding(forecast: Forecast, course: Course) -> str:
    """Why nothing can be decided with it; empty where something can. `course` as it stands now."""
    if not is_shown(course.programme):
        return "This programme shows no forecasts, so none is decided with"
    if forecast.refused or forecast.unlike:
        return "There is no forecast here to decide with; its page says why"
    if Phase(course.phase) in ENDED:
        return "The course has ended, so nothing is left in it to decide with a forecast"
    if forecast.looks_back:
        return "This forecast looked back, from what was on record by an earlier day: decide with the newest one"
    if newest_of(course).values_list("pk", flat=True).first() != forecast.pk:
        return "A newer forecast of this course has been made: open that one, and decide with it"
    return ""


def basis_of(forecast: Forecast) -> str:
    """SHA-256 of what a page shows of it: which one, its model, population, facts and inputs, its schedules."""
    shown = [
        str(forecast.public_id), forecast.model, forecast.model_version, forecast.forecast_version,
        forecast.population_digest, forecast.facts_digest, forecast.inputs_digest, forecast.answer.get("plans"),
    ]  # fmt: skip
    return hashlib.sha256(json.dumps(shown, sort_keys=True).encode()).hexdigest()


def newest_decision(course: Course) -> ForecastDecision | None:
    """What was last decided with any forecast of the course."""
    return ForecastDecision.objects.filter(course=course).select_related("by").order_by("-pk").first()


def require_as_shown(forecast: Forecast, course: Course, *, basis: str, after: str) -> None:
    """Raises `StaleDecisionError` where the form is not of what stands now.

    `basis` is that of the page (`basis_of`), `after` the public id of the newest decision it listed, empty for none.
    """
    if said := against_deciding(forecast, course):
        raise StaleDecisionError(f"{said}. Nothing was recorded")
    if basis != basis_of(forecast):
        raise StaleDecisionError("The form is not of the forecast as it is kept: open its page again. Nothing recorded")
    last = newest_decision(course)
    if last is not None and str(last.public_id) != after:
        raise StaleDecisionError(
            f"{last.by} has recorded another decision since this page was opened: read it, and decide again where it "
            "does not stand. Nothing was recorded"
        )
