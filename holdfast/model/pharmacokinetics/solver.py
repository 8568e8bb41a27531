"""The exact solution between edges, and a restart at every edge, so that no dose can be stepped over.

An edge is the start or the end of anything that enters, and a reset. Between two edges the inputs are constant and the
equations linear: x(t + h) = E(h) x(t) + J(h) u, with E = exp(K h) and J its integral over the compartments that have
a constant input u. Both come from one exponential of K with its inputs as further rows that never change.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from holdfast.errors import InputError
from holdfast.model.pharmacokinetics.absorption import Bolus, ConstantInput, Inputs
from holdfast.model.pharmacokinetics.compartments import System
from holdfast.model.pharmacokinetics.matrix_exponential import exponential, with_inputs

Values = NDArray[np.float64]
_SAME_STEP = 12  # significant digits to which two steps are one: differences of printed times scatter by rounding


@dataclass(frozen=True)
class Solution:
    """Amounts in umol (the venous level in umol/L), shape (patients, 2, times, compartments), S before R.

    At the time of a bolus the state is that just after it; at the time of a reset, just after the reset.
    """

    system: System
    times_h: Values
    states: Values

    def of(self, compartment: str) -> Values:
        """One compartment over time, shape (patients, 2, times)."""
        return self.states[..., self.system.index(compartment)]


def checked_times(times_h: Sequence[float] | Values) -> Values:
    """Output times as an array. Raises `InputError` where there is none, one is not finite, or they fall."""
    times = np.atleast_1d(np.asarray(times_h, dtype=float))
    if times.size == 0:
        raise InputError("there are no output times; give at least one")
    if not np.isfinite(times).all():
        raise InputError("an output time is not a finite number of hours")
    if (np.diff(times) < 0).any():
        raise InputError("the output times fall; give them in rising order")
    return times


def solve(system: System, given: Inputs, times_h: Sequence[float] | Values) -> Solution:
    """The state of every patient at `times_h` (rising). Everything is 0 before the first dose."""
    times = checked_times(times_h)
    constant = sorted({item.compartment for item in given.constant})
    columns = {name: place for place, name in enumerate(constant)}
    edges = set(given.edges_h())
    grid = sorted(edges | set(times.tolist()))
    patients, n = system.K_per_h.shape[0], len(system.names)
    state = np.zeros((patients, 2, n))
    states = np.empty((patients, 2, len(times), n))
    steps = _Steps(system, constant)
    written = 0
    for at_h, next_h in zip(grid, [*grid[1:], grid[-1]], strict=True):
        if at_h in edges:
            state = _jump(state, at_h, system, given)
        while written < len(times) and times[written] == at_h:
            states[:, :, written] = state
            written += 1
        if written == len(times):
            break
        state = steps.over(state, next_h - at_h, _rates(given, at_h, next_h, columns, patients))
    return Solution(system, times, states)


def areas(system: System, given: Inputs, solution: Solution) -> Values:
    """The integral of every state from before the first dose to each output time, shape as `Solution.states`.

    Exact: the integral of x' = K x + inputs is x(T) = K * area + all inputs until T. In umol h (umol h/L, venous).
    Raises `InputError` where the regimen has a reset, which takes away what the balance counts on.
    """
    if given.resets_h:
        raise InputError("areas across a reset are not defined; give the courses as different patients")
    entered = np.zeros_like(solution.states)
    for bolus in given.boluses:
        after = (solution.times_h >= bolus.at_h).astype(float)
        entered[..., system.index(bolus.compartment)] += bolus.amount_umol[..., None] * after
    for item in given.constant:
        share = np.clip((solution.times_h - item.start_h) / (item.end_h - item.start_h), 0.0, 1.0)
        entered[..., system.index(item.compartment)] += item.amount_umol[..., None] * share
    balance = (solution.states - entered)[..., None]
    return np.asarray(np.linalg.solve(system.K_per_h[:, :, None], balance)[..., 0], dtype=float)


def areas_to_infinity(system: System, given: Inputs) -> Values:
    """The integral of every state from before the first dose for ever, shape (patients, 2, compartments)."""
    entered: Values = np.zeros((*system.K_per_h.shape[:2], len(system.names)))
    items: list[Bolus | ConstantInput] = [*given.boluses, *given.constant]
    for item in items:
        entered[..., system.index(item.compartment)] += item.amount_umol
    return np.asarray(np.linalg.solve(system.K_per_h, -entered[..., None])[..., 0], dtype=float)


def half_lives_h(system: System, compartment: str) -> Values:
    """Terminal half-life in h of what a compartment sees: that of its slowest mode, shape (patients, 2)."""
    linked = np.abs(system.K_per_h).max(axis=(0, 1)) > 0
    upstream = {system.index(compartment)}
    while added := {int(j) for i in upstream for j in np.flatnonzero(linked[i])} - upstream:
        upstream |= added
    kept = sorted(upstream)
    rates = np.linalg.eigvals(system.K_per_h[..., kept, :][..., kept]).real
    return np.log(2) / -rates.max(axis=-1)


class _Steps:
    """E(h) and J(h) by step, each computed once."""

    def __init__(self, system: System, constant: Sequence[str]) -> None:
        self._augmented = with_inputs(system.K_per_h, [system.index(name) for name in constant])
        self._n = len(system.names)
        self._known: dict[str, tuple[Values, Values]] = {}

    def over(self, state: Values, h: float, rates: Values) -> Values:
        """The state `h` later under constant `rates` in umol/h, shape (patients, 2, inputs)."""
        key = f"{h:.{_SAME_STEP}g}"
        if key not in self._known:
            whole = exponential(self._augmented, h)[..., : self._n, :]
            self._known[key] = (whole[..., : self._n], whole[..., self._n :])
        E, J = self._known[key]
        return np.einsum("peij,pej->pei", E, state) + np.einsum("peij,pej->pei", J, rates)


def _jump(state: Values, at_h: float, system: System, given: Inputs) -> Values:
    """Reset first, then whatever is put in at this time."""
    state = np.zeros_like(state) if at_h in given.resets_h else state.copy()
    for bolus in given.boluses:
        if bolus.at_h == at_h:
            state[..., system.index(bolus.compartment)] += bolus.amount_umol
    return state


def _rates(given: Inputs, at_h: float, next_h: float, columns: dict[str, int], patients: int) -> Values:
    """Constant inputs over this step in umol/h; a reset ends those that run."""
    rates = np.zeros((patients, 2, len(columns)))
    for item in given.constant:
        running = item.start_h <= at_h and next_h <= item.end_h and item.start_h < item.end_h
        if running and not any(item.start_h < reset <= at_h for reset in given.resets_h):
            rates[..., columns[item.compartment]] += item.amount_umol / (item.end_h - item.start_h)
    return rates
