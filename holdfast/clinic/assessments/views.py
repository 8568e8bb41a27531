"""Record a rating, see it with all its versions, correct it. What an answer asks for at once is shown first."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_safe

from holdfast.clinic.accounts.permissions import may, require
from holdfast.clinic.accounts.requests import SignedInRequest
from holdfast.clinic.assessments import actions
from holdfast.clinic.assessments.crisis import crisis_of_cssrs, crisis_of_items
from holdfast.clinic.assessments.crisis_page import crisis_page
from holdfast.clinic.assessments.forms import CSSRS_LABELS, AssessmentForm, WhyForm, has_item_form
from holdfast.clinic.assessments.models import Assessment
from holdfast.clinic.assessments.scoring import CrisisInputError
from holdfast.clinic.courses.lookup import course_or_404, page_of
from holdfast.clinic.courses.models import Course, TimeBasis
from holdfast.clinic.courses.queries import courses_visible_to
from holdfast.errors import InputError
from holdfast.scales import Scale, scales
from holdfast.scales import scale as scale_named
from holdfast.scales.score import named_band

FORM = ["GET", "HEAD", "POST"]


@require_safe
def choose(request: SignedInRequest, course_id: UUID) -> HttpResponse:
    """Which scale."""
    course = course_or_404(request.user, course_id)
    require(request.user, "assessment.record", course)
    every = sorted(scales().values(), key=lambda s: s.name)
    with_items = [s for s in every if has_item_form(s)]
    triaged = [s for s in every if s.scoring == "triage"]
    totals = [s for s in every if s not in with_items and s not in triaged]
    context = {"course": course, "course_url": page_of(course), "with_items": with_items, "triaged": triaged}
    return render(request, "assessments/choose.html", {**context, "totals": totals})


@require_http_methods(FORM)
def record(request: SignedInRequest, course_id: UUID, scale_id: str) -> HttpResponse:
    """Enter one rating."""
    course = course_or_404(request.user, course_id)
    require(request.user, "assessment.record", course)
    scale = scale_named(scale_id)
    crisis = None
    with timezone.override(course.programme.time_zone):
        form = _form(request, course, scale, {"rated_at": timezone.localtime()})
        if request.method == "POST" and form.is_valid():
            try:
                entry = {**form.entry(), "rater": form.cleaned_data["rater"]}
                done = actions.record_assessment(
                    actor=request.user, course=course, scale=scale.id, now=timezone.now(), **entry
                )
                return redirect("assessment", done.assessment.public_id)
            except InputError as error:
                form.refuse(error)
                crisis = error.crisis if isinstance(error, CrisisInputError) else None
        shown = crisis_page(request.user, course, crisis, scale=scale.id)
        context = {"form": form, "scale": scale, "course": course, "course_url": page_of(course), "crisis": shown}
        return render(request, "assessments/record.html", context, status=422 if form.errors else 200)


@require_safe
def show(request: SignedInRequest, assessment_id: UUID) -> HttpResponse:
    """One rating with every version; the crisis response first where an answer asks for one."""
    row = _assessment_or_404(request, assessment_id)
    require(request.user, "assessment.view", row)
    chain = Assessment.objects.filter(chain=row.chain).select_related("entered_by").order_by("-version")
    scale = scale_named(row.scale)
    newest = chain[0]
    context = {
        "row": row,
        "scale": scale,
        "band": None if row.total is None else named_band(scale, int(row.total)),
        "answers": _spoken_answers(scale, row),
        "unscored": _spoken_unscored(scale, row),
        "versions": chain,
        "newest": newest,
        "crisis": crisis_page(request.user, row.course, crisis_of(row), scale=row.scale, since=row),
        "course": row.course,
        "course_url": page_of(row.course),
        "may_correct": may(request.user, "assessment.correct", row) and newest.pk == row.pk and not row.withdrawn,
        "may_fix": _may_fix(request, row) and newest.pk == row.pk,
        "is_baseline": row.course.baselines.filter(assessment__chain=row.chain).exists(),
    }
    with timezone.override(row.course.programme.time_zone):
        return render(request, "assessments/show.html", context)


@require_http_methods(FORM)
def correct(request: SignedInRequest, assessment_id: UUID) -> HttpResponse:
    """A newer version of a rating, or its withdrawal, with the reason."""
    row = _assessment_or_404(request, assessment_id)
    require(request.user, "assessment.correct", row)
    scale = scale_named(row.scale)
    crisis = None
    with timezone.override(row.course.programme.time_zone):
        form = _form(request, row.course, scale, _entered(scale, row))
        form.fields.pop("anchor_set", None)  # a level read by other anchors is another rating: withdraw, enter anew
        why = WhyForm(request.POST or None)
        if request.method == "POST":
            try:
                if done := _corrected(request, row, form, why):
                    return redirect("assessment", done.public_id)
            except InputError as error:
                form.refuse(error)
                crisis = error.crisis if isinstance(error, CrisisInputError) else None
        wrong = request.method == "POST"
        shown = crisis_page(request.user, row.course, crisis, scale=scale.id)
        context = {"form": form, "why": why, "scale": scale, "row": row, "course": row.course, "crisis": shown}
        return render(request, "assessments/correct.html", context, status=422 if wrong else 200)


def _corrected(request: SignedInRequest, row: Assessment, form: AssessmentForm, why: WhyForm) -> Assessment | None:
    if not why.is_valid():
        return None
    reason, now = why.cleaned_data["why"], timezone.now()
    if "withdraw" in request.POST:
        return actions.withdraw_assessment(actor=request.user, assessment=row, why=reason, now=now)
    if not form.is_valid():
        return None
    return actions.correct_assessment(
        actor=request.user, assessment=row, why=reason, now=now, **form.entry()
    ).assessment


def crisis_of(row: Assessment) -> Any:
    """The response that the stored answers ask for, as of today's lines and texts."""
    setting = actions.crisis_setting(row.course.programme, timezone.now())
    if row.withdrawn or row.answers is None:
        return None
    if isinstance(row.answers, dict):
        return crisis_of_cssrs(row.answers, setting)
    return crisis_of_items(scale_named(row.scale), row.answers, setting)


