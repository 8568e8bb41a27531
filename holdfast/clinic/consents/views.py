"""Pages of consent: the texts of a programme, one to print, and what a patient said about a course."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_safe

from holdfast.clinic.accounts.permissions import may, require
from holdfast.clinic.accounts.requests import SignedInRequest
from holdfast.clinic.consents import actions, queries
from holdfast.clinic.consents.forms import ConsentForm, DocumentForm, WithdrawForm
from holdfast.clinic.consents.models import ConsentDocument
from holdfast.clinic.courses.lookup import course_or_404, page_of
from holdfast.clinic.courses.models import NO_ILLNESS, Course
from holdfast.clinic.programmes.queries import programme_by_key
from holdfast.clinic.refusal import RefusedByRuleError
from holdfast.clinic.ui.permitted import permitted
from holdfast.decision import Decision
from holdfast.errors import InputError
from holdfast.protocols.consent import ConsentState
from holdfast.protocols.protocol import protocol as protocol_named
from holdfast.protocols.standing import label_standing

FORM = ["GET", "HEAD", "POST"]


@require_safe
def documents(request: SignedInRequest, key: str) -> HttpResponse:
    """Every version of every consent text of a programme."""
    programme = programme_by_key(actor=request.user, key=key)
    require(request.user, "consent_document.view", programme)
    found = [{"row": row, "protocol": _protocol_name(row)} for row in queries.documents_of(programme)]
    context = {
        "programme": programme, "found": found, "may_add": may(request.user, "consent_document.add", programme),
        "today": programme.day_of(timezone.now()),
    }  # fmt: skip
    with timezone.override(programme.time_zone):
        return render(request, "consents/documents.html", context)


def _protocol_name(row: ConsentDocument) -> str:
    return protocol_named(row.protocol).name if row.protocol else "Every protocol without a text of its own"


@require_http_methods(FORM)
def add(request: SignedInRequest, key: str) -> HttpResponse:
    """The next version of a text. It begins from the newest of the same protocol."""
    programme = programme_by_key(actor=request.user, key=key)
    require(request.user, "consent_document.add", programme)
    now = timezone.now()
    wanted = request.GET.get("protocol", "")
    before = programme.consent_documents.filter(protocol=wanted).order_by("-version").first()
    initial: dict[str, Any] = {"protocol": wanted, "in_force_from": programme.day_of(now)}
    if before is not None:
        initial |= {"title": before.title, "text": before.text, "witness_needed": before.witness_needed}
    form = DocumentForm(request.POST or None, initial=initial)
    if request.method == "POST" and form.is_valid():
        try:
            new = actions.add_consent_document(actor=request.user, programme=programme, now=now, **form.cleaned_data)
            return redirect("consent-document", new.public_id)
        except InputError as error:
            form.refuse(error)
    context = {"programme": programme, "form": form, "before": before}
    return render(request, "consents/add.html", context, status=422 if form.errors else 200)


@require_safe
def document(request: SignedInRequest, document_id: UUID) -> HttpResponse:
    """One version of a text, to read and to print."""
    rows = ConsentDocument.objects.select_related("programme", "by")
    row = rows.filter(public_id=document_id, programme__in=request.user.programme_ids()).first()
    if row is None:
        raise Http404
    require(request.user, "consent_document.view", row)
    context = {"row": row, "programme": row.programme, "protocol": _protocol_name(row), "course": None}
    with timezone.override(row.programme.time_zone):
        return render(request, "consents/paper.html", context)


@require_http_methods(FORM)
def consent(request: SignedInRequest, course_id: UUID) -> HttpResponse:
    """How consent to a course stands, what was said, and the form that records more."""
    course = course_or_404(request.user, course_id)
    require(request.user, "consent.view", course)
    now, decision = timezone.now(), None
    today = course.programme.day_of(now)
    held = queries.document_in_force(course, today)
    form = ConsentForm(request.POST or None, document=held, initial={"on": today})
    if request.method == "POST":
        require(request.user, "consent.record", course)
        if form.is_valid():
            given = {name: value for name, value in form.cleaned_data.items() if name != "read"}
            try:
                actions.record_consent(actor=request.user, course=course, now=now, **given)
                messages.success(request, "Recorded.", extra_tags="good")
                return redirect("consent", course.public_id)
            except RefusedByRuleError as error:
                decision = error.decision
                form.add_error(None, "It was not recorded; the reasons are below.")
            except InputError as error:
                form.refuse(error)
    withdrawal = WithdrawForm(initial={"on": today}, auto_id="withdraw_%s")
    return _page(request, course, form, withdrawal, decision)


@require_http_methods(FORM)
def withdraw(request: SignedInRequest, course_id: UUID) -> HttpResponse:
    """Take down that consent is withdrawn."""
    course = course_or_404(request.user, course_id)
    require(request.user, "consent.withdraw", course)
    now = timezone.now()
    today = course.programme.day_of(now)
    if request.method != "POST":
        return redirect("consent", course.public_id)
    withdrawal = WithdrawForm(request.POST, initial={"on": today}, auto_id="withdraw_%s")
    if withdrawal.is_valid():
        try:
            actions.withdraw_consent(actor=request.user, course=course, now=now, **withdrawal.cleaned_data)
            messages.success(request, "The withdrawal is recorded: no dose starts and none goes on.", extra_tags="good")
            return redirect("consent", course.public_id)
        except InputError as error:
            withdrawal.refuse(error)
    form = ConsentForm(document=queries.document_in_force(course, today), initial={"on": today})
    return _page(request, course, form, withdrawal, None)


def _page(
    request: SignedInRequest, course: Course, form: ConsentForm, withdrawal: WithdrawForm, decision: Decision | None
) -> HttpResponse:
    now = timezone.now()
    stands = queries.consent_of(course, now)
    context = {
        "course": course, "course_url": page_of(course), "form": form, "withdrawal": withdrawal, "decision": decision,
        "stands": stands, "document": queries.document_in_force(course, course.programme.day_of(now)),
        "said": queries.consents(actor=request.user, course=course), "may": permitted(request.user, course),
        "can_withdraw": stands.state is not ConsentState.WITHDRAWN, "study_days": course.time_basis != "calendar",
    }  # fmt: skip
    wrong = bool(form.errors) or bool(withdrawal.errors)
    with timezone.override(course.programme.time_zone):
        return render(request, "consents/consent.html", context, status=422 if wrong else 200)


@require_safe
def paper(request: SignedInRequest, course_id: UUID) -> HttpResponse:
    """The text in force for one course with its label sentence and lines to sign, for the printer."""
    course = course_or_404(request.user, course_id)
    require(request.user, "consent.view", course)
    row = queries.document_in_force(course, course.programme.day_of(timezone.now()))
    if row is None:
        raise Http404
    told = None if course.indication in ("any", NO_ILLNESS) else label_standing(
        drug=course.drug, route=course.route, indication=course.indication,
        jurisdiction=course.programme.jurisdiction,
    )  # fmt: skip
    context = {
        "row": row, "programme": course.programme, "protocol": protocol_named(course.protocol).name,
        "course": course, "label": told, "course_url": page_of(course),
    }  # fmt: skip
    with timezone.override(course.programme.time_zone):
        return render(request, "consents/paper.html", context)
