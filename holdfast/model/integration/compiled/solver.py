"""`CompiledSolver`: what `PlainSolver` does, in machine code, for many patients and on several threads."""

from __future__ import annotations

import os
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from functools import cache, cached_property
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from holdfast.model.integration.compiled import machine_code
from holdfast.model.integration.compiled.advance import ADVANCE
from holdfast.model.integration.compiled.lanes import LANES
from holdfast.model.integration.compiled.layout import Layout, layout_of, shape_of
from holdfast.model.integration.compiled.modes import modes, pattern_of
from holdfast.model.integration.compiled.prepare import PREPARE
from holdfast.model.integration.compiled.programme import Programme, programme_of
from holdfast.model.integration.equations import Equations, State
from holdfast.model.integration.handed_over import checked
from holdfast.model.integration.plain import PlainSolver
from holdfast.model.integration.stretches import Stretch

Values = NDArray[np.float64]
Places = NDArray[np.int_]
WIDEST_SPREAD = 1e7  # of modes: rounding of 1e-16 stays below 1e-9 of a level
SLOWEST_RATE = 1e-6  # 1/h: a slower mode has no steady level to speak of
_SHARE = 32  # blocks that a thread takes at a time


class Solver(Protocol):
    """Carries a population from stretch to stretch; see `PlainSolver`."""

    state: State

    def advance(self, stretch: Stretch, amounts_umol: Values, who: Places | None = None) -> Values: ...


