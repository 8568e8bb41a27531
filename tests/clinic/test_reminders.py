"""Reminders before treatment sessions and evaluations: agreed, sent once, nothing sensitive in the message."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from holdfast.clinic.accounts.models import CommandLine, PatientByLink
from holdfast.clinic.audit.append_only import AppendOnlyError
from holdfast.clinic.audit.models import AuditEntry
from holdfast.clinic.audit.queries import verify
from holdfast.clinic.courses.actions import change_phase
from holdfast.clinic.courses.models import Course
from holdfast.clinic.courses.queries import caseload
from holdfast.clinic.messaging.tokens import digest_of
from holdfast.clinic.programmes.actions import choose_setting
from holdfast.clinic.reminders import actions, patient_views
from holdfast.clinic.reminders.models import Kind, Reminder, ReminderAgreement, ReminderLink
from holdfast.clinic.reminders.queries import UNSENT_TASK
from holdfast.clinic.reminders.sending import Run, send_reminders
from holdfast.clinic.treatment_sessions.actions import SessionToPlan, cancel_treatment_session, plan_treatment_sessions
from holdfast.clinic.treatment_sessions.models import TreatmentSession
from holdfast.errors import InputError, PermissionRefusedError
from tests.clinic.check_ins import PUBLIC, Kept
from tests.clinic.conftest import NOW, People, study_course

pytestmark = pytest.mark.django_db
MINUTE = dt.timedelta(minutes=1)
HOUR = dt.timedelta(hours=1)
# NOW is Monday 2 November 2026, 9:00 UTC; the treatment session is on Thursday, its reminder on Wednesday at 17:00.
THURSDAY = dt.date(2026, 11, 5)
DUE = dt.datetime(2026, 11, 4, 17, 0, tzinfo=dt.UTC)
PREPARE = "Eat nothing for two hours before. Somebody takes you home."
NOTHING = {"planned": 0, "sent": 0, "failed": 0}


@pytest.fixture
def kept(monkeypatch: pytest.MonkeyPatch, settings: Any) -> Kept:
    gateway = Kept()
    settings.PUBLIC_URL = PUBLIC
    monkeypatch.setattr("holdfast.clinic.messaging.sending.gateway_for", lambda channel, kind: gateway)
    return gateway


@pytest.fixture
def planned(people: People, course: Course) -> TreatmentSession:
    """A treatment session on Thursday."""
    return plan(people, course, THURSDAY)


@pytest.fixture
def at(monkeypatch: pytest.MonkeyPatch) -> Callable[[dt.datetime], None]:
    """Sets the clock of the page behind a link."""

    def set_to(now: dt.datetime) -> None:
        monkeypatch.setattr(patient_views.timezone, "now", lambda: now)

    return set_to


def plan(people: People, course: Course, on: dt.date) -> TreatmentSession:
    (row,) = plan_treatment_sessions(
        actor=people.nurse, course=course, sessions=[SessionToPlan(planned_on=on)], now=NOW
    )
    return row


def agree(people: People, course: Course, *, now: dt.datetime = NOW, **changes: Any) -> ReminderAgreement:
    values = {
        "days_before": 1, "at_local": dt.time(17, 0), "channel": "email", "address": "ada@mail.example",
        "prepare": PREPARE, "agreed": True, **changes,
    }  # fmt: skip
    return actions.agree_reminders(actor=people.nurse, course=course, now=now, **values)


def send(at: dt.datetime) -> Run:
    return send_reminders(actor=CommandLine(), clock=lambda: at)


def kinds(reminder: Reminder) -> list[str]:
    return list(reminder.events.order_by("pk").values_list("kind", flat=True))


def path_in(text: str) -> str:
    found = re.search(rf"{re.escape(PUBLIC)}(/r/[A-Za-z0-9_-]+/)", text)
    assert found, text
    return found[1]


@pytest.mark.story("HF-CHK-007")
def test_it_goes_out_once_before_the_day_and_tells_nothing(
    people: People, course: Course, planned: TreatmentSession, kept: Kept
) -> None:
    agree(people, course)
    assert send(DUE - MINUTE).as_dict() == NOTHING
    assert send(DUE).as_dict() == {"planned": 1, "sent": 1, "failed": 0}
    for later in range(1, 8):
        assert send(DUE + later * HOUR).as_dict() == NOTHING
    ((to, subject, text),) = kept.messages
    assert (to, subject) == ("ada@mail.example", "Your appointment")
    assert text.startswith("A reminder: you have an appointment on Thu 5 Nov. How to prepare:\n")
    for word in ("ada", "clinic", "depress", "ketamine", "treat", "session", "psych", "programme", "eat", "home"):
        assert word not in (subject + text.replace(PUBLIC, "").replace(path_in(text), "")).lower(), word
    assert kinds(Reminder.objects.get()) == ["scheduled", "sending", "sent"]
    token = path_in(text).split("/")[2]
    assert ReminderLink.objects.get().digest == digest_of(token)
    stored = " ".join(str(entry.details) + entry.subject_ref for entry in AuditEntry.objects.all())
    assert token not in stored
    assert "@" not in stored
    assert verify(actor=CommandLine()).sound


@pytest.mark.story("HF-CHK-007")
def test_a_session_planned_late_is_reminded_at_once_and_none_on_its_day(
    people: People, course: Course, kept: Kept
) -> None:
    agree(people, course)
    plan(people, course, NOW.date())
    assert send(NOW).as_dict() == NOTHING  # on the day itself it is too late
    plan(people, course, NOW.date() + dt.timedelta(days=1))
    assert send(NOW + 7 * HOUR).as_dict() == NOTHING
    assert send(NOW + 10 * HOUR).sent == 1


@pytest.mark.story("HF-CHK-007")
def test_one_that_is_agreed_at_night_waits_for_the_hour(
    people: People, course: Course, planned: TreatmentSession, kept: Kept
) -> None:
    night = dt.datetime(2026, 11, 3, 23, 50, tzinfo=dt.UTC)
    agree(people, course, now=night, days_before=3)
    assert send(night).as_dict() == {"planned": 1, "sent": 0, "failed": 0}
    assert send(DUE - MINUTE).as_dict() == NOTHING
    assert send(DUE).sent == 1


@pytest.mark.story("HF-CHK-007")
@pytest.mark.parametrize("off", ["stopped", "programme", "ended", "never agreed"])
def test_it_is_switched_off_for_the_patient_and_for_the_programme(
    people: People, course: Course, planned: TreatmentSession, kept: Kept, off: str
) -> None:
    if off != "never agreed":
        agree(people, course)
    if off == "stopped":
        with pytest.raises(InputError, match="why: say why"):
            actions.stop_reminders(actor=people.nurse, course=course, why=" ", now=NOW)
        stopped = actions.stop_reminders(actor=people.nurse, course=course, why="No longer wanted", now=NOW)
        assert (stopped.version, stopped.active) == (2, False)
        with pytest.raises(InputError, match="nothing to stop"):
            actions.stop_reminders(actor=people.nurse, course=course, why="x", now=NOW)
    elif off == "programme":
        choose_setting(
            actor=people.programme_lead, programme=people.programme, setting="reminder_before_session", key="not_sent",
            now=NOW,
        )  # fmt: skip
    elif off == "ended":
        change_phase(actor=people.prescriber, course=course, to_phase="declined", on=NOW.date(), now=NOW)
    assert send(DUE).as_dict() == NOTHING
    assert kept.messages == []


@pytest.mark.story("HF-CHK-007")
def test_what_is_no_longer_planned_is_reminded_of_no_more(
    people: People, course: Course, planned: TreatmentSession, kept: Kept, client: Client, at: Any
) -> None:
    agree(people, course)
    kept.failures = ["no-connection"]
    assert send(DUE).failed == 1
    cancel_treatment_session(actor=people.nurse, treatment_session=planned, why="The patient is ill", now=DUE)
    assert send(DUE + 6 * MINUTE).as_dict() == NOTHING
    assert kinds(Reminder.objects.get()) == ["scheduled", "sending", "failed", "dropped"]
    assert kept.messages == []


@pytest.mark.story("HF-CHK-007")
def test_one_that_cannot_be_sent_is_tried_again_and_a_task_until_its_day(
    people: People, course: Course, planned: TreatmentSession, kept: Kept
) -> None:
    def due(now: dt.datetime) -> list[str]:
        (row,) = caseload(actor=people.nurse, now=now)
        return [one.text for one in row.due if one.kind == UNSENT_TASK]

    agree(people, course)
    kept.failures = ["no-connection"] * 9
    assert [minute for minute in range(0, 200, 5) if send(DUE + minute * MINUTE).failed] == [0, 5, 20, 80]
    assert due(DUE + 3 * HOUR) == ["Reminder of 2026-11-05 not sent; see its ledger"]
    assert due(DUE + 7 * HOUR) == []  # the day begins
    assert kept.messages == []


@pytest.mark.story("HF-CHK-007")
def test_a_live_programme_without_a_public_address_sends_no_link_that_opens_nowhere(
    people: People, course: Course, planned: TreatmentSession
) -> None:
    agree(people, course)
    assert send(DUE).failed == 1
    assert Reminder.objects.get().events.get(kind=Kind.FAILED).reason == "no-public-address"


@pytest.mark.story("HF-CHK-007")
def test_a_gateway_that_breaks_in_its_own_way_fails_its_message(
    people: People, course: Course, planned: TreatmentSession, kept: Kept, monkeypatch: pytest.MonkeyPatch
) -> None:
    def breaks(**_: str) -> bool:
        raise RuntimeError("ada@mail.example has no route")

    monkeypatch.setattr(kept, "send", breaks)
    agree(people, course)
    assert send(DUE).failed == 1
    assert Reminder.objects.get().events.get(kind=Kind.FAILED).reason == "error-RuntimeError"


@pytest.mark.story("HF-CHK-007")
def test_an_evaluation_is_reminded_of_by_its_day(people: People, course: Course, kept: Kept) -> None:
    with pytest.raises(InputError, match="agree them first"):
        actions.remind_of_evaluation(actor=people.nurse, course=course, on=THURSDAY, now=NOW)
    agree(people, course)
    with pytest.raises(InputError, match="on: a reminder goes out before the day"):
        actions.remind_of_evaluation(actor=people.nurse, course=course, on=NOW.date(), now=NOW)
    first = actions.remind_of_evaluation(actor=people.nurse, course=course, on=THURSDAY, now=NOW)
    assert actions.remind_of_evaluation(actor=people.nurse, course=course, on=THURSDAY, now=NOW) == first
    later = actions.remind_of_evaluation(actor=people.nurse, course=course, on=THURSDAY + dt.timedelta(days=1), now=NOW)
    actions.drop_reminder(actor=people.nurse, reminder=later, now=NOW)
    actions.drop_reminder(actor=people.nurse, reminder=later, now=NOW)
    with pytest.raises(InputError, match="was taken back"):
        actions.remind_of_evaluation(actor=people.nurse, course=course, on=later.on, now=NOW)
    assert send(DUE).as_dict() == {"planned": 0, "sent": 1, "failed": 0}
    assert send(DUE + dt.timedelta(days=1)).as_dict() == NOTHING
    assert kinds(later) == ["scheduled", "dropped"]
    assert "evaluation" not in kept.messages[0][2]


@pytest.mark.story("HF-CHK-007")
@pytest.mark.parametrize(
    ("changes", "says"),
    [
        ({"agreed": False}, "agreed: reminders are agreed with the patient"),
        ({"days_before": 0}, "days_before is 0, outside 1 to 7"),
        ({"days_before": 8}, "days_before is 8, outside 1 to 7"),
        ({"channel": "post"}, "channel 'post' is not known"),
        ({"address": "ada"}, "address: this is no e-mail address"),
        ({"prepare": " "}, "prepare: write what the patient should know"),
    ],
)
def test_what_cannot_be_agreed_is_refused_and_nothing_is_kept(
    people: People, course: Course, changes: dict, says: str
) -> None:
    with pytest.raises(InputError, match=says):
        agree(people, course, **changes)
    assert not ReminderAgreement.objects.exists()
    assert not AuditEntry.objects.filter(action="reminder.agree").exists()


def test_a_course_without_a_calendar_or_at_its_end_takes_none(people: People, course: Course) -> None:
    with pytest.raises(InputError, match="counts study days"):
        agree(people, study_course(people))
    change_phase(actor=people.prescriber, course=course, to_phase="declined", on=NOW.date(), now=NOW)
    with pytest.raises(InputError, match="has ended"):
        agree(people, course)


@pytest.mark.story("HF-CHK-007")
def test_a_newer_agreement_takes_the_place_and_the_older_stays(people: People, course: Course) -> None:
    first = agree(people, course)
    second = agree(people, course, days_before=2, channel="sms", address="+1 555-010 0199")
    assert (first.version, second.version, second.address) == (1, 2, "+15550100199")
    with pytest.raises(AppendOnlyError):
        ReminderAgreement.objects.filter(pk=first.pk).update(days_before=3)
    for actor in (people.therapist, people.front_desk, PatientByLink(course.pk, people.programme.pk)):
        with pytest.raises(PermissionRefusedError):
            agree(People(people.programme, {"nurse": actor}), course)


@pytest.mark.story("HF-CHK-008")
def test_the_link_shows_the_day_and_how_to_prepare_and_nothing_else(
    people: People, course: Course, planned: TreatmentSession, kept: Kept, client: Client, at: Any
) -> None:
    agree(people, course)
    send(DUE)
    path = path_in(kept.messages[0][2])
    at(DUE + HOUR)
    assert client.head(path).status_code == 200
    assert Kind.OPENED not in kinds(Reminder.objects.get())
    shown = client.get(path)
    words = shown.content.decode()
    assert shown.status_code == 200
    assert not shown.cookies
    assert "Your appointment: Thursday 5 November 2026" in words
    assert PREPARE in words
    for word in ("Ada", "etamine", "PHQ", "epress", "forecast"):
        assert word not in words
    client.get(path)
    assert kinds(Reminder.objects.get()).count("opened") == 1
    assert client.post(path).status_code == 405
    agree(people, course, prepare="Come an hour earlier.", now=DUE + HOUR)
    assert "Come an hour earlier." in client.get(path).content.decode()
    cancel_treatment_session(actor=people.nurse, treatment_session=planned, why="The patient is ill", now=DUE + HOUR)
    changed = client.get(path).content.decode()
    assert "This appointment is no longer planned" in changed
    assert "an hour earlier" not in changed


@pytest.mark.story("HF-CHK-008")
def test_a_link_ends_with_its_day_and_guesses_are_limited(
    people: People, course: Course, planned: TreatmentSession, kept: Kept, client: Client, at: Any
) -> None:
    agree(people, course)
    send(DUE)
    path = path_in(kept.messages[0][2])
    at(dt.datetime(2026, 11, 5, 23, 59, tzinfo=dt.UTC))
    assert client.get(path).status_code == 200
    at(dt.datetime(2026, 11, 6, 0, 0, tzinfo=dt.UTC))
    over = client.get(path)
    assert (over.status_code, "This day is over" in over.content.decode()) == (410, True)
    assert PREPARE not in over.content.decode()
    wrong = [client.get("/r/no-such-token/").status_code for _ in range(31)]
    assert (wrong[0], wrong[-1]) == (404, 429)
    assert client.get(path).status_code == 410  # guessing locks out nobody who holds a link


@pytest.mark.story("HF-CHK-007")
def test_the_pages_agree_show_stop_and_take_back(
    people: People, course: Course, planned: TreatmentSession, kept: Kept
) -> None:
    client = Client()
    client.force_login(people.nurse)
    page, agree_page = (reverse(name, args=[course.public_id]) for name in ("reminders", "reminders-agree"))
    assert "Nothing is agreed yet." in client.get(page).content.decode()
    fields = {
        "days_before": "1", "at_local": "17:00", "channel": "email", "address": "ada", "prepare": PREPARE,
        "agreed": "on",
    }  # fmt: skip
    refused = client.post(agree_page, fields)
    assert refused.status_code == 422
    assert "This is no e-mail address" in refused.content.decode()
    assert client.post(agree_page, fields | {"address": "ada@mail.example"}).status_code == 302
    send(DUE)
    shown = " ".join(client.get(page).content.decode().split())
    assert "The day before at 17:00 (UTC)" in shown
    assert "Sent 4 Nov, 17:00" in shown
    assert (
        client.post(reverse("reminders-evaluation", args=[course.public_id]), {"on": "2020-01-01"}).status_code == 422
    )
    ahead = (dt.datetime.now(dt.UTC) + dt.timedelta(days=30)).date()
    evaluation = reverse("reminders-evaluation", args=[course.public_id])
    assert client.post(evaluation, {"on": ahead.isoformat()}).status_code == 302
    of_it = Reminder.objects.get(of="evaluation")
    assert client.post(reverse("reminder-drop", args=[of_it.public_id])).status_code == 302
    assert kinds(of_it) == ["scheduled", "dropped"]
    stop = reverse("reminders-stop", args=[course.public_id])
    assert client.post(stop, {"why": ""}).status_code == 422
    assert client.post(stop, {"why": "No longer wanted"}).status_code == 302
    assert "Stopped" in client.get(page).content.decode()
