"""How long forecasts take, how exact they are, and how that compares with NUTS: `make bench-forecast`.

Prints; asserts nothing. One patient has 30 ratings and 20 doses; eight schedules over 26 weeks are compared; one
thread, warm; each run is another patient. Parts by name: `latency`, `long`, `many`, `accuracy`, `nuts`; `long` is one
patient of as many ratings as a forecast takes, with the memory of the process, so ask for it alone.
"""

from __future__ import annotations

import os

os.environ.update(dict.fromkeys(("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "MKL_NUM_THREADS"), "1"))

import argparse
import resource
import sys
import time
from collections.abc import Callable
from dataclasses import replace

import numpy as np

from holdfast.forecast.batch import forecasts
from holdfast.forecast.forecast import VERSION, forecast
from holdfast.forecast.patient_file import MOST_RATINGS, Patient, Rated, read_patient

RUNS, MANY, PROCESSES = 25, 400, 2
ALL = 10_000  # patients to which a rate is extrapolated
DOSE_DAYS = (0, 3, 7, 10, 14, 17, 21, 24, 28, 35, 42, 49, 56, 63, 77, 91, 105, 119, 133, 147)
RATINGS, TODAY = 30, 160


FALL, FALL_TO_0 = 18, 33  # points that the score of somebody of 35 goes down in the end


def patient(seed: int, fall: float = FALL) -> Patient:
    """Somebody who got better and whose score goes up and down."""
    random = np.random.default_rng(seed)
    days = [-1, *sorted(random.choice(np.arange(1, TODAY), RATINGS - 1, replace=False).tolist())]
    totals = [35 - fall * (1 - np.exp(-max(day, 0) / 8)) + random.normal(0, 4) for day in days]
    dose = {"drug": "ketamine", "route": "iv", "dose_mg_per_kg": 0.5, "duration_min": 40}
    return read_patient({
        "today": TODAY, "weight_kg": float(random.uniform(55, 95)), "planned": {"every_d": 14},
        "doses": [{"day": day, **dose} for day in DOSE_DAYS],
        "ratings": [{"day": int(day), "scale": "madrs", "total": int(np.clip(np.rint(one), 0, 60))}
                    for day, one in zip(days, totals, strict=True)],
    })  # fmt: skip


def say(line: str) -> None:
    """A line of the report."""
    sys.stdout.write(line + "\n")
    sys.stdout.flush()


def latency() -> None:
    """Medians and 95th percentiles, of wall clock and of processor time."""
    start = time.perf_counter()
    forecast(patient(0))
    say(f"first forecast of the process, machine code loaded or made: {time.perf_counter() - start:.2f} s")
    _latency(FALL)
    say("the same, and well: ratings near 0, where the likelihood that knows of the floor is let in")
    _latency(FALL_TO_0)
    say(f"{RUNS} patients, {RATINGS} ratings, {len(DOSE_DAYS)} doses, 8 plans over 26 weeks; one thread")


def _latency(fall: float) -> None:
    wall, processor, effective = [], [], []
    for run in range(1, RUNS + 1):
        one = patient(run, fall)
        start, started = time.perf_counter(), time.process_time()
        answer = forecast(one)
        wall.append(time.perf_counter() - start)
        processor.append(time.process_time() - started)
        found = answer["posterior"]
        effective.append((found["effective_at_first"], found["virtual_patients"], found["effective_histories"]))
    for name, values in (("wall clock", wall), ("processor", processor)):
        median, late = 1000 * np.quantile(values, (0.5, 0.95))
        say(f"{name}: median {median:.0f} ms, 95th percentile {late:.0f} ms")
    first, drawn, histories = np.median(effective, axis=0)
    say(f"effective sample before tempering: median {first:.0f} of {drawn:.0f}; "
        f"distinct histories after it: {histories:.0f}")  # fmt: skip


def long() -> None:
    """Processor time and memory of one patient rated every day, machine code loaded before."""
    forecast(patient(0))
    one, random = patient(1), np.random.default_rng(1)
    totals = np.clip(np.rint(random.normal(17, 4, MOST_RATINGS - 1)), 0, 60).astype(int).tolist()
    daily = (Rated(float(day), "madrs", total) for day, total in enumerate(totals, start=1))
    one = replace(one, today=float(MOST_RATINGS), ratings=(one.ratings[0], *daily))
    before, started = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss, time.process_time()
    forecast(one)
    most = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    say(f"{MOST_RATINGS:,} ratings: {time.process_time() - started:.1f} s of processor time; the process had "
        f"{most / 1024**2:.2f} GB at most, {before / 1024**2:.2f} after a patient of {RATINGS}")  # fmt: skip


def many(patients: int) -> None:
    """The rate of a batch on two processes, and what it would be for ten thousand."""
    start, told = time.perf_counter(), 0
    for one in forecasts((patient(seed) for seed in range(patients)), processes=PROCESSES):
        told += one.answer is not None
    taken = time.perf_counter() - start
    say(
        f"{patients} patients on {PROCESSES} processes: {taken:.0f} s, start included; {told} forecasts"
        + ("" if patients >= ALL else f"; extrapolated to {ALL:,} patients: {taken / patients * ALL / 60:.1f} min")
    )


def main() -> None:
    """Print what was asked for, all of it where nothing was."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("parts", nargs="*", help="latency long many accuracy nuts; all where none is named")
    parser.add_argument("--patients", type=int, default=MANY, help=f"of the batch; default {MANY}")
    given = parser.parse_args()

    def accuracy() -> None:
        from benchmarks.forecast_accuracy import report

        report(say)

    def nuts() -> None:
        from benchmarks.forecast_nuts import report

        report(say)

    parts: dict[str, Callable[[], None]] = {
        "latency": latency, "long": long, "many": lambda: many(given.patients), "accuracy": accuracy, "nuts": nuts,
    }  # fmt: skip
    unknown = [name for name in given.parts if name not in parts]
    if unknown:
        parser.error(f"{', '.join(unknown)} is not one of {', '.join(parts)}")
    for name in given.parts or parts:
        parts[name]()
    say(f"forecast version {VERSION}; load {os.getloadavg()[0]:.2f}; numpy {np.__version__}; "
        f"Python {sys.version.split()[0]}")  # fmt: skip


if __name__ == "__main__":
    main()
