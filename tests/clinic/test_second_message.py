"""A check-in that nobody answered is asked for once more, as agreed, before it counts as missed."""

from __future__ import annotations

import datetime as dt

import pytest
from django.test import Client
from django.urls import reverse

from holdfast.clinic.accounts.models import PatientByLink
from holdfast.clinic.audit.models import AuditEntry
from holdfast.clinic.checkins import actions
from holdfast.clinic.checkins.models import CheckIn, Kind
from holdfast.clinic.checkins.queries import UNSENT_TASK
from holdfast.clinic.courses.models import Course
from holdfast.clinic.courses.queries import caseload
from holdfast.clinic.programmes.actions import choose_setting
from holdfast.errors import InputError
from tests.clinic.check_ins import AT_TEN, PUBLIC, Kept, agree, kept, kinds, path_in, send
from tests.clinic.conftest import People

pytestmark = pytest.mark.django_db
__all__ = ["kept"]
HOUR = dt.timedelta(hours=1)
MINUTE = dt.timedelta(minutes=1)
SENT_ONCE = ["scheduled", "sending", "sent"]


@pytest.mark.story("HF-CHK-006")
def test_it_goes_out_once_as_agreed_and_before_the_check_in_is_missed(
    people: People, course: Course, kept: Kept
) -> None:
    agree(people, course, remind_after_h=6)
    sent = [(hour, send(AT_TEN + hour * HOUR).sent) for hour in range(24)]
    assert [hour for hour, count in sent if count] == [0, 6]
    (check_in,) = CheckIn.objects.all()
    assert kinds(check_in) == [*SENT_ONCE, "reminder", "sending", "sent"]
    send(AT_TEN + 24 * HOUR)
    assert kinds(check_in)[-1] == "missed"
    (_, _, first), (to, subject, second) = kept.messages
    assert (to, subject) == ("ada@mail.example", "Your check-in")
    assert second.startswith("A reminder: your check-in is still open.")
    assert "Open until Tue 3 Nov, 10:00" in second
    assert path_in(first) != path_in(second)
    for word in ("ada", "clinic", "phq", "depress", "ketamine", "mood", "programme"):
        assert word not in second.replace(PUBLIC, "").lower()
    assert AuditEntry.objects.filter(action="check_in.remind").count() == 1


@pytest.mark.story("HF-CHK-006")
def test_both_links_open_the_same_check_in_and_an_answer_ends_it(people: People, course: Course, kept: Kept) -> None:
    agree(people, course, remind_after_h=6, open_h=96)
    send(AT_TEN)
    send(AT_TEN + 6 * HOUR)
    assert CheckIn.objects.get().links.count() == 2
    agree(people, course, remind_after_h=2, open_h=96, now=AT_TEN + 7 * HOUR)
    assert send(AT_TEN + 20 * HOUR).sent == 0  # one reminder is all


@pytest.mark.story("HF-CHK-006")
def test_who_answered_is_not_asked_again(people: People, course: Course, kept: Kept) -> None:
    agree(people, course, instruments=["mood-tap"], remind_after_h=6)
    send(AT_TEN)
    check_in = CheckIn.objects.get()
    by_link = PatientByLink(course.pk, people.programme.pk)
    actions.answer_question(
        actor=by_link, check_in=check_in, instrument="mood-tap", question="mood", value=3, now=AT_TEN + HOUR
    )
    assert send(AT_TEN + 6 * HOUR).sent == 0
    assert Kind.REMINDER not in kinds(check_in)


@pytest.mark.story("HF-CHK-006")
@pytest.mark.parametrize("switched", ["agreement", "programme", "pause"])
def test_it_is_switched_off_for_the_patient_and_for_the_programme(
    people: People, course: Course, kept: Kept, switched: str
) -> None:
    agree(people, course, remind_after_h=6)
    send(AT_TEN)
    if switched == "agreement":
        agree(people, course, now=AT_TEN + HOUR)
    elif switched == "pause":
        actions.pause_check_ins(actor=people.nurse, course=course, why="On a journey", now=AT_TEN + HOUR)
    else:
        values = {"actor": people.programme_lead, "programme": people.programme, "now": AT_TEN}
        choose_setting(setting="check_in_reminder", key="never", **values)
    assert send(AT_TEN + 6 * HOUR).sent == 0
    assert kinds(CheckIn.objects.get()) == SENT_ONCE


@pytest.mark.story("HF-CHK-006")
def test_switched_off_after_it_was_due_it_is_not_sent(people: People, course: Course, kept: Kept) -> None:
    agree(people, course, remind_after_h=6)
    send(AT_TEN)
    kept.failures = ["no-connection"]
    assert send(AT_TEN + 6 * HOUR).failed == 1
    values = {"actor": people.programme_lead, "programme": people.programme, "now": AT_TEN}
    choose_setting(setting="check_in_reminder", key="never", **values)
    assert send(AT_TEN + 7 * HOUR).as_dict() == {"asked": 0, "missed": 0, "sent": 0, "failed": 0}


@pytest.mark.story("HF-CHK-006")
def test_it_is_tried_again_with_the_same_limits_and_is_a_task_where_it_fails(
    people: People, course: Course, kept: Kept
) -> None:
    agree(people, course, remind_after_h=6)
    send(AT_TEN)
    kept.failures = ["no-connection"] * 9
    due_at = AT_TEN + 6 * HOUR
    assert [minute for minute in range(0, 120, 5) if send(due_at + minute * MINUTE).failed] == [0, 5, 20, 80]
    ledger = CheckIn.objects.get().events.filter(kind=Kind.FAILED).values_list("attempt", flat=True)
    assert list(ledger) == [2, 3, 4, 5]
    (row,) = caseload(actor=people.nurse, now=due_at + 2 * HOUR)
    assert UNSENT_TASK in [one.kind for one in row.due]


@pytest.mark.story("HF-CHK-006")
@pytest.mark.parametrize(
    ("changes", "says"),
    [
        ({"remind_after_h": 24}, "remind_after_h: the check-in has closed by then, after 24 h"),
        ({"remind_after_h": 36, "open_h": 96, "every_d": 1}, "has closed by then, after 24 h"),
        ({"remind_after_h": 0}, "remind_after_h is 0, outside 1 to 95"),
    ],
)
def test_a_second_message_that_could_never_help_is_refused(
    people: People, course: Course, changes: dict, says: str
) -> None:
    with pytest.raises(InputError, match=says):
        agree(people, course, **changes)


@pytest.mark.story("HF-CHK-006")
def test_the_pages_say_what_is_agreed_and_what_went_out(people: People, course: Course, kept: Kept) -> None:
    client = Client()
    client.force_login(people.nurse)
    agree_page = reverse("check-ins-agree", args=[course.public_id])
    fields = {
        "instruments": ["phq-9"], "every_d": "7", "at_local": "10:00", "open_h": "24", "starts_on": "2026-11-02",
        "channel": "email", "address": "ada@mail.example", "agreed": "on",
    }  # fmt: skip
    refused = client.post(agree_page, fields | {"remind_after_h": "24"})
    assert refused.status_code == 422
    assert "The check-in has closed by then, after 24 h" in refused.content.decode()
    assert client.post(agree_page, fields | {"remind_after_h": "12"}).status_code == 302
    assert course.check_in_agreements.get().remind_after_h == 12
    agree(people, course, remind_after_h=6)
    send(AT_TEN)
    send(AT_TEN + 6 * HOUR)
    shown = client.get(reverse("check-ins", args=[course.public_id])).content.decode()
    assert "after 6 h without an answer" in shown
    assert "Reminder due 2 Nov, 16:00" in shown
