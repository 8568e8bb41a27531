"""The kernels of the graphics card: one thread lives one patient's stretch; another kernel adds patients up.

Written in Python for `numba.cuda`. What depends on the model, the stages of the law and the values that are watched, is
traced (compiled/traced.py) and written out as straight-line Python; everything else is the plain solver's rule: modes
that decay exactly, collocation on Gauss-Legendre nodes, elimination without pivots (its matrices need none).

`cuda` is a name of this module because numba's simulator puts its own in that place.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

import numpy as np
from numba import cuda as _cuda

from holdfast.model.integration.compiled import traced
from holdfast.model.integration.plain import NODES
from holdfast.model.integration.quadrature import rule

cuda: Any = _cuda
PANEL, READ, BOLUS, CLEAR, RATE = range(5)  # kinds of steps: (kind, place of input or reading, compartment)
NUMBER = np.float64
THREADS = 128  # in a block, at most; a power of two, for sums by halves
_NAMES = {traced.SIGNAL: "s", traced.LEVEL: "y", traced.PARAMETER: "p"}


@dataclass(frozen=True)
class Sizes:
    """Of local arrays, which a compiler must know: compartments of a group, groups, signals, readings and so on."""

    compartments: int
    groups: int
    signals: int
    readings: int
    levels: int
    parameters: int
    watched: int
    of_person: int

    @property
    def modes(self) -> int:
        """Modes of all groups: as many as compartments."""
        return self.compartments * self.groups


@cache
def live(sizes: Sizes, stages: str, watched: str) -> Any:
    """The kernel that lives a stretch, for a model of these sizes; `stages` and `watched` are what `written` gives.

    Arrays have patients along their last axis. `who` and `amount` count those who live the stretch, `first` is where
    this call starts among them, and `out` (times, watched, patients) says how many it lives.
    """
    modes, levels, parameters, of_person = sizes.modes, sizes.levels, sizes.parameters, sizes.of_person
    panel, read, (put, flow) = _panel(sizes, stages), _read(sizes, watched), _entering(sizes)

    def kernel(who, first, steps, numbers, rate, signal, reading, enter, parameter, person, amount, q_all, y_all, out):  # type: ignore[no-untyped-def]
        row = cuda.grid(1)
        if row >= out.shape[2]:
            return
        patient = who[first + row]
        q, steady = cuda.local.array(modes, NUMBER), cuda.local.array(modes, NUMBER)
        y, p = cuda.local.array(levels, NUMBER), cuda.local.array(parameters, NUMBER)
        own = cuda.local.array(of_person, NUMBER)
        copy(q_all, patient, q)
        copy(y_all, patient, y)
        copy(parameter, patient, p)
        copy(person, patient, own)
        clear(steady)
        for step in range(steps.shape[0]):
            kind, a, b = steps[step, 0], steps[step, 1], steps[step, 2]
            if kind == PANEL:
                panel(numbers[step], patient, rate, signal, p, q, steady, y)
            elif kind == READ:
                read(a, row, patient, reading, own, q, y, out)
            elif kind == BOLUS:
                put(a, b, first + row, patient, enter, amount, q)
            elif kind == RATE:
                flow(numbers[step], a, b, first + row, patient, enter, amount, rate, steady)
            else:
                clear(steady)
        copy_back(q, patient, q_all)
        copy_back(y, patient, y_all)

    return cuda.jit(kernel)


def _entering(sizes: Sizes) -> tuple[Any, Any]:
    """What a dose does to the modes: all of it at once, or a level that they tend to while it flows in."""
    modes, groups_of = sizes.modes, sizes.compartments

    def put(a, b, column, patient, enter, amount, q):  # type: ignore[no-untyped-def]
        for k in range(modes):
            q[k] += enter[b, k, patient] * amount[a, k // groups_of, column]

    def flow(number, a, b, column, patient, enter, amount, rate, steady):  # type: ignore[no-untyped-def]
        for k in range(modes):
            inflow = number * enter[b, k, patient] * amount[a, k // groups_of, column]
            steady[k] -= inflow / rate[k, patient]

    return cuda.jit(device=True)(put), cuda.jit(device=True)(flow)


def _signals_at(sizes: Sizes) -> Any:
    """The signals at a time of a panel, into `found`."""
    modes, signals = sizes.modes, sizes.signals

    def signals_at(t, patient, rate, signal, q, steady, found):  # type: ignore[no-untyped-def]
        clear(found)
        for k in range(modes):
            now = (q[k] - steady[k]) * math.exp(rate[k, patient] * t) + steady[k]
            for which in range(signals):
                found[which] += signal[which, k, patient] * now

    return cuda.jit(device=True)(signals_at)


def _panel(sizes: Sizes, stages: str) -> Any:
    """One panel: signals at the nodes, each level at the nodes and at the end, then the modes at the end."""
    modes, levels, room = sizes.modes, sizes.levels, max(1, sizes.signals)
    stage, signals_at, gauss = _function(stages), _signals_at(sizes), rule(NODES)
    nodes, weights, to_node = gauss.nodes, gauss.weights, np.ascontiguousarray(gauss.to_node)

    def panel(h, patient, rate, signal, p, q, steady, y):  # type: ignore[no-untyped-def]
        at_node, weight = cuda.const.array_like(nodes), cuda.const.array_like(weights)
        to_nodes = cuda.const.array_like(to_node)
        s, y_at = cuda.local.array((NODES, room), NUMBER), cuda.local.array((NODES, levels), NUMBER)
        matrix, known = cuda.local.array((NODES, NODES), NUMBER), cuda.local.array(NODES, NUMBER)
        gain, loss = cuda.local.array(NODES, NUMBER), cuda.local.array(NODES, NUMBER)
        for i in range(NODES):
            signals_at(h * at_node[i], patient, rate, signal, q, steady, s[i])
        for k in range(levels):
            for i in range(NODES):
                gain[i], loss[i] = stage(k, s[i], y_at[i], p)
            fill(h, to_nodes, gain, loss, y[k], matrix, known)
            solve(matrix, known)
            for i in range(NODES):
                y_at[i, k] = known[i]
                y[k] += h * weight[i] * (gain[i] - loss[i] * known[i])
        for k in range(modes):
            q[k] = (q[k] - steady[k]) * math.exp(rate[k, patient] * h) + steady[k]

    return cuda.jit(device=True)(panel)


def _read(sizes: Sizes, watched: str) -> Any:
    """The watched values of what is read now, into `out`."""
    modes, readings, levels, values = sizes.modes, sizes.readings, sizes.levels, sizes.watched
    watch, outputs = _function(watched), sizes.readings + sizes.levels

    def read(t, row, patient, reading, own, q, y, out):  # type: ignore[no-untyped-def]
        o = cuda.local.array(outputs, NUMBER)
        clear(o)
        for r in range(readings):
            for k in range(modes):
                o[r] += reading[r, k, patient] * q[k]
        for k in range(levels):
            o[readings + k] = y[k]
        for k in range(values):
            out[t, k, row] = watch(k, o, o, own)

    return cuda.jit(device=True)(read)


@cuda.jit(device=True)
def copy(array, patient, own):  # type: ignore[no-untyped-def]
    """A patient's column of an array into a thread's own."""
    for k in range(own.shape[0]):
        own[k] = array[k, patient]


@cuda.jit(device=True)
def copy_back(own, patient, array):  # type: ignore[no-untyped-def]
    """And back."""
    for k in range(own.shape[0]):
        array[k, patient] = own[k]


@cuda.jit(device=True)
def clear(own):  # type: ignore[no-untyped-def]
    """All 0."""
    for k in range(own.shape[0]):
        own[k] = 0.0


@cuda.jit(device=True)
def fill(h, to_node, gain, loss, y, matrix, known):  # type: ignore[no-untyped-def]
    """The equations of collocation for a level at the nodes (see plain.py)."""
    for i in range(NODES):
        known[i] = y
        for j in range(NODES):
            known[i] += h * to_node[i, j] * gain[j]
            matrix[i, j] = h * to_node[i, j] * loss[j]
        matrix[i, i] += 1.0


@cuda.jit(device=True)
def solve(matrix, known):  # type: ignore[no-untyped-def]
    """Linear equations, in place: the solution stands in `known`."""
    for k in range(NODES):
        for i in range(k + 1, NODES):
            factor = matrix[i, k] / matrix[k, k]
            for j in range(k + 1, NODES):
                matrix[i, j] -= factor * matrix[k, j]
            known[i] -= factor * known[k]
    for i in range(NODES - 1, -1, -1):
        for j in range(i + 1, NODES):
            known[i] -= matrix[i, j] * known[j]
        known[i] /= matrix[i, i]


@cuda.jit(device=True)
def power(base, exponent):  # type: ignore[no-untyped-def]
    """base ** exponent; rounding may leave a signal of 0 a hair below it."""
    return math.pow(max(base, 0.0), exponent)


@cuda.jit(device=True)
def total_of(shared):  # type: ignore[no-untyped-def]
    """The sum over the block's threads of what each has put in `shared`, by halves: always in the same order."""
    thread, half = cuda.threadIdx.x, cuda.blockDim.x // 2
    while half > 0:
        cuda.syncthreads()
        if thread < half:
            shared[thread] += shared[thread + half]
        half //= 2
    cuda.syncthreads()
    total = shared[0]
    cuda.syncthreads()
    return total


