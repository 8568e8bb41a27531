"""What every peer has: a name, a version, its patients, and a ladder of settings from loose to tight."""

from __future__ import annotations

import itertools
from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from benchmarks.peers.written import Problem

Values = NDArray[np.float64]
Setting = tuple[float, float]  # rtol, atol
LADDER: tuple[Setting, ...] = (
    (1e-6, 1e-8),
    (3e-7, 1e-9),
    (2e-7, 1e-9),
    (1e-7, 1e-9),
    (3e-8, 1e-10),
    (1e-8, 1e-11),
    (1e-9, 1e-12),
)


class MissingPeerError(Exception):
    """A peer that is not installed here, or does not run."""


@dataclass(frozen=True)
class Run:
    """Seconds of wall time, and the states read, (patients, times, states)."""

    seconds: float
    states: Values


class Peer(Protocol):
    """A solver with a problem; `run` may be called again and again."""

    name: str
    version: str
    patients: int
    threads: tuple[int, ...]  # numbers of threads it can be asked for

    def run(self, setting: Setting, threads: int) -> Run: ...


def limited(problem: Problem, most: int) -> Problem:
    """As many patients as a slow peer can be given."""
    return problem.take(min(most, len(problem.parameters)))


def shares(count: int, threads: int) -> list[tuple[int, int]]:
    """First and last of each thread's patients."""
    edges = np.linspace(0, count, threads + 1).astype(int)
    return [(int(a), int(b)) for a, b in itertools.pairwise(edges)]
