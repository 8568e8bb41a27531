"""Numbers of a table that has one row a symbol, in the unit that is asked for."""

from __future__ import annotations

from collections.abc import Iterable

from holdfast.errors import InputError, TableError, UnknownNameError
from holdfast.facts.loader import Facts
from holdfast.units import convert


def named_numbers(facts: Facts, table: str, symbol: str, unit: str) -> tuple[float, ...]:
    """The numbers of that symbol in `unit`, whatever unit its row is written in: one, or several where its cell has.

    Raises `UnknownNameError` where there is none, `TableError` where the row's unit is of another kind.
    """
    rows = {row["symbol"]: row for row in facts.rows(table)}
    if symbol not in rows:
        raise UnknownNameError(f"number of {table}.csv", symbol, sorted(rows))
    row = rows[symbol]
    values = row["value"] if isinstance(row["value"], Iterable) else (row["value"],)
    try:
        return tuple(convert(float(value), row["unit"], unit) for value in values)
    except InputError:
        said = f"{row.file} line {row.line}: {row.id} is in {row['unit']}"
        raise TableError([f"{said}, which cannot be read in {unit}; correct the unit"]) from None
