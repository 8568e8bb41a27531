"""SciPy's `solve_ivp` with LSODA and a right-hand side of numba."""

from __future__ import annotations

import time
from typing import Any

import numpy as np

from benchmarks.peers.compiled_rates import rates
from benchmarks.peers.peer import MissingPeerError, Run, Setting
from benchmarks.peers.written import Problem


class Scipy:
    """One patient after the other, segment by segment."""

    name, threads, most = "scipy solve_ivp LSODA, numba right-hand side", (1,), 16

    def __init__(self, problem: Problem) -> None:
        import numba
        import scipy

        self.version, self.problem, self.patients = scipy.__version__, problem, len(problem.parameters)
        self._rates = numba.njit(rates(problem))
        self.run((1e-3, 1e-5), 1)

    def run(self, setting: Setting, threads: int) -> Run:
        from scipy.integrate import solve_ivp

        p = self.problem
        out = np.empty((self.patients, len(p.times_h), p.start.shape[1]))
        begun = time.perf_counter()
        for patient in range(self.patients):
            u = p.start[patient]
            for segment in p.segments:
                own = np.concatenate([p.parameters[patient], segment.inflow])

                def derivative(t: float, y: Any, own: Any = own) -> Any:
                    du = np.empty_like(y)
                    self._rates(t, y, du, own)
                    return du

                ends = segment.times_h[0], segment.times_h[-1]
                got = solve_ivp(derivative, ends, u, "LSODA", segment.times_h, rtol=setting[0], atol=setting[1])
                if not got.success:
                    raise MissingPeerError(f"LSODA gave up: {got.message}")
                for k, row in enumerate(segment.rows):
                    if row >= 0:
                        out[patient, row] = got.y[:, k]
                u = got.y[:, -1]
        return Run(time.perf_counter() - begun, out)
