"""One treatment session by the id in an address; one of another programme does not exist for the reader."""

from __future__ import annotations

from uuid import UUID

from django.db.models import UUIDField
from django.http import Http404

from holdfast.clinic.accounts.models import Actor
from holdfast.clinic.config.prepared import Given, Question
from holdfast.clinic.courses.queries import sees_course
from holdfast.clinic.treatment_sessions.models import TreatmentSession

_BY_ID = Question(
    lambda: (
        TreatmentSession.objects.select_related("course__patient__programme")
        .filter(public_id=Given("public_id", UUIDField()))
        .order_by()
    )
)


def treatment_session_or_404(actor: Actor, public_id: UUID) -> TreatmentSession:
    """The treatment session, replaced or not, with its course, patient and programme."""
    found = _BY_ID.first(public_id=public_id)
    if found is None or not sees_course(actor, found.course):
        raise Http404
    return found
