"""Policies of maintenance: grids of the rules of a file written out, with `stop` and the unchanged protocol first."""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from holdfast.days import DAYS_PER_WEEK, weeks_words
from holdfast.facts.schema import Row
from holdfast.policies.policy_file import (
    BOOSTER,
    CONTINUE,
    FIXED,
    FORECAST_TRIGGERED,
    GRIDS,
    RESPONSE_TRIGGERED,
    STOP,
    TAPER,
)
from holdfast.protocols.parts import Maintenance, Phase

UNCHANGED = "unchanged"
_SHORT = {
    "every_weeks": "every{:g}w", "hold_sessions": "hold{:g}", "worsening_points": "worse{:g}",
    "above_percent": "above{:g}", "chance_percent": "chance{:g}", "check_in_weeks": "ask{:g}w",
    "gap_weeks": "gap{:g}w", "most_sessions": "most{:g}",
}  # fmt: skip


@dataclass(frozen=True)
class Amount:
    """A dose in mg or mg/kg."""

    amount: float
    unit: str

    def __str__(self) -> str:
        return f"{self.amount:g} {self.unit}"


@dataclass(frozen=True)
class Policy:
    """One policy. Weeks are whole; `above` and `chance` are shares; `worsening` None: that of course_behaviour.csv."""

    name: str
    kind: str
    dose: Amount
    intervals: tuple[int, ...] = ()  # of fixed, taper and response-triggered, shortest first
    hold: int = 0
    stop_after: int = 0
    worsening: float | None = None
    when_raised: str = CONTINUE
    above: float = 1.0
    chance: float = 1.0
    check_in: int = 1
    gap: int = 1
    most: int | None = None
    in_weeks: int = 1

    @property
    def same(self) -> Any:
        """Equal for two policies that do the same; one that treats nobody has no dose."""
        return STOP if self.kind == STOP else replace(self, name="")

    @property
    def words(self) -> str:
        """What it does, in a phrase."""
        if self.kind == STOP:
            return "no treatment session after induction"
        return f"{_WORDS[self.kind](self)}, {self.dose}"

    def as_dict(self) -> dict[str, Any]:
        """Plain values for JSON."""
        return {"policy": self.name, "kind": self.kind, "words": self.words, "dose": self.dose.amount,
                "dose_unit": self.dose.unit}  # fmt: skip


def policies_of(
    rules: Sequence[Row], phase: Phase, maintenance: Maintenance, doses: Sequence[Amount]
) -> tuple[Policy, ...]:
    """`stop`, the protocol's own maintenance, and every combination of every rule."""
    usual = doses[0]
    unchanged = Policy(UNCHANGED, FIXED, usual, (phase.usual_interval_d // DAYS_PER_WEEK,))
    made = [one for row in rules for one in _grid(row, usual, maintenance)]
    return (Policy(STOP, STOP, usual), unchanged, *made)


def _grid(row: Row, usual: Amount, maintenance: Maintenance) -> Iterator[Policy]:
    given = {name: row.get(name, ()) for name in GRIDS if row.get(name)}
    for values in itertools.product(*given.values()):
        chosen = dict(zip(given, values, strict=True))
        several = {name: value for name, value in chosen.items() if len(given[name]) > 1}
        yield _policy(row, chosen, _name(row["key"], several, usual.unit), usual, maintenance)


def _name(key: str, several: Mapping[str, float], unit: str) -> str:
    """The rule's key and what tells its policies apart."""
    parts = [_SHORT[name].format(value) for name, value in several.items() if name in _SHORT]
    if "dose" in several:
        parts.append(f"{several['dose']:g}{unit.replace('/', '')}")
    return "-".join([key, *parts])


def _policy(row: Row, chosen: Mapping[str, float], name: str, usual: Amount, maintenance: Maintenance) -> Policy:
    dose = Amount(float(chosen["dose"]), usual.unit) if "dose" in chosen else usual
    intervals = [chosen["every_weeks"]] if "every_weeks" in chosen else row.get("intervals_weeks", ())
    most = chosen.get("most_sessions")
    return Policy(
        name, row["kind"], dose, tuple(int(week) for week in intervals), int(chosen.get("hold_sessions", 0)),
        maintenance.stop_after_sessions if row["kind"] == TAPER else 0, chosen.get("worsening_points"),
        row.get("when_raised", CONTINUE),
        chosen.get("above_percent", 100.0) / 100.0, chosen.get("chance_percent", 100.0) / 100.0,
        int(chosen.get("check_in_weeks", 1)), int(chosen.get("gap_weeks", 1)),
        None if most is None else int(most), row.get("in_weeks", 1),
    )  # fmt: skip


def _ladder(of: Policy) -> str:
    return ", ".join(map(str, of.intervals))


def _worse(of: Policy) -> str:
    return "" if of.worsening is None else f" (worse: {of.worsening:g} points)"


def _asked(of: Policy) -> str:
    parts = [f"asked every {weeks_words(of.check_in)}"]
    if of.gap > 1:
        parts.append(f"{of.gap} weeks apart at least")
    if of.most is not None:
        parts.append(f"at most {of.most} in {of.in_weeks} weeks")
    return "; ".join(parts)


_WORDS = {
    FIXED: lambda of: f"every {weeks_words(of.intervals[0])}",
    TAPER: lambda of: (
        f"{_ladder(of)} weeks apart: longer after {of.hold} held, shorter when worse{_worse(of)}"
        + ("; stops when long held" if of.when_raised == STOP else "")
    ),
    RESPONSE_TRIGGERED: lambda of: (
        f"every {_ladder(of)} weeks: the longest while held, the shortest when worse{_worse(of)}"
    ),
    BOOSTER: lambda of: f"on a rating above {100 * of.above:g} % of baseline, {_asked(of)}",
    FORECAST_TRIGGERED: lambda of: (
        f"when the forecast chance of no response at the next check-in is above {100 * of.chance:g} %, {_asked(of)}"
    ),
}  # fmt: skip
