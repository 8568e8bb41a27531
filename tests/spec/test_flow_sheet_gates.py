"""The gates of a flow-sheet: what an override covers, and what a second person must have read."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest

from holdfast.decision import Reason, Weight, decide
from holdfast.errors import InputError, RefusedError
from holdfast.protocols.protocol import protocol, protocol_rules
from holdfast.treatment_sessions.entries import HOLDS, Gate, Kind, plain_given, read_given, read_kind
from holdfast.treatment_sessions.flow_sheet import Entry, Sheet, late_min, sheet
from holdfast.treatment_sessions.gates import Person, before_dose, decision_at, may_resume, overridden, still_against
from holdfast.treatment_sessions.moves import after, events_of, require_fit
from holdfast.treatment_sessions.states import State

NOON = dt.datetime(2026, 11, 21, 12, 0, tzinfo=dt.UTC)
CALM = {"sbp_mmhg": 128.0, "dbp_mmhg": 78.0, "hr_per_min": 70.0}
PERSON = Person(indication="trd", age_y=40, sex="female", day=1)


def entry(
    kind: str, given: dict[str, Any] | None = None, *, at: float, by: str = "a", physician: bool = False,
    received: float | None = None,
) -> Entry:  # fmt: skip
    made_at = NOON + dt.timedelta(minutes=at)
    received_at = made_at if received is None else NOON + dt.timedelta(minutes=received)
    content = read_given(Kind(kind), given or {})
    return Entry(f"{kind}{at}", Kind(kind), content, made_at, received_at, by, physician)


def iv(*entries: Entry) -> Sheet:
    return sheet(protocol("iv-racemic"), entries)


def iv_rules() -> Any:
    return protocol_rules(protocol("iv-racemic"), jurisdiction="CA", indication="trd")


def override(code: str, *, at: float, physician: bool = True) -> Entry:
    given = {"gate": "dose", "rule": "pre.bp.iv", "code": code, "reason": "known"}
    return entry("override", given, at=at, physician=physician)


HIGH = Reason("sbp-high", "Systolic pressure is 150 mmHg", "pre.bp.iv", Weight.STOP)
# written down later than measured: entered late, or corrected after the physician had decided on another number
TABLE = """
measured again at | written down at | override at | by a physician | covered
              -20 |             -20 |         -10 | yes            | yes
              -20 |             -20 |         -10 | no             | no
               -5 |              -5 |         -10 | yes            | no
              -10 |             -10 |         -10 | yes            | yes
              -20 |             -12 |         -10 | yes            | yes
              -20 |              -8 |         -10 | yes            | no
