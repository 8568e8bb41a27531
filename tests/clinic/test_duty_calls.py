"""Messages to whoever is on duty, through a real mail server: what they carry, and what a failure brings about."""

from __future__ import annotations

import datetime as dt
import email
import email.policy
from collections.abc import Iterator
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from holdfast.cli.crisis import _messages
from holdfast.clinic.accounts.models import CommandLine, User
from holdfast.clinic.alerts.actions import carry_on, raise_drill, take_alert
from holdfast.clinic.alerts.drill import path_faults, path_warnings
from holdfast.clinic.alerts.models import AlertTold, CrisisAlert
from holdfast.clinic.audit.models import AuditEntry
from holdfast.clinic.audit.queries import verify
from holdfast.clinic.config.mail import settings_of
from holdfast.clinic.courses.models import Course
from holdfast.clinic.duty_calls.actions import begin_call, set_addresses
from holdfast.clinic.duty_calls.models import DutyAddress, DutyCall
from holdfast.clinic.duty_calls.queries import calls_by_alert
from holdfast.clinic.duty_calls.sending import send_call
from holdfast.clinic.jobs.actions import take_job
from holdfast.clinic.jobs.kinds import KINDS, URGENT
from holdfast.clinic.jobs.models import Job
from holdfast.clinic.jobs.work import Worked, work_off
from holdfast.errors import InputError, PermissionRefusedError
from tests.clinic.conftest import NOW, People
from tests.clinic.smtp_server import Inbox, smtp_server
from tests.clinic.test_alerts import on_duty, phq9, told

pytestmark = pytest.mark.django_db
SECOND, MINUTE = dt.timedelta(seconds=1), dt.timedelta(minutes=1)
PUBLIC = "https://care.example"


@pytest.fixture
def inbox(settings: Any) -> Iterator[Inbox]:
    """A server, and the clinic set up for it as its environment would."""
    with smtp_server() as inbox:
        named = {"HOLDFAST_SMTP_URL": f"smtp://127.0.0.1:{inbox.port}", "HOLDFAST_MAIL_FROM": "care@care.example"}
        for name, value in settings_of(named).items():
            setattr(settings, name, value)
        settings.PUBLIC_URL = PUBLIC
        yield inbox


def reached_by(person: User, email: str = "", sms: str = "") -> None:
    set_addresses(actor=person, email=email, sms=sms, now=NOW)


def sent(seconds: float = 0) -> Worked:
    return work_off(lane=URGENT, clock=lambda: NOW + seconds * SECOND)


def states(now: dt.datetime) -> list[tuple[str, str, str]]:
    alert = CrisisAlert.objects.latest("pk")
    found = calls_by_alert(actor=CommandLine(), alerts=[alert], now=now).get(alert.pk, [])
    return [(one.call.person.username, one.stands.state, one.stands.reason) for one in found]


@pytest.mark.story("HF-CRI-007")
def test_an_alert_goes_out_by_real_mail_and_carries_nothing(people: People, course: Course, inbox: Inbox) -> None:
    on_duty(people, "nurse", "prescriber")
    reached_by(people.nurse, "nurse@mail.example")
    phq9(people, course, 3)
    assert states(NOW) == [("nurse", "waiting", "")]
    assert sent(2) == Worked(done=1)
    assert sent(3) == Worked()
    ((recipients, source),) = inbox.mails
    mail = email.message_from_string(source, policy=email.policy.default)
    assert recipients == ["nurse@mail.example"]
    assert (mail["From"], mail["Subject"]) == ("care@care.example", "An alert waits")
    text = mail.get_content()
    assert "An alert waits in Holdfast" in text
    assert f"{PUBLIC}/alerts/" in text
    alert = CrisisAlert.objects.get()
    hidden = ("ada", "phq", "suicid", "item", "programme clinic", str(alert.public_id), str(course.public_id))
    assert [word for word in hidden if word in source.lower()] == []
    assert states(NOW + MINUTE) == [("nurse", "sent", "")]


@pytest.mark.story("HF-CRI-007")
def test_the_record_of_the_alert_shows_each_step_and_the_audit_no_address(
    people: People, course: Course, inbox: Inbox
) -> None:
    on_duty(people, "nurse", "prescriber")
    reached_by(people.nurse, "nurse@mail.example")
    phq9(people, course, 2)
    sent(4)
    actions = AuditEntry.objects.filter(action__startswith="duty_call.").order_by("seq")
    assert [entry.action for entry in actions] == [
        "duty_call.set_address", "duty_call.ask", "duty_call.begin", "duty_call.send",
    ]  # fmt: skip
    assert not any("mail.example" in str(entry.content()) for entry in AuditEntry.objects.all())
    assert verify(actor=CommandLine()).sound
    client = Client()
    client.force_login(people.prescriber)
    page = client.get(reverse("alert-list")).content.decode()
    assert "✓ sent" in page
    assert "09:00:04" in page
    assert "nurse@mail.example" not in page


