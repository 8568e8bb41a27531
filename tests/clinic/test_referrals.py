"""Referrals: received, corrected, decided on an evaluation, seen with their age."""

from __future__ import annotations

import datetime as dt

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from holdfast.clinic.audit.models import AuditEntry
from holdfast.clinic.courses.actions import open_course
from holdfast.clinic.referrals.actions import correct_referral, take_step
from holdfast.clinic.referrals.models import Referral, ReferralStep
from holdfast.clinic.referrals.queries import referral_view, referrals_of_programmes
from holdfast.clinic.refusal import RefusedByRuleError
from holdfast.errors import InputError, PermissionRefusedError
from tests.clinic.conftest import NOW, People, new_patient
from tests.clinic.pathway import evaluated, opened, refer

pytestmark = pytest.mark.django_db


@pytest.mark.story("HF-CRS-001")
def test_a_referral_is_accepted_on_its_evaluation_and_the_course_moves(people: People) -> None:
    referral = refer(people)
    with pytest.raises(RefusedByRuleError, match="Open a course"):
        take_step(actor=people.prescriber, referral=referral, step="accepted", now=NOW)
    course = opened(people, referral)
    with pytest.raises(RefusedByRuleError, match="No evaluation"):
        take_step(actor=people.prescriber, referral=referral, step="accepted", now=NOW)
    evaluated(people, course)
    step = take_step(actor=people.prescriber, referral=referral, step="accepted", now=NOW)
    course.refresh_from_db()
    assert (course.phase, step.evaluation, step.by) == ("evaluated", course.evaluations.get(), people.prescriber)
    entry = AuditEntry.objects.get(action="referral.decide")
    assert entry.details == {"step": "accepted", "reasons": []}
    with pytest.raises(RefusedByRuleError, match="was decided"):
        take_step(actor=people.prescriber, referral=referral, step="declined", reasons=["acute_risk"], now=NOW)


@pytest.mark.story("HF-CRS-001")
def test_an_evaluation_with_a_stop_is_declined_with_reasons(people: People) -> None:
    referral = refer(people)
    course = evaluated(people, opened(people, referral), aneurysmal_vascular_disease=True)
    with pytest.raises(RefusedByRuleError, match="was not overridden"):
        take_step(actor=people.prescriber, referral=referral, step="accepted", now=NOW)
    with pytest.raises(RefusedByRuleError, match="at least one reason"):
        take_step(actor=people.prescriber, referral=referral, step="declined", now=NOW)
    assert not ReferralStep.objects.exists()
    take_step(actor=people.prescriber, referral=referral, step="declined", reasons=["contraindication"], now=NOW)
    course.refresh_from_db()
    assert course.phase == "declined"


def test_more_information_is_asked_and_comes(people: People) -> None:
    referral = refer(people)
    with pytest.raises(InputError, match="is not one of"):
        take_step(actor=people.prescriber, referral=referral, step="more_information", reasons=["acute_risk"], now=NOW)
    asked_on = NOW.date() - dt.timedelta(days=4)
    take_step(
        actor=people.prescriber, referral=referral, step="more_information", reasons=["medication_list"], on=asked_on,
        now=NOW,
    )  # fmt: skip
    where = referral_view(referral, NOW).waiting
    assert (where.waits_for, where.age_d, where.waits_d) == ("referrer", 10, 4)
    take_step(actor=people.prescriber, referral=referral, step="received", now=NOW)
    assert referral_view(referral, NOW).waiting.waits_for == "clinic"


@pytest.mark.story("HF-CRS-001")
def test_those_that_wait_stand_first_longest_first(people: People, others: People) -> None:
    refer(others)
    young = refer(people, received_on=NOW.date())
    old = refer(people, new_patient(people, "Bea"), received_on=NOW.date() - dt.timedelta(days=40))
    done = refer(people, new_patient(people, "Cleo"), received_on=NOW.date() - dt.timedelta(days=90))
    take_step(actor=people.prescriber, referral=done, step="declined", reasons=["acute_risk"], now=NOW)
    found = referrals_of_programmes(actor=people.nurse, now=NOW)
    assert [(v.row, v.waiting.age_d, v.open) for v in found] == [(old, 40, True), (young, 0, True), (done, 90, False)]


