"""How uncertain a published number is, for a picture: its own interval or standard error, or one of the counted people.

A range or an interquartile range is no measure of how well the number is known, and is never drawn as one.
"""

from __future__ import annotations

from dataclasses import dataclass

from holdfast.evidence.intervals import wilson_percent
from holdfast.evidence.rows import Outcome

Ends = tuple[float | None, float | None]


@dataclass(frozen=True)
class Whiskers:
    """Both ends, None where unknown, and what they are in words; empty where there are none."""

    ends: Ends
    kind: str


def whiskers(row: Outcome) -> Whiskers:
    """The interval as printed, else the standard error, else Wilson's interval of the people counted."""
    if row.ci_low is not None or row.ci_high is not None:
        return Whiskers((row.ci_low, row.ci_high), "95 % interval as printed")
    if row.se is not None and row.value is not None:
        return Whiskers((row.value - row.se, row.value + row.se), "one standard error as printed")
    if row.unit == "percent" and row.events is not None and row.n_analysed is not None:
        low, high = wilson_percent(row.events, row.n_analysed)
        return Whiskers((low, high), "95 % interval of the people counted, by Wilson's formula (ours)")
    return Whiskers((None, None), "")
