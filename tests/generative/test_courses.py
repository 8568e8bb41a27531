"""Courses of many patients at once, against the rules that judge one: the same plan, outcomes and counts."""

from __future__ import annotations

from datetime import date, timedelta

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from holdfast.model.courses.distinct import distinct
from holdfast.model.courses.planned import RECENT_D, Histories, Planner
from holdfast.model.courses.ratings import Ratings, definitions
from holdfast.model.mood.placebo import Care, Expectancy, placebo, weights
from holdfast.model.mood.relapse import relapse_day
from holdfast.model.named_models import named_model
from holdfast.model.runs.tally import PERCENTILES, Tally, loaded, saved, tally
from holdfast.outcomes import Rating, course_outcomes
from holdfast.protocols.answers import ChosenInterval, Outcome, SessionAnswer
from holdfast.protocols.protocol import protocols
from holdfast.protocols.schedule import MOST_WEEKS, schedule

PROTOCOLS = protocols()
START = date(2025, 3, 5)


@st.composite
def pasts(draw):
    """A protocol and what happened in it: gaps of any length, given or missed; maybe a chosen interval."""
    name = draw(st.sampled_from(sorted(PROTOCOLS)))
    indication = draw(st.sampled_from(PROTOCOLS[name].indications))
    gaps = draw(st.lists(st.integers(1, 45), max_size=25))
    given_ones = draw(st.lists(st.booleans(), min_size=len(gaps), max_size=len(gaps)))
    phases = PROTOCOLS[name].phases_for(indication)
    intervals = sorted({day for phase in phases for day in phase.interval_d})
    begun = draw(st.booleans())  # the first dose, on its planned day
    dosed = begun or any(given_ones)
    chosen = draw(st.one_of(st.none(), st.sampled_from(intervals))) if dosed else None
    return name, indication, begun, list(zip(gaps, given_ones, strict=True)), chosen


@pytest.mark.story("HF-MOD-015")
@given(pasts(), st.sampled_from([22.0, 64.9, 65.0, 80.0]), st.sampled_from(["none", "EU"]))
def test_a_shortened_past_is_planned_as_the_whole_one(past, age, jurisdiction):
    name, indication, begun, steps, chosen = past
    protocol = PROTOCOLS[name]
    planner = Planner(protocol, indication=indication, jurisdiction=jurisdiction)
    history, day, answers = Histories.none(1), 0, []
    for gap, was_given in [(0, begun), *steps]:
        day += gap
        history.happened(np.array([0]), day, np.array([was_given]))
        answers.append(SessionAnswer(START + timedelta(days=day), Outcome.GIVEN if was_given else Outcome.MISSED))
    history.interval_d[:] = chosen or 0
    place, found = planner.next(history, planner.age_band(np.array([age])))
    planned = schedule(
        protocol, start=START, indication=indication, jurisdiction=jurisdiction, age_y=age, until_week=MOST_WEEKS,
        sessions=1, given=answers,
        chosen=[ChosenInterval(START + timedelta(days=day), chosen)] if chosen else [],
    )  # fmt: skip
    ours = found[place[0]]
    if not planned:
        assert ours.after_d is None
        return
    assert ours.after_d == (planned[0].on - START).days - day > 0
    assert (ours.phase, ours.kind, ours.allowed) == (planned[0].phase, planned[0].phase_kind, planned[0].allowed_doses)


def test_a_past_is_not_remembered_longer_than_it_counts():
    history = Histories.none(1)
    history.happened(np.array([0]), 0, np.array([True]))
    history.happened(np.array([0]), RECENT_D + 1, np.array([False]))
    assert (history.given[0], history.missed[0], history.doses[0], history.first[0]) == (0, 1, 1, 0)


