"""Doses.

Esketamine comes in devices of 28 mg that cannot be divided; which doses may be given depends on the phase, the day,
the jurisdiction and, in some, the age. Ketamine is dosed by weight: the calculation shows each step, the rate of the
pump for the concentration actually drawn, and what a second person must check. Impossible entries are refused with
the field named; unknown is never taken for normal.
"""

from __future__ import annotations

import pytest

from holdfast.errors import InputError
from holdfast.protocols.devices import device_dose
from holdfast.protocols.dose import fixed_dose, weight_based_dose
from holdfast.protocols.protocol import protocol, protocol_rules
from holdfast.protocols.second_check import independent_check
from tests.spec.spec import Spec, codes

pytestmark = pytest.mark.story("HF-PRO-002")


def esketamine(dose, *, day, indication, jurisdiction, age, signed=()):
    nasal = protocol("esketamine-nasal")
    rules = protocol_rules(nasal, jurisdiction=jurisdiction, indication=indication, signed=signed)
    return device_dose(nasal, dose_mg=dose, day=day, indication=indication, age_y=age, rules=rules)


DEVICES = Spec(
    title="Devices of 28 mg",
    rules=("dose.es.device",),
    text="""One device is two sprays; devices are 5 minutes apart, counted from the first. 70 mg does not exist, and
    nobody can override that.""",
    table="""
    dose | devices | sprays | minutes  | hard_stops
      28 |       1 |      2 | 0        |
      56 |       2 |      4 | 0, 5     |
      84 |       3 |      6 | 0, 5, 10 |
      70 |         |        |          | not-whole-devices
      55 |         |        |          | not-whole-devices
      42 |         |        |          | not-whole-devices
    """,
)


@DEVICES.cases
@pytest.mark.story("HF-PRO-002")
def test_devices(dose, devices, sprays, minutes, hard_stops):
    found = esketamine(dose, day=8, indication="trd", jurisdiction="EU", age=70)
    assert (found.devices, found.sprays) == (devices, sprays)
    assert ", ".join(f"{minute:g}" for minute in found.device_minutes) == str(minutes if minutes is not None else "")
    assert tuple(r.code for r in found.decision.hard_stops) == codes(hard_stops)


TRD = Spec(
    title="Esketamine in TRD: day, week, age and jurisdiction",
    rules=("dose.es.day1", "dose.es.ind", "dose.es.m1", "dose.es.m2"),
    text="""84 mg is never the first dose. 28 mg is a dose only from 65 years in the EU, the UK and Hong Kong; at 64
    it is not, on the 65th birthday it is. Day 28 is the last of week 4, day 29 the first of week 5, day 57 the first
    of week 9. Where the dose depends on an age that is not recorded, only a dose right at every age passes.""",
    table="""
    day | age  | where | dose | against                 | by
      1 | 40   | US    |   56 |                         |
      1 | 40   | US    |   84 | not-the-day-1-dose      | dose.es.day1
      1 | 40   | US    |   28 | not-the-day-1-dose      | dose.es.day1
      1 | 80   | US    |   56 |                         |
      1 | 80   | US    |   28 | not-the-day-1-dose      | dose.es.day1
      1 | 64   | EU    |   56 |                         |
      1 | 64   | EU    |   28 | not-the-day-1-dose      | dose.es.day1
      1 | 64.9 | EU    |   56 |                         |
      1 | 65   | EU    |   28 |                         |
      1 | 65   | EU    |   56 | not-the-day-1-dose      | dose.es.day1
      1 | 65   | UK    |   28 |                         |
      1 | 65   | HK    |   28 |                         |
      1 | 65   | CA    |   28 | not-the-day-1-dose      | dose.es.day1
      1 | 65   | none  |   84 | not-the-day-1-dose      | dose.es.day1
      1 |      | EU    |   56 | age-missing             | dose.es.day1
      1 |      | EU    |   28 | age-missing             | dose.es.day1
      1 |      | US    |   56 |                         |
      4 | 40   | US    |   84 |                         |
      4 | 40   | EU    |   28 | not-a-dose-of-this-phase | dose.es.ind
     28 | 64   | EU    |   28 | not-a-dose-of-this-phase | dose.es.ind
     28 | 65   | EU    |   28 |                         |
     28 |      | EU    |   84 |                         |
     28 |      | EU    |   28 | age-missing             | dose.es.ind
     28 | 40   | US    |  112 | not-a-dose-of-this-phase | dose.es.ind
     29 | 40   | US    |   84 |                         |
     29 | 64   | HK    |   28 | not-a-dose-of-this-phase | dose.es.m1
     29 | 65   | HK    |   28 |                         |
     56 | 40   | US    |   28 | not-a-dose-of-this-phase | dose.es.m1
     57 | 40   | US    |   28 | not-a-dose-of-this-phase | dose.es.m2
     57 | 65   | UK    |   28 |                         |
    """,
)


