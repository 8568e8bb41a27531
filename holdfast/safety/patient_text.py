"""Words a patient reads when an answer points to suicide. Plain words, no promise, no diagnosis.

A clinician of the programme must review this text before it is used; until one has, `REVIEWED_BY` is None and every
crisis response says so to the administrator. A clinic adds its own out-of-hours text; it does not replace this one.
"""

from __future__ import annotations

from collections.abc import Iterable

REVIEWED_BY: str | None = None

NOT_AN_EMERGENCY_SERVICE = (
    "This is not an emergency service. Nobody may be reading your answers right now, at night, or at weekends."
)
OPENING = (
    "Thank you for answering honestly. Your answers mention thoughts about death or about harming yourself. "
    "Such thoughts are common in depression, and you can talk about them."
)
IN_DANGER = (
    "If you might act on these thoughts, or do not feel safe, call your local emergency number now, or go to the "
    "nearest emergency department. If you can, do not stay alone."
)
LINE = "You can also call {number}{detail}."
NO_LINE = "Your clinic can tell you which crisis line to call where you live."


def crisis_text(lines: Iterable[tuple[str, str | None]], out_of_hours_text: str | None = None) -> str:
    """The whole text: lines are (number, detail). The clinic's out-of-hours text comes after ours, where it has one."""
    calls = [LINE.format(number=number, detail=f" ({detail})" if detail else "") for number, detail in lines]
    parts = [OPENING, IN_DANGER, *(calls or [NO_LINE])]
    if out_of_hours_text and out_of_hours_text.strip():
        parts.append(out_of_hours_text.strip())
    return "\n\n".join([*parts, NOT_AN_EMERGENCY_SERVICE])
