"""Numbers in the words of a sentence: people of how many, out of ten or a hundred, hours, days, weeks, as printed.

Each form reads one row of facts and writes words; what the row does not hold is refused, never guessed.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from holdfast.errors import InputError
from holdfast.evidence.wording import with_signs
from holdfast.facts import Row, load
from holdfast.facts.information_tables import PLACEHOLDER
from holdfast.protocols.protocol import protocol
from holdfast.units import convert

_SHARES = ("percent", "percent_of_patients", "per_100_patients", "percent of patients")
_UNITS = {"hours": "h", "days": "d", "infusions": "count"}
_TIME_WORDS = {"min": "minute", "h": "hour", "d": "day", "weeks": "week", "months": "month", "y": "year"}
_APPROVAL = {
    "approved": "is approved", "off-label": "is not approved", "refused": "is not allowed",
    "unknown": "may or may not be approved (we have not read it)",
}  # fmt: skip
_TIMES = {1: "once", 2: "twice"}


def written(row: Row, form: str, column: str | None = None) -> str:
    """The words of one number. `column` names the cell, where it is not the row's value.

    Raises `InputError` on a form there is not, and on a row that does not hold what the form writes.
    """
    if form not in _FORMS:
        raise InputError(f"form {form!r} is not known; known: {', '.join(sorted(_FORMS))}")
    try:
        return _FORMS[form](row, column or "value")
    except (KeyError, TypeError, IndexError, AttributeError, StopIteration):
        raise InputError(f"{row.id} has nothing that the form {form!r} could write") from None


def sentences_of(row: Row) -> str:
    """The text of a row with its numbers written in. Raises `InputError` naming file, line and placeholder."""
    by_id = load().by_id
    text: str = row["text"]
    for found in list(PLACEHOLDER.finditer(text)):
        name, form, column = found.groups()
        try:
            text = text.replace(found.group(), written(by_id[name], form, column))
        except InputError as error:
            raise InputError(f"{row.file} line {row.line}: {found.group()}: {error}") from None
    parts = text.split(". ")
    return ". ".join(part[:1].upper() + part[1:] for part in parts)  # a sentence may begin with a number in words


def people_of(row: Row, column: str) -> str:
    """`8 of 28 people`; where only a share is printed, how many were counted."""
    n = _counted(row)
    events = row.get("events")
    if events is None:
        events = round(_percent(row, column) * n / 100)
        return f"about {events} of {n} people"
    return f"{events} of {n} people"


def _counted(row: Row) -> int:
    return int(row.values.get("n_analysed") or row.values["n"])


def _percent(row: Row, column: str) -> float:
    value = _number(row, column)
    if row.get("unit") == "fraction":
        return 100 * value
    if row.get("unit") not in _SHARES:
        raise TypeError
    return value


def _number(row: Row, column: str) -> float:
    value = row[column]
    return float(value[0] if isinstance(value, tuple) else value)


def in_ten(row: Row, column: str) -> str:
    """`about 3 in 10`; where that would be none or all, out of a hundred."""
    percent = _percent(row, column)
    tenths = round(percent / 10)
    return f"about {tenths} in 10" if 0 < tenths < 10 else in_hundred(row, column)


def in_hundred(row: Row, column: str) -> str:
    """`about 27 in 100`; `fewer than 1 in 100`; `none`, of how many people."""
    percent = _percent(row, column)
    if percent == 0:
        return f"none of {_counted(row)}"
    return f"about {round(percent)} in 100" if percent >= 1 else "fewer than 1 in 100"


def between_in_hundred(row: Row, _: str) -> str:
    """`from about 61 to 84 in 100`, of a range across studies."""
    low, high = _percent(row, "spread_low"), _percent(row, "spread_high")
    return "fewer than 1 in 100" if high < 1 else f"from about {round(low)} to {round(high)} in 100"


def _plain(value: float) -> str:
    return f"{round(value, 2):g}"


def _time_in(unit: str) -> Callable[[Row, str], str]:
    def write(row: Row, column: str) -> str:
        value, given = _number(row, column), _time_unit(row, column)
        amount = value if given == unit == "months" else convert(value, given, unit)
        return counted(amount, _TIME_WORDS[unit])

    return write


def _time_unit(row: Row, column: str) -> str:
    if column.endswith(("_min", "_h", "_d")) and row.get("unit") is None:
        return column.rpartition("_")[2]
    return _UNITS.get(row["unit"], row["unit"])


def counted(amount: float, word: str) -> str:
    """`1 hour`, `2 hours`."""
    return f"{_plain(amount)} {word}" if amount == 1 else f"{_plain(amount)} {word}s"


def _rated_at(row: Row, _: str) -> str:
    """The time of an outcome as printed, days and weeks whole."""
    value, unit = float(row["time_value"]), row["time_unit"].removesuffix("s")
    if unit == "hour" and value % convert(1, "d", "h") == 0:
        value, unit = convert(value, "h", "d"), "day"
    return counted(value, unit)


def _span(row: Row, column: str) -> str:
    low, high = row[column][0], row[column][-1]
    return _plain(low) if low == high else f"{_plain(low)} to {_plain(high)}"


def _times(row: Row, column: str) -> str:
    number = round(_number(row, column))
    return _TIMES.get(number, f"{number} times")


def _cell(row: Row, column: str) -> str:
    """A cell in the words of the table. Raises `KeyError` where it is empty."""
    if row.get(column) is None:
        raise KeyError(column)
    return with_signs(str(row[column]))


def _interval(row: Row, _: str) -> str:
    return f"{_plain(row['ci_low'])} to {_plain(row['ci_high'])}"


def sessions_of(row: Row) -> int:
    """Treatment sessions of one phase of a protocol."""
    most = row.get("max_sessions")
    if most is not None:
        return int(most)
    return round(row["sessions_per_week"] * (row["last_week"] - row["first_week"] + 1))


def watched_hours(row: Row) -> float:
    """Hours a patient is given the drug and watched, over a phase."""
    return sessions_of(row) * protocol(row.id.split(".")[0]).hours_in_clinic()


_FORMS: Mapping[str, Callable[[Row, str], Any]] = {
    "people": people_of,
    "of": lambda row, column: people_of(row, column).removesuffix(" people"),
    "in_ten": in_ten,
    "in_hundred": in_hundred,
    "between_in_hundred": between_in_hundred,
    "percent": lambda row, column: f"{_plain(_percent(row, column))} %",
    "interval": _interval,
    "cell": _cell,
    "number": lambda row, column: _plain(_number(row, column)),
    "highest": lambda row, column: _plain(row[column][-1]),
    "span": _span,
    "times": _times,
    "counted": lambda row, _: f"{_counted(row)} people",
    "rated_at": _rated_at,
    "approval": lambda row, _: _APPROVAL[row["standing"]],
    "weeks_to": lambda row, _: counted(row["last_week"] - row["first_week"] + 1, "week"),
    "sessions": lambda row, _: str(sessions_of(row)),
    "watched_hours": lambda row, _: counted(round(watched_hours(row)), "hour"),
    **{unit: _time_in(unit) for unit in _TIME_WORDS},
}
