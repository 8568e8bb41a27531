"""Reviews and maintenance.

Benefit is judged after the third infusion, at the end of induction, and from time to time in maintenance. A review that
is due stands against the next dose until it is held; it never stops treatment by itself, because few who have not
responded by then respond later, and few is not none. Interval policies never lengthen an interval on a guess.
"""

from __future__ import annotations

from datetime import date, timedelta

import pytest

from holdfast.errors import InputError, UnknownNameError
from holdfast.protocols.answers import Continuation, Response, ReviewAnswer, SessionAnswer
from holdfast.protocols.intervals import Course, next_interval
from holdfast.protocols.protocol import protocol, protocol_rules
from holdfast.protocols.reviews import may_continue, review_points
from holdfast.protocols.series import check_series
from holdfast.protocols.stopping import stopping
from tests.spec.spec import Spec, codes

pytestmark = pytest.mark.story("HF-PRO-004")

START = date(2026, 12, 1)
REVIEWS = Spec(
    title="When a review is due",
    rules=("series.stop", "dose.es.eval", "series.maint"),
    text="""Days of the course. After three infusions a review is due the same day; esketamine is reviewed at the end of
    week 4 (day 28), then 12 weeks into maintenance (day 140) and every 12 weeks (house).""",
    table="""
    plan             | dose_days       | today | due
    iv-racemic       | 1 4             |     4 |
    iv-racemic       | 1 4 8           |     8 | third-infusion
    iv-racemic       | 1 4 8           |    40 | third-infusion
    iv-racemic       | 1 4 8 11 15 18  |    18 | third-infusion, end-of-series
    iv-racemic       | 1 4 8 11 15 18  |   105 | third-infusion, end-of-series, maintenance
    esketamine-nasal | 1 4 8           |    27 |
    esketamine-nasal | 1 4 8           |    28 | end-of-induction
    esketamine-nasal | 1 4 8           |   139 | end-of-induction
    esketamine-nasal | 1 4 8           |   140 | end-of-induction, maintenance
    esketamine-nasal | 1 4 8           |   224 | end-of-induction, maintenance, maintenance
    esketamine-nasal |                 |   224 |
    """,
)


def points(name, days, today, held=()):
    given = [SessionAnswer(START + timedelta(days=int(day) - 1)) for day in str(days or "").split()]
    return review_points(protocol(name), given=given, held=held, until=START + timedelta(days=today - 1))


@REVIEWS.cases
@pytest.mark.story("HF-PRO-004")
def test_due_reviews(plan, dose_days, today, due):
    now = START + timedelta(days=today - 1)
    found = points(plan, dose_days, today)
    assert tuple(point.key for point in found if point.due(now)) == codes(due)


FUTILITY = Spec(
    title="After the third infusion",
    rules=("series.stop",),
    text="""A due review stands against the fourth infusion and a physician may override it. Held with no response and
    the decision to continue, the course goes on with a caution: it is a review, never an automatic stop.""",
    table="""
    held | response | decision | against             | cautions
    no   |          |          | review-due          |
    yes  | response | continue |                     |
    yes  | partial  | continue |                     |
    yes  | none     | continue |                     | no-response-so-far
    yes  | none     | stop     | stop-decided        |
    yes  |          | continue | response-not-judged |
    """,
)


@FUTILITY.cases
@pytest.mark.parametrize("jurisdiction", ["US", "EU", "none"])
@pytest.mark.story("HF-PRO-004")
def test_third_infusion(held, response, decision, against, cautions, jurisdiction):
    review = ReviewAnswer(
        "third-infusion",
        START + timedelta(days=7),
        Response(response) if response else None,
        Continuation(decision or "continue"),
    )
    found = points("iv-racemic", "1 4 8", 9, held=[review] if held else [])
    rules = protocol_rules(protocol("iv-racemic"), jurisdiction=jurisdiction, indication="trd")
    answer = may_continue(found, now=START + timedelta(days=8), rules=rules)
    assert answer.codes == codes(against)
    assert answer.hard_stops == ()
    assert tuple(r.code for r in answer.cautions) == codes(cautions)


def test_no_response_after_three_is_no_stop_whatever_the_jurisdiction():
    held = [ReviewAnswer("third-infusion", START, Response.NONE, Continuation.CONTINUE)]
    rules = protocol_rules(protocol("iv-racemic"), jurisdiction="US", indication="trd")
    assert may_continue(points("iv-racemic", "1 4 8", 9, held), now=START + timedelta(days=8), rules=rules).allowed


