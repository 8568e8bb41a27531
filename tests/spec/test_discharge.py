"""May the patient go, and when may they drive?

The observation clock starts at the first device, not the last. Each missing thing is named. Esketamine: 120 minutes
from the first device; infusion: 60 minutes after it stops. The clinician's assessment is always needed.
"""

from __future__ import annotations

import datetime
from dataclasses import replace
from zoneinfo import ZoneInfo

import pytest

from holdfast.decision import Weight
from holdfast.errors import InputError
from holdfast.facts import rule_set
from holdfast.protocols.protocol import protocol as protocol_named
from holdfast.treatment_sessions.aldrete import Aldrete
from holdfast.treatment_sessions.discharge import Departure, readiness, sentence
from holdfast.treatment_sessions.drive_free import drive_free_until
from tests.spec.spec import Spec, codes
from tests.spec.treatment_sessions import ESKETAMINE, IV, after, at, rules_of, vitals

START = at("10:00")
PROTOCOLS = {"esketamine-nasal": ESKETAMINE, "iv-racemic": IV, "im-racemic": protocol_named("im-racemic")}


def departure(ended_min=10, last_min=120, **changes) -> Departure:
    """A patient of whom everything is recorded and well; the dose began at minute 0."""
    whole = Departure(
        dosed_at=START,
        dose_ended_at=after(START, ended_min),
        baseline=vitals(after(START, -10), "130/82"),
        measured=(
            vitals(after(START, min(40, last_min)), "142/90"),
            vitals(after(START, last_min), "128/80", moaas=5, moaas_anchor_set="trapezius-squeeze"),
        ),
        sedation_resolved=True,
        dissociation_resolved=True,
        respiration_normal=True,
        orientated=True,
        steady_gait=True,
        cssrs_level="low",
        suicidality_assessed=True,
        escort_present=True,
        clinician_agrees=True,
    )
    return replace(whole, **changes)


def decide_at(minute, *, protocol=ESKETAMINE, where="US", signed=None, **changes):
    """The decision at that minute after the first device, everything measured just then."""
    known = departure(last_min=minute, **changes)
    return readiness(known, protocol=protocol, now=after(START, minute), rules=rules_of(protocol, where, signed))


TIME = Spec(
    title="Observation time",
    rules=("dis.time", "mon.obs.es", "mon.iv.points"),
    text="Minutes from the first device or the start of the infusion. 'ended' is the last device or the end of the "
    "infusion: a third device at minute 10 does not move the esketamine clock. "
    "The protocol keeps the times in every jurisdiction.",
    table="""
    protocol         | where | ended | minute | against           | remain
    esketamine-nasal | US    |    10 |    119 | observation-short |      1
    esketamine-nasal | US    |    10 |    120 |                   |
    esketamine-nasal | US    |     0 |    120 |                   |
    esketamine-nasal | US    |    10 |     90 | observation-short |     30
    esketamine-nasal | EU    |    10 |    119 | observation-short |      1
    esketamine-nasal | EU    |    10 |    120 |                   |
    iv-racemic       | CA    |    40 |     99 | observation-short |      1
    iv-racemic       | CA    |    40 |    100 |                   |
    iv-racemic       | CA    |   100 |    120 | observation-short |     40
    iv-racemic       | none  |    40 |     99 | observation-short |      1
    """,
)


@pytest.mark.story("HF-SES-004")
@TIME.cases
def test_observation_time(protocol, where, ended, minute, against, remain):
    decision = decide_at(minute, protocol=PROTOCOLS[protocol], where=where, ended_min=ended)
    assert tuple(c for c in decision.codes if c != "vitals-missing") == codes(against)
    if remain is None:
        assert decision.allowed
    else:
        assert decision.against[0].weight is Weight.HARD_STOP
        assert f"{remain} min of observation remain" in decision.against[0].text


