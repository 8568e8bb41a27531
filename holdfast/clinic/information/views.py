"""The public pages for patients and families, and the pages on which staff read, sign and withdraw their claims."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_not_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from holdfast.clinic.accounts.permissions import may, require
from holdfast.clinic.accounts.requests import SignedInRequest
from holdfast.clinic.information import actions, queries
from holdfast.clinic.information.forms import SignClaimsForm
from holdfast.clinic.information.queries import ClaimShown
from holdfast.clinic.information.words import ASKED, COUNTRIES, HEADINGS, NOT_A_SERVICE, QUESTIONS
from holdfast.clinic.programmes.models import Programme
from holdfast.clinic.programmes.queries import programme_by_key
from holdfast.errors import InputError
from holdfast.safety.crisis_lines import countries, lines_for
from holdfast.safety.patient_text import IN_DANGER


@login_not_required
@require_safe
def public_index(request: HttpRequest) -> HttpResponse:
    """Where to get help now in every country of the table, and the programmes that publish."""
    today = timezone.now().date()
    context = {
        "programmes": queries.public_programmes(),
        "lines": sorted(
            ((COUNTRIES.get(name, name), lines_for(name, today).lines) for name in countries()),
            key=lambda pair: pair[0],
        ),
        "questions": _questions([]),
        **_help(),
    }
    return render(request, "information/index.html", context)


@login_not_required
@require_safe
def public(request: HttpRequest, programme_key: str) -> HttpResponse:
    """What a programme's physicians have signed, and where to get help now. Nothing else."""
    row = queries.public_programme(programme_key)
    sections = _sections(queries.published(row))
    context = {"programme": row, "sections": sections, "questions": _questions(sections), **_help(row)}
    return render(request, "information/public.html", context)


def _help(programme: Programme | None = None) -> dict[str, Any]:
    """The words of a crisis; of a programme also its lines and its own text."""
    context: dict[str, Any] = {"asked": ASKED, "in_danger": IN_DANGER, "not_a_service": NOT_A_SERVICE}
    if programme is not None:
        context["country_lines"] = lines_for(programme.country, programme.day_of(timezone.now())).lines
        context["out_of_hours"] = programme.out_of_hours_text
    return context


def _sections(found: list[ClaimShown]) -> list[dict[str, Any]]:
    return [
        {"key": key, "heading": HEADINGS[key], "claims": claims} for key, claims in queries.by_section(found).items()
    ]


def _questions(told: list[dict[str, Any]]) -> list[str]:
    """What to ask the team: a question for each part that tells nothing yet."""
    return [question for key, question in QUESTIONS.items() if key not in {part["key"] for part in told}]


@require_safe
def draft(request: SignedInRequest, key: str) -> HttpResponse:
    """Every claim with status, sources, signature and review, as the staff see them."""
    row = programme_by_key(actor=request.user, key=key)
    require(request.user, "information.view", row)
    today = row.day_of(timezone.now())
    found = queries.shown(row)
    context = {
        "programme": row,
        "sections": _sections(found),
        "total": len(found),
        "public": sum(one.is_public for one in found),
        "stale": queries.stale(row, today),
        "today": today,
        "may_sign": may(request.user, "information.sign", row),
        **_help(row),
    }
    with timezone.override(row.time_zone):
        return render(request, "information/draft.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
def sign(request: SignedInRequest, key: str, section: str) -> HttpResponse:
    """A physician lets the public read claims of one section."""
    row = programme_by_key(actor=request.user, key=key)
    require(request.user, "information.sign", row)
    found = [one for one in queries.shown(row) if one.claim.section == section]
    if not found:
        raise Http404
    waiting = [one for one in found if one.signature is None]
    form = SignClaimsForm(
        request.POST or None, initial={"physician": str(request.user)}, claim_ids=[one.claim.id for one in waiting]
    )
    if request.method == "POST" and form.is_valid():
        try:
            given = actions.sign_claims(
                actor=request.user, programme=row, claim_ids=form.cleaned_data["claims"], now=timezone.now(),
                physician=form.cleaned_data["physician"],
            )  # fmt: skip
            signed, them = ("1 claim is", "it") if len(given) == 1 else (f"{len(given)} claims are", "them")
            messages.success(request, f"{signed} signed; patients can read {them} now.", extra_tags="good")
            return redirect("information-draft", row.key)
        except InputError as error:
            form.refuse(error)
    ticked = request.POST.getlist("claims")
    context = {"programme": row, "heading": HEADINGS[section], "waiting": waiting, "form": form, "ticked": ticked}
    return render(request, "information/sign.html", context, status=422 if form.errors else 200)


@require_POST
def withdraw(request: SignedInRequest, key: str, claim_id: str) -> HttpResponse:
    """Take a signed claim from the public page."""
    row = programme_by_key(actor=request.user, key=key)
    require(request.user, "information.sign", row)
    try:
        actions.withdraw_claim(actor=request.user, programme=row, claim_id=claim_id, now=timezone.now())
        messages.success(request, "The signature is withdrawn; patients no longer see the claim.", extra_tags="good")
    except InputError as error:
        messages.error(request, str(error), extra_tags="late")
    return redirect("information-draft", row.key)
