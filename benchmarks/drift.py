"""How often the drift alarm is raised by chance, and how soon it finds forecasts that have ceased to be right.

Programmes of simulated ratings, each with its place in a normal forecast. `python -m benchmarks.drift` prints; asserts
nothing.
"""

from __future__ import annotations

import sys

import numpy as np
from scipy.special import ndtr

from holdfast.forecast.drift import ALARM, drift

PROGRAMMES, RATINGS, SEED = 2000, 1000, 1
CASES = {  # what is off: shift of the ratings and their spread, in SDs of the forecast
    "forecasts are right": (0.0, 1.0), "spread 1.5 times as wide": (0.0, 1.5), "spread 1.25 times as wide": (0.0, 1.25),
    "shift by half an SD": (0.5, 1.0), "shift by a quarter of an SD": (0.25, 1.0),
}  # fmt: skip


def main() -> None:
    """For each case: the share of programmes with an alarm, and after how many ratings half of all had theirs."""
    for place, (words, (shift, spread)) in enumerate(CASES.items()):
        random = np.random.default_rng([SEED, place])
        raised = [drift(ndtr(shift + spread * random.standard_normal(RATINGS))).raised_at for _ in range(PROGRAMMES)]
        at = np.array([np.inf if one is None else one for one in raised])
        median = np.quantile(at, 0.5, method="nearest")
        sys.stdout.write(
            f"{words}: alarm in {np.isfinite(at).mean():.1%} of {PROGRAMMES} programmes of {RATINGS} ratings"
            + (f"; median after {median:.0f} ratings\n" if np.isfinite(median) else f" (limit {ALARM:.0%})\n")
        )


if __name__ == "__main__":
    main()
