"""A function of machine code under construction: its arguments, loops and branches, and how it reaches memory."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from llvmlite import ir

from holdfast.model.integration.compiled.lanes import LANES, NUMBER, VECTOR, Lanes

WORD = ir.IntType(64)
POINTER = ir.PointerType()
_I32 = ir.IntType(32)


class Code:
    """A function under construction; its one argument points at 64-bit words, whole numbers and addresses of arrays.

    They are read at once and known by these names.
    """

    def __init__(self, module: ir.Module, name: str, arguments: Sequence[str]) -> None:
        function = ir.Function(module, ir.FunctionType(ir.VoidType(), [POINTER]), name)
        self.builder = ir.IRBuilder(function.append_basic_block("entry"))
        self._entry = self.builder.block
        words = {name: self.load_word(function.args[0], place) for place, name in enumerate(arguments)}
        self._words = words
        self._arrays = {name: self.builder.inttoptr(word, POINTER) for name, word in words.items()}

    def word(self, name: str) -> ir.Value:
        """A whole number among the arguments."""
        return self._words[name]

    def array(self, name: str) -> ir.Value:
        """An array among the arguments."""
        return self._arrays[name]

    def at(self, array: ir.Value, place: Any, size: int = 1) -> ir.Value:
        """Address of the element at `place` of an array whose elements have `size` words."""
        place = WORD(place) if isinstance(place, int) else place
        return self.builder.gep(array, [self.times(place, size)], source_etype=WORD)

    def times(self, value: ir.Value, factor: Any) -> ir.Value:
        """A whole number, multiplied."""
        factor = WORD(factor) if isinstance(factor, int) else factor
        return self.builder.mul(value, factor)

    def plus(self, value: ir.Value, other: Any) -> ir.Value:
        """A whole number, increased."""
        return self.builder.add(value, WORD(other) if isinstance(other, int) else other)

    def load_word(self, array: ir.Value, place: Any) -> ir.Value:
        """A whole number from an array."""
        return self.builder.load(self.at(array, place), typ=WORD)

    def load(self, array: ir.Value, place: Any) -> Lanes:
        """Eight patients' value from an array of such."""
        return Lanes(self.builder, self.builder.load(self.at(array, place, LANES), typ=VECTOR, align=8))

    def store(self, value: Lanes, array: ir.Value, place: Any) -> None:
        """Eight patients' value into an array of such."""
        self.builder.store(value.value, self.at(array, place, LANES), align=8)

    def load_same(self, array: ir.Value, place: Any) -> Lanes:
        """One number of an array, in each lane."""
        number = self.builder.load(self.at(array, place), typ=NUMBER)
        undefined = ir.Constant(VECTOR, ir.Undefined)
        first = self.builder.insert_element(undefined, number, _I32(0))
        lanes = ir.Constant(ir.VectorType(_I32, LANES), [0] * LANES)
        return Lanes(self.builder, self.builder.shuffle_vector(first, undefined, lanes))

    def gather(self, rows: Sequence[ir.Value], place: Any) -> Lanes:
        """One number from each patient's own row."""
        vector: ir.Value = ir.Constant(VECTOR, ir.Undefined)
        for lane, row in enumerate(rows):
            number = self.builder.load(self.at(row, place), typ=NUMBER)
            vector = self.builder.insert_element(vector, number, _I32(lane))
        return Lanes(self.builder, vector)

    @contextmanager
    def loop(self, first: Any, end: ir.Value) -> Iterator[ir.Value]:
        """For each whole number from `first` up to `end` less 1."""
        b = self.builder
        with b.goto_block(self._entry):
            place = b.alloca(WORD)
        b.store(WORD(first) if isinstance(first, int) else first, place)
        head, body, done = (b.append_basic_block(name) for name in ("head", "body", "done"))
        b.branch(head)
        b.position_at_end(head)
        count = b.load(place, typ=WORD)
        b.cbranch(b.icmp_signed("<", count, end), body, done)
        b.position_at_end(body)
        yield count
        b.store(self.plus(count, 1), place)
        b.branch(head)
        b.position_at_end(done)

    @contextmanager
    def case(self, choice: ir.Value, number: int) -> Iterator[None]:
        """Only where `choice` is `number`."""
        with self.builder.if_then(self.builder.icmp_signed("==", choice, WORD(number))):
            yield

    def block_of(self, number: ir.Value, count: ir.Value) -> list[ir.Value]:
        """The places of the eight patients of a block; in the last block the last patient fills up."""
        made = []
        for lane in range(LANES):
            place = self.plus(self.times(number, LANES), lane)
            made.append(self.builder.select(self.builder.icmp_signed("<", place, count), place, self.plus(count, -1)))
        return made

    def rows(self, array: ir.Value, places: Sequence[ir.Value], size: Any) -> list[ir.Value]:
        """Address of each patient's own row in an array of rows of `size` words."""
        return [self.at(array, self.times(place, size)) for place in places]

    def load_rows(self, rows: Sequence[ir.Value], chunk: Any) -> list[Lanes]:
        """Eight numbers, at 8 * chunk, of each patient's own row."""
        values = [
            Lanes(self.builder, self.builder.load(self.at(row, chunk, LANES), typ=VECTOR, align=8)) for row in rows
        ]
        return transposed(values)

    def store_rows(self, values: Sequence[Lanes], rows: Sequence[ir.Value], chunk: Any) -> None:
        """Eight numbers into each patient's own row, at 8 * chunk."""
        for row, patient in zip(rows, transposed(values), strict=True):
            self.builder.store(patient.value, self.at(row, chunk, LANES), align=8)

    def end(self) -> None:
        """Return to the caller."""
        self.builder.ret_void()


def transposed(values: Sequence[Lanes]) -> list[Lanes]:
    """Eight rows of eight numbers → their eight columns: from a patient each to a number each, or back."""
    builder, rows = values[0].builder, [value.value for value in values]
    for step in (1, 2, 4):
        rows = _exchanged(builder, rows, step)
    return [Lanes(builder, row) for row in rows]


def _exchanged(builder: ir.IRBuilder, rows: list[ir.Value], step: int) -> list[ir.Value]:
    """Rows `step` apart swap the blocks of that width that lie off the diagonal."""
    made = list(rows)
    low = [i if not i & step else LANES + i - step for i in range(LANES)]
    high = [i + step if not i & step else LANES + i for i in range(LANES)]
    for i in (i for i in range(LANES) if not i & step):
        for place, order in ((i, low), (i + step, high)):
            mask = ir.Constant(ir.VectorType(_I32, LANES), order)
            made[place] = builder.shuffle_vector(rows[i], rows[i + step], mask)
    return made
