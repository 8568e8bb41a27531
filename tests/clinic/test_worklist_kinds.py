"""What else waits on the worklist: referrals, follow-ups after a course, consents to renew; in words a person reads."""

from __future__ import annotations

import datetime as dt

import pytest
from django.test import Client
from django.urls import reverse

from holdfast.clinic.accounts.models import CommandLine, User
from holdfast.clinic.audit.models import AuditEntry
from holdfast.clinic.endings.actions import end_course, record_follow_up
from holdfast.clinic.endings.models import FollowUpDone
from holdfast.clinic.patients.actions import register_patient
from holdfast.clinic.programmes.actions import create_programme
from holdfast.clinic.referrals.actions import take_step
from holdfast.clinic.ui.words import days_in_words, sentence
from holdfast.clinic.worklist.actions import take_work
from holdfast.clinic.worklist.queries import work
from holdfast.errors import InputError, PermissionRefusedError
from tests.clinic.conftest import NOW, People
from tests.clinic.pathway import consent, consent_text, evaluated, opened, refer
from tests.clinic.test_queries import treated

pytestmark = pytest.mark.django_db
DAY = dt.timedelta(days=1)


def found(user: User, kind: str, now: dt.datetime = NOW) -> list[str]:
    return [item.label for item in work(actor=user, now=now) if item.group == kind]


@pytest.mark.story("HF-WRK-002")
def test_a_referral_waits_until_it_has_a_course_or_a_decision(people: People) -> None:
    referral = refer(people)
    assert found(people.prescriber, "referral") == ["Ada Example"]
    assert found(people.front_desk, "referral") == []
    (item,) = [one for one in work(actor=people.prescriber, now=NOW) if one.group == "referral"]
    assert (item.due.on, item.due.about) == (referral.received_on, referral.public_id)
    take_work(actor=people.nurse, programme=people.programme, course=None, item=item.due.key, now=NOW)
    client = Client()
    client.force_login(people.nurse)
    page = client.get(reverse("worklist")).content.decode()
    assert reverse("referral", args=[referral.public_id]) in page
    course = opened(people, referral)
    assert found(people.prescriber, "referral") == []
    assert found(people.prescriber, "evaluation") == ["Ada Example"]  # the course waits now
    evaluated(people, course)
    assert found(people.prescriber, "evaluation") == []


@pytest.mark.story("HF-WRK-002")
def test_a_declined_referral_waits_for_nobody(people: People) -> None:
    referral = refer(people)
    take_step(actor=people.prescriber, referral=referral, step="declined", reasons=["other_treatment_first"], now=NOW)
    assert found(people.prescriber, "referral") == []


@pytest.mark.story("HF-WRK-002")
def test_a_follow_up_waits_from_its_day_until_it_is_done(people: People) -> None:
    course = treated(people, "Ada")
    end_course(
        actor=people.prescriber, course=course, way="stopped", reason="non_response", follow_up="referrer",
        follow_up_on=NOW.date() + dt.timedelta(days=14), note="No change.", now=NOW,
    )  # fmt: skip
    assert found(people.nurse, "follow_up", NOW + 13 * DAY) == []
    assert found(people.nurse, "follow_up", NOW + 14 * DAY) == ["Ada"]
    with pytest.raises(PermissionRefusedError):
        record_follow_up(actor=people.front_desk, course=course, now=NOW + 15 * DAY)
    client = Client()
    client.force_login(people.nurse)
    done = reverse("follow-up-done", args=[course.public_id])
    assert client.post(done).status_code == 302
    assert client.post(done).status_code == 302  # a double click
    assert FollowUpDone.objects.count() == AuditEntry.objects.filter(action="follow_up.record").count() == 1
    assert found(people.nurse, "follow_up", NOW + 15 * DAY) == []


def test_a_follow_up_nobody_agreed_cannot_be_done(people: People) -> None:
    with pytest.raises(InputError, match="no follow-up with a day"):
        record_follow_up(actor=people.nurse, course=treated(people, "Ada"), now=NOW)


@pytest.mark.story("HF-WRK-002")
def test_a_consent_to_renew_is_a_kind_of_its_own(people: People) -> None:
    consent_text(people)
    course = evaluated(people, opened(people, refer(people)))
    consent(people, course)
    assert found(people.nurse, "consent_renewal") == []
    consent_text(people, text="What it is.\n\nWhat else may happen.", why="a risk is added")
    assert found(people.nurse, "consent_renewal") == ["Ada Example"]
    client = Client()
    client.force_login(people.nurse)
    page = client.get(reverse("worklist"), {"kind": "consent_renewal"}).content.decode()
    assert "Consents to renew" in page
    assert reverse("consent", args=[course.public_id]) in page


@pytest.mark.parametrize(
    ("text", "read"),
    [
        ("due since 2026-11-02", "due since 2 Nov 2026"),
        ("send it by 2026-11-09 10:00", "send it by 9 Nov 2026, 10:00"),
        ("lot 2026-13-99 of 12026-11-02", "lot 2026-13-99 of 12026-11-02"),
    ],
)
def test_days_are_written_as_they_are_read(text: str, read: str) -> None:
    assert days_in_words(text) == read
    assert sentence(text) == read[:1].upper() + read[1:]


@pytest.mark.parametrize(("other", "zone"), [(None, "America/New_York"), ("Europe/London", "UTC")])
def test_jobs_are_told_in_the_zone_of_the_clinic(people: People, other: str | None, zone: str) -> None:
    people.programme.time_zone = "America/New_York"
    people.programme.save(update_fields=["time_zone"])
    if other:
        create_programme(actor=CommandLine(), key="abroad", name="Abroad", kind="live", jurisdiction="EU",
                         country="GB", time_zone=other, now=NOW)  # fmt: skip
    client = Client()
    client.force_login(people.administrator)
    assert f"Times are those of {zone.replace('_', ' ')}" in client.get(reverse("job-list")).content.decode()


def test_a_whole_age_is_offered_as_it_is_written(people: People) -> None:
    patient = register_patient(
        actor=people.nurse, programme=people.programme, label="Ada Example", age_y=45, age_basis="registration", now=NOW
    )
    client = Client()
    client.force_login(people.nurse)
    page = client.get(reverse("patient-correct", args=[patient.public_id])).content.decode()
    assert 'value="45"' in page
    assert "45.0" not in page
