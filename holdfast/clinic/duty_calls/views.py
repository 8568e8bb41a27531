"""Where I am reached on duty."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods

from holdfast.clinic.accounts.requests import SignedInRequest
from holdfast.clinic.duty_calls import actions, queries
from holdfast.clinic.duty_calls.forms import AddressForm
from holdfast.clinic.duty_calls.sending import SUBJECT
from holdfast.errors import InputError


@require_http_methods(["GET", "HEAD", "POST"])
def own(request: SignedInRequest) -> HttpResponse:
    """Set or take back one's own addresses."""
    given = queries.own_addresses(request.user)
    form = AddressForm(request.POST if request.method == "POST" else None, initial=given)
    if request.method == "POST":
        if form.is_valid():
            try:
                actions.set_addresses(actor=request.user, now=timezone.now(), **form.cleaned_data)
                messages.success(request, "Your addresses for duty are set. A drill proves that they work.",
                                 extra_tags="good")  # fmt: skip
                return redirect("duty-address")
            except InputError as error:
                form.refuse(error)
        return render(request, "duty_calls/own.html", {"form": form, "subject": SUBJECT}, status=422)
    return render(request, "duty_calls/own.html", {"form": form, "given": given, "subject": SUBJECT})
