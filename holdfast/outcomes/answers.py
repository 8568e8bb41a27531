"""The answer of a definition to every total a scale can show: each asked once of the rule, then looked up.

For programs that judge millions of ratings. They hold no second copy of a rule.
"""

from __future__ import annotations

from functools import cache

from holdfast.facts.scale_names import scale_document, whole_total
from holdfast.outcomes.definitions import OutcomeDefinition, response


def totals_of(scale: str) -> range:
    """Every total the scale can show, from 0. Raises `InputError` for a scale that is never summed."""
    document = scale_document(scale)
    whole_total(document, document.header.get("total_max") or 0)  # says why a scale has no total
    return range(int(document.header["total_max"]) + 1)


@cache
def responses(definition: OutcomeDefinition, scale: str) -> tuple[tuple[bool | None, ...], ...]:
    """Is a total a response, [baseline][total]; None where that is undefined."""
    totals = totals_of(scale)
    return tuple(tuple(response(start, total, definition, scale=scale) for total in totals) for start in totals)


@cache
def meeting(definition: OutcomeDefinition, scale: str) -> tuple[bool, ...]:
    """Does a total meet a definition on the total?"""
    return tuple(definition.met_by(total) for total in totals_of(scale))
