"""Before the dose.

Nothing that was not asked or measured counts as normal: an empty cell below means "not recorded", and stands against
the dose wherever the rule speaks. 140/90 is three rules: a guide in the US label, a stop for IV ketamine, and 150/90
from 65 years in the EU, which is unverified and so inactive until a physician signs it.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import replace

import pytest

from holdfast.decision import Decision, Weight
from holdfast.errors import InputError
from holdfast.facts import rule_set
from holdfast.protocols.protocol import protocol
from holdfast.treatment_sessions.predose import ConcomitantDrug, DrugClass, PreDose, pre_dose
from holdfast.treatment_sessions.pressure import blood_pressure_gate
from holdfast.treatment_sessions.rems_site import Setting, Site
from tests.spec.spec import Spec, codes
from tests.spec.treatment_sessions import ESKETAMINE, IV, at, pressure, rules_of

NOW = at("10:00")
CERTIFIED = Site(
    Setting.OUTPATIENT,
    setting_certified=True,
    patient_enrolled=True,
    prescriber_on_site=True,
    professional_on_site=True,
    oximeter_on_site=True,
)
COMPLETE = PreDose(
    consent_reconfirmed=True,
    cssrs_level="none",
    mental_state_assessed=True,
    last_food_at=at("07:00"),
    last_liquids_at=at("09:00"),
    uses_nasal_spray=False,
    transport_arranged=True,
    site=CERTIFIED,
    conmeds=(),
    weight_kg=82,
    sbp_mmhg=120,
    dbp_mmhg=80,
    bp_measured_at=at("09:55"),
)


def decide_us(**changes) -> Decision:
    """The complete check of an esketamine treatment session in the US, with these changes."""
    return pre_dose(replace(COMPLETE, **changes), now=NOW, rules=rules_of(ESKETAMINE, "US"), age_y=46)


GATE = Spec(
    title="Blood pressure before the dose",
    rules=("pre.bp.us", "pre.bp.eu65", "pre.bp.iv"),
    text="""Exactly at the limit passes. 'signed' signs the unverified EU rule. A missing pressure opens no gate. Where
    no limit is in force, the one printed elsewhere for the drug is told as a caution: silence is not "normal".""",
    table="""
    protocol         | where | signed      | gate  | age | pressure | against          | cautions          | inactive
    esketamine-nasal | US    |             | stop  |  46 | 140/90   |                  |                   |
    esketamine-nasal | US    |             | stop  |  46 | 141/90   | sbp-high         |                   |
    esketamine-nasal | US    |             | stop  |  46 | 140/91   | dbp-high         |                   |
    esketamine-nasal | US    |             | stop  |  46 | 141/91   | sbp-high, dbp-high |                 |
    esketamine-nasal | US    |             | guide |  46 | 141/90   |                  | sbp-high          |
    esketamine-nasal | US    |             | guide |  46 | 140/91   |                  | dbp-high          |
    esketamine-nasal | US    |             | stop  |  66 | 141/90   | sbp-high         |                   |
    esketamine-nasal | PH    |             | stop  |  46 | 141/90   | sbp-high         |                   |
    esketamine-nasal | EU    |             | stop  |  64 | 140/90   |                  |                   |
    esketamine-nasal | EU    |             | stop  |  64 | 141/90   |                  | sbp-high          | sbp-high
    esketamine-nasal | EU    |             | stop  |  70 | 145/90   |                  | sbp-high          |
    esketamine-nasal | HK    |             | stop  |  46 | 140/90   |                  |                   |
    esketamine-nasal | HK    |             | stop  |  46 | 200/120  |                  | sbp-high, dbp-high |
    esketamine-nasal | none  |             | stop  |  46 | 141/90   |                  | sbp-high          |
    esketamine-nasal | CA    |             | guide |  46 | 140/91   |                  | dbp-high          |
    im-racemic       | US    |             | stop  |  46 | 140/90   |                  |                   |
    im-racemic       | US    |             | stop  |  46 | 200/120  |                  | sbp-high, dbp-high |
    esketamine-nasal | EU    | pre.bp.eu65 | stop  |  64 | 140/90   |                  |                   |
    esketamine-nasal | EU    | pre.bp.eu65 | stop  |  64 | 141/90   | sbp-high         |                   |
    esketamine-nasal | EU    | pre.bp.eu65 | stop  |  65 | 141/90   |                  |                   |
    esketamine-nasal | EU    | pre.bp.eu65 | stop  |  65 | 150/90   |                  |                   |
    esketamine-nasal | EU    | pre.bp.eu65 | stop  |  65 | 151/90   | sbp-high         |                   |
    esketamine-nasal | EU    | pre.bp.eu65 | stop  |  65 | 150/91   | dbp-high         |                   |
    esketamine-nasal | UK    | pre.bp.eu65 | stop  |  65 | 151/90   | sbp-high         |                   |
    esketamine-nasal | EU    | pre.bp.eu65 | stop  |     | 145/90   | sbp-high         |                   |
    esketamine-nasal | EU    | pre.bp.eu65 | guide |  65 | 151/90   |                  | sbp-high          |
    iv-racemic       | CA    |             | stop  |  46 | 140/90   |                  |                   |
    iv-racemic       | CA    |             | stop  |  46 | 141/90   | sbp-high         |                   |
    iv-racemic       | CA    |             | stop  |  46 | 140/91   | dbp-high         |                   |
    iv-racemic       | none  |             | stop  |  46 | 141/90   | sbp-high         |                   |
    iv-racemic       | CA    |             | guide |  46 | 141/90   |                  | sbp-high          |
    esketamine-nasal | US    |             | stop  |  46 |          | bp-missing       |                   |
    esketamine-nasal | US    |             | guide |  46 |          | bp-missing       |                   |
    esketamine-nasal | EU    |             | stop  |  46 |          | bp-missing       |                   |
    esketamine-nasal | HK    |             | stop  |  46 |          | bp-missing       |                   |
    iv-racemic       | none  |             | guide |  46 |          | bp-missing       |                   |
    esketamine-nasal | US    |             | stop  |  46 | 120/     | bp-missing       |                   |
    esketamine-nasal | US    |             | stop  |  46 | 150/     | bp-missing, sbp-high |               |
    """,
)


@pytest.mark.story("HF-SES-002")
@GATE.cases
def test_blood_pressure_gate(protocol, where, signed, gate, age, pressure, against, cautions, inactive):
    sbp, dbp = _pressure(pressure)
    decision = blood_pressure_gate(
        sbp, dbp, age_y=age, measured_at=at("09:55"), now=NOW, rules=rules_of(_named(protocol), where, signed, gate)
    )
    assert decision.codes == codes(against)
    assert tuple(r.code for r in decision.cautions) == codes(cautions)
    assert tuple(r.code for r in decision.inactive) == codes(inactive)


def _named(name):
    return {"esketamine-nasal": ESKETAMINE, "iv-racemic": IV, "im-racemic": protocol("im-racemic")}[name]


_pressure = pressure  # the column of that name hides it in the tests


IMPOSSIBLE = Spec(
    title="Entries that cannot be",
    text="mmHg only. The field is named, so that the slip can be found.",
    table="""
    field        | value | named
    sbp_mmhg     |  80   | sbp_mmhg
    sbp_mmhg     |  60   | sbp_mmhg
    sbp_mmhg     |  18.7 | sbp_mmhg
    dbp_mmhg     |  12   | dbp_mmhg
    sbp_mmhg     | 1200  | sbp_mmhg
    weight_kg    |  600  | weight_kg
    weight_kg    |   8   | weight_kg
    """,
)


@IMPOSSIBLE.cases
def test_impossible_entries_are_refused(field, value, named):
    with pytest.raises(InputError, match=named):
        decide_us(**{field: value})


def test_a_time_of_measuring_is_needed():
    assert decide_us(bp_measured_at=None).codes == ("bp-time-missing",)


def test_an_old_reading_is_a_caution():
    rules = rules_of(ESKETAMINE, "US")
    decision = pre_dose(
        replace(COMPLETE, bp_measured_at=at("09:00")), now=NOW, rules=rules, age_y=46, bp_fresh_for_min=30
    )
    assert decision.allowed
    assert [r.code for r in decision.cautions] == ["bp-stale"]


def test_missing_pressure_is_asked_for_even_where_no_rule_speaks():
    rules = rule_set(drug="ketamine", route="im")
    decision = pre_dose(replace(COMPLETE, sbp_mmhg=None, dbp_mmhg=None), now=NOW, rules=rules, age_y=46)
    assert decision.codes == ("bp-missing",)


REMS = Spec(
    title="The place (REMS, United States)",
    rules=("pre.rems.enrolled",),
    text="Outpatient settings enrol patients; inpatient settings only need certification. Nobody may override.",
    table="""
    setting    | certified | enrolled | prescriber | professional | oximeter | against
    outpatient | yes       | yes      | yes        | yes          | yes      |
    outpatient | no        | yes      | yes        | yes          | yes      | not-certified
    outpatient | yes       | no       | yes        | yes          | yes      | not-enrolled
    outpatient | yes       | yes      | no         | yes          | yes      | no-prescriber
    outpatient | yes       | yes      | yes        | no           | yes      | no-professional
    outpatient | yes       | yes      | yes        | yes          | no       | no-oximeter
    outpatient |           | yes      |            | yes          |          | not-certified, no-prescriber, no-oximeter
    inpatient  | yes       |          |            |              |          |
    inpatient  |           |          |            |              |          | not-certified
               | yes       | yes      | yes        | yes          | yes      | setting-missing
    """,
)


@pytest.mark.story("HF-SES-002")
@REMS.cases
def test_rems_site(setting, certified, enrolled, prescriber, professional, oximeter, against):
    site = Site(Setting(setting) if setting else None, certified, enrolled, prescriber, professional, oximeter)
    decision = decide_us(site=site)
    assert decision.codes == codes(against)
    assert all(r.weight is Weight.HARD_STOP for r in decision.against)


def test_rems_is_not_asked_for_elsewhere():
    rules = rules_of(ESKETAMINE, "EU")
    assert pre_dose(replace(COMPLETE, site=Site()), now=NOW, rules=rules, age_y=46).allowed


FASTING = Spec(
    title="Food, liquids and nasal sprays before nasal dosing at 10:00",
    rules=("pre.fast.food", "pre.nasal.spray"),
    text="No food for 2 h, no liquids for 30 min; a nasal steroid or decongestant at least 1 h before is a caution.",
    table="""
    food  | liquids | sprays | spray | against                        | cautions
    08:00 | 09:30   | no     |       |                                |
    08:01 | 09:30   | no     |       | food-too-late                  |
    08:00 | 09:31   | no     |       | liquids-too-late               |
          |         | no     |       | food-missing, liquids-missing  |
    08:00 | 09:30   | yes    | 09:00 |                                |
    08:00 | 09:30   | yes    | 09:01 |                                | spray-too-late
    08:00 | 09:30   | yes    |       |                                | spray-missing
    08:00 | 09:30   |        |       |                                | spray-missing
    """,
)


@pytest.mark.story("HF-SES-002")
@FASTING.cases
def test_fasting(food, liquids, sprays, spray, against, cautions):
    decision = decide_us(
        last_food_at=at(food), last_liquids_at=at(liquids), uses_nasal_spray=sprays, last_nasal_spray_at=at(spray)
    )
    assert decision.codes == codes(against)
    assert tuple(r.code for r in decision.cautions) == codes(cautions)


ASKED = Spec(
    title="Consent, suicidality, transport and concomitant drugs",
    rules=("pre.consent.rolling", "pre.cssrs", "pre.ride", "elig.conmeds", "sui.cssrs.high", "sui.cssrs.mod"),
    text=(
        "IV ketamine in British Columbia, esketamine in the US. The C-SSRS is a triage level, never a sum; a high "
        "level stops until a clinician has evaluated the patient, in every jurisdiction; it is no contraindication. "
        "Whether consent was asked is a rule of British Columbia; a patient who said no gets nothing anywhere."
    ),
    table="""
    protocol | where | consent | cssrs | evaluated | mental | transport | against | to_record
    iv-racemic | CA-BC | yes | none | | yes | yes | |
    iv-racemic | CA-BC | no | none | | yes | yes | no-consent |
    iv-racemic | CA-BC | | none | | yes | yes | no-consent |
    iv-racemic | CA | no | none | | yes | yes | no-consent |
    iv-racemic | CA | | none | | yes | yes | |
    esketamine-nasal | US | no | none | | yes | yes | no-consent |
    esketamine-nasal | none | no | none | | yes | yes | no-consent |
    iv-racemic | CA-BC | yes | | | | yes | cssrs-missing, no-mental-state |
    iv-racemic | CA-BC | yes | moderate | | yes | yes | | cssrs-moderate
    iv-racemic | CA-BC | yes | high | | yes | yes | cssrs-high |
    iv-racemic | CA-BC | yes | high | yes | yes | yes | | cssrs-high-evaluated
    esketamine-nasal | EU | yes | high | no | yes | yes | cssrs-high |
    esketamine-nasal | US | yes | none | | yes | no | no-transport |
    esketamine-nasal | US | yes | none | | yes | | no-transport |
    """,
)


@pytest.mark.story("HF-SES-002")
@ASKED.cases
def test_asked(protocol, where, consent, cssrs, evaluated, mental, transport, against, to_record):
    check = replace(
        COMPLETE,
        consent_reconfirmed=consent,
        cssrs_level=cssrs,
        suicidality_evaluated=evaluated,
        mental_state_assessed=mental,
        transport_arranged=transport,
    )
    decision = pre_dose(check, now=NOW, rules=rules_of(_named(protocol), where), age_y=46)
    assert decision.codes == codes(against)
    assert tuple(r.code for r in decision.to_record) == codes(to_record)


ASKED_ELSEWHERE = Spec(
    title="C-SSRS and mental state where no rule asks for them",
    text="""Rule pre.cssrs speaks for the US and British Columbia. Elsewhere nothing stops, but what was not asked is
    told as a caution: not recorded is not "none".""",
    table="""
    where | cssrs | mental | cautions
    EU    | none  | yes    |
    EU    |       | yes    | cssrs-missing
    HK    |       |        | cssrs-missing, no-mental-state
    none  | low   | no     | no-mental-state
    CA    |       | yes    | cssrs-missing
    """,
)


@ASKED_ELSEWHERE.cases
def test_asked_elsewhere(where, cssrs, mental, cautions):
    check = replace(COMPLETE, cssrs_level=cssrs, mental_state_assessed=mental)
    decision = pre_dose(check, now=NOW, rules=rules_of(ESKETAMINE, where), age_y=46)
    assert decision.allowed
    assert tuple(r.code for r in decision.cautions) == codes(cautions)
    assert all(r.missing is (r.code == "cssrs-missing" or mental is None) for r in decision.cautions)


def test_concomitant_drugs_are_recorded():
    taken = (ConcomitantDrug("lorazepam", DrugClass.BENZODIAZEPINE), ConcomitantDrug("ramipril", DrugClass.OTHER))
    assert [r.code for r in decide_us(conmeds=None).to_record] == ["conmeds-missing"]
    assert decide_us(conmeds=()).to_record == ()
    (noted,) = decide_us(conmeds=taken).to_record
    assert "lorazepam" in noted.text
    assert "ramipril" not in noted.text


@pytest.mark.story("HF-SES-002")
def test_a_drug_taken_as_needed_is_told_with_how_long_ago():
    """No source gives an interval before the dose, so nothing is judged: the time is told, or asked for."""
    lorazepam = ConcomitantDrug("lorazepam", DrugClass.BENZODIAZEPINE, as_needed=True)
    noted, asked = decide_us(conmeds=(lorazepam,)).to_record
    assert "lorazepam (benzodiazepine, as needed)" in noted.text
    assert (asked.code, asked.missing) == ("last-taken-missing", True)
    assert asked.text == "Taken as needed, and when last is not recorded: lorazepam; ask"
    taken = replace(lorazepam, last_taken_at=NOW - dt.timedelta(minutes=150))
    (noted,) = decide_us(conmeds=(taken,)).to_record
    assert "lorazepam (benzodiazepine, as needed, last taken 2.5 h ago)" in noted.text
    with pytest.raises(InputError, match="lies after now"):
        decide_us(conmeds=(replace(lorazepam, last_taken_at=NOW + dt.timedelta(minutes=1)),))
    with pytest.raises(InputError, match="last_taken_at"):
        replace(lorazepam, last_taken_at=NOW.replace(tzinfo=None))


@pytest.mark.story("HF-SES-002")
def test_nothing_recorded_gives_every_reason():
    decision = pre_dose(PreDose(), now=NOW, rules=rules_of(ESKETAMINE, "US"), age_y=None)
    assert len(decision.against) == 12
    assert all(reason.missing for reason in decision.against)
    assert {r.rule for r in decision.against} == {
        "pre.rems.enrolled", "pre.cssrs", "pre.fast.food", "pre.ride", "pre.bp.us",
    }  # fmt: skip


def test_a_sum_is_no_level():
    with pytest.raises(InputError, match="never a sum"):
        decide_us(cssrs_level="3")


def test_times_need_a_zone_and_lie_in_the_past():
    with pytest.raises(InputError, match=r"last_food_at .* no time zone"):
        decide_us(last_food_at=at("07:00").replace(tzinfo=None))
    with pytest.raises(InputError, match=r"bp_measured_at .* after now"):
        decide_us(bp_measured_at=at("10:01"))


def test_a_weight_is_needed_for_a_dose_per_kg():
    rules = rules_of(protocol("iv-racemic"), "CA-BC")
    assert pre_dose(replace(COMPLETE, weight_kg=None), now=NOW, rules=rules, age_y=46).codes == ("weight-missing",)
