"""Cells of a report as words for people and as columns for machines."""

from __future__ import annotations

import re

from holdfast.registry.report.sections import Column, Share, Value, kept, percents
from holdfast.statistics.estimate import Estimate

_HELD = "\N{NO-BREAK SPACE}"  # an interval is not torn apart at the end of a line
_RANGE = re.compile(r"(\d) to (\d)")  # nor is a range of days
SMALLEST_P = 0.0001
NOTHING = "\N{EN DASH}"  # no value: nobody to be counted, or never seen


def text(value: Value, column: Column) -> str:
    """A cell as a reader sees it: `47/227: 20.7 % (15.6 to 26.6)`."""
    match value:
        case None:
            return NOTHING
        case Share(events, people):
            if not people:
                return "nobody"
            return f"{events:,}/{people:,}:{_HELD}{_interval(value.estimate.times(100), f'{_HELD}%', 1)}"
        case Estimate():
            return _interval(value, "", column.digits)  # its unit stands in the heading
        case float() if column.kind == "p_value":
            return f"below{_HELD}{SMALLEST_P:g}" if value < SMALLEST_P else f"{value:.4f}"
        case float():
            return _number(value, column.digits)
        case int():
            return f"{value:,}"
        case _:
            return _RANGE.sub(rf"\1{_HELD}to{_HELD}\2", value)


def heading(column: Column) -> str:
    """The title of a column with its unit, which then stands in none of its cells."""
    return f"{column.title}, {column.unit}" if column.unit else column.title


def _interval(estimate: Estimate, unit: str, digits: int) -> str:
    """A value with its interval, as far as there is one."""
    if estimate.value is None:
        return NOTHING
    low, high = estimate.low, estimate.high
    said = f"{_number(estimate.value, digits)}{unit}"
    if high is None:
        if low is None:
            return said
        return f"{said} ({_number(low, digits)}{_HELD}or{_HELD}more)"
    first = "below" if low is None else f"{_number(low, digits)}{_HELD}to"
    return f"{said} ({first}{_HELD}{_number(high, digits)})"


def _number(value: float, digits: int) -> str:
    """With thousands told apart, and a minus that is no hyphen."""
    return f"{value:,.{digits}f}".replace("-", "\N{MINUS SIGN}")


def columns_of(column: Column) -> tuple[str, ...]:
    """What one column becomes in a file for machines."""
    ends = {"share": ("n", "of", "percent", "low", "high"), "estimate": ("value", "low", "high")}.get(column.kind)
    return (column.name,) if ends is None else tuple(f"{column.name}_{end}" for end in ends)


def fields(value: Value, column: Column) -> tuple[str, ...]:
    """One cell in the columns of `columns_of`; empty where there is no value."""
    match value:
        case Share(events, people):
            return (str(events), str(people), *(_field(one) for one in percents(value.estimate).values()))
        case Estimate():
            return tuple(_field(kept(one)) for one in (value.value, value.low, value.high))
        case None:
            return ("",) * len(columns_of(column))
        case float():
            return (_field(kept(value)),)
        case _:
            return (str(value),)


def _field(value: float | None) -> str:
    return "" if value is None else f"{value!r}"
