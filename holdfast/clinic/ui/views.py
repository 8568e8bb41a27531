"""The first page after sign-in, the sign of life, the colours, and what the software says about itself."""

from __future__ import annotations

from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.http import require_POST, require_safe

import holdfast
from holdfast import facts
from holdfast.clinic.accounts.permissions import may
from holdfast.clinic.accounts.requests import SignedInRequest
from holdfast.clinic.ui.context import THEME_COOKIE, THEMES

# Where each kind of work begins, in the order asked.
FIRST_PAGES = (("caseload.view", "caseload"), ("audit.view", "audit-list"), ("user.view", "user-list"))
A_YEAR_S = 365 * 24 * 3600


@require_safe
def home(request: SignedInRequest) -> HttpResponse:
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


@login_not_required
@require_POST
def theme(request: HttpRequest) -> HttpResponse:
    """Keep the colours the reader chose, in a cookie of this browser, and go back."""
    back = request.POST.get("back", "/")
    if not back.startswith("/") or not url_has_allowed_host_and_scheme(back, allowed_hosts=None):
        back = "/"
    response = redirect(back)
    chosen = request.POST.get("theme", "")
    if chosen in THEMES:
        response.set_cookie(
            THEME_COOKIE, chosen, max_age=A_YEAR_S, httponly=True, samesite="Lax", secure=request.is_secure()
        )
    else:
        response.delete_cookie(THEME_COOKIE)
    return response


@login_not_required
@require_safe
def about(request: HttpRequest) -> HttpResponse:
    """Intended use, limits, version."""
    return render(request, "ui/about.html", {"version": holdfast.__version__, "digest": facts.load().digest})


@login_not_required
@require_safe
def design(request: HttpRequest) -> HttpResponse:
    """Tokens and components of the pages, on one page."""
    return render(request, "ui/design.html")
