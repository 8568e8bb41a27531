"""An answer about suicide reaches the person on duty, is taken, or goes on to the next; recorded end to end."""

from __future__ import annotations

import argparse
import datetime as dt
import threading
from collections.abc import Callable
from typing import Any

import pytest
from django.db import Error
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from holdfast.cli.crisis import _awaited, _drill
from holdfast.clinic.accounts.actions import change_role, deactivate_user, set_programmes
from holdfast.clinic.accounts.models import CommandLine, User
from holdfast.clinic.alerts import watch
from holdfast.clinic.alerts.actions import (
    add_duty_turn,
    carry_on,
    end_duty_turn,
    raise_drill,
    set_alert_minutes,
    take_alert,
)
from holdfast.clinic.alerts.drill import called_in_turn, path_faults, path_warnings
from holdfast.clinic.alerts.models import AlertTaken, AlertTold, CrisisAlert, DutyTurn
from holdfast.clinic.alerts.queries import calling, open_alerts
from holdfast.clinic.alerts.standing import duty_setting, stands
from holdfast.clinic.assessments.actions import correct_assessment, record_assessment
from holdfast.clinic.assessments.models import Assessment
from holdfast.clinic.audit.models import AuditEntry
from holdfast.clinic.audit.queries import verify
from holdfast.clinic.courses.models import Course
from holdfast.clinic.jobs.actions import Outcome, note_run
from holdfast.clinic.programmes.actions import set_out_of_hours_text
from holdfast.errors import InputError, PermissionRefusedError, RefusedError
from tests.clinic.conftest import NOW, People, new_course, new_patient, study_course

pytestmark = pytest.mark.django_db
MINUTE = dt.timedelta(minutes=1)
NO = dict.fromkeys(("q1", "q2", "q6_lifetime", "q6_3_months"), False)


def phq9(people: People, course: Course, item_9: int, **changes: Any) -> Assessment:
    given = {"answers": [1] * 8 + [item_9], "rated_at": NOW, "now": NOW, **changes}
    return record_assessment(actor=people.nurse, course=course, scale="phq-9", **given).assessment


def on_duty(people: People, *roles: str, minutes: float | None = 10) -> None:
    for place, role in enumerate(roles, start=1):
        add_duty_turn(
            actor=people.programme_lead, programme=people.programme, person=people.by_role[role], place=place, now=NOW
        )
    if minutes is not None:
        set_alert_minutes(actor=people.programme_lead, programme=people.programme, minutes=minutes, now=NOW)


def told() -> list[str]:
    """Who was told when it was their turn; what comes after the last one is in test_alert_rounds."""
    return list(AlertTold.objects.filter(round=1).order_by("pk").values_list("person__username", flat=True))


def called(user: User, now: dt.datetime) -> bool:
    return bool(calling(User.objects.get(pk=user.pk), now))


@pytest.mark.parametrize(("item_9", "raised"), [(0, False), (1, True), (2, True), (3, True)])
@pytest.mark.story("HF-CRI-004")
def test_a_positive_item_9_cannot_be_saved_without_its_alert(
    people: People, course: Course, item_9: int, raised: bool
) -> None:
    on_duty(people, "prescriber")
    rating = phq9(people, course, item_9)
    assert CrisisAlert.objects.filter(assessment=rating, level="untriaged").exists() is raised
    assert told() == (["prescriber"] if raised else [])


@pytest.mark.story("HF-CRI-004")
def test_where_the_alert_cannot_be_raised_the_answer_is_not_saved(
    people: People, course: Course, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_: object, **__: object) -> None:
        raise RuntimeError("the disk is gone")

    monkeypatch.setattr("holdfast.clinic.assessments.actions.alerts.raise_alert", broken)
    with pytest.raises(RuntimeError):
        phq9(people, course, 2)
    assert not Assessment.objects.exists()


