"""What the queue of a browser talks to: entries as JSON, and the page that opens while the server is away."""

from __future__ import annotations

from uuid import UUID

from django.contrib.auth.decorators import login_not_required
from django.contrib.staticfiles import finders
from django.db import OperationalError
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.middleware.csrf import get_token
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_safe

from holdfast.clinic.accounts.permissions import require
from holdfast.clinic.accounts.requests import SignedInRequest
from holdfast.clinic.flow_sheets import actions
from holdfast.clinic.flow_sheets.json_entries import answered, listed, not_stored, read_sent, refusal
from holdfast.clinic.flow_sheets.queries import entries
from holdfast.clinic.flow_sheets.queue import version_of
from holdfast.clinic.flow_sheets.sheets import is_signed
from holdfast.clinic.treatment_sessions.lookup import treatment_session_or_404
from holdfast.clinic.treatment_sessions.models import TreatmentSession
from holdfast.errors import HoldfastError, PermissionRefusedError

WORKER = "js/flow_sheet_worker.js"


@require_http_methods(["GET", "HEAD", "POST"])
def entries_json(request: SignedInRequest, treatment_session_id: UUID) -> HttpResponse:
    """Entries as JSON: all of them, or one more with its key. What is refused says why, and changed nothing."""
    row = treatment_session_or_404(request.user, treatment_session_id)
    if request.method != "POST":
        return _listed(request, row)
    require(request.user, "flow_sheet.record", row)
    form = None
    try:
        sent, form = read_sent(request, row)
        done = actions.record_entry(actor=request.user, treatment_session=row, now=timezone.now(), **sent)
    except PermissionRefusedError:
        raise
    except HoldfastError as error:
        return refusal(error, form)
    except OperationalError as error:
        return not_stored(error)
    return answered(done)


def _listed(request: SignedInRequest, asked: TreatmentSession) -> HttpResponse:
    """Every entry, who asks and their token; 304 where the browser has this version already."""
    require(request.user, "flow_sheet.view", asked)
    row = TreatmentSession.objects.current().get(course=asked.course_id, number=asked.number)
    tag = f'"{version_of(request.user, row)}"'
    if request.headers.get("If-None-Match") == tag:
        return HttpResponse(status=304, headers={"ETag": tag})
    seen = entries(actor=request.user, treatment_session=row)
    told = {
        "state": row.state, "signed": is_signed(row), "person": str(request.user.public_id),
        "token": get_token(request), "entries": [listed(e) for e in seen],
    }  # fmt: skip
    return JsonResponse(told, headers={"ETag": tag})


@login_not_required
@require_safe
def offline(request: HttpRequest) -> HttpResponse:
    """A page without any record, kept by the browser: it opens what the person's own browser kept, if they may."""
    return render(request, "flow_sheets/offline.html")


@login_not_required
@require_safe
def worker(request: HttpRequest) -> HttpResponse:
    """The script that opens the page above; its address says for which pages it speaks."""
    found = finders.find(WORKER)
    if not isinstance(found, str):
        raise Http404
    with open(found, encoding="utf-8") as script:  # noqa: PTH123 — the finder gives a path as text
        return HttpResponse(script.read(), content_type="text/javascript", headers={"Cache-Control": "no-cache"})
