"""What no row of the evidence tables can be: checks of one row, and checks across rows.

A check of a row yields (column, message). Those across rows need the other tables and are called by the loader.
"""

from __future__ import annotations

import datetime
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from holdfast.facts.schema import Document, Fault, Row
from holdfast.units import convert

Found = Iterator[tuple[str, str]]

SLACK_PERCENT = 1  # a percent and its count agree when they differ by no more: published percents are rounded
MOST_PEOPLE = 1_000_000  # beyond every trial and register: a slip of the keys
_TIME_UNITS = {"hours": "h", "days": "d", "weeks": "week"}
_DAYS_OF_A_MONTH = (28, 31)
_TIME_SLACK = 1e-6
_SPREADS = ("range", "iqr")
_NEVER_FITTED = ("meta-analysis", "label", "registry", "animals")
_TOTALS = ("baseline", "MADRS_mean_day1")  # in points these stand on the scale itself, all others are differences
_NO_SHARES = ("percent_change",)  # percents that may lie outside 0 to 100


def year_has_come(row: Row) -> Found:
    """A publication may bear the year that comes, and none after it."""
    latest = datetime.date.today().year + 1  # noqa: DTZ011 - a year of print, on the reader's calendar
    for column in ("year", "reported_year"):
        if (row.get(column) or 0) > latest:
            yield column, f"is {row[column]}, a year that has not come; read the publication again"


def study_may_be_fitted(row: Row) -> Found:
    """A pool of other studies is never fitted: it holds them a second time."""
    if row["split"] == "calibrate" and row["design_kind"] in _NEVER_FITTED:
        yield "split", f"is calibrate, but a study of design {row['design_kind']} is never fitted; write context"


def overlap_is_of_two(row: Row) -> Found:
    """A study does not overlap with itself."""
    if row["study"] == row["other"]:
        yield "other", "is the study itself; an overlap needs two"


def verified_names_its_reader(row: Row) -> Found:
    """A number is verified by a person who read the source a second time, or not at all."""
    if row["status"] == "verified" and not row.get("checked_by"):
        yield "checked_by", "is empty; status verified needs the second reader's name"


def arm_is_possible(row: Row) -> Found:
    """People, doses and their unit."""
    yield from _counts_people(row, "n_randomised")
    if (row.get("dose") is None) != (row.get("dose_unit") is None):
        yield "dose_unit", "dose and dose_unit need each other"
    if any(dose <= 0 for dose in row.get("dose", ())):
        yield "dose", "is not above 0; leave it empty where no dose is printed"
    if row.get("infusion_min", 1) <= 0:
        yield "infusion_min", "is not above 0; leave it empty where no infusion was given"


def _counts_people(row: Row, column: str) -> Found:
    n = row.get(column)
    if n is not None and n < 1:
        yield column, f"is {n}; a group has at least one person. Leave it empty where it is unknown: never 0"
    if n is not None and n > MOST_PEOPLE:
        yield column, f"is {n}, more people than any study has; read the source again"


def _events_fit(row: Row, n_column: str, *, is_percent: bool) -> Found:
    """Events are no more than people, and no more than a point away from the percent beside them."""
    events, n, value = row.get("events"), row.get(n_column), row.get("value")
    if events is not None and events < 0:
        yield "events", f"is {events}; people cannot be fewer than 0"
    if events is None or n is None or n < 1:
        return
    if events > n:
        yield "events", f"is {events}, more than the {n} people of {n_column}"
    elif is_percent and value is not None and abs(100 * events / n - value) > SLACK_PERCENT:
        yield (
            "value",
            (
                f"is {value} percent, but {events} of {n} is {100 * events / n:.1f}: they differ by more than "
                f"{SLACK_PERCENT} point; read the source again"
            ),
        )


def _percent_is_a_share(row: Row) -> Found:
    value = row.get("value")
    if value is not None and not 0 <= value <= 100:
        yield "value", f"is {value} percent; a share lies between 0 and 100"


def _statement_has_no_number(row: Row) -> Found:
    for column in ("value", "events", "ci_low", "ci_high", "spread_low", "spread_high"):
        if row.get(column) is not None:
            yield column, "holds a number, but the row is a statement and no count; leave it empty"


def _is_statement(row: Row) -> bool:
    return (row.get("unit") or "qualitative").startswith("qualitative")


