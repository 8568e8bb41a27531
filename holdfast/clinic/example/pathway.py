"""From referral to letter in the lives of invented people: referral, consent, plan, end, each through its action."""

from __future__ import annotations

import datetime as dt
from typing import Any

from holdfast.clinic.accounts.models import User
from holdfast.clinic.consents.actions import add_consent_document, record_consent
from holdfast.clinic.courses.actions import change_phase
from holdfast.clinic.courses.evaluations import evaluation_allows
from holdfast.clinic.courses.models import Course, Source
from holdfast.clinic.courses.phases import TREATED, Phase
from holdfast.clinic.endings.actions import end_course
from holdfast.clinic.example.cast import Person
from holdfast.clinic.letters.actions import issue_letter
from holdfast.clinic.letters.drafts import draft_of
from holdfast.clinic.patients.models import Patient
from holdfast.clinic.plans.actions import change_plan
from holdfast.clinic.programmes.models import Programme
from holdfast.clinic.referrals.actions import record_referral, take_step
from holdfast.clinic.referrals.models import Referral
from holdfast.clinic.refusal import RefusedByRuleError
from holdfast.protocols.plan_in_force import phase_part
from holdfast.protocols.protocol import protocol as protocol_named

CONSENT_TEXT = """This text is invented for the example and is no template. A programme brings its own.

I have been told what the treatment is, what it may do and what is not known, and what else I could have instead.

I know that I am watched after each dose, that I do not drive home, and that I am asked again each time.

I may say no at any time, without a reason, and am treated as well as before."""
WEIGHED = "Weighed with the patient (invented)"
FOLLOW_UP = {"non_response": "referrer", "adverse_event": "general_practitioner", "patient_choice": "none_wanted"}


def keep_consent_text(programme: Programme, prescriber: User, at: dt.datetime) -> None:
    """The consent text of the example programme."""
    add_consent_document(
        actor=prescriber, programme=programme, title="Consent to treatment (example)", text=CONSENT_TEXT, now=at
    )


def refer(patient: Patient, person: Person, nurse: User, at: dt.datetime) -> Referral:
    """A letter from an invented practice."""
    return record_referral(
        actor=nurse, patient=patient, referrer="general_practitioner", referrer_name="Dr Example Referrer (invented)",
        referrer_address="1 Example Street", received_on=patient.programme.day_of(at),
        reason=f"{person.diagnosis}; asks for an evaluation (invented).", documents="Letter\nMedication list", now=at,
    )  # fmt: skip


def move_on(course: Course, person: Person, prescriber: User, phase: str, reason: str, at: dt.datetime) -> None:
    """The step that leads to the next phase of the life: a decision, a consent, a plan, an end."""
    course = Course.objects.select_related("patient__programme").get(pk=course.pk)
    acting: dict[str, Any] = {"actor": prescriber, "now": at}
    if phase == Phase.EVALUATED and evaluation_allows(course):
        take_step(referral=_referral(course), step="accepted", **acting)
    elif phase == Phase.DECLINED:
        take_step(
            referral=_referral(course), step="declined", reasons=["contraindication"], note=person.story, **acting
        )
    elif phase == Phase.CONSENTED:
        record_consent(course=course, kind="given", capacity="has", **acting)
    elif phase in TREATED:
        _plan(course, person, phase, acting)
    elif phase in (Phase.STOPPED, Phase.COMPLETED):
        end_course(
            course=course, way=phase, reason=reason or "completed", follow_up=FOLLOW_UP.get(reason, "check_ins"),
            note=person.story, **acting,
        )  # fmt: skip
        if reason == "non_response":
            _letter(course, prescriber, at)
    else:
        change_phase(course=course, to_phase=phase, on=course.programme.day_of(at), **acting)


def _referral(course: Course) -> Referral:
    return Referral.objects.get(chain=str(course.referral))


def _plan(course: Course, person: Person, phase: str, acting: dict[str, Any]) -> None:
    plan, before = protocol_named(course.protocol), course.plans.last()
    part = phase_part(plan, course.indication, phase)
    assert part is not None, f"{plan.id} has no {phase}"
    in_turn = part.sessions_per_week > 1 and len(part.interval_d) > 1
    per_kg = next((dose.amounts[0] for dose in plan.doses if dose.unit == "mg/kg"), None)
    wanted: dict[str, Any] = {
        "course": course, "phase": phase, "note": WEIGHED, "source": Source.SIMULATED,
        "intervals_d": list(part.interval_d) if in_turn else [part.usual_interval_d],
        "reason": "first_plan" if before is None else "worsening" if phase == Phase.INDUCTION else "response",
        **({"dose_mg_per_kg": per_kg} if per_kg else {"dose_mg": person.dose_mg[0 if before is None else -1]}),
    }  # fmt: skip
    try:
        change_plan(**wanted, **acting)
    except RefusedByRuleError:
        change_plan(**wanted, in_spite=WEIGHED, **acting)


def _letter(course: Course, prescriber: User, at: dt.datetime) -> None:
    course.refresh_from_db()
    issue_letter(
        actor=prescriber, course=course, to="Dr Example Referrer (invented)\n1 Example Street", now=at,
        paragraph="Six infusions brought no response. We thank you for the referral and give the care back to you.",
        signed_as="Dr Example Physician (invented)", read=draft_of(prescriber, course, at).digest,
    )  # fmt: skip
