"""What the model leaves unexplained of a single number, put onto what replicates report.

`tau_row` of a posterior is its SD in logits of a share. A share is moved by that much on its logit, after it was moved
by half a person to one half, so that 0 of 30 can become 1 of 30; an effect size, a correlation or the logarithm of a
time is moved by sqrt(3) / pi of it, and a mean in points by that times the SD over people. Yes or no is not moved.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Values = NDArray[np.float64]
LOGISTIC = float(np.sqrt(3) / np.pi)  # SDs of a normal law that are one logit of a logistic one
LOGS = (
    "loss_of_response_median", "relapse_median", "sessions_to_median", "hazard_ratio_relapse", "hazard_ratio_remission",
    "loss_of_response_shortest", "loss_of_response_longest",
)  # fmt: skip
SHARES = (
    "response", "remission", "ever_response", "ever_remission", "held_response", "sensitivity", "specificity",
    "response_kept", "relapse", "remission_kept", "onset_before",
)  # fmt: skip
IN_POINTS = ("change", "mean_difference")
PERCENT = 100.0
_HALF = 0.5
YES = "superior"


def moved(kind: str, values: Values, people: float, shift: float | Values, sd: float) -> Values:
    """`values` of replicates, moved by `shift` logits; `people` are behind the number, `sd` is over them, in points."""
    if kind == YES:
        return values
    if kind in SHARES:
        share = (values / PERCENT * people + _HALF) / (people + 2 * _HALF)
        shifted = 1.0 / (1.0 + (1.0 - share) / share * np.exp(-np.asarray(shift)))
        back = (shifted * (people + 2 * _HALF) - _HALF) / people
        return np.asarray(PERCENT * np.clip(back, 0.0, 1.0), dtype=float)
    if kind in LOGS:
        return np.asarray(values * np.exp(LOGISTIC * np.asarray(shift)), dtype=float)
    return np.asarray(values + LOGISTIC * np.asarray(shift) * (sd if kind in IN_POINTS else 1.0), dtype=float)
