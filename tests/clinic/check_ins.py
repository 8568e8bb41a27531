"""What the tests of check-ins share: an agreement, a gateway that keeps messages, a link as a patient has it."""

from __future__ import annotations

import datetime as dt
import re
from typing import Any

import pytest
from django.test import Client

from holdfast.clinic.accounts.models import CommandLine
from holdfast.clinic.checkins.actions import agree_check_ins
from holdfast.clinic.checkins.models import Agreement, CheckIn
from holdfast.clinic.checkins.sending import Run, send_check_ins
from holdfast.clinic.courses.models import Course
from holdfast.clinic.messaging.gateways import NotSentError
from tests.clinic.conftest import NOW, People

# NOW is 2 November 2026, 9:00 UTC; a programme of the tests keeps UTC.
AT_TEN = dt.datetime(2026, 11, 2, 10, 0, tzinfo=dt.UTC)
PUBLIC = "https://care.example"
EVERYTHING = ["phq-9", "gad-7", "urinary", "mood-tap"]


def agree(people: People, course: Course, *, now: dt.datetime = NOW, **changes: Any) -> Agreement:
    """PHQ-9 and mood every week at ten, by mail."""
    values = {
        "instruments": ["phq-9", "mood-tap"], "every_d": 7, "at_local": dt.time(10, 0), "open_h": 24,
        "starts_on": NOW.date(), "channel": "email", "address": "ada@mail.example", "agreed": True,
        "plan": "Walk each morning. Call us when you sleep badly.",
    }  # fmt: skip
    return agree_check_ins(actor=people.nurse, course=course, now=now, **{**values, **changes})


class Kept:
    """A gateway that keeps its messages, or fails by a plan: words of failure, taken one a message."""

    def __init__(self, *failures: str, permanent: bool = False, confirms: bool = False) -> None:
        self.messages: list[tuple[str, str, str]] = []
        self.failures, self.permanent, self.confirms = list(failures), permanent, confirms

    def send(self, *, to: str, subject: str, text: str) -> bool:
        if self.failures:
            raise NotSentError(self.failures.pop(0), permanent=self.permanent)
        self.messages.append((to, subject, text))
        return self.confirms


@pytest.fixture
def kept(monkeypatch: pytest.MonkeyPatch, settings: Any) -> Kept:
    """Every link of a live programme goes to this gateway."""
    gateway = Kept()
    settings.PUBLIC_URL = PUBLIC
    monkeypatch.setattr("holdfast.clinic.messaging.sending.gateway_for", lambda channel, kind: gateway)
    return gateway


def send(at: dt.datetime) -> Run:
    """One run of the sender at a moment."""
    return send_check_ins(actor=CommandLine(), clock=lambda: at)


def path_in(text: str) -> str:
    """The path of the link in a message."""
    found = re.search(rf"{re.escape(PUBLIC)}(/c/[A-Za-z0-9_-]+/)", text)
    assert found, text
    return found[1]


def link(people: People, course: Course, kept: Kept, **changes: Any) -> str:
    """The path of a link that was sent at ten."""
    agree(people, course, **changes)
    assert send(AT_TEN).sent == 1
    return path_in(kept.messages[-1][2])


def answer(client: Client, path: str, instrument: str, question: str, value: int) -> Any:
    """One tap."""
    return client.post(path, {"instrument": instrument, "question": question, "value": str(value)})


def answer_phq9(client: Client, path: str, *values: int) -> Any:
    """Taps through items of the PHQ-9 from the first; the answer to the last."""
    for number, value in enumerate(values, start=1):
        response = answer(client, path, "phq-9", f"item_{number}", value)
    return response


def kinds(check_in: CheckIn) -> list[str]:
    """The ledger of a check-in, in order."""
    return list(check_in.events.order_by("pk").values_list("kind", flat=True))
