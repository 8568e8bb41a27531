"""Due safety checks: bladder, liver, cognition, misuse, blood pressure.

Except for blood pressure, no source gave an interval. The house intervals are told and have no force until a named
physician signs them. The first check is the baseline, due on the day the course starts.
"""

from __future__ import annotations

import datetime

import pytest

from holdfast.errors import InputError
from holdfast.facts import rule_set
from holdfast.safety import CheckDone, due_checks, misuse_signs, urinary_trigger
from tests.spec.spec import Spec, codes

ROUTE = {"ketamine": "iv", "esketamine": "nasal"}
SIGNED = ("cum.uri.int", "cum.lft", "cum.cog", "cum.misuse")


def found(check, done, today, *, drug="ketamine", signed=SIGNED, phase="induction", jurisdiction="none", **further):
    start = further.pop("start", datetime.date(2026, 1, 31))
    answers = due_checks(
        course_started_on=start,
        today=datetime.date.fromisoformat(str(today)),
        drug=drug,
        done=[CheckDone(check, datetime.date.fromisoformat(d)) for d in codes(done)],
        phase=phase,
        rules=rule_set(drug=drug, route=ROUTE[drug], jurisdiction=jurisdiction, signed=signed),
        **further,
    )
    return [a for a in answers if a.check == check]


INTERVALS = Spec(
    title="Intervals",
    rules=("cum.uri.int", "cum.lft", "cum.cog"),
    text="""Course from 31 January 2026, all house rules signed. Four weeks are 28 days; months are calendar months, and
    one that has no such day ends on its last day. The next check counts from the last one done.""",
    table="""
    check     | done                   | today      | due_on     | state   | overdue_d | baseline_missing
    bladder   |                        | 2026-01-31 | 2026-01-31 | due     |         0 | yes
    bladder   |                        | 2026-02-03 | 2026-01-31 | overdue |         3 | yes
    bladder   | 2026-01-31             | 2026-02-27 | 2026-02-28 | not-due |         0 | no
    bladder   | 2026-01-31             | 2026-02-28 | 2026-02-28 | due     |         0 | no
    bladder   | 2026-01-31             | 2026-03-01 | 2026-02-28 | overdue |         1 | no
    bladder   | 2026-02-10             | 2026-03-01 | 2026-03-10 | not-due |         0 | yes
    bladder   | 2026-01-31, 2026-03-05 | 2026-03-06 | 2026-04-02 | not-due |         0 | no
    bladder   | 2024-01-01             | 2026-02-03 | 2026-01-31 | overdue |         3 | no
    liver     | 2026-01-31             | 2026-04-30 | 2026-04-30 | due     |         0 | no
    liver     | 2026-01-31             | 2026-05-02 | 2026-04-30 | overdue |         2 | no
    cognition | 2026-01-31             | 2026-07-30 | 2026-07-31 | not-due |         0 | no
    cognition | 2025-08-31             | 2026-03-01 | 2026-02-28 | overdue |         1 | no
    """,
)


@INTERVALS.cases
@pytest.mark.story("HF-SAF-002")
def test_intervals(check, done, today, due_on, state, overdue_d, baseline_missing):
    (answer,) = found(check, done, today)
    assert (str(answer.due_on), answer.state, answer.overdue_d) == (due_on, state, overdue_d)
    assert answer.baseline_missing is baseline_missing


UNSIGNED = Spec(
    title="Unsigned intervals have no force",
    rules=("cum.uri.int", "cum.lft", "cum.cog", "cum.misuse"),
    text="Months late, and not signed: told with the day it would have been due, and not overdue.",
    table="""
    check     | signed      | state    | would_be_due_on | overdue
    bladder   |             | inactive | 2026-01-31      | no
    liver     |             | inactive | 2026-01-31      | no
    cognition |             | inactive | 2026-01-31      | no
    misuse    |             | inactive | 2026-03-10      | no
    bladder   | cum.lft     | inactive | 2026-01-31      | no
    bladder   | cum.uri.int | overdue  |                 | yes
    """,
)


