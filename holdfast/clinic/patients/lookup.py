"""One patient by the id in an address; a patient of another programme does not exist for the reader
unless the glass was broken."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from django.db.models import Q
from django.http import Http404

from holdfast.clinic.accounts.models import User
from holdfast.clinic.patients.models import Patient

# Parts of an address that name something of one patient, and the way from the patient to it.
NAMES_A_PATIENT = {
    "patient_id": "public_id",
    "course_id": "courses__public_id",
    "referral_id": "referrals__public_id",
    "letter_id": "courses__letters__public_id",
    "evaluation_id": "courses__evaluations__public_id",
    "assessment_id": "courses__assessments__public_id",
    "alert_id": "courses__crisis_alerts__public_id",
    "break_glass_id": "broken_glass__public_id",
    "movement_id": "courses__treatment_sessions__drug_movements__public_id",  # of controlled drugs
    "treatment_session_id": "courses__treatment_sessions__public_id",
    "check_in_id": "courses__check_ins__public_id",
    "reminder_id": "courses__reminders__public_id",
    "forecast_id": "courses__forecasts__public_id",
    "entry_key": "courses__treatment_sessions__flow_sheet_entries__key",
}


def patient_or_404(user: User, public_id: UUID) -> Patient:
    """The patient, with the programme."""
    mine = Q(programme__in=user.programme_ids()) | Q(pk__in=user.also_reads)
    found = Patient.objects.select_related("programme").filter(mine, public_id=public_id).first()
    if found is None:
        raise Http404
    return found


def patient_named_by(parts: Mapping[str, Any]) -> Patient | None:
    """Whose record the parts of an address name; None where they name nobody's. One query."""
    for part, way in NAMES_A_PATIENT.items():
        if part in parts:
            return Patient.objects.select_related("programme").filter(**{way: parts[part]}).first()
    return None
