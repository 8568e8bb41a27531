"""Alerts that wait for somebody, and the rota of a programme."""

from __future__ import annotations

import asyncio
from concurrent.futures import ThreadPoolExecutor
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.contrib.auth import get_user
from django.contrib.sessions.backends.db import SessionStore
from django.db import close_old_connections
from django.http import Http404, HttpRequest, HttpResponse, StreamingHttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_GET, require_POST, require_safe

from holdfast.clinic.accounts.models import User
from holdfast.clinic.accounts.permissions import may, require
from holdfast.clinic.accounts.requests import SignedInRequest
from holdfast.clinic.alerts import actions, queries
from holdfast.clinic.alerts.drill import called_in_turn, path_faults, path_warnings
from holdfast.clinic.alerts.forms import DutyForm, MinutesForm, OutOfHoursForm
from holdfast.clinic.alerts.live import events
from holdfast.clinic.alerts.standing import duty_setting, turns_of
from holdfast.clinic.duty_calls.queries import calls_by_alert, own_addresses
from holdfast.clinic.duty_calls.standing import channels_of
from holdfast.clinic.jobs.queries import silent_since
from holdfast.clinic.programmes.actions import set_out_of_hours_text
from holdfast.clinic.programmes.models import Programme
from holdfast.clinic.programmes.queries import programme_by_key
from holdfast.clinic.screen_lock.locking import readable_when_locked
from holdfast.errors import InputError
from holdfast.safety.escalation import repeat_every_min

TAKEN_SHOWN = 50


@require_safe
def listed(request: SignedInRequest) -> HttpResponse:
    """What nobody took yet, then what was taken by whom."""
    now = timezone.now()
    waiting = queries.open_alerts(actor=request.user, now=now)
    taken = list(queries.alerts(actor=request.user, taken=True)[:TAKEN_SHOWN])
    shown = [*(view.alert for view in waiting), *taken]
    context = {
        "waiting": waiting,
        "taken": taken,
        "calls": calls_by_alert(actor=request.user, alerts=shown, now=now),
        "reached_by": own_addresses(request.user) if may(request.user, "duty_call.set_address") else None,
        "may_take": may(request.user, "alert.take"),
        "silent_since": silent_since(now=now),
    }
    return render(request, "alerts/list.html", context)


@readable_when_locked
@require_GET
def live(request: SignedInRequest) -> StreamingHttpResponse:
    """Tells an open page that its banner of alerts is another one, until the person may no longer see it."""
    require(request.user, "alert.view")
    user_pk, session_key = request.user.pk, request.session.session_key or ""

    async def still_allowed() -> bool:
        return await asyncio.get_running_loop().run_in_executor(_ASKING, _asked_in_passing, session_key, user_pk)

    async def stream() -> Any:
        async for event in events(user_pk, still_allowed=still_allowed):
            yield event

    response = StreamingHttpResponse(stream(), content_type="text/event-stream")
    response.headers["X-Accel-Buffering"] = "no"  # a proxy that waits for the end would show nothing
    return response


@readable_when_locked
@require_GET
def banner(request: SignedInRequest) -> HttpResponse:
    """The banner alone, for a page that is open. It names no patient, as on every page."""
    require(request.user, "alert.view")
    return render(request, "alerts/banner.html")


@require_POST
def take(request: SignedInRequest, alert_id: UUID) -> HttpResponse:
    """Take an alert; then to the answer it came from."""
    alert = queries.alert_by_id(actor=request.user, public_id=alert_id)
    if alert is None:
        raise Http404
    try:
        actions.take_alert(actor=request.user, alert=alert, now=timezone.now())
    except InputError as error:
        messages.error(request, f"{str(error)[:1].upper()}{str(error)[1:]}.", extra_tags="late")
        return redirect("alert-list")
    if alert.assessment is None:
        messages.success(request, "The drill is acknowledged. Nothing further is asked.", extra_tags="good")
        return redirect("alert-list")
    messages.success(request, "You took the alert. It goes to nobody else: it is yours now.", extra_tags="good")
    return redirect("assessment", alert.assessment.public_id)


@require_safe
def duty(request: SignedInRequest, key: str) -> HttpResponse:
    """Who is called, in which order, and what stands in the way today."""
    row = programme_by_key(actor=request.user, key=key)
    require(request.user, "alert.view", row)
    return _duty_page(request, row)


