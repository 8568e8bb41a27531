"""Consent to a course: how it stands, whether it may be taken so, and what stands against a dose without it.

Rolling consent at the chair (rule pre.consent.rolling) is another thing and stays: it asks again each day. No source
prescribes the form of a written consent; that a newer text asks anew, or wants a witness, is the programme's choice.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from holdfast.decision import Decision, Reason, Weight, caution, decide

RULE = "clinic.consent"  # the clinic's own workflow, not a care rule of the tables
CAPACITY_RULE = "elig.rc.dementia_consent"


class ConsentState(StrEnum):
    """How consent stands on a day."""

    NOT_KEPT = "not_kept"  # the programme keeps no text, and nothing was recorded
    MISSING = "missing"
    GIVEN = "given"
    OUTDATED = "outdated"  # given to an older text, after which the programme asks anew
    REFUSED = "refused"
    WITHDRAWN = "withdrawn"


class ConsentKind(StrEnum):
    """What was said."""

    GIVEN = "given"
    REFUSED = "refused"
    WITHDRAWN = "withdrawn"


class Capacity(StrEnum):
    """Judged by whoever takes the consent. Not assessed is no answer."""

    HAS = "has"
    LACKS = "lacks"


class Giver(StrEnum):
    """Who consented."""

    PATIENT = "patient"
    REPRESENTATIVE = "representative"


@dataclass(frozen=True)
class DocumentVersion:
    """One text. `earlier_stand`: who consented to an earlier one need not be asked again because of it."""

    version: int
    in_force_from: date
    earlier_stand: bool
    witness_needed: bool = False


@dataclass(frozen=True)
class ConsentAnswer:
    """What was recorded: given or refused on a version, or withdrawn."""

    kind: ConsentKind
    on: date
    version: int | None = None


def in_force(documents: Sequence[DocumentVersion], today: date) -> DocumentVersion | None:
    """The newest text that holds today."""
    held = [one for one in documents if one.in_force_from <= today]
    return max(held, key=lambda one: one.version, default=None)


def consent_state(documents: Sequence[DocumentVersion], answers: Sequence[ConsentAnswer], today: date) -> ConsentState:
    """How consent stands today. `answers` in the order they were recorded: the last one counts."""
    if not answers:
        return ConsentState.NOT_KEPT if in_force(documents, today) is None else ConsentState.MISSING
    last = answers[-1]
    if last.kind is not ConsentKind.GIVEN:
        return ConsentState(last.kind.value)
    later = [d for d in documents if d.in_force_from <= today and d.version > (last.version or 0)]
    return ConsentState.OUTDATED if any(not d.earlier_stand for d in later) else ConsentState.GIVEN


def taking(
    document: DocumentVersion | None,
    *,
    capacity: Capacity | None,
    given_by: Giver,
    representative: str,
    witness: str,
    course_ended: bool,
) -> Decision:
    """May consent be recorded so? Every reason against it."""
    found: list[Reason] = []
    if document is None:
        found.append(_stop("no-document", "No consent text of the programme is in force; add one first."))
    if course_ended:
        found.append(_stop("course-ended", "The course has ended; consent is taken for a new one."))
    if capacity is None:
        found.append(_stop("capacity-missing", "Capacity is not noted; judge it and note it.", missing=True))
    if capacity is Capacity.LACKS and given_by is Giver.PATIENT:
        found.append(_stop("no-capacity", "Who lacks capacity cannot consent; a legal representative may."))
    if given_by is Giver.REPRESENTATIVE and not representative.strip():
        found.append(_stop("no-representative", "Name the legal representative and what gives them the right."))
    if document is not None and document.witness_needed and not witness.strip():
        found.append(_stop("no-witness", "This text is signed before a witness; name the witness."))
    if capacity is Capacity.LACKS and given_by is Giver.REPRESENTATIVE:
        text = "Consent of a representative for a patient without capacity: weigh it, and whether treatment can go on."
        found.append(caution("capacity-lacking", text, CAPACITY_RULE))
    return decide(found)


def consent_against(state: ConsentState, on: date | None = None) -> tuple[Reason, ...]:
    """What stands against a dose, or against going on, as consent stands. `on` is the day it was said.

    Nobody overrides a refusal or a withdrawal. Where a text is kept and nothing or only an older consent is
    recorded, a physician may go on with a reason: it may stand on paper.
    """
    day = "" if on is None else f" on {on.day} {on:%B %Y}"
    if state is ConsentState.WITHDRAWN:
        return (_stop("consent-withdrawn", f"Consent to the course was withdrawn{day}; nothing is given without it."),)
    if state is ConsentState.REFUSED:
        return (_stop("consent-refused", f"Consent to the course was refused{day}; nothing is given without it."),)
    texts = {
        ConsentState.MISSING: ("consent-missing", "No consent to the course is recorded; take it and record it."),
        ConsentState.OUTDATED: ("consent-outdated", "The consent text has changed since; ask anew and record it."),
    }
    if state not in texts:
        return ()
    code, text = texts[state]
    return (Reason(code, text, RULE, Weight.STOP, missing=True),)


def _stop(code: str, text: str, *, missing: bool = False) -> Reason:
    return Reason(code, text, RULE, Weight.HARD_STOP, missing)