MISSING = Spec(
    title="What else must be there (esketamine, US, minute 120)",
    rules=("mon.obs.es", "pre.cssrs", "pre.ride", "sui.cssrs.high"),
    text="Empty = not recorded. Nothing that is not recorded reassures.",
    table="""
    sedation | dissociation | breathing | escort | suicidality | cssrs | agrees | against
    yes      | yes          | yes       | yes    | yes         | low   | yes    |
    no       | yes          | yes       | yes    | yes         | low   | yes    | sedation
             | yes          | yes       | yes    | yes         | low   | yes    | sedation
    yes      | no           | yes       | yes    | yes         | low   | yes    | dissociation
    yes      |              | yes       | yes    | yes         | low   | yes    | dissociation
    yes      | yes          |           | yes    | yes         | low   | yes    | respiration
    yes      | yes          | yes       | no     | yes         | low   | yes    | no-escort
    yes      | yes          | yes       |        | yes         | low   | yes    | no-escort
    yes      | yes          | yes       | yes    | no          | low   | yes    | suicidality-not-assessed
    yes      | yes          | yes       | yes    |             | low   | yes    | suicidality-not-assessed
    yes      | yes          | yes       | yes    | yes         | high  | yes    | cssrs-high
    yes      | yes          | yes       | yes    | yes         | low   | no     | clinician-disagrees
    yes      | yes          | yes       | yes    | yes         | low   |        | not-assessed
    """,
)


@pytest.mark.story("HF-SES-004")
@MISSING.cases
def test_what_else_must_be_there(sedation, dissociation, breathing, escort, suicidality, cssrs, agrees, against):
    decision = decide_at(
        120,
        sedation_resolved=sedation,
        dissociation_resolved=dissociation,
        respiration_normal=breathing,
        escort_present=escort,
        suicidality_assessed=suicidality,
        cssrs_level=cssrs,
        clinician_agrees=agrees,
    )
    assert decision.codes == codes(against)


ASSESSED = Spec(
    title="When the patient was assessed",
    rules=("mon.obs.es", "dis.time"),
    text="Minutes since the dose began; the dose ended at minute 10. Observation comes first, then the assessment: "
    "from 15 min before its end on (the protocols' tolerance of the check before leaving, a house assumption). Who "
    "leaves before the end is assessed shortly before.",
    table="""
    protocol         | where | assessed | minute | against
    esketamine-nasal | US    |       11 |    120 | assessed-early
    esketamine-nasal | US    |      104 |    120 | assessed-early
    esketamine-nasal | US    |      105 |    120 |
    esketamine-nasal | US    |      120 |    120 |
    esketamine-nasal | US    |      105 |    300 |
    esketamine-nasal | none  |       60 |    120 | assessed-early
    iv-racemic       | CA    |       54 |     70 | assessed-early
    iv-racemic       | CA    |       55 |     70 |
    iv-racemic       | none  |       30 |     50 | observation-short, assessed-early
    iv-racemic       | none  |       40 |     50 | observation-short
    esketamine-nasal | US    |          |    120 |
    """,
)


@pytest.mark.story("HF-SES-004")
@ASSESSED.cases
def test_when_the_patient_was_assessed(protocol, where, assessed, minute, against):
    seen_at = None if assessed is None else after(START, assessed)
    decision = decide_at(minute, protocol=PROTOCOLS[protocol], where=where, assessed_at=seen_at)
    assert set(decision.codes) - {"vitals-missing"} == set(codes(against))


EVERYWHERE = Spec(
    title="Asked in every jurisdiction and on every route",
    text="Escort, assessment, pressure, sedation, dissociation, breathing and the end of the dose do not depend on who "
    "printed a rule. Only the assessment and the end of the dose are beyond overriding.",
    table="""
    protocol         | where
    esketamine-nasal | none
    esketamine-nasal | HK
    iv-racemic       | none
    iv-racemic       | UK
    """,
)


