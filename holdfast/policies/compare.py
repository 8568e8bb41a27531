"""All policies of a programme lived by the same virtual patients, world by world, in one process or several.

A task is a few worlds: their patients, who begins maintenance, every policy, and the variants. A world's numbers hang
on the seed and its place alone, so that the bytes are the same however many processes there are.
"""

from __future__ import annotations

import multiprocessing
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from holdfast.errors import InputError
from holdfast.model.runs.workers import worker_processes
from holdfast.policies.coded import coded, lived, ready
from holdfast.policies.induction import Inducted, Treatment, inducted, treatment
from holdfast.policies.learnt_forecast import Reliability, beginning, learnt, reliabilities, weights_of
from holdfast.policies.programme import Programme
from holdfast.policies.sensitivity import variants_of
from holdfast.policies.worlds import Crowd, Variant

Values = NDArray[np.float64]
Counts = NDArray[np.int16]
Progress = Callable[[int, int], None]
WORLDS_IN_A_TASK = 2
EVERY = 5  # one world in so many lives the variants, too
LEAST_PATIENTS, MOST_PATIENTS = 20, 200_000
LEAST_IN_A_WORLD = 10
_ROUNDS, _CANDIDATES = 8, 2  # how often, and how many for each place, people are asked whether they begin maintenance


@dataclass(frozen=True)
class Lived:
    """What some worlds showed: outcomes (policies, patients, outcomes), and of each patient world, weight, at risk.

    `variants` holds, by name, outcomes of those patients whose world is one of every `EVERY`; `begun` is, by world, the
    share of people treated who begin maintenance.
    """

    outcomes: Counts
    world: NDArray[np.int64]
    weight_kg: Values
    at_risk: NDArray[np.bool_]
    variants: Mapping[str, Counts]
    begun: Mapping[int, float]

    @property
    def in_variants(self) -> NDArray[np.bool_]:
        """Who lived the variants."""
        return self.world % EVERY == 0


@dataclass(frozen=True)
class Compared:
    """A comparison, whole."""

    programme: Programme
    treatment: Treatment
    seed: int
    lived: Lived
    variants: tuple[Variant, ...]
    reliabilities: tuple[Reliability, ...]


@dataclass(frozen=True)
class _Task:
    programme: Programme
    treatment: Treatment
    seed: int
    worlds: tuple[int, ...]
    patients: tuple[int, ...]  # of each world
    weights: Values
    variants: tuple[Variant, ...]


def compare(
    programme: Programme, *, patients: int = 2000, seed: int = 1, processes: int = 1, sensitivity: bool = True,
    progress: Progress | None = None,
) -> Compared:  # fmt: skip
    """The comparison of every policy of a programme. Raises `InputError` for sizes that cannot be."""
    if not LEAST_PATIENTS <= patients <= MOST_PATIENTS:
        raise InputError(f"{patients} patients cannot be compared; give {LEAST_PATIENTS} to {MOST_PATIENTS}")
    if processes < 1:
        raise InputError(f"{processes} processes do nothing; give 1 or more")
    given = treatment(programme)
    by_ahead = learnt(programme, given, seed)
    variants = variants_of(programme) if sensitivity else ()
    worlds = min(programme.worlds, patients // LEAST_IN_A_WORLD)
    sizes = [patients // worlds + (world < patients % worlds) for world in range(worlds)]
    firsts = range(0, worlds, WORLDS_IN_A_TASK)
    tasks = [
        _Task(programme, given, seed, tuple(range(first, min(first + WORLDS_IN_A_TASK, worlds))),
              tuple(sizes[first : first + WORLDS_IN_A_TASK]), weights_of(programme.policies, by_ahead), variants)
        for first in firsts
    ]  # fmt: skip
    parts = []
    for part in _done(tasks, processes):
        parts.append(part)
        if progress is not None:
            progress(len(parts), len(tasks))
    return Compared(programme, given, seed, _joined(parts, programme), variants,
                    reliabilities(programme, given, by_ahead, seed))  # fmt: skip


def _done(tasks: Sequence[_Task], processes: int) -> Iterator[Lived]:
    """What each task showed, in their order."""
    if min(processes, len(tasks)) == 1:
        yield from map(_work, tasks)
        return
    others, ended = set(multiprocessing.active_children()), False
    with worker_processes(min(processes, len(tasks))) as pool:
        try:
            yield from pool.map(_work, tasks)
            ended = True
        finally:
            if not ended:  # stopped by the user: nothing is kept, and nobody waits for worlds that are under way
                for worker in set(multiprocessing.active_children()) - others:
                    worker.terminate()


def _work(task: _Task) -> Lived:
    """Live a task."""
    programme, given = task.programme, task.treatment
    crowd, begun = _who_begins(task)
    policies = coded(programme.policies, given)
    base = inducted(crowd, programme, given, Variant())
    outcomes = lived(policies, ready(base, programme, given), task.weights)
    variants: dict[str, Counts] = {}
    some = crowd.take(crowd.world % EVERY == 0)
    for variant in task.variants if len(some) else ():
        changed = ready(inducted(some, programme, given, variant), programme, given)
        variants[variant.name] = lived(policies, changed, task.weights).astype(np.int16)
    return Lived(outcomes.astype(np.int16), crowd.world, base.driven.bank.weight_kg[base.of.body],
                 base.responds, variants, begun)  # fmt: skip


def _who_begins(task: _Task) -> tuple[Crowd, dict[int, float]]:
    """The first people of each world who begin maintenance, as many as asked for or as there are; and their share."""
    kept: list[Crowd] = []
    begun = {}
    for world, wanted in zip(task.worlds, task.patients, strict=True):
        found: list[int] = []
        asked = 0
        while len(found) < wanted and asked < _ROUNDS * _CANDIDATES * wanted:
            places = np.arange(asked, asked + _CANDIDATES * wanted)
            asked += len(places)
            people = _begin(Crowd(task.seed, np.full(len(places), world), places), task)
            if asked == len(places):
                begun[world] = len(people.crowd) / asked
            found += people.crowd.place.tolist()
        place = np.array(found[:wanted], dtype=np.int64)
        kept.append(Crowd(task.seed, np.full(len(place), world), place))
    worlds, places = (np.concatenate([getattr(one, name) for one in kept]) for name in ("world", "place"))
    return Crowd(task.seed, worlds, places), begun


def _begin(crowd: Crowd, task: _Task) -> Inducted:
    return beginning(inducted(crowd, task.programme, task.treatment, Variant()), task.programme)


def _joined(parts: Sequence[Lived], programme: Programme) -> Lived:
    if not sum(len(part.world) for part in parts):
        raise InputError(f"{programme.file}: nobody begins maintenance; judge response by another definition")
    names = dict.fromkeys(name for part in parts for name in part.variants)
    variants = {
        name: np.concatenate([part.variants[name] for part in parts if name in part.variants], axis=1) for name in names
    }
    return Lived(
        np.concatenate([part.outcomes for part in parts], axis=1), np.concatenate([part.world for part in parts]),
        np.concatenate([part.weight_kg for part in parts]), np.concatenate([part.at_risk for part in parts]),
        variants, {world: share for part in parts for world, share in part.begun.items()},
    )  # fmt: skip
