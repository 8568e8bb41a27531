"""How a treatment session stands at a moment: what is due, what comes next, what holds it up."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest

from holdfast.protocols.protocol import protocol, protocol_rules
from holdfast.treatment_sessions.chairside import Chairside, chairside
from holdfast.treatment_sessions.entries import Gate, Kind, read_given
from holdfast.treatment_sessions.flow_sheet import Entry, sheet
from holdfast.treatment_sessions.gates import Person
from holdfast.treatment_sessions.states import State

NOON = dt.datetime(2026, 11, 21, 12, 0, tzinfo=dt.UTC)
PERSON = Person(indication="trd", age_y=40, sex="female", day=1)
CALM = {"sbp_mmhg": 128.0, "dbp_mmhg": 78.0, "hr_per_min": 70.0, "rr_per_min": 14.0, "spo2_percent": 98.0,
        "cadss_total": 0.0, "moaas": 5.0, "moaas_anchor_set": "trapezius-squeeze"}  # fmt: skip
HIGH = CALM | {"sbp_mmhg": 168.0}
BEGUN = [("arrival", -30, {}), ("observation", -10, CALM), ("start", 0, {"rate_ml_per_h": 60.0})]


def minutes(at: float) -> dt.datetime:
    return NOON + dt.timedelta(minutes=at)


def stands(state: State, now: float, *noted: tuple[str, float, dict[str, Any]], named: str = "iv-racemic") -> Chairside:
    plan = protocol(named)
    made = [
        Entry(f"{kind}{at}", Kind(kind), read_given(Kind(kind), given), minutes(at), minutes(at), "a", physician=False)
        for kind, at, given in noted
    ]
    rules = protocol_rules(plan, jurisdiction="CA", indication="trd")
    return chairside(sheet(plan, made), state=state, now=minutes(now), person=PERSON, rules=rules)


ALL, TWO = "Blood pressure, heart rate, SpO2, MOAA/S", "Blood pressure, heart rate"
# minutes since the infusion began: checks overdue since (min), checks that may be done now, what comes next
RUNNING: dict[int, tuple[list[tuple[str, int]], list[tuple[str, int]], tuple[str, int]]] = {
    1: ([], [], (ALL, 5)),
    4: ([], [(ALL, 5)], (TWO, 15)),
    9: ([(ALL, 5)], [], (TWO, 15)),
    16: ([(ALL, 5)], [(TWO, 15), (ALL, 20)], (TWO, 30)),
    21: ([(ALL, 5), (TWO, 15)], [(ALL, 20)], (TWO, 30)),
    31: ([(ALL, 5), (TWO, 15), (ALL, 20)], [(TWO, 30)], ("End of the infusion", 40)),
    42: ([(ALL, 5), (TWO, 15), (ALL, 20), (TWO, 30)], [(TWO, 45)], ("End of the infusion", 40)),
}


@pytest.mark.story("HF-BRD-001")
@pytest.mark.parametrize("now", RUNNING)
def test_what_is_due_overdue_and_next_while_an_infusion_runs(now: int) -> None:
    found = stands(State.DOSING, now, *BEGUN)
    overdue, due, (what, at) = RUNNING[now]
    assert [(t.what, t.at) for t in found.overdue] == [(w, minutes(m)) for w, m in overdue]
    assert [(t.what, t.at) for t in found.due] == [(w, minutes(m)) for w, m in due]
    assert found.next is not None
    assert (found.next.what, found.next.at) == (what, minutes(at))


@pytest.mark.story("HF-BRD-001")
def test_what_was_measured_in_part_is_named_by_what_is_missing() -> None:
    part = {k: v for k, v in CALM.items() if k not in ("sbp_mmhg", "dbp_mmhg")}
    found = stands(State.DOSING, 9, *BEGUN, ("observation", 5, part))
    assert [(t.what, t.at) for t in found.overdue] == [("Blood pressure", minutes(5))]


@pytest.mark.story("HF-BRD-001")
def test_a_pause_puts_off_the_end_of_the_infusion_and_names_what_it_waits_for() -> None:
    paused = [*BEGUN, ("observation", 5, CALM), ("observation", 20, HIGH), ("pause", 21, {})]
    waits = stands(State.PAUSED, 25, *paused)
    assert (waits.gate, waits.paused_at) == (Gate.RESUME, minutes(21))
    assert [r.code for r in waits.against] == ["bp-missing"]
    still = stands(State.PAUSED, 27, *paused, ("observation", 26, HIGH))
    assert still.held_by_pressure
    assert [r.code for r in still.against] == ["stay-paused"]
    calm = stands(State.PAUSED, 29, *paused, ("observation", 28, CALM))
    assert calm.against == ()
    assert not calm.held_by_pressure
    goes_on = stands(
        State.DOSING, 46, *paused, ("observation", 28, CALM), ("observation", 45, CALM), ("resume", 31, {})
    )
    assert goes_on.next is not None
    assert (goes_on.next.what, goes_on.next.at) == ("End of the infusion", minutes(50))
    assert goes_on.paused_at is None


@pytest.mark.story("HF-BRD-001")
def test_a_high_pressure_in_a_running_infusion_is_told() -> None:
    found = stands(State.DOSING, 21, *BEGUN, ("observation", 20, HIGH))
    assert [r.code for r in found.alerts] == ["pause-infusion"]
    assert found.held_by_pressure


AFTER_HIGH = """
then measured               | asked for
HR 90                       | pause-infusion
CADSS 12                    | pause-infusion
SBP 150                     |
DBP 80                      | pause-infusion
SBP 150, DBP 80             |
MOAA/S 3                    | pause-infusion, stay-at-chairside
MOAA/S 3, then HR 90        | pause-infusion, stay-at-chairside
MOAA/S 3, then MOAA/S 5     | pause-infusion
MOAA/S 1, then BP 128/78    | sedation-emergency
"""
_MEASURED = {"HR": "hr_per_min", "CADSS": "cadss_total", "SBP": "sbp_mmhg", "DBP": "dbp_mmhg", "MOAA/S": "moaas"}


@pytest.mark.story("HF-BRD-001")
@pytest.mark.parametrize("line", AFTER_HIGH.strip().splitlines()[1:])
def test_what_a_reading_asks_for_stands_until_that_is_measured_again(line: str) -> None:
    """Whatever else is entered meanwhile: what was not measured is not normal."""
    measured, asked = (cell.strip() for cell in line.split("|"))
    noted = [("observation", 20.0, HIGH)]
    for minute, step in enumerate(measured.split(", then "), start=21):
        pairs = [part.split() for part in step.replace("BP 128/78", "SBP 128, DBP 78").split(", ")]
        given: dict[str, Any] = {_MEASURED[name]: float(value) for name, value in pairs}
        anchors = {"moaas_anchor_set": "trapezius-squeeze"} if "moaas" in given else {}
        noted.append(("observation", float(minute), given | anchors))
    found = stands(State.DOSING, 30, *BEGUN, *noted)
    assert ", ".join(sorted({r.code for r in found.alerts})) == asked


@pytest.mark.story("HF-BRD-001")
def test_before_the_dose_only_what_was_answered_holds_it_up() -> None:
    unasked = stands(State.ARRIVED, 0, ("arrival", -5, {}))
    assert unasked.against
    assert unasked.holds == ()
    assert not unasked.held_by_pressure
    high = stands(State.ARRIVED, 0, ("arrival", -5, {}), ("observation", -2, HIGH))
    assert [r.code for r in high.holds] == ["sbp-high"]
    assert [(t.what, t.at) for t in unasked.due] == [("Blood pressure, heart rate, SpO2, MOAA/S, CADSS", None)]
    assert high.held_by_pressure


@pytest.mark.story("HF-BRD-001")
def test_devices_are_counted_and_the_next_waits_for_its_rest() -> None:
    dose = ("dose", -20, {"dose_mg": 56.0})
    one = [("arrival", -30, {}), dose, ("observation", -10, CALM), ("device", 0, {"lot": "A"})]
    found = stands(State.DOSING, 2, *one, named="esketamine-nasal")
    assert (found.devices_given, found.devices_planned) == (1, 2)
    assert found.next is not None
    assert (found.next.what, found.next.at) == ("Device 2 of 2", minutes(5))
    both = stands(State.OBSERVING, 6, *one, ("device", 5, {"lot": "B"}), named="esketamine-nasal")
    assert both.observed_until == minutes(120)
    assert both.gate is Gate.DISCHARGE
    assert not both.may_leave


@pytest.mark.story("HF-BRD-001")
def test_nothing_is_due_before_arrival_and_after_leaving() -> None:
    for state in (State.PLANNED, State.DISCHARGED, State.CANCELLED):
        found = stands(state, 0)
        assert (found.overdue, found.due, found.next, found.gate) == ((), (), None, None)
