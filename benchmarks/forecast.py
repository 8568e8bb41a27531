"""How long the forecast of one patient takes: `make bench-forecast`. Prints; asserts nothing.

One patient of 30 ratings and 20 doses, eight schedules over 26 weeks, one thread, warm; each run is another patient.
"""

from __future__ import annotations

import os

os.environ.update(dict.fromkeys(("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "MKL_NUM_THREADS"), "1"))

import sys
import time

import numpy as np

from holdfast.forecast.forecast import forecast
from holdfast.forecast.patient_file import Patient, read_patient

RUNS = 25
DOSE_DAYS = (0, 3, 7, 10, 14, 17, 21, 24, 28, 35, 42, 49, 56, 63, 77, 91, 105, 119, 133, 147)
RATINGS, TODAY = 30, 160


def patient(seed: int) -> Patient:
    """Somebody who got better and whose score goes up and down."""
    random = np.random.default_rng(seed)
    days = [-1, *sorted(random.choice(np.arange(1, TODAY), RATINGS - 1, replace=False).tolist())]
    totals = [35 - 18 * (1 - np.exp(-max(day, 0) / 8)) + random.normal(0, 4) for day in days]
    dose = {"drug": "ketamine", "route": "iv", "dose_mg_per_kg": 0.5, "duration_min": 40}
    return read_patient({
        "today": TODAY, "weight_kg": float(random.uniform(55, 95)), "planned": {"every_d": 14},
        "doses": [{"day": day, **dose} for day in DOSE_DAYS],
        "ratings": [{"day": int(day), "scale": "madrs", "total": int(np.clip(np.rint(one), 0, 60))}
                    for day, one in zip(days, totals, strict=True)],
    })  # fmt: skip


def _say(line: str) -> None:
    sys.stdout.write(line + "\n")


def main() -> None:
    """Print medians and 95th percentiles, of wall clock and of processor time."""
    forecast(patient(0))
    wall, processor, effective = [], [], []
    for run in range(1, RUNS + 1):
        one = patient(run)
        start, started = time.perf_counter(), time.process_time()
        answer = forecast(one)
        wall.append(time.perf_counter() - start)
        processor.append(time.process_time() - started)
        effective.append((answer["posterior"]["effective_at_first"], answer["posterior"]["effective_histories"]))
    for name, values in (("wall clock", wall), ("processor", processor)):
        median, late = 1000 * np.quantile(values, (0.5, 0.95))
        _say(f"{name}: median {median:.0f} ms, 95th percentile {late:.0f} ms")
    first, histories = np.median(effective, axis=0)
    _say(f"effective sample before tempering: median {first:.0f} of 4096; distinct histories after it: {histories:.0f}")
    _say(f"{RUNS} patients, {RATINGS} ratings, {len(DOSE_DAYS)} doses, 8 plans over 26 weeks; one thread; "
          f"load {os.getloadavg()[0]:.2f}; numpy {np.__version__}; Python {sys.version.split()[0]}")  # fmt: skip


if __name__ == "__main__":
    main()
