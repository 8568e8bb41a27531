"""The only writer of referrals and of the steps taken on them."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from typing import Any

from django.db import transaction

from holdfast.clinic.accounts.models import Actor, person
from holdfast.clinic.accounts.permissions import require
from holdfast.clinic.audit import actions as audit
from holdfast.clinic.courses import actions as courses
from holdfast.clinic.courses.evaluations import evaluation_allows
from holdfast.clinic.courses.models import Course
from holdfast.clinic.courses.phases import ALLOWED_CHANGES, Phase
from holdfast.clinic.patients.models import Patient
from holdfast.clinic.plain_text import plain_text, require_plain_text, required_text
from holdfast.clinic.possible import require_day_so_far
from holdfast.clinic.referrals.models import Referral, ReferralStep
from holdfast.clinic.referrals.standing import steps_of
from holdfast.clinic.refusal import RefusedByRuleError
from holdfast.eligibility.referral import NEEDS_REASONS, Step, may_step, waiting
from holdfast.errors import InputError
from holdfast.protocols.coded import require_coded

SELF = "self"  # nobody referred the patient: there is no name and no address


@transaction.atomic
def record_referral(
    *,
    actor: Actor,
    patient: Patient,
    referrer: str,
    received_on: dt.date,
    reason: str,
    now: dt.datetime,
    referrer_name: str = "",
    referrer_address: str = "",
    documents: str = "",
) -> Referral:
    """A referral that arrived. Raises `InputError` naming the field."""
    require(actor, "referral.record", patient)
    row = Referral(
        patient=patient, by=person(actor), at=now,
        **_content(patient, now, referrer=referrer, referrer_name=referrer_name, referrer_address=referrer_address,
                   received_on=received_on, reason=reason, documents=documents),
    )  # fmt: skip
    require_plain_text(row, "referrer_name")
    row.save()
    audit.record(actor, "referral.record", row, at=now, details={"referrer": referrer})
    return row


@transaction.atomic
def correct_referral(*, actor: Actor, referral: Referral, why: str, now: dt.datetime, **content: Any) -> Referral:
    """A newer version of what was received, with the reason; the older stays. Raises `InputError`."""
    require(actor, "referral.record", referral)
    why = required_text("why", why, "a correction needs its reason")
    old = _newest(referral)
    row = Referral(
        patient=old.patient, chain=old.chain, version=old.version + 1, supersedes=old, why=why, by=person(actor),
        at=now, **_content(old.patient, now, **content),
    )  # fmt: skip
    require_plain_text(row, "referrer_name")
    row.save()
    audit.record(actor, "referral.correct", row, at=now, details={"version": row.version})
    return row


def _content(
    patient: Patient, now: dt.datetime, *, referrer: str, referrer_name: str, referrer_address: str,
    received_on: dt.date, reason: str, documents: str,
) -> dict[str, Any]:  # fmt: skip
    """What was received, checked."""
    require_coded("referrer", "referrer", [referrer])
    if referrer != SELF and not referrer_name.strip():
        raise InputError("referrer_name: say who referred, so that they can be answered")
    require_day_so_far("received_on", received_on, patient.programme, now)
    return {
        "referrer": referrer, "referrer_name": referrer_name.strip(), "received_on": received_on,
        "referrer_address": plain_text("referrer_address", referrer_address),
        "reason": required_text("reason", reason, "say what the patient is referred for"),
        "documents": plain_text("documents", documents),
    }  # fmt: skip


def _newest(referral: Referral) -> Referral:
    """The newest version. Raises `InputError` where `referral` is not."""
    rows = Referral.objects.select_for_update(of=("self",), no_key=True).select_related("patient__programme")
    newest = rows.filter(chain=referral.chain).order_by("-version").first()
    assert newest is not None
    if newest.pk != referral.pk:
        raise InputError("this version was corrected already; open the newest")
    return newest


@transaction.atomic
def take_step(
    *,
    actor: Actor,
    referral: Referral,
    step: str,
    now: dt.datetime,
    on: dt.date | None = None,
    reasons: Iterable[str] = (),
    note: str = "",
) -> ReferralStep:
    """Accept, decline, ask for more information, or note that it came. The course moves with the decision.

    Acceptance rests on the newest evaluation of the course opened for the referral, which is kept with it. Raises
    `InputError` on what cannot be, `RefusedByRuleError` with every reason against.
    """
    require(actor, "referral.decide", referral)
    try:
        wanted = Step(step)
    except ValueError:
        raise InputError(f"step: {step!r} is not one of {', '.join(Step)}") from None
    referral = _newest(referral)
    note = plain_text("note", note)
    told = reasons if wanted in NEEDS_REASONS else ()
    coded = require_coded("reasons", "referral_reason", told, holds_for=wanted.value, note=note)
    require_day_so_far("on", on, referral.programme, now)
    today = referral.programme.day_of(now)
    course = (
        Course.objects.select_for_update(of=("self",), no_key=True)
        .filter(referral=referral.chain)
        .order_by("-pk")
        .first()
    )
    _allowed(wanted, referral, course, coded, on or today, today)
    row = ReferralStep(
        chain=referral.chain, patient=referral.patient, step=wanted.value, reasons=list(coded), note=note,
        evaluation=course.evaluations.first() if course else None, on=on or today, by=person(actor), at=now,
    )  # fmt: skip
    row.save()
    _move(actor, course, wanted, note, row.on, now)
    audit.record(actor, "referral.decide", row, at=now, details={"step": wanted.value, "reasons": list(coded)})
    return row


def _allowed(
    step: Step, referral: Referral, course: Course | None, reasons: tuple[str, ...], on: dt.date, today: dt.date
) -> None:
    decision = may_step(
        step,
        before=waiting(referral.received_on, steps_of(referral.chain), today),
        on=on,
        reasons=reasons,
        has_course=course is not None,
        evaluation_allows=evaluation_allows(course) if course else None,
    )
    if not decision.allowed:
        raise RefusedByRuleError("Cannot be decided so", decision)


def _move(actor: Actor, course: Course | None, step: Step, why: str, on: dt.date, now: dt.datetime) -> None:
    """The course goes where the decision leads, unless it is there already."""
    to = {Step.ACCEPTED: Phase.EVALUATED, Step.DECLINED: Phase.DECLINED}.get(step)
    if course is None or to is None or to not in ALLOWED_CHANGES[Phase(course.phase)]:
        return
    courses.change_phase(actor=actor, course=course, to_phase=to.value, why=why, on=on, now=now)
