"""Courses: phases, evaluations, overrides and baselines."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest
from django.db import IntegrityError, transaction
from django.test import Client
from django.urls import reverse

from holdfast.clinic.accounts.models import CommandLine
from holdfast.clinic.assessments.actions import correct_assessment, record_assessment, withdraw_assessment
from holdfast.clinic.audit.models import AuditEntry
from holdfast.clinic.courses.actions import change_phase, fix_baseline, open_course, override_stop, record_evaluation
from holdfast.clinic.courses.evaluations import evaluation_allows
from holdfast.clinic.courses.forms import EvaluationForm
from holdfast.clinic.courses.models import Course, CourseBaseline
from holdfast.clinic.courses.phases import ALLOWED_CHANGES, ENDED, Phase, phase_change
from holdfast.clinic.courses.queries import values_of
from holdfast.clinic.refusal import RefusedByRuleError
from holdfast.clinic.reviews.actions import record_review
from holdfast.clinic.treatment_sessions.actions import SessionToPlan, plan_treatment_sessions, record_treatment_session
from holdfast.errors import InputError, PermissionRefusedError, UnknownNameError
from tests.clinic.conftest import (
    NOW,
    People,
    new_course,
    new_patient,
    new_people,
    new_programme,
    sound_evaluation,
    study_course,
)

pytestmark = pytest.mark.django_db

CHANGES = """
from         | to
referred     | evaluated declined
evaluated    | consented declined
consented    | induction declined
induction    | optimisation maintenance completed stopped
optimisation | induction maintenance completed stopped
maintenance  | induction optimisation completed stopped
declined     |
completed    |
stopped      |
"""


def allowed_by_the_table() -> dict[str, set[str]]:
    rows = [line.split("|") for line in CHANGES.strip().splitlines()[1:]]
    return {left.strip(): set(right.split()) for left, right in rows}


@pytest.mark.parametrize("before", list(Phase))
@pytest.mark.parametrize("after", list(Phase))
def test_only_listed_changes_of_phase(before: Phase, after: Phase) -> None:
    decision = phase_change(from_phase=before, to_phase=after, stop_reason="relapse", evaluation_allows=True)
    assert decision.allowed == (after.value in allowed_by_the_table()[before.value])


def test_what_has_ended_stays_ended() -> None:
    assert {p for p, to in ALLOWED_CHANGES.items() if not to} == ENDED


@pytest.mark.parametrize(
    ("to", "reason", "allows", "codes"),
    [
        ("induction", "", None, ("not-evaluated",)),
        ("induction", "", False, ("evaluation-against",)),
        ("declined", "", None, ()),
        ("evaluated", "", True, ("transition",)),
        ("stopped", "", True, ("transition", "no-stop-reason")),
    ],
)
def test_every_reason_against_a_change_is_told(to: str, reason: str, allows: bool | None, codes: tuple) -> None:
    decision = phase_change(
        from_phase=Phase.CONSENTED, to_phase=Phase(to), stop_reason=reason, evaluation_allows=allows
    )
    assert decision.codes == codes


def test_a_course_goes_its_way_and_every_step_is_kept(people: People, course: Course) -> None:
    record_evaluation(actor=people.prescriber, course=course, given=sound_evaluation(), now=NOW)
    for step in ("evaluated", "consented", "induction", "optimisation", "maintenance"):
        change_phase(actor=people.prescriber, course=course, to_phase=step, now=NOW)
    change_phase(
        actor=people.prescriber, course=course, to_phase="stopped", stop_reason="relapse", why="two weeks", now=NOW
    )
    course.refresh_from_db()
    assert (course.phase, course.stop_reason, course.ended_on) == ("stopped", "relapse", NOW.date())
    kept = [(c.from_phase, c.to_phase) for c in course.phase_changes.all()]
    assert kept[0] == ("", "referred")
    assert kept[-1] == ("maintenance", "stopped")
    assert len(kept) == 7
    assert "two weeks" not in str([e.content() for e in AuditEntry.objects.all()])


def test_nobody_is_treated_unevaluated(people: People, course: Course) -> None:
    with pytest.raises(RefusedByRuleError, match="No evaluation is recorded") as refused:
        change_phase(actor=people.prescriber, course=course, to_phase="evaluated", now=NOW)
    assert refused.value.decision.against[0].missing
    course.refresh_from_db()
    assert course.phase == "referred"


def test_a_stop_is_overridden_with_a_reason_by_a_prescriber_only(people: People, course: Course) -> None:
    given = sound_evaluation()
    given["evaluation"] = {**given["evaluation"], "psychosis": True}
    evaluation = record_evaluation(actor=people.prescriber, course=course, given=given, now=NOW)
    assert evaluation_allows(course) is False
    change_phase(actor=people.prescriber, course=course, to_phase="evaluated", now=NOW)
    with pytest.raises(RefusedByRuleError, match="not overridden"):
        change_phase(actor=people.prescriber, course=course, to_phase="consented", now=NOW)
    override = {"evaluation": evaluation, "rule_id": "elig.rc.psychosis", "now": NOW}
    with pytest.raises(PermissionRefusedError):
        override_stop(actor=people.nurse, why="benefit", **override)
    with pytest.raises(InputError, match="needs its reason"):
        override_stop(actor=people.prescriber, why=" ", **override)
    override_stop(actor=people.prescriber, why="benefit outweighs risk", **override)
    with pytest.raises(InputError, match="already overridden"):
        override_stop(actor=people.prescriber, why="again", **override)
    evaluation.refresh_from_db()
    assert not evaluation.decision["allowed"]  # the rule's answer is never edited
    assert evaluation_allows(course) is True
    change_phase(actor=people.prescriber, course=course, to_phase="consented", now=NOW)


@pytest.mark.story("HF-ELG-001")
def test_a_hard_stop_never_yields(people: People, course: Course) -> None:
    given = sound_evaluation()
    given["evaluation"] = {**given["evaluation"], "aneurysmal_vascular_disease": True}
    evaluation = record_evaluation(actor=people.prescriber, course=course, given=given, now=NOW)
    with pytest.raises(InputError, match="may be overridden"):
        override_stop(
            actor=people.prescriber, evaluation=evaluation, rule_id="elig.ci.aneurysm", why="insists", now=NOW
        )
    assert evaluation_allows(course) is False


def test_an_evaluation_keeps_its_input_its_stagings_and_the_facts_of_the_day(people: People, course: Course) -> None:
    evaluation = record_evaluation(actor=people.prescriber, course=course, given=sound_evaluation(), now=NOW)
    assert set(evaluation.staging) == {"stage.msm", "stage.tr", "stage.mghs"}
    assert evaluation.staging["stage.msm"]["value"] == 7
    assert len(evaluation.facts_digest) >= 12
    with pytest.raises(InputError, match="blood is not a part"):
        record_evaluation(actor=people.prescriber, course=course, given={"blood": {}}, now=NOW)


def evaluation_page(people: People, course: Course, form: dict[str, object] | None = None) -> str:
    client = Client()
    client.force_login(people.prescriber)
    address = reverse("evaluation-record", args=[course.public_id])
    return (client.get(address) if form is None else client.post(address, form)).content.decode()


def test_one_more_trial_is_asked_for_and_everything_entered_stays(people: People, course: Course) -> None:
    form = {"trial_rows": 4, "trial_4_drug": "Fourth", "psychosis": "yes", "age_y": "no number", "add_trial": "yes"}
    shown = evaluation_page(people, course, form)
    assert 'name="trial_5_drug"' in shown
    assert 'name="trial_6_drug"' not in shown
    assert 'name="trial_rows" value="5"' in shown
    assert 'value="Fourth"' in shown
    assert 'value="no number"' in shown
    assert "Not saved yet" not in shown
    assert not course.evaluations.exists()


def test_a_fifth_trial_counts_and_is_shown_again(people: People, course: Course) -> None:
    drugs = ["sertraline", "venlafaxine", "bupropion", "mirtazapine", "nortriptyline"]
    form = {f"trial_{n}_drug": drug for n, drug in enumerate(drugs, start=1)}
    evaluation_page(people, course, {**form, "trial_rows": 5})
    given = course.evaluations.get().given["trials"]
    assert [trial["drug"] for trial in given] == drugs
    assert 'value="nortriptyline"' in evaluation_page(people, course)


@pytest.mark.parametrize(("asked", "rows"), [("-3", 4), ("x", 4), ("", 4), ("39", 39), ("99999999", 40)])
def test_the_number_of_trials_asked_for_is_bounded(asked: str, rows: int) -> None:
    form = EvaluationForm({"trial_rows": asked})
    assert len(form.trials()) == rows
    assert len(form.with_another_trial().trials()) == min(rows + 1, 40)


def test_an_unknown_protocol_or_indication_is_named(people: People) -> None:
    with pytest.raises(UnknownNameError, match="iv-racemic"):
        new_course(people, protocol="iv-racemick")
    with pytest.raises(InputError, match="no plan for 'headache'"):
        new_course(people, new_patient(people, "B"), indication="headache")


def test_only_an_imported_course_begins_in_the_middle(people: People) -> None:
    with pytest.raises(InputError, match="begins as referred"):
        new_course(people, phase="maintenance")
    assert study_course(people).phase == "completed"
    with pytest.raises(InputError, match="no plan for 'any'"):
        new_course(people, indication="any")


@pytest.mark.story("HF-OUT-002")
def test_the_baseline_is_fixed_once_and_before_the_first_dose(people: People, course: Course, at) -> None:
    nurse = people.nurse
    first = record_assessment(
        actor=nurse, course=course, scale="madrs", total=32, rated_at=at(days=-1), now=NOW
    ).assessment
    visit = plan_treatment_sessions(
        actor=nurse, course=course, sessions=[SessionToPlan(planned_on=NOW.date())], now=NOW
    )[0]
    record_treatment_session(
        actor=nurse,
        treatment_session=visit,
        dosed_at=at(hours=1),
        discharged_at=at(hours=3),
        dose_mg=56,
        now=at(hours=4),
    )
    after = record_assessment(
        actor=nurse, course=course, scale="madrs", total=20, rated_at=at(days=1), now=at(days=1)
    ).assessment
    with pytest.raises(RefusedByRuleError, match="after the first dose"):
        fix_baseline(actor=nurse, course=course, assessment=after, now=at(days=1))
    fix_baseline(actor=nurse, course=course, assessment=first, now=at(days=1))
    with pytest.raises(RefusedByRuleError, match="is fixed and stays"):
        fix_baseline(actor=nurse, course=course, assessment=first, now=at(days=2))
    with pytest.raises(IntegrityError), transaction.atomic():
        CourseBaseline(course=course, scale="madrs", assessment=first, at=NOW).save()


def test_a_corrected_baseline_carries_over_and_a_withdrawn_one_is_gone(people: People, course: Course) -> None:
    nurse = people.nurse
    first = record_assessment(actor=nurse, course=course, scale="madrs", total=32, rated_at=NOW, now=NOW).assessment
    fix_baseline(actor=nurse, course=course, assessment=first, now=NOW)
    newer = correct_assessment(actor=nurse, assessment=first, total=23, why="digits swapped", now=NOW).assessment
    assert values_of([course], NOW).baselines == {course.pk: {"madrs": 23.0}}
    withdraw_assessment(actor=nurse, assessment=newer, why="another patient's", now=NOW)
    assert values_of([course], NOW).baselines == {}
    own = record_assessment(actor=nurse, course=course, scale="madrs", total=28, rated_at=NOW, now=NOW).assessment
    fix_baseline(actor=nurse, course=course, assessment=own, now=NOW)
    assert values_of([course], NOW).baselines == {course.pk: {"madrs": 28.0}}
    with pytest.raises(RefusedByRuleError, match="is fixed and stays"):
        fix_baseline(actor=nurse, course=course, assessment=own, now=NOW)


def test_a_rating_of_another_course_is_no_baseline(people: People, course: Course) -> None:
    other = new_course(people, new_patient(people, "B"))
    theirs = record_assessment(
        actor=people.nurse, course=other, scale="madrs", total=32, rated_at=NOW, now=NOW
    ).assessment
    with pytest.raises(RefusedByRuleError, match="another course"):
        fix_baseline(actor=people.nurse, course=course, assessment=theirs, now=NOW)


def test_another_programmes_prescriber_may_not(people: People, others: People, course: Course) -> None:
    with pytest.raises(PermissionRefusedError):
        change_phase(actor=others.prescriber, course=course, to_phase="declined", now=NOW)
    with pytest.raises(PermissionRefusedError):
        open_course(actor=others.prescriber, patient=course.patient, protocol="iv-racemic", indication="trd", now=NOW)
    change_phase(actor=CommandLine(), course=course, to_phase="declined", now=NOW)


def test_a_step_late_in_the_evening_is_of_the_programmes_own_day() -> None:
    people = new_people(new_programme("coast", time_zone="America/Los_Angeles"), "4")
    evening = dt.datetime(2026, 11, 10, 2, 30, tzinfo=dt.UTC)  # half past six on the 9th, where they are
    course = new_course(people, new_patient(people), now=evening)
    change = change_phase(
        actor=people.prescriber, course=course, to_phase=Phase.DECLINED, why="moved away", now=evening
    )
    assert (course.opened_on, change.on) == (dt.date(2026, 11, 9), dt.date(2026, 11, 9))


@pytest.mark.parametrize(
    "enter",
    [
        lambda people, course, day: open_course(
            actor=people.prescriber, patient=course.patient, protocol="esketamine-nasal", indication="trd",
            opened_on=day, now=NOW,
        ),
        lambda people, course, day: change_phase(
            actor=people.prescriber, course=course, to_phase="declined", on=day, now=NOW
        ),
        lambda people, course, day: record_review(
            actor=people.prescriber, course=course, key="end-of-induction", decision="continue", held_on=day, now=NOW
        ),
    ],
)  # fmt: skip
def test_nothing_of_a_course_happened_tomorrow(people: People, course: Course, enter: Any) -> None:
    """Where the programme is: a day ahead of UTC is today elsewhere only."""
    with pytest.raises(InputError, match="in the future"):
        enter(people, course, NOW.date() + dt.timedelta(days=1))