@pytest.mark.story("HF-CRI-007")
def test_a_message_that_cannot_be_sent_is_seen_and_the_next_is_called_at_once(
    people: People, course: Course, inbox: Inbox
) -> None:
    inbox.refuse = "450 busy, later"
    on_duty(people, "nurse", "prescriber", minutes=60)
    reached_by(people.nurse, "nurse@mail.example")
    reached_by(people.prescriber, "doctor@mail.example")
    phq9(people, course, 2)
    seen = []
    for seconds in (0, 10, 40, 99, 100):
        sent(seconds)
        carry_on(actor=CommandLine(), now=NOW + seconds * SECOND)
        seen.append((seconds, states(NOW + seconds * SECOND)[0][1], told()))
    assert seen == [
        (0, "failing", ["nurse"]), (10, "failing", ["nurse"]), (40, "failing", ["nurse"]), (99, "failing", ["nurse"]),
        (100, "given-up", ["nurse", "prescriber"]),
    ]  # fmt: skip
    assert AlertTold.objects.get(person=people.prescriber).at == NOW + 100 * SECOND
    inbox.refuse = ""
    assert sent(101) == Worked(done=1)
    assert states(NOW + 101 * SECOND) == [
        ("nurse", "given-up", "recipient-refused"), ("prescriber", "sent", ""),
    ]  # fmt: skip
    client = Client()
    client.force_login(people.prescriber)
    page = client.get(reverse("alert-list")).content.decode()
    assert "▲ not sent" in page
    assert "recipient-refused" in page
    assert "4 tries" in page
    assert Job.objects.get(state="failed").reason == "recipient-refused"


def test_a_refusal_for_good_calls_the_next_without_waiting(people: People, course: Course, inbox: Inbox) -> None:
    inbox.refuse = "550 no such mailbox"
    on_duty(people, "nurse", "prescriber", minutes=60)
    reached_by(people.nurse, "nurse@mail.example")
    phq9(people, course, 2)
    sent(1)
    assert carry_on(actor=CommandLine(), now=NOW + 2 * SECOND) == 1
    assert told() == ["nurse", "prescriber"]


def test_one_way_that_works_is_enough(people: People, course: Course, inbox: Inbox, settings: Any) -> None:
    settings.CHECK_IN_SMS_GATEWAY = "folder"
    inbox.refuse = "550 no such mailbox"
    on_duty(people, "nurse", "prescriber", minutes=60)
    reached_by(people.nurse, "nurse@mail.example", "+1 555 010 0199")
    phq9(people, course, 2)
    sent(1)
    assert sorted(state for _, state, _ in states(NOW + SECOND)) == ["delivered", "given-up"]
    assert carry_on(actor=CommandLine(), now=NOW + 5 * MINUTE) == 0


def test_a_gateway_that_breaks_in_its_own_way_is_a_failure(
    people: People, course: Course, inbox: Inbox, monkeypatch: Any
) -> None:
    class Broken:
        def send(self, *, to: str, subject: str, text: str) -> bool:
            raise RuntimeError(f"cannot reach {to}")

    monkeypatch.setattr("holdfast.clinic.duty_calls.sending.gateway_for", lambda channel, kind: Broken())
    on_duty(people, "nurse")
    reached_by(people.nurse, "nurse@mail.example")
    phq9(people, course, 2)
    assert sent() == Worked(failed=1)
    assert states(NOW) == [("nurse", "failing", "error-RuntimeError")]


@pytest.mark.story("HF-CRI-007")
def test_a_sender_that_was_killed_at_every_try_counts_as_not_reached(people: People, course: Course) -> None:
    on_duty(people, "nurse", "prescriber", minutes=60)
    reached_by(people.nurse, "nurse@mail.example")
    phq9(people, course, 2)
    at, lease = NOW, dt.timedelta(seconds=KINDS["duty_calls.send"].lease_s)
    for number in range(KINDS["duty_calls.send"].most_tries):
        assert take_job(actor=CommandLine(), lane=URGENT, worker=f"killed {number}", now=at) is not None
        assert begin_call(actor=CommandLine(), call=DutyCall.objects.get(), now=at) is not None
        at += lease
    assert carry_on(actor=CommandLine(), now=at - SECOND) == 0
    assert carry_on(actor=CommandLine(), now=at) == 1
    assert states(at)[0] == ("nurse", "given-up", "interrupted")


