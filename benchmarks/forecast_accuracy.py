"""How far posteriors of the usual effort lie from very long ones: errors of means, in SDs of the posterior."""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from benchmarks.forecast import patient
from holdfast.forecast.forecast import case_of
from holdfast.forecast.patient_file import Patient, read_patient
from holdfast.forecast.posterior import USUAL, Case, Effort, posterior_of

Values = NDArray[np.float64]
FOLDER = Path(__file__).parents[1] / "docs" / "examples" / "forecast"
LONG = replace(USUAL, members=20 * 1024, each=4, particles=60_000, rounds=3, last_rounds=6, few_histories=10**9,
               lived_again=2)  # fmt: skip
LONG_RUNS, USUAL_RUNS = 2, 12
OF_BENCHMARK = (1, 2, 5)
QUANTITIES = ("score at the last rating", "baseline", "kout", "gain")


def patients() -> dict[str, Patient]:
    """The documented examples, and some of the benchmark's."""
    examples = {path.stem: read_patient(json.loads(path.read_text(encoding="utf-8")))
                for path in sorted(FOLDER.glob("*.json"))}  # fmt: skip
    return examples | {f"benchmark {seed}": patient(seed) for seed in OF_BENCHMARK}


def means(case: Case, seed: int, effort: Effort) -> tuple[Values, Values]:
    """Means and SDs of the quantities, from one run."""
    found = posterior_of(case, np.random.default_rng([seed, 0]), effort).particles
    base = found.fit().mean[:, 0]
    own = found.own
    values = np.stack([found.relative()[-1] * base, base, found.members.take(found.who).kout, own[3]])
    return values.mean(axis=1), values.std(axis=1)


def report(say: Callable[[str], None]) -> None:
    """By patient: the error of a run of usual effort (root mean square over seeds) against long runs, in SDs."""
    say(f"errors of means in SDs of the posterior, root mean square of {USUAL_RUNS} runs, against {LONG_RUNS} runs of "
        f"{LONG.particles:,} particles: {', '.join(QUANTITIES)}")  # fmt: skip
    for name, one in patients().items():
        case = case_of(one)
        long = [means(case, 1000 + run, LONG) for run in range(LONG_RUNS)]
        mean, sd = (np.mean([run[i] for run in long], axis=0) for i in range(2))
        apart = np.abs(long[0][0] - long[-1][0]) / sd
        start = time.process_time()
        off = np.array([(means(case, run, USUAL)[0] - mean) / sd for run in range(USUAL_RUNS)])
        taken = (time.process_time() - start) / USUAL_RUNS
        errors = np.sqrt((off**2).mean(axis=0))
        say(f"  {name}: {'  '.join(f'{one:.3f}' for one in errors)}  (long runs apart "
            f"{'  '.join(f'{one:.3f}' for one in apart)}); {1000 * taken:.0f} ms of processor each")  # fmt: skip
