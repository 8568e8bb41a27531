"""The record of actions, for the auditor."""

from __future__ import annotations

from uuid import UUID

from django.core.paginator import Paginator
from django.http import HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_safe

from holdfast.clinic.accounts.permissions import may, require
from holdfast.clinic.accounts.requests import SignedInRequest
from holdfast.clinic.audit import queries
from holdfast.clinic.patients.lookup import patient_or_404

PER_PAGE = 50


@require_safe
def listed(request: SignedInRequest) -> HttpResponse:
    """Entries, newest first; `action` narrows to a noun or noun.verb, `on` to one record by its id."""
    action, on = request.GET.get("action", "").strip(), request.GET.get("on", "").strip()
    entries = queries.entries(actor=request.user, action=action, on=on)
    page = Paginator(entries, PER_PAGE).get_page(request.GET.get("page"))
    return render(request, "audit/list.html", {"page": page, "action": action, "on": on})


@require_safe
def reads(request: SignedInRequest, patient_id: UUID) -> HttpResponse:
    """Who was shown a page of this patient. The auditor sees the record's id and no name."""
    patient = patient_or_404(request.user, patient_id)
    found = queries.reads_of(actor=request.user, patient=patient)
    context = {
        "page": Paginator(found, PER_PAGE).get_page(request.GET.get("page")),
        "patient": patient,
        "named": may(request.user, "patient.view", patient),
    }
    with timezone.override(patient.programme.time_zone):
        return render(request, "audit/reads.html", context)


@require_safe
def verify(request: SignedInRequest) -> HttpResponse:
    """Walk the chain and say whether any entry was changed, removed, added or moved."""
    require(request.user, "audit.verify")
    return render(request, "audit/verify.html", {"report": queries.verify(actor=request.user)})
