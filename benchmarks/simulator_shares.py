"""Ours on one core and on two, as a run uses them: the patients in two shares, lived by one process or one each."""

from __future__ import annotations

import multiprocessing
import os
import time
from multiprocessing.connection import Connection
from typing import Any

import numpy as np

from benchmarks.peers.peer import shares
from benchmarks.simulator_workloads import WORKLOADS, Workload
from holdfast.model.integration.compiled import CompiledSolver

SHOW, END = "show", "end"
SHARES = 2


class Shares:
    """Processes that stand ready, each with a core of its own, shares of the patients, and memory for what it reads."""

    def __init__(self, name: str, patients: int, outputs: int, *, processes: int) -> None:
        context = multiprocessing.get_context("spawn")
        self.links: list[Connection] = []
        for core in range(processes):
            ours, theirs = context.Pipe()
            given = (core, name, patients, shares(patients, SHARES)[core::processes], outputs, theirs)
            context.Process(target=_live, args=given, daemon=True).start()
            self.links.append(ours)
        self._all(0.0)  # the first time loads machine code

    def rate(self, seconds: float) -> float:
        """Courses a second of all processes; each lives its own again and again, and waits for no other."""
        return float(sum(self._all(seconds)))

    def values(self) -> Any:
        """What was read last, (patients, times, outputs)."""
        return np.concatenate(self._all(SHOW))

    def end(self) -> None:
        """Let the processes go."""
        for link in self.links:
            link.send(END)

    def _all(self, word: str | float) -> list[Any]:
        for link in self.links:
            link.send(word)
        return [link.recv() for link in self.links]


def rate(works: list[Workload], threads: int, outs: list[Any], seconds: float) -> float:
    """Courses a second of one process, from the patients' parameters to all that is read, for so many seconds."""
    begun, lived = time.perf_counter(), 0
    while not lived or time.perf_counter() - begun < seconds:
        for work, out in zip(works, outs, strict=True):
            made = work.equations(work.parameters)
            CompiledSolver(made, threads=threads).advance(work.stretch, work.amounts, out=out)
            lived += len(made)
    return lived / (time.perf_counter() - begun)


def _live(core: int, name: str, patients: int, ends: list[tuple[int, int]], outputs: int, link: Connection) -> None:
    """One process: lives its patients whenever it is told to."""
    cores = sorted(os.sched_getaffinity(0))
    os.sched_setaffinity(0, {cores[core % len(cores)]})
    whole = WORKLOADS[name](patients)
    works = [whole.share(first, last) for first, last in ends]
    outs = [np.empty((last - first, len(whole.stretch.times_h), outputs)) for first, last in ends]
    while (word := link.recv()) != END:
        link.send(np.concatenate(outs) if word == SHOW else rate(works, 1, outs, word))
