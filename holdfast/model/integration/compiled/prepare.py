"""The machine code that fills the table: what each patient's parameters come to, once and for all."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from llvmlite import ir

from holdfast.model.integration.compiled import traced
from holdfast.model.integration.compiled.code import Code
from holdfast.model.integration.compiled.lanes import LANES, Lanes, copysign, root, splat
from holdfast.model.integration.compiled.layout import Layout
from holdfast.model.integration.compiled.modes import modes

PREPARE = ("first", "last", "count", "K", "signals", "readings", "parameters", "table", "spread", "workspace")


class Prepare:
    """What a patient's parameters come to: rates, weights of the modes, inputs' columns, the law's timeless parts."""

    def __init__(self, module: ir.Module, layout: Layout) -> None:
        self.layout, self.shape = layout, layout.shape
        self.code = Code(module, "prepare", PREPARE)

    def rows(self, name: str, patients: Sequence[ir.Value], size: int) -> list[ir.Value]:
        return self.code.rows(self.code.array(name), patients, size)

    def write(self) -> None:
        code, shape = self.code, self.shape
        with code.loop(code.word("first"), code.word("last")) as block:
            patients = code.block_of(block, code.word("count"))
            K = self.rows("K", patients, shape.groups * shape.size**2)
            found = [self._modes(K, group) for group in range(shape.groups)]
            row = [rate for made in found for rate in made.rates]
            row += self._weights("signals", patients, found, self.layout.signal_terms)
            row += self._weights("readings", patients, found, self.layout.reading_terms)
            row += self._timeless(self.rows("parameters", patients, shape.counts[2]))
            row += [row[0]] * (self.layout.at_entries - len(row))
            for compartment in shape.entries:
                row += [made.U.get((k, compartment), row[0] * 0.0) for made in found for k in range(shape.size)]
            row += [row[0]] * (self.layout.table_row - len(row))
            table = self.rows("table", patients, self.layout.table_row)
            for chunk in range(len(row) // LANES):
                code.store_rows(row[chunk * LANES : (chunk + 1) * LANES], table, chunk)
            spread = sum(made.spread for made in found)
            code.store(spread, code.array("spread"), block)
        code.end()

    def _modes(self, K: Sequence[ir.Value], group: int) -> Any:
        size = self.shape.size
        entries: dict[int, Lanes] = {}

        def entry(i: int, j: int) -> Lanes:
            place = group * size**2 + i * size + j
            if place not in entries:
                entries[place] = self.code.gather(K, place)
            return entries[place]

        return modes(entry, self.shape.pattern, root, copysign)

    def _weights(self, name: str, patients: Sequence[ir.Value], found: Sequence[Any], terms: Any) -> list[Lanes]:
        """Each term of the signals or readings: what one unit of a mode counts for."""
        shape = self.shape
        places = shape.signals if name == "signals" else shape.readings
        rows = self.rows(name, patients, shape.counts[name == "readings"] * shape.groups * shape.size)
        weights = {p: self.code.gather(rows, (p[0] * shape.groups + p[1]) * shape.size + p[2]) for p in places}
        made = []
        for which, group, k in terms:
            parts = [
                weight * found[group].V[i, k]
                for (of, g, i), weight in weights.items()
                if (of, g) == (which, group) and (i, k) in found[group].V
            ]
            made.append(sum(parts[1:], parts[0]))
        return made

    def _timeless(self, rows: Sequence[ir.Value]) -> list[Lanes]:
        def known(part: traced.Expression) -> Lanes | None:
            return self.code.gather(rows, part.parts[0]) if part.operation == traced.PARAMETER else None

        made: dict[str, Any] = {}
        values = [traced.value(part, known, made) for part in self.shape.law.timeless.values()]
        b = self.code.builder
        return [v if isinstance(v, Lanes) else Lanes(b, splat(v)) for v in values]
