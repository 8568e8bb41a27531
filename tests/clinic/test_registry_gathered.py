"""Records as rows of the common data model: each count beside the records themselves, and what must not count."""

from __future__ import annotations

import datetime as dt
import uuid
from collections import Counter, defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pytest
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext

from holdfast.clinic.accounts.actions import create_user
from holdfast.clinic.accounts.models import CommandLine
from holdfast.clinic.accounts.roles import Role
from holdfast.clinic.assessments.models import Assessment
from holdfast.clinic.courses.models import Course
from holdfast.clinic.courses.phases import ENDED
from holdfast.clinic.endings.actions import end_course
from holdfast.clinic.example.load import load_example
from holdfast.clinic.flow_sheets.actions import record_entry
from holdfast.clinic.imports.actions import import_score_table
from holdfast.clinic.programmes.models import Programme
from holdfast.clinic.registry.gathered import gathered
from holdfast.clinic.registry.own_set import courses_of, manifest_of, own_rows
from holdfast.clinic.safety.actions import record_safety_check
from holdfast.clinic.treatment_sessions.models import TreatmentSession
from holdfast.exchange.trial_folder import read_trial
from holdfast.registry.common_model import TABLES
from holdfast.registry.pseudonyms import pseudonym
from holdfast.registry.sets import from_rows
from tests.clinic.conftest import NOW, ROOT, People, new_patient, new_people, new_programme
from tests.clinic.flow_sheet_days import new_day
from tests.clinic.registry_people import Person, event, treated_iv
from tests.clinic.test_queries import treated

pytestmark = pytest.mark.django_db
LOADED = dt.datetime(2026, 11, 21, 14, 0, tzinfo=dt.UTC)


def key(programme: Programme, course: Course) -> str:
    return pseudonym(str(programme.public_id).encode(), "course", str(course.public_id))


@dataclass(frozen=True)
class Example:
    """The example programme and its rows."""

    programme: Programme
    rows: dict[str, list[dict[str, Any]]]

    def of(self, table: str, course: Course) -> list[dict[str, Any]]:
        own = key(self.programme, course)
        return [row for row in self.rows[table] if row["course"] == own]


@pytest.fixture(scope="module")
def example(django_db_setup: None, django_db_blocker: Any) -> Iterator[Example]:
    """Loaded once and rolled back."""
    with django_db_blocker.unblock(), transaction.atomic():
        people = {
            role: create_user(
                actor=CommandLine(), username=role.value, role=role, password="a-long-enough-password-9", now=LOADED
            )
            for role in Role
        }
        programme = load_example(people=people, now=LOADED)
        yield Example(programme, own_rows(programme, LOADED))
        transaction.set_rollback(True)


@pytest.fixture
def people(db: None) -> People:
    """One person a role, beside those of the example."""
    return new_people(new_programme("gathered"), "-gathered")


@pytest.mark.story("HF-REG-109")
def test_every_course_stands_with_its_days(example: Example) -> None:
    courses = courses_of(example.programme)
    assert len(example.rows["courses"]) == len(courses) == 24
    for course in courses:
        (row,) = example.of("courses", course)
        given = sorted(s.dosed_at for s in TreatmentSession.objects.given().filter(course=course))
        zero = example.programme.day_of(given[0]) if given else course.opened_on
        assert row["started"] == bool(given)
        assert row["referred_day"] == (course.opened_on - zero).days
        assert (row["drug"], row["route"], row["indication"]) == (course.drug, course.route, course.indication)
        assert row["year"] == zero.year
        if course.phase in ENDED:
            assert row["ended_day"] == row["followed_to_day"] == (course.ended_on - zero).days
        else:
            assert (row["ended_day"], row["end_reason"]) == (None, None)
            assert row["followed_to_day"] == (example.programme.day_of(LOADED) - zero).days
    assert Counter(row["end_reason"] for row in example.rows["courses"] if row["end_reason"])["non_response"] >= 1


