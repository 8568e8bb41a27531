"""What patients and families may read: each claim with its numbers written in, its sources, its status and its review.

A claim is as well checked as the least checked of its own row and the rows it rests on. Its `digest` is of the words as
they are read: when a number below them changes, so does the digest, and a signature given for the old words is void.
"""

from __future__ import annotations

import datetime as dt
import hashlib
from dataclasses import dataclass
from functools import cache

from holdfast.errors import UnknownNameError
from holdfast.evidence.natural_frequencies import sentences_of
from holdfast.evidence.rows import rank
from holdfast.facts import Row, load
from holdfast.facts.information_tables import SECTIONS

VERIFIED = "verified"


@dataclass(frozen=True)
class Claim:
    """One claim. `rests_on` are the facts, `sources` the references they were read in, `status` the lowest of all."""

    id: str
    section: str
    jurisdictions: tuple[str, ...]
    text: str
    rests_on: tuple[Row, ...]
    sources: tuple[Row, ...]
    status: str
    version: int
    reviewed_on: dt.date
    review_due: dt.date
    note: str | None
    digest: str

    def is_stale(self, today: dt.date) -> bool:
        """Is the review past due?"""
        return today > self.review_due


@cache
def claims() -> tuple[Claim, ...]:
    """Every claim, in the order of the sections and of the table. Raises `InputError` naming claim and placeholder."""
    found = [_claim(row) for row in load().rows("information_claims")]
    return tuple(sorted(found, key=lambda one: SECTIONS.index(one.section)))


def claims_for(jurisdiction: str) -> tuple[Claim, ...]:
    """Those that are true in a jurisdiction. Labels differ, so none is taken over from another jurisdiction."""
    return tuple(one for one in claims() if {"any", jurisdiction} & set(one.jurisdictions))


def claim(claim_id: str) -> Claim:
    """The claim of that id. Raises `UnknownNameError`."""
    for one in claims():
        if one.id == claim_id:
            return one
    raise UnknownNameError("claim", claim_id, [one.id for one in claims()])


def _claim(row: Row) -> Claim:
    facts = load()
    rests = tuple(facts.row(name) for name in row["rests_on"])
    text = sentences_of(row)
    sources = {one["ref"]: facts.reference(one) for one in rests if one.get("ref")}
    return Claim(
        id=row.id,
        section=row["section"],
        jurisdictions=row["jurisdictions"],
        text=text,
        rests_on=rests,
        sources=tuple(sources.values()),
        status=min((row["status"], *(one["status"] for one in rests if one.get("status"))), key=rank),
        version=row["version"],
        reviewed_on=row["reviewed_on"],
        review_due=row["review_due"],
        note=row.get("note"),
        digest=hashlib.sha256(f"{row.id}\n{text}".encode()).hexdigest(),
    )