@TRD.cases
@pytest.mark.story("HF-PRO-002")
def test_trd_doses(day, age, where, dose, against, by):
    decision = esketamine(dose, day=day, indication="trd", jurisdiction=where, age=age).decision
    assert decision.codes == codes(against)
    assert {reason.rule for reason in decision.overridable} == ({by} if by else set())
    assert decision.hard_stops == ()


UNREAD_LABEL = Spec(
    title="Esketamine in TRD where no label text on doses was read",
    text="""Canada, or no jurisdiction chosen: the protocol's own dose holds, and a dose that the label of another
    jurisdiction does not give at this age is a caution that names it. The US label was read and has no age step.""",
    table="""
    day | age | where | dose | cautions
      1 | 64  | none  |   56 |
      1 | 65  | none  |   56 | dose-not-of-other-labels
      1 | 70  | CA    |   56 | dose-not-of-other-labels
      1 |     | none  |   56 | dose-not-of-other-labels
      8 | 70  | none  |   84 |
      1 | 70  | US    |   56 |
    """,
)


@UNREAD_LABEL.cases
@pytest.mark.story("HF-PRO-002")
def test_doses_where_no_label_was_read(day, age, where, dose, cautions):
    decision = esketamine(dose, day=day, indication="trd", jurisdiction=where, age=age).decision
    assert decision.allowed
    assert tuple(r.code for r in decision.cautions) == codes(cautions)
    assert all("EU, UK, HK" in r.text and "28 mg" in r.text for r in decision.cautions)


MDSI = Spec(
    title="Esketamine in suicidal ideation, and in a psychiatric emergency",
    rules=("dose.es.mdsi",),
    text="""84 mg is right from the first day, 56 mg where it is not tolerated, for four weeks. What comes after was
    not systematically evaluated. The European emergency dosing was not read: its doses are told, not enforced, until
    a physician signs them, and none is held from 65 years.""",
    table="""
    indication            | day | age | dose | against                  | inactive
    mdsi                  |   1 |  40 |   84 |                          |
    mdsi                  |   1 |  40 |   56 |                          |
    mdsi                  |   1 |  40 |   28 | not-a-dose-of-this-phase |
    mdsi                  |  28 |  40 |   84 |                          |
    mdsi                  |  29 |  40 |   84 | beyond-the-plan          |
    psychiatric-emergency |   1 |  64 |   84 |                          |
    psychiatric-emergency |   1 |  64 |   28 |                          | not-a-dose-of-this-phase
    psychiatric-emergency |   1 |  65 |   84 | no-dose-stated           |
    psychiatric-emergency |   1 |     |   84 |                          | age-missing
    psychiatric-emergency |  29 |  40 |   84 | beyond-the-plan          |
    """,
)


@MDSI.cases
@pytest.mark.story("HF-PRO-002")
def test_mdsi_doses(indication, day, age, dose, against, inactive):
    decision = esketamine(dose, day=day, indication=indication, jurisdiction="EU", age=age).decision
    assert decision.codes == codes(against)
    assert tuple(r.code for r in decision.inactive) == codes(inactive)


