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


@dataclass
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

    def add(self, other: Tally) -> None:
        """Count another chunk in."""
        if not self.patients:
            self.__dict__.update(other.__dict__)
            return
        self.patients += other.patients
        self.scores = self.scores + other.scores
        self.treatment_sessions = self.treatment_sessions + other.treatment_sessions
        for name in self.by_day:
            self.by_day[name] = self.by_day[name] + other.by_day[name]
        for name in self.peaks:
            self.peaks[name] = self.peaks[name] + other.peaks[name]
        for mine, theirs in ((self.tails, other.tails), (self.totals, other.totals)):
            mine.update({name: count + theirs[name] for name, count in mine.items()})

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
    values, given = courses.values, courses.known("treatment_session")
    last = courses.values["why_stopped"][-1]
    made = Tally(courses.days, courses.count)
    classes = 0.0, _SCORE_CLASS, int(most_points() / _SCORE_CLASS) + 1
    made.scores = np.stack([_classes(of_day, *classes) for of_day in values["madrs_true"]])
    made.by_day = {
        "in_course": values["in_course"].sum(axis=1, dtype=np.int64), "treatment_sessions": given.sum(axis=1),
        "missed": values["missed"].sum(axis=1, dtype=np.int64),
        "withheld": values["withheld"].sum(axis=1, dtype=np.int64),
        "rated": courses.known("madrs_observed").sum(axis=1), **courses.standing,
    }  # fmt: skip
    for name, of_peak in PEAKS.items():
        made.peaks[name] = _classes(values[name][courses.known(name)], *of_peak)
    for limit in limits():
        judged = values[limit.column][courses.known(limit.column)]
        made.tails[limit.name] = int(limit.reached(judged).sum())
        made.tails[f"{limit.name}: judged"] = len(judged)
    made.totals = {**courses.outcomes, **{why: int((last == place).sum())
                                          for place, why in enumerate(WHY_STOPPED, start=1)}}  # fmt: skip
    made.treatment_sessions = np.bincount(given.sum(axis=0), minlength=courses.days + 1)
    return made


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
