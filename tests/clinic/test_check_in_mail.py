"""Mail of check-ins through a real SMTP server on this machine: what arrives, and what a refusal becomes."""

from __future__ import annotations

import email
import email.policy
import socket
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from django.test import Client

from holdfast.clinic.checkins.models import CheckIn
from holdfast.clinic.config.mail import settings_of
from holdfast.clinic.courses.models import Course
from holdfast.errors import ConfigurationError
from tests.clinic.check_ins import AT_TEN, PUBLIC, agree, kinds, path_in, send
from tests.clinic.conftest import People
from tests.clinic.smtp_server import Inbox, smtp_server


@pytest.fixture
def inbox(settings: Any) -> Iterator[Inbox]:
    """A server, and the clinic set up for it as its environment would."""
    with smtp_server() as inbox:
        named = {"HOLDFAST_SMTP_URL": f"smtp://127.0.0.1:{inbox.port}", "HOLDFAST_MAIL_FROM": "care@care.example"}
        for name, value in settings_of(named).items():
            setattr(settings, name, value)
        settings.PUBLIC_URL = PUBLIC
        yield inbox


def failure(check_in: CheckIn) -> tuple[str, bool]:
    row = check_in.events.get(kind="failed")
    return row.reason, row.permanent


@pytest.mark.django_db
@pytest.mark.story("HF-CHK-002")
def test_a_link_travels_by_real_mail_and_opens(people: People, course: Course, inbox: Inbox, monkeypatch: Any) -> None:
    agree(people, course)
    assert send(AT_TEN).sent == 1
    assert send(AT_TEN).sent == 0
    ((recipients, source),) = inbox.mails
    mail = email.message_from_string(source, policy=email.policy.default)
    assert recipients == ["ada@mail.example"]
    assert (mail["From"], mail["To"], mail["Subject"]) == ("care@care.example", "ada@mail.example", "Your check-in")
    assert kinds(CheckIn.objects.get()) == ["scheduled", "sending", "sent"]
    text = mail.get_content()
    monkeypatch.setattr("holdfast.clinic.checkins.patient_views.timezone.now", lambda: AT_TEN)
    assert "Question 1 of 10" in Client().get(path_in(text)).content.decode()


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("reply", "failed"),
    [("550 no such mailbox", ("recipient-refused", True)), ("450 busy, later", ("recipient-refused", False))],
)
def test_a_refused_recipient_is_told_as_for_good_or_for_now(
    people: People, course: Course, inbox: Inbox, reply: str, failed: tuple[str, bool]
) -> None:
    inbox.refuse = reply
    agree(people, course)
    assert send(AT_TEN).failed == 1
    assert failure(CheckIn.objects.get()) == failed
    assert inbox.mails == []


@pytest.mark.django_db
def test_a_server_that_is_away_is_tried_again(people: People, course: Course, settings: Any) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        closed = taken.getsockname()[1]
    named = {"HOLDFAST_SMTP_URL": f"smtp://127.0.0.1:{closed}", "HOLDFAST_MAIL_FROM": "care@care.example"}
    for name, value in settings_of(named).items():
        setattr(settings, name, value)
    settings.PUBLIC_URL = PUBLIC
    agree(people, course)
    assert send(AT_TEN).failed == 1
    assert failure(CheckIn.objects.get()) == ("no-connection", False)


def test_the_environment_becomes_settings(tmp_path: Path) -> None:
    secret = tmp_path / "password"
    secret.write_text("s3cret\n")
    found = settings_of(
        {
            "HOLDFAST_SMTP_URL": "smtp+starttls://care%40a:unused@mail.example",
            "HOLDFAST_MAIL_FROM": "care@a.example",
            "HOLDFAST_SMTP_PASSWORD_FILE": str(secret),
        }
    )
    assert (found["EMAIL_HOST"], found["EMAIL_PORT"], found["EMAIL_HOST_USER"]) == ("mail.example", 587, "care@a")
    assert (found["EMAIL_HOST_PASSWORD"], found["EMAIL_USE_TLS"], found["EMAIL_USE_SSL"]) == ("s3cret", True, False)
    assert settings_of({})["EMAIL_BACKEND"].endswith("dummy.EmailBackend")


@pytest.mark.parametrize(
    ("environment", "says"),
    [
        ({"HOLDFAST_SMTP_URL": "mail.example"}, "must look like"),
        ({"HOLDFAST_SMTP_URL": "http://user:pw@mail.example"}, "must look like"),
        ({"HOLDFAST_SMTP_URL": "smtp://mail.example:99999"}, "must look like"),
        ({"HOLDFAST_SMTP_URL": "smtp://mail.example"}, "HOLDFAST_MAIL_FROM must name"),
        (
            {"HOLDFAST_SMTP_URL": "smtp://m.example", "HOLDFAST_MAIL_FROM": "a@b.example",
             "HOLDFAST_SMTP_PASSWORD_FILE": "/no/such/file"},
            "cannot be read",
        ),
    ],
)  # fmt: skip
def test_a_slip_in_the_environment_is_told_without_its_password(environment: dict, says: str) -> None:
    with pytest.raises(ConfigurationError, match=says) as told:
        settings_of(environment)
    assert "pw" not in str(told.value)