@pytest.mark.story("HF-SES-004")
@EVERYWHERE.cases
def test_asked_everywhere(protocol, where):
    named = PROTOCOLS[protocol]
    bare = Departure(dosed_at=START, dose_ended_at=after(START, 40))
    decision = readiness(bare, protocol=named, now=after(START, 300), rules=rules_of(named, where))
    asked = {"vitals-missing", "no-escort", "not-assessed", "sedation", "dissociation", "respiration"}
    assert asked <= set(decision.codes)
    assert not decision.allowed_after(r.rule for r in decision.against)


def test_asked_even_where_no_rule_knows_the_route():
    rules = rule_set(drug="ketamine", route="oral")
    bare = Departure(dosed_at=START, dose_ended_at=START)
    decision = readiness(bare, protocol=IV, now=after(START, 30), rules=rules)
    asked = {"vitals-missing", "no-escort", "not-assessed", "sedation", "dissociation", "respiration"}
    assert set(decision.codes) == {"observation-short", *asked}


NOT_WELL = Spec(
    title="A patient who is not well does not leave, on any route",
    text="""Ketamine, 90 minutes after the end of the dose; the clinician agrees, an escort is there. No source printed
    these findings for ketamine; they stop all the same, and a physician may override. Suicidality that was not
    assessed is a caution where no rule asks for it. Baseline 130/80.""",
    table="""
    protocol   | where | sedation | dissociation | breathing | assessed | readings        | against      | cautions
    iv-racemic | CA    | yes      | yes          | yes       | yes      | 150/90, 130/80  |              |
    iv-racemic | CA    | no       | yes          | yes       | yes      | 150/90, 130/80  | sedation     |
    iv-racemic | US    |          | yes          | yes       | yes      | 150/90, 130/80  | sedation     |
    iv-racemic | EU    | yes      | no           | yes       | yes      | 150/90, 130/80  | dissociation |
    iv-racemic | none  | yes      | yes          | no        | yes      | 150/90, 130/80  | respiration  |
    iv-racemic | CA    | yes      | yes          | yes       | yes      | 150/90, 210/120 | bp-rising    |
    im-racemic | none  | yes      | yes          | yes       | yes      | 150/90, 210/120 | bp-rising    |
    iv-racemic | CA    | yes      | yes          | yes       | yes      | 140/90          | bp-not-shown-falling |
    iv-racemic | CA    | yes      | yes          | yes       |          | 150/90, 130/80 | | suicidality-not-assessed
    iv-racemic | US    | yes      | yes          | yes       |          | 150/90, 130/80  | suicidality-not-assessed |
    """,
)


@pytest.mark.story("HF-SES-004")
@NOT_WELL.cases
def test_not_well(protocol, where, sedation, dissociation, breathing, assessed, readings, against, cautions):
    named = PROTOCOLS[protocol]
    listed = codes(readings)
    times = (90, 130)[-len(listed) :]
    known = departure(
        ended_min=40,
        measured=tuple(vitals(after(START, m), text) for m, text in zip(times, listed, strict=True)),
        sedation_resolved=sedation,
        dissociation_resolved=dissociation,
        respiration_normal=breathing,
        suicidality_assessed=assessed,
    )
    decision = readiness(known, protocol=named, now=after(START, 130), rules=rules_of(named, where))
    assert decision.codes == codes(against)
    assert tuple(r.code for r in decision.cautions) == codes(cautions)
    assert not decision.hard_stops


def test_a_dose_that_has_not_ended_has_no_discharge():
    for known in (departure(dose_ended_at=None), departure(dosed_at=None, dose_ended_at=None)):
        decision = readiness(known, protocol=ESKETAMINE, now=after(START, 600), rules=rules_of(ESKETAMINE, "US"))
        assert decision.codes == ("dose-not-ended",)
        assert decision.hard_stops


PRESSURE = Spec(
    title="Blood pressure falling or back at baseline (baseline 130/80)",
    rules=("dis.bp", "mon.bp.es"),
    text="'readings' are pressures after the dose in order, the last at minute 120, those before at 40 and 90.",
    table="""
    baseline | readings               | against
    130/80   | 150/90, 130/80         |
    130/80   | 150/90, 148/88         |
    130/80   | 150/90, 150/90         |
    130/80   | 150/90, 151/90         | bp-rising
    130/80   | 150/90, 140/91         | bp-rising
    130/80   | 120/70, 128/78         |
    130/80   | 150/90, 135/85, 140/85 | bp-rising
    130/80   | 128/80                 |
    130/80   | 140/80                 | bp-not-shown-falling
             | 128/80                 | bp-not-shown-falling
             | 150/90, 140/85         |
    130/80   |                        | vitals-missing
    """,
)