def _interval_is_what_it_says(row: Row) -> Found:
    """A range is no confidence interval, and never stands where one is looked for."""
    kind = row.get("interval_kind")
    has_ci = any(row.get(name) is not None for name in ("ci_low", "ci_high"))
    has_spread = any(row.get(name) is not None for name in ("spread_low", "spread_high"))
    if kind is None and (has_ci or has_spread):
        yield "interval_kind", "is empty; say what the interval is"
    elif kind in _SPREADS and has_ci:
        yield "ci_low", f"holds a {kind}, which is no confidence interval; write it into spread_low and spread_high"
    elif kind is not None and kind not in _SPREADS and has_spread:
        yield "spread_low", f"holds a {kind}; write it into ci_low and ci_high"
    elif has_ci and "RANGE" in (row.get("note") or ""):
        yield "ci_low", "the note says that this is a range; write it into spread_low and spread_high"
    else:
        yield from _ends_are_there(row, kind)


def _ends_are_there(row: Row, kind: str | None) -> Found:
    """The ends that the kind needs, in order, with the value between them."""
    low_name, high_name = ("spread_low", "spread_high") if kind in _SPREADS else ("ci_low", "ci_high")
    low, high = row.get(low_name), row.get(high_name)
    if kind is not None and low is None:
        yield low_name, f"is empty; an interval of kind {kind} needs it"
    if kind == "ci95_lower_only" and high is not None:
        yield high_name, "is given, but interval_kind says that only the lower end is known; write ci95"
    elif kind not in (None, "ci95_lower_only") and high is None:
        yield high_name, f"is empty; an interval of kind {kind} needs it"
    if low is not None and high is not None and low > high:
        yield high_name, f"is {high}, below the low end {low}"
    elif low is not None and low == high and kind not in _SPREADS:
        yield high_name, f"is {high}, the low end too; an interval of kind {kind} has a width"
    else:
        yield from _value_lies_between(row, low, high)


def _value_lies_between(row: Row, low: float | None, high: float | None) -> Found:
    value = row.get("value")
    if value is None:
        return
    if (low is not None and value < low) or (high is not None and value > high):
        yield "value", f"is {value}, outside its own interval"
    elif row.get("interval_kind") == "range" and value in (low, high):
        yield "value", "repeats an end of the range; leave it empty where the middle is not known"


def _time_is_normalised(row: Row) -> Found:
    """`time_h` is the time as printed, in hours."""
    value, unit, time_h = row.get("time_value"), row.get("time_unit"), row.get("time_h")
    if (value is None) != (unit is None):
        yield "time_unit", "time_value and time_unit need each other"
    elif unit is None or unit == "infusions":
        if time_h is not None:
            yield "time_h", "is given, but no time in hours, days, weeks or months is printed; leave it empty"
    elif value < 0:
        yield "time_value", f"is {value}; time counts from the anchor onwards, from 0 up"
    elif time_h is None:
        yield "time_h", f"is empty; write {value} {unit} in hours"
    elif not _same_time(value, unit, time_h):
        yield "time_h", f"is {time_h} h, which is not {value} {unit}"


def _same_time(value: float, unit: str, time_h: float) -> bool:
    if unit == "months":
        low, high = (value * convert(days, "d", "h") for days in _DAYS_OF_A_MONTH)
        return low <= time_h <= high
    return abs(time_h - convert(value, _TIME_UNITS[unit], "h")) <= _TIME_SLACK * max(1, time_h)


def _outcome_counts(row: Row) -> Found:
    yield from _counts_people(row, "n_analysed")
    if _is_statement(row):
        yield from _statement_has_no_number(row)
        return
    is_percent = row["unit"] == "percent" and row["outcome"] not in _NO_SHARES
    yield from _events_fit(row, "n_analysed", is_percent=is_percent)
    if is_percent:
        yield from _percent_is_a_share(row)
    if row.get("value") is None and row.get("interval_kind") is None:
        yield "value", "is empty; give the number, its interval, or a unit that says it is a statement"


def _spread_is_positive(row: Row) -> Found:
    for name in ("sd", "se"):
        if row.get(name) is not None and row[name] <= 0:
            yield name, f"is {row[name]}; a spread is above 0. Leave it empty where it is unknown"


def _unverified_says_value(row: Row) -> Found:
    if (row["status"] == "unverified") != ("value" in row.get("unverified_fields", ())):
        yield "unverified_fields", "names value exactly where the status is unverified"


def _subgroup_says_by_what(row: Row) -> Found:
    if (row.get("subgroup") is None) != (row.get("subgroup_by") is None):
        yield "subgroup_by", "subgroup and subgroup_by need each other"


