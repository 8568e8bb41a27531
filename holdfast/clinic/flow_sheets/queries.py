"""The entries of a flow-sheet as they are listed."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from holdfast.clinic.accounts.models import Actor
from holdfast.clinic.accounts.permissions import require
from holdfast.clinic.flow_sheets.models import FlowSheetEntry
from holdfast.clinic.flow_sheets.sheets import rows_of
from holdfast.clinic.treatment_sessions.models import TreatmentSession
from holdfast.treatment_sessions.entries import Kind, read_given


@dataclass(frozen=True)
class EntryView:
    """One entry as it is listed. `standing` is False where a newer one took its place or it was withdrawn."""

    key: UUID
    kind: Kind
    content: Any
    made_at: dt.datetime
    received_at: dt.datetime
    late_by: dt.timedelta | None
    by: str
    by_id: UUID
    answer: dict[str, Any]
    standing: bool
    corrects: bool
    withdraws: bool
    amends: bool
    why: str


def entries(*, actor: Actor, treatment_session: TreatmentSession) -> list[EntryView]:
    """Every entry in the order it was made, corrected and withdrawn ones included."""
    require(actor, "flow_sheet.view", treatment_session)
    return [_view(row) for row in rows_of(treatment_session)]


def _view(row: FlowSheetEntry) -> EntryView:
    kind = Kind(row.kind)
    return EntryView(
        key=row.key,
        kind=kind,
        content=read_given(kind, row.given),
        made_at=row.made_at,
        received_at=row.received_at,
        late_by=row.late_by,
        by=str(row.by),
        by_id=row.by.public_id,
        answer=row.answer,
        standing=not row.withdrawn and not hasattr(row, "superseded_by"),
        corrects=row.supersedes is not None and not row.withdrawn,
        withdraws=row.withdrawn,
        amends=row.amends,
        why=row.why,
    )