@st.composite
def rated_courses(draw):
    """A baseline and ratings on rising days, often near the limits of the definitions, some never obtained."""
    baseline = draw(st.integers(1, 60))
    near = st.sampled_from([0, 9, 10, 11, 21, 22, 23, baseline // 2, (baseline + 1) // 2, baseline])
    gaps = draw(st.lists(st.integers(1, 17), max_size=14))
    totals = draw(st.lists(st.one_of(near, st.integers(0, 60), st.none()), min_size=len(gaps), max_size=len(gaps)))
    return baseline, list(zip(np.cumsum(gaps).tolist(), totals, strict=True))


@pytest.mark.story("HF-MOD-015")
@given(rated_courses())
def test_outcomes_of_many_are_those_of_one(course):
    baseline, rows = course
    chosen = definitions()
    ours = Ratings(np.array([baseline, 30]), chosen)  # somebody else beside, who is never rated
    for day, total in rows:
        if total is not None:
            ours.obtained(np.array([0]), np.array([total]), day)
    ratings = [Rating("madrs", START, baseline)]
    ratings += [Rating("madrs", START + timedelta(days=day), total) for day, total in rows]
    theirs = course_outcomes(
        ratings, scale="madrs", first_session_on=START, signed=["out.relapse"],
        definitions=[chosen.response, chosen.remission, chosen.relapse],
    )  # fmt: skip
    obtained = [rating for rating in theirs.ratings if rating.total is not None]
    if obtained:
        assert (ours.response[0], ours.remission[0]) == (obtained[-1].response, obtained[-1].remission)
    firsts = [t.days for t in map(theirs.time_to, ("response", "remission")) if t.state == "reached"]
    assert ours.first_good_on[0] == min(firsts, default=-1)
    relapse = theirs.time_to("relapse")
    assert ours.relapsed[0] == (relapse.state == "reached")
    if relapse.state == "reached":
        assert START + timedelta(days=int(ours.relapsed_on[0])) == relapse.on
    assert (ours.total[1], ours.relapsed[1], ours.first_good_on[1]) == (30, False, -1)


@pytest.mark.story("HF-MOD-015")
@given(rated_courses())
def test_relapse_along_the_way_is_relapse_in_hindsight(course):
    baseline, rows = course
    chosen = definitions()
    ours = Ratings(np.array([baseline]), chosen)
    for day, total in rows:
        if total is not None:
            ours.obtained(np.array([0]), np.array([total]), day)
    totals = np.array([[np.nan if total is None else total for _, total in rows]], dtype=float).reshape(1, -1)
    since = np.array([np.nan if ours.first_good_on[0] < 0 else float(ours.first_good_on[0])])
    found = relapse_day(np.array([day for day, _ in rows], dtype=int), totals, chosen.relapse, since)[0]
    assert (ours.relapsed_on[0] == found) if ours.relapsed[0] else np.isnan(found)


@given(st.lists(st.tuples(st.integers(-3, 3), st.integers(0, 2**40), st.integers(0, 1)), min_size=1, max_size=30),
       st.sampled_from([1, 2**30]))  # fmt: skip
def test_distinct_rows_stand_where_they_are_said_to(rows, wide):
    columns = [np.array(column, dtype=np.int64) for column in zip(*rows, strict=True)]
    columns[0] = columns[0] * wide  # too wide to be packed into one number
    states, place = distinct(columns)
    assert sorted(set(states)) == sorted(states)
    assert [states[p] for p in place] == list(zip(*(column.tolist() for column in columns), strict=True))


@settings(max_examples=8)
@given(st.integers(1, 5), st.integers(0, 3))
def test_counts_of_chunks_add_up_to_those_of_all(cut, seed):
    from holdfast.model.courses.batch import simulate_batch
    from holdfast.model.courses.plan import CoursePlan

    plan = CoursePlan("iv-racemic", 6, 25, seed, attendance="realistic")
    whole = tally(simulate_batch(plan, 0, 6))
    added = Tally(plan.days)
    for first, count in ((0, cut), (cut, 6 - cut)):
        added = added.plus(loaded(saved(tally(simulate_batch(plan, first, count)))))
    assert saved(added) == saved(whole)
    assert added.treatment_sessions.sum() == 6
    assert added.by_day["withheld"].sum() + added.by_day["treatment_sessions"].sum() > 6
    assert added.scores.sum() == 6 * plan.days


def test_percentiles_read_off_classes_are_those_of_the_values_to_half_a_class():
    from holdfast.model.courses.batch import simulate_batch
    from holdfast.model.courses.plan import CoursePlan

    courses = simulate_batch(CoursePlan("iv-racemic", 60, 8, 1), 0, 60)
    counted = tally(courses)
    for day in (0, 7):
        exact = np.percentile(courses.values["madrs_true"][day], PERCENTILES, method="inverted_cdf")
        assert counted.percentiles(day) == pytest.approx(exact, abs=0.1251)  # classes of a quarter of a point
        assert np.ptp(exact) > 3
    whole = courses.values["cadss_peak"][courses.known("cadss_peak")]  # rated in whole points: nothing is lost
    assert counted.peak_percentiles("cadss_peak") == np.percentile(whole, PERCENTILES, method="inverted_cdf").tolist()


@given(
    st.lists(st.tuples(st.integers(1, 40), st.lists(st.floats(0, 92), min_size=3, max_size=3)), max_size=12),
    st.sampled_from([Care(), Care(open_label=False, unblinding=True), Care(new_antidepressant=True, hospital=True)]),
)
def test_expectancy_carried_from_day_to_day_is_that_of_looking_back(gaps, care):
    model, person = named_model(), np.array([0.6, 1.0, 1.5])
    carried, day, held, felt = Expectancy(model, care, person), 0, [], np.full((3, 0), np.nan)
    for gap, cadss in gaps:
        ours = carried.at(day * 24.0)
        theirs = placebo(model, care, person, [day * 24.0], held, weights(model, care, felt))[:, 0]
        assert ours == pytest.approx(theirs, rel=1e-9, abs=1e-12)
        who = np.flatnonzero(np.array(cadss) < 60)  # the others stay away
        carried.held(who, weights(model, care, np.array(cadss)[who]))
        held.append(day * 24.0)
        felt = np.column_stack([felt, np.where(np.array(cadss) < 60, cadss, np.nan)])
        day += gap
    later = carried.at(day * 24.0)
    assert later == pytest.approx(placebo(model, care, person, [day * 24.0], held, weights(model, care, felt))[:, 0])
    assert not gaps or later.min() > 1e-3
