"""A session that cannot be written because the database is busy is no bad request, and loses no entry."""

from __future__ import annotations

import json
import time
import uuid
from typing import Any

import pytest
from django.contrib.sessions.models import Session
from django.db import OperationalError
from django.test import Client
from django.urls import reverse

from holdfast.clinic.accounts import two_step
from holdfast.clinic.accounts.models import User
from holdfast.clinic.accounts.sessions import LAST_REQUEST
from holdfast.clinic.flow_sheets.models import FlowSheetEntry
from holdfast.clinic.screen_lock.locking import LAST_INPUT
from tests.clinic.conftest import People
from tests.clinic.flow_sheet_days import Day, new_day

pytestmark = pytest.mark.django_db


@pytest.fixture
def day(people: People) -> Day:
    return new_day(people)


@pytest.fixture
def client(day: Day) -> Client:
    """A nurse whose last request was a while ago, so that the next one writes the session."""
    found = Client()
    found.force_login(day.people.nurse)
    found.get(reverse("home"))
    session = found.session
    session[LAST_REQUEST] = session[LAST_INPUT] = int(time.time()) - 50
    session.save()
    return found


def busy(*_: Any, **__: Any) -> None:
    raise OperationalError("database is locked")


def send(client: Client, day: Day, key: uuid.UUID) -> Any:
    held = {"key": str(key), "kind": "observation", "given": {"hr_per_min": 72}}
    return client.post(
        reverse("flow-sheet-entries", args=[day.treatment_session.public_id]), json.dumps(held), "application/json"
    )


def test_an_entry_is_answered_where_only_the_time_of_the_request_could_not_be_noted(
    client: Client, day: Day, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Session, "save", busy)

    assert send(client, day, uuid.uuid4()).status_code == 201
    assert FlowSheetEntry.objects.count() == 1


def test_a_session_with_more_to_write_is_answered_with_try_again_and_the_entry_is_stored_once(
    client: Client, day: Day, monkeypatch: pytest.MonkeyPatch
) -> None:
    session = client.session
    del session["screen_device"]  # so that the request notes the browser in the session
    session.save()
    key = uuid.uuid4()
    with monkeypatch.context() as patched:
        patched.setattr(Session, "save", busy)
        client.raise_request_exception = False
        assert send(client, day, key).status_code == 503

    assert send(client, day, key).status_code == 200
    assert FlowSheetEntry.objects.count() == 1


def test_who_is_signed_out_while_an_entry_is_answered_is_led_to_sign_in(
    client: Client, day: Day, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = two_step.required_of

    def signed_out_meanwhile(user: User) -> bool:
        Session.objects.all().delete()
        return asked(user)

    monkeypatch.setattr(two_step, "required_of", signed_out_meanwhile)
    answer = send(client, day, uuid.uuid4())

    assert (answer.status_code, answer.headers.get("Location")) == (302, reverse("account_login"))
    assert not Session.objects.exists(), "a session that ended is not made again"