@pytest.mark.story("HF-REG-109")
def test_treatment_sessions_and_exposure_are_those_on_record(example: Example) -> None:
    total = 0
    for course in courses_of(example.programme):
        given = TreatmentSession.objects.given().filter(course=course)
        rows, years = example.of("treatment_sessions", course), example.of("exposure", course)
        assert [row["number"] for row in rows] == list(range(1, given.count() + 1))
        doses = sum(float(s.dose_mg) for s in given if s.dose_mg is not None)
        assert sum(row["dose_mg"] or 0 for row in rows) == pytest.approx(doses)
        assert sum(row["dose_mg"] for row in years) == pytest.approx(doses)
        assert sum(row["treatment_sessions"] for row in years) == given.count()
        if given:
            (own,) = example.of("courses", course)
            assert sum(row["days"] for row in years) == own["followed_to_day"] + 1
        total += given.count()
    assert total == len(example.rows["treatment_sessions"]) > 100


@pytest.mark.story("HF-REG-109")
def test_ratings_are_the_newest_versions_one_a_scale_a_day(example: Example) -> None:
    for course in courses_of(example.programme):
        newest: dict[tuple[str, dt.date], float] = {}
        standing = Assessment.objects.filter(course=course, superseded_by=None, withdrawn=False, total__isnull=False)
        for row in standing.order_by("rated_at", "pk"):
            on = example.programme.day_of(row.rated_at)
            if course.phase not in ENDED or on <= course.ended_on:  # a course is followed to its end
                newest[row.scale, on] = float(row.total)
        rows = [row for row in example.of("ratings", course) if row["total"] is not None]
        assert sorted((row["scale"], row["total"]) for row in rows) == sorted(
            (scale, total) for (scale, _), total in newest.items()
        )
        baselines = Counter(row["scale"] for row in rows if row["baseline"])
        assert set(baselines.values()) <= {1}
        assert all(row["day"] <= 0 for row in rows if row["baseline"])
    assert len(example.rows["ratings"]) > 200


@pytest.mark.story("HF-REG-109")
def test_the_rows_are_sound_and_hold_words_of_ours_alone(example: Example) -> None:
    assert from_rows(example.rows, manifest_of(example.programme)).n == 24
    typed: dict[str, set[str]] = defaultdict(set)
    for name, rows in example.rows.items():
        for row in rows:
            for column, value in row.items():
                if isinstance(value, str):
                    typed[f"{name}.{column}"].add(value)
                assert not isinstance(value, dt.date)
    for name, words in typed.items():
        column = TABLES[name.partition(".")[0]].column(name.partition(".")[2])
        assert column.kind in ("key", "words", "name"), name
        assert column.kind != "words" or words <= set(column.choices)
    assert typed["courses.site"] == {"example"}


@pytest.mark.story("HF-REG-109")
def test_more_courses_ask_no_more_of_the_database(example: Example) -> None:
    def queries(count: int) -> int:
        courses = courses_of(example.programme)[:count]
        with CaptureQueriesContext(connection) as asked:
            gathered(example.programme, courses, pseudonym=lambda kind, identity: f"{kind}{identity}", now=LOADED)
        return len(asked)

    assert queries(24) <= queries(6) + 2 < 40


@pytest.mark.story("HF-REG-109")
def test_an_end_that_is_dated_back_and_an_event_after_the_end_are_told_and_sound(people: People) -> None:
    course = treated(people, "Ada")
    last = max(s.dosed_at for s in TreatmentSession.objects.given().filter(course=course))
    end_course(
        actor=people.prescriber, course=course, way="stopped", reason="patient_choice", follow_up="none_wanted",
        on=(last - dt.timedelta(days=3)).date(), now=NOW,
    )  # fmt: skip
    rows = own_rows(people.programme, NOW)
    (row,) = rows["courses"]
    assert row["ended_day"] < rows["treatment_sessions"][-1]["day"] == row["followed_to_day"]
    assert from_rows(rows, manifest_of(people.programme)).n == 1


