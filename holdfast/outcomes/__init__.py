"""Outcomes by named definition: response, remission, relapse, recurrence and the time to each."""

from holdfast.outcomes.course import CourseOutcomes, JudgedRating, TimeTo, course_outcomes
from holdfast.outcomes.definitions import (
    OutcomeDefinition,
    chosen_definitions,
    definition,
    definitions,
    remission,
    response,
)
from holdfast.outcomes.ratings import RELAPSE_EVENTS, Baseline, CourseEvent, Rating, baseline
from holdfast.outcomes.relapse import Return, recurrence, relapse
from holdfast.outcomes.table import Cell, compute

__all__ = [
    "RELAPSE_EVENTS", "Baseline", "Cell", "CourseEvent", "CourseOutcomes", "JudgedRating",
    "OutcomeDefinition", "Rating", "Return", "TimeTo", "baseline", "chosen_definitions", "compute",
    "course_outcomes", "definition", "definitions", "recurrence", "relapse", "remission", "response",
]  # fmt: skip
