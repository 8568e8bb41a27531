"""What lists and pages are told, for whom, and by how many queries."""

from __future__ import annotations

import datetime as dt

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from holdfast.clinic.accounts.models import User
from holdfast.clinic.assessments.actions import record_assessment
from holdfast.clinic.courses.actions import change_phase, fix_baseline, record_evaluation
from holdfast.clinic.courses.due import course_due
from holdfast.clinic.courses.models import Course
from holdfast.clinic.courses.phases import Phase
from holdfast.clinic.courses.queries import KEPT, caseload
from holdfast.clinic.patients.queries import patient_view
from holdfast.clinic.programmes.actions import choose_setting, sign_rule
from holdfast.clinic.treatment_sessions.actions import SessionToPlan, plan_treatment_sessions, record_treatment_session
from holdfast.errors import PermissionRefusedError, UnknownNameError
from tests.clinic.conftest import NOW, People, new_course, new_patient, sound_evaluation, study_course

pytestmark = pytest.mark.django_db
TWO_HOURS = dt.timedelta(hours=2)


def treated(people: People, label: str, totals: tuple[int, ...] = (32, 20, 11)) -> Course:
    """A course in induction: a MADRS a week, a treatment session after each but the last."""
    course = new_course(people, new_patient(people, label), now=NOW - dt.timedelta(days=60))
    start = NOW - dt.timedelta(days=7 * (len(totals) - 1) + 1)
    record_evaluation(actor=people.prescriber, course=course, given=sound_evaluation(), now=start)
    for phase in ("evaluated", "consented", "induction"):
        change_phase(actor=people.prescriber, course=course, to_phase=phase, now=start)
    for week, total in enumerate(totals):
        at = start + dt.timedelta(days=7 * week)
        rating = record_assessment(
            actor=people.nurse, course=course, scale="madrs", total=total, rated_at=at, now=at
        ).assessment
        if week == 0:
            fix_baseline(actor=people.nurse, course=course, assessment=rating, now=at)
        if week < len(totals) - 1:
            visit = plan_treatment_sessions(
                actor=people.nurse, course=course, sessions=[SessionToPlan(planned_on=at.date())], now=at
            )[0]
            record_treatment_session(
                actor=people.nurse, treatment_session=visit, dosed_at=at, discharged_at=at + TWO_HOURS, dose_mg=56,
                now=at + TWO_HOURS,
            )  # fmt: skip
    course.refresh_from_db()
    return course


def count_queries(actor: User) -> int:
    actor = User.objects.get(pk=actor.pk)
    with CaptureQueriesContext(
        connection,
    ) as captured:
        caseload(actor=actor, now=NOW)
    return len(captured)


@pytest.mark.story("HF-CAS-001")
def test_the_caseload_tells_who_is_where(people: People) -> None:
    treated(people, "Ada")
    (row,) = caseload(actor=people.nurse, now=NOW)
    assert (row.label, row.phase, row.week, row.sessions_given) == ("Ada", "induction", 3, 2)
    where = row.standing
    assert (where.scale, where.baseline, where.latest.total, where.change) == ("madrs", 32.0, 11.0, -21.0)
    assert round(where.fall_percent, 1) == 65.6
    assert (where.response, where.remission) == (True, False)  # remission at 10 or less by default
    assert [one.name for one in where.definitions] == ["response_50", "madrs_le10"]


def test_remission_follows_the_programmes_choice(people: People) -> None:
    treated(people, "Ada")
    choose_setting(
        actor=people.programme_lead, programme=people.programme, setting="remission_madrs", key="madrs_le12", now=NOW
    )
    (row,) = caseload(actor=User.objects.get(username="nurse"), now=NOW)
    assert row.standing.remission is True


def test_response_is_unknown_without_a_baseline(people: People, course: Course) -> None:
    record_assessment(actor=people.nurse, course=course, scale="madrs", total=11, rated_at=NOW, now=NOW)
    (row,) = caseload(actor=people.nurse, now=NOW)
    assert (row.standing.response, row.standing.change, row.standing.remission) == (None, None, False)


def test_the_number_of_queries_does_not_grow(people: People) -> None:
    treated(people, "Ada")
    KEPT.forget()
    few = count_queries(people.nurse)
    for label in ("Bea", "Cleo", "Dora", "Eve"):
        treated(people, label)
    KEPT.forget()
    assert count_queries(people.nurse) == few
    assert len(caseload(actor=people.nurse, now=NOW)) == 5
    assert few <= 19  # two of them for consent, one each for forecasts, reminders and what follows the end of a course


