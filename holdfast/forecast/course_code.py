"""Machine code that lives courses: levels, and what was expected of treatment sessions, of eight patients at a time.

It carries a block of eight through a list of steps of three whole numbers before the next block:

    PANEL   panel no.                      levels after it
    SOME    panel no. with, and without    the same, with the one for patients who are marked, without for the others
    FADE    number at                      so many hours pass for what is expected
    GIVE                                   a treatment session is expected to help
    BEGIN                                  back to the start
    READ    place, number at               levels and what is expected, or the share of the score that is left, at that
                                           hour
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from llvmlite import ir

from holdfast.forecast import arithmetic
from holdfast.forecast.arithmetic import Person, after, share_left, signalling
from holdfast.model.integration.compiled import code as code_of
from holdfast.model.integration.compiled import lanes
from holdfast.model.integration.compiled.code import Code
from holdfast.model.integration.compiled.lanes import LANES, Lanes, exp, splat
from holdfast.model.integration.compiled.machine_code import Call, kept_functions

PANEL, SOME, FADE, GIVE, BEGIN, READ = range(6)
STEP_WORDS = 3
OWN = ("log_half", "gamma", "kin", "ka", "kx", "kout", "kc", "kz", "fades", "fades_early", "weight")  # rows of `own`
SHARES = ("gA", "gX", "gZ", "expectancy", "placebo", "gain")  # rows of `shares`, then share and rate of what grows
ARGUMENTS = (
    "blocks", "repeats", "own", "body", "bodies", "occupancy", "panels", "widths", "fresh", "panel_count", "known",
    "room", "steps", "step_count", "numbers", "start", "marked", "shares", "out", "workspace",
)  # fmt: skip
WORKSPACE = 9 * LANES
NODES = 2  # of a half of a panel
_SUMS, _MIXED = 3, 5  # places in the workspace, after the levels
SOURCES = tuple(Path(str(one.__file__)) for one in (arithmetic, code_of, lanes))


@cache
def course(grows: int | None) -> Call:
    """The function; it reads levels where `grows` is None, else the share left, with so many shares that grow."""
    name = "levels" if grows is None else "shares"
    sources = (*SOURCES, Path(__file__))
    return kept_functions((name,), ("course", grows), sources, lambda module: _Course(module, name, grows).write())[0]


@dataclass(frozen=True)
class _Rates:
    kx: Lanes
    kout: Lanes
    kc: Lanes
    kz: Lanes


def clipped(value: Lanes) -> Lanes:
    """Between 0 and 1."""
    return value.at_least(0.0).at_most(1.0)


def positive(value: Lanes) -> Lanes:
    """0 where it is below."""
    return value.at_least(0.0)


class _Course:
    def __init__(self, module: ir.Module, name: str, grows: int | None) -> None:
        self.code, self._grows = Code(module, name, ARGUMENTS), grows

    def write(self) -> None:
        code = self.code
        with code.loop(0, code.word("blocks")) as block:
            self._block = block
            known = code.at(code.array("known"), code.times(block, code.word("room")), LANES)
            with code.loop(code.word("fresh"), code.word("panel_count")) as number:
                self._panel(known, number)
            with code.loop(0, code.word("repeats")) as repeat:
                self._lived(known, repeat)
        code.end()

    def _own(self, name: str) -> Lanes:
        return self._row("own", OWN.index(name))

    def _row(self, array: str, row: Any) -> Lanes:
        """A row of an array of shape (rows, patients)."""
        return self.code.load(self.code.array(array), self._place(row))

    def _place(self, row: Any) -> Any:
        code = self.code
        at = code.times(code.word("blocks"), row)
        return code.plus(at, self._block)

    def _get(self, place: int) -> Lanes:
        return self.code.load(self.code.array("workspace"), place)

    def _put(self, value: Lanes, place: int) -> None:
        self.code.store(value, self.code.array("workspace"), place)

    def _panel(self, known: Any, number: Any) -> None:
        """Prepare a panel: drives at the nodes of its halves, from the occupancy of each patient's body."""
        code = self.code
        first = code.load_word(code.array("panels"), number)
        places = [code.load_word(code.array("body"), code.plus(code.times(self._block, LANES), lane))
                  for lane in range(LANES)]  # fmt: skip
        rows = [code.at(code.array("occupancy"), place) for place in places]
        drives = []
        for half in range(2):
            drive = None
            for node in range(NODES):
                at = code.times(code.plus(first, NODES * half + node), code.word("bodies"))
                raised = exp(self._own("gamma") * (code.gather(rows, at) - self._own("log_half")))
                part = raised / (raised + 1.0)
                drive = part if drive is None else drive + part
            assert drive is not None
            drives.append(drive * (1.0 / NODES))
        half_h = code.load_same(code.array("widths"), number) * 0.5
        found = signalling(half_h, self._own("kin"), self._own("ka"), drives, exp)
        for i, value in enumerate(found):
            code.store(value, known, code.plus(code.times(number, 4), i))

    def _lived(self, known: Any, repeat: Any) -> None:
        code = self.code
        self._begin(repeat)
        with code.loop(0, code.word("step_count")) as number:
            step = code.at(code.array("steps"), number, STEP_WORDS)
            kind, a, b = (code.load_word(step, i) for i in range(STEP_WORDS))
            with code.case(kind, PANEL):
                self._after(a, self._known(known, a))
            with code.case(kind, SOME):
                marked = code.load(code.array("marked"), self._place(repeat))
                pairs = zip(self._known(known, a), self._known(known, b), strict=True)
                self._after(a, [without + (with_it - without) * marked for with_it, without in pairs])
            with code.case(kind, FADE):
                h = code.load_same(code.array("numbers"), a)
                for i, name in enumerate(("fades", "fades_early")):
                    self._put(self._get(_SUMS + i) * exp(-(self._own(name) * h)), _SUMS + i)
            with code.case(kind, GIVE):
                for i in range(2):
                    self._put(self._get(_SUMS + i) + self._own("weight"), _SUMS + i)
            with code.case(kind, BEGIN):
                self._begin(repeat)
            with code.case(kind, READ):
                self._read(a, b, repeat)

    def _known(self, known: Any, panel: Any) -> list[Lanes]:
        return [self.code.load(known, self.code.plus(self.code.times(panel, 4), i)) for i in range(4)]

    def _begin(self, repeat: Any) -> None:
        code = self.code
        for i in range(3):
            row = code.plus(code.times(code.word("repeats"), i), repeat)
            self._put(self._row("start", row), i)
        for i in range(2):
            self._put(Lanes(code.builder, splat(0.0)), _SUMS + i)

    def _after(self, panel: Any, known: Sequence[Lanes]) -> None:
        h = self.code.load_same(self.code.array("widths"), panel)
        rates = _Rates(*(self._own(name) for name in ("kx", "kout", "kc", "kz")))
        for i, level in enumerate(after([self._get(i) for i in range(3)], h, rates, known, exp)):
            self._put(level, i)

    def _read(self, place: Any, number: Any, repeat: Any) -> None:
        code = self.code
        levels, expected = [self._get(i) for i in range(3)], self._get(_SUMS) - self._get(_SUMS + 1)
        if self._grows is None:
            values = [*levels, expected]
        else:
            hour = code.load_same(code.array("numbers"), number).at_least(0.0)
            fixed = [self._row("shares", i) for i in range(len(SHARES))]
            rows = [(self._row("shares", len(SHARES) + 2 * i), self._row("shares", len(SHARES) + 2 * i + 1))
                    for i in range(self._grows)]  # fmt: skip
            grown = [1.0 - exp(-(rate * hour)) for _, rate in rows]
            person = Person(fixed[:3], fixed[3], [share for share, _ in rows], fixed[4], fixed[5])
            values = [share_left(levels, expected, grown, person, clipped, positive)]
        for i, value in enumerate(values):
            row = code.plus(code.times(code.plus(code.times(place, len(values)), i), code.word("repeats")), repeat)
            code.store(value, code.array("out"), self._place(row))
