"""A drift alarm that may be looked at after every rating: forecasts of a programme that have ceased to be right.

Places of ratings in their forecasts (`scoring.places`) are uniform and independent while each forecast is right given
all before it. Three questions are asked of each: above the median? inside the middle half? inside the middle 80 %?
The share of yes has a known chance q. Against it stands every other share, by Beta weights around q:

    e(k of n) = B(a + k, b + n - k) / (B(a, b) q^k (1 - q)^(n - k)),      a = WEIGHT q, b = WEIGHT (1 - q)

While forecasts are right, e starts at 1, is a fair game, and so is the mean of the three. A fair game that starts at 1
ever reaches 1 / ALARM with a chance of at most ALARM (Ville 1939): however often anybody looks, in all time. Nothing
need be corrected for looking. The price is slowness; what it catches, and how fast, is simulated in the docs.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.special import betaln

Values = NDArray[np.float64]
ALARM = 0.05  # the chance of ever raising a false alarm
WEIGHT = 4.0  # of how many ratings the Beta weights are worth
QUESTIONS: Mapping[str, float] = {"above the median": 0.5, "inside the middle 50 %": 0.5, "inside the middle 80 %": 0.8}


@dataclass(frozen=True)
class Drift:
    """What the alarm says after the last rating. `raised_at`: the number of the rating that raised it, from 1."""

    evidence: float  # e at the end
    most: float  # the most it ever was
    raised_at: int | None
    by_question: Mapping[str, float]

    @property
    def raised(self) -> bool:
        """Was it ever raised? Then it stays raised."""
        return self.raised_at is not None


def answers(at: Values) -> Values:
    """The three answers to each place, 0 or 1, (3, places)."""
    off = np.abs(at - 0.5)
    return np.stack([at > 0.5, off <= 0.25, off <= 0.4]).astype(float)


def evidence(at: Values) -> Values:
    """e after each place, by question, (3, places)."""
    yes = answers(at).cumsum(axis=1)
    count = np.arange(1, yes.shape[1] + 1)
    q = np.array(list(QUESTIONS.values()))[:, None]
    a, b = WEIGHT * q, WEIGHT * (1.0 - q)
    logs = betaln(a + yes, b + count - yes) - betaln(a, b) - yes * np.log(q) - (count - yes) * np.log1p(-q)
    return np.asarray(np.exp(logs), dtype=float)


def drift(places: Sequence[float]) -> Drift:
    """From places in the order in which their ratings came; of none, nothing is raised."""
    at = np.asarray(places, dtype=float)
    if not len(at):
        return Drift(1.0, 1.0, None, dict.fromkeys(QUESTIONS, 1.0))
    by_question = evidence(at)
    course = by_question.mean(axis=0)
    over = np.flatnonzero(course >= 1.0 / ALARM)
    return Drift(
        float(course[-1]), float(max(1.0, course.max())), int(over[0]) + 1 if len(over) else None,
        dict(zip(QUESTIONS, by_question[:, -1].tolist(), strict=True)),
    )  # fmt: skip
