"""The only writer of monitoring forms: sign, and say that it was sent."""

from __future__ import annotations

import datetime as dt
from typing import Any

from django.db import transaction

from holdfast import facts
from holdfast.clinic.accounts.models import Actor, User
from holdfast.clinic.accounts.permissions import require
from holdfast.clinic.audit import actions as audit
from holdfast.clinic.flow_sheets.sheets import rows_of, rules_of, sheet_from
from holdfast.clinic.plain_text import plain_text
from holdfast.clinic.rems_forms.models import RemsForm, RemsSent
from holdfast.clinic.rems_forms.standing import forms_of
from holdfast.clinic.treatment_sessions.models import TreatmentSession
from holdfast.errors import InputError, RefusedError
from holdfast.treatment_sessions.rems import FORM_RULE
from holdfast.treatment_sessions.rems_from_sheet import FormAnswers, form_from_sheet


@transaction.atomic
def sign_rems_form(
    *, actor: Actor, treatment_session: TreatmentSession, answers: FormAnswers, now: dt.datetime, why: str = "",
    version: int = 0,
) -> RemsForm:  # fmt: skip
    """Keep the form as it stands now, signed. `version` is the newest one the page showed, 0 for none.

    Raises `RefusedError` before the patient left, where no form is asked for, or where somebody signed meanwhile;
    `InputError` where something is missing, or a newer version is made, and `why` does not say how come.
    """
    require(actor, "rems_form.sign", treatment_session)
    user = _person(actor)
    locked = (
        TreatmentSession.objects.select_for_update(of=("self",), no_key=True)
        .select_related("course__patient__programme")
        .current()
        .get(course=treatment_session.course_id, number=treatment_session.number)
    )
    sheet, rules = sheet_from(locked, rows_of(locked)), rules_of(locked.course)
    if rules.weight(FORM_RULE) is None:
        raise RefusedError("No REMS form is asked for here")
    if sheet.discharged_at is None:
        raise RefusedError("The patient has not left yet; the form tells of the whole treatment session")
    newest = forms_of(locked).last()
    if version != (newest.version if newest else 0):
        raise RefusedError("Somebody signed this form meanwhile; open it again")
    content = form_from_sheet(sheet, answers, rules=rules)
    why = plain_text("why", why)
    if (content.missing or newest) and not why:
        raise InputError(
            "why: say why there is a newer form" if newest else "why: something is missing; answer it, or say why not"
        )
    form = RemsForm(
        treatment_session=locked, version=version + 1, answers=vars(answers), content=content.as_dict(), why=why,
        facts_digest=facts.load().digest, by=user, at=now,
    )  # fmt: skip
    form.save()
    details: dict[str, Any] = {"version": form.version, "missing": list(content.missing)}
    audit.record(actor, "rems_form.sign", form, at=now, details=details)
    return form


@transaction.atomic
def mark_rems_form_sent(*, actor: Actor, form: RemsForm, sent_at: dt.datetime, now: dt.datetime) -> RemsSent:
    """Say when it went to the REMS. Once; a newer version is sent anew."""
    require(actor, "rems_form.send", form)
    user = _person(actor)
    RemsForm.objects.select_for_update(no_key=True).get(pk=form.pk)
    if sent_at > now:
        raise InputError("sent_at: lies in the future; check date and time")
    if sent_at < form.at:
        raise InputError("sent_at: lies before the form was signed; check date and time")
    if RemsSent.objects.filter(form=form).exists():
        raise RefusedError("This form is marked as sent already")
    sent = RemsSent(form=form, sent_at=sent_at, by=user, at=now)
    sent.save()
    audit.record(actor, "rems_form.send", form, at=now, details={"version": form.version})
    return sent


def _person(actor: Actor) -> User:
    if not isinstance(actor, User):
        raise InputError("a form is signed by people who sign in")
    return actor
