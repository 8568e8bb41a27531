"""What holds for every plan and every dose, whatever happened so far."""

from __future__ import annotations

from datetime import date, timedelta

from hypothesis import given
from hypothesis import strategies as st

from holdfast.days import week_of
from holdfast.protocols.answers import Outcome, SessionAnswer
from holdfast.protocols.devices import device_dose
from holdfast.protocols.dose import weight_based_dose
from holdfast.protocols.intervals import POLICIES, Course, IntervalState, Step
from holdfast.protocols.protocol import protocol, protocol_rules, protocols
from holdfast.protocols.schedule import schedule

PROTOCOLS = protocols()
DAYS = st.dates(date(1990, 1, 1), date(2090, 12, 31))


@st.composite
def courses(draw):
    """A protocol, an indication, and a past of given and missed days with any gaps, too short ones included."""
    name = draw(st.sampled_from(sorted(PROTOCOLS)))
    indication = draw(st.sampled_from(PROTOCOLS[name].indications))
    start = draw(DAYS)
    gaps = draw(st.lists(st.integers(1, 20), max_size=12))
    day, past = start, []
    for gap in gaps:
        past.append(SessionAnswer(day, draw(st.sampled_from(list(Outcome)))))
        day += timedelta(days=gap)
    return name, indication, start, past


@given(courses(), st.sampled_from(["US", "EU", "none"]), st.integers(18, 100))
def test_a_plan_keeps_its_distances_and_phases(course, jurisdiction, age):
    name, indication, start, past = course
    chosen = PROTOCOLS[name]
    planned = schedule(
        chosen, start=start, indication=indication, jurisdiction=jurisdiction, age_y=age, until_week=20, given=past
    )
    doses = [answer.on for answer in past if answer.outcome is Outcome.GIVEN]
    first = doses[0] if doses else planned[0].on
    before = doses[-1] if doses else None
    phases = {phase.key: phase for phase in chosen.phases_for(indication)}
    for number, session in enumerate(planned, start=len(doses) + 1):
        phase = phases[session.phase]
        assert session.number == number
        assert all(session.on > answer.on for answer in past)
        assert session.earliest <= session.on <= session.latest
        assert session.week == week_of(session.on, first) <= 20
        assert phase.last_week is None or week_of(session.latest, first) <= phase.last_week
        assert phase.first_week is None or week_of(session.earliest, first) >= phase.first_week
        if before is not None:
            assert (session.earliest - before).days >= phase.min_interval_d
        before = session.on
    weeks = [session.week for session in planned]
    for session in planned:
        assert weeks.count(session.week) <= max(1, phases[session.phase].sessions_per_week)


@given(DAYS, st.integers(1, 12))
def test_planning_step_by_step_is_planning_at_once(start, steps):
    nasal = protocol("esketamine-nasal")
    place = {"start": start, "indication": "trd", "jurisdiction": "US"}
    whole = schedule(nasal, **place, sessions=12)
    past = [SessionAnswer(session.on, dose=session.usual_dose) for session in whole[:steps]]
    assert schedule(nasal, **place, sessions=12, given=past)[: 12 - steps] == whole[steps:]


@given(st.integers(1, 6), st.integers(1, 100), st.integers(18, 100), st.sampled_from(["US", "EU", "UK", "HK", "none"]))
def test_devices_make_the_dose(devices, day, age, jurisdiction):
    nasal = protocol("esketamine-nasal")
    rules = protocol_rules(nasal, jurisdiction=jurisdiction, indication="trd")
    found = device_dose(nasal, dose_mg=28 * devices, day=day, indication="trd", age_y=age, rules=rules)
    assert found.devices == devices == len(found.device_minutes)
    assert found.devices * nasal.administration.device_mg == found.dose_mg
    gaps = [b - a for a, b in zip(found.device_minutes, found.device_minutes[1:], strict=False)]
    assert all(gap == nasal.administration.device_rest_min for gap in gaps)
    assert found.decision.allowed == (found.dose_mg in found.amounts_mg)
    if found.dose_mg == 84 and day == 1:
        assert not found.decision.allowed


@given(st.floats(28.5, 500).filter(lambda dose: dose % 28))
def test_a_dose_between_devices_is_impossible(dose):
    nasal = protocol("esketamine-nasal")
    rules = protocol_rules(nasal, jurisdiction="EU", indication="mdsi")
    found = device_dose(nasal, dose_mg=dose, day=1, indication="mdsi", age_y=70, rules=rules)
    assert (found.devices, found.device_minutes) == (None, ())
    assert found.decision.hard_stops


@given(st.floats(30, 250), st.floats(0.01, 1), st.floats(0.5, 240), st.floats(0.1, 100))
def test_rate_times_time_is_the_dose(weight, per_kg, minutes, concentration):
    iv = protocol("iv-racemic")
    rules = protocol_rules(iv, jurisdiction="US", indication="trd")
    found = weight_based_dose(
        iv,
        weight_kg=weight,
        dose_mg_per_kg=per_kg,
        duration_min=minutes,
        concentration_mg_per_ml=concentration,
        rules=rules,
    )
    assert abs(found.dose_mg - weight * per_kg) <= 0.0500001
    assert abs(found.rate_mg_per_h * minutes / 60 - found.dose_mg) < 1e-9
    assert abs(found.rate_ml_per_h * concentration - found.rate_mg_per_h) < 1e-6 * (1 + found.rate_mg_per_h)


STATES = st.builds(
    IntervalState,
    allowed_d=st.lists(st.integers(3, 60), min_size=1, max_size=6, unique=True).map(lambda d: tuple(sorted(d))),
    interval_d=st.integers(3, 60),
    course=st.sampled_from([None, *Course]),
    held_sessions=st.integers(0, 20),
    hold_sessions=st.integers(1, 6),
    stop_after_sessions=st.integers(1, 10),
)


@given(STATES, st.sampled_from(sorted(POLICIES)))
def test_no_policy_lengthens_on_a_guess_or_after_worsening(state, policy):
    found = POLICIES[policy](state)
    assert found.interval_d == state.interval_d or found.interval_d in state.allowed_d
    if state.course is None or policy == "fixed":
        assert (found.step, found.interval_d) == (Step.SAME, state.interval_d)
    if state.course is Course.WORSENING and state.interval_d >= state.allowed_d[0]:
        assert found.interval_d <= state.interval_d
