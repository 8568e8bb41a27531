"""The forward model at the points of a design, on several processes, kept on disk as it goes.

A run that was interrupted goes on where it stopped: finished blocks lie in a folder named by the digest of everything
that they rest on (tables of facts, code, design, sizes).
"""

from __future__ import annotations

import hashlib
import multiprocessing
import sys
from collections.abc import Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor, as_completed
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from calibration.mood.design import Design, natural
from calibration.mood.forward import told
from calibration.mood.targets import Target, calibration_trials
from holdfast.errors import InputError, TableError
from holdfast.evidence.virtual_trials.design import Trial
from holdfast.facts import load
from holdfast.model.named_models import named_model
from holdfast.model.posteriors.parameters import STUDY_EFFECTS, changed, parameters

Values = NDArray[np.float64]
ROOT = Path(__file__).resolve().parents[2]
CACHE = ROOT / "build" / "calibration"
_LIVES = tuple(
    f"holdfast/model/{room}"
    for room in ("mood", "posteriors", "population", "effects", "pharmacokinetics", "integration")
)
_LIVES += ("holdfast/evidence/virtual_trials",)
_POINTS = ("design", "forward", "runs", "targets")  # what a number at a point of a design rests on
_TELL = ("__main__.py", "report.py", "page.py", "pictures.py", "tables.py", "model_rows.py")  # they change no number
BLOCK = 4  # points; seeds go by point, so that no number hangs on it
_LONG, _OF_LONG = 20, 0.4  # treatment sessions from which on a trial takes long; share of the people that live it


@dataclass(frozen=True)
class Size:
    """How large a run is: points, people in each trial, processes."""

    points: int
    people: int
    workers: int


@dataclass(frozen=True)
class Setup:
    """What every point has in common."""

    base: str
    hypothesis: str
    people: int
    seed: int
    halves: bool = False  # trials that take long at every second point

    @property
    def fitted(self):  # type: ignore[no-untyped-def]
        """Parameters in their order."""
        return parameters(self.hypothesis)


@dataclass(frozen=True)
class Ran:
    """Means and SDs of each target's replicates: (points, targets). NaN where the trial could not be run there."""

    targets: tuple[Target, ...]
    mean: Values
    sd: Values


def ran(setup: Setup, design: Design, *, workers: int, said: str) -> Ran:
    """The forward model at every point of the design."""
    folder = CACHE / _digest(setup, design)
    folder.mkdir(parents=True, exist_ok=True)
    blocks = [(first, min(first + BLOCK, len(design))) for first in range(0, len(design), BLOCK)]
    todo = [one for one in blocks if not (folder / f"{one[0]}.npz").exists()]
    with ProcessPoolExecutor(max(1, workers), mp_context=multiprocessing.get_context("spawn")) as pool:
        jobs = [pool.submit(_block, setup, _part(design, *one), one[0], folder) for one in todo]
        for done, job in enumerate(as_completed(jobs), start=len(blocks) - len(todo) + 1):
            job.result()
            print(f"\r{said}: block {done} of {len(blocks)}", end="", file=sys.stderr, flush=True)
    print(file=sys.stderr)
    parts = [np.load(folder / f"{first}.npz") for first, _ in blocks]
    return Ran(targets(setup), *(np.concatenate([part[name] for part in parts]) for name in ("mean", "sd")))


@cache
def usable_trials(base: str) -> tuple[Trial, ...]:
    """Trials that report at least one published number and that the model can live."""
    found = []
    for trial in calibration_trials():
        try:
            report = told(trial, named_model(base), "nmda-driven", seed=1, people=500, replicates=2)
        except InputError as fault:
            print(f"{trial.id} is left out: {fault}", file=sys.stderr)
            continue
        if report.targets:
            found.append(trial)
    return tuple(found)


@cache
def targets(setup: Setup) -> tuple[Target, ...]:
    """Every number that can be compared, trial by trial in the order of their names."""
    made: list[Target] = []
    for trial in usable_trials(setup.base):
        made += told(trial, named_model(setup.base), "nmda-driven", seed=1, people=500, replicates=2).targets
    return tuple(made)