@UNSIGNED.cases
@pytest.mark.story("HF-RUL-002")
def test_unsigned(check, signed, state, would_be_due_on, overdue):
    (answer,) = found(
        check, None, "2026-06-01", signed=codes(signed), phase="maintenance",
        phase_started_on=datetime.date(2026, 3, 10),
    )  # fmt: skip
    assert answer.state == state
    assert (answer.would_be_due_on and str(answer.would_be_due_on)) == would_be_due_on
    assert (answer.overdue_d > 0) is overdue
    assert ("not signed" in answer.text) is (state == "inactive")


MISUSE = Spec(
    title="Misuse review",
    rules=("cum.misuse",),
    text="""Monthly, in maintenance only (from 31 March 2026 here). Where the phase is not recorded, that is told: it is
    not known whether a review is due.""",
    table="""
    phase       | done       | today      | state         | due_on
    induction   |            | 2026-05-01 | absent        |
    maintenance |            | 2026-03-31 | due           | 2026-03-31
    maintenance | 2026-03-31 | 2026-04-29 | not-due       | 2026-04-30
    maintenance | 2026-03-31 | 2026-05-01 | overdue       | 2026-04-30
                |            | 2026-05-01 | unknown-phase |
    """,
)


@MISUSE.cases
def test_misuse(phase, done, today, state, due_on):
    answers = found("misuse", done, today, phase=phase, phase_started_on=datetime.date(2026, 3, 31))
    assert [a.state for a in answers] == ([] if state == "absent" else [state])
    if due_on:
        assert str(answers[0].due_on) == due_on


WHO = Spec(
    title="Which check for which drug",
    rules=("cum.uri", "cum.lft", "cum.uri.int"),
    text="""Liver tests are for racemic ketamine. The US label of esketamine asks for bladder monitoring and names no
    interval, so that row never has a day. Blood pressure follows the label of esketamine and the Canadian IV rule.""",
    table="""
    drug       | jurisdiction | rule          | told
    ketamine   | none         | cum.lft       | yes
    esketamine | US           | cum.lft       | no
    esketamine | US           | cum.uri       | yes
    esketamine | EU           | cum.uri       | no
    ketamine   | US           | cum.uri       | no
    esketamine | none         | cum.uri.int   | yes
    ketamine   | none         | cum.uri.int   | yes
    esketamine | US           | mon.bp.es     | yes
    ketamine   | CA-BC        | mon.iv.points | yes
    ketamine   | US           | mon.iv.points | no
    """,
)


@WHO.cases
@pytest.mark.story("HF-SAF-002")
def test_who(drug, jurisdiction, rule, told):
    answers = due_checks(
        course_started_on=datetime.date(2026, 1, 31),
        today=datetime.date(2026, 3, 1),
        drug=drug,
        done=[],
        phase="induction",
        rules=rule_set(drug=drug, route=ROUTE[drug], jurisdiction=jurisdiction, signed=SIGNED),
    )
    of_rule = [a for a in answers if a.rule == rule]
    assert bool(of_rule) is told
    assert all(a.due_on is None and a.state == "no-interval" for a in of_rule if a.rule == "cum.uri")


PRESSURE = Spec(
    title="Blood pressure at every treatment session",
    text="Treatment sessions on 2 and 9 March 2026; the earliest one without a blood pressure counts.",
    table="""
    done                   | today      | state   | due_on     | overdue_d
    2026-03-02, 2026-03-09 | 2026-03-10 | not-due |            | 0
    2026-03-02             | 2026-03-09 | due     | 2026-03-09 | 0
    2026-03-09             | 2026-03-10 | overdue | 2026-03-02 | 8
    2026-03-02             | 2026-03-03 | not-due | 2026-03-09 | 0
    """,
)


@PRESSURE.cases
def test_pressure(done, today, state, due_on, overdue_d):
    days = [datetime.date(2026, 3, 2), datetime.date(2026, 3, 9)]
    (answer,) = found(
        "blood_pressure", done, today, drug="esketamine", jurisdiction="US", treatment_session_days=days,
    )  # fmt: skip
    assert (answer.state, answer.overdue_d) == (state, overdue_d)
    assert (answer.due_on and str(answer.due_on)) == due_on


@pytest.mark.parametrize(
    ("check", "on", "sentence"),
    [("kidney", "2026-02-01", "is not known"), ("bladder", "2026-03-02", "after today")],
)
def test_broken_history_is_refused(check, on, sentence):
    with pytest.raises(InputError, match=sentence):
        found(check, on, "2026-03-01")


