"""Treatment sessions as values for pages."""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, fields, replace
from decimal import Decimal
from typing import Any
from uuid import UUID

from holdfast.clinic.accounts.models import Actor
from holdfast.clinic.accounts.permissions import may, require
from holdfast.clinic.courses.models import Course
from holdfast.clinic.treatment_sessions.models import TreatmentSession
from holdfast.treatment_sessions.states import TRANSITIONS, Event, State

# Still to come, or under way.
OPEN = frozenset(State) - {State.DISCHARGED, State.CANCELLED}


@dataclass(frozen=True)
class SessionView:
    """One treatment session as it stands. `dose_mg` None = not known, or not for the reader."""

    public_id: UUID
    number: int
    state: str
    planned_on: dt.date | None
    planned_day: int | None
    earliest_on: dt.date | None
    latest_on: dt.date | None
    dosed_at: dt.datetime | None
    dosed_on_day: int | None
    drug: str
    route: str
    dose_mg: float | None
    planned_dose_mg: float | None
    duration_min: float | None
    discharged_at: dt.datetime | None
    why: str

    @property
    def given(self) -> bool:
        """Was a dose started?"""
        return self.dosed_at is not None or self.dosed_on_day is not None

    @property
    def open(self) -> bool:
        """Is it still to come, or under way?"""
        return self.state in OPEN and not self.given

    @property
    def can_be_cancelled(self) -> bool:
        """Was no drug given yet, and is it not closed?"""
        return Event.CANCEL in TRANSITIONS[State(self.state)]

    @property
    def can_be_corrected(self) -> bool:
        """Is there a whole record to correct?"""
        return self.state == State.DISCHARGED


@dataclass(frozen=True)
class SessionVersion:
    """One version of the record of a treatment session. `replaced`: a newer one stands in its place."""

    seen: SessionView
    by: str
    corrects: bool
    replaced: bool


SEEN = tuple(field.name for field in fields(SessionView))


def session_value(row: TreatmentSession) -> SessionView:
    """A row as a value."""
    return _seen(getattr(row, name) for name in SEEN)


def _seen(columns: Iterable[Any]) -> SessionView:
    """The columns `SEEN` as a value."""
    plain: list[Any] = [float(one) if isinstance(one, Decimal) else one for one in columns]
    return SessionView(*plain)


def without_dose(seen: SessionView) -> SessionView:
    """The same treatment session for a reader who does not see doses; a reason may name one."""
    return replace(seen, dose_mg=None, planned_dose_mg=None, duration_min=None, why="")


def versions(*, actor: Actor, course: Course) -> list[SessionVersion]:
    """Every version of every treatment session of a course, for its history; doses only for who may see them."""
    require(actor, "treatment_session.view", course)
    rows = TreatmentSession.objects.filter(course=course).select_related("entered_by").order_by("number", "pk")
    doses = may(actor, "treatment_session.view_dose", course)
    return [
        SessionVersion(
            seen=session_value(row) if doses else without_dose(session_value(row)),
            by=str(row.entered_by or row.get_source_display()),
            corrects=row.supersedes_id is not None,
            replaced=row.replaced_at is not None,
        )
        for row in rows
    ]


def sessions_by_course(course_ids: Iterable[int]) -> dict[int, list[SessionView]]:
    """Current treatment sessions of each course by number. One query; the caller has asked for permission."""
    found: dict[int, list[SessionView]] = defaultdict(list)
    rows = TreatmentSession.objects.current().filter(course__in=list(course_ids)).order_by("number")
    for course, *columns in rows.values_list("course_id", *SEEN):
        found[course].append(_seen(columns))
    return dict(found)
