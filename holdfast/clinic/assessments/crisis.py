"""What answers ask for at once, before and whatever the total."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from holdfast import scales


def crisis_of_items(scale: scales.Scale, answers: Sequence[float | None], country: str) -> Any:
    """The positive flagged items; None where there are none."""
    return tuple(flag for flag in scales.item_flags(scale, answers) if flag.positive) or None


def crisis_of_triage(triage: scales.Triage, country: str) -> Any:
    """The triage itself where it is above none."""
    return triage if triage.at_least is not scales.Level.NONE else None
