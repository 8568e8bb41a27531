"""What a total of one scale corresponds to on another, by published links (scale_links.csv), each of them with MADRS.

Between published points a link is a straight line; beyond the last one it goes to the end of the scale, which is our
assumption and stands in the table as such. Links hold for means of groups. For one person they often fail, so a linked
score is for comparing simulated groups with trials, and never for telling a patient a number.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache

import numpy as np
from numpy.typing import ArrayLike, NDArray

from holdfast.errors import UnknownNameError
from holdfast.facts import load
from holdfast.facts.scale_names import scale_document
from holdfast.facts.schema import Row

Values = NDArray[np.float64]
METRIC = "madrs"
UNUSED = ("unverified", "superseded")


@dataclass(frozen=True)
class Link:
    """One published link: totals of `scale` and the MADRS they correspond to, both rising."""

    name: str
    scale: str
    totals: Values
    madrs: Values
    rows: tuple[Row, ...]


@cache
def links() -> Mapping[str, Link]:
    """Every link by the scale it joins to MADRS, rows of status unverified left out."""
    by_link: dict[str, list[Row]] = {}
    for row in load().rows("scale_links"):
        if row["status"] not in UNUSED:
            by_link.setdefault(row["link"], []).append(row)
    made = (_link(name, sorted(rows, key=lambda row: row["total"])) for name, rows in by_link.items())
    return {one.scale: one for one in made}


def _link(name: str, rows: list[Row]) -> Link:
    madrs = [(row["madrs_low"] + row["madrs_high"]) / 2 for row in rows]
    totals = np.array([row["total"] for row in rows], dtype=float)
    return Link(name, rows[0]["scale"], totals, np.array(madrs, dtype=float), tuple(rows))


def linked(totals: ArrayLike, scale: str, other: str) -> Values:
    """Totals of `scale` as totals of `other`, not rounded; the shape stays. A scale to itself changes nothing.

    Raises `UnknownNameError` for a scale that no link joins to MADRS.
    """
    start, end = scale_document(scale).id, scale_document(other).id
    given = np.asarray(totals, dtype=float)
    if start == end:
        return given
    madrs = given if start == METRIC else np.interp(given, _joined(start).totals, _joined(start).madrs)
    if end == METRIC:
        return np.asarray(madrs, dtype=float)
    return np.asarray(np.interp(madrs, _joined(end).madrs, _joined(end).totals), dtype=float)


def _joined(scale: str) -> Link:
    if scale not in links():
        raise UnknownNameError("scale linked to MADRS", scale, [METRIC, *links()])
    return links()[scale]
