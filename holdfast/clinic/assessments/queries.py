"""Ratings as values for pages: newest versions, in order of time."""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from uuid import UUID

from holdfast import scales
from holdfast.clinic.accounts.models import Actor
from holdfast.clinic.accounts.permissions import require
from holdfast.clinic.assessments.models import Assessment
from holdfast.clinic.courses.models import Course
from holdfast.scales import scale
from holdfast.scales.score import named_band


@dataclass(frozen=True)
class Rated:
    """One rating as it stands. `at` or `study_day` is None, as the course counts time."""

    public_id: UUID
    chain: UUID
    scale: str
    total: float | None
    level: str
    band: str | None
    at: dt.datetime | None
    study_day: int | None
    leg: str
    rater: str
    source: str
    version: int
    late_by_s: float | None
    alert: bool  # an item about suicide is positive, or a screener is above none

    @property
    def time_key(self) -> float:
        """Orders the ratings of one course."""
        return self.at.timestamp() if self.at else float(self.study_day or 0)


def rated(row: Assessment) -> Rated:
    """A row as a value, its band named by today's tables."""
    total = None if row.total is None else float(row.total)
    return Rated(
        public_id=row.public_id,
        chain=row.chain,
        scale=row.scale,
        total=total,
        level=row.level,
        band=None if total is None else named_band(scale(row.scale), int(total)),
        at=row.rated_at,
        study_day=row.study_day,
        leg=row.leg,
        rater=row.rater,
        source=row.source,
        version=row.version,
        late_by_s=row.late_by_s,
        alert=_alert(row),
    )


def _alert(row: Assessment) -> bool:
    if row.level:
        return row.level != scales.Level.NONE
    flags = scales.item_flags(row.scale, row.answers) if isinstance(row.answers, list) else ()
    return any(flag.positive for flag in flags)


def ratings_by_course(course_ids: Iterable[int]) -> dict[int, list[Rated]]:
    """Newest versions of each course, earliest first, withdrawn ones left out. One query; the caller has asked
    for permission."""
    found: dict[int, list[Rated]] = defaultdict(list)
    for row in Assessment.objects.current().filter(course__in=list(course_ids)).order_by("pk"):
        found[row.course_id].append(rated(row))
    for ratings in found.values():
        ratings.sort(key=lambda r: r.time_key)
    return dict(found)


def first_entered(course_ids: Iterable[int]) -> dict[UUID, dt.datetime]:
    """By chain, when each rating of these courses was first entered. One query; the caller has asked for permission."""
    rows = Assessment.objects.filter(course__in=list(course_ids), version=1)
    return dict(rows.values_list("chain", "entered_at"))


def versions(*, actor: Actor, course: Course) -> list[Assessment]:
    """Every version of every rating of a course, newest entry first, for its history."""
    require(actor, "assessment.view", course)
    rows = Assessment.objects.filter(course=course).select_related("entered_by", "supersedes", "superseded_by")
    return list(rows.order_by("-pk"))
