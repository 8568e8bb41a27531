"""Phases of a treatment course and the changes allowed between them. Plain functions, no database."""

from __future__ import annotations

from enum import StrEnum

from holdfast.decision import Decision, Reason, Weight, caution, decide
from holdfast.errors import UnknownNameError
from holdfast.protocols.consent import ConsentState, consent_against


class Phase(StrEnum):
    """Where a course is, from referral to its end."""

    REFERRED = "referred"
    EVALUATED = "evaluated"
    DECLINED = "declined"
    CONSENTED = "consented"
    INDUCTION = "induction"
    OPTIMISATION = "optimisation"
    MAINTENANCE = "maintenance"
    COMPLETED = "completed"
    STOPPED = "stopped"


class StopReason(StrEnum):
    """Why a course was stopped; facts/coded_answers.csv has the words for a page."""

    NON_RESPONSE = "non_response"
    RELAPSE = "relapse"
    ADVERSE_EVENT = "adverse_event"
    SAFETY_FINDING = "safety_finding"
    MISUSE = "misuse"
    CONTRAINDICATION = "contraindication"
    PATIENT_CHOICE = "patient_choice"
    CONSENT_WITHDRAWN = "consent_withdrawn"
    LOST_CONTACT = "lost_contact"
    ACCESS = "access"
    OTHER_TREATMENT = "other_treatment"
    DIED = "died"
    COMPLETED = "completed"
    OTHER = "other"


P = Phase
ALLOWED_CHANGES: dict[Phase, frozenset[Phase]] = {
    P.REFERRED: frozenset({P.EVALUATED, P.DECLINED}),
    P.EVALUATED: frozenset({P.CONSENTED, P.DECLINED}),
    P.DECLINED: frozenset(),
    P.CONSENTED: frozenset({P.INDUCTION, P.DECLINED}),
    P.INDUCTION: frozenset({P.OPTIMISATION, P.MAINTENANCE, P.COMPLETED, P.STOPPED}),
    # back to induction: two sessions a week again after worsening (dose.es.missed)
    P.OPTIMISATION: frozenset({P.INDUCTION, P.MAINTENANCE, P.COMPLETED, P.STOPPED}),
    P.MAINTENANCE: frozenset({P.OPTIMISATION, P.INDUCTION, P.COMPLETED, P.STOPPED}),
    P.COMPLETED: frozenset(),
    P.STOPPED: frozenset(),
}
TREATED = frozenset({P.INDUCTION, P.OPTIMISATION, P.MAINTENANCE})
ENDED = frozenset({P.DECLINED, P.COMPLETED, P.STOPPED})
RULE = "clinic.course.phases"  # the clinic's own workflow, not a care rule of the tables


def phase_named(word: str) -> Phase:
    """The phase of that name. Raises `UnknownNameError`."""
    try:
        return Phase(word)
    except ValueError:
        raise UnknownNameError("phase", word, [p.value for p in Phase]) from None


def dose_against(phase: Phase, *, evaluation_allows: bool | None) -> tuple[Reason, ...]:
    """What the course itself has against a dose, as it has against treatment: its end and its evaluation are final.

    Contraindications are stops that nobody may override (elig.ci.*), and who was never evaluated was not asked for
    them: missing is not absent, and an override here would be a way round every one of them. So nothing is given
    before an evaluation is on record, whose own stops the physician may override where the rules say so. That
    treatment has not begun although they were evaluated is told.
    """
    if phase in ENDED:
        return (
            _stop("course-ended", f"The course is {phase}: nothing is given in it; a new treatment is a new course"),
        )
    if evaluation_allows is None:
        text = "No evaluation is recorded for this course, so nobody asked for contraindications: record it first"
        return (_stop("not-evaluated", text, missing=True),)
    if evaluation_allows is False:
        text = "The evaluation has a stop that was not overridden: nothing is given against it"
        return (_stop("evaluation-against", text),)
    if phase not in TREATED:
        text = f"The course is {phase}: treatment has not begun; take consent, and plan it"
        return (caution("course-not-begun", text, RULE),)
    return ()


def phase_change(
    *,
    from_phase: Phase,
    to_phase: Phase,
    stop_reason: str = "",
    evaluation_allows: bool | None = None,
    consent: ConsentState = ConsentState.NOT_KEPT,
) -> Decision:
    """May the course move from one phase to the other?

    `evaluation_allows` is the answer of the latest evaluation after its overrides; None = never evaluated. A course
    is evaluated only with an evaluation on record, and nobody consents or is treated against its answer. Where the
    programme keeps a consent text, nobody is consented or begins treatment without a consent on record.
    """
    found: list[Reason] = []
    if to_phase not in ALLOWED_CHANGES[from_phase]:
        allowed = ", ".join(sorted(ALLOWED_CHANGES[from_phase])) or "nothing; it has ended"
        found.append(_stop("transition", f"A course that is {from_phase} may become {allowed}, not {to_phase}."))
    if to_phase is Phase.STOPPED and stop_reason not in {r.value for r in StopReason}:
        found.append(_stop("no-stop-reason", "A course is stopped with a reason: " + ", ".join(StopReason) + "."))
    if to_phase in {Phase.EVALUATED, Phase.CONSENTED, *TREATED} and evaluation_allows is None:
        found.append(_stop("not-evaluated", "No evaluation is recorded for this course.", missing=True))
    if to_phase in {Phase.CONSENTED, *TREATED} and evaluation_allows is False:
        found.append(_stop("evaluation-against", "The evaluation has a stop that was not overridden."))
    if to_phase is Phase.CONSENTED or (to_phase in TREATED and from_phase not in TREATED):
        found += [_stop(r.code, r.text, missing=r.missing) for r in consent_against(consent)]
    return decide(found)


def _stop(code: str, text: str, *, missing: bool = False) -> Reason:
    return Reason(code, text, RULE, Weight.HARD_STOP, missing)
