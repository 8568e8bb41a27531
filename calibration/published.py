"""Rows that a fit may use: none that was read nowhere."""

from __future__ import annotations

from holdfast.facts import load
from holdfast.facts.schema import Row

USABLE = ("transcribed", "secondary")


def published(name: str) -> Row:
    """A row of published_pharmacology.csv. Raises `ValueError` for one that may not be fitted."""
    return _usable(load().row(name))


def asked(name: str) -> Row:
    """A row of qualification.csv, all of whose published rows may be fitted. Raises `ValueError` otherwise."""
    row = load().row(name)
    for source in row.get("published", ()):
        published(source)
    return _usable(row)


def _usable(row: Row) -> Row:
    if row["status"] not in USABLE:
        raise ValueError(f"{row.id} is {row['status']}; only {' and '.join(USABLE)} rows may be fitted")
    return row
