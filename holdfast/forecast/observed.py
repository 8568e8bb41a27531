"""Ratings as the model sees them: points of MADRS at times, how each follows the score, and how far it errs.

    clinician    y = score + fluctuation                                              + error
    self         y = base + share (score + fluctuation - base) + bias                 + error
    another      y as above, from the total by the published link, + bias of its own  + error

A link holds for means of groups, so each scale but MADRS has, in one person, a constant bias of its own. Its SD is
that of self-ratings (`self_rating_bias`), for want of any other number. Whole points add the error of rounding, which
on a scale of few points is larger in points of MADRS. A total of 0 says "less than half a point" (`floor`).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from holdfast.errors import InputError
from holdfast.facts.scale_names import scale_document
from holdfast.forecast.patient_file import Patient, Rated
from holdfast.model.mood.scale_links import METRIC, linked, links
from holdfast.units import H_PER_D

Values = NDArray[np.float64]
_ROUNDING = 1.0 / 12.0  # variance of whole points
_BELOW = 3.0
NEAR_0 = 4.0  # points of MADRS: an error (SD 1.5 in the median draw) rarely lifts a 0 above that


@dataclass(frozen=True)
class Observed:
    """Ratings in the order of time, arrays (ratings,). `scales` are those with a bias; `bias` is its place or -1."""

    at_h: Values
    points: Values
    by_patient: NDArray[np.bool_]
    rounding: Values  # variance, in points of MADRS
    bias: NDArray[np.int_]
    near_0: NDArray[np.bool_]  # so low that the floor of the scale counts: `floor`
    half_a_point: Values  # of a total of 0, in points of MADRS; 0 for any other
    scales: tuple[str, ...]

    def __len__(self) -> int:
        return len(self.at_h)

    def standing_in(self) -> Observed:
        """Normal ratings that stand in for those near 0, until the likelihood that knows of the floor takes over.

        A total of 0 is somewhere below, and whatever is near 0 may have been. How far decides what is computed first,
        and nothing of what comes out.
        """
        at_0 = self.half_a_point > 0
        return replace(
            self, points=np.where(at_0, -_BELOW, self.points),
            rounding=self.rounding + np.where(at_0, _BELOW**2, np.where(self.near_0, 1.0, 0.0)),
        )  # fmt: skip

    def until(self, hour: float) -> Observed:
        """Those no later than that."""
        kept = self.at_h <= hour
        return Observed(
            self.at_h[kept], self.points[kept], self.by_patient[kept], self.rounding[kept], self.bias[kept],
            self.near_0[kept], self.half_a_point[kept], self.scales,
        )  # fmt: skip


def observed(patient: Patient) -> Observed:
    """The patient's ratings. Raises `InputError` for a scale that no link joins to MADRS."""
    ratings = [one for one in patient.obtained if require_linked(one.scale)]
    scales = tuple(sorted({one.scale for one in [*ratings, Rated(0.0, patient.scale, None)]} - {METRIC}))
    points = np.concatenate([linked(np.array([one.total], dtype=float), one.scale, METRIC) for one in ratings])
    return Observed(
        at_h=np.array([(one.day - patient.start_day) * H_PER_D for one in ratings]),
        points=points,
        by_patient=np.array([rated_by_patient(one.scale) for one in ratings]),
        rounding=np.array([0.0 if one.total == 0 else _ROUNDING * _slope(one) ** 2 for one in ratings]),
        bias=np.array([scales.index(one.scale) if one.scale in scales else -1 for one in ratings]),
        near_0=points <= NEAR_0,
        half_a_point=np.array([_half_a_point(one) if one.total == 0 else 0.0 for one in ratings]),
        scales=scales,
    )


def require_linked(scale: str) -> str:
    """The scale itself. Raises `InputError` where nothing tells what its totals are on MADRS."""
    if scale != METRIC and scale not in links():
        known = ", ".join([METRIC, *links()])
        raise InputError(f"no published link joins {scale} to MADRS; a forecast reads {known}: leave out the others")
    return scale


def rated_by_patient(scale: str) -> bool:
    """Do people rate themselves on it?"""
    return str(scale_document(scale).header["rated_by"]) == "patient"


def _half_a_point(one: Rated) -> float:
    """The lowest points of MADRS that would round to 1 and not to 0 on the scale."""
    return float(linked([0.5], one.scale, METRIC)[0])


def _slope(one: Rated) -> float:
    """Points of MADRS for a point of the scale, around this total."""
    most = int(scale_document(one.scale).header["total_max"])
    assert one.total is not None
    ends: Sequence[float] = (max(one.total - 0.5, 0.0), min(one.total + 0.5, most))
    low, high = linked(ends, one.scale, METRIC)
    return float((high - low) / (ends[1] - ends[0]))
