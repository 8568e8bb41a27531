"""How long the courses of a clinic are followed: at home, and in an extract."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from pathlib import Path

import pytest

from holdfast.clinic.accounts.models import CommandLine
from holdfast.clinic.courses.models import Course
from holdfast.clinic.endings.actions import end_course
from holdfast.clinic.registry.leaving import Secrets, export_extract
from holdfast.registry.pseudonyms import pseudonym
from tests.clinic.conftest import NOW, People, new_people, new_programme
from tests.clinic.registry_people import takes_part
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
