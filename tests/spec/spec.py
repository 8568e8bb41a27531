"""Spec tables: worked examples a clinician can read, run as tests and printed into the docs.

A spec module has a docstring that explains its chapter in plain words and one or more `Spec` objects:

    GATE = Spec(
        title="Observation time",
        rules=("dis.time",),
        text="The clock starts at the first device.",
        table='''
        minutes | escort | against
            119 | yes    | observation-short
            120 | yes    |
        ''',
    )

    @GATE.cases
    def test_observation_time(minutes, escort, against):
        ...

Cells: `yes`/`no` are booleans, numbers are numbers, empty is None, everything else is text.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pytest


@dataclass(frozen=True)
class Spec:
    """A table of worked examples for one or more care rules (none for a rule of ours that no row names)."""

    title: str
    table: str
    rules: tuple[str, ...] = ()
    text: str = ""

    @property
    def header(self) -> tuple[str, ...]:
        """Column names."""
        return _cells(self._lines()[0])

    def rows(self) -> list[tuple[Any, ...]]:
        """Values, one tuple a line."""
        rows = [tuple(_value(cell) for cell in _cells(line)) for line in self._lines()[1:]]
        for line, row in zip(self._lines()[1:], rows, strict=True):
            assert len(row) == len(self.header), f"{self.title}: {len(self.header)} columns, but: {line}"
        return rows

    def cases(self, test: Callable[..., None]) -> Callable[..., None]:
        """Run the test once for each line; the test's arguments are the column names."""
        ids = [" | ".join(_cells(line)) for line in self._lines()[1:]]
        for rule in self.rules:
            test = pytest.mark.rule(rule)(test)
        return pytest.mark.parametrize(self.header, self.rows(), ids=ids)(test)

    def _lines(self) -> list[str]:
        return [line for line in self.table.strip().splitlines() if line.strip()]


def codes(cell: str | None) -> tuple[str, ...]:
    """`a, b` as a tuple; empty as ()."""
    return tuple(part.strip() for part in cell.split(",")) if cell else ()


def _cells(line: str) -> tuple[str, ...]:
    return tuple(cell.strip() for cell in line.split("|"))


def _value(cell: str) -> Any:
    if cell in ("yes", "no"):
        return cell == "yes"
    for number in (int, float):
        try:
            return number(cell)
        except ValueError:
            continue
    return cell or None
