"""The esketamine REMS (United States): the monitoring form of each outpatient treatment session, within 7 days."""

from __future__ import annotations

import pytest

from holdfast.errors import InputError
from holdfast.treatment_sessions.predose import ConcomitantDrug, DrugClass
from holdfast.treatment_sessions.rems import Episode, form_due, monitoring_form
from holdfast.treatment_sessions.rems_site import Setting
from tests.spec.spec import Spec, codes
from tests.spec.treatment_sessions import ESKETAMINE, after, at, rules_of, vitals

ENDED = at("12:00")
DAY_MIN = 24 * 60

CLOCK = Spec(
    title="The form within 7 days",
    rules=("rems.form7d",),
    text="Minutes count from 7 days after the end of the treatment session: 0 is exactly in time. An unknown setting "
    "counts as outpatient. Adverse events of inpatients are reported without a form. The US only.",
    table="""
    where | setting    | minutes | sent | required | overdue | says
    US    | outpatient |   -1440 |      | yes      | no      | Send the monitoring form
    US    | outpatient |       0 |      | yes      | no      | Send the monitoring form
    US    | outpatient |       1 |      | yes      | yes     | overdue
    US    |            |       1 |      | yes      | yes     | counts as outpatient
    US    | inpatient  |       1 |      | no       | no      | adverse events are reported
    US    | outpatient |       5 |    0 | yes      | no      | in time
    US    | outpatient |       5 |    1 | yes      | no      | late
    EU    | outpatient |       1 |      | no       | no      | No REMS form
    """,
)


@pytest.mark.story("HF-SES-006")
@CLOCK.cases
def test_form_due(where, setting, minutes, sent, required, overdue, says):
    found = form_due(
        session_ended_at=ENDED,
        now=after(ENDED, 7 * DAY_MIN + minutes),
        setting=Setting(setting) if setting else None,
        submitted_at=None if sent is None else after(ENDED, 7 * DAY_MIN + sent),
        rules=rules_of(ESKETAMINE, where),
    )
    assert (found.required, found.overdue) == (required, overdue)
    assert says in found.text
    assert found.decision.codes == (("form-overdue",) if overdue else ())


def test_seven_days_truly_pass_across_daylight_saving():
    ended = at("12:00").replace(day=5)  # clocks change on 8 March 2026 in New York
    found = form_due(session_ended_at=ended, now=ended, setting=Setting.OUTPATIENT, rules=rules_of(ESKETAMINE, "US"))
    assert found.due_at.isoformat() == "2026-03-12T13:00:00-04:00"
    assert found.days_left == 7


WHOLE = {
    "first_device_at": at("10:00"),
    "monitoring_completed_at": at("12:05"),
    "ready_without_rule_at": at("11:20"),
    "dose_mg": 84,
    "lot": "L1",
    "conmeds": (ConcomitantDrug("lorazepam", DrugClass.BENZODIAZEPINE),),
    "bp": {
        "before": vitals(at("09:50"), "128/80"),
        "about_40_min": vitals(at("10:40"), "142/88"),
        "end": vitals(at("12:00"), "130/80"),
    },
    "acceptable": {"before": True, "after": True},
    "sedation": Episode(occurred=True, onset_min=15, resolved_min=80),
    "dissociation": Episode(occurred=False),
    "respiratory_depression": False,
    "other_serious_event": False,
    "rules": rules_of(ESKETAMINE, "US"),
}

FIELDS = Spec(
    title="Fields of the form",
    rules=("rems.fields",),
    text="Each field not recorded is named; nothing is filled in by guess.",
    table="""
    without                 | missing
                            |
    conmeds                 | conmeds
    dose_mg                 | dose_mg, dose_box
    lot                     | lot
    first_device_at         | total_min, ready_without_rule_min
    monitoring_completed_at | total_min
    ready_without_rule_at   | ready_without_rule_min
    respiratory_depression  | respiratory_depression
    other_serious_event     | other_serious_event
    """,
)


@pytest.mark.story("HF-SES-006")
@FIELDS.cases
def test_fields(without, missing):
    form = monitoring_form(**(WHOLE | ({without: None} if without else {})))
    assert form.missing == codes(missing)
    told = form.decision(rules_of(ESKETAMINE, "US"))
    assert tuple(r.code for r in told.to_record) == tuple(f"form-{name}" for name in codes(missing))


def test_pressures_judgements_and_episodes_can_be_missing_one_by_one():
    form = monitoring_form(
        **(
            WHOLE
            | {"bp": {"before": vitals(at("09:50"), "128/")}, "acceptable": {}, "sedation": Episode(occurred=True)}
        )
    )
    assert form.missing == (
        "vitals_acceptable_before", "vitals_acceptable_after", "bp_before", "bp_about_40_min", "bp_end",
        "sedation.onset_min", "sedation.resolved_min",
    )  # fmt: skip
    assert monitoring_form(**(WHOLE | {"dissociation": Episode()})).missing == ("dissociation.occurred",)


def test_total_minutes_run_from_the_first_device_to_completion():
    form = monitoring_form(**WHOLE)
    assert (form.total_min, form.ready_without_rule_min) == (125, 80)
    assert (form.bp_before, form.bp_about_40_min, form.bp_end) == ("128/80", "142/88", "130/80")
    with pytest.raises(InputError, match="before the first device"):
        monitoring_form(**(WHOLE | {"monitoring_completed_at": at("09:00")}))


BOXES = Spec(
    title="The dose box of the form",
    rules=("rems.fields",),
    table="""
    dose | box
      56 | 56
      84 | 84
      28 | other
    """,
)


@BOXES.cases
def test_dose_box(dose, box):
    assert monitoring_form(**(WHOLE | {"dose_mg": dose})).dose_box == str(box)
