"""Pages of a plan: the one in force with every one before it, a change, and the treatment sessions it leads to."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_safe

from holdfast.clinic.accounts.permissions import may, require
from holdfast.clinic.accounts.requests import SignedInRequest
from holdfast.clinic.courses.lookup import course_or_404, page_of
from holdfast.clinic.courses.models import Course, TimeBasis
from holdfast.clinic.courses.phases import ENDED, Phase
from holdfast.clinic.plans import actions, queries
from holdfast.clinic.plans.forms import OTHER, PlanForm, SessionsForm, rhythms
from holdfast.clinic.plans.standing import plan_value
from holdfast.clinic.refusal import RefusedByRuleError
from holdfast.clinic.treatment_sessions.queries import sessions_by_course
from holdfast.clinic.ui.permitted import permitted
from holdfast.errors import InputError, RefusedError
from holdfast.protocols.coded import coded_text
from holdfast.protocols.plan_in_force import phase_part
from holdfast.protocols.protocol import protocol as protocol_named

FORM = ["GET", "HEAD", "POST"]


@require_safe
def plan(request: SignedInRequest, course_id: UUID) -> HttpResponse:
    """The plan in force, what is planned by it, and every plan before it."""
    course = course_or_404(request.user, course_id)
    require(request.user, "plan.view", course)
    return _page(request, course, SessionsForm())


def _page(request: SignedInRequest, course: Course, form: SessionsForm) -> HttpResponse:
    now = timezone.now()
    today = course.programme.day_of(now)
    rows = queries.plans_of(actor=request.user, course=course)
    held = queries.plan_held(course, today)
    told = [
        {
            "row": row, "words": queries.plan_words(row), "reason": coded_text("plan_reason", row.reason),
            "changes": queries.changes_from(before, row), "held": held is not None and row.pk == held.pk,
            "ahead": row.from_on > today, "stops": row.answer.get("stops_a_physician_may_override", []),
        }
        for row, before in zip(rows, [*rows, None][1:], strict=True)
    ]  # fmt: skip
    context = {
        "course": course, "course_url": page_of(course), "plans": told,
        "held": next((one for one in told if one["held"]), None), "form": form, "may": permitted(request.user, course),
        "planned": [s for s in sessions_by_course([course.pk]).get(course.pk, []) if s.open],
        "open": Phase(course.phase) not in ENDED and course.time_basis == TimeBasis.CALENDAR,
        "may_plan": held is not None and may(request.user, "treatment_session.plan", course),
    }  # fmt: skip
    with timezone.override(course.programme.time_zone):
        return render(request, "plans/plan.html", context, status=422 if form.errors else 200)


@require_http_methods(FORM)
def sessions(request: SignedInRequest, course_id: UUID) -> HttpResponse:
    """Plan the next treatment sessions by the plan in force."""
    course = course_or_404(request.user, course_id)
    require(request.user, "plan.view", course)
    require(request.user, "treatment_session.plan", course)
    if request.method != "POST":
        return redirect("plan", course.public_id)
    form = SessionsForm(request.POST)
    if form.is_valid():
        try:
            found = actions.plan_by_plan(actor=request.user, course=course, now=timezone.now(), **form.cleaned_data)
            many = "1 treatment session is" if len(found) == 1 else f"{len(found)} treatment sessions are"
            messages.success(request, f"{many} planned.", extra_tags="good")
            return redirect("plan", course.public_id)
        except (InputError, RefusedError) as error:
            form.refuse(error)
    return _page(request, course, form)


@require_http_methods(FORM)
def change(request: SignedInRequest, course_id: UUID) -> HttpResponse:
    """A whole new plan from a day on. It begins from the one in force."""
    course = course_or_404(request.user, course_id)
    require(request.user, "plan.change", course)
    form = PlanForm(request.POST or None, course=course, initial=_initial(course))
    decision = None
    if request.method == "POST" and form.is_valid():
        try:
            actions.change_plan(actor=request.user, course=course, now=timezone.now(), **form.given())
            messages.success(request, "The plan is changed; the one before stays readable.", extra_tags="good")
            return redirect("plan", course.public_id)
        except RefusedByRuleError as error:
            decision = error.decision
            form.add_error(None, "The plan was not changed; the reasons are below.")
        except (InputError, RefusedError) as error:
            form.refuse(error)
    context = {
        "course": course, "form": form, "decision": decision, "protocol": protocol_named(course.protocol),
        "held": queries.plan_held(course, course.programme.day_of(timezone.now())),
    }  # fmt: skip
    return render(request, "plans/change.html", context, status=422 if form.errors else 200)


def _initial(course: Course) -> dict[str, Any]:
    """The plan in force, else the protocol's own for the phase that comes."""
    today = course.programme.day_of(timezone.now())
    held, protocol = queries.plan_held(course, today), protocol_named(course.protocol)
    if held is not None:
        rhythm = ",".join(map(str, held.intervals_d))
        known, value = rhythm in rhythms(protocol, course.indication), plan_value(held)
        return {
            "phase": held.phase, "dose_mg": value.dose_mg, "dose_mg_per_kg": value.dose_mg_per_kg, "from_on": today,
            "rhythm": rhythm if known else OTHER, "interval_d": None if known else held.intervals_d[0],
            "route": course.route,
        }  # fmt: skip
    phase = course.phase if course.phase in ("optimisation", "maintenance") else "induction"
    part = phase_part(protocol, course.indication, phase)
    rhythm = ""
    if part is not None:
        in_turn = part.sessions_per_week > 1 and len(part.interval_d) > 1
        rhythm = ",".join(map(str, part.interval_d)) if in_turn else str(part.usual_interval_d)
    return {"phase": phase, "rhythm": rhythm, "from_on": today, "route": course.route, "reason": "first_plan"}