"""


@pytest.mark.story("HF-SES-022")
@pytest.mark.parametrize("line", TABLE.strip().splitlines()[1:])
def test_an_override_covers_the_reading_it_was_given_for(line: str) -> None:
    measured, written, given, by, covered = (cell.strip() for cell in line.split("|"))
    made = iv(
        entry("observation", CALM, at=float(measured), received=float(written)),
        override("sbp-high", at=float(given), physician=by == "yes"),
    )
    assert overridden(HIGH, made, Gate.DOSE) is (covered == "yes")
    assert not overridden(HIGH, made, Gate.DISCHARGE)


@pytest.mark.story("HF-SES-022")
def test_a_hard_stop_yields_to_nothing() -> None:
    hard = Reason("sbp-high", "never", "pre.bp.iv", Weight.HARD_STOP)
    made = iv(override("sbp-high", at=-1))
    assert still_against(decide([hard, HIGH]), made, Gate.DOSE) == (hard,)


@pytest.mark.story("HF-SES-023")
@pytest.mark.parametrize(
    ("by", "dose_mg", "rate", "codes"),
    [
        ("b", 40, 60, set()),
        ("a", 40, 60, {"checked-by-the-same-person", "dose-not-checked-by-another"}),
        ("b", 40.04, 60.04, set()),
        ("b", 44, 60, {"dose-differs"}),
        ("b", 40, 66, {"rate-differs"}),
        ("b", 40, None, {"rate-missing"}),
    ],
)
def test_another_person_reads_the_same_dose_and_rate(by: str, dose_mg: float, rate: float | None, codes: set) -> None:
    dose = entry("dose", {"weight_kg": 80.0, "height_cm": 180.0, "concentration_mg_per_ml": 1.0}, at=-20)
    read = {"of": dose.key, "dose_mg": float(dose_mg), "rate_ml_per_h": rate, "pump": True}
    made = iv(dose, entry("dose-check", read, at=-10, by=by))
    found = before_dose(made, now=NOON, person=PERSON, rules=iv_rules())
    about_the_dose = {"no-dose", "dose-differs", "rate-differs", "rate-missing", "not-checked", "no-pump",
                      "checked-by-the-same-person", "dose-not-checked-by-another"}  # fmt: skip
    assert set(found.codes) & about_the_dose == codes


@pytest.mark.story("HF-SES-023")
@pytest.mark.parametrize(("named", "dose_mg_per_kg"), [("iv-racemic", 0.5), ("im-racemic", 0.5)])
def test_nobody_overrides_a_second_person_who_read_another_dose(named: str, dose_mg_per_kg: float) -> None:
    weighed = {"weight_kg": 80.0, "dose_mg_per_kg": dose_mg_per_kg, "concentration_mg_per_ml": 1.0}
    dose, plan = entry("dose", weighed, at=-20), protocol(named)
    for read_mg, stopped in ((40.0, False), (44.0, True)):
        read = {"of": dose.key, "dose_mg": read_mg, "rate_ml_per_h": 60.0, "pump": True}
        made = sheet(plan, (dose, entry("dose-check", read, at=-10, by="b")))
        rules = protocol_rules(plan, jurisdiction="CA", indication=plan.indications[0])
        found = before_dose(made, now=NOON, person=PERSON, rules=rules)
        assert ("dose-differs" in {r.code for r in found.hard_stops}) is stopped


@pytest.mark.story("HF-SES-023")
def test_no_dose_and_no_check_are_no_dose() -> None:
    assert "no-dose" in before_dose(iv(), now=NOON, person=PERSON, rules=iv_rules()).codes
    dose = entry("dose", {"weight_kg": 80.0, "concentration_mg_per_ml": 1.0}, at=-20)
    found = before_dose(iv(dose), now=NOON, person=PERSON, rules=iv_rules())
    assert "dose-not-checked-by-another" in {r.code for r in found.hard_stops}
    reason = {"weight_kg": 80.0, "dose_mg_per_kg": 0.2, "concentration_mg_per_ml": 1.0}
    without = before_dose(iv(entry("dose", reason, at=-20)), now=NOON, person=PERSON, rules=iv_rules())
    told = before_dose(
        iv(entry("dose", reason | {"reason": "frail"}, at=-20)), now=NOON, person=PERSON, rules=iv_rules()
    )
    assert "dose-needs-a-reason" in {r.code for r in without.cautions}
    assert "dose-needs-a-reason" not in {r.code for r in told.cautions}


@pytest.mark.parametrize(
    ("sbp", "at", "codes"),
    [(150, 12, ()), (160, 12, ("stay-paused",)), (159, 12, ()), (150, 8, ("bp-missing",)), (None, 12, ("bp-missing",))],
)
@pytest.mark.story("HF-SES-007")
def test_a_paused_infusion_goes_on_after_a_pressure_below(sbp: float | None, at: float, codes: tuple) -> None:
    seen = {"sbp_mmhg": float(sbp), "dbp_mmhg": 80.0} if sbp else {"hr_per_min": 80.0}
    made = iv(entry("start", at=0), entry("pause", at=10), entry("observation", seen, at=at))
    assert made.infusion == "paused"
    assert may_resume(made, iv_rules()).codes == codes


@pytest.mark.story("HF-SES-022")
@pytest.mark.parametrize("said", [True, False, None])
def test_a_paused_infusion_does_not_go_on_after_the_patient_said_no(said: bool | None) -> None:
    answers = [entry("consent", {"reconfirmed": said}, at=11)] if said is not None else []
    made = iv(entry("start", at=0), entry("pause", at=10), entry("observation", CALM, at=12), *answers)
    found = decision_at(Gate.RESUME, made, now=NOON + dt.timedelta(minutes=13), person=PERSON, rules=iv_rules())
    assert [r.code for r in found.hard_stops] == (["no-consent"] if said is False else [])
    assert found.allowed is (said is not False)


def test_the_observation_clock_runs_from_the_first_device() -> None:
    dose = entry("dose", {"dose_mg": 84.0}, at=-10)
    devices = [entry("device", {"lot": "x"}, at=5 * n) for n in range(3)]
    for given, ended in ((2, None), (3, NOON + dt.timedelta(minutes=10))):
        made = sheet(protocol("esketamine-nasal"), [dose, *devices[:given]])
        assert (made.dosed_at, made.dose_ended_at) == (NOON, ended)


def test_a_baseline_is_measured_before_and_the_rest_since() -> None:
    made = iv(
        entry("observation", CALM, at=-5), entry("start", at=0), entry("observation", {"spo2_percent": 97.0}, at=5),
        entry("observation", {"hr_per_min": 61.0}, at=-2),
    )  # fmt: skip
    baseline = made.baseline()
    assert baseline is not None
    assert (baseline.sbp_mmhg, baseline.hr_per_min, baseline.spo2_percent) == (128, 61, None)
    assert [v.spo2_percent for v in made.departure().measured] == [97]


def test_what_was_seen_before_the_dose_is_no_recovery() -> None:
    seen = {"orientated": True, "clinician_agrees": True}
    made = iv(entry("recovery", seen, at=-5), entry("start", at=0), entry("stop", {"whole": True}, at=40))
    assert made.departure().clinician_agrees is None
    physician = entry("mental-state", {"assessed": True, "suicidality_evaluated": True}, at=50, physician=True)
    nurse = entry("mental-state", {"assessed": True, "suicidality_evaluated": True}, at=50)
    assert iv(*made.entries, nurse).departure().suicidality_assessed is None
    assert iv(*made.entries, physician, entry("recovery", seen, at=60)).departure().suicidality_assessed is True


def test_an_escort_who_comes_later_is_told_by_that_alone() -> None:
    over = (entry("start", at=0), entry("stop", {"whole": True}, at=40))
    seen = {"orientated": True, "clinician_agrees": True, "escort_present": False}
    here = entry("recovery", {"escort_present": True}, at=110)
    found = iv(*over, entry("recovery", seen, at=100), here).departure()
    assert (found.escort_present, found.orientated, found.clinician_agrees) == (True, True, True)
    assert found.assessed_at == NOON + dt.timedelta(minutes=100)
    again = entry("recovery", {"orientated": False}, at=120)  # a later look counts whole
    found = iv(*over, entry("recovery", seen, at=100), here, again).departure()
    assert (found.escort_present, found.orientated, found.clinician_agrees) == (None, False, None)
    alone = iv(*over, here).departure()
    assert (alone.escort_present, alone.orientated) == (True, None)


@pytest.mark.story("HF-SES-001")
def test_entries_move_only_as_the_states_allow() -> None:
    start = entry("start", at=0)
    assert after(State.CLEARED, events_of(start, iv(start), State.CLEARED)) is State.DOSING
    with pytest.raises(RefusedError, match="arrived cannot take start-dose"):
        after(State.ARRIVED, events_of(start, iv(start), State.ARRIVED))
    with pytest.raises(RefusedError, match="cancelled"):
        require_fit(Kind.OBSERVATION, iv(), State.CANCELLED)
    oral = sheet(protocol("oral-racemic"), [start])
    assert after(State.CLEARED, events_of(start, oral, State.CLEARED)) is State.OBSERVING
    given_up = entry("stop", {"whole": False, "reason": "panic"}, at=5)
    assert after(State.PAUSED, events_of(given_up, iv(start, given_up), State.PAUSED)) is State.OBSERVING


@pytest.mark.parametrize(("minutes", "late"), [(0, 0), (5, 0), (5.1, 5.1), (60, 60)])
def test_late_is_more_than_five_minutes(minutes: float, late: float) -> None:
    assert late_min(NOON, NOON + dt.timedelta(minutes=minutes)) == pytest.approx(late)


GIVEN = {
    "consent": {"reconfirmed": False}, "cssrs": {"q1": True, "q2": False}, "escort": {"transport_arranged": True},
    "history": {"conmeds": [{"name": "codeine", "drug_class": "opioid"}], "last_nasal_spray_at": NOON.isoformat()},
    "fasting": {"last_food_at": NOON.isoformat()}, "site": {"setting": "inpatient"}, "dose": {"weight_kg": 70.5},
    "mental-state": {"assessed": True}, "dose-check": {"of": "x", "dose_mg": 40.0}, "rate": {"rate_ml_per_h": 40.0},
    "override": {"gate": "discharge", "rule": "dis.bp", "code": "bp-rising", "reason": "r"}, "device": {"lot": "L"},
    "stop": {"whole": True}, "observation": CALM | {"dissociation": "mild"}, "amendment": {"text": "t"},
    "recovery": {"orientated": True, "aldrete": {"total": 9.0, "version": "v"}},
    "adverse-event": {"term": "nausea", "onset_at": NOON.isoformat(), "severity": "mild", "seriousness": "not-serious",
                      "causality": "possible", "action_taken": "none", "outcome": "recovered"},
}  # fmt: skip


@pytest.mark.parametrize("kind", list(HOLDS))
def test_what_is_kept_reads_back_as_it_was(kind: Kind) -> None:
    content = read_given(kind, GIVEN.get(kind.value, {}))
    assert read_given(kind, plain_given(content)) == content
    with pytest.raises(InputError):
        read_given(kind, {"no-such-field": 1})


def test_contradictions_are_refused() -> None:
    event = GIVEN["adverse-event"]
    with pytest.raises(InputError, match="outcome is fatal"):
        read_given(Kind.ADVERSE_EVENT, event | {"outcome": "fatal"})
    with pytest.raises(InputError, match="uses_nasal_spray is no"):
        read_given(Kind.HISTORY, GIVEN["history"] | {"uses_nasal_spray": False})
    with pytest.raises(InputError, match="mL/h"):
        read_given(Kind.RATE, {"rate_ml_per_h": -1.0})
    with pytest.raises(InputError, match="one of arrival"):
        read_kind("tea")
