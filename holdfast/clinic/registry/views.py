"""Pages of the registry: what a patient said of taking part."""

from __future__ import annotations

from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods

from holdfast.clinic.accounts.permissions import require
from holdfast.clinic.accounts.requests import SignedInRequest
from holdfast.clinic.patients.lookup import patient_or_404
from holdfast.clinic.registry import actions, queries
from holdfast.clinic.registry.forms import RegistryConsentForm
from holdfast.errors import InputError

FORM = ["GET", "HEAD", "POST"]
OK, FAULTY = 200, 422


@require_http_methods(FORM)
def consent(request: SignedInRequest, patient_id: UUID) -> HttpResponse:
    """What one patient said of taking part in registries, and what they say now."""
    patient = patient_or_404(request.user, patient_id)
    require(request.user, "registry_consent.view", patient)
    found, now = queries.of_patient(actor=request.user, patient=patient), timezone.now()
    form = RegistryConsentForm(
        request.POST or None, offered=found.offered,
        initial={"on": patient.programme.day_of(now), "sheet": found.last.sheet if found.last else ""},
    )  # fmt: skip
    if request.method == "POST":
        require(request.user, "registry_consent.withdraw", patient)  # the least that can be recorded
        if form.is_valid():
            try:
                actions.record_registry_consent(actor=request.user, patient=patient, now=now, **form.cleaned_data)
                messages.success(request, "What was said of the registry is recorded.", extra_tags="good")
                return redirect("registry-consent", patient.public_id)
            except InputError as error:
                form.refuse(error)
    context = {"patient": patient, "programme": patient.programme, "found": found, "form": form}
    with timezone.override(patient.programme.time_zone):
        return render(request, "registry/consent.html", context, status=FAULTY if form.errors else OK)
