"""A course from referral to plan, built with actions, for the tests of that way."""

from __future__ import annotations

import datetime as dt
from typing import Any

from holdfast.clinic.consents.actions import add_consent_document, record_consent
from holdfast.clinic.consents.models import ConsentDocument, ConsentRecord
from holdfast.clinic.courses.actions import open_course, record_evaluation
from holdfast.clinic.courses.models import Course
from holdfast.clinic.patients.models import Patient
from holdfast.clinic.plans.actions import change_plan
from holdfast.clinic.plans.models import TreatmentPlan
from holdfast.clinic.referrals.actions import record_referral, take_step
from holdfast.clinic.referrals.models import Referral
from tests.clinic.conftest import NOW, People, new_patient, sound_evaluation


def refer(people: People, patient: Patient | None = None, **changes: Any) -> Referral:
    """A letter from a general practitioner, received ten days ago."""
    values: dict[str, Any] = {
        "referrer": "general_practitioner", "referrer_name": "Dr Gwen Practice", "now": NOW,
        "referrer_address": "1 High Street\nSometown", "received_on": NOW.date() - dt.timedelta(days=10),
        "reason": "Two antidepressants without response.", "documents": "Letter\nMedication list", **changes,
    }  # fmt: skip
    return record_referral(actor=people.nurse, patient=patient or new_patient(people), **values)


def opened(people: People, referral: Referral, **changes: Any) -> Course:
    """The course opened for a referral."""
    values = {"protocol": "esketamine-nasal", "indication": "trd", "now": NOW, **changes}
    return open_course(actor=people.prescriber, patient=referral.patient, referral=referral.chain, **values)


def evaluated(people: People, course: Course, **answers: Any) -> Course:
    """With an evaluation on record."""
    given = sound_evaluation()
    given["evaluation"] |= answers
    record_evaluation(actor=people.prescriber, course=course, given=given, now=NOW)
    return course


def accepted(people: People, **changes: Any) -> Course:
    """Referred, evaluated and accepted."""
    referral = refer(people)
    course = evaluated(people, opened(people, referral, **changes))
    take_step(actor=people.prescriber, referral=referral, step="accepted", now=NOW)
    course.refresh_from_db()
    return course


def consent_text(people: People, **changes: Any) -> ConsentDocument:
    """The programme's consent text."""
    values = {"title": "Consent to treatment", "text": "What it is.\n\nWhat may happen.", "now": NOW, **changes}
    return add_consent_document(actor=people.prescriber, programme=people.programme, **values)


def consent(people: People, course: Course, **changes: Any) -> ConsentRecord:
    """Consent given by the patient, who has capacity."""
    values = {"kind": "given", "capacity": "has", "now": NOW, **changes}
    return record_consent(actor=people.nurse, course=course, **values)


def plan(people: People, course: Course, **changes: Any) -> TreatmentPlan:
    """Induction by the protocol."""
    values: dict[str, Any] = {
        "phase": "induction", "intervals_d": [3, 4], "dose_mg": 56, "reason": "first_plan", "now": NOW, **changes
    }  # fmt: skip
    return change_plan(actor=people.prescriber, course=course, **values)
