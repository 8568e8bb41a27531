"""Forecasts of a cohort as a table: one row a person and method, with the chance of every total of the scale.

Columns `p0`, `p1`, ... hold the chances; medians, bounds, mean and SD are computed from them and written for people.
Who has no forecast has a row whose `why_not` says why. Written by `written_table`, read by `read_table`, which refuses
a table whose chances do not add up. The table itself says which leg, scale and day it is of.
"""

from __future__ import annotations

import io
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from holdfast.csv_tables import TableWriter, plain_cell
from holdfast.errors import InputError
from holdfast.facts.scale_names import scale_document, whole_total
from holdfast.facts.text_files import read_rows
from holdfast.facts.written import written_number
from holdfast.forecast.cohort import Made, most_of, responding
from holdfast.forecast.scoring import SHARES, interval, mean_and_sd, quantile

Values = NDArray[np.float64]
_WORDS = ("participant_id", "group", "method", "leg", "scale", "day", "baseline", "why_not", "notes")
_NUMBERS = ("median", *(f"{end}_{100 * share:g}" for share in SHARES for end in ("low", "high")), "mean", "sd",
            "response_chance")  # fmt: skip
_DIGITS = 6
_ADDS_UP = 1e-3


@dataclass(frozen=True)
class Table:
    """Forecasts that were kept: what each method says of each person, of one rating of one scale."""

    made: tuple[Made, ...]
    scale: str
    leg: str | None
    day: float


def written_table(made: Sequence[Made], scale: str, leg: str | None, day: float) -> str:
    """The table as text."""
    out = io.StringIO()
    writer = TableWriter(out)
    chances = [f"p{total}" for total in range(most_of(scale) + 1)]
    writer.row([*_WORDS, *_NUMBERS, *chances])
    for one in made:
        words = [one.id, one.group, one.method, leg or "", scale, f"{day:g}", one.baseline, one.why_not or "",
                 "; ".join(one.notes)]  # fmt: skip
        writer.row(words if one.chances is None else [*words, *_numbers(one, scale), *_rounded(one.chances[0])])
    return out.getvalue()


def _numbers(one: Made, scale: str) -> list[str]:
    assert one.chances is not None
    ends = [int(end[0]) for share in SHARES for end in interval(one.chances, share)]
    mean, sd = (float(number[0]) for number in mean_and_sd(one.chances))
    answer = "" if one.baseline is None else f"{float(one.chances[0] @ responding(scale, one.baseline)):.4f}"
    return [str(int(quantile(one.chances, 0.5)[0])), *map(str, ends), f"{mean:.3f}", f"{sd:.3f}", answer]


def _rounded(chances: Values) -> list[str]:
    return [f"{chance:.{_DIGITS}g}" if chance else "0" for chance in chances]


def read_table(path: Path) -> Table:
    """The table of a file. Raises `InputError` naming what is wrong and where."""
    header, rows = read_rows(path, _WORDS)
    if not rows:
        raise InputError(f"{path} holds no forecast")
    cells = [(line, dict(zip(header, map(plain_cell, row), strict=False))) for line, row in rows]
    of = {(row["scale"], row["leg"], row["day"]) for _, row in cells}
    if len(of) > 1:
        raise InputError(
            f"{path} holds forecasts of several ratings ({len(of)}); score one scale, leg and day at a time"
        )
    scale, leg, day = of.pop()
    columns = [f"p{total}" for total in range(most_of(scale_document(scale).id) + 1)]
    if missing := [name for name in columns if name not in header]:
        raise InputError(
            f"{path} line 1: column {missing[0]} is missing; a forecast of {scale} has p0 to {columns[-1]}"
        )
    made = tuple(_read(path, line, row, columns) for line, row in cells)
    seen: set[tuple[str, str]] = set()
    for (line, _), one in zip(cells, made, strict=True):
        if (one.id, one.method) in seen:
            raise InputError(f"{path} line {line}: a second forecast by {one.method} of the same person")
        seen.add((one.id, one.method))
    return Table(made, scale_document(scale).id, leg or None, written_number(day, "day"))


def _read(path: Path, line: int, row: dict[str, str], columns: Sequence[str]) -> Made:
    try:
        baseline = (
            whole_total(scale_document(row["scale"]), written_number(row["baseline"])) if row["baseline"] else None
        )
    except InputError as error:
        raise InputError(f"{path} line {line}: baseline: {error}") from None
    notes = tuple(note for note in row["notes"].split("; ") if note)
    if row["why_not"]:
        return Made(row["participant_id"], row["group"], row["method"], None, baseline, notes, row["why_not"])
    try:
        chances = np.array([[written_number(row.get(name, ""), name) for name in columns]])
    except InputError as error:
        raise InputError(f"{path} line {line}: {error}") from None
    if abs(chances.sum() - 1.0) > _ADDS_UP or chances.min() < 0:
        raise InputError(f"{path} line {line}: chances p0 to {columns[-1]} add up to {chances.sum():.4f}, not to 1")
    return Made(row["participant_id"], row["group"], row["method"], chances / chances.sum(), baseline, notes)
