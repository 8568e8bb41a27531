"""Which claims the public may read, which wait, and which are past their review."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable

from holdfast.clinic.information.standing import ClaimShown, published, shown
from holdfast.clinic.programmes.models import Programme, ProgrammeKind
from holdfast.errors import UnknownNameError

PUBLIC_KINDS = (ProgrammeKind.LIVE, ProgrammeKind.SIMULATED)  # an imported trial treats nobody

__all__ = ["ClaimShown", "by_section", "public_programme", "public_programmes", "published", "shown", "stale"]


def stale(programme: Programme, today: dt.date) -> list[ClaimShown]:
    """Claims whose review is past due, those that the public reads first."""
    past = [one for one in shown(programme) if one.claim.is_stale(today)]
    return sorted(past, key=lambda one: not one.is_public)


def by_section(found: Iterable[ClaimShown]) -> dict[str, list[ClaimShown]]:
    """Claims by the part of the page they stand in, in its order."""
    sections: dict[str, list[ClaimShown]] = {}
    for one in found:
        sections.setdefault(one.claim.section, []).append(one)
    return sections


def public_programmes() -> list[Programme]:
    """Programmes that have something for the public to read."""
    wanted = Programme.objects.filter(kind__in=PUBLIC_KINDS, claim_signatures__isnull=False).distinct()
    return [row for row in wanted if published(row)]


def public_programme(key: str) -> Programme:
    """A programme that treats people, by its key. Raises `UnknownNameError` without naming others."""
    row = Programme.objects.filter(key=key, kind__in=PUBLIC_KINDS).first()
    if row is None:
        raise UnknownNameError("programme", key, [])
    return row
