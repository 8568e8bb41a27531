"""At the chair: what is due now, what was late, what the vitals ask for.

Checks fall due by the clock of the treatment session, from the first device or the start of the infusion. Tolerances
are the protocol's (house assumptions). A check made late is shown as late; one written up late says so too.
"""

from __future__ import annotations

import pytest

from holdfast.errors import InputError
from holdfast.facts import load
from holdfast.treatment_sessions.alerts import vital_alerts
from holdfast.treatment_sessions.monitoring import due_checks, due_now, monitoring_gaps, next_due
from holdfast.treatment_sessions.vitals import Vitals
from tests.spec.spec import Spec, codes
from tests.spec.treatment_sessions import ESKETAMINE, IV, after, at, rules_of, vitals

START = at("10:00")
SETS = "trapezius-squeeze"


def everything(moment, **more) -> Vitals:
    """A whole set of measurements."""
    whole = {
        "hr_per_min": 70,
        "rr_per_min": 14,
        "spo2_percent": 98,
        "moaas": 5,
        "moaas_anchor_set": SETS,
        "cadss_total": 0,
    }
    return vitals(moment, "120/80", **(whole | more))


def check(key, *, now, measured, protocol=ESKETAMINE, ended=None, where="US"):
    """The first check of that key."""
    found = due_checks(
        protocol, now=now, dosed_at=START, dose_ended_at=ended, measured=measured, rules=rules_of(protocol, where)
    )
    return next(c for c in found if c.key == key)


AT_40 = Spec(
    title="The check at about 40 minutes (esketamine)",
    rules=("mon.bp.es", "mon.spo2.es", "mon.cadss"),
    text="Due 40 min after the first device, 10 min either way. 'measured' is the minute of a whole set of vitals.",
    table="""
    now | measured | timing    | overdue | late
     29 |          | upcoming  |       0 |    0
     30 |          | due       |       0 |    0
     40 |          | due       |       0 |    0
     50 |          | due       |       0 |    0
     51 |          | overdue   |      11 |    0
     90 |          | overdue   |      50 |    0
     45 |       30 | done      |       0 |    0
     45 |       29 | due       |       0 |    0
     60 |       50 | done      |       0 |    0
     60 |       55 | done-late |       0 |   15
    """,
)


@pytest.mark.story("HF-SES-003")
@AT_40.cases
def test_check_at_40_minutes(now, measured, timing, overdue, late):
    taken = [] if measured is None else [everything(after(START, measured))]
    found = check("at-40", now=after(START, now), measured=taken)
    assert (found.timing, found.overdue_min, found.measured_late_min) == (timing, overdue, late)
    assert found.due_at == after(START, 40)


IV_POINTS = Spec(
    title="Infusion: minimum record and observed practice",
    rules=("mon.iv.points", "mon.iv.15"),
    text="Baseline, 5 min, middle, end, 60 min after the end; and as one service does, at 15, 30, 45, 60, 90 min. "
    "A 40-min infusion, begun at minute 0. 'due' counts from the start.",
    table="""
    key         | ended | due | asked
    at-5        |       |   5 | mon.iv.points
    middle      |       |  20 | mon.iv.points
    end         |       |     | mon.iv.points
    end-60      |       |     | mon.iv.points
    practice-15 |       |  15 | mon.iv.15
    practice-30 |       |  30 | mon.iv.15
    practice-45 |       |  45 | mon.iv.15
    practice-60 |       |  60 | mon.iv.15
    practice-90 |       |  90 | mon.iv.15
    middle      |    50 |  25 | mon.iv.points
    end         |    50 |  50 | mon.iv.points
    end-60      |    50 | 110 | mon.iv.points
    leaving     |    50 | 110 | mon.iv.points
    """,
)


@pytest.mark.story("HF-SES-003")
@IV_POINTS.cases
def test_infusion_checks(key, ended, due, asked):
    end = None if ended is None else after(START, ended)
    found = check(key, now=after(START, ended or 1), measured=[], protocol=IV, ended=end, where="CA-BC")
    assert found.due_at == (None if due is None else after(START, due))
    assert asked in found.rules


GAPS = Spec(
    title="What the record lacks at the end",
    rules=("mon.bp.es", "mon.spo2.es", "mon.cadss", "mon.moaas"),
    text="One set at 40 minutes, without what the row names. Dissociation is to be recorded; MOAA/S is a house rule.",
    table="""
    without      | against     | to_record | inactive
    cadss_total  | mon.bp.es   | mon.cadss |
    spo2_percent | mon.bp.es, mon.spo2.es | |
    moaas        | mon.bp.es   |           | mon.moaas
    """,
)


@GAPS.cases
def test_gaps(without, against, to_record, inactive):
    found = check("at-40", now=after(START, 60), measured=[everything(after(START, 40), **{without: None})])
    gaps = monitoring_gaps([found], rules_of(ESKETAMINE, "US"))
    assert tuple(r.rule for r in gaps.against) == codes(against)
    assert tuple(r.rule for r in gaps.to_record) == codes(to_record)
    assert tuple(r.rule for r in gaps.inactive) == codes(inactive)


def test_a_baseline_after_the_dose_is_none():
    assert check("baseline", now=after(START, 5), measured=[everything(after(START, 3))]).timing == "missed"
    assert check("baseline", now=after(START, 5), measured=[everything(after(START, -5))]).timing == "done"


