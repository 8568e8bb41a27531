"""One treatment session as the registry tells it: what was measured at the chair, and the adverse events by kind."""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Callable, Iterable
from typing import Any

from holdfast.clinic.flow_sheets.models import FlowSheetEntry
from holdfast.clinic.flow_sheets.sheets import sheet_from
from holdfast.clinic.treatment_sessions.models import TreatmentSession
from holdfast.registry.common_model import TREATMENT_SESSIONS
from holdfast.treatment_sessions.adverse_events import AdverseEvent
from holdfast.treatment_sessions.clock import minutes_between
from holdfast.treatment_sessions.entries import Kind
from holdfast.treatment_sessions.event_kinds import event_kind, relapse_event
from holdfast.treatment_sessions.flow_sheet import Entry, Sheet

CADSS = "cadss"
RELAPSE = "relapse"  # taken off before rows of the common data model are made
_LONGEST_MIN = TREATMENT_SESSIONS.column("stay_min").high or 0
_MG_DIGITS = 4  # of mg/kg: what the record holds, and no more
DayOf = Callable[[dt.datetime], int | None]


def entries_by_session(course_ids: Iterable[int]) -> dict[tuple[int, int], list[FlowSheetEntry]]:
    """Entries of every flow-sheet of these courses, by course and number of the treatment session. One query."""
    found: dict[tuple[int, int], list[FlowSheetEntry]] = defaultdict(list)
    rows = FlowSheetEntry.objects.filter(treatment_session__course__in=list(course_ids))
    for row in rows.select_related("by", "superseded_by", "treatment_session"):
        found[row.treatment_session.course_id, row.treatment_session.number].append(row)
    return found


def chair_rows(
    row: TreatmentSession, entries: Iterable[FlowSheetEntry], day_of: DayOf
) -> tuple[dict[str, Any], list[dict[str, Any]]]:
    """Columns of table `treatment_sessions` beyond number and day, and its adverse events without the course."""
    sheet = sheet_from(row, entries)
    dose = sheet.last(Kind.DOSE)
    weight = dose.content.weight_kg if dose is not None else None
    dose_mg = None if row.dose_mg is None else float(row.dose_mg)
    left_at, dosed_at = row.discharged_at, row.dosed_at
    measured = {
        "state": "aborted" if _given_up(sheet) else "completed", "dose_mg": dose_mg,
        "dose_mg_per_kg": None if weight is None or dose_mg is None else round(dose_mg / weight, _MG_DIGITS),
        "stay_min": _minutes(dosed_at, left_at) if dosed_at and left_at else None,
        **_pressures(sheet, dosed_at), **_dissociation(sheet, dosed_at),
    }  # fmt: skip
    return measured, _events(sheet, day_of)


def _given_up(sheet: Sheet) -> bool:
    """Was the dose stopped before all of it was in?"""
    stop = sheet.last(Kind.STOP)
    return stop is not None and not stop.content.whole


def _pressures(sheet: Sheet, dosed_at: dt.datetime | None) -> dict[str, float | None]:
    """The last pair before the dose, and the pair with the highest systolic pressure after it."""
    names = ("sbp_before_mmhg", "dbp_before_mmhg", "sbp_peak_mmhg", "dbp_peak_mmhg", "sbp_peak_min")
    found: dict[str, float | None] = dict.fromkeys(names)
    if dosed_at is None:
        return found
    read = [one for one in sheet.of(Kind.OBSERVATION)
            if one.content.sbp_mmhg is not None and one.content.dbp_mmhg is not None]  # fmt: skip
    before = [one for one in read if one.made_at <= dosed_at]
    after = [one for one in read if one.made_at > dosed_at]
    if before:
        found["sbp_before_mmhg"], found["dbp_before_mmhg"] = _pair(before[-1])
    if after:
        highest = max(after, key=lambda one: (one.content.sbp_mmhg, -one.made_at.timestamp()))
        found["sbp_peak_mmhg"] = float(highest.content.sbp_mmhg)
        found["dbp_peak_mmhg"] = max(float(one.content.dbp_mmhg) for one in after)
        found["sbp_peak_min"] = _minutes(dosed_at, highest.made_at)
    return found


def _minutes(since: dt.datetime, until: dt.datetime) -> float | None:
    """Minutes; None beyond two days, which is a slip and no stay."""
    minutes = minutes_between(since, until)
    return minutes if 0 <= minutes <= _LONGEST_MIN else None


def _pair(entry: Entry) -> tuple[float, float]:
    return float(entry.content.sbp_mmhg), float(entry.content.dbp_mmhg)


def _dissociation(sheet: Sheet, dosed_at: dt.datetime | None) -> dict[str, Any]:
    rated = [
        one.content.cadss_total for one in sheet.of(Kind.OBSERVATION)
        if one.content.cadss_total is not None and dosed_at is not None and one.made_at >= dosed_at
    ]  # fmt: skip
    return {
        "dissociation_scale": CADSS if rated else None,
        "dissociation_peak": float(max(rated)) if rated else None,
    }


def _events(sheet: Sheet, day_of: DayOf) -> list[dict[str, Any]]:
    """Adverse events of the session. One whose onset lies before day 0 is told as of its day all the same."""
    found = []
    for entry in sheet.of(Kind.ADVERSE_EVENT):
        day = day_of(entry.content.onset_at)
        if day is not None:
            found.append(event_row(entry.content, day))
    return found


def event_row(event: AdverseEvent, day: int) -> dict[str, Any]:
    """Columns of an adverse event beyond course and treatment session; `relapse` is the event of a relapse it is."""
    return {
        "day": day, "category": str(event_kind(event)), "severity": str(event.severity),
        "seriousness": str(event.seriousness), "causality": str(event.causality), "action": str(event.action_taken),
        "outcome": str(event.outcome), RELAPSE: relapse_event(event),
    }  # fmt: skip