@require_POST
def add_turn(request: SignedInRequest, key: str) -> HttpResponse:
    """Put a person on the rota."""
    row = programme_by_key(actor=request.user, key=key)
    require(request.user, "alert.set_duty", row)
    people = {str(person.public_id): person for person in queries.may_be_called(row)}
    with timezone.override(row.time_zone):
        form = DutyForm(request.POST, people=list(people.values()))
        if form.is_valid():
            given = {**form.cleaned_data, "person": people[form.cleaned_data["person"]]}
            try:
                actions.add_duty_turn(actor=request.user, programme=row, now=timezone.now(), **given)
                messages.success(request, f"{given['person']} is on the rota.", extra_tags="good")
                return redirect("duty", row.key)
            except InputError as error:
                form.refuse(error)
    return _duty_page(request, row, duty_form=form)


@require_POST
def end_turn(request: SignedInRequest, key: str, turn_id: UUID) -> HttpResponse:
    """Take a turn off the rota."""
    row = programme_by_key(actor=request.user, key=key)
    turn = queries.turn_by_id(actor=request.user, programme=row, public_id=turn_id)
    if turn is None:
        raise Http404
    actions.end_duty_turn(actor=request.user, turn=turn, now=timezone.now())
    messages.success(request, "Taken off the rota.", extra_tags="good")
    return redirect("duty", row.key)


@require_POST
def set_minutes(request: SignedInRequest, key: str) -> HttpResponse:
    """When an alert goes on to the next person."""
    row = programme_by_key(actor=request.user, key=key)
    require(request.user, "alert.set_duty", row)
    form = MinutesForm(request.POST)
    if form.is_valid():
        try:
            actions.set_alert_minutes(
                actor=request.user, programme=row, minutes=form.cleaned_data["minutes"], now=timezone.now()
            )
            messages.success(request, "The minutes are set.", extra_tags="good")
            return redirect("duty", row.key)
        except InputError as error:
            form.refuse(error)
    return _duty_page(request, row, minutes_form=form)


@require_POST
def set_text(request: SignedInRequest, key: str) -> HttpResponse:
    """Whom patients turn to when the clinic is closed."""
    row = programme_by_key(actor=request.user, key=key)
    require(request.user, "programme.set_out_of_hours_text", row)
    form = OutOfHoursForm(request.POST)
    if form.is_valid():
        try:
            set_out_of_hours_text(actor=request.user, programme=row, text=form.cleaned_data["text"], now=timezone.now())
            messages.success(request, "The out-of-hours text is set.", extra_tags="good")
            return redirect("duty", row.key)
        except InputError as error:
            form.refuse(error)
    return _duty_page(request, row, text_form=form)


def _still_allowed(session_key: str, user_pk: int) -> bool:
    """Is the same person still signed in, and of a role that sees alerts?"""
    asked = HttpRequest()
    asked.session = SessionStore(session_key)
    user = get_user(asked)
    return isinstance(user, User) and user.pk == user_pk and may(user, "alert.view")


def _asked_in_passing(session_key: str, user_pk: int) -> bool:
    """The same, for all open pages in one thread with one connection to the database."""
    close_old_connections()
    return _still_allowed(session_key, user_pk)


_ASKING = ThreadPoolExecutor(1, thread_name_prefix="alerts-allowed")


def _duty_page(request: SignedInRequest, row: Programme, **forms: Any) -> HttpResponse:
    now, setting = timezone.now(), duty_setting(row)
    turns = turns_of(row)
    context = {
        "programme": row,
        "turns": turns,
        "passed_over": {turn.pk for turn in turns if str(turn.person.public_id) not in setting.people},
        "channels": channels_of(turn.person for turn in turns),
        "setting": setting,
        "called": called_in_turn(setting, now),
        "again_every_min": repeat_every_min(setting.minutes),
        "faults": path_faults(row, now),
        "warnings": path_warnings(row, now),
        "may_set": may(request.user, "alert.set_duty", row),
        "duty_form": forms.get("duty_form") or DutyForm(people=queries.may_be_called(row)),
        "text_form": forms.get("text_form") or OutOfHoursForm(initial={"text": row.out_of_hours_text}),
        "minutes_form": forms.get("minutes_form") or MinutesForm(initial={"minutes": setting.minutes}),
    }
    with timezone.override(row.time_zone):
        return render(request, "alerts/duty.html", context, status=422 if forms else 200)
