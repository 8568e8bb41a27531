"""Published numbers that the model missed, by name, with the reason where one is known.

Reasons are written by people who looked at a miss, in miss_reasons.csv: of a row, or of every miss of a study. They
explain; they excuse nothing, and no number is left out for having one.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from types import MappingProxyType

from holdfast.evidence.qualification.blind import Blind

UNKNOWN = "not known"
# Kinds of the trial files. Of effect sizes the sign is the study's own, so that they are only higher or lower.
_HIGHER_IS_BETTER = ("response", "remission", "ever_response", "ever_remission", "held_response", "response_kept")
_LOWER_IS_BETTER = ("change", "mean_difference", "relapse")


@dataclass(frozen=True)
class Miss:
    """A number outside its interval of 80 %, or even of 95 %; `side` says where it lies."""

    told: Blind
    outside_95: bool
    side: str
    reason: str


def misses(rows: Sequence[Blind], reasons: Mapping[str, str] | None = None) -> tuple[Miss, ...]:
    """Those outside 95 % first, then by study and row."""
    known = written_reasons() if reasons is None else reasons
    found = [
        Miss(one, one.inside(0.95) is False, _side(one), known.get(one.row.id) or known.get(one.study) or UNKNOWN)
        for one in rows
        if one.inside(0.8) is False
    ]
    return tuple(sorted(found, key=lambda miss: (not miss.outside_95, miss.told.study, miss.told.row.id)))


def _side(one: Blind) -> str:
    if one.middle is None:
        return "not reached by the model"
    if one.kind == "superior":
        return "published yes" if one.published else "published no"
    higher = one.published > one.middle
    if one.kind in _HIGHER_IS_BETTER or one.kind in _LOWER_IS_BETTER:
        better = higher == (one.kind in _HIGHER_IS_BETTER)
        return "published better than predicted" if better else "published worse than predicted"
    return "published higher" if higher else "published lower"


@cache
def written_reasons() -> Mapping[str, str]:
    """By row, or by study where no row is named."""
    text = files("holdfast.evidence.qualification").joinpath("miss_reasons.csv").read_text(encoding="utf-8")
    return MappingProxyType(
        {line["row"] or line["study"]: line["reason"] for line in csv.DictReader(io.StringIO(text))}
    )
