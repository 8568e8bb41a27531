"""The page of the learning check, for whoever leads or treats: how good forecasts were; ask again; close an alarm."""

from __future__ import annotations

from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_POST, require_safe

from holdfast.clinic.accounts.permissions import may, require
from holdfast.clinic.accounts.requests import SignedInRequest
from holdfast.clinic.learning_checks import actions, queries
from holdfast.clinic.learning_checks.forms import CloseAlarmForm
from holdfast.clinic.learning_checks.models import DriftAlarm
from holdfast.clinic.programmes.models import Programme
from holdfast.clinic.programmes.queries import programme_by_key
from holdfast.errors import InputError, RefusedError

OK, FAULTY = 200, 422


@require_safe
def of_programme(request: SignedInRequest, key: str) -> HttpResponse:
    """The newest check of a programme, or why there is none."""
    return _page(request, programme_by_key(actor=request.user, key=key))


def _page(
    request: SignedInRequest, programme: Programme, sent: tuple[DriftAlarm, CloseAlarmForm] | None = None
) -> HttpResponse:
    """With a form of closing beside each alarm that stands; `sent` is one that was refused."""
    found = queries.of_programme(actor=request.user, programme=programme, now=timezone.now())
    closes = may(request.user, "learning_check.close_alarm", programme)
    alarms = [
        (one, sent[1] if sent and sent[0] == one.row else CloseAlarmForm(alarm=one.row) if closes else None)
        for one in (found.standing if found else ())
    ]
    context = {"programme": programme, "found": found, "alarms": alarms}
    with timezone.override(programme.time_zone):
        return render(request, "learning_checks/check.html", context, status=FAULTY if sent else OK)


@require_POST
def ask(request: SignedInRequest, key: str) -> HttpResponse:
    """Ask for a check now."""
    programme = programme_by_key(actor=request.user, key=key)
    try:
        actions.ask_learning_check(actor=request.user, programme=programme, now=timezone.now())
        messages.success(request, "Asked for: it is made within minutes. Open this page again then.", extra_tags="good")
    except RefusedError as error:
        messages.error(request, str(error), extra_tags="late")
    return redirect("learning-check", programme.key)


@require_POST
def close_alarm(request: SignedInRequest, key: str, alarm_id: UUID) -> HttpResponse:
    """Close a drift alarm with a reason."""
    programme = programme_by_key(actor=request.user, key=key)
    require(request.user, "learning_check.close_alarm", programme)
    alarm = queries.alarm_of(programme, alarm_id)
    if alarm is None:
        raise Http404
    form = CloseAlarmForm(request.POST, alarm=alarm)
    if not form.is_valid():
        return _page(request, programme, (alarm, form))
    try:
        actions.close_drift_alarm(
            actor=request.user, alarm=alarm, reason=form.cleaned_data["reason"], now=timezone.now()
        )
        messages.success(request, "The alarm is closed. Ratings entered from now on are counted anew.",
                         extra_tags="good")  # fmt: skip
    except InputError as error:
        form.refuse(error)
        return _page(request, programme, (alarm, form))
    except RefusedError as error:
        messages.error(request, str(error), extra_tags="late")
    return redirect("learning-check", programme.key)
