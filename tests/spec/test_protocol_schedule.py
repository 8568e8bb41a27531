"""Planned treatment sessions.

Weeks count from the first dose. Esketamine in TRD: twice weekly in weeks 1-4, weekly in weeks 5-8, then weekly or every
two weeks. An infusion series counts doses. Later treatment sessions are planned from the last one, so that a shifted
day shifts what follows and nothing comes too close.
"""

from __future__ import annotations

from datetime import date, timedelta

import pytest

from holdfast.errors import InputError
from holdfast.protocols.answers import ChosenInterval, Outcome, SessionAnswer
from holdfast.protocols.intervals import check_interval
from holdfast.protocols.missed import after_missed
from holdfast.protocols.protocol import protocol, protocol_rules
from holdfast.protocols.schedule import schedule
from tests.spec.spec import Spec, codes

pytestmark = pytest.mark.story("HF-PRO-001")

START = date(2026, 12, 1)


def answers(days, start=START):
    """`1g 4m` as: day 1 given, day 4 missed."""
    words = str(days or "").split()
    return [
        SessionAnswer(start + timedelta(days=int(word[:-1]) - 1), Outcome.GIVEN if word[-1] == "g" else Outcome.MISSED)
        for word in words
    ]


def planned_days(name, *, indication="trd", given="", weeks=12, chosen=(), start=START):
    sessions = schedule(
        protocol(name),
        start=start,
        indication=indication,
        jurisdiction="US",
        until_week=weeks,
        given=answers(given, start),
        chosen=chosen,
    )
    return [(session.on - start).days + 1 for session in sessions]


PLAN = Spec(
    title="A plan from the start",
    rules=("dose.es.ind", "dose.es.m1", "dose.es.m2", "dose.es.mdsi", "series.iv"),
    text="""Days of the course; day 1 is the first dose. Eight doses in weeks 1-4 (days 1-28), four in weeks 5-8 (days
    29-56), weekly from week 9 (day 57). MDSI ends after week 4. A series is six infusions, then boosters.""",
    table="""
    plan             | indication            | weeks | days
    esketamine-nasal | trd                   |     4 | 1 4 8 11 15 18 22 25
    esketamine-nasal | trd                   |    10 | 1 4 8 11 15 18 22 25 29 36 43 50 57 64
    esketamine-nasal | mdsi                  |    12 | 1 4 8 11 15 18 22 25
    esketamine-nasal | psychiatric-emergency |    12 | 1 4 8 11 15 18 22 25
    iv-racemic       | trd                   |     3 | 1 4 8 11 15 18
    iv-racemic       | mdd                   |    12 | 1 4 8 11 15 18 46 74
    """,
)


@PLAN.cases
@pytest.mark.story("HF-PRO-001")
def test_plan(plan, indication, weeks, days):
    assert planned_days(plan, indication=indication, weeks=weeks) == [int(day) for day in days.split()]


REPLAN = Spec(
    title="A plan from what happened",
    rules=("dose.es.missed", "series.iv"),
    text="""g = given, m = missed. A late day moves the rhythm; a missed one keeps the schedule, and the phase still
    ends with its week; a missed infusion is made up, because the series counts infusions.""",
    table="""
    plan             | so_far                          | weeks | to_come
    esketamine-nasal | 1g                              |     2 | 4 8 11
    esketamine-nasal | 1g 5g                           |     2 | 8 12
    esketamine-nasal | 1g 7g                           |     3 | 10 14 17 21
    esketamine-nasal | 1g 3g                           |     2 | 8 11
    esketamine-nasal | 1g 4m                           |     2 | 8 11
    esketamine-nasal | 1g 4g 8g 11g 15g 18g 22g 25g    |     6 | 29 36
    esketamine-nasal | 1g 4g 8g 11g 15g 18g 22g 28g    |     6 | 32 39
    esketamine-nasal | 1g 4g 8g 11g 15g 18g 22g 25m    |     5 | 29
    esketamine-nasal | 1g 4g 8g 11g 15g 18g 22g 25g 31g |    6 | 38
    iv-racemic       | 1g 4m                           |     4 | 8 11 15 18 22
    iv-racemic       | 1g 4g 8g 11g 15g 18g            |     8 | 46
    """,
)


