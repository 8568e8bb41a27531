"""Pages of a course: open it, evaluate, override, change its phase, fix its baseline."""

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
from holdfast.clinic.assessments.models import Assessment
from holdfast.clinic.courses import actions
from holdfast.clinic.courses.evaluations import evaluation_view
from holdfast.clinic.courses.forms import CourseForm, EvaluationForm, OverrideForm, PhaseForm
from holdfast.clinic.courses.lookup import course_or_404, evaluation_or_404, page_of
from holdfast.clinic.courses.models import Course, Evaluation
from holdfast.clinic.courses.phases import TREATED, Phase
from holdfast.clinic.patients.lookup import patient_or_404
from holdfast.clinic.patients.models import Patient
from holdfast.clinic.referrals.queries import referrals_of_patient
from holdfast.clinic.refusal import RefusedByRuleError
from holdfast.errors import InputError
from holdfast.protocols.coded import coded_text

FORM = ["GET", "HEAD", "POST"]


def _status(form: Any) -> int:
    return 422 if form.errors else 200


@require_http_methods(FORM)
def open_course(request: SignedInRequest, patient_id: UUID) -> HttpResponse:
    """Open a course for a patient."""
    patient = patient_or_404(request.user, patient_id)
    require(request.user, "course.open", patient)
    today = patient.programme.day_of(timezone.now())
    waiting = _waiting_referrals(request, patient)
    initial = {"opened_on": today, "referral": waiting[0][0] if waiting else ""}
    form = CourseForm(request.POST or None, initial=initial, referrals=waiting)
    if request.method == "POST" and form.is_valid():
        try:
            new = actions.open_course(actor=request.user, patient=patient, now=timezone.now(), **form.cleaned_data)
            return redirect(page_of(new))
        except InputError as error:
            form.refuse(error)
    return render(request, "courses/open.html", {"form": form, "patient": patient}, status=_status(form))


def _waiting_referrals(request: SignedInRequest, patient: Patient) -> list[tuple[str, str]]:
    """The patient's undecided referrals that have no course yet, for the form."""
    found = referrals_of_patient(actor=request.user, patient_pk=patient.pk, now=timezone.now())
    return [
        (str(one.row.chain), f"Received {one.row.received_on:%d %b %Y}, {coded_text('referrer', one.row.referrer)}")
        for one in found
        if one.open and one.course is None
    ]


@require_http_methods(FORM)
def record_evaluation(request: SignedInRequest, course_id: UUID) -> HttpResponse:
    """The evaluation form. The rules' answer is recorded and shown, whatever it is."""
    course = course_or_404(request.user, course_id)
    require(request.user, "evaluation.record", course)
    initial = _last_answers(course)
    rows = initial.pop("rows", 0)
    form = EvaluationForm(request.POST or None, initial=initial, rows=rows)
    if "add_trial" in request.POST:
        form = form.with_another_trial()
    elif request.method == "POST" and form.is_valid():
        try:
            new = actions.record_evaluation(actor=request.user, course=course, given=form.given(), now=timezone.now())
            return redirect("evaluation", new.public_id)
        except InputError as error:
            form.refuse(InputError(str(error).removeprefix("evaluation.")))
    return render(request, "courses/evaluate.html", {"form": form, "course": course}, status=_status(form))


def _last_answers(course: Course) -> dict[str, Any]:
    """What the newest evaluation was given, so that a change of one answer is not the whole form again."""
    newest: Evaluation | None = course.evaluations.first()
    if newest is None:
        return {}
    spoken = {True: "yes", False: "no"}
    initial = dict(newest.given.get("evaluation") or {})
    for number, trial in enumerate(newest.given.get("trials") or [], start=1):
        initial |= {f"trial_{number}_{name}": value for name, value in trial.items()}
    initial |= {"no_trials": newest.given.get("trials") == [], "rows": len(newest.given.get("trials") or [])}
    return {k: spoken.get(v, v) if isinstance(v, bool) and k != "no_trials" else v for k, v in initial.items()}


@require_safe
def evaluation(request: SignedInRequest, evaluation_id: UUID) -> HttpResponse:
    """What the rules answered, every reason with its rule, and the stagings side by side."""
    row = evaluation_or_404(request.user, evaluation_id)
    require(request.user, "evaluation.view", row)
    return _evaluation_page(request, row, None)


@require_POST
def override(request: SignedInRequest, evaluation_id: UUID) -> HttpResponse:
    """A physician goes on in spite of one stop."""
    row = evaluation_or_404(request.user, evaluation_id)
    require(request.user, "evaluation.override", row)
    form = OverrideForm(request.POST)
    if form.is_valid():
        try:
            actions.override_stop(actor=request.user, evaluation=row, now=timezone.now(), **form.cleaned_data)
            return redirect("evaluation", row.public_id)
        except InputError as error:
            form.refuse(error)
    return _evaluation_page(request, row, form)


def _evaluation_page(request: SignedInRequest, row: Evaluation, form: OverrideForm | None) -> HttpResponse:
    overrides = {o.rule_id: o for o in row.overrides.all()}
    stops = [
        {**reason, "override": overrides.get(reason["rule"])}
        for reason in row.decision["stops_a_physician_may_override"]
    ]
    context = {
        "evaluation": evaluation_view(row),
        "decision": row.decision,
        "stops": stops,
        "course": row.course,
        "course_url": page_of(row.course),
        "may_override": may(request.user, "evaluation.override", row),
        "form": form,
        "wrong_rule": form.data.get("rule_id") if form else None,
    }
    with timezone.override(row.course.programme.time_zone):
        return render(request, "courses/evaluation.html", context, status=422 if form else 200)


@require_http_methods(FORM)
def change_phase(request: SignedInRequest, course_id: UUID) -> HttpResponse:
    """Move a course on, or show every reason why not."""
    course = course_or_404(request.user, course_id)
    require(request.user, "course.change_phase", course)
    form = PhaseForm(request.POST or None, course=course)
    decision = None
    if request.method == "POST" and form.is_valid():
        given = {name: value for name, value in form.cleaned_data.items() if value not in (None, "")}
        try:
            actions.change_phase(actor=request.user, course=course, now=timezone.now(), **given)
            return redirect(page_of(course))
        except RefusedByRuleError as error:
            decision = error.decision
            form.add_error(None, "The phase was not changed; the reasons are below.")
        except InputError as error:
            form.refuse(error)
    context = {"form": form, "course": course, "course_url": page_of(course), "decision": decision}
    context["may_end"] = Phase(course.phase) in TREATED
    return render(request, "courses/phase.html", context, status=_status(form))


@require_POST
def fix_baseline(request: SignedInRequest, course_id: UUID, assessment_id: UUID) -> HttpResponse:
    """Make one rating the baseline of its scale."""
    course = course_or_404(request.user, course_id)
    assessment = Assessment.objects.filter(course=course, public_id=assessment_id).first()
    if assessment is None:
        raise Http404
    try:
        actions.fix_baseline(actor=request.user, course=course, assessment=assessment, now=timezone.now())
        messages.success(request, "The baseline is fixed.", extra_tags="good")
    except RefusedByRuleError as error:
        messages.error(request, str(error), extra_tags="late")
    return redirect("assessment", assessment.public_id)