def test_rules_of_another_drug_are_refused():
    with pytest.raises(InputError, match="the rules were made for ketamine"):
        due_checks(
            course_started_on=datetime.date(2026, 1, 1), today=datetime.date(2026, 1, 2), drug="esketamine", done=[],
            phase=None, rules=rule_set(drug="ketamine", route="iv"),
        )  # fmt: skip


URINARY = Spec(
    title="Urinary symptoms that hold the treatment",
    rules=("cum.uri.int",),
    text="""Signed. Two weeks of dysuria are not more than two weeks; a BPIC-SS of 19 holds (cut unverified). Not asked
    is a caution of its own, never a no.""",
    table="""
    haematuria | dysuria_d | bpic_ss | against                              | cautions
    no         |         0 |         |                                      |
    yes        |         0 |         | haematuria                           |
    yes        |           |         | haematuria                           | urinary-not-asked
    no         |        14 |         |                                      |
    no         |        15 |         | dysuria-long                         |
               |           |      18 |                                      |
               |           |      19 | bpic-ss-high                         |
    yes        |        15 |      19 | haematuria, dysuria-long, bpic-ss-high |
    no         |           |         |                                      | urinary-not-asked
               |           |         |                                      | urinary-not-asked
    """,
)


@URINARY.cases
def test_urinary(haematuria, dysuria_d, bpic_ss, against, cautions):
    rules = rule_set(drug="ketamine", route="iv", signed=SIGNED)
    decision = urinary_trigger(haematuria=haematuria, dysuria_d=dysuria_d, bpic_ss_total=bpic_ss, rules=rules)
    assert decision.codes == codes(against)
    assert tuple(r.code for r in decision.cautions) == codes(cautions)
    assert decision.allowed_after(["cum.uri.int"])  # a physician may override, with a reason


@pytest.mark.story("HF-RUL-002")
def test_an_unsigned_urinary_rule_is_told_and_holds_nothing():
    rules = rule_set(drug="ketamine", route="iv")
    decision = urinary_trigger(haematuria=True, dysuria_d=30, bpic_ss_total=30, rules=rules)
    assert decision.allowed
    assert [r.code for r in decision.inactive] == ["haematuria", "dysuria-long", "bpic-ss-high"]


SIGNS = Spec(
    title="Signs of misuse",
    rules=("cum.misuse",),
    text="Signed. Each sign found is a caution; what was not asked is named as missing.",
    table="""
    early | lost | other | craving | monitoring | found                          | missing
    no    | no   | no    | no      | no         |                                |
    yes   | no   | no    | yes     | no         | early-requests, craving        |
    no    | no   | no    | no      |            |                                | prescription-monitoring-finding
    no    | yes  |       | no      | yes        | lost-doses, prescription-monitoring-finding | other-ketamine
    """,
)


@SIGNS.cases
def test_signs(early, lost, other, craving, monitoring, found, missing):
    decision = misuse_signs(
        early_requests=early, lost_doses=lost, other_ketamine=other, craving=craving,
        prescription_monitoring_finding=monitoring, rules=rule_set(drug="ketamine", route="iv", signed=SIGNED),
    )  # fmt: skip
    assert decision.allowed
    assert tuple(r.code for r in decision.cautions if not r.missing) == codes(found)
    assert tuple(r.code for r in decision.cautions if r.missing) == codes(missing)


SENTENCES = Spec(
    title="What the reader is told",
    text="A sentence names the interval it counts with, so that the day can be checked without the table.",
    table="""
    check          | signed | says
    bladder        | yes    | every 4 weeks
    liver          | yes    | every 3 months
    cognition      | yes    | every 6 months
    bladder        |        | house interval of 4 weeks
    cognition      |        | house interval of 6 months
    """,
)


@SENTENCES.cases
@pytest.mark.story("HF-SAF-002")
def test_sentences(check, signed, says):
    (answer,) = found(check, None, "2026-03-06", **({} if signed else {"signed": ()}))
    assert says in answer.text


def test_words_on_a_page_have_no_underscore():
    day = datetime.date(2026, 1, 31)
    for days in ([], [day], [day - datetime.timedelta(days=7)]):
        further = {"drug": "esketamine", "jurisdiction": "US", "treatment_session_days": days}
        (answer,) = found("blood_pressure", None, day, **further)
        assert answer.text.startswith("blood pressure: ")
