"""What ran in and when the infusion ends, by pauses and rates; a start at another rate than the checked one."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest

from holdfast.errors import InputError
from holdfast.protocols.protocol import protocol
from holdfast.treatment_sessions.entries import Kind, read_given
from holdfast.treatment_sessions.flow_sheet import Entry, Sheet, sheet
from holdfast.treatment_sessions.infusion import ends_at, require_whole, run_in

NOON = dt.datetime(2026, 11, 21, 12, 0, tzinfo=dt.UTC)


def minutes(at: float) -> dt.datetime:
    return NOON + dt.timedelta(minutes=at)


def noted(kind: str, at: float, given: dict[str, Any]) -> Entry:
    content = read_given(Kind(kind), given)
    return Entry(f"{kind}{at}", Kind(kind), content, minutes(at), minutes(at), "a", physician=False)


def made(*steps: tuple[str, float] | tuple[str, float, float]) -> Sheet:
    given = [(kind, at, {"rate_ml_per_h": rate[0]} if rate else {}) for kind, at, *rate in steps]
    return sheet(protocol("iv-racemic"), [noted(*one) for one in given])


BEGUN = ("start", 0, 60.0)
# planned over 40 min at 60 mL/h: what happened, when it ends (min), what ran in by 40 min (min of the planned rate)
TABLE: list[tuple[tuple[Any, ...], float | None, float | None]] = [
    ((BEGUN,), 40, 40),
    ((BEGUN, ("rate", 20, 30.0)), 60, 30),
    ((BEGUN, ("rate", 20, 120.0)), 30, 60),
    ((BEGUN, ("rate", 20, 30.0), ("rate", 30, 60.0)), 45, 35),
    ((BEGUN, ("pause", 10), ("resume", 25)), 55, 25),
    ((BEGUN, ("pause", 10), ("rate", 15, 30.0), ("resume", 20)), 80, 20),
    ((BEGUN, ("rate", 20)), None, None),  # changed, and nobody wrote to what
    ((("start", 0), ("rate", 20, 30.0)), None, None),  # from a rate nobody wrote
    ((("start", 0),), 40, 40),
]


@pytest.mark.story("HF-BRD-001")
@pytest.mark.parametrize(("steps", "ends", "ran"), TABLE)
def test_the_end_follows_the_rates(steps: tuple[Any, ...], ends: float | None, ran: float | None) -> None:
    found = run_in(made(*steps), minutes(40))
    assert ends_at(made(*steps)) == (None if ends is None else minutes(ends))
    assert (None if found is None else round(found.minutes, 6)) == ran


@pytest.mark.parametrize(
    ("steps", "stop", "says"),
    [
        ((BEGUN, ("rate", 20, 30.0)), {"whole": True}, "75 % of the dose ran in"),
        ((BEGUN, ("rate", 20)), {"whole": True}, "not every rate is known"),
        ((BEGUN, ("rate", 20, 30.0)), {"whole": True, "dose_mg": 30.0}, ""),
        ((BEGUN, ("rate", 20, 30.0)), {"whole": False, "reason": "dizzy"}, ""),
        ((BEGUN, ("rate", 20, 30.0), ("rate", 30, 90.0)), {"whole": True}, ""),  # 20 + 5 + 15
        ((BEGUN,), {"whole": True}, ""),
    ],
)
def test_a_whole_dose_is_not_claimed_against_the_rates(steps: tuple[Any, ...], stop: Any, says: str) -> None:
    stopped = noted("stop", 40, stop)
    if not says:
        require_whole(stopped, made(*steps))
        return
    with pytest.raises(InputError, match=says):
        require_whole(stopped, made(*steps))
