"""Slipping: losing what was won, before it is a relapse.

The newest rating is held against the lowest one since the first dose, on the same scale. A rise of a quarter of the
baseline or more puts the course on the worklist with the numbers it rests on. It is a house rule: told as such until
a physician of the programme signs it, and it stops nothing. Ratings before the first dose do not count, and where a
baseline is missing nothing can be said.
"""

from __future__ import annotations

import datetime

import pytest

from holdfast.decision import Weight
from holdfast.facts import rule_set
from holdfast.outcomes import Rating
from holdfast.outcomes.slipping import slipping
from tests.spec.spec import Spec

START = datetime.date(2026, 3, 2)
RISE = Spec(
    title="A rise from the lowest total",
    rules=("out.slipping",),
    text="""Totals of one rating a week, the first one a week after the first dose. A quarter of a baseline of 20 is 5
    points: 4 is not enough. A rating that was not obtained is skipped; falling again ends it.""",
    table="""
    baseline | totals          | slips | since_week
          20 | 12 8 13         | yes   | 3
          20 | 12 8 12         | no    |
          20 | 12 8 13 14      | yes   | 3
          20 | 12 8 13 10      | no    |
          20 | 8 16 10 14      | yes   | 4
          20 | 12 8 - 13       | yes   | 4
          20 | 20 20 20        | no    |
          20 | 18              | no    |
          20 | 8 20            | yes   | 2
          35 | 10 18           | no    |
          35 | 10 19           | yes   | 2
           0 | 0 5             | no    |
             | 12 8 20         | no    |
    """,
)


def rated(totals: str, first_week: int = 1) -> list[Rating]:
    words = str(totals).split()
    return [
        Rating("phq-9", START + datetime.timedelta(weeks=week), None if word == "-" else float(word))
        for week, word in enumerate(words, start=first_week)
    ]


@RISE.cases
@pytest.mark.story("HF-WRK-001")
def test_a_rise(baseline, totals, slips, since_week):
    found = slipping(rated(totals), baseline=baseline, first_dose_on=START, rules=rules())
    assert (found is not None) is slips
    if found is not None:
        assert found.since == START + datetime.timedelta(weeks=since_week)
        assert found.reason.weight is Weight.CAUTION


def rules(signed=("out.slipping",)):
    return rule_set(drug="esketamine", route="nasal", indication="trd", jurisdiction="US", signed=signed)


def test_the_words_hold_the_numbers():
    found = slipping(rated("12 8 13"), baseline=20, first_dose_on=START, rules=rules())
    assert found.reason.text == (
        "13 on 23 Mar, 5 above the lowest since the first dose (8 on 16 Mar): 25 % of the baseline of 20, limit 25 %"
    )
    assert (found.lowest, found.newest, found.newest_on) == (8, 13, datetime.date(2026, 3, 23))


def test_unsigned_it_is_told_as_inactive():
    found = slipping(rated("8 13"), baseline=20, first_dose_on=START, rules=rules(signed=()))
    assert found.reason.weight is Weight.INACTIVE


def test_ratings_before_the_first_dose_do_not_count():
    assert slipping(rated("2 13", first_week=-1), baseline=20, first_dose_on=START, rules=rules()) is None
    assert slipping(rated("8 13"), baseline=20, first_dose_on=None, rules=rules()) is None
