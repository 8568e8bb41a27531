"""How long the courses of a clinic are followed: at home, and in an extract."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from pathlib import Path

import pytest

from holdfast.clinic.accounts.models import CommandLine
from holdfast.clinic.courses.actions import change_phase, record_evaluation
from holdfast.clinic.courses.models import Course, PhaseChange
from holdfast.clinic.endings.actions import end_course
from holdfast.clinic.registry.leaving import Secrets, export_extract
from holdfast.clinic.registry.own_set import manifest_of, own_rows
from holdfast.clinic.treatment_sessions.actions import record_unplanned_treatment_session
from holdfast.registry.pseudonyms import pseudonym
from holdfast.registry.sets import from_rows
from tests.clinic.conftest import NOW, People, new_course, new_patient, new_people, new_programme, sound_evaluation
from tests.clinic.flow_sheet_days import new_day
from tests.clinic.registry_people import event, takes_part
from tests.clinic.test_queries import treated
from tests.unit.test_registry_disclosure import table

pytestmark = pytest.mark.django_db
OWN = b"a secret of the site, 32 characters"
ZERO = NOW - dt.timedelta(days=15)  # first dose of `treated`


@pytest.fixture
def people(db: None) -> People:
    """One person a role."""
    return new_people(new_programme("followed"))


def ended(people: People, course: Course, day: int) -> None:
    """The patient left on a day."""
    at = ZERO + dt.timedelta(days=day)
    end_course(
        actor=people.prescriber, course=course, way="stopped", reason="patient_choice", follow_up="none_wanted",
        on=people.programme.day_of(at), now=at,
    )  # fmt: skip


@pytest.mark.story("HF-REG-170")
def test_an_extract_tells_courses_to_the_last_full_window_whether_they_went_on_or_not(
    people: People, tmp_path: Path
) -> None:
    courses = [treated(people, f"Patient {number}") for number in range(14)]
    for course in courses:
        takes_part(people, course)
    ended(people, courses[0], 50)
    ended(people, courses[1], 90)
    made = export_extract(
        actor=CommandLine(), programme=people.programme, folder=tmp_path / "e", secrets=Secrets(OWN),
        now=ZERO + dt.timedelta(days=100),
    )  # fmt: skip
    told = {one["course"]: one for one in table(tmp_path / "e", "courses")}
    assert Counter(one["followed_to_day"] for one in told.values()) == {84: 13, 50: 1}
    of = [told[pseudonym(OWN, "course", str(one.public_id))]["ended_day"] for one in courses[:3]]
    assert of == [50, None, None]  # day 90 is after day 84, to which the others are told
    assert made.manifest.disclosure["told_to_day"] == ["84 (14 persons)"]


@pytest.mark.story("HF-REG-172")
def test_a_course_taken_over_is_watched_from_the_day_it_was_kept_here(people: People) -> None:
    """Opened here on the day of `NOW`, with two treatment sessions that were given before."""
    course = new_course(people, new_patient(people, "Taken over"))
    for phase in ("evaluated", "consented", "induction"):
        if phase == "evaluated":
            record_evaluation(actor=people.prescriber, course=course, given=sound_evaluation(), now=NOW)
        change_phase(actor=people.prescriber, course=course, to_phase=phase, now=NOW)
    for days in (400, 30):
        at = NOW - dt.timedelta(days=days)
        record_unplanned_treatment_session(
            actor=people.nurse, course=course, dosed_at=at, discharged_at=at + dt.timedelta(hours=2), dose_mg=56,
            now=NOW,
        )  # fmt: skip
    rows = own_rows(people.programme, NOW + dt.timedelta(days=20))
    (row,) = rows["courses"]
    assert (row["followed_to_day"], row["watched_from_day"]) == (420, 400)
    assert sum(one["days"] for one in rows["exposure"]) == 21
    assert sum(one["treatment_sessions"] for one in rows["exposure"]) == 0
    assert from_rows(rows, manifest_of(people.programme)).n == 1


@pytest.mark.story("HF-REG-172")
def test_a_course_that_began_here_is_watched_from_its_first_dose(people: People) -> None:
    treated(people, "Ada")
    assert [one["watched_from_day"] for one in own_rows(people.programme, NOW)["courses"]] == [None]


@pytest.mark.story("HF-REG-172")
def test_an_event_after_the_end_does_not_lengthen_its_course(people: People) -> None:
    day = new_day(people)
    day.begun_nasal()
    course = day.treatment_session.course
    day.note("adverse-event", event("headache", onset_at=(NOW + dt.timedelta(days=3)).isoformat()), at=60 * 24 * 4)
    Course.objects.filter(pk=course.pk).update(phase="stopped", stop_reason="other", ended_on=NOW.date())
    rows = own_rows(people.programme, NOW + dt.timedelta(days=9))
    (row,) = rows["courses"]
    assert (row["ended_day"], row["followed_to_day"]) == (0, 0)
    assert [one["day"] for one in rows["adverse_events"]] == [3]
    assert from_rows(rows, manifest_of(people.programme)).n == 1


@pytest.mark.story("HF-REG-109")
@pytest.mark.parametrize(("way", "reason", "completed"), [
    ("stopped", "non_response", False), ("stopped", "patient_choice", False), ("stopped", "completed", True),
    ("completed", "", True),
])  # fmt: skip
def test_induction_is_completed_by_who_went_on_or_ended_as_completed(
    people: People, way: str, reason: str, completed: bool
) -> None:
    course = treated(people, "Ada")
    Course.objects.filter(pk=course.pk).update(phase=way, stop_reason=reason, ended_on=NOW.date())
    PhaseChange(
        course=course, from_phase="induction", to_phase=way, stop_reason=reason, on=NOW.date(), at=NOW,
        by=people.prescriber,
    ).save()  # fmt: skip
    (row,) = own_rows(people.programme, NOW)["courses"]
    assert row["induction_ended_day"] == (15 if completed else None)


def test_maintenance_dated_back_before_the_end_of_induction_begins_with_it(people: People) -> None:
    course = treated(people, "Ada")
    Course.objects.filter(pk=course.pk).update(phase="maintenance")
    for was, to, before in (("induction", "optimisation", 3), ("optimisation", "maintenance", 9)):
        PhaseChange(
            course=course, from_phase=was, to_phase=to, stop_reason="", on=NOW.date() - dt.timedelta(days=before),
            at=NOW, by=people.prescriber,
        ).save()  # fmt: skip
    (row,) = own_rows(people.programme, NOW)["courses"]
    assert row["maintenance_day"] == row["induction_ended_day"] == 12
