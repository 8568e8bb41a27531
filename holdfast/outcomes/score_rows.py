"""Rows of a tidy score table, checked one by one. Every bad row is named; then nothing is computed.

Columns `participant_id`, `scale`, `day`, `score`; optional `group` and `leg`. `day` counts from the baseline and is
0 or more; an empty score is a rating that was due and not obtained. In a crossover the column `leg` says which row
is the baseline: the day alone does not, since each leg may have a day 0 of its own.

A table to be imported (exchange/score_table.py) keeps other promises: it shows every bad row and goes on, it leaves out
a rating not given and a placebo leg, and it has people. Both ask the same functions what a scale, a total, a number
and a study day can be.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from holdfast.errors import InputError, UnknownNameError
from holdfast.facts.plausible import plausible
from holdfast.facts.scale_names import scale_document, whole_total
from holdfast.facts.written import written_number

COLUMNS = ("participant_id", "scale", "day", "score")
BASELINE_LEG = "baseline"


@dataclass(frozen=True)
class Score:
    """One checked row. `leg` is None where the table has no such column; `total` None where it was not obtained."""

    line: int
    participant: str
    group: str
    leg: str | None
    scale: str
    day: float
    total: float | None

    @property
    def is_baseline(self) -> bool:
        """Baseline rows say so in `leg`; without that column they are those of day 0."""
        return self.day == 0 if self.leg is None else self.leg == BASELINE_LEG


def check_rows(
    rows: Iterable[tuple[int, Mapping[str, str]]], source: str, *, with_baseline: bool = True
) -> list[Score]:
    """Every row as a `Score`. Raises `InputError` naming each bad row by line and reason.

    Ratings that came later (`with_baseline=False`) need no baseline among them.
    """
    faults: list[str] = []
    scores: list[Score] = []
    for line, cells in rows:
        try:
            scores.append(_score(line, cells))
        except (InputError, UnknownNameError) as error:
            faults.append(f"{source} line {line}: {error}")
    faults += [f"{source} line {line}: {reason}" for line, reason in _across(scores)]
    if faults:
        raise InputError("\n".join([f"{len(faults)} bad rows; nothing was computed", *faults]))
    if not scores:
        raise InputError(f"{source} holds no row of scores")
    if with_baseline and not any(score.is_baseline for score in scores):
        expected = "day 0" if scores[0].leg is None else f"leg {BASELINE_LEG!r}"
        raise InputError(f"{source} has no baseline: no row has {expected}")
    return scores


def _score(line: int, cells: Mapping[str, str]) -> Score:
    participant = cells["participant_id"].strip()
    if not participant:
        raise InputError("participant_id is empty")
    leg = cells["leg"].strip() if "leg" in cells else None
    if leg == "":
        raise InputError(f"leg is empty; write {BASELINE_LEG} or the name of the treatment it belongs to")
    day = _number(cells["day"], "day")
    if day < 0:
        raise InputError(f"day {cells['day'].strip()} is before the baseline; days count from 0")
    plausible("study_day", day, field="day")
    scale = scale_document(cells["scale"])
    total = None
    if cells["score"].strip():
        total = _number(cells["score"], "score")
        whole_total(scale, total)
    return Score(line, participant, cells.get("group", "").strip(), leg, scale.id, day, total)


def _number(cell: str, column: str) -> float:
    value = written_number(cell, column)
    return int(value) if value.is_integer() else value


def _across(scores: Iterable[Score]) -> Iterable[tuple[int, str]]:
    """Faults that show only between rows: duplicates, two baselines, one person in two groups."""
    places: dict[tuple[str, str, str | None, float], int] = {}
    baselines: dict[tuple[str, str], int] = {}
    groups: dict[str, tuple[str, int]] = {}
    for score in scores:
        first = places.setdefault((score.participant, score.scale, score.leg, score.day), score.line)
        if first != score.line:
            yield score.line, f"repeats line {first}: same participant, scale, leg and day"
            continue
        if score.is_baseline:
            first = baselines.setdefault((score.participant, score.scale), score.line)
            if first != score.line:
                yield score.line, f"is a second baseline; line {first} is the first"
        group, first = groups.setdefault(score.participant, (score.group, score.line))
        if group != score.group:
            yield score.line, f"group {score.group!r}, but line {first} puts the same participant in {group!r}"
