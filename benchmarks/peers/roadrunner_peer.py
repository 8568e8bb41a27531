"""libroadrunner: SBML compiled by LLVM, CVODE."""

from __future__ import annotations

import time

import numpy as np

from benchmarks.peers.peer import MissingPeerError, Run, Setting
from benchmarks.peers.written import Problem


class Roadrunner:
    """One patient after the other, segment by segment."""

    name, threads, most = "libroadrunner CVODE", (1,), 40

    def __init__(self, problem: Problem) -> None:
        try:
            import antimony
            import roadrunner
        except ImportError as missing:
            raise MissingPeerError("libroadrunner or antimony is not installed") from missing
        self.version, self.problem, self.patients = roadrunner.__version__, problem, len(problem.parameters)
        states, count = problem.start.shape[1], problem.first_inflow + len(problem.entered)
        text = ["model m", *(f"X{i} = 0; P_ = 0;" if i == 0 else f"X{i} = 0;" for i in range(states))]
        text += [f"P{i} = 0;" for i in range(count)]
        rates = [rate.replace("abs(", "abs(").replace("**", "^") for rate in problem.rates]
        text += [f"X{i}' = {rate};" for i, rate in enumerate(rates)]
        if antimony.loadAntimonyString("\n".join([*text, "end"])) < 0:
            raise MissingPeerError(f"antimony: {antimony.getLastError()}")
        roadrunner.Logger.setLevel(roadrunner.Logger.LOG_ERROR)
        self._model = roadrunner.RoadRunner(antimony.getSBMLString())
        self._model.timeCourseSelections = [f"X{i}" for i in range(states)]
        self._names = [[f"{letter}{i}" for i in range(many)] for letter, many in (("X", states), ("P", count))]

    def run(self, setting: Setting, threads: int) -> Run:
        p, rr = self.problem, self._model
        integrator = rr.getIntegrator()
        integrator.relative_tolerance, integrator.absolute_tolerance = setting
        integrator.setValue("maximum_num_steps", 200_000)
        out = np.empty((self.patients, len(p.times_h), p.start.shape[1]))
        begun = time.perf_counter()
        for patient in range(self.patients):
            rr.reset()
            for name, value in zip(self._names[1], p.parameters[patient], strict=False):
                rr[name] = float(value)
            for name, value in zip(self._names[0], p.start[patient], strict=True):
                rr[name] = float(value)
            for segment in p.segments:
                for place, inflow in enumerate(segment.inflow):
                    rr[f"P{p.first_inflow + place}"] = inflow
                integrator.restart(segment.times_h[0])
                got = np.array(rr.simulate(times=list(segment.times_h)))
                for k, row in enumerate(segment.rows):
                    if row >= 0:
                        out[patient, row] = got[k]
        return Run(time.perf_counter() - begun, out)