@REPLAN.cases
@pytest.mark.story("HF-PRO-001")
def test_replan(plan, so_far, weeks, to_come):
    found = planned_days(plan, given=so_far, weeks=weeks)
    assert found == [int(day) for day in str(to_come).split()]


def test_weeks_count_from_the_first_dose_not_from_the_planned_start():
    late = [SessionAnswer(START + timedelta(days=3))]
    found = schedule(protocol("esketamine-nasal"), start=START, indication="trd", jurisdiction="US", given=late)
    assert [s.on for s in found if s.week == 5] == [START + timedelta(days=3 + 28)]


def test_a_start_that_was_missed_leaves_the_first_dose_the_first():
    missed = [SessionAnswer(START + timedelta(days=n), Outcome.MISSED) for n in (0, 3, 40)]
    first, second = schedule(
        protocol("esketamine-nasal"), start=START, indication="trd", jurisdiction="US", given=missed, sessions=2
    )
    assert (first.number, first.week, first.phase, first.allowed_doses) == (1, 1, "trd-induction", (56,))
    assert second.allowed_doses == (56, 84)


INTERVALS = Spec(
    title="Intervals the clinician chooses",
    rules=("dose.es.m1", "dose.es.m2", "series.maint"),
    text="""From week 9 every one or two weeks; before, once weekly. Any other interval in maintenance by label needs an
    override. The intervals of boosters are assumed: told, not enforced, until signed.""",
    table="""
    plan             | phase           | days | against                       | inactive
    esketamine-nasal | trd-from-week-9 |    7 |                               |
    esketamine-nasal | trd-from-week-9 |   14 |                               |
    esketamine-nasal | trd-from-week-9 |   21 | not-an-interval-of-this-phase |
    esketamine-nasal | trd-weeks-5-8   |   14 | not-an-interval-of-this-phase |
    esketamine-nasal | trd-induction   |    7 | not-an-interval-of-this-phase |
    iv-racemic       | boosters        |   28 |                               |
    iv-racemic       | boosters        |   30 |                               | not-an-interval-of-this-phase
    """,
)


@INTERVALS.cases
def test_intervals(plan, phase, days, against, inactive):
    chosen = protocol(plan)
    found = next(part for part in chosen.phases if part.key == phase)
    decision = check_interval(found, days, protocol_rules(chosen, jurisdiction="US", indication="trd"))
    assert decision.codes == codes(against)
    assert tuple(r.code for r in decision.inactive) == codes(inactive)


def test_a_chosen_interval_holds_from_the_gap_it_was_chosen_in():
    given = "1g 4g 8g 11g 15g 18g 22g 25g 29g 36g 43g 50g 57g"
    two_weekly = ChosenInterval(START + timedelta(days=58), 14)
    assert planned_days("esketamine-nasal", given=given, weeks=14, chosen=[two_weekly]) == [71, 85]
    assert planned_days("esketamine-nasal", given=given, weeks=11) == [64, 71]
    too_late = ChosenInterval(START + timedelta(days=65), 14)
    assert planned_days("esketamine-nasal", given=given, weeks=13, chosen=[too_late])[:2] == [64, 78]


def test_after_worsening_a_chosen_twice_weekly_is_planned_in_weeks_5_to_8():
    given = "1g 4g 8g 11g 15g 18g 22g 25g 29g"
    back = ChosenInterval(START + timedelta(days=29), 3)
    assert planned_days("esketamine-nasal", given=given, weeks=6, chosen=[back]) == [32, 35, 38, 41]


MISSED = Spec(
    title="After a missed treatment session",
    rules=("dose.es.missed",),
    text="""No worsening: keep the schedule. Worsening: consider the frequency before: that of the phase before, or in a
    maintenance phase of several intervals its next shorter one. Not recorded is not "no worsening".""",
    table="""
    week | worsening | advice             | days | missing
       3 | no        | keep-schedule      |    3 | no
       3 | yes       | keep-schedule      |    3 | no
       4 | yes       | keep-schedule      |    3 | no
       5 | yes       | return-to-previous |    3 | no
       5 | no        | keep-schedule      |    7 | no
       8 | yes       | return-to-previous |    3 | no
       9 | yes       | keep-schedule      |    7 | no
       9 |           | judge-first        |    7 | yes
    """,
)


