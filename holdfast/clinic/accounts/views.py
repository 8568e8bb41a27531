"""People who sign in: list, add, change role and programmes, close."""

from __future__ import annotations

from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from holdfast.clinic.accounts import actions, queries, two_step
from holdfast.clinic.accounts.administrators import is_last_administrator
from holdfast.clinic.accounts.forms import PersonForm, RoleForm
from holdfast.clinic.accounts.models import User
from holdfast.clinic.accounts.permissions import require
from holdfast.clinic.accounts.requests import SignedInRequest
from holdfast.clinic.programmes.models import Programme
from holdfast.clinic.programmes.queries import programme_by_key
from holdfast.clinic.ui.words import sentence
from holdfast.errors import InputError


@require_safe
def listed(request: SignedInRequest) -> HttpResponse:
    """Every account."""
    return render(request, "accounts/list.html", {"people": queries.users(actor=request.user)})


@require_http_methods(["GET", "HEAD", "POST"])
def add(request: SignedInRequest) -> HttpResponse:
    """A new account."""
    require(request.user, "user.create")
    every = list(Programme.objects.all())
    form = PersonForm(request.POST or None, programmes=every)
    if request.method == "POST" and form.is_valid():
        given = dict(form.cleaned_data)
        given["programmes"] = [p for p in every if p.key in given["programmes"]]
        try:
            actions.create_user(actor=request.user, now=timezone.now(), **given)
            messages.success(request, "The account is open.", extra_tags="good")
            return redirect("user-list")
        except InputError as error:
            form.add_error("password" if "password" in str(error) else "username", str(error))
    return render(request, "accounts/add.html", {"form": form}, status=422 if form.errors else 200)


@require_http_methods(["GET", "HEAD", "POST"])
def person(request: SignedInRequest, user_id: UUID) -> HttpResponse:
    """Role and programmes of one person."""
    require(request.user, "user.change_role")
    user = _user_or_404(request, user_id)
    every = list(Programme.objects.all())
    initial = {"role": user.role, "programmes": [p.key for p in user.programmes.all()]}
    form = RoleForm(request.POST or None, programmes=every, initial=initial)
    if request.method == "POST" and form.is_valid():
        role, keys = form.cleaned_data["role"], form.cleaned_data["programmes"]
        chosen = [programme for programme in every if programme.key in keys]
        try:
            actions.change_role_and_programmes(
                actor=request.user, user=user, role=role, programmes=chosen, now=timezone.now()
            )
            messages.success(request, "Changed.", extra_tags="good")
            return redirect("user-list")
        except InputError as error:
            form.add_error("role", f"{sentence(error)}.")
    context = {
        "form": form,
        "person": user,
        "reset_reasons": two_step.RESET_REASONS.items(),
        "last_administrator": is_last_administrator(user),
    }
    return render(request, "accounts/person.html", context, status=422 if form.errors else 200)


@require_POST
def close(request: SignedInRequest, user_id: UUID) -> HttpResponse:
    """Close an account and end its sessions."""
    require(request.user, "user.deactivate")
    user = _user_or_404(request, user_id)
    try:
        actions.deactivate_user(actor=request.user, user=user, now=timezone.now())
    except InputError as error:
        messages.error(request, f"{sentence(error)}.", extra_tags="late")
        return redirect("user", user.public_id)
    messages.success(request, "The account is closed.", extra_tags="good")
    return redirect("user-list")


@require_POST
def reset_two_step(request: SignedInRequest, user_id: UUID) -> HttpResponse:
    """For a person who lost phone and codes: they set it up anew."""
    require(request.user, "user.reset_two_step")
    user, why = _user_or_404(request, user_id), request.POST.get("why", "")
    if why not in two_step.RESET_REASONS:
        messages.error(request, "Say why the second step is taken off.", extra_tags="late")
        return redirect("user", user.public_id)
    actions.reset_two_step(actor=request.user, user=user, why=why, now=timezone.now())
    messages.success(request, "Two-step sign-in is taken off; they sign in with the password.", extra_tags="good")
    return redirect("user-list")


@require_safe
def two_step_needed(request: SignedInRequest) -> HttpResponse:
    """Why a second step is asked for, and how to set it up."""
    needed = two_step.required_of(request.user) and not two_step.set_up(request.user)
    return render(request, "accounts/two_step_needed.html", {"needed": needed})


@require_POST
def require_two_step(request: SignedInRequest, key: str) -> HttpResponse:
    """Require two-step sign-in of everybody in a programme, or no longer."""
    row = programme_by_key(actor=request.user, key=key)
    require(request.user, "programme.require_two_step", row)
    wanted = request.POST.get("required")
    if wanted not in ("yes", "no"):
        messages.error(request, "Choose whether two-step sign-in is required.", extra_tags="late")
        return redirect("programme", row.key)
    actions.require_two_step(actor=request.user, programme=row, required=wanted == "yes", now=timezone.now())
    said = "is required of everybody in this programme" if wanted == "yes" else "is no longer required"
    messages.success(request, f"Two-step sign-in {said}.", extra_tags="good")
    return redirect("programme", row.key)


def _user_or_404(request: SignedInRequest, public_id: UUID) -> User:
    found = queries.users(actor=request.user).filter(public_id=public_id).first()
    if found is None:
        raise Http404
    return found