@pytest.mark.story("HF-SES-004")
@PRESSURE.cases
def test_pressure(baseline, readings, against):
    minutes = (40, 90, 120)
    listed = codes(readings)
    times = minutes[len(minutes) - len(listed) :]
    known = departure(
        baseline=vitals(after(START, -10), baseline) if baseline else None,
        measured=tuple(vitals(after(START, m), text) for m, text in zip(times, listed, strict=True)),
    )
    decision = readiness(known, protocol=ESKETAMINE, now=after(START, 120), rules=rules_of(ESKETAMINE, "US"))
    assert decision.codes == codes(against)


LAST = Spec(
    title="A reading before leaving",
    rules=("mon.bp.es",),
    text="The last reading counts from 15 minutes before the end of observation (minute 120).",
    table="""
    last | against
     104 | vitals-missing
     105 |
     120 |
    """,
)


@LAST.cases
def test_a_reading_before_leaving(last, against):
    decision = readiness(
        departure(last_min=last), protocol=ESKETAMINE, now=after(START, 130), rules=rules_of(ESKETAMINE, "US")
    )
    assert decision.codes == codes(against)


HOUSE = Spec(
    title="The house list (told, not enforced, until signed)",
    rules=("dis.moaas",),
    text="MOAA/S 5, orientated, steady, free of dissociation, C-SSRS level recorded, escort.",
    table="""
    signed    | moaas | orientated | steady | cssrs | against                  | inactive
    dis.moaas |     5 | yes        | yes    | low   |                            |
    dis.moaas |     4 | yes        | yes    | low   | moaas-low                  |
    dis.moaas |       | yes        | yes    | low   | moaas-missing              |
    dis.moaas |     5 | no         |        | low   | not-orientated, unsteady   |
    dis.moaas |     5 | yes        | yes    |       | cssrs-missing              |
              |     4 | no         | yes    |       | | moaas-low, not-orientated, cssrs-missing
    """,
)


@HOUSE.cases
def test_house_list(signed, moaas, orientated, steady, cssrs, against, inactive):
    last = vitals(after(START, 120), "128/80", moaas=moaas)
    known = departure(measured=(last,), orientated=orientated, steady_gait=steady, cssrs_level=cssrs)
    decision = readiness(known, protocol=ESKETAMINE, now=after(START, 120), rules=rules_of(ESKETAMINE, "US", signed))
    assert decision.codes == codes(against)
    assert tuple(r.code for r in decision.inactive) == codes(inactive)


ALDRETE = Spec(
    title="Modified Aldrete, where one is used",
    rules=("dis.aldrete",),
    text="9 of 10; or, where the programme chose it, 8 with 2 in respiration and SpO2. The version is stored.",
    table="""
    cut                    | total | version | respiration | spo2 | against
    ge9                    |     9 | 20-mmhg |             |      |
    ge9                    |     8 | 20-mmhg |           2 |    2 | aldrete-low
    ge9                    |    10 |         |             |      | aldrete-version-missing
    ge8_respiration_spo2_2 |     8 | 20-mmhg |           2 |    2 |
    ge8_respiration_spo2_2 |     8 | 20-mmhg |           1 |    2 | aldrete-low
    ge8_respiration_spo2_2 |     8 | 20-mmhg |           2 |    1 | aldrete-low
    ge8_respiration_spo2_2 |     8 | 20-mmhg |           2 |      | aldrete-low
    ge8_respiration_spo2_2 |     8 | 20-mmhg |             |      | aldrete-low
    ge8_respiration_spo2_2 |     7 | 20-mmhg |           2 |    2 | aldrete-low
    """,
)