def replicates_of(trial: Trial, people: int) -> int:
    """Enough that chance of the draw is below that of the people, and few for large trials."""
    return int(np.clip(2 * people / trial.n, 8, 120))


def people_of(trial: Trial, people: int) -> int:
    """Fewer where a trial takes long: its chance error is evened out over the points of the design."""
    return int(_OF_LONG * people) if _sessions(trial) >= _LONG else people


def takes_long(trial: Trial) -> bool:
    """Many treatment sessions, or a comparator whose effect has to be found at every point."""
    return _sessions(trial) >= _LONG or any(arm.comparator is not None for arm in trial.arms.values())


def _sessions(trial: Trial) -> int:
    return max(len(arm.dose_days) + len(arm.placebo_days) for arm in trial.arms.values())


def _block(setup: Setup, design: Design, first: int, folder: Path) -> None:
    found = [_point(setup, design.z[i], design.shifts[i], setup.seed + first + i) for i in range(len(design))]
    mean, sd = (np.stack(part) for part in zip(*found, strict=True))
    path = folder / f"{first}.part.npz"
    np.savez(path, mean=mean, sd=sd)
    path.rename(folder / f"{first}.npz")


def _point(setup: Setup, z: Values, shifts: Values, seed: int) -> tuple[Values, Values]:
    """Means and SDs of every target at one point; each trial of it has its own shifts.

    Trials that take long are lived at every second point only: they would take three quarters of the time.
    """
    known = targets(setup)
    mean, sd = (np.full(len(known), np.nan) for _ in range(2))
    values, base = natural(setup.fitted, z), named_model(setup.base)
    for number, trial in enumerate(usable_trials(setup.base)):
        if takes_long(trial) and setup.halves and seed % 2:
            continue
        places = [place for place, one in enumerate(known) if one.trial == trial.id]
        try:
            model = changed(base, setup.fitted, values, dict(zip(STUDY_EFFECTS, shifts[number].tolist(), strict=True)))
            report = told(trial, model, setup.hypothesis, seed=seed, people=people_of(trial, setup.people),
                          replicates=replicates_of(trial, setup.people))  # fmt: skip
        except (InputError, TableError):  # nobody to select, or a point that no body can have
            continue
        mean[places], sd[places] = _summary([known[place] for place in places], report.values)
    return mean, sd


def _summary(known: list[Target], values: Values) -> tuple[Values, Values]:
    """Mean and SD of replicates on the scale of comparison; NaN where fewer than half report."""
    logs = np.array([one.scale == "log" for one in known])[:, None]
    with np.errstate(divide="ignore", invalid="ignore"):
        scaled = np.where(logs, np.log(np.where(values > 0, values, np.nan)), values)
    reported = (~np.isnan(scaled)).mean(axis=1)
    with np.errstate(invalid="ignore"):
        enough = reported >= 0.5
        mean = np.array([np.nanmean(row) if ok else np.nan for row, ok in zip(scaled, enough, strict=True)])
        sd = np.array([np.nanstd(row) if ok else np.nan for row, ok in zip(scaled, enough, strict=True)])
    return mean, sd


def _part(design: Design, first: int, last: int) -> Design:
    return Design(design.z[first:last], design.shifts[first:last])


def _digest(setup: Setup, design: Design) -> str:
    whole = hashlib.sha256(repr((*vars(setup).values(),)).encode() + load().digest.encode())
    for path in code_files((*_LIVES, *(f"calibration/mood/{name}.py" for name in _POINTS))):
        whole.update(path.read_bytes())
    whole.update(np.ascontiguousarray(design.z).tobytes() + np.ascontiguousarray(design.shifts).tobytes())
    return whole.hexdigest()[:16]


def code_files(names: Sequence[str] = (*_LIVES, "calibration/mood")) -> Iterator[Path]:
    """Files of code on which a result rests."""
    for name in names:
        path = ROOT / name
        of_it = sorted(path.rglob("*.py")) if path.is_dir() else [path]
        yield from (one for one in of_it if one.name not in _TELL)
