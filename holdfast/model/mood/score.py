"""From the levels of the cascade to a score, and from the score to what a rating shows.

    D     = gA A + gX X + gZ Z                              share of the score that the drug removes, typical person
    MADRS = Base (1 - Placebo(t)) (1 - gain D)              what a perfect rating would show on an even day
    rated = MADRS + fluctuation + error                     rounded to whole points within the scale

Each factor stops at 0: the product of two negative ones would be a score. A self-rating follows the clinician's score
only in part and has a bias and an error of its own; it is still in points of MADRS, see `scale_links`.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from numpy.typing import ArrayLike, NDArray

from holdfast.facts.scale_names import scale_document
from holdfast.model.named_models import NamedModel

Values = NDArray[np.float64]
Whole = NDArray[np.int64]
SCALE = "madrs"
LEVELS = ("A", "X", "Z")


def most_points() -> int:
    """The highest total of the scale; the lowest is 0."""
    return int(scale_document(SCALE).header["total_max"])


def removed(model: NamedModel, levels: Mapping[str, Values]) -> Values:
    """D of the typical gain, from the levels A, X and Z of any one shape."""
    return sum((model.value(f"g{name}") * levels[name] for name in LEVELS), start=np.zeros(()))


def score(base: ArrayLike, placebo: ArrayLike, gained: ArrayLike) -> Values:
    """MADRS, not rounded, from the baseline, Placebo(t) and `gained` = gain * D; shapes broadcast."""
    left = np.maximum(1.0 - np.asarray(placebo, dtype=float), 0.0) * np.maximum(1.0 - np.asarray(gained), 0.0)
    return np.asarray(np.clip(np.asarray(base, dtype=float) * left, 0.0, most_points()), dtype=float)


def rated(model: NamedModel, points: ArrayLike, draws: ArrayLike, rater: str = "clinician") -> Whole:
    """A rating in whole points within the scale, from score and fluctuation together and standard normal draws.

    `rater` is `clinician` or `self`.
    """
    error = model.value(f"rating_{rater}", "sigma", unit="SD points") * np.asarray(draws, dtype=float)
    return np.rint(np.clip(np.asarray(points, dtype=float) + error, 0.0, most_points())).astype(np.int64)


def self_view(model: NamedModel, base: ArrayLike, points: ArrayLike, bias: ArrayLike) -> Values:
    """What somebody would say of themselves: part of the change a clinician sees, and their own bias in points."""
    start = np.asarray(base, dtype=float)
    seen = start + model.value("self_rating_share") * (np.asarray(points, dtype=float) - start)
    return np.asarray(np.clip(seen + bias, 0.0, most_points()), dtype=float)