@ALDRETE.cases
def test_aldrete(cut, total, version, respiration, spo2, against):
    rules = rules_of(ESKETAMINE, "US")
    rules = replace(rules, choices={**rules.choices, "aldrete_cut": cut})
    known = departure(aldrete=Aldrete(total, version, respiration, spo2))
    decision = readiness(known, protocol=ESKETAMINE, now=after(START, 120), rules=rules)
    assert decision.codes == codes(against)
    assert all("respiration" in r.text for r in decision.against if r.code == "aldrete-low")


def test_the_sentence_names_each_thing():
    decision = decide_at(90, escort_present=None, suicidality_assessed=True)
    told = sentence(decision)
    assert told.startswith("Cannot discharge yet: 30 min of observation remain; ")
    assert told.endswith("no escort is recorded")


def test_a_baseline_after_the_dose_is_refused():
    with pytest.raises(InputError, match="baseline was measured after the dose"):
        decide_at(120, baseline=vitals(after(START, 5), "130/80"))


def test_daylight_saving_does_not_shorten_the_observation():
    """Clocks jump from 02:00 to 03:00: at 04:00 on the wall only 60 minutes have passed since 02:00 minus one."""
    zone = ZoneInfo("America/New_York")
    for start, wall_two_hours_later, allowed in (
        (datetime.datetime(2026, 3, 8, 1, 30, tzinfo=zone), datetime.datetime(2026, 3, 8, 3, 30, tzinfo=zone), False),
        (datetime.datetime(2026, 3, 8, 1, 30, tzinfo=zone), datetime.datetime(2026, 3, 8, 4, 30, tzinfo=zone), True),
        (datetime.datetime(2026, 11, 1, 0, 30, tzinfo=zone), datetime.datetime(2026, 11, 1, 1, 30, tzinfo=zone), False),
        (
            datetime.datetime(2026, 11, 1, 0, 30, tzinfo=zone),
            datetime.datetime(2026, 11, 1, 1, 30, fold=1, tzinfo=zone),
            True,
        ),
    ):
        known = departure(
            dosed_at=start,
            dose_ended_at=start,
            baseline=vitals(start, "130/82"),
            measured=(vitals(wall_two_hours_later, "128/80"),),
        )
        decision = readiness(known, protocol=ESKETAMINE, now=wall_two_hours_later, rules=rules_of(ESKETAMINE, "US"))
        assert ("observation-short" not in decision.codes) is allowed, start


def test_midnight_inside_the_observation_changes_nothing():
    start = at("23:00")
    known = departure(
        dosed_at=start,
        dose_ended_at=after(start, 10),
        baseline=vitals(after(start, -5), "130/82"),
        measured=(vitals(after(start, 120), "128/80"),),
    )
    for minute, allowed in ((119, False), (120, True)):
        now = after(start, minute)
        measured = tuple(v for v in known.measured if v.measured_at <= now)
        decision = readiness(
            replace(known, measured=measured), protocol=ESKETAMINE, now=now, rules=rules_of(ESKETAMINE, "US")
        )
        assert decision.allowed is allowed


