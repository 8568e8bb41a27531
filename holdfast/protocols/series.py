"""The IV acute series: how many infusions, how often (rule series.iv). A caution, never a stop."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date

from holdfast.days import DAYS_PER_WEEK
from holdfast.decision import Decision, Reason, decide
from holdfast.errors import InputError
from holdfast.facts import RuleSet


def check_series(days: Iterable[date], *, ended: bool, rules: RuleSet) -> Decision:
    """What is unusual about a series of infusions on these days, boosters left out.

    Too many is told at once; too few, or too seldom, only once the series has `ended`. The most in any seven days
    in a row is counted, so that a calendar week hides nothing. Raises `InputError` on two infusions on one day.
    """
    given = sorted(days)
    if len(set(given)) < len(given):
        raise InputError("days: two infusions on one day; one of them is a slip")
    low, high = rules.threshold("series.iv", "infusions").values
    seldom, often = rules.threshold("series.iv", "per_week").values
    found: list[Reason] = []
    if len(given) > high or (ended and len(given) < low):
        text = f"The series has {len(given)} infusions; published series have {low:g} to {high:g}"
        found += rules.reason("series.iv", "series-length", text)
    in_a_week = max((sum(0 <= (other - day).days < DAYS_PER_WEEK for other in given) for day in given), default=0)
    if in_a_week > often:
        text = f"{in_a_week} infusions in seven days; published series have {seldom:g} to {often:g} a week"
        found += rules.reason("series.iv", "series-too-dense", text)
    if ended and len(given) > 1 and _per_week(given) < seldom:
        text = f"{_per_week(given):.1f} infusions a week; published series have {seldom:g} to {often:g}"
        found += rules.reason("series.iv", "series-too-sparse", text)
    return decide(found)


def _per_week(given: list[date]) -> float:
    """Gaps a week from the first infusion to the last: 2 for days 1, 4, 8."""
    return (len(given) - 1) * DAYS_PER_WEEK / (given[-1] - given[0]).days
