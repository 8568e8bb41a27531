"""Chance of relapse by a forecast, held against limits of the house so that a list can name who may need a look.

It is information and no outcome: a forecast can be wrong, and relapse itself is judged by its named definition.
"""

from __future__ import annotations

import datetime
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import takewhile

from holdfast.decision import Reason
from holdfast.facts import RuleSet

RULE = "out.relapse.risk"


@dataclass(frozen=True)
class ChanceTold:
    """The chance of relapse before the next treatment session that a forecast told, share of 1, with its interval."""

    on: datetime.date  # of the forecast
    chance: float
    low: float
    high: float


@dataclass(frozen=True)
class RisingRisk:
    """The newest forecast is above a limit, or well above the one before. `since`: the first of those in a row."""

    newest: ChanceTold
    since: datetime.date
    reason: Reason


def relapse_risk(told: Sequence[ChanceTold], *, rules: RuleSet) -> RisingRisk | None:
    """Is the newest chance at or above the limit, or that much above the one before it? Rule out.relapse.risk.

    `told` are forecasts of one course in the order they were made, those that told a chance. None where there is none.
    """
    if not told:
        return None
    chance, rise = rules.threshold(RULE, "chance"), rules.threshold(RULE, "rise")
    newest, before = told[-1], told[-2] if len(told) > 1 else None
    high = chance.met_by(100 * newest.chance)
    risen = before is not None and rise.met_by(100 * (newest.chance - before.chance))
    if not high and not risen:
        return None
    text = (
        f"chance of relapse before the next treatment session {percent(newest.chance)} ({percent(newest.low)} to "
        f"{percent(newest.high)}) by the forecast of {newest.on:%d %b}"
    )
    if high:
        text += f", limit {chance.value:g} %"
    if before is not None and risen:
        text += f", risen from {percent(before.chance)} at the one before, limit {rise.value:g} points"
    in_a_row = list(takewhile(lambda one: chance.met_by(100 * one.chance), told[::-1])) or [newest]
    found = rules.reason(RULE, "relapse-risk", text)
    return RisingRisk(newest, in_a_row[-1].on, found[0]) if found else None


def percent(share: float) -> str:
    """A chance as per cent; never a certainty, which neither rounding nor some thousand paths can tell."""
    if share < 0.01:
        return "below 1 %"
    if share > 0.99:
        return "above 99 %"
    return f"{100 * share:.0f} %"
