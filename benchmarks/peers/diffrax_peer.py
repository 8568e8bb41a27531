"""diffrax: JAX, all patients in one `vmap`, float64, infusion edges declared as jumps."""

from __future__ import annotations

import time
from typing import Any

import numpy as np

from benchmarks.peers.peer import MissingPeerError, Run, Setting
from benchmarks.peers.written import Problem


class Diffrax:
    """An explicit or an implicit Runge-Kutta method by its name."""

    threads, most = (1,), 64

    def __init__(self, problem: Problem, method: str = "Tsit5") -> None:
        try:
            import diffrax
            import jax
        except ImportError as missing:
            raise MissingPeerError("diffrax is not installed") from missing
        jax.config.update("jax_enable_x64", val=True)
        self.name, self.version = f"diffrax {method}, vmap, float64", f"{diffrax.__version__}, jax {jax.__version__}"
        self.problem, self.patients, self._method = problem, len(problem.parameters), method
        self._solvers: dict[Setting, Any] = {}

    def run(self, setting: Setting, threads: int) -> Run:
        p = self.problem
        if setting not in self._solvers:
            self._solvers[setting] = self._compiled(setting)
            np.asarray(self._solvers[setting](p.start, p.parameters))
        begun = time.perf_counter()
        states = np.asarray(self._solvers[setting](p.start, p.parameters))
        return Run(time.perf_counter() - begun, states)

    def _compiled(self, setting: Setting) -> Any:
        import diffrax
        import jax
        import jax.numpy as jnp

        p = self.problem
        lines = ", ".join(p.in_language(r"u[\1]", r"p[\1]"))
        made: dict[str, Any] = {"jnp": jnp}
        exec(f"def rates(u, p):\n    return jnp.stack([{lines}])", made)
        starts, ends = (jnp.array([dose[k] for dose in p.doses]) for k in (0, 1))
        amounts = jnp.array([dose[3] / (dose[1] - dose[0]) for dose in p.doses])
        into = jnp.array([[1.0 if state == dose[2] else 0.0 for dose in p.doses] for state in p.entered])

        def field(t: Any, u: Any, own: Any) -> Any:
            return made["rates"](u, jnp.concatenate([own, into @ (amounts * ((t >= starts) & (t < ends)))]))

        edges = jnp.array(sorted({t for dose in p.doses for t in dose[:2] if t > 0}))
        steps = diffrax.PIDController(rtol=setting[0], atol=setting[1])
        steps = diffrax.ClipStepSizeController(steps, jump_ts=edges)
        solver = getattr(diffrax, self._method)()

        def one(start: Any, own: Any) -> Any:
            done = diffrax.diffeqsolve(
                diffrax.ODETerm(field), solver, 0.0, p.times_h[-1], 1e-3, start, own,
                saveat=diffrax.SaveAt(ts=jnp.array(p.times_h)), stepsize_controller=steps, max_steps=200_000,
            )  # fmt: skip
            return done.ys

        return jax.jit(jax.vmap(one))
