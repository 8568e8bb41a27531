"""Adverse events between treatment sessions as the page of a course shows them: those that stand, and the history."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable

from holdfast.clinic.patients.timeline import Entry
from holdfast.clinic.safety.models import AdverseEventRecord
from holdfast.clinic.safety.queries import event_of
from holdfast.treatment_sessions.adverse_events import AdverseEvent
from holdfast.treatment_sessions.event_kinds import KIND_WORDS, event_kind

Standing = tuple[AdverseEventRecord, AdverseEvent, str]


def standing_between(versions: Iterable[AdverseEventRecord]) -> list[Standing]:
    """Entries that stand, newest onset first, each with its words."""
    rows = [row for row in versions if not row.withdrawn and not hasattr(row, "superseded_by")]
    found = [(row, event := event_of(row), words_of(event)) for row in rows]
    return sorted(found, key=lambda one: one[1].onset_at, reverse=True)


def words_of(event: AdverseEvent) -> str:
    """Kind, severity, causality, action and outcome in a line."""
    told = (
        KIND_WORDS[event_kind(event)], event.severity, f"caused by the drug: {event.causality}",
        f"done: {event.action_taken}", event.outcome,
    )  # fmt: skip
    return ", ".join(str(word).replace("-", " ") for word in told)


def event_entries(versions: Iterable[AdverseEventRecord], zone: dt.tzinfo) -> Iterable[Entry]:
    """Every version for the history of the course."""
    for row in versions:
        event = event_of(row)
        title = f"Adverse event: {event.term}" + (f" ({event.seriousness.replace('-', ' ')})" if event.serious else "")
        title += ", withdrawn" if row.withdrawn else ", a correction" if row.supersedes_id else ""
        title += " (replaced by a newer version)" if hasattr(row, "superseded_by") else ""
        yield Entry(
            kind="correction" if row.supersedes_id else "check", title=title,
            day=event.onset_at.astimezone(zone).date(), study_day=None,
            order=event.onset_at.timestamp() + (row.pk if row.supersedes_id else 0) / 1e9,
            detail=f"Why: {row.why}" if row.why else event.note, by=str(row.by or ""),
        )  # fmt: skip