@pytest.mark.parametrize(
    ("yes", "level"),
    [((), None), (("q1",), None), (("q1", "q2", "q3"), "moderate"), (("q1", "q2", "q3", "q4"), "high")],
)
@pytest.mark.story("HF-CRI-004")
def test_a_screener_calls_at_moderate_and_high(people: People, course: Course, yes: Any, level: str | None) -> None:
    answers: dict[str, bool | None] = {**NO, "q3": False, "q4": False, "q5": False, **dict.fromkeys(yes, True)}
    record_assessment(
        actor=people.nurse, course=course, scale="c-ssrs-screener", answers=answers, rated_at=NOW, now=NOW
    )
    assert list(CrisisAlert.objects.values_list("level", flat=True)) == ([level] if level else [])


@pytest.mark.story("HF-CRI-005")
def test_nobody_takes_it_and_it_goes_on_by_the_programmes_minutes(people: People, course: Course) -> None:
    on_duty(people, "nurse", "prescriber", "therapist", minutes=10)
    phq9(people, course, 2)
    seen = {}
    for minutes in (0, 9, 10, 19, 20, 60):
        carry_on(actor=CommandLine(), now=NOW + minutes * MINUTE)
        seen[minutes] = told()
    assert seen == {
        0: ["nurse"], 9: ["nurse"], 10: ["nurse", "prescriber"], 19: ["nurse", "prescriber"],
        20: ["nurse", "prescriber", "therapist"], 60: ["nurse", "prescriber", "therapist"],
    }  # fmt: skip
    assert not called(people.programme_lead, NOW + 19 * MINUTE)
    assert called(people.programme_lead, NOW + 60 * MINUTE)  # exhausted: everybody of the programme sees it
    at = list(AlertTold.objects.filter(round=1).order_by("pk").values_list("at", flat=True))
    assert at == [NOW, NOW + 10 * MINUTE, NOW + 20 * MINUTE]


@pytest.mark.story("HF-CRI-005")
def test_who_takes_it_stops_it(people: People, course: Course) -> None:
    on_duty(people, "nurse", "prescriber")
    phq9(people, course, 2)
    alert = CrisisAlert.objects.get()
    assert called(people.nurse, NOW)
    assert not called(people.prescriber, NOW)
    take_alert(actor=people.nurse, alert=alert, now=NOW + 4 * MINUTE)
    assert carry_on(actor=CommandLine(), now=NOW + 60 * MINUTE) == 0
    assert told() == ["nurse"]
    assert not called(people.nurse, NOW + 5 * MINUTE)
    assert take_alert(actor=people.nurse, alert=alert, now=NOW + 6 * MINUTE).at == NOW + 4 * MINUTE  # a double click
    with pytest.raises(InputError, match="somebody else took"):
        take_alert(actor=people.prescriber, alert=alert, now=NOW + 6 * MINUTE)
    assert AlertTaken.objects.count() == 1


@pytest.mark.story("HF-CRI-005")
def test_recorded_end_to_end_without_content(people: People, course: Course) -> None:
    on_duty(people, "nurse", "prescriber")
    phq9(people, course, 3)
    carry_on(actor=CommandLine(), now=NOW + 10 * MINUTE)
    take_alert(actor=people.prescriber, alert=CrisisAlert.objects.get(), now=NOW + 12 * MINUTE)
    entries = AuditEntry.objects.filter(action__startswith="alert.").exclude(action__contains="set_").order_by("seq")
    assert [e.action for e in entries] == ["alert.raise", "alert.tell", "alert.tell", "alert.take"]
    assert [e.at - NOW for e in entries] == [0 * MINUTE, 0 * MINUTE, 10 * MINUTE, 12 * MINUTE]
    assert {e.subject_ref for e in entries} == {str(CrisisAlert.objects.get().public_id)}
    assert not any("Ada" in str(e.content()) or "untriaged" in str(e.content()) for e in entries)
    assert verify(actor=CommandLine()).sound


def test_the_same_person_is_told_once_however_often_it_is_carried_on(people: People, course: Course) -> None:
    on_duty(people, "nurse")
    add_duty_turn(
        actor=people.programme_lead, programme=people.programme, person=people.nurse, place=2, since=NOW, now=NOW
    )
    phq9(people, course, 2)
    for _ in range(3):
        carry_on(actor=CommandLine(), now=NOW + 30 * MINUTE)
    assert told() == ["nurse"]


