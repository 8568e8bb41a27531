"""A drift alarm that was raised stands until a person closes it with a reason, whatever later checks find."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from holdfast.clinic.accounts.models import CommandLine
from holdfast.clinic.audit.append_only import AppendOnlyError
from holdfast.clinic.audit.models import AuditEntry
from holdfast.clinic.learning_checks.actions import close_drift_alarm
from holdfast.clinic.learning_checks.alarms import alarms_of, alarms_standing
from holdfast.clinic.learning_checks.gathered import BEFORE, Gathered, gathered
from holdfast.clinic.learning_checks.models import DriftAlarm, DriftAlarmClosed
from holdfast.clinic.programmes.actions import choose_setting
from holdfast.errors import InputError, PermissionRefusedError, RefusedError
from tests.clinic.conftest import NOW, People
from tests.clinic.drift import checked, drifted
from tests.clinic.forecasts import DAY, answering, rate, treated_course, worked

pytestmark = [pytest.mark.django_db, pytest.mark.story("HF-FOR-043")]
LATER = NOW + dt.timedelta(minutes=2)
WEEK = 7 * DAY


def client_of(user: Any, **how: Any) -> Client:
    client = Client(**how)
    client.force_login(user)
    return client


def of_programme(people: People) -> str:
    return reverse("learning-check", args=[people.programme.key])


def closing(people: People, alarm: DriftAlarm) -> str:
    return reverse("drift-alarm-close", args=[people.programme.key, alarm.public_id])


def test_raised_once_it_stands_though_the_next_check_finds_less(people: People) -> None:
    first = checked(people.programme, at=NOW, evidence=34.0, raised_at=12)
    later = checked(people.programme, at=NOW + WEEK, evidence=3.0, raised_at=None)
    (alarm,) = alarms_standing(people.programme)
    assert (alarm.check_row, alarm.scale, alarm.at_rating, alarm.evidence, alarm.at) == (first, "madrs", 12, 34.0, NOW)
    assert alarm.by_question["inside the middle 80 %"] == 34.0
    assert (first.drift, later.drift) == (True, True)
    seen = client_of(people.nurse).get(of_programme(people)).text
    assert "Forecasts have drifted: MADRS" in seen
    assert "at rating 12; evidence 34.0" in seen
    assert "Close this alarm" not in seen, "a nurse reads it and does not close it"
    with pytest.raises(AppendOnlyError):
        alarm.delete()


def test_a_check_that_finds_it_again_raises_no_second_one(people: People) -> None:
    for week in range(3):
        checked(people.programme, at=NOW + week * WEEK, evidence=30.0 + week, raised_at=12)
    assert [one.at for one in alarms_of(people.programme)] == [NOW]
    checked(people.programme, at=NOW + 4 * WEEK, evidence=50.0, raised_at=5, scale="phq-9")
    assert sorted(one.scale for one in alarms_standing(people.programme)) == ["madrs", "phq-9"]


def test_a_person_closes_it_with_a_reason_and_counting_begins_anew(people: People) -> None:
    alarm, client = drifted(people.programme, at=NOW), client_of(people.programme_lead)
    assert "Close this alarm" in client.get(of_programme(people)).text
    reason = "Two raters had swapped scales <b>; mended"
    assert client.post(closing(people, alarm), {"reason": reason}).status_code == 302
    closed = DriftAlarmClosed.objects.get()
    assert (closed.alarm, closed.by, closed.reason) == (alarm, people.programme_lead, reason)
    told = AuditEntry.objects.get(action="drift_alarm.close").details
    assert told == {"programme": people.programme.key, "scale": "madrs", "alarm": str(alarm.public_id)}
    seen = client.get(of_programme(people)).text
    assert "Forecasts have drifted" not in seen
    assert "Alarms that were closed" in seen
    assert "swapped scales &lt;b&gt;; mended" in seen
    again = checked(people.programme, at=closed.at + WEEK, evidence=25.0, raised_at=9)
    assert again.alarms.count() == 1, "a new alarm, of what was entered since"


def test_a_check_that_was_under_way_when_it_was_closed_does_not_raise_it_again(people: People) -> None:
    alarm = drifted(people.programme, at=NOW)
    under_way = Gathered()
    close_drift_alarm(actor=people.prescriber, alarm=alarm, reason="Seen", now=LATER)
    checked(people.programme, at=NOW + WEEK, evidence=35.0, raised_at=12, asked=under_way)
    assert alarms_standing(people.programme) == []


def test_closed_twice_is_once_and_by_another_is_told(people: People) -> None:
    alarm = drifted(people.programme, at=NOW)
    values: dict[str, Any] = {"alarm": alarm, "reason": "Seen", "now": LATER}
    first = close_drift_alarm(actor=people.prescriber, **values)
    assert close_drift_alarm(actor=people.prescriber, **values) == first
    with pytest.raises(RefusedError, match="has closed this alarm already"):
        close_drift_alarm(actor=people.programme_lead, **values)
    page = client_of(people.programme_lead).post(closing(people, alarm), {"reason": "Mine"}, follow=True)
    assert "has closed this alarm already. Nothing was changed" in page.text
    assert DriftAlarmClosed.objects.count() == 1
    assert AuditEntry.objects.filter(action="drift_alarm.close").count() == 1


@pytest.mark.parametrize("reason", ["", "  ", "x" * 2001, "a\x00b"])
def test_without_a_reason_it_stands(people: People, reason: str) -> None:
    alarm = drifted(people.programme, at=NOW)
    answer = client_of(people.prescriber).post(closing(people, alarm), {"reason": reason})
    assert (answer.status_code, len(alarms_standing(people.programme))) == (422, 1)
    assert "Not saved yet" in answer.text


@pytest.mark.parametrize("role", ["nurse", "front_desk", "therapist", "auditor", "administrator"])
def test_who_may_not_close_it(people: People, role: str) -> None:
    alarm = drifted(people.programme, at=NOW)
    with pytest.raises(PermissionRefusedError):
        close_drift_alarm(actor=people.by_role[role], alarm=alarm, reason="x", now=LATER)
    assert client_of(people.by_role[role]).post(closing(people, alarm), {"reason": "x"}).status_code == 403
    with pytest.raises((InputError, PermissionRefusedError)):
        close_drift_alarm(actor=CommandLine(), alarm=alarm, reason="x", now=LATER)
    assert len(alarms_standing(people.programme)) == 1


def test_another_programme_finds_it_not_nor_closes_it_by_its_own_address(people: People, others: People) -> None:
    alarm = drifted(people.programme, at=NOW)
    lead = client_of(others.programme_lead)
    assert lead.post(closing(people, alarm), {"reason": "x"}).status_code in (403, 404)
    own = reverse("drift-alarm-close", args=[others.programme.key, alarm.public_id])
    assert lead.post(own, {"reason": "x"}).status_code == 404
    assert client_of(people.prescriber, enforce_csrf_checks=True).post(closing(people, alarm)).status_code == 403
    assert client_of(people.prescriber).get(closing(people, alarm)).status_code == 405
    assert not DriftAlarmClosed.objects.exists()


def test_switched_off_nothing_is_closed(people: People) -> None:
    alarm = drifted(people.programme, at=NOW)
    choose_setting(actor=people.programme_lead, programme=people.programme, setting="forecast", key="hidden", now=LATER)
    answer = client_of(people.prescriber).post(closing(people, alarm), {"reason": "x"}, follow=True)
    assert "shows no forecasts" in answer.text
    assert not DriftAlarmClosed.objects.exists()


def test_what_a_rating_met_is_the_same_after_a_late_entry_and_counts_from_the_closing_on(
    people: People, monkeypatch: pytest.MonkeyPatch
) -> None:
    answering(monkeypatch)
    course = treated_course(people)
    rate(people, course, 15, NOW)
    worked(LATER)
    rate(people, course, 14, NOW + 10 * DAY, source="simulated")
    before = gathered(people.programme).asked[BEFORE]["madrs"]
    rate(people, course, 22, NOW + 3 * DAY, source="simulated", now=NOW + 20 * DAY)
    after = gathered(people.programme).asked[BEFORE]["madrs"]
    assert [one["total"] for one in after["met"]] == [22, 14]
    assert after["met"][1] == before["met"][0]
    assert after["met"][0]["known"] > after["met"][1]["known"], "entered last"
    assert len({one["key"] for one in after["met"]}) == 2
    alarm = drifted(people.programme, at=NOW + 15 * DAY)
    close_drift_alarm(actor=people.prescriber, alarm=alarm, reason="Seen", now=NOW + 15 * DAY)
    since = gathered(people.programme).asked[BEFORE]["madrs"]["drift_since"]
    assert [one["known"] > since for one in after["met"]] == [True, False]