def test_a_correction_is_a_newer_version_and_the_older_stays(people: People) -> None:
    referral = refer(people)
    content = {"referrer": "psychiatrist", "referrer_name": "Dr B", "referrer_address": "", "documents": "",
               "received_on": NOW.date(), "reason": "As before."}  # fmt: skip
    newer = correct_referral(actor=people.nurse, referral=referral, why="wrong letter", now=NOW, **content)
    assert (newer.version, newer.chain) == (2, referral.chain)
    assert Referral.objects.get(pk=referral.pk).referrer_name == "Dr Gwen Practice"
    assert referral_view(referral, NOW).row == newer
    with pytest.raises(InputError, match="corrected already"):
        take_step(actor=people.prescriber, referral=referral, step="declined", reasons=["acute_risk"], now=NOW)
    with pytest.raises(InputError, match="why"):
        correct_referral(actor=people.nurse, referral=newer, why=" ", now=NOW, **content)


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"referrer": "nobody"}, "referrer"), ({"referrer_name": " "}, "referrer_name"), ({"reason": ""}, "reason"),
        ({"received_on": NOW.date() + dt.timedelta(days=1)}, "future"), ({"received_on": dt.date(26, 1, 1)}, "year"),
        ({"documents": "a\x00"}, "printed"),
    ],
)  # fmt: skip
def test_a_referral_that_cannot_be_is_refused_and_nothing_is_kept(people: People, change: dict, says: str) -> None:
    with pytest.raises(InputError, match=says):
        refer(people, **change)
    assert not Referral.objects.exists()


def test_a_course_answers_to_a_referral_of_its_own_patient_only(people: People) -> None:
    other = refer(people, new_patient(people, "Bea"))
    with pytest.raises(InputError, match="not one of this patient"):
        open_course(
            actor=people.prescriber, patient=new_patient(people, "Cleo"), protocol="esketamine-nasal",
            indication="trd", referral=other.chain, now=NOW,
        )  # fmt: skip
    with pytest.raises(PermissionRefusedError):
        take_step(actor=people.nurse, referral=other, step="declined", reasons=["acute_risk"], now=NOW)


def test_the_pages_lead_from_the_letter_to_the_decision(people: People) -> None:
    client = Client()
    client.force_login(people.prescriber)
    referral = refer(people)
    opening = reverse("course-open", args=[referral.patient.public_id])
    assert str(referral.chain) in client.get(opening).content.decode()
    page = reverse("referral", args=[referral.public_id])
    form = {"step": "accepted", "on": NOW.date().isoformat()}
    refused = client.post(page, form)
    assert refused.status_code == 422
    assert "Open a course for the referral first" in refused.content.decode()
    sent = {"step": "declined", "declined": ["acute_risk"], "on": NOW.date().isoformat()}
    assert client.post(page, sent).status_code == 302
    assert "The risk now needs another place of care" in client.get(page).content.decode()
    assert "Declined" in client.get(reverse("referral-list")).content.decode()
    assert AuditEntry.objects.filter(action="referral.read").count() == 1


def test_a_decision_is_chosen_by_a_person_and_never_before(people: People) -> None:
    client = Client()
    client.force_login(people.prescriber)
    referral = refer(people)
    evaluated(people, opened(people, referral))
    page = reverse("referral", args=[referral.public_id])
    assert "checked" not in client.get(page).content.decode()
    assert client.post(page, {"step": "", "on": NOW.date().isoformat()}).status_code == 422
    assert not ReferralStep.objects.exists()


def test_a_referral_of_today_is_not_counted_in_days(people: People) -> None:
    client = Client()
    client.force_login(people.prescriber)
    referral = refer(people, received_on=people.programme.day_of(timezone.now()), now=timezone.now())
    assert "waits, received today" in client.get(reverse("patient", args=[referral.patient.public_id])).content.decode()
    assert ", today. Waits" in client.get(reverse("referral", args=[referral.public_id])).content.decode()
