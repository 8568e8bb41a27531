"""What the mood curve draws, as plain values: one scale at a time, gaps where ratings are missing.

Times are milliseconds since 1970 for calendar courses and study days otherwise. The script only draws.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import pairwise
from statistics import median
from typing import Any, Protocol

from holdfast import outcomes
from holdfast.clinic.assessments.queries import Rated
from holdfast.clinic.courses.models import Course
from holdfast.clinic.courses.standing import OTHER_TREATMENT_LEGS
from holdfast.scales import scale as scale_named

GAP_FACTOR = (
    2  # the line breaks where a pause is more than twice the usual one: a way of drawing, not a clinical number
)

HALF_A_POINT = 0.5  # totals are whole


class Drawn(Protocol):
    """What is drawn: a course as its reader may see it."""

    @property
    def course(self) -> Course:
        """The course."""

    @property
    def ratings(self) -> Sequence[Rated]:
        """Ratings in order of time."""

    @property
    def baselines(self) -> Mapping[str, float]:
        """Total of each fixed baseline, by scale."""

    @property
    def sessions(self) -> Sequence[Any]:
        """Treatment sessions."""


def curve(view: Drawn, scale_id: str) -> dict[str, Any]:
    """Points, treatment sessions, baseline, response line and remission band of one scale."""
    scale = scale_named(scale_id)
    own = [r for r in view.ratings if r.scale == scale_id and r.total is not None]
    definitions = outcomes.chosen_definitions(scale_id, view.course.programme.choices)
    by_outcome = {d.outcome: d for d in definitions if view.course.treats_an_illness}
    return {
        "scale": scale.name,
        "basis": view.course.time_basis,
        "zone": view.course.programme.time_zone,
        "low": scale.total_min,
        "high": scale.total_max,
        "points": _points([r for r in own if r.leg not in OTHER_TREATMENT_LEGS]),
        "other": _points([r for r in own if r.leg in OTHER_TREATMENT_LEGS]),
        "other_name": "after placebo",
        "baseline": view.baselines.get(scale_id),
        "response": _response_line(view.baselines.get(scale_id), by_outcome.get("response"), scale.higher_is),
        "remission": _remission_band(by_outcome.get("remission")),
        "sessions": [_session(s) for s in view.sessions if s.given],
    }


def _points(ratings: list[Rated]) -> list[dict[str, Any]]:
    gaps = _gaps(ratings)
    return [
        {
            "x": _x(rated),
            "y": rated.total,
            "id": str(rated.public_id),
            "after_gap": rated.public_id in gaps,
            "corrected": rated.version > 1,
        }
        for rated in ratings
    ]


def _x(rated: Rated) -> float:
    return rated.at.timestamp() if rated.at else float(rated.study_day or 0)


def _gaps(ratings: list[Rated]) -> set[Any]:
    """Ratings before which others are missing: after a pause of more than `GAP_FACTOR` times the usual one."""
    pauses = [_x(later) - _x(earlier) for earlier, later in pairwise(ratings)]
    if len(pauses) <= GAP_FACTOR:
        return set()
    limit = GAP_FACTOR * median(pauses)
    return {later.public_id for pause, later in zip(pauses, ratings[1:], strict=True) if pause > limit}


def _session(given: Any) -> dict[str, Any]:
    at = given.dosed_at.timestamp() if given.dosed_at else float(given.dosed_on_day or 0)
    return {"x": at, "number": given.number, "dose_mg": given.dose_mg}


def _response_line(
    baseline: float | None, by: outcomes.OutcomeDefinition | None, higher_is: str
) -> dict[str, Any] | None:
    if baseline is None or by is None or by.unit not in ("%", "percent") or higher_is != "worse":
        return None
    fall = by.values[0]
    return {
        "y": baseline * (100 - fall) / 100,
        "text": f"Response: a fall of {fall:g} % from baseline",
    }


def _remission_band(by: outcomes.OutcomeDefinition | None) -> dict[str, Any] | None:
    if by is None or by.op not in ("<", "<="):
        return None
    edge = by.values[0] - (HALF_A_POINT if by.op == "<" else 0)  # a total on the limit must not look inside
    return {"y": edge, "text": by.text}
