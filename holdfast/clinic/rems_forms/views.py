"""The monitoring form of a treatment session: filled from the sheet, signed, printed, marked as sent."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from holdfast.clinic.accounts.permissions import require
from holdfast.clinic.accounts.requests import SignedInRequest
from holdfast.clinic.courses.lookup import page_of
from holdfast.clinic.rems_forms import actions
from holdfast.clinic.rems_forms.forms import AnswersForm, SentForm, initial_of
from holdfast.clinic.rems_forms.queries import FormView, rems_form
from holdfast.clinic.treatment_sessions.lookup import treatment_session_or_404
from holdfast.clinic.treatment_sessions.models import TreatmentSession
from holdfast.clinic.ui.permitted import permitted
from holdfast.errors import InputError, RefusedError


@require_http_methods(["GET", "HEAD", "POST"])
def show(request: SignedInRequest, treatment_session_id: UUID) -> HttpResponse:
    """Every field with what the sheet says, what is missing by name, and the questions a clinician answers."""
    row = treatment_session_or_404(request.user, treatment_session_id)
    if request.method == "POST":
        require(request.user, "rems_form.sign", row)
    with timezone.override(row.programme.time_zone):
        view = rems_form(actor=request.user, treatment_session=row, now=timezone.now())
        first = initial_of(view.suggested) | {"version": view.newest.version if view.newest else 0}
        form = AnswersForm(request.POST or None, initial=first)
        if request.method == "POST" and form.is_valid():
            try:
                actions.sign_rems_form(
                    actor=request.user, treatment_session=row, answers=form.answers(), now=timezone.now(),
                    why=form.cleaned_data["why"], version=form.cleaned_data["version"],
                )  # fmt: skip
                messages.success(request, "The form is signed. Send it, and say when.")
                return redirect("rems-form", row.public_id)
            except (InputError, RefusedError) as error:
                form.refuse(error)
        return _page(request, "show", row, view, form=form, sent_form=SentForm())


@require_POST
def sent(request: SignedInRequest, treatment_session_id: UUID) -> HttpResponse:
    """The signed form went to the REMS."""
    row = treatment_session_or_404(request.user, treatment_session_id)
    require(request.user, "rems_form.send", row)
    with timezone.override(row.programme.time_zone):
        view = rems_form(actor=request.user, treatment_session=row, now=timezone.now())
        form = SentForm(request.POST)
        if view.newest is None:
            messages.error(request, "Sign the form before it is sent.", extra_tags="late")
            return redirect("rems-form", row.public_id)
        if form.is_valid():
            try:
                actions.mark_rems_form_sent(
                    actor=request.user, form=view.newest, sent_at=form.moment(), now=timezone.now()
                )
                messages.success(request, "Marked as sent.")
                return redirect("rems-form", row.public_id)
            except (InputError, RefusedError) as error:
                form.refuse(error)
        first = initial_of(view.suggested) | {"version": view.newest.version}
        return _page(request, "show", row, view, form=AnswersForm(initial=first), sent_form=form)


@require_safe
def printed(request: SignedInRequest, treatment_session_id: UUID) -> HttpResponse:
    """The signed form on paper."""
    row = treatment_session_or_404(request.user, treatment_session_id)
    with timezone.override(row.programme.time_zone):
        view = rems_form(actor=request.user, treatment_session=row, now=timezone.now())
        if view.newest is None:
            messages.error(request, "The form is printed after it is signed.", extra_tags="late")
            return redirect("rems-form", row.public_id)
        return _page(request, "print", row, view)


def _page(request: SignedInRequest, name: str, row: TreatmentSession, view: FormView, **more: Any) -> HttpResponse:
    context = {"row": row, "course": row.course, "course_url": page_of(row.course), "programme": row.programme,
               "view": view, "may": permitted(request.user, row), **more}  # fmt: skip
    wrong = any(form.is_bound and form.errors for form in more.values())
    return render(request, f"rems_forms/{name}.html", context, status=422 if wrong else 200)
