"""A full disk, a busy database, a stale form, a closed sign-in: each says what to do, and says it was not saved."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.db import OperationalError
from django.test import Client
from django.urls import reverse

from holdfast.clinic.assessments import actions
from holdfast.clinic.assessments.models import Assessment
from holdfast.clinic.courses.models import Course
from holdfast.clinic.screen_lock.locking import DEVICE_COOKIE
from tests.clinic.conftest import ROOT, People

LOGIN = "/accounts/login/"


def rate(people: People, course: Course) -> Any:
    client = Client(raise_request_exception=False)
    client.force_login(people.nurse)
    keys = {"course_id": course.public_id, "scale_id": "phq-9"}
    answers = {f"item_{number}": "1" for number in range(1, 10)}
    return client.post(
        reverse("assessment-record", kwargs=keys), {**answers, "rated_at": "2026-11-01T10:00", "rater": "patient"}
    )


@pytest.mark.parametrize(
    ("said", "told"),
    [
        ("database or disk is full", "disk of this installation is full"),
        ('could not extend file "base/1": No space left on device', "disk of this installation is full"),
        ("database is locked", "is busy"),
        ("disk I/O error", "cannot be written"),
    ],
)
def test_what_the_disk_refuses_is_told_and_not_saved(
    people: People, course: Course, monkeypatch: pytest.MonkeyPatch, said: str, told: str
) -> None:
    def refuse(*_: Any, **__: Any) -> None:
        raise OperationalError(said)

    monkeypatch.setattr(actions.audit, "record", refuse)
    answer = rate(people, course)
    assert answer.status_code == 503
    page = " ".join(answer.content.decode().split())
    assert told in page
    assert "was not saved" in page
    assert said not in page
    assert Assessment.objects.count() == 0


def test_a_stale_form_says_how_to_go_on(db: None) -> None:
    answer = Client(enforce_csrf_checks=True).post(LOGIN, {"login": "nurse", "password": "x"})
    assert answer.status_code == 403
    assert "reload the page and enter it again" in answer.content.decode()


def test_a_closed_sign_in_says_for_how_long_and_whom_to_ask(people: People, client: Client) -> None:
    answers = [client.post(LOGIN, {"login": "nurse", "password": f"wrong-{n}"}) for n in range(5)]
    assert answers[-1].status_code == 429
    page = answers[-1].content.decode()
    assert "closed for 15 minutes" in page
    assert "administrator" in page
    assert "<main" in page


def test_a_wrong_password_is_not_called_something_unsaved(people: People, client: Client) -> None:
    page = client.post(LOGIN, {"login": "nurse", "password": "wrong"}).content.decode()
    assert "not correct" in page
    assert "Not saved" not in page


def test_messages_stay_on_the_server(people: People, client: Client) -> None:
    client.post(LOGIN, {"login": "nurse", "password": "tell-no-one-this-1"})
    assert set(client.cookies) <= {settings.SESSION_COOKIE_NAME, settings.CSRF_COOKIE_NAME, DEVICE_COOKIE}


def test_an_installation_on_https_passes_the_check_of_django(tmp_path: Path) -> None:
    environment = {
        **os.environ, "HOLDFAST_URL": "https://clinic.example", "HOLDFAST_DATA": str(tmp_path),
        "DJANGO_SETTINGS_MODULE": "holdfast.clinic.config.settings",
    }  # fmt: skip
    command = [sys.executable, "-m", "django", "check", "--deploy", "--fail-level", "WARNING"]
    done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
