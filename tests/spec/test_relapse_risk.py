"""Chance of relapse by a forecast: when a list names it.

The newest forecast that told a chance is held against a limit, and against the one before it. It is a house rule with
assumed limits: information for whoever treats, never an outcome, never an order, and nothing a patient sees.
"""

from __future__ import annotations

import datetime

import pytest

from holdfast.decision import Weight
from holdfast.facts import rule_set
from holdfast.outcomes.relapse_risk import ChanceTold, relapse_risk
from tests.spec.spec import Spec

START = datetime.date(2026, 3, 2)
RISK = Spec(
    title="Chance of relapse above a limit, or risen",
    rules=("out.relapse.risk",),
    text="""Chances in percent of one forecast a week. 30 is the limit, and a rise of 15 points from one forecast to the
    next. Those above the limit in a row count as one, from the first of them; a rise names the day it was seen.""",
    table="""
    chances     | named | since_week
                | no    |
    10          | no    |
    29          | no    |
    30          | yes   | 0
    10 24       | no    |
    10 25       | yes   | 1
    40 35 31    | yes   | 0
    10 40 45    | yes   | 1
    40 12       | no    |
    40 12 33    | yes   | 2
    50 20       | no    |
    """,
)


def rules(signed=("out.relapse.risk",)):
    return rule_set(drug="ketamine", route="iv", indication="mdd", jurisdiction="US", signed=signed)


def told(chances: object) -> list[ChanceTold]:
    shares = [float(word) / 100 for word in str(chances or "").split()]
    weeks = [START + datetime.timedelta(weeks=week) for week in range(len(shares))]
    return [ChanceTold(on, share, share / 2, min(1.0, 2 * share)) for on, share in zip(weeks, shares, strict=True)]


@RISK.cases
@pytest.mark.story("HF-FOR-025")
def test_a_risk(chances, named, since_week):
    found = relapse_risk(told(chances), rules=rules())
    assert (found is not None) is named
    if found is not None:
        assert found.since == START + datetime.timedelta(weeks=since_week)
        assert found.reason.weight is Weight.CAUTION


def test_the_words_hold_chance_interval_limit_and_day():
    found = relapse_risk(told("10 34"), rules=rules())
    assert found.reason.text == (
        "chance of relapse before the next treatment session 34 % (17 % to 68 %) by the forecast of 09 Mar, limit 30 %,"
        " risen from 10 % at the one before, limit 15 points"
    )


def test_unsigned_it_is_told_as_inactive():
    found = relapse_risk(told("40"), rules=rules(signed=()))
    assert found.reason.weight is Weight.INACTIVE
