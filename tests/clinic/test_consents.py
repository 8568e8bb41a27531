"""Consent: the programme's texts in versions, what patients said, and what a withdrawal stops."""

from __future__ import annotations

import datetime as dt
import uuid

import pytest
from django.test import Client
from django.urls import reverse

from holdfast.clinic.consents.actions import withdraw_consent
from holdfast.clinic.consents.models import ConsentDocument, ConsentRecord
from holdfast.clinic.consents.queries import consent_of
from holdfast.clinic.courses.actions import change_phase
from holdfast.clinic.courses.models import Course
from holdfast.clinic.courses.queries import caseload
from holdfast.clinic.flow_sheets.actions import record_entry
from holdfast.clinic.refusal import RefusedByRuleError
from holdfast.errors import InputError, PermissionRefusedError, RefusedError
from tests.clinic.conftest import NOW, People, study_course
from tests.clinic.flow_sheet_days import CALM, new_day
from tests.clinic.pathway import accepted, consent, consent_text, evaluated, opened, refer
from tests.clinic.test_queries import treated

pytestmark = pytest.mark.django_db
LATER = NOW + dt.timedelta(hours=1)


@pytest.mark.story("HF-CRS-002")
def test_consent_names_its_text_and_moves_the_course(people: People) -> None:
    document, course = consent_text(people), accepted(people)
    with pytest.raises(RefusedByRuleError, match="No consent to the course"):
        change_phase(actor=people.prescriber, course=course, to_phase="consented", now=NOW)
    record = consent(people, course)
    course.refresh_from_db()
    assert (course.phase, record.document, record.by) == ("consented", document, people.nurse)
    assert course.phase_changes.last().by == people.nurse


def test_without_a_text_consent_is_not_asked_for(people: People) -> None:
    course = accepted(people)
    change_phase(actor=people.prescriber, course=course, to_phase="consented", now=NOW)
    with pytest.raises(RefusedByRuleError, match="No consent text"):
        consent(people, course)


@pytest.mark.story("HF-CRS-002")
def test_every_reason_against_taking_it_so_is_told_and_nothing_is_kept(people: People) -> None:
    consent_text(people, witness_needed=True)
    course = accepted(people)
    with pytest.raises(RefusedByRuleError) as refused:
        consent(people, course, capacity="")
    assert refused.value.decision.codes == ("capacity-missing", "no-witness")
    for change, says in (({"kind": "maybe"}, "kind"), ({"on": NOW.date() + dt.timedelta(days=1)}, "future")):
        with pytest.raises(InputError, match=says):
            consent(people, course, witness="a friend", **change)
    course.refresh_from_db()
    assert (ConsentRecord.objects.count(), course.phase) == (0, "evaluated")
    with pytest.raises(InputError, match="study days"):
        consent(people, study_course(people))


def test_a_stop_of_the_evaluation_holds_the_course_although_consent_is_kept(people: People) -> None:
    consent_text(people)
    referral = refer(people)
    course = evaluated(people, opened(people, referral), psychosis=True)
    change_phase(actor=people.prescriber, course=course, to_phase="evaluated", now=NOW)
    consent(people, course)
    course.refresh_from_db()
    assert course.phase == "evaluated"


@pytest.mark.story("HF-CRS-002")
def test_an_older_version_stays_word_for_word_and_a_newer_asks_anew(people: People) -> None:
    first, course = consent_text(people), accepted(people)
    consent(people, course)
    with pytest.raises(InputError, match="why"):
        consent_text(people, text="Other words.", now=LATER)
    with pytest.raises(InputError, match="version before"):
        consent_text(people, why="nothing", now=LATER)
    second = consent_text(people, text="Other words.", why="a new risk", now=LATER)
    assert (second.version, ConsentDocument.objects.get(pk=first.pk).text) == (2, first.text)
    assert consent_of(course, LATER).state == "outdated"
    (row,) = caseload(actor=people.nurse, now=LATER)
    assert "consent_renewal" in [due.kind for due in row.due]
    consent(people, course, now=LATER)
    assert consent_of(course, LATER).state == "given"
    with pytest.raises(TypeError):
        first.save()


