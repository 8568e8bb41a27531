"""Invariants of a treatment session: no way round observation, time only helps, 24 hours are 24 hours."""

from __future__ import annotations

import datetime
from zoneinfo import ZoneInfo

from hypothesis import given
from hypothesis import strategies as st

from holdfast.errors import RefusedError
from holdfast.treatment_sessions.clock import minutes_after, minutes_between
from holdfast.treatment_sessions.discharge import Departure, readiness
from holdfast.treatment_sessions.drive_free import drive_free_until
from holdfast.treatment_sessions.predose import PreDose, pre_dose
from holdfast.treatment_sessions.states import Event, State, move
from holdfast.treatment_sessions.vitals import Vitals
from tests.spec.treatment_sessions import ESKETAMINE, IV, rules_of

ZONES = ("America/New_York", "Europe/Vienna", "Asia/Beirut", "Australia/Lord_Howe", "America/Santiago", "UTC")
MOMENTS = st.integers(0, 4 * 365 * 24 * 60).map(
    lambda minute: datetime.datetime(2024, 1, 1, tzinfo=datetime.UTC) + datetime.timedelta(minutes=minute)
)
MAYBE = st.sampled_from((True, False, None))


@given(st.lists(st.sampled_from(Event), max_size=40))
def test_nobody_is_discharged_who_was_not_observed_after_dosing(events):
    state, seen = State.PLANNED, [State.PLANNED]
    for event in events:
        try:
            state = move(state, event)
        except RefusedError:
            continue
        seen.append(state)
    if State.DISCHARGED in seen:
        assert seen.index(State.DOSING) < seen.index(State.OBSERVING) < seen.index(State.DISCHARGED)
    if State.DOSING in seen:
        assert State.CANCELLED not in seen


@st.composite
def departures(draw, start):
    """A patient of whom some things are recorded, all of it within the first 10 minutes after the dose or later."""
    ended = start + datetime.timedelta(minutes=draw(st.integers(0, 60)))
    times = sorted(draw(st.lists(st.integers(0, 200), max_size=4)))
    measured = tuple(
        Vitals(start + datetime.timedelta(minutes=m), draw(st.integers(121, 180)), draw(st.integers(60, 120)))
        for m in times
    )
    baseline = Vitals(start, 140, 90) if draw(st.booleans()) else None
    answers = (
        "sedation_resolved",
        "dissociation_resolved",
        "respiration_normal",
        "suicidality_assessed",
        "escort_present",
        "clinician_agrees",
    )
    # Mostly complete, so that discharge is reached often enough to prove something.
    said = {name: draw(st.sampled_from((True,) * 9 + (False, None))) for name in answers}
    return Departure(dosed_at=start, dose_ended_at=ended, baseline=baseline, measured=measured, **said)


@given(st.data(), MOMENTS, st.sampled_from((ESKETAMINE, IV)), st.integers(200, 400), st.integers(0, 300))
def test_time_only_helps(data, start, protocol, minute, later):
    """With nothing new recorded, whoever may go now may go later, and reasons only fall away."""
    known = data.draw(departures(start))
    rules = rules_of(protocol, "US")
    first, second = (
        readiness(known, protocol=protocol, now=start + datetime.timedelta(minutes=m), rules=rules)
        for m in (minute, minute + later)
    )
    assert set(second.codes) <= set(first.codes)
    assert second.allowed or not first.allowed


@given(MOMENTS, st.integers(0, 119), st.sampled_from(("US", "EU", "UK", "HK", "PH", "none")))
def test_esketamine_is_never_discharged_before_its_time(start, minute, where):
    now = start + datetime.timedelta(minutes=minute)
    known = Departure(
        dosed_at=start,
        dose_ended_at=start,
        baseline=Vitals(start, 140, 90),
        measured=(Vitals(now, 120, 70),),
        sedation_resolved=True,
        dissociation_resolved=True,
        respiration_normal=True,
        suicidality_assessed=True,
        escort_present=True,
        clinician_agrees=True,
    )
    decision = readiness(known, protocol=ESKETAMINE, now=now, rules=rules_of(ESKETAMINE, where))
    assert not decision.allowed
    assert decision.hard_stops


@given(st.data(), MOMENTS, st.integers(0, 400))
def test_nothing_unrecorded_ever_helps(data, start, minute):
    """Taking any answer away never opens the gate."""
    known = data.draw(departures(start))
    now = start + datetime.timedelta(minutes=200 + minute)
    rules = rules_of(ESKETAMINE, "US")
    whole = readiness(known, protocol=ESKETAMINE, now=now, rules=rules)
    name = data.draw(
        st.sampled_from(("sedation_resolved", "escort_present", "clinician_agrees", "suicidality_assessed"))
    )
    without = Departure(**{**known.__dict__, name: None})
    less = readiness(without, protocol=ESKETAMINE, now=now, rules=rules)
    assert not less.allowed
    assert whole.allowed in (True, False)
    assert set(whole.codes) - {"clinician-disagrees"} <= set(less.codes)


@given(MOMENTS, st.integers(0, 600), st.sampled_from(ZONES), st.sampled_from(("CA-BC", "US", "none")))
def test_after_an_infusion_never_before_24_hours_nor_the_next_day(ended, stay, zone, where):
    discharged = ended + datetime.timedelta(minutes=stay)
    until = drive_free_until(
        dose_ended_at=ended, discharged_at=discharged, zone=zone, protocol=IV, rules=rules_of(IV, where)
    )
    assert minutes_between(ended, until.not_before) >= 24 * 60
    assert until.not_before.astimezone(ZoneInfo(zone)).date() > discharged.astimezone(ZoneInfo(zone)).date()
    assert until.from_date == until.not_before.astimezone(ZoneInfo(zone)).date()


@given(MOMENTS, st.integers(0, 600), st.sampled_from(ZONES))
def test_after_esketamine_always_the_next_local_day(ended, stay, zone):
    discharged = ended + datetime.timedelta(minutes=stay)
    until = drive_free_until(
        dose_ended_at=ended,
        discharged_at=discharged,
        zone=zone,
        protocol=ESKETAMINE,
        rules=rules_of(ESKETAMINE, "none"),
    )
    left = discharged.astimezone(ZoneInfo(zone)).date()
    assert until.from_date == left + datetime.timedelta(days=1)
    assert minutes_between(discharged, until.not_before) > 0


@given(MOMENTS, st.sampled_from(ZONES), st.floats(0, 5000))
def test_minutes_after_and_between_are_inverse_in_every_zone(moment, zone, minutes):
    local = moment.astimezone(ZoneInfo(zone))
    assert abs(minutes_between(local, minutes_after(local, minutes)) - minutes) < 1e-4


@given(st.integers(41, 300), st.integers(21, 200), st.integers(18, 110), st.sampled_from((ESKETAMINE, IV)), MOMENTS)
def test_a_higher_pressure_never_opens_the_gate(sbp, dbp, age, protocol, now):
    if sbp <= dbp:
        sbp, dbp = max(sbp, dbp) + 1, min(sbp, dbp)
    if sbp > 295 or dbp > 195:
        return
    rules = rules_of(protocol, "EU", "pre.bp.eu65")
    lower, higher = (
        pre_dose(PreDose(sbp_mmhg=sbp + up, dbp_mmhg=dbp, bp_measured_at=now), now=now, rules=rules, age_y=age)
        for up in (0, 5)
    )
    assert set(lower.codes) <= set(higher.codes)
