"""What was asked of the model before it was fitted, and whether it was met. Said in sentences that do not overclaim.

Coverage was asked by row. One study may hold a third of the rows, so a target that is met by row is held against the
same limits without that study and with one voice for each: where it fails there, its verdict is `met by row only`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from holdfast.evidence.qualification.accuracy import Accuracy
from holdfast.evidence.qualification.coverage import Coverage
from holdfast.evidence.qualification.shares import percent

LEAST_IN_95 = 0.90
BETWEEN_IN_80 = (0.75, 0.90)
LEAST_GAIN = 0.15
MET, ONLY_BY_ROW = "met", "met by row only"


@dataclass(frozen=True)
class Target:
    """`met` is None where there was nothing to judge by; `only_by_row`: met, and no longer once counted anew."""

    key: str
    asked: str
    found: str
    met: bool | None
    why: str = ""
    only_by_row: bool = False

    @property
    def verdict(self) -> str:
        if self.only_by_row:
            return ONLY_BY_ROW
        return {True: MET, False: "not met", None: "cannot be judged"}[self.met]


def targets(coverages: Sequence[Coverage], accuracies: Sequence[Accuracy]) -> tuple[Target, ...]:
    """The four of them, in the order in which they were asked."""
    by_level = {one.level: one for one in coverages}
    by = {one.by: one for one in accuracies}
    return (_wide(by_level.get(0.95)), _narrow(by_level.get(0.8)), _nearer(by.get("row"), "row"),
            _nearer(by.get("study"), "study"))  # fmt: skip


_NOTHING = "no number was predicted"


def _wide(found: Coverage | None) -> Target:
    asked = f"at least {percent(LEAST_IN_95)} of published numbers inside their 95 % intervals"
    if found is None:
        return Target("inside 95", asked, _NOTHING, None)
    met = found.by_row >= LEAST_IN_95
    why = "" if met else "intervals are too narrow, or medians too far off: see the misses by name"
    return _counted_anew(Target("inside 95", asked, _share_words(found), met, why), found, LEAST_IN_95, 1.0)


def _narrow(found: Coverage | None) -> Target:
    low, high = BETWEEN_IN_80
    asked = f"{percent(low)} to {percent(high)} of published numbers inside their 80 % intervals"
    if found is None:
        return Target("inside 80", asked, _NOTHING, None)
    share = found.by_row
    why = ""
    if share > high:
        why = "intervals are too wide: the model is less sure than it could be"
    elif share < low:
        why = "intervals are too narrow: the model is surer than it should be"
    return _counted_anew(Target("inside 80", asked, _share_words(found), not why, why), found, low, high)


def _counted_anew(target: Target, found: Coverage, low: float, high: float) -> Target:
    """The same target, held against its limits without the largest study and with one voice for each study."""
    ways = {"one voice for each study": found.by_study}
    if found.largest is not None and found.without_largest is not None:
        ways = {f"{found.largest.title} left aside": found.without_largest} | ways
    failed = [f"with {way} it is {percent(share)}" for way, share in ways.items() if not low <= share <= high]
    if not target.met or not failed:
        return target
    return replace(target, only_by_row=True, why=f"all rows alike meet it, but {' and '.join(failed)}")


def _share_words(found: Coverage) -> str:
    low, high = found.interval
    said = (
        f"{found.inside} of {found.rows} ({percent(found.by_row)}; {percent(low)} to {percent(high)} if rows were "
        f"independent)"
    )
    if found.largest is not None and found.without_largest is not None:
        said += f"; {percent(found.without_largest)} without {found.largest.title}, which holds {found.largest.rows}"
    return f"{said}; {percent(found.by_study)} with one voice for each of {found.studies} studies"


def _nearer(found: Accuracy | None, by: str) -> Target:
    asked = f"error of response rates at least {percent(LEAST_GAIN)} below the better rival, by {by}"
    key = f"nearer by {by}"
    if found is None:
        return Target(key, asked, "no response rate was predicted by the model and both rivals", None)
    own, rival = found.errors["model"], found.errors[found.better_rival]
    said = f"{own:.1f} points against {rival:.1f} of the {found.better_rival}: {percent(abs(found.gain))} "
    said += "below" if found.gain >= 0 else "above"
    if found.ratio_interval is not None:
        low, high = (1 - end for end in reversed(found.ratio_interval))
        said += f" ({_signed(low)} to {_signed(high)} when studies are drawn anew)"
    met = found.gain >= LEAST_GAIN
    return Target(
        key, asked, f"{said}; {found.rows} rates of {found.studies} studies", met, "" if met else _lost(found)
    )


def _signed(gain: float) -> str:
    return f"{percent(abs(gain))} {'below' if gain >= 0 else 'above'}"


def _lost(found: Accuracy) -> str:
    if found.gain < 0:
        return f"the {found.better_rival} predicts these rates better than the model: where only rates matter, use it"
    return "the model is nearer than the better rival, but not by as much as was asked"
