"""The first page after sign-in, and the sign of life."""

from __future__ import annotations

from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.views.decorators.http import require_safe

from holdfast.clinic.accounts.permissions import may

# Where each kind of work begins, in the order asked.
FIRST_PAGES = (("caseload.view", "caseload"), ("audit.view", "audit-list"), ("user.view", "user-list"))


@require_safe
def home(request: HttpRequest) -> HttpResponse:
    """To the page the person's role starts from."""
    for action, page in FIRST_PAGES:
        if may(request.user, action):
            return redirect(page)
    return redirect("account_change_password")


@login_not_required
@require_safe
def health(request: HttpRequest) -> HttpResponse:
    """`ok`, without touching the database: the process answers."""
    return HttpResponse("ok\n", content_type="text/plain")