def test_the_patient_page_asks_a_bounded_number_of_queries(people: People) -> None:
    course = treated(people, "Ada")
    with CaptureQueriesContext(connection) as short:
        patient_view(actor=people.nurse, public_id=course.patient.public_id, now=NOW)
    long = treated(people, "Bea", totals=(32, 30, 28, 26, 24, 22, 20, 18))
    with CaptureQueriesContext(connection) as longer:
        patient_view(actor=people.nurse, public_id=long.patient.public_id, now=NOW)
    assert len(longer) == len(short) <= 23


@pytest.mark.parametrize(("search", "found"), [("ad", ["Ada"]), ("R-1", ["Ada"]), ("", ["Ada", "Bea"]), ("zz", [])])
@pytest.mark.story("HF-CAS-001")
def test_search(people: People, search: str, found: list[str]) -> None:
    new_course(people, new_patient(people, "Ada", record_number="R-1"))
    new_course(people, new_patient(people, "Bea"))
    assert [row.label for row in caseload(actor=people.nurse, now=NOW, search=search)] == found


@pytest.mark.story("HF-ACC-002")
def test_the_front_desk_sees_who_comes_and_no_score(people: People) -> None:
    course = treated(people, "Ada")
    plan_treatment_sessions(actor=people.nurse, course=course, sessions=[SessionToPlan(planned_on=NOW.date())], now=NOW)
    (row,) = caseload(actor=people.front_desk, now=NOW)
    assert row.standing is None
    assert [due.kind for due in row.due] == ["treatment_session"]
    view = patient_view(actor=people.front_desk, public_id=course.patient.public_id, now=NOW)
    shown = view.courses[0]
    assert not view.sees_clinical
    assert (shown.ratings, shown.baselines, shown.standings, shown.evaluation) == ((), {}, (), None)
    assert (shown.exposure, shown.phase_changes, shown.checks, shown.checks_asked) == (None, (), (), ())
    assert [s.dose_mg for s in shown.sessions] == [None, None, None]


def test_the_therapist_sees_scores_and_neither_doses_nor_the_evaluation(people: People) -> None:
    course = treated(people, "Ada")
    shown = patient_view(actor=people.therapist, public_id=course.patient.public_id, now=NOW).courses[0]
    assert [r.total for r in shown.ratings] == [32, 20, 11]
    assert (shown.exposure, shown.evaluation) == (None, None)
    assert {s.dose_mg for s in shown.sessions} == {None}


@pytest.mark.story("HF-PAT-001")
def test_the_prescriber_sees_everything(people: People) -> None:
    course = treated(people, "Ada")
    shown = patient_view(actor=people.prescriber, public_id=course.patient.public_id, now=NOW).courses[0]
    assert [e.text for e in shown.exposure] == ["esketamine: 112 mg in 2 treatment sessions"]
    assert shown.evaluation.allows
    assert [c.to_phase for c in shown.phase_changes] == ["referred", "evaluated", "consented", "induction"]


def test_a_part_is_not_a_sum(people: People) -> None:
    course = treated(people, "Ada")
    visit = plan_treatment_sessions(
        actor=people.nurse, course=course, sessions=[SessionToPlan(planned_on=NOW.date())], now=NOW
    )
    record_treatment_session(
        actor=people.nurse, treatment_session=visit[0], dosed_at=NOW, discharged_at=NOW + TWO_HOURS, dose_mg=None,
        now=NOW + TWO_HOURS,
    )  # fmt: skip
    (exposure,) = patient_view(actor=people.nurse, public_id=course.patient.public_id, now=NOW).courses[0].exposure
    assert (exposure.at_least, exposure.known_mg, exposure.doses_of_unknown_mg) == (True, 112.0, 1)


def test_exposure_of_study_days_has_a_sum_and_no_dates(people: People) -> None:
    course = study_course(people)
    seen = patient_view(actor=people.nurse, public_id=course.patient.public_id, now=NOW).courses[0]
    assert seen.exposure == ()
    for day, dose_mg in ((0, 41), (7, 39.5)):
        visit = plan_treatment_sessions(
            actor=people.nurse, course=course, sessions=[SessionToPlan(planned_day=day)], now=NOW, source="import"
        )
        record_treatment_session(
            actor=people.nurse, treatment_session=visit[0], dosed_on_day=day, dose_mg=dose_mg, now=NOW
        )
    (found,) = patient_view(actor=people.nurse, public_id=course.patient.public_id, now=NOW).courses[0].exposure
    assert (found.text, found.first_on) == ("ketamine: 80.5 mg in 2 treatment sessions", None)


