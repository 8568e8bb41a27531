"""What check-ins and reminders share: versions of an agreement, and the words of a ledger."""

from __future__ import annotations

import datetime as dt

import pytest

from holdfast.clinic.checkins.actions import pause_check_ins
from holdfast.clinic.checkins.models import Kind as CheckInKind
from holdfast.clinic.courses.models import Course
from holdfast.clinic.duty_calls.models import Kind as DutyCallKind
from holdfast.clinic.messaging.models import MessageAgreement, Step
from holdfast.clinic.reminders.actions import agree_reminders, stop_reminders
from holdfast.clinic.reminders.models import Kind as ReminderKind
from tests.clinic.check_ins import agree
from tests.clinic.conftest import NOW, People

pytestmark = pytest.mark.django_db
LATER = NOW + dt.timedelta(hours=1)
OF_A_VERSION = {"id", "version", "state", "why", "by", "at"}


def agreed_words(agreement: MessageAgreement) -> dict[str, object]:
    """What was agreed: every column but those that each version has anew."""
    agreement.refresh_from_db()
    fields = {field.attname: getattr(agreement, field.attname) for field in agreement._meta.concrete_fields}
    return {name: value for name, value in fields.items() if name.removesuffix("_id") not in OF_A_VERSION | {"public"}}


def test_a_pause_keeps_all_that_was_agreed_on_check_ins(people: People, course: Course) -> None:
    first = agree(people, course, remind_after_h=4, ends_on=NOW.date() + dt.timedelta(days=90))
    paused = pause_check_ins(actor=people.prescriber, course=course, why="On a journey", now=LATER)
    assert agreed_words(paused) == agreed_words(first)
    assert (paused.version, paused.state, paused.why, paused.by, paused.at) == (
        2, "paused", "On a journey", people.prescriber, LATER,
    )  # fmt: skip
    assert paused.public_id != first.public_id


def test_a_stop_keeps_all_that_was_agreed_on_reminders(people: People, course: Course) -> None:
    first = agree_reminders(
        actor=people.nurse, course=course, now=NOW, days_before=2, at_local=dt.time(17, 30), channel="sms",
        address="+1 555 010 0199", prepare="Eat nothing for two hours before.", agreed=True,
    )  # fmt: skip
    stopped = stop_reminders(actor=people.prescriber, course=course, why="No longer wanted", now=LATER)
    kept = agreed_words(stopped)
    assert kept == agreed_words(first)
    assert (kept["days_before"], kept["address"]) == (2, "+15550100199")
    assert (stopped.version, stopped.state, stopped.by, stopped.at) == (2, "stopped", people.prescriber, LATER)


@pytest.mark.parametrize("kinds", [CheckInKind, ReminderKind, DutyCallKind])
def test_every_ledger_has_the_steps_of_sending(kinds: type[CheckInKind]) -> None:
    assert {step.value for step in Step} <= set(kinds.values)
