"""Treatment sessions as values for pages."""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from uuid import UUID

from holdfast.clinic.treatment_sessions.models import TreatmentSession
from holdfast.treatment_sessions.states import State

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


def session_value(row: TreatmentSession, *, with_dose: bool = True) -> SessionView:
    """A row as a value."""
    return SessionView(
        public_id=row.public_id,
        number=row.number,
        state=row.state,
        planned_on=row.planned_on,
        planned_day=row.planned_day,
        earliest_on=row.earliest_on,
        latest_on=row.latest_on,
        dosed_at=row.dosed_at,
        dosed_on_day=row.dosed_on_day,
        drug=row.drug,
        route=row.route,
        dose_mg=float(row.dose_mg) if with_dose and row.dose_mg is not None else None,
        planned_dose_mg=float(row.planned_dose_mg) if with_dose and row.planned_dose_mg is not None else None,
        duration_min=None if row.duration_min is None else float(row.duration_min),
        discharged_at=row.discharged_at,
        why=row.why,
    )


def sessions_by_course(course_ids: Iterable[int]) -> dict[int, list[SessionView]]:
    """Current treatment sessions of each course by number. One query; the caller has asked for permission."""
    found: dict[int, list[SessionView]] = defaultdict(list)
    rows = TreatmentSession.objects.current().filter(course__in=list(course_ids)).order_by("number")
    for row in rows:
        found[row.course_id].append(session_value(row))
    return dict(found)
