"""Change from baseline on one scale. Totals of two scales are never compared, not even HAM-D17 with HAMD-6."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from holdfast.errors import InputError
from holdfast.scales.scale import Scale, scale
from holdfast.scales.score import Score
from holdfast.scales.total import check_total

PERCENT = 100.0


@dataclass(frozen=True)
class Change:
    """`absolute` is total minus baseline; `percent_fall` is the fall in percent of baseline, negative for a rise.

    Both are None where a total is missing; `percent_fall` also where the baseline is 0 or a higher total is better.
    """

    scale: str
    absolute: int | None
    percent_fall: float | None

    def as_dict(self) -> dict[str, Any]:
        """Plain values for JSON."""
        return {"scale": self.scale, "absolute": self.absolute, "percent_fall": self.percent_fall}


def change(name: str | Scale, baseline_total: float | None, total: float | None) -> Change:
    """Change from baseline. None is a missing total. Raises `InputError` on a total the scale cannot have."""
    asked = scale(name)
    before = None if baseline_total is None else check_total(asked, baseline_total)
    after = None if total is None else check_total(asked, total)
    if before is None or after is None:
        return Change(asked.id, None, None)
    defined = before > 0 and asked.higher_is == "worse"
    return Change(asked.id, after - before, PERCENT * (before - after) / before if defined else None)


def change_between(baseline: Score, later: Score) -> Change:
    """Change between two scores. Raises `InputError` where they are of different scales or anchor sets."""
    if baseline.scale != later.scale:
        raise InputError(
            f"{scale(later.scale).name} cannot be compared with a baseline on {scale(baseline.scale).name}; "
            "a scale is compared only with itself"
        )
    if baseline.anchor_set != later.anchor_set:
        raise InputError(f"{scale(later.scale).name} was rated by two anchor sets; they cannot be compared")
    return change(baseline.scale, baseline.total, later.total)
