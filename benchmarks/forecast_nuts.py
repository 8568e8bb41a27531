"""Our sampler and NUTS side by side: one posterior, equal accuracy of the score four weeks ahead.

The posterior is that of a simulated patient (12 ratings in five weeks, 6 infusions) where one draw of the population
and one body are known, which leaves continuous numbers, as NUTS needs. Accuracy of ours: how far the mean strays from
seed to seed, as the number of independent draws that would stray as far. Accuracy of NUTS: the effective sample size
of its chains. Processor time of both; NUTS is compiled before, with its warm-up counted and without.
"""

from __future__ import annotations

import time
from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from benchmarks.peers.forecast_nuts import CHAINS, DRAWS, WARM_UP, Density, sampled
from benchmarks.peers.peer import MissingPeerError
from holdfast.forecast.checks import narrowed, score_ahead, simulated_patients, without_floor
from holdfast.forecast.forecast import case_of
from holdfast.forecast.posterior import Case
from holdfast.units import H_PER_D

Values = NDArray[np.float64]
SEEDS, OUR_RUNS, AHEAD_D = (11, 12, 13), 30, 28.0


def narrowed_case(seed: int) -> Case:
    """A simulated patient of whom a draw and a body are known, ratings near 0 taken as normal by both."""
    (one,) = simulated_patients(1, seed=seed, ratings=12)
    random = np.random.default_rng(seed)
    return narrowed(without_floor(case_of(one.patient)), int(random.integers(500)), int(random.integers(64)))


def report(say: Callable[[str], None]) -> None:
    """By patient: means and SDs of both, and the ratio of draws per second; a line where JAX is not installed."""
    for seed in SEEDS:
        case = narrowed_case(seed)
        ahead_h = case.today_h + AHEAD_D * H_PER_D
        try:
            density = Density(case, [], ahead_h)
        except MissingPeerError as missing:
            say(f"NUTS: {missing}")
            return
        theirs = sampled(density, seed=seed)
        start = time.process_time()
        ours = [score_ahead(case, ahead_h, run)[0] for run in range(OUR_RUNS)]
        each_s = (time.process_time() - start) / OUR_RUNS
        means, sd = np.array([one.mean() for one in ours]), float(np.mean([one.std() for one in ours]))
        effective = sd**2 / float(means.var(ddof=1))
        rate, their_rate = effective / each_s, theirs.effective / (theirs.warm_up_s + theirs.sampling_s)
        say(f"patient {seed}, score in {AHEAD_D:g} days: ours {means.mean():.2f} (SD {sd:.2f}), NUTS "
            f"{theirs.score.mean():.2f} (SD {theirs.score.std():.2f}, {theirs.diverged} divergences)")  # fmt: skip
        say(f"  ours {effective:.0f} effective draws in {1000 * each_s:.0f} ms; NUTS {theirs.effective:.0f} in "
            f"{theirs.warm_up_s:.1f} s of warm-up and {theirs.sampling_s:.1f} s: "
            f"ours {rate / their_rate:.0f} times as many a second, "
            f"{rate / (theirs.effective / theirs.sampling_s):.0f} times without the warm-up")  # fmt: skip
    say(f"NUTS: {density.version}, {CHAINS} chains of {WARM_UP} and {DRAWS} draws side by side, target 0.9, float64")
