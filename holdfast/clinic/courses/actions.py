"""The only writer of courses, their phases, baselines, evaluations and overrides."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Mapping
from typing import Any

from django.db import transaction

from holdfast import facts
from holdfast.clinic.accounts.models import Actor, User, person
from holdfast.clinic.accounts.permissions import require
from holdfast.clinic.assessments.models import Assessment
from holdfast.clinic.audit import actions as audit
from holdfast.clinic.consents.standing import consent_of
from holdfast.clinic.courses import phases
from holdfast.clinic.courses.baseline import baseline_choice
from holdfast.clinic.courses.evaluations import answer_of, evaluation_allows
from holdfast.clinic.courses.models import (
    NO_ILLNESS,
    Course,
    CourseBaseline,
    Evaluation,
    Override,
    PhaseChange,
    Source,
    TimeBasis,
)
from holdfast.clinic.patients.models import Patient
from holdfast.clinic.plain_text import plain_text, required_text
from holdfast.clinic.possible import require_day_so_far, require_possible_study_day
from holdfast.clinic.programmes.queries import protocol_rules_of
from holdfast.clinic.refusal import RefusedByRuleError
from holdfast.errors import InputError
from holdfast.protocols.consent import ConsentState
from holdfast.protocols.protocol import Protocol
from holdfast.protocols.protocol import protocol as protocol_named


@transaction.atomic
def open_course(
    *,
    actor: Actor,
    patient: Patient,
    protocol: str,
    indication: str,
    now: dt.datetime,
    time_basis: str = TimeBasis.CALENDAR,
    opened_on: dt.date | None = None,
    source: str = Source.CLINIC,
    phase: str = phases.Phase.REFERRED,
    referral: uuid.UUID | None = None,
) -> Course:
    """A course on a protocol, as `referred`. Only an imported one may begin in a later phase, as the data set says.

    It knows the patient's course before it, if that has ended, and the referral (its chain) it was opened for.

    Raises `UnknownNameError` on an unknown protocol, `InputError` on an indication it has no plan for. An imported
    course may be of indication `none`, a control of a trial, treated for no illness, or `any`, where it was not told.
    """
    require(actor, "course.open", patient)
    plan = protocol_named(protocol)
    begun = _first_phase(phase, source)
    if time_basis == TimeBasis.STUDY_DAY and opened_on is not None:
        raise InputError("opened_on: a course counted in study days has no dates")
    require_day_so_far("opened_on", opened_on, patient.programme, now)
    course = Course(
        patient=patient,
        protocol=plan.id,
        protocol_version=plan.version,
        drug=plan.drug,
        route=plan.route,
        indication=_indication(plan, indication, source),
        phase=begun.value,
        time_basis=time_basis,
        opened_on=opened_on or (patient.programme.day_of(now) if time_basis == TimeBasis.CALENDAR else None),
        source=source,
        referral=_referral_of(patient, referral),
        follows=None if source == Source.IMPORT else _former(patient),
        created_at=now,
    )
    course.save()
    _add_change(course, actor, "", now=now, on=course.opened_on)
    audit.record(actor, "course.open", course, at=now, details={"protocol": plan.id, "phase": begun.value})
    return course


def _referral_of(patient: Patient, chain: uuid.UUID | None) -> uuid.UUID | None:
    if chain is not None and not patient.referrals.filter(chain=chain).exists():
        raise InputError("referral: is not one of this patient")
    return chain


def _former(patient: Patient) -> Course | None:
    """The patient's last course, if it has ended."""
    last = patient.courses.order_by("-pk").first()
    return last if last is not None and last.phase in phases.ENDED else None


def _first_phase(phase: str, source: str) -> phases.Phase:
    begun = phases.phase_named(phase)
    if begun is not phases.Phase.REFERRED and source != Source.IMPORT:
        raise InputError(f"phase {begun}: a course begins as referred; only an imported one may begin later")
    return begun


@transaction.atomic
def record_evaluation(*, actor: Actor, course: Course, given: Mapping[str, Any], now: dt.datetime) -> Evaluation:
    """What was asked before treatment, with the answer of the rules and the staging as of today's facts.

    `given` has `evaluation` and `trials`, and optionally `about`, as in the input file of `holdfast eligibility
    assess`. Raises `InputError` naming the field. A refusal by the rules is recorded, not raised.
    """
    require(actor, "evaluation.record", course)
    rules = protocol_rules_of(course.programme, protocol=course.protocol, indication=course.indication)
    decision, staging = answer_of(given, rules, today=course.programme.day_of(now))
    evaluation = Evaluation(
        course=course,
        given=dict(given),
        decision=decision.as_dict(),
        staging=staging,
        facts_digest=facts.load().digest,
        by=person(actor),
        at=now,
    )
    evaluation.save()
    audit.record(actor, "evaluation.record", evaluation, at=now, details={"allowed": decision.allowed})
    return evaluation


@transaction.atomic
def override_stop(*, actor: Actor, evaluation: Evaluation, rule_id: str, why: str, now: dt.datetime) -> Override:
    """A physician goes on in spite of a stop. Hard stops never yield. Raises `InputError` where there is none such."""
    require(actor, "evaluation.override", evaluation)
    why = required_text("why", why, "an override needs its reason")
    if not isinstance(actor, User):
        raise InputError("an override is made by a person who signed in")
    open_stops = {reason["rule"] for reason in evaluation.decision["stops_a_physician_may_override"]}
    if rule_id not in open_stops:
        listed = ", ".join(sorted(open_stops)) or "none"
        raise InputError(f"{rule_id} is not a stop of this evaluation that may be overridden; there are: {listed}")
    Evaluation.objects.select_for_update(no_key=True).get(pk=evaluation.pk)  # of two who override the second is told
    if evaluation.overrides.filter(rule_id=rule_id).exists():
        raise InputError(f"{rule_id} was already overridden in this evaluation")
    override = Override(evaluation=evaluation, rule_id=rule_id, why=why, by=actor, at=now)
    override.save()
    audit.record(actor, "evaluation.override", override, at=now, details={"rule": rule_id})
    return override


