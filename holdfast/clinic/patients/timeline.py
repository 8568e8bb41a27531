"""The history of a course, newest first: ratings with every version, treatment sessions, checks, phases, overrides."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass
from itertools import groupby
from typing import Any

from django.urls import reverse

from holdfast.clinic.assessments.models import Assessment
from holdfast.clinic.patients.corrections import Correction
from holdfast.clinic.patients.queries import CourseView
from holdfast.clinic.reviews.queries import title
from holdfast.clinic.reviews.words import DECISION_WORDS, RESPONSE_WORDS
from holdfast.clinic.safety.models import SafetyCheck
from holdfast.clinic.treatment_sessions.queries import SessionVersion
from holdfast.scales import scale
from holdfast.treatment_sessions.states import State

DAYS_SHOWN = 8  # the rest opens on request


@dataclass(frozen=True)
class Entry:
    """One thing that happened. `day` is a date, `study_day` a number; one of them is None."""

    kind: str
    title: str
    day: dt.date | None
    study_day: int | None
    order: float
    detail: str = ""
    by: str = ""
    url: str = ""
    late_h: float | None = None


def timeline(
    view: CourseView,
    ratings: Iterable[Assessment],
    sessions: Iterable[SessionVersion],
    checks: Iterable[SafetyCheck],
    corrections: Iterable[Correction],
    zone: dt.tzinfo,
    pathway: Iterable[Entry] = (),
) -> list[Entry]:
    """Everything the reader may see of one course, newest first; `pathway` is what stands from referral to letter.

    `ratings`, `sessions` and `checks` are every version of each; `corrections` are those of the patient's details.
    """
    entries = [
        *_ratings(ratings, zone),
        *_sessions(sessions, zone),
        *_checks(checks),
        *_reviews(view),
        *_phases(view),
        *_overrides(view, zone),
        *_corrections(corrections, zone),
        *pathway,
    ]
    return sorted(entries, key=lambda entry: entry.order, reverse=True)


@dataclass(frozen=True)
class Day:
    """What happened on one day."""

    day: dt.date | None
    study_day: int | None
    entries: tuple[Entry, ...]


@dataclass(frozen=True)
class History:
    """The days, newest first: `recent` are shown at once, `earlier` on request."""

    recent: tuple[Day, ...]
    earlier: tuple[Day, ...]


def history(entries: Iterable[Entry]) -> History:
    """Entries by day, in the order they come."""
    days = [
        Day(day, study_day, tuple(found))
        for (day, study_day), found in groupby(entries, lambda e: (e.day, e.study_day))
    ]
    return History(tuple(days[:DAYS_SHOWN]), tuple(days[DAYS_SHOWN:]))


def _order(day: dt.date | None, study_day: int | None, at: dt.datetime | None = None) -> float:
    if at is not None:
        return at.timestamp()
    return float(study_day or 0) if day is None else float((day - dt.date(1970, 1, 1)).days * 86400)


def _ratings(versions: Iterable[Assessment], zone: dt.tzinfo) -> Iterable[Entry]:
    for row in versions:
        name = scale(row.scale).name
        value = (
            f"{name} {row.total.normalize():f}" if row.total is not None else f"{name} {row.level.replace('_', ' ')}"
        )
        kind, title = "assessment", value
        if row.withdrawn:
            kind, title = "correction", f"{name} withdrawn: entered in error"
        elif row.version > 1:
            kind, title = "correction", f"{value}, version {row.version}, a correction"
        if hasattr(row, "superseded_by"):
            title += " (replaced by a newer version)"
        late_h = row.late_by_s / 3600 if row.late_by_s and row.late_by_s > 24 * 3600 else None
        yield Entry(
            kind=kind, title=title, day=row.rated_at.astimezone(zone).date() if row.rated_at else None,
            study_day=row.study_day, order=_order(None, row.study_day, row.rated_at) + row.version / 1000,
            detail=f"Why: {row.why}" if row.why else "", by=str(row.entered_by or row.get_source_display()),
            url=reverse("assessment", args=[row.public_id]), late_h=late_h,
        )  # fmt: skip


def _sessions(versions: Iterable[SessionVersion], zone: dt.tzinfo) -> Iterable[Entry]:
    for version in versions:
        held = version.seen
        if not held.given and held.state != State.CANCELLED:
            continue
        day = held.dosed_at.astimezone(zone).date() if held.dosed_at else held.planned_on
        study_day = held.dosed_on_day if held.given else held.planned_day
        title = f"Treatment session {held.number}{'' if held.given else ' cancelled'}"
        if held.dose_mg is not None:
            title += f", {held.dose_mg:g} mg {held.drug}"
        title += ", a correction" if version.corrects else ""
        title += " (replaced by a newer version)" if version.replaced else ""
        kind = "correction" if version.corrects else "session"
        yield Entry(
            kind=kind if held.given else "refused", title=title, day=day, study_day=study_day,
            order=_order(day, study_day, held.dosed_at), detail=f"Why: {held.why}" if held.why else "", by=version.by,
        )  # fmt: skip


def _reviews(view: CourseView) -> Iterable[Entry]:
    for review in view.reviews:
        answer = review.answer
        judged = RESPONSE_WORDS[answer.response].lower() if answer.response else "benefit could not be judged"
        yield Entry(
            kind="phase",
            title=f"{title(answer.key)}: {judged}; {DECISION_WORDS[answer.decision].lower()}",
            day=answer.on, study_day=None, order=_order(answer.on, None), detail=review.note, by=review.by,
        )  # fmt: skip


def _checks(versions: Iterable[SafetyCheck]) -> Iterable[Entry]:
    for row in versions:
        corrects = row.supersedes_id is not None
        title = f"{row.check_key.replace('_', ' ').capitalize()} check: {row.outcome.replace('_', ' ')}"
        title += ", a correction" if corrects else ""
        title += " (replaced by a newer version)" if hasattr(row, "superseded_by") else ""
        yield Entry(
            kind="correction" if corrects else "check", title=title, day=row.done_on, study_day=row.study_day,
            order=_order(row.done_on, row.study_day) + corrects / 1000, detail=row.note, by=str(row.by or ""),
        )  # fmt: skip


def _phases(view: CourseView) -> Iterable[Entry]:
    for change in view.phase_changes:
        by: Any = change.by or ""
        reason = f"{change.stop_reason.replace('_', ' ')}. " if change.stop_reason else ""
        yield Entry(
            kind="phase", title=f"Phase: {change.to_phase}", day=change.on, study_day=change.study_day,
            order=_order(change.on, change.study_day), detail=f"{reason}{change.why}", by=str(by),
        )  # fmt: skip


def _overrides(view: CourseView, zone: dt.tzinfo) -> Iterable[Entry]:
    if view.evaluation is None:
        return
    for override in view.evaluation.overrides:
        yield Entry(
            kind="override", title=f"Override of {override.rule_id}", day=override.at.astimezone(zone).date(),
            study_day=None, order=override.at.timestamp(), detail=f"Why: {override.why}", by=str(override.by),
        )  # fmt: skip


def _corrections(corrections: Iterable[Correction], zone: dt.tzinfo) -> Iterable[Entry]:
    for corrected in corrections:
        changes = "; ".join(f"{c.what} was {c.before}, is {c.after}" for c in corrected.changes)
        yield Entry(
            kind="correction", title=f"Patient details corrected: {', '.join(c.what for c in corrected.changes)}",
            day=corrected.at.astimezone(zone).date(), study_day=None, order=corrected.at.timestamp(),
            detail=f"{changes[:1].upper()}{changes[1:]}. Why: {corrected.why}", by=corrected.by,
        )  # fmt: skip