def test_before_the_dose_the_baseline_is_due_and_the_rest_waits():
    checks = due_checks(
        ESKETAMINE, now=START, dosed_at=None, dose_ended_at=None, measured=[], rules=rules_of(ESKETAMINE, "US")
    )
    assert [c.key for c in due_now(checks)] == ["baseline"]
    assert {c.timing for c in checks if c.key != "baseline"} == {"waiting"}
    assert next_due(checks) is None


@pytest.mark.story("HF-SES-003")
def test_an_entry_made_late_is_shown_as_late():
    late = everything(after(START, 40), entered_at=after(START, 65))
    found = check("at-40", now=after(START, 70), measured=[late])
    assert (found.timing, found.entered_late_min) == ("done", 25)
    assert "entered 25 min after measuring" in found.text


def test_checks_repeat_until_observation_ends():
    checks = due_checks(
        ESKETAMINE,
        now=after(START, 1),
        dosed_at=START,
        dose_ended_at=None,
        measured=[],
        rules=rules_of(ESKETAMINE, "US"),
    )
    later = [c.due_at for c in checks if c.key == "later"]
    assert later == [after(START, 70), after(START, 100)]
    assert next_due(checks).key == "at-40"


PAUSE = Spec(
    title="Pause the infusion above 160/100, resume below",
    rules=("mon.iv.pause",),
    text="Exactly 160 or 100 neither pauses a running infusion nor lets a paused one go on.",
    table="""
    infusion | pressure | against
    running  | 160/100  |
    running  | 161/100  | pause-infusion
    running  | 160/101  | pause-infusion
    running  | 170/110  | pause-infusion, pause-infusion
    paused   | 160/99   | stay-paused
    paused   | 159/100  | stay-paused
    paused   | 159/99   |
    running  |          | bp-missing
    paused   |          | bp-missing
    running  | 170/     | bp-missing, pause-infusion
    over     | 170/110  |
    """,
)


@pytest.mark.story("HF-SES-007")
@PAUSE.cases
def test_pause(infusion, pressure, against):
    decision = vital_alerts(vitals(START, pressure), rules=rules_of(IV, "CA"), infusion=infusion)
    assert decision.codes == codes(against)


SEDATION = Spec(
    title="Sedation (house: told, not enforced, until signed)",
    rules=("mon.moaas",),
    text="MOAA/S 3 or less: stay at the chairside; 1 or less: emergency. The anchor set is part of the rating.",
    table="""
    signed    | moaas | anchors           | against            | inactive
    mon.moaas |     5 | trapezius-squeeze |                    |
    mon.moaas |     4 | trapezius-squeeze |                    |
    mon.moaas |     3 | trapezius-squeeze | stay-at-chairside  |
    mon.moaas |     2 | trapezius-squeeze | stay-at-chairside  |
    mon.moaas |     1 | trapezius-squeeze | sedation-emergency |
    mon.moaas |     0 | no-response-to-shaking | sedation-emergency |
    mon.moaas |       |                   | moaas-missing      |
    mon.moaas |     5 |                   | anchor-set-missing |
              |     1 | trapezius-squeeze |                    | sedation-emergency
              |       |                   |                    | moaas-missing
    """,
)


@pytest.mark.story("HF-SES-007")
@SEDATION.cases
def test_sedation(signed, moaas, anchors, against, inactive):
    rated = vitals(START, "120/80", spo2_percent=97, moaas=moaas, moaas_anchor_set=anchors)
    decision = vital_alerts(rated, rules=rules_of(ESKETAMINE, "US", signed))
    assert decision.codes == codes(against)
    assert tuple(r.code for r in decision.inactive) == codes(inactive)


def test_the_variant_from_1_to_6_is_refused():
    keys = [row["key"] for row in load().document("scales", "moaa-s").rows("anchor_set")]
    assert "six-levels" in keys
    with pytest.raises(InputError, match="moaas is 6"):
        Vitals(START, moaas=6)
    with pytest.raises(InputError, match="moaas_anchor_set is 'six-levels'"):
        vital_alerts(Vitals(START, moaas=5, moaas_anchor_set="six-levels"), rules=rules_of(ESKETAMINE, "US"))


def test_a_saturation_not_measured_is_not_normal():
    assert vital_alerts(Vitals(START), rules=rules_of(ESKETAMINE, "US")).codes == ("spo2-missing",)


IMPOSSIBLE = Spec(
    title="Measurements that cannot be",
    table="""
    field        | value
    spo2_percent | 101
    spo2_percent | 0.98
    hr_per_min   | 7
    moaas        | -1
    cadss_total  | 93
    sbp_mmhg     | 16
    """,
)


@IMPOSSIBLE.cases
def test_impossible_measurements_name_the_field(field, value):
    with pytest.raises(InputError, match=field):
        Vitals(START, **{field: value})


def test_times_out_of_order_are_refused():
    with pytest.raises(InputError, match=r"dose_ended_at .* before dosed_at"):
        check("at-40", now=after(START, 60), measured=[], ended=after(START, -1))
    with pytest.raises(InputError, match=r"measured_at .* after now"):
        check("at-40", now=after(START, 60), measured=[Vitals(after(START, 61))])
    with pytest.raises(InputError, match="no time zone"):
        Vitals(START.replace(tzinfo=None))
