"""One patient by the id in an address; a patient of another programme does not exist for the reader."""

from __future__ import annotations

from uuid import UUID

from django.http import Http404

from holdfast.clinic.accounts.models import User
from holdfast.clinic.patients.models import Patient


def patient_or_404(user: User, public_id: UUID) -> Patient:
    """The patient, with the programme."""
    mine = Patient.objects.select_related("programme").filter(programme__in=user.programme_ids())
    found = mine.filter(public_id=public_id).first()
    if found is None:
        raise Http404
    return found
