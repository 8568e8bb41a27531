"""What a simulation showed, counted: whole numbers that add up over chunks in any order, so memory does not grow.

Percentiles are read off counts in classes; a percentile is exact to the width of its class.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from holdfast.model.courses.columns import WHY_STOPPED, Courses
from holdfast.model.mood.score import most_points
from holdfast.model.runs.limits import limits

Counts = NDArray[np.int64]
PERCENTILES = (5, 25, 50, 75, 95)
_SCORE_CLASS = 0.25  # points
# Columns of a treatment session: low end, width and number of classes; the first and the last hold what lies beyond.
PEAKS: Mapping[str, tuple[float, float, int]] = {
    "cmax_ng_per_ml": (0.0, 1.0, 2000), "cadss_peak": (-0.5, 1.0, 93), "sbp_rise_peak_mmhg": (-50.0, 0.5, 300),
    "sbp_max_mmhg": (0.0, 0.5, 600), "dbp_rise_peak_mmhg": (-50.0, 0.5, 300), "sedation_probability": (0.0, 0.005, 200),
}  # fmt: skip


@dataclass(frozen=True)
class Tally:
    """Counts of one chunk, or of several added up."""

    days: int
    patients: int = 0
    scores: Counts = field(default_factory=lambda: np.zeros(0, dtype=np.int64))  # (days, classes)
    by_day: dict[str, Counts] = field(default_factory=dict)  # (days,)
    peaks: dict[str, Counts] = field(default_factory=dict)  # (classes,)
    tails: dict[str, int] = field(default_factory=dict)
    totals: dict[str, int] = field(default_factory=dict)
    treatment_sessions: Counts = field(default_factory=lambda: np.zeros(0, dtype=np.int64))  # patients by how many

    def plus(self, other: Tally) -> Tally:
        """Both together; a tally of nobody adds nothing."""
        if not self.patients:
            return other

        def summed(name: str) -> dict[str, Any]:
            mine, theirs = getattr(self, name), getattr(other, name)
            return {key: counts + theirs[key] for key, counts in mine.items()}

        return Tally(
            self.days, self.patients + other.patients, self.scores + other.scores, summed("by_day"), summed("peaks"),
            summed("tails"), summed("totals"), self.treatment_sessions + other.treatment_sessions,
        )  # fmt: skip

    def percentiles(self, day: int) -> list[float]:
        """MADRS without error of rating on that day at `PERCENTILES`."""
        return _percentiles(self.scores[day], 0.0, _SCORE_CLASS)

    def peak_percentiles(self, name: str) -> list[float]:
        """A column of treatment sessions at `PERCENTILES`; empty where there was none."""
        return _percentiles(self.peaks[name], *PEAKS[name][:2]) if self.peaks[name].any() else []

    def share_in_course(self, name: str, day: int) -> float | None:
        """Share of those in the course on that day whose last rating is a response (or a remission)."""
        here = int(self.by_day["in_course"][day])
        return int(self.by_day[name][day]) / here if here else None

    def share_of_all(self, name: str, day: int) -> float:
        """The same, of all patients: who has left the course counts as one without it."""
        return int(self.by_day[name][day]) / self.patients


def tally(courses: Courses) -> Tally:
    """The counts of one chunk."""
    values, known = courses.values, courses.known
    given, last = known("treatment_session"), values["why_stopped"][-1]
    classes = 0.0, _SCORE_CLASS, int(most_points() / _SCORE_CLASS) + 1
    return Tally(
        courses.days,
        courses.count,
        scores=np.stack([_classes(of_day, *classes) for of_day in values["madrs_true"]]),
        by_day={
            **{name: values[name].sum(axis=1, dtype=np.int64) for name in ("in_course", "missed", "withheld")},
            "treatment_sessions": given.sum(axis=1), "rated": known("madrs_observed").sum(axis=1),
            **courses.standing,
        },
        peaks={name: _classes(values[name][known(name)], *of_peak) for name, of_peak in PEAKS.items()},
        tails=_tails(courses),
        totals={
            **courses.outcomes,
            **{why: int((last == place).sum()) for place, why in enumerate(WHY_STOPPED, start=1)},
        },
        treatment_sessions=np.bincount(given.sum(axis=0), minlength=courses.days + 1),
    )  # fmt: skip


def _tails(courses: Courses) -> dict[str, int]:
    """How many treatment sessions reached each limit, and of how many that can be said."""
    counted = {}
    for limit in limits():
        judged = courses.values[limit.column][courses.known(limit.column)]
        counted[limit.name] = int(limit.reached(judged).sum())
        counted[f"{limit.name}: judged"] = len(judged)
    return counted


def _classes(values: NDArray[Any], low: float, width: float, classes: int) -> Counts:
    place = np.clip(np.floor((values - low) / width), 0, classes - 1).astype(np.int64)
    return np.bincount(place, minlength=classes)


def _percentiles(counts: Counts, low: float, width: float) -> list[float]:
    """The middle of the class in which each percentile falls."""
    upto = np.cumsum(counts)
    places = [int(np.searchsorted(upto, max(1, np.ceil(upto[-1] * p / 100)))) for p in PERCENTILES]
    return [low + place * width + width / 2 for place in places]


def saved(made: Tally) -> dict[str, Any]:
    """Plain values, to be kept beside a part."""
    plain: dict[str, Any] = {"days": made.days, "patients": made.patients, "scores": made.scores.tolist()}
    plain["treatment_sessions"] = made.treatment_sessions.tolist()
    for name in ("by_day", "peaks"):
        plain[name] = {key: counts.tolist() for key, counts in getattr(made, name).items()}
    return plain | {"tails": made.tails, "totals": made.totals}


def loaded(plain: Mapping[str, Any]) -> Tally:
    """What `saved` gave."""
    arrays = {name: {key: np.array(counts) for key, counts in plain[name].items()} for name in ("by_day", "peaks")}
    return Tally(
        plain["days"], plain["patients"], np.array(plain["scores"]), arrays["by_day"], arrays["peaks"],
        dict(plain["tails"]), dict(plain["totals"]), np.array(plain["treatment_sessions"]),
    )  # fmt: skip