@pytest.mark.story("HF-CRI-005")
def test_without_minutes_all_are_told_at_once_and_without_a_rota_everybody_sees_it(
    people: People, course: Course
) -> None:
    phq9(people, course, 2)
    assert told() == []
    assert all(called(people.by_role[role], NOW) for role in ("nurse", "prescriber", "therapist", "programme_lead"))
    assert not any(called(people.by_role[role], NOW) for role in ("front_desk", "auditor", "administrator"))
    on_duty(people, "nurse", "prescriber", minutes=None)
    carry_on(actor=CommandLine(), now=NOW + MINUTE)
    assert told() == ["nurse", "prescriber"]


@pytest.mark.story("HF-CRI-005")
def test_a_page_says_whether_anybody_was_called(people: People, course: Course) -> None:
    """Who reads that everybody was told goes back to work."""
    phq9(people, course, 2, now=timezone.now())
    client = Client()
    client.force_login(people.nurse)
    for address in ("/rules/", reverse("alert-list")):
        page = client.get(address).content.decode()
        assert "Nobody is on duty" in page
        assert "Everybody on duty was told" not in page
    on_duty(people, "nurse", minutes=None)
    carry_on(actor=CommandLine(), now=timezone.now())
    for address in ("/rules/", reverse("alert-list")):
        page = client.get(address).content.decode()
        assert "Everybody on duty was told" in page
        assert "Nobody is on duty" not in page


def test_the_clock_decides_who_is_on_duty(people: People, course: Course, at: Callable[..., dt.datetime]) -> None:
    for role, since, until in (("nurse", None, at(hours=-1, days=1)), ("prescriber", at(days=1), at(days=2))):
        add_duty_turn(
            actor=people.programme_lead, programme=people.programme, person=people.by_role[role], place=1,
            since=since, until=until, now=NOW,
        )  # fmt: skip
    set_alert_minutes(actor=people.programme_lead, programme=people.programme, minutes=5, now=NOW)
    phq9(people, course, 2)
    carry_on(actor=CommandLine(), now=at(hours=3))
    assert told() == ["nurse"]
    carry_on(actor=CommandLine(), now=at(days=1, hours=1))
    assert told() == ["nurse", "prescriber"]


def test_a_closed_account_and_a_turn_taken_off_are_passed_over(people: People, course: Course) -> None:
    on_duty(people, "nurse", "prescriber", "therapist")
    deactivate_user(actor=people.administrator, user=User.objects.get(username="prescriber"), now=NOW)
    first = DutyTurn.objects.get(person__username="therapist")
    end_duty_turn(actor=people.programme_lead, turn=first, now=NOW)
    end_duty_turn(actor=people.programme_lead, turn=first, now=NOW)
    assert [p.username for p in called_in_turn(duty_setting(people.programme), NOW)] == ["nurse"]


def test_whoever_left_the_programme_is_passed_over(people: People) -> None:
    on_duty(people, "nurse", "prescriber")
    set_programmes(actor=people.administrator, user=people.nurse, programmes=[], now=NOW)
    assert [p.username for p in called_in_turn(duty_setting(people.programme), NOW)] == ["prescriber"]


def test_whoever_takes_no_alert_any_more_is_passed_over(people: People, course: Course) -> None:
    """Called first, somebody at the front desk saw nothing of the alert, and the prescriber waited for the minutes."""
    on_duty(people, "nurse", "prescriber")
    change_role(actor=people.administrator, user=User.objects.get(username="nurse"), role="front_desk", now=NOW)
    assert [p.username for p in called_in_turn(duty_setting(people.programme), NOW)] == ["prescriber"]
    record_assessment(
        actor=people.therapist, course=course, scale="phq-9", answers=[0] * 8 + [2], rated_at=NOW, now=NOW
    )
    assert told() == ["prescriber"]
    assert len(calling(people.prescriber, NOW)) == 1
    client = Client()
    client.force_login(people.programme_lead)
    assert "passed over" in client.get(reverse("duty", args=["clinic"])).content.decode()