DRIVING = Spec(
    title="Until when not to drive",
    rules=("dis.drive.es", "dis.drive.iv"),
    text=(
        "Local time. Esketamine: the next day after restful sleep, counted from the discharge; no clock time is in the "
        "source and none is invented: 'not before' is the start of that day. Infusion: 24 hours that truly pass, "
        "or that morning, whichever is later."
    ),
    table="""
    protocol         | zone             | dose ended       | discharged       | day        | not before
    esketamine-nasal | America/New_York | 2026-03-10T10:10 | 2026-03-10T12:00 | 2026-03-11 | 2026-03-11T00:00:00-04:00
    esketamine-nasal | America/New_York | 2026-03-10T22:10 | 2026-03-10T23:59 | 2026-03-11 | 2026-03-11T00:00:00-04:00
    esketamine-nasal | America/New_York | 2026-03-10T22:10 | 2026-03-11T00:10 | 2026-03-12 | 2026-03-12T00:00:00-04:00
    esketamine-nasal | America/New_York | 2026-03-07T15:00 | 2026-03-07T17:00 | 2026-03-08 | 2026-03-08T00:00:00-05:00
    esketamine-nasal | Asia/Beirut      | 2026-03-28T15:00 | 2026-03-28T17:00 | 2026-03-29 | 2026-03-29T01:00:00+03:00
    iv-racemic       | America/New_York | 2026-03-10T10:40 | 2026-03-10T12:00 | 2026-03-11 | 2026-03-11T10:40:00-04:00
    iv-racemic       | America/New_York | 2026-03-07T10:40 | 2026-03-07T12:00 | 2026-03-08 | 2026-03-08T11:40:00-04:00
    iv-racemic       | America/New_York | 2026-10-31T10:40 | 2026-10-31T12:00 | 2026-11-01 | 2026-11-01T09:40:00-05:00
    iv-racemic       | America/New_York | 2026-03-10T23:30 | 2026-03-11T00:40 | 2026-03-12 | 2026-03-12T00:00:00-04:00
    """.replace("dose ended", "ended").replace("not before", "not_before"),
)


@pytest.mark.story("HF-SES-005")
@DRIVING.cases
def test_drive_free(protocol, zone, ended, discharged, day, not_before):
    def local(text):
        return datetime.datetime.fromisoformat(text).replace(tzinfo=ZoneInfo(zone))

    named = PROTOCOLS[protocol]
    until = drive_free_until(
        dose_ended_at=local(ended),
        discharged_at=local(discharged),
        zone=zone,
        protocol=named,
        rules=rules_of(named, "none"),
    )
    assert until.from_date.isoformat() == day
    assert until.not_before.isoformat() == not_before
    assert "restful sleep" in until.text
    assert f"{until.from_date:%A} {until.from_date.day} {until.from_date:%B %Y}" in until.text
    assert ("morning" in until.text) is (until.hours_until is None or until.not_before > until.hours_until)
    assert "dis.drive.es" in until.rules
    assert ("dis.drive.iv" in until.rules) is (protocol == "iv-racemic")


@pytest.mark.story("HF-SES-005")
def test_the_zone_is_where_the_patient_sleeps():
    """Discharged at 23:30 in New York is already the next day in Vienna; UTC would be wrong for both."""
    left = datetime.datetime(2026, 3, 11, 3, 30, tzinfo=datetime.UTC)
    days = [
        drive_free_until(
            dose_ended_at=left, discharged_at=left, zone=zone, protocol=ESKETAMINE, rules=rules_of(ESKETAMINE, "US")
        ).from_date.isoformat()
        for zone in ("America/New_York", "Europe/Vienna")
    ]
    assert days == ["2026-03-11", "2026-03-12"]


def test_the_day_is_not_rounded_down():
    ended = datetime.datetime(2026, 3, 10, 10, 40, 30, tzinfo=datetime.UTC)
    until = drive_free_until(
        dose_ended_at=ended, discharged_at=ended, zone="UTC", protocol=IV, rules=rules_of(IV, "none")
    )
    assert "Wednesday 11 March 2026, 10:41" in until.text


def test_broken_times_and_zones_are_refused():
    rules = rules_of(ESKETAMINE, "US")
    with pytest.raises(InputError, match="zone 'Vienna'"):
        drive_free_until(dose_ended_at=START, discharged_at=START, zone="Vienna", protocol=ESKETAMINE, rules=rules)
    with pytest.raises(InputError, match="before dose_ended_at"):
        drive_free_until(
            dose_ended_at=START, discharged_at=after(START, -1), zone="UTC", protocol=ESKETAMINE, rules=rules
        )
    naive = START.replace(tzinfo=None)
    with pytest.raises(InputError, match="no time zone"):
        drive_free_until(dose_ended_at=naive, discharged_at=START, zone="UTC", protocol=ESKETAMINE, rules=rules)