MAINTENANCE = Spec(
    title="Interval policies",
    rules=("series.maint", "dose.es.m2"),
    text="""Esketamine from week 9: 7 or 14 days; three treatment sessions held before a longer interval, six at the
    longest before stopping is raised (house). Unknown never lengthens an interval, and no policy stops treatment.""",
    table="""
    policy             | now | course    | held | days | step
    fixed              |   7 | worsening |    0 |    7 | same
    fixed              |   7 | held      |    9 |    7 | same
    taper              |   7 | held      |    2 |    7 | same
    taper              |   7 | held      |    3 |   14 | longer
    taper              |   7 |           |    9 |    7 | same
    taper              |  14 | held      |    5 |   14 | same
    taper              |  14 | held      |    6 |   14 | raise-stopping
    taper              |  14 | worsening |    6 |    7 | shorter
    taper              |   7 | worsening |    0 |    7 | same
    response-triggered |   7 | held      |    0 |   14 | longer
    response-triggered |  14 | held      |    9 |   14 | same
    response-triggered |  14 | worsening |    0 |    7 | shorter
    response-triggered |   7 | worsening |    0 |    7 | same
    response-triggered |  14 |           |    0 |   14 | same
    """,
)


def advice(policy, now, course, held):
    nasal = protocol("esketamine-nasal")
    return next_interval(
        policy,
        phase=nasal.phases_for("trd")[-1],
        maintenance=nasal.maintenance,
        interval_d=now,
        course=Course(course) if course else None,
        held_sessions=held,
    )


@MAINTENANCE.cases
def test_interval_policies(policy, now, course, held, days, step):
    found = advice(policy, now, course, held)
    assert (found.interval_d, found.step) == (days, step)


def test_unknown_policies_and_impossible_counts_are_refused():
    with pytest.raises(UnknownNameError, match="taper"):
        advice("prn", 7, "held", 1)
    with pytest.raises(InputError, match="count of 0 or more"):
        advice("taper", 7, "held", -1)


SERIES = Spec(
    title="The length and density of an IV series",
    rules=("series.iv",),
    text="""Four to eight infusions, two to three a week, counted over any seven days in a row. Always a caution.""",
    table="""
    dose_days                 | ended | cautions
    1 4 8 11 15 18            | yes   |
    1 3 5 8 10 12             | yes   |
    1 4 8                     | no    |
    1 4 8                     | yes   | series-length
    1 4 8 11 15 18 22 25      | yes   |
    1 4 8 11 15 18 22 25 29   | no    | series-length
    1 3 5 7                   | no    | series-too-dense
    3 5 7 9                   | no    | series-too-dense
    1 8 15 22                 | yes   | series-too-sparse
    1 8 15 22                 | no    |
    """,
)


@SERIES.cases
def test_series(dose_days, ended, cautions):
    rules = protocol_rules(protocol("iv-racemic"), jurisdiction="EU", indication="trd")
    decision = check_series([START + timedelta(days=int(day)) for day in dose_days.split()], ended=ended, rules=rules)
    assert decision.allowed
    assert tuple(r.code for r in decision.cautions) == codes(cautions)


STOPPING = Spec(
    title="Stopping after improvement",
    rules=("dose.es.eval",),
    text="""EU and Hong Kong labels: once improved, continue at least six calendar months. Elsewhere nothing
    is said.""",
    table="""
    where | improved   | today      | cautions
    EU    | 2026-01-15 | 2026-07-14 | stopped-early
    EU    | 2026-01-15 | 2026-07-15 |
    UK    | 2026-01-15 | 2026-07-14 | stopped-early
    HK    | 2026-08-31 | 2027-02-27 | stopped-early
    HK    | 2026-08-31 | 2027-02-28 |
    EU    | 2027-08-30 | 2028-02-28 | stopped-early
    EU    | 2027-08-30 | 2028-02-29 |
    EU    |            | 2026-07-15 | improvement-not-recorded
    US    | 2026-01-15 | 2026-02-01 |
    """,
)


@STOPPING.cases
def test_stopping(where, improved, today, cautions):
    rules = protocol_rules(protocol("esketamine-nasal"), jurisdiction=where, indication="trd")
    day = date.fromisoformat(improved) if improved else None
    decision = stopping(improved_on=day, now=date.fromisoformat(today), rules=rules)
    assert decision.allowed
    assert tuple(r.code for r in decision.cautions) == codes(cautions)


def test_an_improvement_in_the_future_and_a_doubled_day_are_refused():
    rules = protocol_rules(protocol("esketamine-nasal"), jurisdiction="EU", indication="trd")
    with pytest.raises(InputError, match="improved_on"):
        stopping(improved_on=START, now=START - timedelta(days=1), rules=rules)
    with pytest.raises(InputError, match="two infusions on one day"):
        check_series([START, START], ended=True, rules=rules)
