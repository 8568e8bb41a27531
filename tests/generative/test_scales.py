"""What holds for any answers: totals stay in range, no missing answer passes, no yes is lost in a sum."""

from __future__ import annotations

from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from holdfast.errors import InputError
from holdfast.scales import QUESTIONS, Level, band_of, change, item_flags, scale, scales, score, triage

SCORED = sorted(s.id for s in scales().values() if s.scoring in ("sum", "qids"))
WITH_TOTAL = sorted(s.id for s in scales().values() if s.total_max is not None)


@st.composite
def answered(draw, names=SCORED):
    """A scale and a full list of allowed answers."""
    asked = scale(draw(st.sampled_from(names)))
    return asked, [draw(st.integers(item.low, item.high)) for item in asked.items]


@given(answered())
def test_a_total_is_in_range_and_named(case):
    asked, answers = case
    found = score(asked, answers)
    assert asked.total_min <= found.total <= asked.total_max
    assert found.band == band_of(asked, found.total)


@given(answered(), st.data())
def test_a_graver_answer_never_lowers_the_total(case, data):
    asked, answers = case
    at = data.draw(st.integers(0, len(answers) - 1))
    graver = [*answers]
    graver[at] = data.draw(st.integers(answers[at], asked.items[at].high))
    assert score(asked, graver).total >= score(asked, answers).total


@given(answered(), st.data())
def test_one_missing_answer_refuses_the_total_and_is_named(case, data):
    asked, answers = case
    at = data.draw(st.integers(0, len(answers) - 1))
    answers[at] = None
    with pytest.raises(InputError, match=f"item {at + 1}\\b"):
        score(asked, answers)


@given(answered(), st.integers(1, 3))
def test_a_short_or_long_list_is_refused(case, by):
    asked, answers = case
    for wrong in (answers[:-by], answers + [0] * by):
        with pytest.raises(InputError, match=f"{len(wrong)} answers"):
            score(asked, wrong)


@given(answered(), st.data(), st.integers())
def test_an_answer_outside_its_item_is_refused(case, data, value):
    asked, answers = case
    at = data.draw(st.integers(0, len(answers) - 1))
    item = asked.items[at]
    if item.low <= value <= item.high or value in item.not_scored:
        return
    answers[at] = value
    with pytest.raises(InputError, match="out of range"):
        score(asked, answers)


@given(answered(names=["phq-9", "gad-7", "audit-c"]), st.randoms())
def test_a_plain_sum_does_not_know_the_order(case, random):
    asked, answers = case
    shuffled = random.sample(answers, len(answers))
    assert score(asked, shuffled).total == score(asked, answers).total == sum(answers)


@given(st.lists(st.one_of(st.none(), st.integers(0, 3)), max_size=9))
def test_item_9_is_never_negative_unless_answered_0(answers):
    (flag,) = item_flags("phq-9", answers)
    if flag.positive is False:
        assert answers[8] == 0
    if len(answers) < 9 or answers[8] is None:
        assert flag.positive is None


@given(st.sampled_from(WITH_TOTAL), st.data())
def test_change_undone_is_no_change(name, data):
    asked = scale(name)
    before, after = (data.draw(st.integers(asked.total_min, asked.total_max)) for _ in range(2))
    there, back = change(name, before, after), change(name, after, before)
    assert there.absolute == -back.absolute
    if there.percent_fall is not None:
        assert (there.percent_fall >= 50) == (2 * after <= before)


answer = st.sampled_from([True, False, None])
screeners = st.fixed_dictionaries(dict.fromkeys(QUESTIONS, answer))


def triaged(answers):
    """The triage, or None where the answers contradict each other."""
    try:
        return triage(answers)
    except InputError:
        return None


@given(screeners)
def test_any_grave_yes_is_high_whatever_else_is_said(answers):
    found = triaged(answers)
    if found is not None and any(answers[q] for q in ("q4", "q5", "q6_3_months")):
        assert found.level is Level.HIGH


@given(screeners)
def test_no_risk_needs_every_first_question_answered_no(answers):
    found = triaged(answers)
    if found is not None and found.level is Level.NONE:
        assert answers["q1"] is answers["q2"] is answers["q6_lifetime"] is False


@given(screeners, st.sampled_from(QUESTIONS))
def test_an_answer_given_later_never_lowers_what_was_certain(answers, question):
    before = triaged(answers | {question: None})
    for later in (True, False):
        after = triaged(answers | {question: later})
        if before is None or after is None:
            continue
        assert after.at_least.rank >= before.at_least.rank
        if before.level is not None:
            assert after.level is before.level


def completions(answers):
    """Every way the unanswered questions may yet be answered without contradiction."""
    for said in product(*([a] if a is not None else [True, False] for a in answers.values())):
        full = dict(zip(QUESTIONS, said, strict=True))
        if (full["q2"] or not (full["q3"] or full["q4"] or full["q5"])) and full["q6_lifetime"] >= full["q6_3_months"]:
            yield full


def urgency(full):
    """The triage table once more, written apart from the code under test."""
    if full["q4"] or full["q5"] or full["q6_3_months"]:
        return "high"
    if full["q3"] or full["q6_lifetime"]:
        return "moderate"
    return "low" if full["q1"] or full["q2"] else "none"


def test_a_level_is_settled_only_where_no_answer_still_to_come_could_change_it():
    """All 3^7 ways of answering, against every way of completing them."""
    settled = 0
    for said in product([True, False, None], repeat=len(QUESTIONS)):
        answers = dict(zip(QUESTIONS, said, strict=True))
        found, still_possible = triaged(answers), {urgency(full) for full in completions(answers)}
        if found is None:
            assert not still_possible
        elif found.level is not None:
            assert still_possible == {found.level.value}
            settled += 1
        else:
            assert len(still_possible) > 1 or "q2" in found.unanswered
            assert found.at_least.rank <= min(Level(level).rank for level in still_possible)
    assert settled > 500