@MISSED.cases
@pytest.mark.story("HF-PRO-003")
@pytest.mark.parametrize("jurisdiction", ["US", "EU", "none"])
def test_missed(week, worsening, advice, days, missing, jurisdiction):
    nasal = protocol("esketamine-nasal")
    rules = protocol_rules(nasal, jurisdiction=jurisdiction, indication="trd")
    found = after_missed(nasal, indication="trd", week=week, sessions_given=8, worsening=worsening, rules=rules)
    assert (found.advice, found.interval_d) == (advice, days)
    assert [(r.rule, r.missing) for r in found.decision.cautions] == [("dose.es.missed", missing)]
    assert found.decision.allowed


@pytest.mark.story("HF-PRO-003")
@pytest.mark.parametrize(
    ("plan", "given_d", "advice", "days"),
    [
        ("iv-racemic", 42, "return-to-previous", 28), ("iv-racemic", 28, "return-to-previous", 21),
        ("iv-racemic", None, "return-to-previous", 21), ("iv-racemic", 14, "return-to-previous", 7),
        ("iv-racemic", 7, "keep-schedule", 7), ("esketamine-nasal", 14, "return-to-previous", 7),
    ],
)  # fmt: skip
def test_a_maintenance_of_several_intervals_goes_back_within_itself(plan, given_d, advice, days):
    rules = protocol_rules(protocol(plan), jurisdiction="US", indication="trd")
    found = after_missed(
        protocol(plan), indication="trd", week=12, sessions_given=10, worsening=True, rules=rules, interval_d=given_d
    )
    assert (found.advice, found.interval_d, found.phase) == (advice, days, protocol(plan).phases_for("trd")[-1].key)


CALENDAR = Spec(
    title="Leap days, year ends, birthdays",
    text="Day counts are calendar days; nothing is lost at the end of a year or of February.",
    table="""
    start      | number | on
    2026-12-01 |      8 | 2026-12-25
    2026-12-01 |      9 | 2026-12-29
    2026-12-01 |     10 | 2027-01-05
    2028-02-01 |      8 | 2028-02-25
    2028-02-01 |      9 | 2028-02-29
    2027-02-01 |      9 | 2027-03-01
    2028-02-29 |      1 | 2028-02-29
    """,
)


@CALENDAR.cases
def test_calendar(start, number, on):
    found = schedule(protocol("esketamine-nasal"), start=date.fromisoformat(start), indication="trd", jurisdiction="US")
    assert next(s.on for s in found if s.number == number) == date.fromisoformat(on)


def test_turning_65_during_the_course_opens_28_mg_and_leaves_the_usual_dose():
    found = schedule(
        protocol("esketamine-nasal"), start=START, indication="trd", jurisdiction="EU", born=date(1961, 12, 15)
    )
    by_day = {s.on: (s.allowed_doses, s.usual_dose) for s in found}
    assert by_day[date(2026, 12, 11)] == ((56, 84), 56)
    assert by_day[date(2026, 12, 15)] == ((28, 56, 84), 56)


def test_an_unknown_age_gives_no_dose_where_the_age_decides():
    plan = protocol("esketamine-nasal")
    first = schedule(plan, start=START, indication="trd", jurisdiction="EU", sessions=1)[0]
    assert (first.allowed_doses, first.usual_dose) == ((), None)
    assert "age" in first.dose_note
    assert schedule(plan, start=START, indication="trd", jurisdiction="US", sessions=1)[0].allowed_doses == (56,)


@pytest.mark.parametrize(
    ("entries", "says"),
    [
        ({"given": [SessionAnswer(START), SessionAnswer(START)]}, "two treatment sessions on 2026-12-01"),
        ({"chosen": [ChosenInterval(START, 1)]}, "below the least interval"),
        ({"until_week": 0}, "until_week"),
        ({"sessions": 0}, "sessions"),
        ({"age_y": 40, "born": date(1980, 1, 1)}, "age_y and born"),
        ({"born": date(2030, 1, 1)}, "born"),
        ({"indication": "bipolar-depression"}, "no plan for 'bipolar-depression'"),
        ({"start": date(9999, 12, 1)}, "start"),
    ],
)
def test_contradictions_are_refused(entries, says):
    request = {"start": START, "indication": "trd", "jurisdiction": "EU", **entries}
    with pytest.raises(InputError, match=says):
        schedule(protocol("esketamine-nasal"), **request)