def test_a_text_of_the_protocol_goes_before_that_of_all(people: People) -> None:
    consent_text(people)
    own = consent_text(people, protocol="esketamine-nasal", title="Esketamine")
    consent_text(people, protocol="iv-racemic", title="Infusions")
    assert consent(people, accepted(people)).document == own


@pytest.mark.story("HF-CRS-002")
def test_a_withdrawal_shuts_the_dose_gate_and_no_override_opens_it(people: People) -> None:
    day = new_day(people)
    day.asked()
    day.dose(dose_mg=56)
    day.note("observation", CALM, at=-10)
    withdraw_consent(actor=people.therapist, course=day.treatment_session.course, now=NOW - dt.timedelta(minutes=8))
    with pytest.raises(RefusedByRuleError, match="withdrawn on 2 November 2026"):
        day.note("clearance", at=-5)
    override = {"gate": "dose", "rule": "clinic.consent", "code": "consent-withdrawn", "reason": "he said yes again"}
    with pytest.raises(RefusedError, match="nobody may override"):
        day.note("override", override, at=-4, by=people.prescriber)
    assert day.state == "arrived"


@pytest.mark.story("HF-CRS-002")
def test_a_withdrawal_between_two_devices_stops_the_second(people: People) -> None:
    day = new_day(people)
    day.asked()
    day.dose(dose_mg=56)
    day.note("observation", CALM, at=-10)
    day.note("clearance", at=-5)
    day.note("device", {"lot": "24A17"}, at=0)
    withdraw_consent(actor=people.nurse, course=day.treatment_session.course, now=NOW + dt.timedelta(minutes=3))
    with pytest.raises(RefusedByRuleError, match="The next device cannot be given"):
        day.note("device", {"lot": "24A18"}, at=5)
    assert len(day.sheet.of("device")) == 1


@pytest.mark.story("HF-CRS-002")
def test_a_withdrawal_during_a_pause_keeps_the_infusion_paused(people: People) -> None:
    day = new_day(people, protocol="iv-racemic", indication="mdd")
    day.begun_iv()
    day.note("pause", at=5)
    withdraw_consent(actor=people.nurse, course=day.treatment_session.course, now=NOW + dt.timedelta(minutes=6))
    day.note("observation", CALM, at=8)
    with pytest.raises(RefusedByRuleError, match="was withdrawn"):
        day.note("resume", at=9)
    assert day.state == "paused"


def test_an_entry_that_arrives_late_is_judged_as_of_when_it_was_made(people: People) -> None:
    day = new_day(people)
    day.asked()
    day.dose(dose_mg=56)
    day.note("observation", CALM, at=-10)
    withdraw_consent(actor=people.nurse, course=day.treatment_session.course, now=NOW)
    day.note("clearance", at=-5, received=10)
    assert day.state == "cleared"
    with pytest.raises(RefusedByRuleError):
        record_entry(
            actor=people.nurse, treatment_session=day.treatment_session, key=uuid.uuid4(), kind="device",
            given={"lot": "24A17"}, made_at=NOW + dt.timedelta(minutes=1), now=NOW + dt.timedelta(minutes=11),
        )  # fmt: skip


def test_consent_signed_on_paper_that_day_holds_for_what_was_made_before_it_was_recorded(people: People) -> None:
    consent_text(people, now=NOW - dt.timedelta(days=1))
    day = new_day(people)
    course = day.treatment_session.course
    assert consent_of(course, NOW).state == "missing"
    consent(people, course, now=LATER)
    assert consent_of(course, NOW).state == "given"
    assert consent_of(course, NOW - dt.timedelta(days=1)).state == "missing"
    withdraw_consent(actor=people.nurse, course=course, now=LATER + dt.timedelta(minutes=5))
    consent(people, course, now=LATER + dt.timedelta(minutes=9))
    assert consent_of(course, LATER + dt.timedelta(minutes=7)).state == "withdrawn"
    assert consent_of(course, LATER + dt.timedelta(minutes=9)).state == "given"