def _form(request: SignedInRequest, course: Course, scale: Scale, initial: dict[str, Any]) -> AssessmentForm:
    by_day = course.time_basis == TimeBasis.STUDY_DAY
    return AssessmentForm(request.POST or None, scale=scale, by_day=by_day, initial=initial)


def _entered(scale: Scale, row: Assessment) -> dict[str, Any]:
    """A stored rating as the form shows it."""
    initial: dict[str, Any] = {"rater": row.rater, "study_day": row.study_day, "total": row.total}
    initial["rated_at"] = timezone.localtime(row.rated_at) if row.rated_at else None
    if isinstance(row.answers, dict):
        initial |= {name: {True: "yes", False: "no"}.get(value, "") for name, value in row.answers.items()}
    elif row.answers is not None:
        pairs = zip(scale.items, row.answers, strict=True)
        initial |= {item.key: "" if value is None else f"{value:g}" for item, value in pairs}
    return initial | {key: str(value) for key, value in (row.unscored or {}).items()}


def _spoken_answers(scale: Scale, row: Assessment) -> list[tuple[str, str]]:
    if isinstance(row.answers, dict):
        spoken = {True: "yes", False: "no", None: "not asked"}
        return [(str(CSSRS_LABELS.get(name, name)), spoken[value]) for name, value in row.answers.items()]
    if row.answers is None:
        return []
    options = [dict(item.options) for item in scale.items]
    return [
        (item.text or item.name, f"{value:g}: {texts[value]}" if value in texts else f"{value}")
        for item, texts, value in zip(scale.items, options, row.answers, strict=True)
    ]


def _spoken_unscored(scale: Scale, row: Assessment) -> list[tuple[str, str]]:
    given = row.unscored or {}
    return [(r["text"], r["options"][given[r["key"]]]) for r in scale.rows("unscored_item") if r["key"] in given]


def _may_fix(request: SignedInRequest, row: Assessment) -> bool:
    wanted = row.total is not None and not row.course.has_baseline(row.scale)
    return wanted and may(request.user, "course.fix_baseline", row)


def _assessment_or_404(request: SignedInRequest, public_id: UUID) -> Assessment:
    rows = Assessment.objects.select_related("course__patient__programme", "entered_by")
    found = rows.filter(public_id=public_id, course__in=courses_visible_to(request.user)).first()
    if found is None:
        raise Http404
    return found