OUTCOME_CHECKS = (
    _outcome_counts, _interval_is_what_it_says, _time_is_normalised, _spread_is_positive, _unverified_says_value,
    _subgroup_says_by_what, verified_names_its_reader,
)  # fmt: skip


def adverse_event_is_possible(row: Row) -> Found:
    """Counts, percent and range of one row of adverse events."""
    yield from year_has_come(row)
    yield from _counts_people(row, "n")
    yield from _interval_is_what_it_says(row)
    if _is_statement(row):
        yield from _statement_has_no_number(row)
        return
    is_percent = row["unit"].startswith(("percent", "per_100"))
    yield from _events_fit(row, "n", is_percent=is_percent)
    if is_percent:
        yield from _percent_is_a_share(row)
    if row.get("value") is None and row.get("interval_kind") is None:
        yield "value", "is empty; give the number, its range, or a unit that says it is a statement"


def evidence_faults(tables: Mapping[str, tuple[Row, ...]]) -> Iterator[Fault]:
    """Faults between rows: an arm twice, an arm of another study, more people analysed than randomised."""
    arms = {arm.id: arm for arm in tables["study_arms"]}
    yield from _twice(tables["study_arms"], ("study", "label"), "label", "is an arm of the study already, in line {}")
    yield from _twice(
        tables["study_outcomes"],
        ("study", "arm", "subgroup", "estimand", "outcome", "scale", "definition", "time_value", "time_unit",
         "time_anchor", "interval_kind"),
        "outcome", "is given already for this arm, definition and time, in line {}",
    )  # fmt: skip
    yield from _twice(
        tables["study_adverse_events"], ("study", "arm", "phase", "event_term", "unit", "interval_kind"),
        "event_term", "is given already for this arm, phase and unit, in line {}",
    )  # fmt: skip
    for row in (*tables["study_outcomes"], *tables["study_adverse_events"]):
        arm = arms.get(row.get("arm", ""))
        if arm is not None and arm.get("study") != row.get("study"):
            yield Fault(row.file, row.line, "arm", f"{arm.id!r} is an arm of {arm.get('study')}, not of this study")
    for row in tables["study_outcomes"]:
        arm = arms.get(row.get("arm", ""))
        randomised = None if arm is None else arm.get("n_randomised")
        n = row.get("n_analysed")
        if arm is not None and randomised is not None and n is not None and n > randomised:
            message = f"is {n}, more than the {randomised} randomised to {arm.id}"
            yield Fault(row.file, row.line, "n_analysed", message)


def span_faults(tables: Mapping[str, tuple[Row, ...]], scales: Mapping[str, Document]) -> Iterator[Fault]:
    """Points that the scale does not have: totals outside it, changes and spreads larger than all of it."""
    ends = {name: (one.header.get("total_min"), one.header.get("total_max")) for name, one in scales.items()}
    known = {row.id: ends[row["scale"]] for row in tables["study_scales"] if row.get("scale") in ends}
    for row in tables["study_outcomes"]:
        low, high = known.get(row.get("scale", ""), (None, None))
        if row.get("unit") == "points" and low is not None and high is not None:
            yield from _beyond_span(row, low, high)


def _beyond_span(row: Row, low: float, high: float) -> Iterator[Fault]:
    span = high - low
    totals = row.get("outcome") in _TOTALS and row.get("estimand") == "arm"
    least, most = (low, high) if totals else (-span, span)
    for column in ("value", "spread_low", "spread_high"):
        if row.get(column) is not None and not least <= row[column] <= most:
            message = f"is {row[column]}, outside {least:g} to {most:g} points of {row['scale']}; read the source again"
            yield Fault(row.file, row.line, column, message)
    for column in ("sd", "se"):
        if (row.get(column) or 0) > span:
            message = f"is {row[column]}, more than the {span:g} points of {row['scale']}; read the source again"
            yield Fault(row.file, row.line, column, message)


def _twice(rows: Iterable[Row], columns: tuple[str, ...], named: str, message: str) -> Iterator[Fault]:
    seen: dict[tuple[Any, ...], Row] = {}
    for row in rows:
        key = tuple(_folded(row.get(column)) for column in columns)
        if key in seen:
            yield Fault(row.file, row.line, named, f"{row.get(named)!r} " + message.format(seen[key].line))
        seen.setdefault(key, row)


def _folded(value: Any) -> Any:
    return " ".join(value.lower().split()) if isinstance(value, str) else value
