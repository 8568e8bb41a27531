"""The table of what forecasts and comparisons of policies hold to and no source gives: limits, reviews, schedules."""

from __future__ import annotations

from collections.abc import Iterable

from holdfast.facts.schema import PROVENANCE, Column, Row, Table


def _says_why(row: Row) -> Iterable[tuple[str, str]]:
    if not row.get("note"):
        yield "note", "is empty; a choice of ours says why"


def _numbers_can_be(row: Row) -> Iterable[tuple[str, str]]:
    values, unit = row["value"], row["unit"]
    if unit == "fraction" and not all(0 < value < 1 for value in values):
        yield "value", "does not lie between 0 and 1; a share that tells something is neither"
    elif unit != "fraction" and not all(value > 0 for value in values):
        yield "value", "must be above 0"
    elif unit in ("count", "d") and any(value != int(value) for value in values):
        yield "value", "must hold whole numbers"


FORECAST_CHOICES = Table(
    name="forecast_choices",
    path="forecast_choices.csv",
    doc="What forecasts and comparisons of policies hold to and no source gives: when one is not leant on, when "
    "benefit is judged, which schedules are compared, what is near the frontier.",
    columns=(
        Column("id", "Name of the fact, unique over all tables"),
        Column("symbol", "Name of the number"),
        Column("value", "Number, or several in their order", "numbers"),
        Column("unit", "Unit of the number", choices=("fraction", "d", "weeks", "count")),
        Column("meaning", "What it is"),
        *PROVENANCE,
    ),
    checks=(_says_why, _numbers_can_be),
)

FORECAST_TABLES = (FORECAST_CHOICES,)