def test_a_signed_emergency_dose_is_enforced():
    signed = ("esketamine-nasal.dose.emergency",)
    decision = esketamine(
        28, day=1, indication="psychiatric-emergency", jurisdiction="EU", age=40, signed=signed
    ).decision
    assert decision.codes == ("not-a-dose-of-this-phase",)


def infusion(weight=82, *, jurisdiction="EU", signed=(), choices=None, **entries):
    iv = protocol("iv-racemic")
    rules = protocol_rules(iv, jurisdiction=jurisdiction, indication="trd", signed=signed, choices=choices)
    return weight_based_dose(iv, weight_kg=weight, rules=rules, **entries)


IV = Spec(
    title="IV ketamine: dose, rate and volume",
    rules=("dose.iv.std",),
    text="""0.5 mg/kg over 40 min unless the prescriber says otherwise. The dose is rounded to 0.1 mg; rates and volume
    follow from the rounded dose and the concentration actually drawn.""",
    table="""
    kg   | per_kg | min | per_ml | dose | mg_per_h | ml | ml_per_h
    82   |       |     |       | 41   | 61.5  |       |
    82   |       |     |     2 | 41   | 61.5  | 20.5  | 30.75
    82   |       |     |     1 | 41   | 61.5  | 41    | 61.5
    82   |       |     |    50 | 41   | 61.5  | 0.82  | 1.23
    60   |   0.5 |  40 |       | 30   | 45    |       |
    80   |  0.25 |  60 |     1 | 20   | 20    | 20    | 20
    70.3 |       |     |       | 35.1 | 52.65 |       |
    """,
)


@IV.cases
@pytest.mark.story("HF-PRO-002")
def test_iv_doses(kg, per_kg, min, per_ml, dose, mg_per_h, ml, ml_per_h):
    found = infusion(kg, dose_mg_per_kg=per_kg, duration_min=min, concentration_mg_per_ml=per_ml, height_cm=178)
    assert found.dose_mg == dose
    assert found.rate_mg_per_h == pytest.approx(mg_per_h)
    assert found.volume_ml == (None if ml is None else pytest.approx(ml))
    assert found.rate_ml_per_h == (None if ml_per_h is None else pytest.approx(ml_per_h))
    assert found.decision.allowed


RANGE = Spec(
    title="IV ketamine: what needs a reason",
    rules=("dose.iv.range", "dose.iv.std"),
    text="""Inside 0.25 to 0.75 mg/kg no reason is asked; outside it one is, and the published 0.1 to 0.75 mg/kg and 2
    to 100 min are told. Above 0.75 mg/kg, or in less than 2 min, which is a bolus, it is refused unless a
    physician overrides it.""",
    table="""
    per_kg | min | against | cautions
     0.5  |  40 |         |
     0.25 |  40 |         |
     0.75 |  40 |         |
     0.24 |  40 |         | dose-needs-a-reason
     0.1  |  40 |         | dose-needs-a-reason
     0.09 |  40 |         | dose-needs-a-reason, dose-outside-published
     0.76 |  40 | dose-above-maximum | dose-needs-a-reason, dose-outside-published
     0.5  | 100 |         |
     0.5  | 101 |         | duration-outside-published
     0.5  |   2 |         |
     0.5  |   1 | bolus   | duration-outside-published
    """,
)


@RANGE.cases
@pytest.mark.story("HF-PRO-002")
def test_iv_range(per_kg, min, against, cautions):
    decision = infusion(dose_mg_per_kg=per_kg, duration_min=min).decision
    assert decision.codes == codes(against)
    assert tuple(r.code for r in decision.cautions) == codes(cautions)


