"""People who sign in: list, add, change role and programmes, close."""

from __future__ import annotations

from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from holdfast.clinic.accounts import actions, queries
from holdfast.clinic.accounts.forms import PersonForm, RoleForm
from holdfast.clinic.accounts.models import User
from holdfast.clinic.accounts.permissions import require
from holdfast.clinic.accounts.requests import SignedInRequest
from holdfast.clinic.programmes.models import Programme
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
        actions.change_role_and_programmes(
            actor=request.user, user=user, role=role, programmes=chosen, now=timezone.now()
        )
        messages.success(request, "Changed.", extra_tags="good")
        return redirect("user-list")
    context = {"form": form, "person": user}
    return render(request, "accounts/person.html", context, status=422 if form.errors else 200)


@require_POST
def close(request: SignedInRequest, user_id: UUID) -> HttpResponse:
    """Close an account and end its sessions."""
    require(request.user, "user.deactivate")
    actions.deactivate_user(actor=request.user, user=_user_or_404(request, user_id), now=timezone.now())
    messages.success(request, "The account is closed.", extra_tags="good")
    return redirect("user-list")


def _user_or_404(request: SignedInRequest, public_id: UUID) -> User:
    found = queries.users(actor=request.user).filter(public_id=public_id).first()
    if found is None:
        raise Http404
    return found