def test_who_took_it_gets_no_message_any_more(people: People, course: Course, inbox: Inbox) -> None:
    on_duty(people, "nurse", "prescriber")
    reached_by(people.nurse, "nurse@mail.example")
    phq9(people, course, 2)
    take_alert(actor=people.nurse, alert=CrisisAlert.objects.get(), now=NOW + SECOND)
    assert sent(2) == Worked(done=1)
    assert inbox.mails == []
    assert states(NOW + MINUTE) == [("nurse", "not-needed", "")]


def test_a_message_that_went_out_is_not_sent_again_by_a_job_that_runs_again(
    people: People, course: Course, inbox: Inbox
) -> None:
    on_duty(people, "nurse")
    reached_by(people.nurse, "nurse@mail.example")
    phq9(people, course, 2)
    sent(2)
    send_call(subject=str(DutyCall.objects.get().public_id), clock=lambda: NOW + MINUTE)
    assert len(inbox.mails) == 1


@pytest.mark.story("HF-CRI-007")
def test_a_mail_server_that_is_away_keeps_no_answer_from_being_saved(people: People, course: Course) -> None:
    """The message is a job: the answer, its alert and its job are saved before anybody talks to a server."""
    on_duty(people, "nurse")
    reached_by(people.nurse, "nurse@mail.example")
    rating = phq9(people, course, 2)
    assert CrisisAlert.objects.get().assessment == rating
    assert Job.objects.get(kind="duty_calls.send").state == "waiting"


def test_own_addresses_are_kept_changed_and_taken_back(people: People) -> None:
    client = Client()
    client.force_login(people.nurse)
    page = reverse("duty-address")
    assert client.post(page, {"email": "nurse@mail.example", "sms": "+1 555 010 0199"}).status_code == 302
    assert client.post(page, {"email": "nurse@mail.example", "sms": "+1 555 010 0199"}).status_code == 302
    assert DutyAddress.objects.count() == 2
    assert "+15550100199" in client.get(page).content.decode()
    for wrong in ({"email": "nobody"}, {"sms": "0155"}, {"email": "a" * 300 + "@mail.example"}):
        answer = client.post(page, wrong)
        assert answer.status_code == 422
        assert "patient" not in answer.content.decode().partition("Your addresses")[2].partition("</form>")[0]
    assert DutyAddress.objects.count() == 2
    assert client.post(page, {"email": "", "sms": "+15550100199"}).status_code == 302
    assert "shown on these pages only" not in client.get(reverse("alert-list")).content.decode()
    assert client.post(page, {}).status_code == 302
    assert "shown on these pages only" in client.get(reverse("alert-list")).content.decode()
    with pytest.raises(PermissionRefusedError):
        reached_by(people.front_desk, "desk@mail.example")
    with pytest.raises(InputError, match="look at it again"):
        reached_by(people.nurse, "nobody")


@pytest.mark.story("HF-CRI-006")
def test_the_drill_proves_messages_too(people: People, inbox: Inbox, settings: Any) -> None:
    on_duty(people, "nurse", "prescriber")
    assert any("nurse has set no address" in warning for warning in path_warnings(people.programme, NOW))
    reached_by(people.nurse, "nurse@mail.example")
    assert not any("nurse has set no address" in warning for warning in path_warnings(people.programme, NOW))
    alert = raise_drill(actor=CommandLine(), programme=people.programme, now=NOW)
    assert _messages(CommandLine(), alert) == [{"to": "nurse by e-mail", "state": "sent", "reason": ""}]
    assert "A drill" in inbox.mails[0][1]
    inbox.refuse = "550 no such mailbox"
    again = raise_drill(actor=CommandLine(), programme=people.programme, now=NOW)
    (failed,) = _messages(CommandLine(), again)
    assert (failed["state"], failed["reason"]) == ("given-up", "recipient-refused")
    settings.EMAIL_BACKEND = "django.core.mail.backends.dummy.EmailBackend"
    assert any("HOLDFAST_SMTP_URL is not set up" in fault for fault in path_faults(people.programme, NOW))


@pytest.mark.story("HF-CRI-006")
@pytest.mark.parametrize("named", ["", "console", "folder"])
def test_a_gateway_that_reaches_nobody_stands_in_the_way_of_the_drill(
    people: People, settings: Any, named: str
) -> None:
    settings.CHECK_IN_SMS_GATEWAY = named
    on_duty(people, "nurse", "prescriber")
    reached_by(people.nurse, sms="+15550100199")
    assert any("HOLDFAST_SMS_GATEWAY is not set up" in fault for fault in path_faults(people.programme, NOW))
    settings.CHECK_IN_SMS_GATEWAY = "package.module:Class"
    assert not any("HOLDFAST_SMS_GATEWAY" in fault for fault in path_faults(people.programme, NOW))
