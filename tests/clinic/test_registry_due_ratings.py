"""Ratings that were due and not obtained: by check-ins that asked for a scale, and after treatment sessions."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest

from holdfast.clinic.accounts.models import CommandLine, PatientByLink
from holdfast.clinic.assessments.actions import withdraw_assessment
from holdfast.clinic.checkins.actions import answer_question, ask_check_ins, open_check_in
from holdfast.clinic.endings.actions import end_course
from holdfast.clinic.registry.due_ratings import due_rows
from holdfast.clinic.registry.own_set import manifest_of, own_rows
from holdfast.registry.report.report import report_of
from holdfast.registry.report.sections import Share
from holdfast.registry.sets import from_rows
from tests.clinic.check_ins import agree
from tests.clinic.conftest import NOW, People, new_people, new_programme
from tests.clinic.test_queries import treated

pytestmark = pytest.mark.django_db
TABLE = """
case                                    | given   | rated  | ended | since | due
rated after each                        | 0 7 14  | 5 12   |       | 0     |
rated on the day of the next            | 0 7 14  | 7 14   |       | 0     |
nobody rated between the first two      | 0 7 14  | 12     |       | 0     | 7
one of each two is missing              | 0 7 14  | 0      |       | 0     | 7 14
still open after the last               | 0 7     | 6      |       | 0     |
the course ended without another        | 0 7     | 6      | 30    | 0     | 30
rated on the day of the last, and ended | 0 7     | 7      | 30    | 0     |
ended on the day of the last            | 0 7     | 6      | 7     | 0     |
kept here from the second on            | 0 7 14  |        |       | 7     | 14
"""


@pytest.fixture
def people(db: None) -> People:
    """One person a role."""
    return new_people(new_programme("due"))


@pytest.mark.story("HF-REG-173")
@pytest.mark.parametrize("line", TABLE.strip().splitlines()[1:], ids=lambda line: line.partition("|")[0].strip())
def test_one_rating_is_due_between_two_treatment_sessions(line: str) -> None:
    _, given, rated, ended, since, due = (cell.strip() for cell in line.split("|"))
    obtained: list[dict[str, Any]] = [{"scale": "madrs", "day": -1, "baseline": True}]
    obtained += [{"scale": "phq-9", "day": int(day), "baseline": False} for day in rated.split()]
    found = due_rows(
        "c", obtained, by_check_in=(), given=[int(day) for day in given.split()], ended=int(ended) if ended else None,
        since=int(since),
    )  # fmt: skip
    assert [row["day"] for row in found] == [int(day) for day in due.split()]
    assert all((row["scale"], row["total"]) == ("madrs", None) for row in found)


@pytest.mark.story("HF-REG-173")
def test_without_a_baseline_no_rating_is_due_after_a_treatment_session() -> None:
    assert due_rows("c", [], by_check_in=[(3, "phq-9")], given=[0, 7], ended=None, since=0) == [
        {"course": "c", "scale": "phq-9", "day": 3, "total": None, "rated_by": "self", "baseline": False}
    ]


@pytest.mark.story("HF-REG-173")
def test_a_rating_is_due_on_the_scale_the_course_stands_by() -> None:
    obtained = [
        {"scale": scale, "day": day, "baseline": day < 0}
        for scale, day in (("madrs", -1), ("phq-9", -1), ("phq-9", 3), ("gad-7", 9))
    ]
    found = due_rows("c", obtained, by_check_in=(), given=[0, 7, 14], ended=None, since=0)
    assert [(row["scale"], row["day"]) for row in found] == [("phq-9", 14)]  # an anxiety scale does not tell the mood


@pytest.mark.story("HF-REG-173")
def test_a_missed_check_in_owes_its_scale_and_an_answered_one_does_not(people: People) -> None:
    """First dose fifteen days before; check-ins on day 15 and 22, of which the second is answered."""
    course = treated(people, "Ada")
    agree(people, course)
    at = NOW + dt.timedelta(hours=1)
    ask_check_ins(actor=CommandLine(), course=course, now=at)
    ask_check_ins(actor=CommandLine(), course=course, now=at + dt.timedelta(days=7))
    patient, answered = PatientByLink(course.pk, people.programme.pk), course.check_ins.order_by("on").last()
    later = at + dt.timedelta(days=7, minutes=5)
    open_check_in(actor=patient, check_in=answered, now=later)
    for item in range(1, 10):
        answer_question(
            actor=patient, check_in=answered, instrument="phq-9", question=f"item_{item}", value=1 if item < 9 else 0,
            now=later,
        )  # fmt: skip
    rows = own_rows(people.programme, NOW + dt.timedelta(days=10))
    phq9 = [(row["day"], row["total"]) for row in rows["ratings"] if row["scale"] == "phq-9"]
    assert sorted(phq9) == [(15, None), (22, 8)]
    (table,) = report_of(from_rows(rows, manifest_of(people.programme))).section("scales").tables
    told = {row[0]: row[-1] for row in table.rows}
    assert told["PHQ-9"] == Share(1, 2)
    assert told["MADRS"] is None  # of which none is known to be missing: never 100 %


@pytest.mark.story("HF-REG-173")
def test_a_course_whose_ratings_were_withdrawn_owes_them(people: People) -> None:
    """Treated on days 0 and 7, rated on days 0, 7 and 14, ended on day 15."""
    course = treated(people, "Ada")
    end_course(
        actor=people.prescriber, course=course, way="stopped", reason="patient_choice", follow_up="none_wanted",
        on=NOW.date(), now=NOW,
    )  # fmt: skip
    assert [row for row in own_rows(people.programme, NOW)["ratings"] if row["total"] is None] == []
    for row in course.assessments.filter(rated_at__gt=NOW - dt.timedelta(days=9)):
        withdraw_assessment(actor=people.nurse, assessment=row, why="another patient", now=NOW)
    rows = own_rows(people.programme, NOW)
    owed = [(row["scale"], row["day"]) for row in rows["ratings"] if row["total"] is None]
    assert owed == [("madrs", 7), ("madrs", 15)]
    (table,) = report_of(from_rows(rows, manifest_of(people.programme))).section("scales").tables
    assert table.rows[0][-1] == Share(0, 2)