IDEAL = Spec(
    title="Which weight is used",
    rules=("dose.iv.ibw",),
    text="""The actual weight, unless a physician signed the (unverified) rule and the programme chose the ideal
    weight; then from a BMI of 30 the ideal weight by Devine. Unsigned, the rule is told and not enforced.""",
    table="""
    kg  | cm  | sex    | signed | chosen | used | dose | cautions              | inactive
     96 | 178 | male   | yes    | yes    | 73.2 | 36.6 | ideal-weight-used     |
     96 | 178 | female | yes    | yes    | 68.7 | 34.4 | ideal-weight-used     |
     96 | 178 | male   | yes    | no     | 96   | 48   | ideal-weight-not-used |
     96 | 178 | male   | no     | yes    | 96   | 48   |                       | ideal-weight-not-used
     96 | 178 | male   | no     | no     | 96   | 48   |                       | ideal-weight-not-used
     95 | 178 | male   | yes    | yes    | 95   | 47.5 |                       |
     70 | 150 | female | yes    | yes    | 45.5 | 22.8 | ideal-weight-used     |
    """,
)


@IDEAL.cases
def test_weight_used(kg, cm, sex, signed, chosen, used, dose, cautions, inactive):
    found = infusion(
        kg,
        height_cm=cm,
        sex=sex,
        signed=("dose.iv.ibw",) if signed else (),
        choices={"dose_weight": "ideal_from_bmi_30"} if chosen else None,
    )
    assert (found.weight_used_kg, found.dose_mg) == (used, pytest.approx(dose, abs=0.051))
    assert tuple(r.code for r in found.decision.cautions) == codes(cautions)
    assert tuple(r.code for r in found.decision.inactive) == codes(inactive)


@pytest.mark.parametrize(("missing", "field"), [({"sex": "male"}, "height_cm"), ({"height_cm": 178}, "sex")])
def test_the_ideal_weight_is_never_guessed(missing, field):
    with pytest.raises(InputError, match=f"^{field}: is missing"):
        infusion(120, signed=("dose.iv.ibw",), choices={"dose_weight": "ideal_from_bmi_30"}, **missing)


ABSURD = Spec(
    title="Entries that are refused, with the field named",
    text="""A height in metres, a weight in pounds (seen in the BMI), a slipped decimal point, a duration in hours.
    A very heavy person is accepted once a second person confirms kilograms.""",
    table="""
    field                   | value | height | refused
    weight_kg               |     0 |         178 | yes
    weight_kg               |   -82 |         178 | yes
    weight_kg               |   nan |         178 | yes
    weight_kg               |   inf |         178 | yes
    weight_kg               |   181 |         178 | yes
    weight_kg               |   139 |         178 | no
    weight_kg               |    29 |             | yes
    weight_kg               |   251 |             | yes
    weight_kg               |    82 |             | no
    height_cm               |  1.78 |             | yes
    height_cm               |    70 |             | yes
    height_cm               |     0 |             | yes
    dose_mg_per_kg          |     5 |         178 | yes
    dose_mg_per_kg          |     0 |         178 | yes
    duration_min            |     0 |         178 | yes
    duration_min            |   -40 |         178 | yes
    concentration_mg_per_ml |     0 |         178 | yes
    concentration_mg_per_ml |    -1 |         178 | yes
    """,
)


@ABSURD.cases
@pytest.mark.story("HF-PRO-002")
def test_absurd_entries(field, value, height, refused):
    entries = {"weight": 82} | ({} if height is None else {"height_cm": height})
    entries["weight" if field == "weight_kg" else field] = value
    if not refused:
        assert infusion(**entries).dose_mg > 0
        return
    with pytest.raises(InputError, match=f"^{field}"):
        infusion(**entries)


def test_a_very_heavy_person_is_accepted_once_the_unit_is_confirmed():
    assert infusion(181, height_cm=178, weight_confirmed=True).dose_mg == 90.5


