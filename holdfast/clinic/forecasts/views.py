"""Pages of forecasts, for those who prescribe or treat: one forecast, its schedules side by side, ask for another."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from holdfast.clinic.accounts.permissions import may, require
from holdfast.clinic.accounts.requests import SignedInRequest
from holdfast.clinic.courses.lookup import course_or_404, page_of
from holdfast.clinic.courses.models import Course
from holdfast.clinic.forecasts import actions, queries
from holdfast.clinic.forecasts.deciding import StaleDecisionError, against_deciding, basis_of, newest_decision
from holdfast.clinic.forecasts.forms import DecisionForm
from holdfast.clinic.forecasts.models import Decided, Forecast
from holdfast.clinic.forecasts.schedules import lines_of, pictures_of
from holdfast.clinic.forecasts.switch import is_shown
from holdfast.clinic.forecasts.words import notes_of
from holdfast.errors import InputError, RefusedError

OK, NOT_FOUND, CONFLICT, FAULTY = 200, 404, 409, 422


@require_safe
def of_course(request: SignedInRequest, course_id: UUID) -> HttpResponse:
    """The newest forecast of a course, or why there is none."""
    course = course_or_404(request.user, course_id)
    require(request.user, "forecast.view", course)
    found = queries.of_course(actor=request.user, course=course, now=timezone.now())
    if found is None:
        return _page(request, course, {"hidden": True})
    return _page(request, course, {"shown": found.shown, "state": found.state, "may_ask": found.may_ask})


@require_safe
def one(request: SignedInRequest, forecast_id: UUID) -> HttpResponse:
    """One forecast as it was made, with what came after it."""
    row = _row(request, forecast_id)
    if not is_shown(row.programme):
        return _page(request, row.course, {"hidden": True}, NOT_FOUND)
    return _page(request, row.course, {"shown": queries.shown_of(row), "past": True})


def _row(request: SignedInRequest, forecast_id: UUID) -> Forecast:
    row = queries.forecast_by_id(actor=request.user, public_id=forecast_id)
    if row is None:
        raise Http404
    return row


def _page(request: SignedInRequest, course: Course, told: dict[str, Any], status: int = OK) -> HttpResponse:
    hidden = told.get("hidden", False)
    context = {
        "course": course, "course_url": page_of(course), "programme": course.programme,
        "listed": [] if hidden else queries.forecasts_listed(actor=request.user, course=course),
        "decisions": [] if hidden else queries.decisions_of(actor=request.user, course=course),
        "notes": notes_of(told["shown"].row) if told.get("shown") else [], **told,
    }  # fmt: skip
    with timezone.override(course.programme.time_zone):
        return render(request, "forecasts/forecast.html", context, status=status)


@require_POST
def ask(request: SignedInRequest, course_id: UUID) -> HttpResponse:
    """Ask for a forecast now."""
    course = course_or_404(request.user, course_id)
    try:
        actions.ask_forecast(actor=request.user, course=course, now=timezone.now())
        messages.success(request, "Asked for: it is made within minutes. Open this page again then.", extra_tags="good")
    except (InputError, RefusedError) as error:
        messages.error(request, str(error), extra_tags="late")
    return redirect("forecast-course", course.public_id)


@require_http_methods(["GET", "HEAD", "POST"])
def compare(request: SignedInRequest, forecast_id: UUID) -> HttpResponse:
    """Schedules side by side, and what was decided with them shown."""
    row = _row(request, forecast_id)
    if request.method == "POST":
        require(request.user, "forecast.decide", row)
    if not is_shown(row.programme):
        return _page(request, row.course, {"hidden": True}, NOT_FOUND)
    plans = row.answer.get("plans") or []
    if request.method != "POST":
        return _compared(request, row, _form_of(row, plans))
    form, status = DecisionForm(request.POST, plans=plans), FAULTY
    if form.is_valid():
        try:
            actions.record_decision(actor=request.user, forecast=row, now=timezone.now(), **form.decision())
            messages.success(request, _said(form.cleaned_data["choice"]), extra_tags="good")
            return redirect("forecast-compare", row.public_id)
        except StaleDecisionError as error:
            form, status = _form_of(row, plans, sent=form), CONFLICT
            form.refuse(error)
        except (InputError, RefusedError) as error:
            form.refuse(error)
    return _compared(request, row, form, status)


def _form_of(row: Forecast, plans: list[dict[str, Any]], *, sent: DecisionForm | None = None) -> DecisionForm:
    """The form of the page as it is shown now; with what was `sent` from a page that told something else."""
    last = newest_decision(row.course)
    stands = {"basis": basis_of(row), "after": "" if last is None else str(last.public_id)}
    if sent is None:
        return DecisionForm(initial=stands, plans=plans)
    form = DecisionForm({**sent.cleaned_data, **stands}, plans=plans)
    form.is_valid()
    return form


def _compared(request: SignedInRequest, row: Forecast, form: DecisionForm, status: int = OK) -> HttpResponse:
    course, plans = row.course, row.answer.get("plans") or []
    decides = may(request.user, "forecast.decide", row)
    against = against_deciding(row, course)
    context = {
        "row": row, "course": course, "course_url": page_of(course), "programme": course.programme, "form": form,
        "lines": lines_of(plans), "pictures": pictures_of(plans), "notes": notes_of(row),
        "decisions": [d for d in queries.decisions_of(actor=request.user, course=course) if d.forecast == row],
        "verdicts": [row.refused] if row.refused else row.answer["verdict"]["said"],
        "may_decide": decides and not against, "against": against if decides and plans else "",
    }  # fmt: skip
    with timezone.override(course.programme.time_zone):
        return render(request, "forecasts/compare.html", context, status=status)


def _said(choice: str) -> str:
    carried_out = "" if choice == Decided.KEEP else " Nothing is changed by it: change the plan on its own page."
    return f"The decision is recorded.{carried_out}"
