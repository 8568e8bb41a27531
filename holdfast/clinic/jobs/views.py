"""What the clinic does in the background, for whoever looks after it."""

from __future__ import annotations

from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_POST, require_safe

from holdfast.clinic.accounts.permissions import may, require
from holdfast.clinic.accounts.requests import SignedInRequest
from holdfast.clinic.copies.queries import newest_copies
from holdfast.clinic.jobs import actions, queries
from holdfast.clinic.jobs.models import State
from holdfast.clinic.programmes.queries import clinic_zone
from holdfast.errors import InputError

SHOWN = 50


@require_safe
def listed(request: SignedInRequest) -> HttpResponse:
    """What comes again and again, then single jobs: failed, running, waiting, done."""
    now, actor = timezone.now(), request.user
    context = {
        "periodic": queries.periodic_jobs(actor=actor, now=now),
        "states": [
            (state, queries.single_jobs(actor=actor, state=state, now=now, most=SHOWN))
            for state in (State.FAILED, State.RUNNING, State.WAITING, State.DONE)
        ],
        "copies": newest_copies(actor=actor, now=now),
        "may_retry": may(actor, "job.retry"),
        "most": SHOWN,
        "now": now,
    }
    zone = clinic_zone()
    with timezone.override(zone):
        return render(request, "jobs/list.html", context | {"zone": zone})


@require_POST
def retry(request: SignedInRequest, job_id: UUID) -> HttpResponse:
    """Try a failed job again."""
    require(request.user, "job.retry")
    job = queries.job_by_id(actor=request.user, public_id=job_id)
    if job is None:
        raise Http404
    try:
        actions.retry_job(actor=request.user, job=job, now=timezone.now())
        messages.success(request, "It is tried again within seconds.", extra_tags="good")
    except InputError as error:
        messages.error(request, f"{str(error)[:1].upper()}{str(error)[1:]}.", extra_tags="late")
    return redirect("job-list")
