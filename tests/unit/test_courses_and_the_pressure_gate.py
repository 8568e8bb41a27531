"""Doses withheld at the pressure gate of a simulated course, and what follows, worked out again from its rows."""

from __future__ import annotations

from datetime import timedelta

import numpy as np
import pytest

from holdfast.model.courses.people import People
from holdfast.model.mood.placebo import Care
from holdfast.model.named_models import named_model
from holdfast.outcomes import Rating, baseline
from holdfast.protocols.answers import Outcome, SessionAnswer
from holdfast.protocols.protocol import protocol
from holdfast.protocols.schedule import schedule
from tests.unit.test_courses import SEED, START, courses_of, days_of


@pytest.mark.story("HF-MOD-015")
@pytest.mark.parametrize(("name", "jurisdiction"), [("iv-racemic", "none"), ("esketamine-nasal", "US")])
def test_a_dose_that_the_gate_stops_is_withheld_and_planned_anew_as_a_missed_one(name, jurisdiction):
    """Worked out again from the rows of each patient alone, by the clinic's own schedule."""
    found = courses_of(name, 120, 70, jurisdiction=jurisdiction, without_response="continue", attendance="realistic")
    sbp, dbp = found.values["sbp_before_mmhg"], found.values["dbp_before_mmhg"]
    given, withheld, missed = (found.known("treatment_session"), found.values["withheld"].astype(bool),
                               found.values["missed"].astype(bool))  # fmt: skip
    assert np.array_equal(withheld, (sbp > 140) | (dbp > 90))
    assert np.array_equal(given, ~np.isnan(sbp) & ~withheld)
    assert not (withheld & missed).any()
    assert (withheld & (sbp <= 140)).any()  # for the diastolic pressure alone
    assert 0.08 < withheld[0].mean() < 0.25
    follows = 0
    for patient in np.flatnonzero(found.values["in_course"][-1]):
        ages = People(named_model(), "trd-adults", SEED, int(patient), 1, Care()).patients.who.age_y
        events = np.flatnonzero((given | withheld | missed)[:, patient])
        outcomes = [Outcome.GIVEN if given[day, patient] else Outcome.MISSED for day in events]
        answers = [SessionAnswer(START + timedelta(days=int(day)), one)
                   for day, one in zip(events, outcomes, strict=True)]  # fmt: skip
        for upto in range(1, len(events)):
            planned = schedule(
                protocol(name), start=START, indication="trd", jurisdiction=jurisdiction, age_y=float(ages[0]),
                until_week=20, sessions=1, given=answers[:upto],
            )  # fmt: skip
            assert planned[0].on == answers[upto].on
            follows += bool(withheld[events[upto - 1], patient])
    assert follows > 60


@pytest.mark.story("HF-MOD-015")
def test_nothing_is_withheld_where_the_physician_overrides_or_the_rules_only_caution():
    keep, override = (courses_of(days=10, pressure_gate=word) for word in ("keep", "override"))
    cautioned = courses_of("esketamine-nasal", days=10)
    assert keep.values["withheld"].sum() > 5
    for found in (override, cautioned):
        assert not found.values["withheld"].any()
        assert ((found.values["sbp_before_mmhg"] > 140) & found.known("dose_mg")).any()
    never = ~keep.values["withheld"].any(axis=0)
    assert 10 < never.sum() < 40
    for name in ("madrs_true", "cadss_peak", "sbp_max_mmhg"):  # who was never above the limit has the same course
        assert keep.values[name][:, never].tobytes() == override.values[name][:, never].tobytes()


@pytest.mark.story("HF-MOD-015")
def test_a_course_is_judged_and_counted_from_its_first_dose():
    found = courses_of(patients=150, days=60)
    given, rated = found.known("treatment_session"), found.known("madrs_observed")
    later = [p for p in range(150) if given[:, p].any() and not given[0, p]]
    assert 8 < len(later) < 40
    judged = {False: 0, True: 0}
    for patient in later:
        days = days_of(found, patient)
        assert found.values["treatment_session"][days, patient].tolist() == list(range(1, len(days) + 1))
        totals = found.values["madrs_observed"][:, patient]
        rows = [
            Rating("madrs", START + timedelta(days=int(day)), int(totals[day]))
            for day in np.flatnonzero(rated[:, patient])
        ]
        start = baseline("madrs", rows, START + timedelta(days=days[0]))
        assert start.on == START + timedelta(days=days[0])  # rated before it, not on day 0
        told = np.flatnonzero(found.known("response")[:, patient])
        assert told.tolist() == [day for day in np.flatnonzero(rated[:, patient]) if day > days[0]]
        for day in told:
            response = bool(found.values["response"][day, patient])
            assert response == (totals[day] <= start.total / 2)
            judged[response] += 1
        if len(days) < 6:
            assert found.values["in_course"][-1, patient]  # no review before the series is whole
    assert min(judged.values()) > 10