def test_a_screener_takes_what_asked_for_it(people: People, course: Course) -> None:
    on_duty(people, "prescriber")
    phq9(people, course, 2)
    answers = {**NO, "q3": None, "q4": None, "q5": None}
    record_assessment(
        actor=people.nurse, course=course, scale="c-ssrs-screener", answers=answers, rated_at=NOW, now=NOW + MINUTE
    )
    taken = AlertTaken.objects.get()
    assert (taken.by, taken.by_screener) == (people.nurse, True)
    assert open_alerts(actor=people.prescriber, now=NOW + MINUTE) == []


@pytest.mark.story("HF-CRI-005")
def test_a_screener_from_before_the_answer_takes_nothing(people: People, course: Course) -> None:
    on_duty(people, "prescriber")
    answers = {**NO, "q3": None, "q4": None, "q5": None}
    given = {"actor": people.nurse, "course": course, "scale": "c-ssrs-screener", "answers": answers}
    old = record_assessment(**given, rated_at=NOW - 60 * MINUTE, now=NOW - 60 * MINUTE).assessment
    phq9(people, course, 2)
    record_assessment(**given, rated_at=NOW - 30 * MINUTE, now=NOW + MINUTE)  # from paper, of before
    correct_assessment(actor=people.nurse, assessment=old, why="misread", answers=answers, now=NOW + 2 * MINUTE)
    assert not AlertTaken.objects.exists()
    assert called(people.prescriber, NOW + 3 * MINUTE)
    record_assessment(**given, rated_at=NOW + 4 * MINUTE, now=NOW + 4 * MINUTE)
    assert AlertTaken.objects.get().by_screener


@pytest.mark.story("HF-CRI-005")
def test_an_alert_that_cannot_be_carried_on_keeps_no_other(
    people: People, course: Course, monkeypatch: pytest.MonkeyPatch
) -> None:
    on_duty(people, "nurse", "prescriber")
    broken = phq9(people, course, 2)
    phq9(people, new_course(people, new_patient(people, "Bea Example")), 2)

    def fails_for_one(alert: CrisisAlert, *rest: Any) -> Any:
        if alert.assessment_id == broken.pk:
            raise ValueError("a fault of ours")
        return stands(alert, *rest)

    monkeypatch.setattr("holdfast.clinic.alerts.actions.stands", fails_for_one)
    with pytest.raises(ValueError, match="a fault of ours"):
        carry_on(actor=CommandLine(), now=NOW + 10 * MINUTE)
    assert told() == ["nurse", "nurse", "prescriber"]


def test_a_correction_upwards_calls_and_an_import_calls_nobody(people: People, course: Course) -> None:
    rating = phq9(people, course, 0)
    correct_assessment(actor=people.nurse, assessment=rating, why="misread", answers=[1] * 8 + [2], now=NOW + MINUTE)
    assert CrisisAlert.objects.count() == 1
    record_assessment(
        actor=CommandLine(), course=study_course(people), scale="phq-9", answers=[1] * 8 + [2], study_day=3, now=NOW,
        source="import",
    )  # fmt: skip
    assert CrisisAlert.objects.count() == 1


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        ({"place": 0}, "place: give a number"),
        ({"until": NOW - MINUTE}, "is over already"),
        ({"since": NOW + 2 * MINUTE, "until": NOW + MINUTE}, "before the begin"),
        ({"since": dt.datetime(1, 1, 1, tzinfo=dt.timezone(dt.timedelta(hours=5)))}, "since is 1, outside"),
        ({"until": dt.datetime(9999, 12, 31, tzinfo=dt.UTC)}, "until is 9999, outside"),
    ],
)
def test_a_turn_that_cannot_be_is_refused(people: People, changes: dict[str, Any], says: str) -> None:
    given = {"person": people.nurse, "place": 1, **changes}
    with pytest.raises(InputError, match=says):
        add_duty_turn(actor=people.programme_lead, programme=people.programme, now=NOW, **given)
    assert not DutyTurn.objects.exists()