@transaction.atomic
def change_phase(
    *,
    actor: Actor,
    course: Course,
    to_phase: str,
    now: dt.datetime,
    why: str = "",
    stop_reason: str = "",
    on: dt.date | None = None,
    study_day: int | None = None,
) -> PhaseChange:
    """Move a course on, or refuse with every reason (`RefusedByRuleError`). `on` defaults to today."""
    require(actor, "course.change_phase", course)
    require_day_so_far("on", on, course.programme, now)
    require_possible_study_day("study_day", study_day)
    course = course.locked()
    before, wanted = phases.Phase(course.phase), phases.phase_named(to_phase)
    decision = phases.phase_change(
        from_phase=before,
        to_phase=wanted,
        stop_reason=stop_reason,
        evaluation_allows=True if course.source == Source.IMPORT else evaluation_allows(course),
        consent=ConsentState.NOT_KEPT if course.source == Source.IMPORT else consent_of(course, now).state,
    )
    if not decision.allowed:
        raise RefusedByRuleError("Cannot change the phase", decision)
    if course.time_basis == TimeBasis.CALENDAR:
        on = on or course.programme.day_of(now)
    course.phase = wanted.value
    course.stop_reason = stop_reason if wanted is phases.Phase.STOPPED else ""
    course.ended_on = on if wanted in phases.ENDED else None
    course.save(update_fields=["phase", "stop_reason", "ended_on"])
    change = _add_change(course, actor, before.value, now=now, on=on, study_day=study_day, why=why)
    details = {"from": before.value, "to": wanted.value, "stop_reason": course.stop_reason or None}
    audit.record(actor, "course.change_phase", course, at=now, details=details)
    return change


def mark_consented(*, actor: Actor, course: Course, now: dt.datetime, on: dt.date) -> None:
    """Move an evaluated course on once consent is recorded, where the evaluation lets it.

    Part of recording the consent, inside its transaction; whoever takes consent need not be a prescriber.
    """
    if course.phase != phases.Phase.EVALUATED or evaluation_allows(course) is not True:
        return
    before, course.phase = course.phase, phases.Phase.CONSENTED.value
    course.save(update_fields=["phase"])
    _add_change(course, actor, before, now=now, on=on)
    details = {"from": before, "to": course.phase, "stop_reason": None}
    audit.record(actor, "course.change_phase", course, at=now, details=details)


@transaction.atomic
def fix_baseline(*, actor: Actor, course: Course, assessment: Assessment, now: dt.datetime) -> CourseBaseline:
    """The rating the course is judged against on that scale. Fixed once; refused where it came after the first dose.

    One whose rating was withdrawn is none: another may be fixed.
    """
    require(actor, "course.fix_baseline", course)
    course = course.locked()  # one after the other: there is one a scale
    decision = baseline_choice(
        of_this_course=assessment.course_id == course.pk,
        current=not assessment.withdrawn and not Assessment.objects.filter(supersedes=assessment).exists(),
        has_total=assessment.total is not None,
        already_fixed=course.has_baseline(assessment.scale),
        before_first_dose=_before_first_dose(course, assessment),
    )
    if not decision.allowed:
        raise RefusedByRuleError("Cannot fix the baseline", decision)
    baseline = CourseBaseline(course=course, scale=assessment.scale, assessment=assessment, by=person(actor), at=now)
    baseline.save()
    audit.record(actor, "course.fix_baseline", course, at=now, details={"scale": assessment.scale})
    return baseline


def mark_started(*, course: Course) -> None:
    """Keep the day of the first dose, in the programme's time zone, as the treatment sessions now stand.

    Part of recording or correcting a treatment session, inside its transaction and audit entry.
    """
    given = course.treatment_sessions.given().filter(dosed_at__isnull=False)
    first = given.order_by("dosed_at").values_list("dosed_at", flat=True).first()
    on = course.programme.day_of(first) if first else None
    if on != course.started_on:
        course.started_on = on
        course.save(update_fields=["started_on"])


def _indication(plan: Protocol, indication: str, source: str) -> str:
    if indication in ("any", NO_ILLNESS) and source == Source.IMPORT:
        return indication
    return plan.require_indication(indication)


def _before_first_dose(course: Course, assessment: Assessment) -> bool | None:
    given = course.treatment_sessions.given()
    if assessment.rated_at is not None:
        first = given.order_by("dosed_at").values_list("dosed_at", flat=True).first()
        return None if first is None else assessment.rated_at <= first
    day = given.order_by("dosed_on_day").values_list("dosed_on_day", flat=True).first()
    return None if day is None else assessment.study_day <= day


def _add_change(
    course: Course,
    actor: Actor,
    before: str,
    *,
    now: dt.datetime,
    on: dt.date | None = None,
    study_day: int | None = None,
    why: str = "",
) -> PhaseChange:
    change = PhaseChange(
        course=course,
        from_phase=before,
        to_phase=course.phase,
        on=on,
        study_day=study_day,
        why=plain_text("why", why),
        stop_reason=course.stop_reason,
        by=person(actor),
        at=now,
    )
    change.save()
    return change