@cuda.jit
def add_up(values, thresholds, bins, mean, squares, below, counts):  # type: ignore[no-untyped-def]
    """Add up all patients of `values` (times, watched, patients): a block for each time and watched value.

    `bins` (watched, 3) holds the lower end, bins per unit, and how many; `counts` has one more at either end.
    """
    shared = cuda.shared.array(THREADS, NUMBER)
    thread, patients = cuda.threadIdx.x, values.shape[2]
    t, w = cuda.blockIdx.x // values.shape[1], cuda.blockIdx.x % values.shape[1]
    shared[thread] = 0.0
    for i in range(thread, patients, cuda.blockDim.x):
        shared[thread] += values[t, w, i]
    middle = total_of(shared) / patients
    shared[thread] = 0.0
    for i in range(thread, patients, cuda.blockDim.x):
        shared[thread] += (values[t, w, i] - middle) ** 2
    mean[t, w], squares[t, w] = middle, total_of(shared)
    for k in range(thresholds.shape[1]):
        shared[thread] = 0.0
        for i in range(thread, patients, cuda.blockDim.x):
            shared[thread] += 1.0 if values[t, w, i] < thresholds[w, k] else 0.0
        below[t, w, k] = total_of(shared)
    last = int(bins[w, 2]) + 1
    for i in range(thread, patients, cuda.blockDim.x):
        place = math.floor((values[t, w, i] - bins[w, 0]) * bins[w, 1])
        cuda.atomic.add(counts, (t, w, min(max(place + 1, 0), last)), 1)


