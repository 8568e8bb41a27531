"""mrgsolve, the field's standard: an R process that is told what to run, and answers with seconds and numbers.

Two cores are two processes with half the patients each, as its users do with forks.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np

from benchmarks.peers.peer import MissingPeerError, Run, Setting, Values, shares
from benchmarks.peers.written import Problem

WORKER = Path(__file__).with_name("mrgsolve_worker.R")


class Mrgsolve:
    """A model of $PARAM, $CMT and $ODE; doses are infusion events; `mrgsim_ei` over all patients at once."""

    name, threads, most = "mrgsolve (LSODA)", (1, 2), 10_000

    def __init__(self, problem: Problem) -> None:
        if shutil.which("Rscript") is None:
            raise MissingPeerError("Rscript is not installed")
        self.problem, self.patients = problem, len(problem.parameters)
        self._folder = Path(tempfile.mkdtemp(prefix="holdfast-bench-"))
        self._write_model()
        self._workers = {
            threads: [self._worker(*ends) for ends in shares(self.patients, threads)] for threads in (1, 2)
        }
        self.version = self._workers[1][0][1]

    def run(self, setting: Setting, threads: int) -> Run:
        begun = time.perf_counter()
        with ThreadPoolExecutor(threads) as pool:
            parts = list(pool.map(lambda worker: self._ask(worker[0], worker[2], setting), self._workers[threads]))
        return Run(max(seconds for seconds, _ in parts) if parts else time.perf_counter() - begun,
                   np.concatenate([states for _, states in parts]))  # fmt: skip

    def _write_model(self) -> None:
        p = self.problem
        states = p.start.shape[1]
        rates = [rate.replace(f" + P{p.first_inflow + k}", "") for rate in p.rates for k in [0]]
        for k in range(len(p.entered)):
            rates = [rate.removesuffix(f" + P{p.first_inflow + k}") for rate in rates]
        lines = ["$PARAM", *(f"P{i} = 0" for i in range(p.first_inflow)), *(f"I{i} = 0" for i in range(states))]
        lines += [
            "$CMT",
            " ".join(f"X{i}" for i in range(states)),
            "$MAIN",
            *(f"X{i}_0 = I{i};" for i in range(states)),
        ]
        lines += ["$ODE", *(f"dxdt_X{i} = {rate};" for i, rate in enumerate(rates))]
        (self._folder / "model.cpp").write_text("\n".join(lines) + "\n")
        np.savetxt(self._folder / "times.csv", p.times_h, fmt="%.17g")
        doses = [(start, end, state + 1, amount) for start, end, state, amount in p.doses]
        np.savetxt(self._folder / "doses.csv", doses, fmt="%.17g", delimiter=",")

    def _worker(self, first: int, last: int) -> tuple[subprocess.Popen[str], str, Path]:
        own = self._folder / f"{first}-{last}"
        own.mkdir()
        np.hstack([self.problem.parameters, self.problem.start])[first:last].tofile(own / "patients.bin")
        worker = subprocess.Popen(
            ["Rscript", "--vanilla", str(WORKER), str(self._folder), str(own), str(last - first)],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
        )  # fmt: skip
        assert worker.stdout is not None
        ready = worker.stdout.readline().split()
        if not ready:
            assert worker.stderr is not None
            raise MissingPeerError("mrgsolve: " + worker.stderr.read().strip().splitlines()[-1])
        return worker, ready[1], own

    def _ask(self, worker: subprocess.Popen[str], own: Path, setting: Setting) -> tuple[float, Values]:
        assert worker.stdin is not None
        assert worker.stdout is not None
        os.sched_setaffinity(worker.pid, os.sched_getaffinity(0))
        worker.stdin.write(f"{setting[0]} {setting[1]}\n")
        worker.stdin.flush()
        answer = worker.stdout.readline()
        if not answer:
            raise MissingPeerError("mrgsolve stopped")
        states = np.fromfile(own / "out.bin").reshape(self.problem.start.shape[1], -1, len(self.problem.times_h))
        return float(answer), np.ascontiguousarray(np.moveaxis(states, 0, 2))