@pytest.mark.story("HF-CRI-008")
def test_a_turn_set_twice_is_one_turn(people: People) -> None:
    def turn(**changes: Any) -> DutyTurn:
        given = {"person": people.nurse, "place": 1, "now": NOW, **changes}
        return add_duty_turn(actor=people.programme_lead, programme=people.programme, **given)

    first = turn()
    entries = AuditEntry.objects.count()
    assert turn(now=NOW + MINUTE) == first
    assert (DutyTurn.objects.count(), AuditEntry.objects.count()) == (1, entries)
    with pytest.raises(InputError, match="is on the rota for these times at place 1; take that turn off first"):
        turn(place=2)
    later = turn(place=2, since=NOW + MINUTE, until=NOW + 2 * MINUTE)
    assert turn(place=2, since=NOW + MINUTE, until=NOW + 2 * MINUTE) == later
    end_duty_turn(actor=people.programme_lead, turn=first, now=NOW)
    assert turn() != first  # off the rota, and put on it again
    assert len(duty_setting(people.programme).rota) == 2


def test_who_may_be_called_and_who_sets_it(people: People, others: People) -> None:
    for person in (people.front_desk, people.auditor, others.nurse):
        with pytest.raises(InputError, match="cannot take an alert"):
            add_duty_turn(actor=people.programme_lead, programme=people.programme, person=person, place=1, now=NOW)
    for role in ("nurse", "prescriber", "administrator"):
        with pytest.raises(PermissionRefusedError):
            set_alert_minutes(actor=people.by_role[role], programme=people.programme, minutes=5, now=NOW)
    for minutes in (0, -1, 0.05, 20_000, float("nan")):
        with pytest.raises(InputError, match="minutes: give"):
            set_alert_minutes(actor=people.programme_lead, programme=people.programme, minutes=minutes, now=NOW)


@pytest.mark.story("HF-CRI-006")
def test_a_drill_names_all_that_stands_in_the_way(people: People) -> None:
    faults = " | ".join(path_faults(people.programme, NOW))
    assert "minutes to acknowledge are not set" in faults
    assert "nobody is on duty now" in faults
    assert "out-of-hours text is not set" in faults
    on_duty(people, "nurse")
    assert "one person alone" in " | ".join(path_faults(people.programme, NOW))
    on_duty(people, "prescriber")
    (left,) = path_faults(people.programme, NOW)
    assert left == "the out-of-hours text is not set; set it on the programme's page On duty, /programmes/clinic/duty/"
    set_out_of_hours_text(actor=people.programme_lead, programme=people.programme, text="Call 555-0100", now=NOW)
    assert path_faults(people.programme, NOW) == []
    assert any("never checked" in warning for warning in path_warnings(people.programme, NOW))


@pytest.mark.story("HF-CRI-006")
def test_the_drill_goes_the_same_way_and_names_no_patient(people: People, course: Course) -> None:
    on_duty(people, "nurse", "prescriber")
    alert = raise_drill(actor=CommandLine(), programme=people.programme, now=NOW)
    assert (alert.course, alert.assessment, told()) == (None, None, ["nurse"])
    carry_on(actor=CommandLine(), now=NOW + 10 * MINUTE)
    assert told() == ["nurse", "prescriber"]
    client = Client()
    client.force_login(people.nurse)
    assert "Drill of the crisis path" in client.get("/caseload/").content.decode()
    assert client.post(reverse("alert-take", args=[alert.public_id])).status_code == 302
    assert _awaited(CommandLine(), alert, 0) == "nurse"
    with pytest.raises(PermissionRefusedError):
        raise_drill(actor=people.programme_lead, programme=people.programme, now=NOW)


