"""Alerts that no message could carry.

Whoever set an address for duty is also sent a message. Where every message to a person failed for good, no answer can
come from there: the alert goes to the next person then, and does not wait for the minutes. Nobody is passed over, and
the first person still sees it on every page.
"""

from __future__ import annotations

import datetime as dt

import pytest

from holdfast.safety import OnDuty, escalate
from tests.spec.spec import Spec

ALERT = dt.datetime(2026, 11, 2, 22, 0, tzinfo=dt.UTC)
ROTA = [OnDuty(name) for name in ("first", "second", "third")]

UNREACHED = Spec(
    title="A message that could not be sent counts as no answer",
    rules=("sui.noack",),
    text="Minutes after the alert. Ten minutes to acknowledge; `first_failed` and `second_failed` say when every "
    "message to that person had failed.",
    table="""
    after_min | first_failed | second_failed | told                 | next   | next_in_min
            0 |              |               | first                | second | 10
            1 | 2            |               | first                | second | 10
            2 | 2            |               | first second         | third  | 12
           11 | 2            |               | first second         | third  | 12
           12 | 2            |               | first second third   |        |
            3 | 2            | 3             | first second third   |        |
           10 |              | 10            | first second third   |        |
            9 | 20           |               | first                | second | 10
           10 | 20           |               | first second         | third  | 20
    """,
)


def _at(minutes: float) -> dt.datetime:
    return ALERT + dt.timedelta(minutes=minutes)


@UNREACHED.cases
@pytest.mark.story("HF-CRI-007")
def test_unreached(after_min, first_failed, second_failed, told, next, next_in_min):
    failed = {"first": first_failed, "second": second_failed}
    known = {name: _at(at) for name, at in failed.items() if at is not None and at <= after_min}
    found = escalate(
        raised_at=ALERT, now=_at(after_min), acknowledged_at=None, acknowledge_within_min=10, rota=ROTA,
        unreached=known,
    )  # fmt: skip
    assert found.told == tuple(told.split())
    assert found.next_person == next
    assert found.next_at == (None if next_in_min is None else _at(next_in_min))
