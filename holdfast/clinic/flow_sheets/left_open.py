"""Flow-sheets that nobody has signed, for lists: read by courses, so it knows records and values only."""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from holdfast.clinic.courses.due import Due
from holdfast.clinic.flow_sheets.models import FlowSheetEntry
from holdfast.treatment_sessions.entries import Kind

KIND = "sign"
ENDS = (Kind.SITE.value, Kind.DISCHARGE.value, Kind.SIGN.value)


@dataclass
class SheetEnd:
    """How far one flow-sheet is. `site` is what was last entered of place and people."""

    number: int
    public_id: UUID
    site: dict[str, Any] = field(default_factory=dict)
    discharged_at: dt.datetime | None = None
    signed: bool = False


def sheets_by_course(course_ids: Iterable[int]) -> dict[int, list[SheetEnd]]:
    """Flow-sheets with a place, a discharge or a signature, by number. One query."""
    rows = FlowSheetEntry.objects.filter(
        treatment_session__course__in=list(course_ids), kind__in=ENDS, superseded_by__isnull=True, withdrawn=False
    )
    columns = ("treatment_session__course", "treatment_session__number", "treatment_session__public_id", "kind",
               "given", "made_at")  # fmt: skip
    found: dict[int, dict[int, SheetEnd]] = defaultdict(dict)
    for course, number, public_id, kind, given, made_at in rows.order_by("made_at", "pk").values_list(*columns):
        sheet = found[course].setdefault(number, SheetEnd(number, public_id))
        if kind == Kind.SITE:
            sheet.site = given
        elif kind == Kind.DISCHARGE:
            sheet.discharged_at = made_at
        else:
            sheet.signed = True
    return {course: [sheets[number] for number in sorted(sheets)] for course, sheets in found.items()}


def unsigned_due(
    sheets: Iterable[SheetEnd], *, today: dt.date, day_of: Callable[[dt.datetime], dt.date]
) -> tuple[Due, ...]:
    """Each treatment session whose patient left and whose flow-sheet nobody signed; overdue from the next day on."""
    return tuple(
        Due(KIND, f"Flow-sheet of treatment session {s.number} not signed", on, overdue=on < today, about=s.public_id,
            why="The patient has left; until somebody signs, the sheet can still be changed")
        for s in sheets if s.discharged_at is not None and not s.signed
        for on in [day_of(s.discharged_at)]
    )  # fmt: skip
