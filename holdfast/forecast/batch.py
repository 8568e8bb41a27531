"""Forecasts of many patients, on several processes: each is the forecast that the patient alone would get."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Iterator
from concurrent.futures import Future
from dataclasses import dataclass
from itertools import islice
from typing import Any

from holdfast.errors import InputError
from holdfast.forecast.answers import WEEKS
from holdfast.forecast.forecast import SEED, forecast
from holdfast.forecast.patient_file import Patient
from holdfast.model.runs.workers import worker_processes
from holdfast.seeds import require_seed

_TOGETHER = 8  # patients sent to a process at a time


@dataclass(frozen=True)
class Told:
    """The forecast of one patient, or why there is none."""

    answer: dict[str, Any] | None
    refused: str | None = None


def forecasts(
    patients: Iterable[Patient], *, seed: int = SEED, weeks: int = WEEKS, processes: int = 1
) -> Iterator[Told]:
    """In the order of the patients, each with the same seed.

    Raises `InputError` for no process, one that dies, and a seed that cannot be one.
    """
    require_seed(seed)
    if processes < 1:
        raise InputError(f"{processes} processes do nothing; give 1 or more")
    groups = _groups(patients)
    if processes == 1:
        return (told for group in groups for told in _told(group, seed, weeks))
    return _by_processes(groups, seed, weeks, processes)


def _groups(patients: Iterable[Patient]) -> Iterator[list[Patient]]:
    left = iter(patients)
    while group := list(islice(left, _TOGETHER)):
        yield group


def _told(group: list[Patient], seed: int, weeks: int) -> list[Told]:
    return [_one(patient, seed, weeks) for patient in group]


def _one(patient: Patient, seed: int, weeks: int) -> Told:
    try:
        return Told(forecast(patient, seed=seed, weeks=weeks))
    except InputError as refused:
        return Told(None, str(refused))


def _by_processes(groups: Iterator[list[Patient]], seed: int, weeks: int, processes: int) -> Iterator[Told]:
    waiting: deque[Future[list[Told]]] = deque()
    with worker_processes(processes) as pool:
        for group in groups:
            waiting.append(pool.submit(_told, group, seed, weeks))
            if len(waiting) > 2 * processes:  # no more in memory than keeps everybody at work
                yield from waiting.popleft().result()
        while waiting:
            yield from waiting.popleft().result()
