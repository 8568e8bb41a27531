"""Machine code that weighs virtual patients by the ratings, eight at a time: the formulas of `likelihood`, fused.

Each virtual patient names a member, whose row holds the numbers of `Odds`, what is known of biases, and by rating
levels, what was expected and what had grown, and the filter. From own numbers comes the share of the score that is
left, which is whitened and regressed on as it comes: nothing is kept by rating unless it is asked for.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cache, cached_property
from pathlib import Path
from typing import Any

from llvmlite import ir

from holdfast.forecast import course_code
from holdfast.forecast.arithmetic import LEVELS, Odds, person_of, share_left
from holdfast.forecast.course_code import SOURCES, clipped, positive
from holdfast.model.integration.compiled.code import Code
from holdfast.model.integration.compiled.lanes import LANES, Lanes, exp, log, splat
from holdfast.model.integration.compiled.machine_code import Call, kept_functions

ARGUMENTS = (
    "blocks", "who", "own", "rows", "row", "chunks", "ratings", "numbers", "out", "columns", "workspace",
)  # fmt: skip
OWN = 5
LOW_GAIN, PRECISION, TOWARDS = range(3)  # places of `numbers`: prior precision of the baseline, and that times its mean
_SPREADS = ("tau_drug", "tau_placebo", "of_drug", "cut", "gain_of_others", "gain_omega", "placebo_omega")
_FILTER = ("shown", "kept", "gain", "inverse_scale", "y")


@dataclass(frozen=True)
class Row:
    """What stands where in the row of a member: `grows` are the shares that grow, `biases` how many scales have one."""

    grows: tuple[str, ...]
    biases: int

    @cached_property
    def head(self) -> tuple[str, ...]:
        """Names of the numbers before those of the ratings."""
        odds = (*LEVELS, "expectancy", *self.grows)
        return (*odds, *_SPREADS, "constant", *(f"towards {i}" for i in range(self.biases)))

    @cached_property
    def rating(self) -> tuple[str, ...]:
        """Names of the numbers of each rating."""
        lived = (*LEVELS, "expectancy", *self.grows)
        return (*lived, *_FILTER, *(f"bias {i}" for i in range(self.biases)))

    def length(self, ratings: int) -> int:
        """Of the whole row, in full blocks."""
        return -(-(len(self.head) + ratings * len(self.rating)) // LANES) * LANES


@cache
def weighing(row: Row, *, columns: bool) -> Call:
    """The function for such rows. With `columns` it writes the whitened column of the baseline too."""
    sources = (*SOURCES, Path(course_code.__file__), Path(__file__))
    about = ("weighing", len(row.grows), row.biases, columns)
    return kept_functions(
        ("weighing",), about, sources, lambda module: _Weighing(module, row, columns=columns).write()
    )[0]


class _Weighing:
    def __init__(self, module: ir.Module, row: Row, *, columns: bool) -> None:
        self.code, self._row, self._columns = Code(module, "weighing", ARGUMENTS), row, columns
        sums = ("held", "square", "product", *(f"with bias {i}" for i in range(row.biases)))
        self._sums = {name: place for place, name in enumerate(sums)}  # first places of the workspace

    def write(self) -> None:
        code = self.code
        with code.loop(0, code.word("blocks")) as block:
            self._taken(block)
            own = [self._own(block, i) for i in range(OWN)]
            self._summed(block, own)
            code.store(self._log_likelihood(), code.array("out"), block)
        code.end()

    def _own(self, block: Any, number: int) -> Lanes:
        code = self.code
        return code.load(code.array("own"), code.plus(code.times(code.word("blocks"), number), block))

    def _taken(self, block: Any) -> None:
        """The members' rows into the workspace."""
        code = self.code
        first = code.times(block, LANES)
        who = [code.load_word(code.array("who"), code.plus(first, lane)) for lane in range(LANES)]
        rows = code.rows(code.array("rows"), who, code.word("row"))
        with code.loop(0, code.word("chunks")) as chunk:
            start = code.plus(code.times(chunk, LANES), len(self._sums))
            for i, value in enumerate(code.load_rows(rows, chunk)):
                code.store(value, code.array("workspace"), code.plus(start, i))

    def _head(self, name: str) -> Lanes:
        return self.code.load(self.code.array("workspace"), len(self._sums) + self._row.head.index(name))

    def _sum(self, name: str) -> Lanes:
        return self.code.load(self.code.array("workspace"), self._sums[name])

    def _add(self, name: str, value: Lanes) -> None:
        self.code.store(self._sum(name) + value, self.code.array("workspace"), self._sums[name])

    def _summed(self, block: Any, own: list[Lanes]) -> None:
        """Run through the ratings: the filter, and the sums of the regression."""
        code, row = self.code, self._row
        nothing = Lanes(code.builder, splat(0.0))
        for place in self._sums.values():
            code.store(nothing, code.array("workspace"), place)
        odds = Odds(
            {name: self._head(name) for name in row.rating[: len(LEVELS) + 1 + len(row.grows)]},
            *(self._head(name) for name in _SPREADS),
        )  # fmt: skip
        low = code.load_same(code.array("numbers"), LOW_GAIN)
        person = person_of(odds, own, low, exp, _where_below)
        with code.loop(0, code.word("ratings")) as rating:
            at = self._rating(rating)
            levels, grown = [at(name) for name in LEVELS], [at(name) for name in row.grows]
            left = share_left(levels, at("expectancy"), grown, person, clipped, positive)
            before = self._sum("held") * at("kept")
            innovation = (left - 1.0) * at("shown") + 1.0 - at("shown") * before
            whitened = innovation * at("inverse_scale")
            code.store(before + at("gain") * innovation, code.array("workspace"), self._sums["held"])
            self._add("square", whitened * whitened)
            self._add("product", whitened * at("y"))
            for i in range(row.biases):
                self._add(f"with bias {i}", whitened * at(f"bias {i}"))
            if self._columns:
                place = code.plus(code.times(code.word("blocks"), rating), block)
                code.store(whitened, code.array("columns"), place)

    def _rating(self, rating: Any) -> Callable[[str], Lanes]:
        code, row = self.code, self._row
        start = code.plus(code.times(rating, len(row.rating)), len(self._sums) + len(row.head))
        return lambda name: code.load(code.array("workspace"), code.plus(start, row.rating.index(name)))

    def _log_likelihood(self) -> Lanes:
        """Baseline and biases summed out. Biases stand whitened among themselves, so that one division is left."""
        numbers = self.code.array("numbers")
        precision = self._sum("square") + self.code.load_same(numbers, PRECISION)
        towards = self._sum("product") + self.code.load_same(numbers, TOWARDS)
        for i in range(self._row.biases):
            common = self._sum(f"with bias {i}")
            precision = precision - common * common
            towards = towards - common * self._head(f"towards {i}")
        return self._head("constant") + (towards * towards / precision - log(precision)) * 0.5


def _where_below(a: Lanes, b: Lanes, then: Lanes, otherwise: Lanes) -> Lanes:
    return then + (otherwise - then).where_above(a - b, 0.0)
