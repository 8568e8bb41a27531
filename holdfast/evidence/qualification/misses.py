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
from importlib.resources.abc import Traversable
from types import MappingProxyType

from holdfast.errors import TableError
from holdfast.evidence.qualification.blind import Blind

UNKNOWN = "not known"
_REASONS = "miss_reasons.csv"
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
    return reasons_in(files("holdfast.evidence.qualification").joinpath(_REASONS))


def reasons_in(place: Traversable) -> Mapping[str, str]:
    """The reasons of a table. Raises `TableError`, one sentence, for a table that is missing, cut or of other columns.

    It is written by hand, so no digest holds it: it names rows, and what it lacks would pass for a miss without reason.
    """
    try:
        lines = list(csv.DictReader(io.StringIO(place.read_text(encoding="utf-8")), strict=True))
        found = {line["row"] or line["study"]: line["reason"].strip() for line in lines}
    except (OSError, ValueError, KeyError, AttributeError, csv.Error):
        found = {}
    if not found or not all(name and reason for name, reason in found.items()):
        said = f"{_REASONS} of holdfast/evidence/qualification is no table of study, row and reason"
        raise TableError([f"{said}; take it from version control again"])
    return MappingProxyType(found)