@pytest.mark.story("HF-REG-109")
def test_an_event_that_was_withdrawn_counts_nowhere_and_a_corrected_one_once(people: People) -> None:
    day = new_day(people)
    day.begun_nasal()
    first = day.note("adverse-event", event("headache"), at=50).entry.key
    wrong = day.note("adverse-event", event("nausea"), at=50).entry.key
    given = {"actor": people.nurse, "treatment_session": day.treatment_session, "kind": "adverse-event"}
    late = {"made_at": NOW + dt.timedelta(minutes=50), "now": NOW + dt.timedelta(minutes=60)}
    record_entry(
        **given, **late, key=uuid.uuid4(), given=event("headache", severity="severe"), supersedes=first, why="it grew"
    )
    record_entry(
        **given, **late, key=uuid.uuid4(), given=event("nausea"), supersedes=wrong, why="another patient", withdraw=True
    )
    rows = own_rows(people.programme, NOW + dt.timedelta(hours=2))
    assert [(row["category"], row["severity"], row["number"]) for row in rows["adverse_events"]] == [
        ("headache", "severe", 1)
    ]


@pytest.mark.story("HF-REG-166")
def test_the_kind_chosen_at_entry_is_gathered_and_words_tell_it_where_none_was(people: People) -> None:
    day = new_day(people)
    day.begun_nasal()
    day.note("adverse-event", event("burning down there", kind="bladder"), at=50)
    day.note("adverse-event", event("suicide attempt"), at=51)
    day.note("adverse-event", event("no headache"), at=52)
    rows = own_rows(people.programme, NOW + dt.timedelta(hours=2))
    assert [row["category"] for row in rows["adverse_events"]] == ["bladder", "suicidality", "other"]


@pytest.mark.story("HF-REG-109")
def test_a_trial_that_counts_study_days_is_told_too(people: People) -> None:
    programme = import_score_table(
        actor=CommandLine(), table=read_trial(ROOT / "docs/examples/scores.csv"), key="trial", name="", now=NOW,
        protocol="iv-racemic", people=[people.programme_lead],
    )  # fmt: skip
    rows = own_rows(programme, NOW)
    found = from_rows(rows, manifest_of(programme))
    assert found.n == len(rows["courses"]) <= Course.objects.filter(patient__programme=programme).count()
    assert {row["year"] for row in rows["courses"]} <= {None}


def test_a_patient_without_a_course_is_no_row(people: People) -> None:
    new_patient(people)
    assert {name: len(rows) for name, rows in own_rows(people.programme, NOW).items()} == dict.fromkeys(TABLES, 0)


@pytest.mark.story("HF-REG-169")
def test_checks_are_told_by_the_calendar_year_in_which_they_were_done(people: People) -> None:
    course = treated_iv(people, Person("Ada Checked"))
    later = NOW + dt.timedelta(days=200)
    for done_on, outcome in (("2026-11-02", "unremarkable"), ("2026-12-30", "watch"), ("2027-01-04", "not_done"),
                             ("2027-02-01", "unremarkable")):  # fmt: skip
        record_safety_check(
            actor=people.nurse, course=course, check_key="bladder", outcome=outcome, now=later,
            done_on=dt.date.fromisoformat(done_on), note="looked at",
        )  # fmt: skip
    rows = own_rows(people.programme, later)
    told = [(one["safety_check"], one["year"], one["done"], one["positive"]) for one in rows["checks_by_year"]]
    assert told == [("bladder", 2026, 2, 1), ("bladder", 2027, 1, 0)]
    (bladder,) = [one for one in rows["safety_checks"] if one["safety_check"] == "bladder"]
    assert (bladder["done"], bladder["positive"]) == (3, 1)
    assert from_rows(rows, manifest_of(people.programme)).n == 1
