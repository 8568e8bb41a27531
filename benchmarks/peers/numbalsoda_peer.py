"""numbalsoda: LSODA in C++, called from machine code made by numba; no Python between patients."""

from __future__ import annotations

import time
from concurrent.futures import ThreadPoolExecutor
from importlib.metadata import version
from typing import Any

import numpy as np

from benchmarks.peers.compiled_rates import rates
from benchmarks.peers.peer import MissingPeerError, Run, Setting, shares
from benchmarks.peers.written import Problem


class NumbaLsoda:
    """One call of LSODA for each patient and segment between edges of infusions."""

    name, threads, most = "numbalsoda", (1, 2), 10_000

    def __init__(self, problem: Problem) -> None:
        try:
            from numbalsoda import lsoda, lsoda_sig
        except ImportError as missing:
            raise MissingPeerError("numbalsoda is not installed (its build needs gfortran and cmake)") from missing
        import numba

        self.version, self.problem, self.patients = version("numbalsoda"), problem, len(problem.parameters)
        function = numba.njit(rates(problem))
        states, words = problem.start.shape[1], problem.first_inflow + len(problem.entered)

        def called(t: Any, u_: Any, du_: Any, p_: Any) -> None:
            function(t, numba.carray(u_, (states,)), numba.carray(du_, (states,)), numba.carray(p_, (words,)))

        self._pointer = numba.cfunc(lsoda_sig)(called).address
        self._live = numba.njit(nogil=True)(_living(lsoda))
        self._segments = _arrays(problem)
        self._call(0, min(2, self.patients), (1e-4, 1e-6), np.empty((self.patients, len(problem.times_h), states)))

    def run(self, setting: Setting, threads: int) -> Run:
        out = np.empty((self.patients, len(self.problem.times_h), self.problem.start.shape[1]))
        begun = time.perf_counter()
        if threads == 1:
            self._call(0, self.patients, setting, out)
        else:
            with ThreadPoolExecutor(threads) as pool:
                list(pool.map(lambda ends: self._call(*ends, setting, out), shares(self.patients, threads * 8)))
        return Run(time.perf_counter() - begun, out)

    def _call(self, first: int, last: int, setting: Setting, out: Any) -> None:
        p = self.problem
        done = self._live(self._pointer, first, last, p.parameters, p.start, *self._segments, *setting, out)
        if not done:
            raise MissingPeerError("LSODA gave up")


def _arrays(problem: Problem) -> tuple[Any, ...]:
    """Times of all segments after each other, where each starts, rows of the output, and inflows."""
    times = np.array([t for segment in problem.segments for t in segment.times_h])
    rows = np.array([row for segment in problem.segments for row in segment.rows])
    starts = np.cumsum([0, *(len(segment.times_h) for segment in problem.segments)])
    inflow = np.array([segment.inflow for segment in problem.segments])
    return times, rows, starts, inflow


def _living(lsoda: Any) -> Any:
    def live(pointer, first, last, parameters, start, times, rows, starts, inflow, rtol, atol, out):  # type: ignore[no-untyped-def]
        own = np.empty(parameters.shape[1] + inflow.shape[1])
        for patient in range(first, last):
            own[: parameters.shape[1]] = parameters[patient]
            u = start[patient].copy()
            for segment in range(len(starts) - 1):
                own[parameters.shape[1] :] = inflow[segment]
                a, b = starts[segment], starts[segment + 1]
                got, success = lsoda(pointer, u, times[a:b], own, rtol, atol, 100000)
                if not success:
                    return False
                for k in range(b - a):
                    if rows[a + k] >= 0:
                        out[patient, rows[a + k]] = got[k]
                u = got[b - a - 1].copy()
        return True

    return live
