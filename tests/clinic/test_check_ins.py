"""Check-ins as records: agreed, asked once, sent with limits, missed and followed up; nothing is a gap."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest

from holdfast.clinic.accounts.models import CommandLine, PatientByLink
from holdfast.clinic.accounts.permissions import may
from holdfast.clinic.audit.append_only import AppendOnlyError
from holdfast.clinic.audit.models import AuditEntry
from holdfast.clinic.audit.queries import verify
from holdfast.clinic.checkins import actions, queries
from holdfast.clinic.checkins.models import Agreement, CheckIn, CheckInLink, Kind
from holdfast.clinic.courses.actions import change_phase
from holdfast.clinic.courses.models import Course
from holdfast.clinic.courses.queries import KEPT, caseload
from holdfast.clinic.messaging.gateways import Folder, NotSentError, gateway_for, sms_gateway
from holdfast.clinic.messaging.retries import MOST_ATTEMPTS
from holdfast.clinic.messaging.tokens import digest_of
from holdfast.errors import ConfigurationError, InputError, PermissionRefusedError
from tests.clinic.check_ins import AT_TEN, PUBLIC, Kept, agree, kept, kinds, path_in, send
from tests.clinic.conftest import NOW, People, new_course, new_patient, new_people, new_programme, study_course

pytestmark = pytest.mark.django_db
__all__ = ["kept"]
DAY = dt.timedelta(days=1)
MINUTE = dt.timedelta(minutes=1)


def due(people: People, now: dt.datetime) -> list[str]:
    """Kinds of what the check-ins ask of the staff."""
    (row,) = caseload(actor=people.nurse, now=now)
    return [one.kind for one in row.due if one.kind.startswith(("check_in:", "check:bladder"))]


@pytest.mark.story("HF-CHK-001")
def test_a_newer_agreement_takes_the_place_and_the_older_stays(people: People, course: Course) -> None:
    first = agree(people, course)
    second = agree(people, course, now=NOW + MINUTE, every_d=1, channel="sms", address="+1 555-010 0199")
    assert (first.version, second.version) == (1, 2)
    assert second.address == "+15550100199"
    assert Agreement.objects.count() == 2
    with pytest.raises(AppendOnlyError):
        Agreement.objects.filter(pk=first.pk).update(every_d=2)


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        ({"agreed": False}, "agreed: a schedule is agreed with the patient"),
        ({"instruments": []}, "instruments: choose at least one"),
        ({"instruments": ["madrs"]}, "instruments: choose at least one"),
        ({"every_d": 8}, "every_d is 8"),
        ({"open_h": 1}, "open_h is 1"),
        ({"channel": "post"}, "channel 'post' is not known"),
        ({"address": "ada"}, "address: this is no e-mail address"),
        ({"address": "a@b.example\nbcc: x@y.example"}, "address: this is no e-mail address"),
        ({"channel": "sms", "address": "555 0199"}, "address: give the number with its country"),
        ({"ends_on": dt.date(2026, 11, 1)}, "ends_on: 2026-11-01 lies before"),
        ({"starts_on": dt.date(202, 11, 1)}, "starts_on: the year 202"),
        ({"plan": "x" * 5000}, "plan: has 5000 signs"),
    ],
)
def test_what_cannot_be_agreed_is_refused_and_nothing_is_kept(
    people: People, course: Course, changes: dict, says: str
) -> None:
    with pytest.raises(InputError, match=says):
        agree(people, course, **changes)
    assert not Agreement.objects.exists()
    assert not AuditEntry.objects.filter(action="check_in.agree").exists()


def test_a_course_without_a_calendar_or_at_its_end_takes_none(people: People, course: Course) -> None:
    with pytest.raises(InputError, match="counts study days"):
        agree(people, study_course(people))
    change_phase(actor=people.prescriber, course=course, to_phase="declined", on=NOW.date(), now=NOW)
    with pytest.raises(InputError, match="has ended"):
        agree(people, course)


@pytest.mark.story("HF-CHK-002")
def test_a_check_in_is_asked_once_and_its_message_tells_nothing(people: People, course: Course, kept: Kept) -> None:
    agree(people, course)
    assert send(AT_TEN - MINUTE).as_dict() == {"asked": 0, "missed": 0, "sent": 0, "failed": 0}
    assert send(AT_TEN).as_dict() == {"asked": 1, "missed": 0, "sent": 1, "failed": 0}
    for later in range(5):
        assert send(AT_TEN + later * MINUTE).as_dict() == {"asked": 0, "missed": 0, "sent": 0, "failed": 0}
    (check_in,) = CheckIn.objects.all()
    assert kinds(check_in) == ["scheduled", "sending", "sent"]
    ((to, subject, text),) = kept.messages
    assert to == "ada@mail.example"
    assert "Tue 3 Nov, 10:00" in text
    for word in ("ada", "clinic", "phq", "depress", "ketamine", "mood", "programme"):
        assert word not in (subject + text.replace(PUBLIC + path_in(text), "")).lower()  # letters of the link are drawn


@pytest.mark.story("HF-CHK-002")
def test_only_a_digest_of_the_token_is_kept(people: People, course: Course, kept: Kept) -> None:
    agree(people, course)
    send(AT_TEN)
    token = path_in(kept.messages[0][2]).split("/")[2]
    assert len(token) >= 32
    (row,) = CheckInLink.objects.all()
    assert row.digest == digest_of(token)
    assert row.expires_at == AT_TEN + DAY
    stored = " ".join(str(entry.details) + entry.subject_ref for entry in AuditEntry.objects.all())
    assert token not in stored
    assert "@" not in stored


@pytest.mark.story("HF-CHK-002")
def test_a_message_that_fails_is_tried_again_with_limits_and_becomes_a_task(
    people: People, course: Course, kept: Kept
) -> None:
    agree(people, course)
    kept.failures = ["no-connection"] * 9
    # At once; then 5, 15 and 60 minutes after each failure.
    tried = [minute for minute in range(0, 200) if send(AT_TEN + minute * MINUTE).failed]
    assert tried == [0, 5, 20, 80]
    assert len(tried) == MOST_ATTEMPTS
    assert due(people, AT_TEN + 200 * MINUTE) == [queries.UNSENT_TASK]
    (check_in,) = CheckIn.objects.all()
    assert check_in.events.filter(kind=Kind.FAILED, reason="no-connection").count() == 4
    assert kept.messages == []


def test_a_second_attempt_that_goes_well_leaves_no_task_and_a_confirmed_one_is_delivered(
    people: People, course: Course, kept: Kept
) -> None:
    agree(people, course)
    kept.failures, kept.confirms = ["no-connection"], True
    assert send(AT_TEN).failed == 1
    assert send(AT_TEN + 5 * MINUTE).sent == 1
    assert kinds(CheckIn.objects.get()) == ["scheduled", "sending", "failed", "sending", "sent", "delivered"]
    assert due(people, AT_TEN + 10 * MINUTE) == []


@pytest.mark.story("HF-CHK-002")
def test_a_gateway_that_breaks_in_its_own_way_fails_its_message_and_holds_up_no_other(
    people: People, course: Course, kept: Kept, monkeypatch: pytest.MonkeyPatch
) -> None:
    def breaks_for_ada(*, to: str, **_: str) -> bool:
        if to.startswith("ada"):
            raise RuntimeError("ada@mail.example has no route")
        return False

    monkeypatch.setattr(kept, "send", breaks_for_ada)
    agree(people, course)
    agree(people, new_course(people, new_patient(people, "Bea Example")), address="bea@mail.example")
    assert send(AT_TEN).as_dict() == {"asked": 2, "missed": 0, "sent": 1, "failed": 1}
    assert course.check_ins.get().events.get(kind=Kind.FAILED).reason == "error-RuntimeError"


def test_an_address_refused_for_good_is_not_tried_again(people: People, course: Course, kept: Kept) -> None:
    agree(people, course)
    kept.failures, kept.permanent = ["recipient-refused"], True
    assert send(AT_TEN).failed == 1
    assert send(AT_TEN + 120 * MINUTE).as_dict() == {"asked": 0, "missed": 0, "sent": 0, "failed": 0}


def test_a_sender_that_was_killed_is_made_good_after_ten_minutes(people: People, course: Course, kept: Kept) -> None:
    agree(people, course)
    actions.ask_check_ins(actor=CommandLine(), course=course, now=AT_TEN)
    taken = actions.begin_sending(actor=CommandLine(), check_in=CheckIn.objects.get(), now=AT_TEN)
    assert taken is not None  # and here the machine went down
    assert actions.begin_sending(actor=CommandLine(), check_in=CheckIn.objects.get(), now=AT_TEN) is None
    assert send(AT_TEN + 9 * MINUTE).sent == 0
    assert send(AT_TEN + 15 * MINUTE).sent == 1


@pytest.mark.story("HF-CHK-003")
def test_a_missed_check_in_is_a_task_until_somebody_looks_after_it(people: People, course: Course, kept: Kept) -> None:
    agree(people, course, every_d=1)
    send(AT_TEN)
    assert send(AT_TEN + DAY).missed == 1
    assert due(people, AT_TEN + DAY) == [queries.MISSED_TASK]
    assert send(AT_TEN + 2 * DAY).missed == 1
    (row,) = caseload(actor=people.nurse, now=AT_TEN + 2 * DAY)
    (task,) = [one for one in row.due if one.kind == queries.MISSED_TASK]
    assert (task.text, task.on, task.overdue) == ("2 check-ins missed in a row", dt.date(2026, 11, 2), True)
    with pytest.raises(InputError, match="note: say what was done"):
        actions.follow_up(actor=people.nurse, course=course, note=" ", now=AT_TEN + 2 * DAY)
    note = "Reached by telephone"
    assert actions.follow_up(actor=people.therapist, course=course, note=note, now=AT_TEN + 2 * DAY) == 2
    assert due(people, AT_TEN + 2 * DAY) == []
    with pytest.raises(InputError, match="no check-in waits"):
        actions.follow_up(actor=people.nurse, course=course, note=note, now=AT_TEN + 2 * DAY)


@pytest.mark.story("HF-CHK-003")
def test_a_message_that_could_not_be_sent_is_a_task_until_somebody_looks_after_it(
    people: People, course: Course, kept: Kept
) -> None:
    agree(people, course)
    kept.failures, kept.permanent = ["recipient-refused"], True
    send(AT_TEN)
    assert due(people, AT_TEN) == [queries.UNSENT_TASK]
    send(AT_TEN + DAY)
    assert due(people, AT_TEN + DAY) == [queries.MISSED_TASK]
    actions.follow_up(actor=people.nurse, course=course, note="Reached by telephone", now=AT_TEN + DAY)
    assert due(people, AT_TEN + DAY) == []


@pytest.mark.story("HF-CHK-003")
def test_a_sender_that_stands_still_leaves_no_gap(people: People, course: Course, kept: Kept) -> None:
    agree(people, course, every_d=1)
    later = AT_TEN + 3 * DAY + 2 * MINUTE
    assert due(people, AT_TEN + 30 * MINUTE) == []
    assert due(people, later) == [queries.SILENT_TASK]
    assert send(later).as_dict() == {"asked": 4, "missed": 3, "sent": 1, "failed": 0}
    assert due(people, later) == [queries.MISSED_TASK]


def test_a_pause_sends_nothing_and_its_end_does_not_ask_what_was_paused(
    people: People, course: Course, kept: Kept
) -> None:
    agree(people, course, every_d=1)
    with pytest.raises(InputError, match="why: say why"):
        actions.pause_check_ins(actor=people.nurse, course=course, now=NOW)
    paused = actions.pause_check_ins(actor=people.nurse, course=course, why="On a journey", now=NOW)
    assert (paused.version, paused.state) == (2, "paused")
    assert send(AT_TEN + 2 * DAY).as_dict() == {"asked": 0, "missed": 0, "sent": 0, "failed": 0}
    assert due(people, AT_TEN + 2 * DAY) == []
    again = actions.pause_check_ins(actor=people.nurse, course=course, now=AT_TEN + 2 * DAY + MINUTE)
    assert again.active
    assert send(AT_TEN + 3 * DAY).as_dict() == {"asked": 1, "missed": 0, "sent": 1, "failed": 0}


def test_a_pause_does_not_end_after_the_course(people: People, course: Course) -> None:
    agree(people, course)
    actions.pause_check_ins(actor=people.nurse, course=course, why="On a journey", now=NOW)
    change_phase(actor=people.prescriber, course=course, to_phase="declined", on=NOW.date(), now=NOW)
    with pytest.raises(InputError, match="this course has ended"):
        actions.pause_check_ins(actor=people.nurse, course=course, now=NOW)


def test_no_pause_without_an_agreement(people: People, course: Course) -> None:
    with pytest.raises(InputError, match="no check-ins are agreed"):
        actions.pause_check_ins(actor=people.nurse, course=course, why="x", now=NOW)


def test_what_a_newer_agreement_puts_down_is_on_record_too(people: People, course: Course) -> None:
    agree(people, course)
    agree(people, course, now=AT_TEN + MINUTE)
    (check_in,) = CheckIn.objects.all()
    (entry,) = AuditEntry.objects.filter(action="check_in.ask")
    assert (entry.subject_ref, entry.actor) == (str(check_in.public_id), people.nurse)


def test_a_changed_address_is_where_the_next_message_goes(people: People, course: Course, kept: Kept) -> None:
    agree(people, course, every_d=1)
    send(AT_TEN)
    agree(people, course, now=AT_TEN + MINUTE, every_d=1, address="new@mail.example")
    assert send(AT_TEN + DAY).sent == 1
    assert [to for to, _, _ in kept.messages] == ["ada@mail.example", "new@mail.example"]


def test_an_ended_course_asks_nothing_more(people: People, course: Course, kept: Kept) -> None:
    agree(people, course)
    change_phase(actor=people.prescriber, course=course, to_phase="declined", on=NOW.date(), now=NOW)
    assert send(AT_TEN).as_dict() == {"asked": 0, "missed": 0, "sent": 0, "failed": 0}


@pytest.mark.story("HF-CHK-002")
def test_what_could_not_be_sent_before_a_course_ended_is_sent_no_more(
    people: People, course: Course, kept: Kept
) -> None:
    agree(people, course)
    kept.failures = ["no-connection"]
    assert send(AT_TEN).failed == 1
    change_phase(actor=people.prescriber, course=course, to_phase="declined", on=NOW.date(), now=AT_TEN + MINUTE)
    assert send(AT_TEN + 6 * MINUTE).as_dict() == {"asked": 0, "missed": 0, "sent": 0, "failed": 0}
    assert kept.messages == []


@pytest.mark.story("HF-CHK-002")
def test_a_patient_by_link_may_do_two_things_in_one_course(people: People, course: Course) -> None:
    patient = PatientByLink(course.pk, people.programme.pk)
    other = new_course(people, None)
    assert may(patient, "check_in.answer", course)
    assert may(patient, "assessment.record", course)
    assert not may(patient, "check_in.answer", other)
    assert not may(patient, "check_in.answer", people.programme)
    assert not may(patient, "check_in.answer")
    for action in ("assessment.view", "check_in.view", "check_in.agree", "patient.view", "caseload.view"):
        assert not may(patient, action, course)


def test_who_may_not_agree_gets_nothing_stored(people: People, course: Course, others: People) -> None:
    for actor in (people.therapist, people.front_desk, others.nurse, PatientByLink(course.pk, people.programme.pk)):
        with pytest.raises(PermissionRefusedError):
            agree(People(people.programme, {"nurse": actor}), course)
    assert not Agreement.objects.exists()


def test_a_live_programme_without_a_public_address_sends_no_link_that_opens_nowhere(
    people: People, course: Course
) -> None:
    agree(people, course)
    assert send(AT_TEN).failed == 1
    assert CheckIn.objects.get().events.get(kind=Kind.FAILED).reason == "no-public-address"


def test_mail_and_sms_that_are_not_set_up_say_so(people: People, settings: Any) -> None:
    settings.EMAIL_BACKEND = "django.core.mail.backends.dummy.EmailBackend"
    for channel in ("email", "sms"):
        with pytest.raises(NotSentError, match="not-set-up"):
            gateway_for(channel, "live").send(to="x", subject="y", text="z")
    with pytest.raises(ConfigurationError, match=r"HOLDFAST_SMS_GATEWAY is 'no\.such:Thing'"):
        sms_gateway("no.such:Thing")
    assert isinstance(sms_gateway("tests.clinic.check_ins:Kept"), Kept)


def test_messages_of_a_simulated_programme_are_files_that_only_the_owner_reads(
    db: None, tmp_path: Any, settings: Any
) -> None:
    settings.CHECK_IN_OUTBOX = tmp_path / "outbox"
    people = new_people(new_programme("invented", kind="simulated"))
    agree(people, new_course(people))
    assert send(AT_TEN).sent == 1
    (path,) = (tmp_path / "outbox").iterdir()
    assert "To: ada@mail.example" in path.read_text()
    assert path.stat().st_mode & 0o077 == 0
    assert isinstance(gateway_for("sms", "simulated"), Folder)


def test_the_record_of_actions_is_whole_and_names_no_patient(people: People, course: Course, kept: Kept) -> None:
    agree(people, course)
    send(AT_TEN)
    send(AT_TEN + DAY)
    told = set(AuditEntry.objects.filter(action__startswith="check_in.").values_list("action", flat=True))
    assert told == {"check_in.agree", "check_in.ask", "check_in.make_link", "check_in.send", "check_in.miss"}
    assert verify(actor=people.auditor).sound


@pytest.mark.story("HF-CHK-003")
def test_the_caseload_asks_no_more_queries_with_more_check_ins(
    people: People, course: Course, kept: Kept, django_assert_num_queries: Any
) -> None:
    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    def count() -> int:
        KEPT.forget()
        with CaptureQueriesContext(connection) as asked:
            caseload(actor=people.nurse, now=AT_TEN + 3 * DAY)
        return len(asked)

    agree(people, course, every_d=1)
    send(AT_TEN)
    few = count()
    for place in range(4):
        agree(people, new_course(people, None) if place == 0 else course, every_d=1, now=NOW + (place + 1) * MINUTE)
    send(AT_TEN + 3 * DAY)
    assert count() == few
