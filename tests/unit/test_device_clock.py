"""Entries of a device whose clock is wrong: the time between making and sending is believed, not the clock."""

from __future__ import annotations

import datetime as dt

import pytest
from hypothesis import given
from hypothesis import strategies as st

from holdfast.errors import InputError
from holdfast.treatment_sessions.device_clock import CLOCKS_DIFFER_BY, KEPT, made_at_by_our_clock

NOW = dt.datetime(2026, 11, 21, 14, 0, tzinfo=dt.UTC)

# made and sent by the device's clock, in minutes from our 14:00; when it was made by ours, and what is told
TABLE = """
made  | sent | at   | ahead
 -20  |    0 |  -20 |    0
 -20  |    1 |  -20 |    0
   1  |    1 |    0 |    0
  40  |   60 |  -20 |   60
 -80  |  -60 |  -20 |  -60
  60  |   60 |    0 |   60
 -1460 | -20 | -1440 | -20
  61  |   60 |    0 |   60
"""


def minutes(count: float) -> dt.timedelta:
    return dt.timedelta(minutes=count)


@pytest.mark.story("HF-SES-028")
@pytest.mark.parametrize("line", TABLE.strip().splitlines()[1:])
def test_the_time_an_entry_was_made(line: str) -> None:
    made, sent, at, ahead = (int(cell) for cell in line.split("|"))
    found = made_at_by_our_clock(NOW + minutes(made), NOW, sent_at=NOW + minutes(sent))
    assert (found.at, found.device_ahead_min) == (NOW + minutes(at), ahead)


@pytest.mark.parametrize(
    ("made", "sent", "says"),
    [
        (minutes(10), minutes(5), "was changed since"),
        (-KEPT - minutes(1), minutes(0), "was changed since"),
        (minutes(3), None, "in the future"),
        (-minutes(60 * 24 * 8), None, "more than 7 days back"),
    ],
)
def test_a_time_that_cannot_be_known_is_refused(made: dt.timedelta, sent: dt.timedelta | None, says: str) -> None:
    with pytest.raises(InputError, match=says):
        made_at_by_our_clock(NOW + made, NOW, sent_at=None if sent is None else NOW + sent)


def test_a_typed_time_long_ago_needs_its_reason() -> None:
    long_ago = NOW - dt.timedelta(days=9)
    assert made_at_by_our_clock(long_ago, NOW, told=True).at == long_ago


@given(
    off_min=st.integers(-10_000_000, 10_000_000).map(lambda n: n / 10),
    waited_min=st.integers(0, 44_000),
    apart_min=st.integers(0, 600),
)
def test_however_wrong_the_clock_the_order_and_the_wait_stay(off_min: float, waited_min: int, apart_min: int) -> None:
    """Two entries of one device, sent one after the other: never after now, as far apart as they were made."""
    first = NOW + minutes(off_min - waited_min)
    second = min(first + minutes(apart_min), NOW + minutes(off_min))
    found = [made_at_by_our_clock(m, NOW, sent_at=NOW + minutes(off_min)).at for m in (first, second)]
    assert found[0] <= found[1] <= NOW
    true = [min(m - minutes(off_min), NOW) for m in (first, second)]
    assert all(abs(f - t) <= CLOCKS_DIFFER_BY for f, t in zip(found, true, strict=True))
