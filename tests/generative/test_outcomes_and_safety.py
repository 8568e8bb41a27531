"""What holds for any totals, doses, dates and answers: outcomes, exposure, due checks and the crisis path."""

from __future__ import annotations

import datetime

from hypothesis import given
from hypothesis import strategies as st

from holdfast.days import add_months
from holdfast.facts import rule_set
from holdfast.outcomes import definition, definitions, remission, response
from holdfast.safety import CheckDone, DoseGiven, add, due_checks, exposure, respond
from holdfast.scales import QUESTIONS

TOTALS = st.integers(0, 60)
DAYS = st.dates(datetime.date(2020, 1, 1), datetime.date(2035, 12, 31))
RESPONSE = definition("response_50")
MADRS_REMISSIONS = [one for one in definitions().values() if one.outcome == "remission" and one.scale == "madrs"]


@given(st.integers(1, 60), TOTALS, TOTALS)
def test_a_lower_total_never_loses_a_response(baseline, total, other):
    lower, higher = sorted((total, other))
    at_lower = response(baseline, lower, RESPONSE, scale="madrs")
    assert at_lower >= response(baseline, higher, RESPONSE, scale="madrs")
    assert at_lower is (2 * lower <= baseline)  # a second way: half of the baseline, in whole numbers


@given(TOTALS, TOTALS)
def test_a_lower_total_never_loses_a_remission(total, other):
    lower, higher = sorted((total, other))
    for one in MADRS_REMISSIONS:
        assert remission(lower, one, scale="madrs") >= remission(higher, one, scale="madrs")


def doses(drug):
    amount = st.none() | st.integers(1, 200).map(float)
    return st.lists(st.builds(DoseGiven, st.just(drug), DAYS, amount), min_size=1, max_size=12)


@given(doses("ketamine"), doses("ketamine"), doses("esketamine"))
def test_the_ledger_adds_up_within_a_drug_and_ignores_the_other(first, second, other):
    whole = {e.drug: e for e in exposure([*other, *first, *second])}
    (one,), (two,) = exposure(first), exposure(second)
    assert add(one, two) == whole["ketamine"]
    assert whole["esketamine"] == exposure(other)[0]
    assert sum(count for _, count in whole["ketamine"].sessions_by_month) == len(first) + len(second)


@given(DAYS, DAYS, st.integers(0, 24))
def test_a_later_day_is_never_due_earlier(day, other, months):
    first, second = sorted((day, other))
    assert add_months(first, months) <= add_months(second, months)
    assert add_months(day, months).day <= day.day
    assert (add_months(day, months).year * 12 + add_months(day, months).month) == day.year * 12 + day.month + months


@given(DAYS, st.lists(DAYS, max_size=4), DAYS)
def test_one_more_check_never_makes_a_check_due_earlier(start, done, extra):
    today = max([start, extra, *done])
    rules = rule_set(drug="ketamine", route="iv", signed=["cum.uri.int", "cum.lft", "cum.cog"])

    def due(days):
        asked = due_checks(
            course_started_on=start, today=today, drug="ketamine", phase="induction", rules=rules,
            done=[CheckDone(check, day) for check in ("bladder", "liver", "cognition") for day in days],
        )  # fmt: skip
        return {a.check: a.due_on for a in asked if a.due_on}

    before, after = due(done), due([*done, extra])
    assert before.keys() == after.keys() == {"bladder", "liver", "cognition"}
    assert all(before[check] <= after[check] for check in before)


RANK = ("unknown", "none", "untriaged", "low", "moderate", "high")
SOON = ("now", "same-day", "at-visit", None)


@given(st.dictionaries(st.sampled_from(QUESTIONS), st.booleans() | st.none()), st.none() | st.integers(0, 3))
def test_item_9_never_makes_the_response_slower_and_a_grave_yes_is_always_high(answers, item_9):
    without = respond(cssrs_answers=answers, country="US", today=datetime.date(2026, 11, 21))
    found = respond(cssrs_answers=answers, phq9_item_9=item_9, country="US", today=datetime.date(2026, 11, 21))
    assert SOON.index(found.how_soon) <= SOON.index(without.how_soon)
    assert found.show_crisis_text >= without.show_crisis_text
    if any(answers.get(q) for q in ("q4", "q5", "q6_3_months")):
        assert (found.level, found.how_soon) == ("high", "now")
    if item_9 is not None and item_9 >= 1:
        assert found.show_crisis_text
    if any(answers.values()):
        assert RANK.index(found.level) >= RANK.index("low")