def written(name: str, answers: Sequence[Sequence[traced.Expression]]) -> str:
    """Source of `name(k, s, y, p)`: the k-th tuple of answers, each common part worked out once."""
    lines = [f"def {name}(k, s, y, p):"]
    for k, wanted in enumerate(answers):
        lines.append(f"    if k == {k}:")
        known: dict[str, str] = {}
        found = [_write(whole, known, lines) for whole in wanted]
        lines.append(f"        return {', '.join(found)}")
    return "\n".join([*lines, f"    return {', '.join('0.0' for _ in answers[0])}"])


def _write(whole: traced.Expression, known: dict[str, str], lines: list[str]) -> str:
    """The variable, or the leaf, that holds an expression; lines that work it out are added before."""
    if whole.operation == traced.NUMBER:
        return repr(float(whole.parts[0]))
    if whole.operation in _NAMES:
        return f"{_NAMES[whole.operation]}[{int(whole.parts[0])}]"
    if whole.text not in known:
        left, right = (_write(part, known, lines) for part in whole.parts)
        known[whole.text] = f"v{len(known)}"
        formula = f"power({left}, {right})" if whole.operation == "**" else f"{left} {whole.operation} {right}"
        lines.append(f"        {known[whole.text]} = {formula}")
    return known[whole.text]


def _function(source: str) -> Any:
    room: dict[str, Any] = {"power": power, "__name__": __name__}
    exec(source, room)  # our own arithmetic, from `written`
    return cuda.jit(device=True)(room[source[4 : source.index("(")]])
