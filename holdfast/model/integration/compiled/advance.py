"""The machine code that lives a programme of steps.

It carries a block of eight patients through the whole programme before the next, so that all it touches stays in
the nearest memory, and writes what is read once, at the end. A programme is a list of steps of four whole numbers:

    PANEL   factors at, -, width no.      READ   place in what is read
    BOLUS   input no., column at          CLEAR  no constant input from here on
    RATE    input no., column at, no. of 1/duration      SET  the constant inputs named since CLEAR begin

Under a constant input each mode tends to a steady level s; the code carries q - s, which only decays, and adds s back
where something is read.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from llvmlite import ir

from holdfast.model.integration.compiled.code import WORD, Code
from holdfast.model.integration.compiled.collocation import kernel_of
from holdfast.model.integration.compiled.lanes import LANES, Lanes, exp, splat
from holdfast.model.integration.compiled.layout import NODES, Layout
from holdfast.model.integration.compiled.panel import Panel

PANEL, READ, BOLUS, CLEAR, RATE, SET = range(6)
STEP_WORDS = 4
EXPONENTIALS, SQUARE, CUBE = range(3)  # how the factors of a width come about
WIDTH_WORDS = 3  # how, factors at, factors of the narrower width at
ADVANCE = (
    "first", "last", "count", "who", "table", "state", "amounts", "inputs", "steps", "step_count", "numbers",
    "widths", "width_count", "rates", "factors", "out", "out_row", "workspace", "table_chunks", "scratch",
)  # fmt: skip


class Advance:
    """A block of patients from the start of a programme to its end."""

    def __init__(self, module: ir.Module, layout: Layout) -> None:
        self.layout = layout
        self.code = Code(module, "advance", ADVANCE)

    def get(self, place: Any) -> Lanes:
        return self.code.load(self.code.array("workspace"), place)

    def put(self, value: Lanes, place: Any) -> None:
        self.code.store(value, self.code.array("workspace"), place)

    def write(self) -> None:
        code, layout = self.code, self.layout
        with code.loop(code.word("first"), code.word("last")) as block:
            patients = code.block_of(block, code.word("count"))
            who = [code.load_word(code.array("who"), place) for place in patients]
            self._take("table", who, layout.table_row, 0, code.word("table_chunks"))
            state = self._take("state", who, layout.state_row, layout.at_state, WORD(layout.state_row // LANES))
            for place in range(layout.at_steady, layout.at_widths):
                self.put(Lanes(code.builder, splat(0.0)), place)
            self._widths()
            self._steps(patients)
            for chunk in range(layout.state_row // LANES):
                values = [self.get(layout.at_state + chunk * LANES + i) for i in range(LANES)]
                code.store_rows(values, state, chunk)
            self._give(patients)
        code.end()

    def _take(self, name: str, who: Sequence[ir.Value], size: int, at: int, chunks: ir.Value) -> list[ir.Value]:
        """The patients' rows into the workspace."""
        rows = self.code.rows(self.code.array(name), who, size)
        with self.code.loop(0, chunks) as chunk:
            start = self.code.plus(self.code.times(chunk, LANES), at)
            for i, value in enumerate(self.code.load_rows(rows, chunk)):
                self.put(value, self.code.plus(start, i))
        return rows

    def _give(self, patients: Sequence[ir.Value]) -> None:
        """What was read into the patients' rows of the output."""
        code, b = self.code, self.code.builder
        size, scratch = code.word("out_row"), code.word("scratch")
        rows = code.rows(code.array("out"), patients, size)
        with code.loop(0, b.sdiv(size, WORD(LANES))) as chunk:
            start = code.plus(code.times(chunk, LANES), scratch)
            code.store_rows([self.get(code.plus(start, i)) for i in range(LANES)], rows, chunk)
        with code.loop(b.sub(size, b.srem(size, WORD(LANES))), size) as place:
            value = self.get(code.plus(place, scratch)).value
            for lane, row in enumerate(rows):
                b.store(b.extract_element(value, ir.IntType(32)(lane)), code.at(row, place))

    def _widths(self) -> None:
        """The factors of each width: exponentials, or powers of those of half or a third of the width."""
        code, count = self.code, WORD(len(self.layout.factors))
        with code.loop(0, code.word("width_count")) as number:
            way = code.at(code.array("widths"), number, WIDTH_WORDS)
            how, at, source = (code.load_word(way, i) for i in range(WIDTH_WORDS))
            h = code.load_same(code.array("numbers"), number)
            with code.case(how, EXPONENTIALS), code.loop(0, count) as k:
                rate = self.get(code.load_word(code.array("rates"), k))
                self.put(exp(rate * (h * code.load_same(code.array("factors"), k))), code.plus(at, k))
            for power in (SQUARE, CUBE):
                with code.case(how, power), code.loop(0, count) as k:
                    factor = self.get(code.plus(source, k))
                    self.put(factor * factor if power == SQUARE else factor * factor * factor, code.plus(at, k))
            for stage, loss in self.layout.constant_losses.items():
                inside = stage + 1 < self.layout.levels
                for place, value in enumerate(kernel_of(self.get(loss), h, NODES, inside=inside)):
                    self.put(value, code.plus(at, self.layout.kernels[stage] + place))

    def _steps(self, patients: Sequence[ir.Value]) -> None:
        code = self.code
        amounts = code.rows(code.array("amounts"), patients, code.times(code.word("inputs"), self.layout.shape.groups))
        with code.loop(0, code.word("step_count")) as number:
            step = code.at(code.array("steps"), number, STEP_WORDS)
            kind, a, b, c = (code.load_word(step, i) for i in range(STEP_WORDS))
            with code.case(kind, PANEL):
                h = code.load_same(code.array("numbers"), c)
                Panel(self.layout, self.get, self.put, self._after(a), h).write()
            with code.case(kind, READ):
                self._read(code.plus(a, code.word("scratch")))
            with code.case(kind, BOLUS):
                for k, amount in self._each_mode(amounts, a):
                    q = self.get(self.layout.at_state + k)
                    self.put(q + self.get(code.plus(b, k)) * amount, self.layout.at_state + k)
            with code.case(kind, CLEAR):
                self._clear()
            with code.case(kind, RATE):
                one_over = code.load_same(code.array("numbers"), c)
                for k, amount in self._each_mode(amounts, a):
                    steady = self.get(code.plus(b, k)) * amount * one_over / -self.get(k)
                    self.put(self.get(self.layout.at_steady + k) + steady, self.layout.at_steady + k)
            with code.case(kind, SET):
                self._set()

    def _after(self, start: ir.Value) -> Callable[[int], Lanes]:
        return lambda place: self.get(self.code.plus(start, place))

    def _each_mode(self, amounts: Sequence[ir.Value], given: ir.Value) -> list[tuple[int, Lanes]]:
        """Each mode with the amount of an input that its enantiomer gets."""
        layout, groups = self.layout, self.layout.shape.groups
        start = self.code.times(given, groups)
        enters = [self.code.gather(amounts, self.code.plus(start, g)) for g in range(groups)]
        return [(layout.mode(g, k), enters[g]) for g in range(groups) for k in range(layout.shape.size)]

    def _clear(self) -> None:
        for k in range(self.layout.modes):
            at_q, at_s = self.layout.at_state + k, self.layout.at_steady + k
            self.put(self.get(at_q) + self.get(at_s), at_q)
            self.put(Lanes(self.code.builder, splat(0.0)), at_s)

    def _set(self) -> None:
        layout = self.layout
        for k in range(layout.modes):
            self.put(self.get(layout.at_state + k) - self.get(layout.at_steady + k), layout.at_state + k)
        for which in range(layout.shape.counts[0]):
            total = Lanes(self.code.builder, splat(0.0))
            for place, (of, group, k) in enumerate(layout.signal_terms):
                if of == which:
                    steady = self.get(layout.at_steady + layout.mode(group, k))
                    total = total + self.get(layout.at_signals + place) * steady
            self.put(total, layout.at_steady_signals + which)

    def _read(self, at: ir.Value) -> None:
        layout = self.layout
        read = {layout.mode(group, k) for _, group, k in layout.reading_terms}
        q = {k: self.get(layout.at_state + k) + self.get(layout.at_steady + k) for k in read}
        totals = [Lanes(self.code.builder, splat(0.0)) for _ in range(layout.shape.counts[1])]
        for place, (which, group, k) in enumerate(layout.reading_terms):
            totals[which] = totals[which] + self.get(layout.at_readings + place) * q[layout.mode(group, k)]
        totals += [self.get(layout.at_state + layout.modes + level) for level in range(layout.levels)]
        for which, total in enumerate(totals):
            self.put(total, self.code.plus(at, which))
