"""Totals entered as they are: within the scale's range, whole, and what they are called."""

from __future__ import annotations

from holdfast.errors import InputError
from holdfast.facts.scale_names import whole_total
from holdfast.scales.scale import Scale, scale
from holdfast.scales.score import Score, accepted_anchor_set, cut_results, named_band


def check_total(name: str | Scale, total: float) -> int:
    """The total as a whole number. Raises `InputError` where it is not one, or lies outside the scale's range."""
    return whole_total(scale(name).document, total)


def band_of(name: str | Scale, total: float) -> str | None:
    """What the total is called; None where the scale has no agreed bands. Raises `InputError` as `check_total`."""
    asked = scale(name)
    return named_band(asked, check_total(asked, total))


def score_of_total(
    name: str | Scale, total: float, *, anchor_set: str | None = None, certified_rater: bool | None = None
) -> Score:
    """A score from a total alone, for scales whose items are not ours to show, or were rated on paper.

    `certified_rater` must be true where the owner demands it (MoCA); `anchor_set` is needed for MOAA/S.
    Item flags and subscales are unknown then: a total does not tell them. Raises `InputError`.
    """
    asked = scale(name)
    value = check_total(asked, total)
    if asked.certified_rater and not certified_rater:
        raise InputError(f"{asked.name} is entered only by a certified rater; confirm that the rater is certified")
    return Score(
        scale=asked.id,
        total=value,
        band=named_band(asked, value),
        cuts=cut_results(asked, value),
        anchor_set=accepted_anchor_set(asked, anchor_set),
    )
