"""What the server asks to save one observation, and that nothing it no longer asks twice is believed for longer."""

from __future__ import annotations

import json
import uuid
from typing import Any

import pytest
from django.db import transaction
from django.test import Client
from django.urls import reverse

from holdfast.clinic.accounts.models import CommandLine, TwoStepChoice
from holdfast.clinic.flow_sheets import sheets
from holdfast.clinic.flow_sheets.models import FlowSheetEntry
from tests.clinic.conftest import NOW, People
from tests.clinic.flow_sheet_days import Day, new_day

pytestmark = pytest.mark.django_db
QUERIES = 13  # with a savepoint and its release, and the newest entry read: the tests run in a transaction


@pytest.fixture
def day(people: People) -> Day:
    found = new_day(people, protocol="iv-racemic", indication="mdd")
    found.begun_iv()
    return found


@pytest.fixture
def nurse(day: Day) -> Client:
    """A nurse who has saved something just now."""
    client = Client()
    client.force_login(day.people.nurse)
    assert saved(client, day) == 201
    return client


def saved(client: Client, day: Day, kind: str = "observation", given: Any = None, key: str = "") -> int:
    held = {"key": key or str(uuid.uuid4()), "kind": kind, "given": {"hr_per_min": 72} if given is None else given}
    address = reverse("flow-sheet-entries", args=[day.treatment_session.public_id])
    return client.post(address, json.dumps(held), "application/json").status_code


def test_one_observation_costs_few_queries_however_long_the_sheet(
    nurse: Client, day: Day, django_assert_max_num_queries: Any
) -> None:
    for _ in range(5):
        saved(nurse, day)
    with django_assert_max_num_queries(QUERIES):
        assert saved(nurse, day) == 201


def test_an_entry_is_parsed_once_however_many_follow(nurse: Client, day: Day, monkeypatch: pytest.MonkeyPatch) -> None:
    parsed: list[Any] = []
    read_given = sheets.read_given
    monkeypatch.setattr(sheets, "read_given", lambda kind, given: parsed.append(given) or read_given(kind, given))
    for number in range(6):
        assert saved(nurse, day, given={"hr_per_min": 60 + number}) == 201
    assert max(parsed.count({"hr_per_min": 60.0 + n, "note": ""}) for n in range(6)) == 1


def test_what_was_parsed_is_bounded(nurse: Client, day: Day, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sheets, "MOST_READ", 2)
    for _ in range(5):
        assert saved(nurse, day) == 201
    assert len(sheets._read) <= 2


def test_a_programme_that_requires_two_steps_binds_the_very_next_entry(nurse: Client, day: Day) -> None:
    TwoStepChoice.objects.create(programme=day.people.programme, required=True, by=None, at=NOW)
    assert saved(nurse, day) == 302
    TwoStepChoice.objects.create(programme=day.people.programme, required=False, by=None, at=NOW)
    assert saved(nurse, day) == 201


def test_who_left_the_programme_saves_nothing_more(nurse: Client, day: Day) -> None:
    day.people.nurse.programmes.clear()
    before = FlowSheetEntry.objects.count()
    assert saved(nurse, day) == 404
    assert FlowSheetEntry.objects.count() == before


def test_a_key_of_another_entry_is_refused_and_the_same_entry_is_not_stored_twice(nurse: Client, day: Day) -> None:
    key = str(uuid.uuid4())
    assert saved(nurse, day, key=key) == 201
    assert saved(nurse, day, key=key) == 200
    assert saved(nurse, day, key=key, given={"hr_per_min": 99}) == 409
    assert FlowSheetEntry.objects.filter(key=key).count() == 1


def test_a_course_of_another_programme_is_not_there_and_the_command_line_sees_every_one(day: Day) -> None:
    from holdfast.clinic.courses.queries import courses_visible_to, sees_course

    course, nurse = day.treatment_session.course, day.people.nurse
    for actor in (nurse, day.people.prescriber, CommandLine()):
        assert sees_course(actor, course) is courses_visible_to(actor).filter(pk=course.pk).exists() is True
    nurse.programmes.clear()
    left = type(nurse).objects.get(pk=nurse.pk)
    assert sees_course(left, course) is courses_visible_to(left).filter(pk=course.pk).exists() is False
    left.may_read_also([course.patient_id])
    assert sees_course(left, course) is courses_visible_to(left).filter(pk=course.pk).exists() is True


def test_a_saved_entry_is_remembered_as_it_would_be_read_and_not_read_again(
    day: Day, django_capture_on_commit_callbacks: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    with django_capture_on_commit_callbacks(execute=True):
        day.note("observation", {"hr_per_min": 71.5, "note": "calm"}, at=31, received=33)
    remembered = sheets.kept_entries(day.treatment_session)
    sheets._read.clear()
    assert sheets.kept_entries(day.treatment_session) == remembered

    monkeypatch.setattr(sheets, "_read_since", lambda *_: pytest.fail("read again"))
    sheets.kept_entries(day.treatment_session)


def test_an_entry_that_was_not_stored_after_all_is_not_remembered(
    day: Day, django_capture_on_commit_callbacks: Any
) -> None:
    sheets.kept_entries(day.treatment_session)
    before = set(sheets._read)

    @transaction.atomic
    def cut_off() -> None:
        day.note("observation", {"hr_per_min": 71.0}, at=31)
        raise RuntimeError("the disk is full")

    with django_capture_on_commit_callbacks(execute=True), pytest.raises(RuntimeError):
        cut_off()
    assert set(sheets._read) == before
