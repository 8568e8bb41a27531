"""Published numbers that mean the same, below each other with their intervals. Nothing is pooled here.

Pooling needs the meta-analysis (`holdfast evidence meta`), which no page of the clinic runs. Rows of studies that share
patients are all shown, and say so.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from holdfast.evidence.pictures.whiskers import Whiskers, whiskers
from holdfast.evidence.pools import Comparable, kept_apart
from holdfast.evidence.rows import Outcome
from holdfast.evidence.wording import name_words, whom_words, with_capital, with_signs
from holdfast.printed.axis import Axis, Tick, around, ticks, time_in_short

WIDTH = 360
_LEFT, _RIGHT = 12, 348
_FIRST, _ROW, _FOOT = 26, 36, 40
_OWN_RULE = ("response", "remission")
_MOST_LINES = 12
_RATIOS = ("odds_ratio", "hazard_ratio")
_NULL = {"points": 0.0, "cohen_d": 0.0, "hedges_g": 0.0, "smd": 0.0, "odds_ratio": 1.0, "hazard_ratio": 1.0}
_DRAWN = ("points", "percent", "cohen_d", "hedges_g", "smd", "odds_ratio", "hazard_ratio", "days")


@dataclass(frozen=True)
class Line:
    """One row of the picture. `low_x` and `high_x` are None where the end is unknown."""

    label: str
    y: float
    x: float
    low_x: float | None
    high_x: float | None
    row: Outcome


@dataclass(frozen=True)
class Forest:
    """One picture: its name, its axis, its lines, where no difference lies, and what the whiskers are."""

    title: str
    unit: str
    whiskers: str
    x_ticks: tuple[Tick, ...]
    null_x: float | None
    lines: tuple[Line, ...]
    height: float

    @property
    def rows(self) -> tuple[Outcome, ...]:
        """Every number drawn, from above."""
        return tuple(line.row for line in self.lines)

    @property
    def summary(self) -> str:
        """What the picture shows, in a sentence."""
        shown = "; ".join(f"{line.label}: {line.row.value:g}" for line in self.lines)
        return f"{self.title}, {self.unit}. {shown}."


def meanings(rows: Iterable[Outcome]) -> dict[str, tuple[Outcome, ...]]:
    """Rows of two studies or more that can be compared, by the words of what they mean.

    First those that mean the same in everything, then responses and remissions each by its study's own rule.
    """
    drawable = [row for row in rows if _drawable(row)]
    found = _named(kept_apart(drawable), own_rule=False)
    rates = [row for row in drawable if row.estimand == "arm" and row.outcome in _OWN_RULE]
    return {**found, **_named(kept_apart(rates, joined=("scale", "definition")), own_rule=True)}


def _named(groups: Mapping[Comparable, tuple[Outcome, ...]], *, own_rule: bool) -> dict[str, tuple[Outcome, ...]]:
    wanted = {
        _meaning_words(meaning, own_rule=own_rule): group
        for meaning, group in groups.items()
        if len({row.study.id for row in group}) > 1
    }
    return dict(sorted(wanted.items(), key=lambda item: (-len(item[1]), item[0])))


def _drawable(row: Outcome) -> bool:
    return row.value is not None and row.unit in _DRAWN and row.subgroup is None and row.outcome != "baseline"


def _meaning_words(meaning: Comparable, *, own_rule: bool) -> str:
    of = f"{meaning.drug} against {meaning.control}" if meaning.estimand == "contrast" else f"arms of {meaning.drug}"
    said = [
        name_words(meaning.outcome or ""),
        "each study by its own rule" if own_rule else with_signs(meaning.definition or meaning.scale or ""),
        of,
        f"from {(meaning.time_anchor or 'a time not stated').replace('_', ' ')}",
        f"polarity {meaning.polarity}",
    ]
    return ", ".join(word for word in said if word)


def forest(title: str, rows: Sequence[Outcome], *, by_study: bool = True) -> Forest:
    """The picture of rows with one unit, by time and study. The caller has made sure that they mean the same."""
    in_order = sorted(rows, key=lambda row: (row.time_h is None, row.time_h or 0, row.study.year, row.id))
    unit = in_order[0].unit or ""
    drawn = [(row, whiskers(row)) for row in in_order]
    axis = _axis(drawn, unit)
    lines = tuple(_line(row, found, number, axis, by_study=by_study) for number, (row, found) in enumerate(drawn))
    null = _NULL.get(unit)
    return Forest(
        title=title,
        unit=unit.replace("_", " "),
        whiskers=", ".join(dict.fromkeys(found.kind for _, found in drawn if found.kind)),
        x_ticks=ticks(axis),
        null_x=axis.at(null) if null is not None and axis.low <= null <= axis.high else None,
        lines=lines,
        height=_FIRST + _ROW * (len(lines) - 1) + _FOOT,
    )


def _axis(drawn: Sequence[tuple[Outcome, Whiskers]], unit: str) -> Axis:
    values = [end for row, found in drawn for end in (row.value, *found.ends) if end is not None]
    if unit in _RATIOS:
        return Axis(min(*values, 0.5), max(*values, 2.0), _LEFT, _RIGHT, logarithmic=True)
    also = (0.0, 100.0) if unit == "percent" else (_NULL.get(unit, 0.0),)
    return Axis(*around(values, also=also), _LEFT, _RIGHT)


def _line(row: Outcome, found: Whiskers, number: int, axis: Axis, *, by_study: bool) -> Line:
    when = "" if row.time_h is None else f", {time_in_short(row.time_h)}"
    label = f"{row.study.title}: {whom_words(row)}" if by_study else whom_words(row)
    low, high = found.ends
    return Line(
        label=label + when,
        y=_FIRST + _ROW * number,
        x=axis.at(row.value or 0),
        low_x=None if low is None else axis.at(low),
        high_x=None if high is None else axis.at(high),
        row=row,
    )


def forest_of_study(rows: Iterable[Outcome]) -> tuple[Forest, ...]:
    """Of one study: outcomes with an interval or counted people in two arms or more, rated once.

    What was rated several times is drawn as a time course.
    """
    groups: dict[tuple[str | None, ...], list[Outcome]] = {}
    for row in rows:
        if _drawable(row) and whiskers(row).kind:
            key = (row.estimand, row.outcome, row.scale, row.definition, row.unit, row.time_anchor)
            groups.setdefault(key, []).append(row)
    return tuple(
        forest(_study_title(group[0]), group, by_study=False)
        for group in groups.values()
        if 1 < len(group) <= _MOST_LINES and len({row.arm.id for row in group}) == len(group)
    )


def _study_title(row: Outcome) -> str:
    rule = with_signs(row.definition or row.scale or "")
    against = f", against {row.arm.control}" if row.estimand == "contrast" else ""
    return f"{with_capital(name_words(row.outcome))}{f' ({rule})' if rule else ''}{against}"
