"""Slipping: a course that had improved and is losing it, seen before anybody calls it a relapse.

A house rule, so that a list can say who needs a look, and no outcome: response, remission and relapse are judged by
their named definitions elsewhere. It compares a scale with itself only.
"""

from __future__ import annotations

import datetime
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import takewhile

from holdfast.decision import Reason
from holdfast.facts import RuleSet
from holdfast.facts.scale_names import scale_document
from holdfast.outcomes.ratings import Rating

RULE = "out.slipping"


@dataclass(frozen=True)
class Slip:
    """The newest total lies well above the lowest one. `since` is the first day from which every rating did."""

    scale: str
    baseline: float
    lowest: float
    lowest_on: datetime.date
    newest: float
    newest_on: datetime.date
    since: datetime.date
    reason: Reason


def slipping(
    ratings: Sequence[Rating], *, baseline: float | None, first_dose_on: datetime.date | None, rules: RuleSet
) -> Slip | None:
    """Has the total risen again by the stated share of the baseline, or more? Rule out.slipping.

    `ratings` are of one scale on which higher is worse, by day; those before `first_dose_on` do not count, nor do
    those not obtained. None also where there is no baseline above 0, no dose yet, or nothing lower before.
    """
    if not baseline or first_dose_on is None:
        return None
    got = [(r.on, r.total) for r in ratings if r.total is not None and r.on >= first_dose_on]
    if len(got) < 2 or scale_document(ratings[0].scale).header["higher_is"] != "worse":
        return None
    limit = rules.threshold(RULE, "rise")
    lowest_on, lowest = min(got[:-1], key=lambda one: (one[1], -one[0].toordinal()))
    newest_on, newest = got[-1]
    if not limit.met_by(100 * (newest - lowest) / baseline):
        return None
    above = takewhile(lambda one: one[0] > lowest_on and limit.met_by(100 * (one[1] - lowest) / baseline), got[::-1])
    text = (
        f"{newest:g} on {newest_on:%d %b}, {newest - lowest:g} above the lowest since the first dose ({lowest:g} on "
        f"{lowest_on:%d %b}): {100 * (newest - lowest) / baseline:.0f} % of the baseline of {baseline:g}, "
        f"limit {limit.value:g} %"
    )
    found = rules.reason(RULE, "slipping", text)
    since = list(above)[-1][0]
    return Slip(ratings[0].scale, baseline, lowest, lowest_on, newest, newest_on, since, found[0]) if found else None
