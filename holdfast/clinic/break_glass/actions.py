"""The only writer of broken glass."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable

from django.conf import settings
from django.db import transaction

from holdfast.clinic.accounts.models import Actor, User
from holdfast.clinic.accounts.permissions import require
from holdfast.clinic.audit import actions as audit
from holdfast.clinic.audit.models import AuditEntry
from holdfast.clinic.break_glass.models import BreakGlass, BreakGlassReview, GlassFinding, GlassReason
from holdfast.clinic.patients.models import Patient
from holdfast.clinic.plain_text import plain_text, required_text
from holdfast.clinic.programmes.models import Programme
from holdfast.errors import InputError

_HOUR = dt.timedelta(hours=1)
LEAST_REASON = 10  # signs: more than a full stop
_NOBODY = "no single patient of this programme has these details; check each, or call the programme"


def break_glass(
    *,
    actor: Actor,
    programme: Programme,
    reason_kind: str,
    reason: str,
    now: dt.datetime,
    record_number: str = "",
    label: str = "",
    date_of_birth: dt.date | None = None,
) -> BreakGlass:
    """Let the actor read one patient of a programme not theirs, for `BREAK_GLASS_MIN` minutes.

    The patient is named by the record number, or by name and date of birth, exactly; there is no search. A try that
    finds nobody is on record too, and after `BREAK_GLASS_TRIES` in an hour there is no further one: who is a patient
    here is itself a secret. Raises `InputError`.
    """
    require(actor, "break_glass.open")
    assert isinstance(actor, User)
    if programme.pk in actor.programme_ids():
        raise InputError("programme: you belong to it; open the patient from the caseload")
    if reason_kind not in GlassReason.values:
        raise InputError(f"reason_kind {reason_kind!r} is not known; choose one of {', '.join(GlassReason.values)}")
    reason = required_text("reason", reason, "say why; the programme lead reads it")
    if len(reason) < LEAST_REASON:
        raise InputError("reason: say why in a few words; the programme lead reads it")
    _not_too_often(actor, now)
    patient = _patient(programme, record_number.strip(), label.strip(), date_of_birth)
    if patient is None:
        with transaction.atomic():  # on record although the try is refused
            audit.record(actor, "break_glass.not_found", programme, at=now)
        raise InputError(_NOBODY)
    return _opened(actor, patient, reason_kind, reason, now)


@transaction.atomic
def _opened(actor: User, patient: Patient, reason_kind: str, reason: str, now: dt.datetime) -> BreakGlass:
    going_on = BreakGlass.objects.filter(by=actor, patient=patient, until__gt=now, review__isnull=True).first()
    if going_on is not None and not _was_closed(actor, going_on):
        return going_on  # a double click, or asked again: one is enough
    until = now + dt.timedelta(minutes=settings.BREAK_GLASS_MIN)
    glass = BreakGlass(
        patient=patient, by=actor, role=actor.role, reason_kind=reason_kind, reason=reason, at=now, until=until
    )
    glass.save()
    details = {"reason": reason_kind, "patient": str(patient.public_id)}
    audit.record(actor, "break_glass.open", glass, at=now, details=details)
    return glass


@transaction.atomic
def close_glass(*, actor: Actor, glass: Iterable[BreakGlass], now: dt.datetime) -> None:
    """The person is done reading; the sign-in forgets what it had opened."""
    require(actor, "break_glass.open")
    for one in glass:
        audit.record(actor, "break_glass.close", one, at=now)


@transaction.atomic
def review_glass(
    *, actor: Actor, glass: BreakGlass, finding: str, now: dt.datetime, note: str = ""
) -> BreakGlassReview:
    """What the programme lead found. Ends the reading where it still goes on.

    Raises `InputError` on an unknown word, one's own glass, a second review, or "not justified" without a note.
    """
    require(actor, "break_glass.review", glass)
    assert isinstance(actor, User)
    if finding not in GlassFinding.values:
        raise InputError(f"finding {finding!r} is not known; choose one of {', '.join(GlassFinding.values)}")
    if glass.by_id == actor.pk:
        raise InputError("this was you; another programme lead reviews it")
    note = plain_text("note", note)
    if finding == GlassFinding.NOT_JUSTIFIED and not note:
        raise InputError("note: say what was wrong, and what follows from it")
    locked = BreakGlass.objects.select_for_update(no_key=True).get(pk=glass.pk)
    if BreakGlassReview.objects.filter(glass=locked).exists():
        raise InputError("somebody reviewed it in the meantime; open the list anew")
    review = BreakGlassReview(glass=locked, finding=finding, note=note, by=actor, at=now)
    review.save()
    audit.record(actor, "break_glass.review", glass, at=now, details={"finding": finding})
    return review


def _was_closed(actor: User, glass: BreakGlass) -> bool:
    """Did the person say that they were done? Whoever reads again after that says why again."""
    told = AuditEntry.objects.filter(actor=actor, action="break_glass.close", subject_ref=str(glass.public_id))
    return told.exists()


def _not_too_often(actor: User, now: dt.datetime) -> None:
    tries = AuditEntry.objects.filter(actor=actor, action="break_glass.not_found", at__gt=now - _HOUR)
    if tries.count() >= settings.BREAK_GLASS_TRIES:
        raise InputError("too many tries that found nobody; wait an hour, or call the programme")


def _patient(programme: Programme, record_number: str, label: str, date_of_birth: dt.date | None) -> Patient | None:
    """The one patient with these details; None where there is none, or more than one."""
    if record_number:
        found = programme.patients.filter(record_number=record_number)
    elif label and date_of_birth:
        found = programme.patients.filter(label__iexact=label, date_of_birth=date_of_birth)
    else:
        raise InputError("record_number: give the record number, or the name and the date of birth")
    rows = list(found.select_related("programme")[:2])
    return rows[0] if len(rows) == 1 else None
