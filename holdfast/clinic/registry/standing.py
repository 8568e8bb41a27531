"""How each patient stands to the registry: the last thing said counts, and whoever said nothing is not in it."""

from __future__ import annotations

import datetime as dt

from holdfast.clinic.patients.models import Patient
from holdfast.clinic.programmes.models import Programme
from holdfast.clinic.registry.models import RegistryConsent, Said


def last_said(patient: Patient) -> RegistryConsent | None:
    """The last thing said; None where nothing was."""
    return patient.registry_consents.select_related("by").order_by("-pk").first()


def taking_part(programme: Programme, at: dt.datetime | None = None) -> frozenset[int]:
    """Keys of the patients whose consent stands, or stood `at` a moment. One query."""
    last: dict[int, str] = {}
    said = RegistryConsent.objects.filter(patient__programme=programme).order_by("pk")
    if at is not None:
        said = said.filter(at__lte=at)
    for patient, word in said.values_list("patient", "said"):
        last[patient] = word
    return frozenset(patient for patient, word in last.items() if word == Said.GIVEN)
