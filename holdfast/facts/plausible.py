"""What a measurement can be at all: a slip of unit or key is refused by name before any rule judges it."""

from __future__ import annotations

from holdfast.errors import InputError
from holdfast.facts.loader import Facts, load


def plausible(quantity: str, value: float | None, *, field: str = "", facts: Facts | None = None) -> float | None:
    """`value` itself, None where it is unknown. Ends of the range are taken.

    `quantity` is a row of plausible_ranges.csv, its unit last; `field` is the user's name for it. Raises
    `InputError` naming field, value and range, and `UnknownNameError` for a quantity the table does not hold.
    """
    if value is None:
        return None
    row = (facts or load()).row(f"plausible.{quantity}")
    name = field or quantity
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise InputError(f"{name} is {value!r}; give a number in {row['unit']}")
    if not row["min"] <= value <= row["max"]:  # a NaN is in no range
        side = "hint_low" if value < row["min"] else "hint_high" if value > row["max"] else ""
        hint = row.get(side, "check the value and its unit")
        raise InputError(f"{name} is {value:g}, outside {row['min']:g} to {row['max']:g} {row['unit']}; {hint}")
    return value