class CompiledSolver:
    """Carries a population from stretch to stretch: constructor, `state` and `advance` as of `PlainSolver`.

    A patient's numbers do not depend, to the last bit, on who else is in the population, on `who`, or on `threads`.
    Patients whose rates nearly coincide are lived by a `PlainSolver` each.
    """

    def __init__(self, equations: Equations, state: State | None = None, *, threads: int | None = None) -> None:
        self.equations = equations
        self.threads = threads or len(os.sched_getaffinity(0))
        self._layout: Layout | None = None
        self._workspaces: dict[int, Values] = {}
        self.state = state or equations.start()

    @property
    def state(self) -> State:
        """Where the population stands now, as a copy; give a new one to change it. Amounts are reckoned when read."""
        if self._layout is None:  # nobody has lived yet
            return State(self._given.x.copy(), self._given.y.copy())
        exact = {place: solver.state for place, solver in self._exact.items()}
        y = self._rows[:, self._modes : self._modes + self._levels].copy()
        for place, state in exact.items():
            y[place] = state.y[0]
        q = self._rows[:, : self._modes].reshape(self.equations.system.K_per_h.shape[:3]).copy()
        return _Standing(self.equations, q, y, {place: state.x[0].copy() for place, state in exact.items()})

    @state.setter
    def state(self, state: State) -> None:
        self._modes, self._levels = int(np.prod(state.x.shape[1:])), state.y.shape[1]
        self._rows = np.zeros((len(state.x), -(-(self._modes + self._levels) // LANES) * LANES))
        if state.x.any():
            self._rows[:, : self._modes] = _by_modes(self.equations, state.x).reshape(len(state.x), -1)
        self._rows[:, self._modes : self._modes + self._levels] = state.y
        self._given = state
        self._exact: dict[int, PlainSolver] = {}
        if self._layout is not None:
            self._set_apart()

    def advance(
        self, stretch: Stretch, amounts_umol: Values, who: Places | None = None, *, out: Values | None = None
    ) -> Values:
        """Live through a stretch; what is read has the shape (patients, times, outputs). See `PlainSolver.advance`.

        `out`, where given, takes what is read: memory used again is faster than new.
        """
        everyone, amounts = checked(self.equations, stretch, amounts_umol, who)
        layout = self._ready(stretch)
        programme = programme_of(stretch, layout, self.equations.system.names)
        out = self._room(out, (len(everyone), len(stretch.times_h), layout.outputs))
        self._run(layout, programme, everyone, amounts if amounts.size else np.zeros(1), out)
        for row in np.flatnonzero(self._apart[everyone]):
            out[row] = self._exact[int(everyone[row])].advance(stretch, amounts[row : row + 1])[0]
        return out

    def _room(self, out: Values | None, shape: tuple[int, ...]) -> Values:
        if out is None:
            return np.empty(shape)
        if out.shape != shape or out.dtype != np.float64 or not out.flags.c_contiguous:
            raise ValueError(f"out must be an array of float64 in C order of shape {shape}")
        return out

    def _ready(self, stretch: Stretch) -> Layout:
        """The layout and table for a population into whose compartments this stretch, and those before, may enter."""
        names = self.equations.system.names
        entries = {names.index(item.compartment) for item in stretch.entering}
        if self._layout is None or not entries <= set(self._layout.shape.entries):
            known = self._layout.shape.entries if self._layout else ()
            self._layout = layout_of(shape_of(self.equations, tuple(sorted({*known, *entries}))))
            self._prepare(self._layout)
            self._set_apart()
        return self._layout

    def _prepare(self, layout: Layout) -> None:
        equations, count = self.equations, len(self.equations)
        self._table = np.empty((count, layout.table_row))
        blocks = -(-count // LANES)
        spread = np.full((blocks, LANES), np.nan)
        if layout.shape.pattern.splits:
            arrays = {
                "K": equations.system.K_per_h, "signals": equations.signals, "readings": equations.readings,
                "parameters": equations.parameters,
            }  # fmt: skip
            kept = {name: np.ascontiguousarray(array, dtype=float) for name, array in arrays.items()}
            values = {"count": count, "table": self._table, "spread": spread, "workspace": spread, **kept}
            self._in_shares(machine_code.functions(layout)[0], PREPARE, values, 1)
        rates = self._table[:, : layout.modes]
        sound = (spread.reshape(-1)[:count] < WIDEST_SPREAD) & (rates < -SLOWEST_RATE).all(axis=1)
        self._apart = ~sound

    def _set_apart(self) -> None:
        """Give each patient whose modes are not sound a solver of matrix exponentials."""
        for place in (int(i) for i in np.flatnonzero(self._apart) if int(i) not in self._exact):
            start = State(self._given.x[[place]].copy(), self._given.y[[place]].copy())
            self._exact[place] = PlainSolver(self.equations.take([place]), start)

    def _run(self, layout: Layout, programme: Programme, who: Places, amounts: Values, out: Values) -> None:
        if not layout.shape.pattern.splits or not len(who):
            return
        rates, factors = _factors(layout)
        values = {
            "count": len(who), "who": who, "table": self._table, "state": self._rows, "amounts": amounts,
            "inputs": programme.inputs, "steps": programme.steps, "step_count": len(programme.steps),
            "numbers": programme.numbers, "widths": programme.widths, "width_count": len(programme.widths),
            "rates": rates, "factors": factors, "out": out, "out_row": out.shape[1] * out.shape[2],
            "table_chunks": (layout.table_row if programme.inputs else layout.at_entries) // LANES,
            "scratch": programme.scratch,
        }  # fmt: skip
        self._in_shares(machine_code.functions(layout)[1], ADVANCE, values, programme.workspace)

    def _in_shares(
        self, call: Callable[[int], None], names: tuple[str, ...], values: dict[str, Any], room: int
    ) -> None:
        """Let each thread take some blocks after others, until none is left."""
        blocks = -(-values["count"] // LANES)
        share = blocks if self.threads == 1 else min(_SHARE, -(-blocks // self.threads))
        firsts = iter(range(0, blocks, share))

        held = {"workspace": 0, "first": 0, "last": 0} | values  # `values` keeps its arrays alive while the code runs
        common = [v.ctypes.data if isinstance(v, np.ndarray) else v for v in (held[name] for name in names)]
        first_at, last_at = names.index("first"), names.index("last")

        def work(thread: int) -> None:
            words = np.array(common, dtype=np.int64)
            if "workspace" not in values:
                words[names.index("workspace")] = self._workspace(thread, room).ctypes.data
            address = words.ctypes.data
            for first in firsts:
                words[first_at], words[last_at] = first, min(first + share, blocks)
                call(address)

        others = []
        with suppress(RuntimeError):  # no more threads to be had, as where memory is short: fewer do it all
            for thread in range(1, min(self.threads, -(-blocks // share))):
                others.append(_pool(self.threads).submit(work, thread))
        work(0)
        for other in others:
            other.result()

    def _workspace(self, thread: int, vectors: int) -> Values:
        """Memory of a thread, on a boundary that suits vectors."""
        kept = self._workspaces.get(thread)
        if kept is None or kept.size < vectors * LANES:
            whole = np.empty((vectors + 1) * LANES)
            skipped = -(whole.ctypes.data // 8) % LANES
            kept = self._workspaces[thread] = whole[skipped : skipped + vectors * LANES]
        return kept


class _Standing(State):
    """A state that is kept as modes."""

    def __init__(self, equations: Equations, q: Values, y: Values, exact: dict[int, Values]) -> None:
        self.y = y
        self._equations, self._q, self._exact = equations, q, exact

    @cached_property
    def x(self) -> Values:  # type: ignore[override]
        """Amounts (patients, groups, compartments)."""
        made = _by_modes(self._equations, self._q, back=True) if self._q.any() else np.zeros_like(self._q)
        for place, amounts in self._exact.items():
            made[place] = amounts
        return made


def solver(
    equations: Equations, state: State | None = None, *, backend: str = "compiled", threads: int | None = None
) -> Solver:
    """A solver of these equations: "compiled", or "plain" NumPy."""
    if backend == "plain":
        return PlainSolver(equations, state)
    if backend == "compiled":
        return CompiledSolver(equations, state, threads=threads)
    raise ValueError(f"no solver is called {backend!r}: compiled or plain")


@cache
def _pool(threads: int) -> ThreadPoolExecutor:
    return ThreadPoolExecutor(threads, thread_name_prefix="holdfast-solver")


def _factors(layout: Layout) -> tuple[Places, Values]:
    rates = np.array([factor.mode for factor in layout.factors], dtype=np.int64)
    return rates, np.array([factor.x for factor in layout.factors])


def _by_modes(equations: Equations, x: Values, *, back: bool = False) -> Values:
    """Amounts as modes, or back; of shape (patients, groups, compartments)."""
    made = np.zeros_like(x)
    pattern = pattern_of(equations.system.K_per_h)
    if not pattern.splits:
        return made
    for group in range(x.shape[1]):
        K = equations.system.K_per_h[:, group]
        with np.errstate(all="ignore"):
            found = modes(lambda i, j, K=K: K[:, i, j], pattern, np.sqrt, np.copysign)  # type: ignore[misc]
            for (i, j), value in (found.V if back else found.U).items():
                made[:, group, i] += value * x[:, group, j]
    return made