CHECK = Spec(
    title="The second person at the pump",
    rules=("dose.iv.std",),
    text="Another person reads dose and rate off the pump. 41 mg in 20.5 mL over 40 min is 30.75 mL/h.",
    table="""
    checked_by | pump | mg  | ml_per_h | against
    B          | yes  | 41  | 30.8 |
    B          | yes  | 41  | 30.75 |
    A          | yes  | 41  | 30.75 | checked-by-the-same-person
               | yes  | 41  | 30.75 | not-checked
    B          | no   | 41  | 30.75 | no-pump
    B          |      | 41  | 30.75 | no-pump
    B          | yes  | 410 | 30.75 | dose-differs
    B          | yes  | 41  | 61.5  | rate-differs
    B          | yes  | 41  |       | rate-missing
               |      |     |       | no-pump, not-checked, dose-missing, rate-missing
    """,
)


@CHECK.cases
def test_second_person(checked_by, pump, mg, ml_per_h, against):
    calculation = infusion(82, concentration_mg_per_ml=2)
    rules = protocol_rules(protocol("iv-racemic"), jurisdiction="UK", indication="trd")
    decision = independent_check(
        calculation,
        calculated_by="A",
        checked_by=checked_by,
        pump=pump,
        pump_dose_mg=mg,
        pump_rate_ml_per_h=ml_per_h,
        rules=rules,
    )
    assert decision.codes == codes(against)


ORAL = Spec(
    title="Oral ketamine",
    rules=("dose.oral",),
    text="""Experimental at every dose. Studied from 0.25 to 7 mg/kg, or 25 to 300 mg fixed; the equivalent of an IV
    dose is only used once a physician has signed it.""",
    table="""
    kind  | amount | cautions
    mg/kg |   2    | experimental
    mg/kg |   0.25 | experimental
    mg/kg |   7    | experimental
    mg/kg |   0.2  | experimental, dose-outside-studied
    mg    |  25    | experimental
    mg    | 300    | experimental
    mg    | 301    | experimental, dose-outside-studied
    mg    |  24    | experimental, dose-outside-studied
    """,
)


@ORAL.cases
def test_oral(kind, amount, cautions):
    oral = protocol("oral-racemic")
    rules = protocol_rules(oral, jurisdiction="none", indication="trd")
    if kind == "mg":
        found = fixed_dose(oral, dose_mg=amount, rules=rules)
    else:
        found = weight_based_dose(oral, weight_kg=80, dose_mg_per_kg=amount, rules=rules)
    assert tuple(r.code for r in found.decision.cautions) == codes(cautions)


ASSUMED = Spec(
    title="A dose without a source is not suggested",
    text="Until a physician signs the protocol's assumed dose, the prescriber names the dose.",
    table="""
    plan               | signed                  | dose
    im-racemic         |                         |
    im-racemic         | im-racemic.dose.usual   | 40
    sc-racemic         |                         |
    sc-racemic         | sc-racemic.dose.usual   | 40
    oral-racemic       |                         |
    oral-racemic       | oral-racemic.dose.usual | 160
    iv-racemic         |                         | 40
    """,
)


@ASSUMED.cases
def test_assumed_doses(plan, signed, dose):
    chosen = protocol(plan)
    rules = protocol_rules(chosen, jurisdiction="US", indication="trd", signed=codes(signed))
    if dose is None:
        with pytest.raises(InputError, match="name the dose"):
            weight_based_dose(chosen, weight_kg=80, rules=rules)
    else:
        assert weight_based_dose(chosen, weight_kg=80, rules=rules).dose_mg == dose


def test_esketamine_is_never_dosed_by_weight_and_ketamine_never_in_devices():
    nasal, iv = protocol("esketamine-nasal"), protocol("iv-racemic")
    with pytest.raises(InputError, match="given in devices"):
        weight_based_dose(nasal, weight_kg=80, rules=protocol_rules(nasal, jurisdiction="US", indication="trd"))
    rules = protocol_rules(iv, jurisdiction="US", indication="trd")
    with pytest.raises(InputError, match="not given in devices"):
        device_dose(iv, dose_mg=28, day=1, indication="trd", age_y=40, rules=rules)
