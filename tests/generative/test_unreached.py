"""A message that failed brings an alert to somebody sooner, and keeps it from nobody."""

from __future__ import annotations

import datetime as dt

import pytest
from hypothesis import given
from hypothesis import strategies as st

from holdfast.safety import OnDuty, escalate

ALERT = dt.datetime(2026, 11, 2, 22, 0, tzinfo=dt.UTC)
NAMES = ["first", "second", "third", "fourth"]


@given(
    failed=st.dictionaries(st.sampled_from(NAMES), st.integers(0, 60)),
    now=st.integers(0, 60),
    within=st.integers(1, 30),
)
@pytest.mark.story("HF-CRI-007")
def test_failures_only_add_people(failed: dict[str, int], now: int, within: int) -> None:
    def told(known: dict[str, int]) -> tuple[str, ...]:
        return escalate(
            raised_at=ALERT, now=ALERT + dt.timedelta(minutes=now), acknowledged_at=None, rota=list(map(OnDuty, NAMES)),
            acknowledge_within_min=within,
            unreached={name: ALERT + dt.timedelta(minutes=at) for name, at in known.items()},
        ).told  # fmt: skip

    plain, found = told({}), told({name: at for name, at in failed.items() if at <= now})
    assert found[: len(plain)] == plain
    assert plain == tuple(NAMES[: min(now // within + 1, len(NAMES))])
    if plain[-1] in failed and failed[plain[-1]] <= now and len(plain) < len(NAMES):
        assert len(found) > len(plain)
