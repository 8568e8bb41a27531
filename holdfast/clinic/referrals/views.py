"""Pages of referrals: those that wait with their age, one with its decision, a new one, a correction."""

from __future__ import annotations

from uuid import UUID

from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_safe

from holdfast.clinic.accounts.permissions import may, require
from holdfast.clinic.accounts.requests import SignedInRequest
from holdfast.clinic.courses.evaluations import evaluation_view
from holdfast.clinic.courses.lookup import course_or_404, page_of
from holdfast.clinic.patients.lookup import patient_or_404
from holdfast.clinic.referrals import actions, queries
from holdfast.clinic.referrals.forms import STEP_WORDS, CorrectReferralForm, ReferralForm, StepForm
from holdfast.clinic.referrals.models import Referral, ReferralStep
from holdfast.clinic.refusal import RefusedByRuleError
from holdfast.clinic.ui.permitted import permitted
from holdfast.decision import Decision
from holdfast.eligibility.referral import Step
from holdfast.errors import InputError
from holdfast.protocols.coded import coded_text

FORM = ["GET", "HEAD", "POST"]


@require_safe
def listed(request: SignedInRequest) -> HttpResponse:
    """Referrals that wait, longest first, and those that were decided."""
    found = queries.referrals_of_programmes(actor=request.user, now=timezone.now())
    told = [{"referral": one, "by": coded_text("referrer", one.row.referrer)} for one in found]
    context = {
        "waiting": [one for one in told if one["referral"].open],  # type: ignore[attr-defined]
        "decided": [one for one in told if not one["referral"].open],  # type: ignore[attr-defined]
    }
    return render(request, "referrals/list.html", context)


@require_http_methods(FORM)
def add(request: SignedInRequest, patient_id: UUID) -> HttpResponse:
    """Record a referral that arrived."""
    patient = patient_or_404(request.user, patient_id)
    require(request.user, "referral.record", patient)
    now = timezone.now()
    form = ReferralForm(request.POST or None, initial={"received_on": patient.programme.day_of(now)})
    if request.method == "POST" and form.is_valid():
        try:
            new = actions.record_referral(actor=request.user, patient=patient, now=now, **form.cleaned_data)
            return redirect("referral", new.public_id)
        except InputError as error:
            form.refuse(error)
    context = {"form": form, "patient": patient}
    return render(request, "referrals/add.html", context, status=422 if form.errors else 200)


@require_http_methods(FORM)
def referral(request: SignedInRequest, referral_id: UUID) -> HttpResponse:
    """One referral: what was received, the steps taken, and the form of the next."""
    row = _referral_or_404(request, referral_id)
    require(request.user, "referral.view", row)
    now = timezone.now()
    seen = queries.referral_view(row, now)
    form = StepForm(request.POST or None, referral=seen, initial={"on": row.programme.day_of(now)})
    decision = None
    if request.method == "POST":
        require(request.user, "referral.decide", row)
        if form.is_valid():
            try:
                actions.take_step(actor=request.user, referral=seen.row, now=now, **form.given())
                return redirect("referral", seen.row.public_id)
            except RefusedByRuleError as error:
                decision = error.decision
                form.add_error(None, "It was not decided; the reasons are below.")
            except InputError as error:
                form.refuse(error)
    return _page(request, seen, form, decision)


def _page(
    request: SignedInRequest, seen: queries.ReferralView, form: StepForm, decision: Decision | None
) -> HttpResponse:
    newest = seen.course.evaluations.prefetch_related("overrides").first() if seen.course else None
    sees_evaluation = may(request.user, "evaluation.view", seen.row)
    versions = Referral.objects.filter(chain=seen.row.chain, version__lt=seen.row.version).select_related("by")
    context = {
        "referral": seen, "row": seen.row, "patient": seen.row.patient, "form": form, "decision": decision,
        "by": coded_text("referrer", seen.row.referrer), "steps": [_told(step) for step in seen.steps],
        "evaluation": evaluation_view(newest) if newest and sees_evaluation else None,
        "versions": versions.order_by("-version"), "may": permitted(request.user, seen.row),
        "course_url": page_of(seen.course) if seen.course else "",
    }  # fmt: skip
    with timezone.override(seen.row.programme.time_zone):
        return render(request, "referrals/referral.html", context, status=422 if form.errors else 200)


def _told(step: ReferralStep) -> dict[str, object]:
    """A step as the page tells it."""
    return {
        "step": step, "words": STEP_WORDS[Step(step.step)],
        "reasons": [coded_text("referral_reason", key) for key in step.reasons],
    }  # fmt: skip


@require_http_methods(FORM)
def correct(request: SignedInRequest, referral_id: UUID) -> HttpResponse:
    """A newer version of what was received."""
    row = _referral_or_404(request, referral_id)
    require(request.user, "referral.record", row)
    newest = queries.referral_view(row, timezone.now()).row
    names = ("referrer", "referrer_name", "referrer_address", "received_on", "reason", "documents")
    form = CorrectReferralForm(request.POST or None, initial={name: getattr(newest, name) for name in names})
    if request.method == "POST" and form.is_valid():
        try:
            new = actions.correct_referral(actor=request.user, referral=newest, now=timezone.now(), **form.cleaned_data)
            return redirect("referral", new.public_id)
        except InputError as error:
            form.refuse(error)
    context = {"form": form, "patient": row.patient, "row": newest}
    return render(request, "referrals/correct.html", context, status=422 if form.errors else 200)


@require_safe
def of_course(request: SignedInRequest, course_id: UUID) -> HttpResponse:
    """To the referral of a course; where none is on record, to the change of its phase."""
    course = course_or_404(request.user, course_id)
    require(request.user, "referral.view", course)
    found = queries.referral_of_course(course, timezone.now())
    return redirect("referral", found.row.public_id) if found else redirect("phase-change", course.public_id)


def _referral_or_404(request: SignedInRequest, public_id: UUID) -> Referral:
    rows = Referral.objects.select_related("patient__programme")
    found = rows.filter(public_id=public_id, patient__programme__in=request.user.programme_ids()).first()
    if found is None:
        raise Http404
    return found
