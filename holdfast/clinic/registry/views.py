"""Pages of the registry: what a patient said of taking part; outcomes and safety of a programme, and its files."""

from __future__ import annotations

from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from holdfast.clinic.accounts.permissions import may, require
from holdfast.clinic.accounts.requests import SignedInRequest
from holdfast.clinic.patients.lookup import patient_or_404
from holdfast.clinic.programmes.models import Programme
from holdfast.clinic.programmes.queries import programme_by_key
from holdfast.clinic.registry import actions, queries
from holdfast.clinic.registry.forms import RegistryConsentForm
from holdfast.errors import InputError, RefusedError

FORM = ["GET", "HEAD", "POST"]
OK, FAULTY = 200, 422
YEAR_DIGITS = 4


@require_http_methods(FORM)
def consent(request: SignedInRequest, patient_id: UUID) -> HttpResponse:
    """What one patient said of taking part in registries, and what they say now."""
    patient = patient_or_404(request.user, patient_id)
    require(request.user, "registry_consent.view", patient)
    found, now = queries.of_patient(actor=request.user, patient=patient), timezone.now()
    form = RegistryConsentForm(
        request.POST or None, offered=found.offered, initial={"on": patient.programme.day_of(now)}
    )
    if request.method == "POST":
        require(request.user, "registry_consent.withdraw", patient)  # the least that can be recorded
        if form.is_valid():
            try:
                actions.record_registry_consent(actor=request.user, patient=patient, now=now, **form.cleaned_data)
                messages.success(request, "What was said of the registry is recorded.", extra_tags="good")
                return redirect("registry-consent", patient.public_id)
            except InputError as error:
                form.refuse(error)
    context = {"patient": patient, "programme": patient.programme, "found": found, "form": form}
    with timezone.override(patient.programme.time_zone):
        return render(request, "registry/consent.html", context, status=FAULTY if form.errors else OK)


TITLES = {"outcomes": "Outcomes", "safety": "Safety"}
TYPES = {
    ".svg": "image/svg+xml", ".pdf": "application/pdf", ".zip": "application/zip", ".html": "text/html; charset=utf-8",
    ".json": "application/json",
}  # fmt: skip


@require_safe
def outcomes(request: SignedInRequest, key: str) -> HttpResponse:
    """What came of every course of a programme."""
    return _report(request, programme_by_key(actor=request.user, key=key), "outcomes", {})


@require_safe
def safety(request: SignedInRequest, key: str) -> HttpResponse:
    """Adverse events, acute effects, exposure and checks; serious events with what was written, for whoever may."""
    programme = programme_by_key(actor=request.user, key=key)
    year = _year(request)
    reads = may(request.user, "registry_report.view_narratives", programme)
    events = queries.serious_events(actor=request.user, programme=programme, year=year) if reads else ()
    return _report(request, programme, "safety", {"reads": reads, "events": events}, year)


def _year(request: SignedInRequest) -> int | None:
    """The calendar year that is asked for; one that no report tells is not found."""
    asked = request.GET.get("year", "")
    if asked and not (asked.isascii() and asked.isdecimal() and len(asked) == YEAR_DIGITS):
        raise Http404
    return int(asked) if asked else None


def _report(
    request: SignedInRequest, programme: Programme, page: str, more: dict[str, object], year: int | None = None
) -> HttpResponse:
    found = queries.shown(actor=request.user, programme=programme, page=page, year=year)
    if year is not None and year not in found.years:
        raise Http404
    other = "safety" if page == "outcomes" else "outcomes"
    context = {
        "programme": programme, "found": found, "page": page, "other": other,
        "title": TITLES[page] if year is None else f"{TITLES[page]} {year}",
        "other_title": TITLES[other], "other_url": f"programme-{other}", **more,
    }  # fmt: skip
    with timezone.override(programme.time_zone):
        return render(request, "registry/report.html", context)


@require_POST
def ask(request: SignedInRequest, key: str) -> HttpResponse:
    """Ask for the report now."""
    programme = programme_by_key(actor=request.user, key=key)
    try:
        actions.ask_report(actor=request.user, programme=programme, now=timezone.now())
        messages.success(request, "Asked for: it is made within minutes.", extra_tags="good")
    except RefusedError as error:
        messages.error(request, str(error), extra_tags="late")
    return redirect("programme-outcomes", programme.key)


@require_safe
def report_file(request: SignedInRequest, key: str, name: str) -> HttpResponse:
    """One file of the newest report: a plot for the page; page, paper and tables to keep."""
    programme = programme_by_key(actor=request.user, key=key)
    content = queries.report_file(actor=request.user, programme=programme, name=name)
    kind = TYPES.get(f".{name.rpartition('.')[2]}")
    if content is None or kind is None or name == queries.PAGE:
        raise Http404
    answer = HttpResponse(content, content_type=kind)
    if not name.endswith(".svg"):
        saved_as = f"{programme.key}-{name.rpartition('/')[2]}"
        answer["Content-Disposition"] = f'attachment; filename="{saved_as}"'
    return answer