@pytest.mark.story("HF-ACC-002")
def test_another_programmes_patient_is_not_there(people: People, others: People) -> None:
    course = treated(people, "Ada")
    assert caseload(actor=others.nurse, now=NOW) == []
    with pytest.raises(UnknownNameError):
        patient_view(actor=others.nurse, public_id=course.patient.public_id, now=NOW)


@pytest.mark.parametrize("role", ["auditor", "administrator"])
def test_neither_auditor_nor_administrator_sees_patients(people: People, role: str) -> None:
    course = new_course(people)
    with pytest.raises(PermissionRefusedError):
        caseload(actor=people.by_role[role], now=NOW)
    with pytest.raises(PermissionRefusedError):
        patient_view(actor=people.by_role[role], public_id=course.patient.public_id, now=NOW)


def test_a_check_is_due_once_its_rule_is_signed(people: People) -> None:
    course = treated(people, "Ada")
    view = patient_view(actor=people.nurse, public_id=course.patient.public_id, now=NOW).courses[0]
    assert {c.check: c.state for c in view.checks_asked}["cognition"] == "inactive"
    assert not [d for d in view.due if d.kind.startswith("check")]
    sign_rule(actor=people.prescriber, programme=people.programme, rule_id="cum.cog", physician="Dr A", now=NOW)
    view = patient_view(actor=people.nurse, public_id=course.patient.public_id, now=NOW).courses[0]
    (due,) = [d for d in view.due if d.kind == "check:cognition"]
    assert due.overdue


def test_study_days_have_no_week_and_nothing_due(people: People) -> None:
    study_course(people)
    (row,) = caseload(actor=people.nurse, now=NOW)
    assert (row.week, row.due, row.time_basis) == (None, (), "study_day")


def test_what_follows_placebo_is_not_where_the_course_stands(people: People) -> None:
    course = study_course(people)
    for day, total, leg in ((-1, 30, "baseline"), (2, 12, "ketamine"), (2, 28, "placebo")):
        rating = record_assessment(
            actor=people.nurse, course=course, scale="madrs", total=total, study_day=day, leg=leg, now=NOW
        ).assessment
        if leg == "baseline":
            fix_baseline(actor=people.nurse, course=course, assessment=rating, now=NOW)
    (row,) = caseload(actor=people.nurse, now=NOW)
    assert (row.standing.latest.total, row.standing.response) == (12.0, True)


DAY = dt.date(2026, 11, 2)
DUE = """
phase       | planned    | last dose  | last rating | alert      | evaluated | baseline | due
referred    |            |            |             |            | no        | no       | evaluation
referred    |            |            |             |            | yes       | no       | decision
evaluated   |            |            |             |            | yes       | no       | consent
induction   | 2026-11-02 |            |             |            | yes       | yes      | treatment_session
induction   | 2026-11-01 |            |             |            | yes       | yes      | treatment_session!
induction   |            | 2026-11-01 |             |            | yes       | no       | rating! baseline! unplanned
induction   |            | 2026-11-01 | 2026-10-31  |            | yes       | yes      | rating! unplanned
induction   |            | 2026-11-01 | 2026-11-01  |            | yes       | yes      | unplanned
consented   |            |            |             |            | yes       | no       | unplanned
maintenance |            | 2026-11-02 | 2026-10-01  |            | yes       | yes      | rating unplanned
maintenance | 2026-10-01 |            | 2026-11-01  | 2026-11-01 | yes       | yes      | alert! treatment_session!
stopped     | 2026-11-01 | 2026-10-01 |             |            | yes       | no       |
stopped     | 2026-11-01 | 2026-10-01 | 2026-11-01  | 2026-11-01 | yes       | no       | alert!
"""


@pytest.mark.parametrize("line", DUE.strip().splitlines()[1:])
def test_what_is_due(line: str) -> None:
    phase, planned, dose, rating, alert, evaluated, baseline, expected = (cell.strip() for cell in line.split("|"))
    due = course_due(
        phase=Phase(phase),
        today=DAY,
        planned_on=[dt.date.fromisoformat(planned)] if planned else [],
        last_dose_on=dt.date.fromisoformat(dose) if dose else None,
        last_rating_on=dt.date.fromisoformat(rating) if rating else None,
        alert_on=dt.date.fromisoformat(alert) if alert else None,
        has_evaluation=evaluated == "yes",
        has_baseline=baseline == "yes",
    )
    assert sorted(d.parts[-1] + "!" * d.overdue for d in due) == sorted(expected.split())
    assert not alert or due[0].kind == "alert"  # before anything, however long overdue
