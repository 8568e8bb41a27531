"""The consent texts of a programme, what was said about a course, and what is due of it."""

from __future__ import annotations

from holdfast.clinic.accounts.models import Actor
from holdfast.clinic.accounts.permissions import require
from holdfast.clinic.consents.models import ConsentDocument, ConsentRecord
from holdfast.clinic.consents.standing import ConsentOf, consent_of, consents_by_course, document_in_force
from holdfast.clinic.courses.due import Due
from holdfast.clinic.courses.models import Course
from holdfast.clinic.courses.phases import ENDED, Phase
from holdfast.clinic.programmes.models import Programme
from holdfast.protocols.consent import ConsentState

__all__ = [
    "ConsentOf",
    "consent_due",
    "consent_of",
    "consents",
    "consents_by_course",
    "document_in_force",
    "documents_of",
]
KIND = "consent"
RENEWAL = "consent_renewal"  # a consent that was given, to an older text: a kind of its own on the worklist


def documents_of(programme: Programme) -> list[ConsentDocument]:
    """Every version of every text of a programme, newest first."""
    return list(programme.consent_documents.select_related("by").order_by("protocol", "-version"))


def consents(*, actor: Actor, course: Course) -> list[ConsentRecord]:
    """What was said about a course, newest first."""
    require(actor, "consent.view", course)
    return list(course.consents.select_related("by", "document").defer("document__text").order_by("-pk"))


def consent_due(course: Course, consent: ConsentOf | None) -> tuple[Due, ...]:
    """What consent asks of somebody now, besides taking it before treatment, which the phase asks for."""
    texts = {
        ConsentState.WITHDRAWN: "Consent withdrawn; end the course, or take consent anew",
        ConsentState.REFUSED: "Consent refused; decline the course, or ask again",
        ConsentState.OUTDATED: "The consent text changed; ask anew",
        ConsentState.MISSING: "No consent recorded",
    }
    phase = Phase(course.phase)
    if consent is None or phase in ENDED or consent.state not in texts:
        return ()
    if consent.state is ConsentState.MISSING and phase in (Phase.REFERRED, Phase.EVALUATED):
        return ()
    kind = RENEWAL if consent.state is ConsentState.OUTDATED else f"{KIND}:{consent.state.value}"
    return (Due(kind, texts[consent.state], consent.on, overdue=True),)