@pytest.mark.story("HF-CRI-006")
def test_a_drill_does_not_pass_where_only_the_drill_carries_alerts_on(people: People, monkeypatch: Any) -> None:
    monkeypatch.setattr("holdfast.cli.crisis.opened_by_command_line", CommandLine)
    on_duty(people, "nurse", "prescriber")
    set_out_of_hours_text(actor=people.programme_lead, programme=people.programme, text="Call 555-0100", now=NOW)
    with pytest.raises(RefusedError, match="nothing carries alerts on by itself"):
        _drill(argparse.Namespace(programme="clinic", wait=0, json=False))
    note_run(actor=CommandLine(), kind="alerts.carry_on", outcome=Outcome(), now=timezone.now())
    _drill(argparse.Namespace(programme="clinic", wait=0, json=False))


@pytest.mark.story("HF-CRI-006")
def test_a_drill_that_nobody_acknowledges_is_told(people: People) -> None:
    on_duty(people, "nurse")
    alert = raise_drill(actor=CommandLine(), programme=people.programme, now=timezone.now())
    assert _awaited(CommandLine(), alert, 0) is None


@pytest.mark.story("HF-CRI-005")
def test_the_page_marks_it_on_every_page_of_whoever_is_called(people: People, course: Course) -> None:
    on_duty(people, "nurse", "prescriber", minutes=60)
    rating = phq9(people, course, 2, now=timezone.now())
    shown = {}
    for role in ("nurse", "prescriber", "front_desk"):
        client = Client()
        client.force_login(people.by_role[role])
        shown[role] = "An answer about suicide waits for you" in client.get("/rules/").content.decode()
    assert shown == {"nurse": True, "prescriber": False, "front_desk": False}
    client = Client()
    client.force_login(people.nurse)
    answer = client.post(reverse("alert-take", args=[CrisisAlert.objects.get().public_id]))
    assert answer["Location"] == reverse("assessment", args=[rating.public_id])
    assert "waits for you" not in client.get("/rules/").content.decode()
    assert "taken" in client.get(reverse("alert-list")).content.decode().lower()


def test_the_rota_is_kept_on_its_page(people: People) -> None:
    client = Client()
    client.force_login(people.programme_lead)
    page = reverse("duty", args=["clinic"])
    person = str(people.nurse.public_id)
    assert client.post(f"{page}add/", {"person": person, "place": "1"}).status_code == 302
    assert client.post(f"{page}add/", {"person": person, "place": "1"}).status_code == 302  # a double click
    assert client.post(f"{page}add/", {"person": person, "place": "0"}).status_code == 422
    assert client.post(f"{page}add/", {"person": "nobody", "place": "1"}).status_code == 422
    for year in ("0001", "9999"):
        turn = {"person": person, "place": "1", "since": f"{year}-01-01T00:00"}
        assert client.post(f"{page}add/", turn).status_code == 422
    assert client.post(f"{page}minutes/", {"minutes": "15"}).status_code == 302
    assert client.post(f"{page}minutes/", {"minutes": "0"}).status_code == 422
    assert client.post(f"{page}text/", {"text": "Call 555-0100"}).status_code == 302
    assert client.post(f"{page}text/", {"text": " "}).status_code == 422
    people.programme.refresh_from_db()
    assert people.programme.out_of_hours_text == "Call 555-0100"
    assert duty_setting(people.programme).minutes == 15
    turn = DutyTurn.objects.get()
    assert client.post(reverse("duty-end", args=["clinic", turn.public_id])).status_code == 302
    assert duty_setting(people.programme).rota == ()


def test_the_watch_goes_on_after_a_database_that_was_busy(monkeypatch: pytest.MonkeyPatch) -> None:
    rounds, done = [], threading.Event()

    def busy(**_: object) -> int:
        rounds.append(1)
        if len(rounds) > 1:
            done.set()
        raise Error("database is locked")

    monkeypatch.setattr(watch.actions, "carry_on", busy)
    monkeypatch.setattr(watch, "note_run", lambda **_: None)  # this test holds the turn to write
    stop = watch.start(every_s=0.01)
    try:
        assert done.wait(5)
    finally:
        stop.set()
    assert len(rounds) >= 2
