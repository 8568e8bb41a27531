"""Published studies as plain values: what was given to whom, what came of it, and how far each number may be trusted.

Three rules of use hold here. Only studies of split `calibrate` may be fitted, by default without unverified numbers
(`fit_rows`). Rows that mean different things stay apart (`kept_apart`). Rows with patients in common never meet in one
pool (`pool`). Importing this package loads no numerics.
"""

from holdfast.evidence.cards import StudyCard, study_card
from holdfast.evidence.citation import Citation, Use, cite
from holdfast.evidence.findings import Finding, findings, status_counts
from holdfast.evidence.pools import Comparable, LeftOut, Pool, kept_apart, pool, shared_patients
from holdfast.evidence.rows import AdverseEvent, Arm, Conflict, Outcome, Overlap, Study
from holdfast.evidence.tables import (
    adverse_events,
    arms,
    conflicts,
    fit_rows,
    outcome,
    outcomes,
    overlaps,
    studies,
    study,
)

__all__ = [
    "AdverseEvent", "Arm", "Citation", "Comparable", "Conflict", "Finding", "LeftOut", "Outcome", "Overlap", "Pool",
    "Study", "StudyCard", "Use", "adverse_events", "arms", "cite", "conflicts", "findings", "fit_rows", "kept_apart",
    "outcome", "outcomes", "overlaps", "pool", "shared_patients", "status_counts", "studies", "study", "study_card",
]  # fmt: skip