def test_rolling_consent_stays_a_question_of_its_own(people: People) -> None:
    consent_text(people, now=NOW - dt.timedelta(days=1))
    day = new_day(people)
    consent(people, day.treatment_session.course, now=NOW - dt.timedelta(hours=1))
    day.asked(consent={"reconfirmed": False})
    day.dose(dose_mg=56)
    day.note("observation", CALM, at=-10)
    with pytest.raises(RefusedByRuleError, match="not re-confirmed today"):  # consent to the course is no answer to it
        day.note("clearance", at=-6)
    day.note("consent", {"reconfirmed": True}, at=-5)
    day.note("clearance", at=-4)


def test_a_dose_without_consent_on_record_needs_a_physician(people: People) -> None:
    consent_text(people, now=NOW - dt.timedelta(days=1))
    day = new_day(people)
    day.asked()
    day.dose(dose_mg=56)
    day.note("observation", CALM, at=-10)
    with pytest.raises(RefusedByRuleError, match="No consent to the course is recorded"):
        day.note("clearance", at=-5)
    override = {"gate": "dose", "rule": "clinic.consent", "code": "consent-missing", "reason": "signed on paper"}
    with pytest.raises(PermissionRefusedError):
        day.note("override", override, at=-5)
    day.note("override", override, at=-5, by=people.prescriber)
    day.note("clearance", at=-4)
    assert day.state == "cleared"


def test_a_withdrawal_is_a_task_until_consent_is_given_anew(people: People) -> None:
    consent_text(people, now=NOW - dt.timedelta(days=90))
    course = treated_with_consent(people)
    withdraw_consent(actor=people.nurse, course=course, now=NOW)
    (row,) = caseload(actor=people.nurse, now=NOW)
    assert "consent:withdrawn" in [due.kind for due in row.due if due.overdue]
    with pytest.raises(InputError, match="already"):
        withdraw_consent(actor=people.nurse, course=course, now=LATER)
    with pytest.raises(InputError, match="before what was said last"):
        consent(people, course, on=NOW.date() - dt.timedelta(days=3), now=LATER)
    consent(people, course, now=LATER)
    (row,) = caseload(actor=people.nurse, now=LATER)
    assert not [due for due in row.due if due.kind.startswith("consent")]


def treated_with_consent(people: People) -> Course:
    """A course in induction whose consent is on record."""
    course = accepted(people)
    consent(people, course, now=NOW - dt.timedelta(hours=2))
    change_phase(actor=people.prescriber, course=course, to_phase="induction", now=NOW - dt.timedelta(hours=1))
    return course


def test_a_treated_course_of_a_programme_without_texts_asks_nothing(people: People) -> None:
    treated(people, "Ada")
    (row,) = caseload(actor=people.nurse, now=NOW)
    assert not [due for due in row.due if due.kind.startswith("consent")]


def test_the_pages_record_and_print(people: People) -> None:
    consent_text(people, now=NOW)
    course = accepted(people)
    client = Client()
    client.force_login(people.nurse)
    page = reverse("consent", args=[course.public_id])
    sent = {"kind": "given", "given_by": "patient", "on": NOW.date().isoformat(), "read": "on"}
    refused = client.post(page, sent)
    assert refused.status_code == 422
    assert "Capacity is not noted" in refused.content.decode()
    assert client.post(page, {**sent, "capacity": "has"}).status_code == 302
    shown = client.get(page).content.decode()
    assert "Consent given" in shown
    paper = client.get(reverse("consent-paper", args=[course.public_id])).content.decode()
    assert "What may happen." in paper
    assert "Ada Example" in paper
    withdrawn = {"given_by": "patient", "on": NOW.date().isoformat()}
    assert client.post(reverse("consent-withdraw", args=[course.public_id]), withdrawn).status_code == 302
    assert "Consent withdrawn" in client.get(page).content.decode()
