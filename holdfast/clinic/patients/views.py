"""Caseload, patient, new patient, corrected details."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from heapq import nsmallest
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from django.core.paginator import Paginator
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_safe

from holdfast import outcomes
from holdfast.clinic.accounts.permissions import may, require
from holdfast.clinic.accounts.requests import SignedInRequest
from holdfast.clinic.accounts.roles import Role
from holdfast.clinic.assessments import queries as assessments
from holdfast.clinic.courses import queries as courses
from holdfast.clinic.courses.models import NO_ILLNESS
from holdfast.clinic.courses.phases import ENDED, Phase
from holdfast.clinic.forecasts import queries as forecasts
from holdfast.clinic.information.queries import stale
from holdfast.clinic.patients import actions, queries
from holdfast.clinic.patients.adverse_events import event_entries, standing_between
from holdfast.clinic.patients.corrections import newest_details
from holdfast.clinic.patients.curve import curve
from holdfast.clinic.patients.forms import CorrectionForm, PatientForm
from holdfast.clinic.patients.lookup import patient_or_404
from holdfast.clinic.patients.pathway import entries_of, pathway_of
from holdfast.clinic.patients.sorting import headings, in_order, order_named
from holdfast.clinic.patients.timeline import history, timeline
from holdfast.clinic.programmes.models import Programme, ProgrammeKind
from holdfast.clinic.programmes.queries import programme_by_key, programmes, signed_rules
from holdfast.clinic.referrals.queries import referrals_of_patient
from holdfast.clinic.safety.queries import check_versions, event_versions
from holdfast.clinic.treatment_sessions import queries as treatment_sessions
from holdfast.clinic.ui.permitted import permitted
from holdfast.clinic.worklist import queries as worklist
from holdfast.errors import InputError
from holdfast.protocols.protocol import protocol
from holdfast.protocols.standing import label_standing
from holdfast.scales import scale as scale_named

ROWS_A_PAGE = 50
DUE_SHOWN = 4  # the first ones; the rest stand in the rows
RAIL = (Phase.REFERRED, Phase.EVALUATED, Phase.CONSENTED, Phase.INDUCTION, Phase.OPTIMISATION, Phase.MAINTENANCE)


@require_http_methods(["GET", "HEAD", "POST"])
def caseload(request: SignedInRequest) -> HttpResponse:
    """Who is where in the course, and what is due first. The same address answers htmx with the rows alone.

    The search is posted: names have no place in an address, a history or a log. Filters and order may stand in both.
    """
    now = timezone.now()
    given = request.POST if request.method == "POST" else request.GET
    asked = {name: given.get(name, "").strip() for name in ("phase", "programme")}
    asked["q"] = request.POST.get("q", "").strip()
    rows = courses.caseload(
        actor=request.user, now=now, search=asked["q"], phase=asked["phase"], programme_key=asked["programme"]
    )
    order = order_named(given.get("sort") or given.get("sorted", ""))
    mine = list(programmes(actor=request.user))
    shown = [p for p in mine if p.key == asked["programme"] or not asked["programme"]]
    today = _today(shown, now)
    context = {
        "page": Paginator(in_order(rows, order), ROWS_A_PAGE).get_page(given.get("page")),
        "asked": asked,
        "order": order,
        "columns": headings(order),
        "phases": [phase.value for phase in Phase],
        "programmes": mine,
        "shown_programmes": shown,
        "sees_scores": may(request.user, "assessment.view"),
        "may": permitted(request.user),
        "today": today,
        "stale_claims": _stale_claims(request, shown, now),
        **_due_first(rows, today),
    }
    part = request.htmx and not request.htmx.boosted  # type: ignore[attr-defined]
    return render(request, "patients/caseload_rows.html" if part else "patients/caseload.html", context)


def _stale_claims(
    request: SignedInRequest, shown: Iterable[Programme], now: dt.datetime
) -> list[tuple[Programme, int]]:
    """For whoever leads the programmes: how many claims for patients are past review in each that has any."""
    if request.user.role != Role.PROGRAMME_LEAD:
        return []
    return [(row, count) for row in shown if (count := len(stale(row, row.day_of(now))))]


def _today(shown: Iterable[Programme], now: dt.datetime) -> dt.date:
    """The day where the programmes are; of several zones the latest, so that nothing due today is missed."""
    return max((p.day_of(now) for p in shown if p.kind != ProgrammeKind.DEIDENTIFIED), default=now.date())


def _due_first(rows: list[courses.CaseloadRow], today: dt.date) -> dict[str, Any]:
    """What is overdue or due today, over all rows, worst first."""
    found = [(row, due) for row in rows for due in row.due if due.overdue or (due.on is not None and due.on <= today)]
    first = nsmallest(DUE_SHOWN, found, key=lambda pair: pair[1].rank)
    return {"due_first": first, "due_count": len(found), "due_more": max(len(found) - DUE_SHOWN, 0)}


@require_safe
def patient(request: SignedInRequest, patient_id: UUID) -> HttpResponse:
    """One person: what is due, mood over time, outcomes, staging, exposure, history."""
    now = timezone.now()
    view = queries.patient_view(actor=request.user, public_id=patient_id, now=now)
    zone = ZoneInfo(view.programme.time_zone)
    chosen = _chosen_course(view, request.GET.get("course", ""))
    context: dict[str, Any] = {"view": view, "course_view": chosen, "today": now.astimezone(zone).date()}
    context["may"] = permitted(request.user, view.patient)
    if chosen is not None:
        context |= _course_context(request, view, chosen, zone, now)
    if may(request.user, "referral.view", view.patient):
        found = referrals_of_patient(actor=request.user, patient_pk=view.patient.pk, now=now)
        context["referrals"] = [one for one in found if one.course is None]
    with timezone.override(zone):
        return render(request, "patients/patient.html", context)


def _chosen_course(view: queries.PatientView, public_id: str) -> queries.CourseView | None:
    by_id = {str(one.course.public_id): one for one in view.courses}
    return by_id.get(public_id) or (view.courses[0] if view.courses else None)


def _course_context(
    request: SignedInRequest, view: queries.PatientView, chosen: queries.CourseView, zone: ZoneInfo, now: dt.datetime
) -> dict[str, Any]:
    course = chosen.course
    pathway = pathway_of(request.user, course, now)
    context: dict[str, Any] = {
        "protocol": protocol(course.protocol),
        "label": _label_sentence(course),
        "rail": _rail(chosen),
        "ended": Phase(course.phase) in ENDED,
        "exposure_by_day": course.time_basis != "calendar",
        "next_session": next((s for s in chosen.sessions if s.open), None),
        "work": worklist.lines_by_key(reader=request.user, course=course, due=chosen.due),
        "people": worklist.people_to_assign([course.programme]) if may(request.user, "work.assign", course) else [],
        "back": request.get_full_path(),
        "pathway": pathway,
        "forecast": forecasts.of_course(actor=request.user, course=course, now=now, ratings=chosen.ratings),
    }
    if may(request.user, "assessment.view", course):
        ratings = assessments.versions(actor=request.user, course=course)
        held = treatment_sessions.versions(actor=request.user, course=course)
        sees_checks = may(request.user, "safety_check.view", course)
        checks = check_versions(actor=request.user, course=course) if sees_checks else []
        sees_events = may(request.user, "adverse_event.view", course)
        events = event_versions(actor=request.user, course=course) if sees_events else []
        context["between"] = standing_between(events)
        context["timeline"] = history(
            timeline(
                chosen,
                ratings,
                held,
                checks,
                view.corrections,
                zone,
                (*entries_of(request.user, course, pathway, zone), *event_entries(events, zone)),
            )
        )
        context |= _scale_context(request, chosen, zone)
    return context


def _scale_context(request: SignedInRequest, chosen: queries.CourseView, zone: ZoneInfo) -> dict[str, Any]:
    """The scale that is shown: the one asked for, else the one the course is judged on first."""
    names = [standing.scale for standing in chosen.standings]
    asked = request.GET.get("scale", "")
    scale_id = asked if asked in names else next(iter(names), None)
    if scale_id is None:
        return {"scale": None}
    judging = _definitions(chosen, scale_id)
    return {
        "scale": scale_named(scale_id),
        "scales": [scale_named(name) for name in names],
        "standing": next(s for s in chosen.standings if s.scale == scale_id),
        "curve": curve(chosen, scale_id),
        "ratings": [r for r in reversed(chosen.ratings) if r.scale == scale_id],
        "definitions": judging,
        "definition_texts": {d.name: d.text for d in judging},
        "outcome_times": _outcome_times(chosen, scale_id, zone),
    }


def _definitions(chosen: queries.CourseView, scale_id: str) -> list[Any]:
    """Those the page judges by: relapse and recurrence need a calendar, a control needs none."""
    if not chosen.course.treats_an_illness:
        return []
    found = outcomes.chosen_definitions(scale_id, chosen.course.programme.choices)
    return [d for d in found if chosen.course.time_basis == "calendar" or d.outcome in ("response", "remission")]


def _outcome_times(chosen: queries.CourseView, scale_id: str, zone: ZoneInfo) -> Any:
    """Time to each outcome with its date; None where the course counts study days or no dose was given yet."""
    doses = [s.dosed_at.astimezone(zone).date() for s in chosen.sessions if s.dosed_at]
    if not doses or scale_named(scale_id).higher_is != "worse":
        return None
    last_of_day = {
        r.at.astimezone(zone).date(): outcomes.Rating(scale_id, r.at.astimezone(zone).date(), r.total)
        for r in chosen.ratings
        if r.scale == scale_id and r.at is not None
    }
    try:
        return outcomes.course_outcomes(
            last_of_day.values(),
            scale=scale_id,
            first_session_on=min(doses),
            definitions=outcomes.chosen_definitions(scale_id, chosen.course.programme.choices),
            signed=_signed(chosen),
        ).times
    except InputError:
        return None


def _signed(chosen: queries.CourseView) -> frozenset[str]:
    return signed_rules(chosen.course.programme)


def _label_sentence(course: Any) -> Any:
    """What labels say of this use; None where the indication is none or was not told."""
    if course.indication in ("any", NO_ILLNESS):
        return None
    return label_standing(
        drug=course.drug,
        route=course.route,
        indication=course.indication,
        jurisdiction=course.programme.jurisdiction,
    )


def _rail(view: queries.CourseView) -> list[tuple[str, str]]:
    """The phases in order, each past, here or ahead. A course that ended shows those it went through, its end last."""
    here = Phase(view.course.phase)
    if here in ENDED:
        gone = [change.to_phase for change in view.phase_changes if change.to_phase != here.value]
        return [*((name, "past") for name in dict.fromkeys(gone)), (here.value, "here")]
    place = RAIL.index(here)
    return [(p.value, "past" if n < place else "here" if n == place else "ahead") for n, p in enumerate(RAIL)]


@require_http_methods(["GET", "HEAD", "POST"])
def add(request: SignedInRequest) -> HttpResponse:
    """Register a patient."""
    require(request.user, "patient.register")
    mine = list(programmes(actor=request.user))
    form = PatientForm(request.POST or None, programmes=mine, initial={"programme": request.GET.get("programme", "")})
    if request.method == "POST" and form.is_valid():
        given = dict(form.cleaned_data)
        programme = programme_by_key(actor=request.user, key=given.pop("programme"))
        try:
            new = actions.register_patient(actor=request.user, programme=programme, now=timezone.now(), **given)
            return redirect("patient", new.public_id)
        except InputError as error:
            form.refuse(error)
    return render(request, "patients/add.html", {"form": form}, status=422 if form.errors else 200)


@require_http_methods(["GET", "HEAD", "POST"])
def correct(request: SignedInRequest, patient_id: UUID) -> HttpResponse:
    """A newer version of the details of a patient, with the reason."""
    found = patient_or_404(request.user, patient_id)
    require(request.user, "patient.correct", found)
    form = CorrectionForm(request.POST or None, initial=newest_details(found))
    if request.method == "POST" and form.is_valid():
        try:
            actions.correct_patient(actor=request.user, patient=found, now=timezone.now(), **form.cleaned_data)
            return redirect("patient", found.public_id)
        except InputError as error:
            form.refuse(error)
    return render(
        request, "patients/correct.html", {"form": form, "patient": found}, status=422 if form.errors else 200
    )
