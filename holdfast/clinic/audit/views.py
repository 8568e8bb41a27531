"""The record of actions, for the auditor."""

from __future__ import annotations

from django.core.paginator import Paginator
from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from holdfast.clinic.accounts.permissions import require
from holdfast.clinic.accounts.requests import SignedInRequest
from holdfast.clinic.audit import queries

PER_PAGE = 50


@require_safe
def listed(request: SignedInRequest) -> HttpResponse:
    """Entries, newest first; `action` narrows to a noun or noun.verb."""
    action = request.GET.get("action", "").strip()
    entries = queries.entries(actor=request.user, action=action)
    page = Paginator(entries, PER_PAGE).get_page(request.GET.get("page"))
    return render(request, "audit/list.html", {"page": page, "action": action})


@require_safe
def verify(request: SignedInRequest) -> HttpResponse:
    """Walk the chain and say whether any entry was changed, removed, added or moved."""
    require(request.user, "audit.verify")
    return render(request, "audit/verify.html", {"report": queries.verify(actor=request.user)})
