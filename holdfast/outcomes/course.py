"""One course on one scale: response and remission at each rating, and the time to each outcome.

Times run in days, those to response and remission from the first treatment session, those to relapse and
recurrence from the first response or remission. Where an outcome was not seen, the time is censored at the last
obtained rating; a rating that was due and not obtained is named and nothing is carried forward over it.
"""

from __future__ import annotations

import datetime
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from holdfast.errors import InputError
from holdfast.facts.scale_names import scale_document
from holdfast.outcomes.definitions import OutcomeDefinition, remission, response
from holdfast.outcomes.ratings import Baseline, CourseEvent, Rating, baseline, check_events, ratings_of
from holdfast.outcomes.relapse import awaits_confirmation, recurrence, relapse


@dataclass(frozen=True)
class JudgedRating:
    """A rating after the first treatment session. None where a quantity is undefined: never False."""

    on: datetime.date
    day: int
    total: float | None
    change: float | None
    fall_percent: float | None
    response: bool | None
    remission: bool | None


@dataclass(frozen=True)
class TimeTo:
    """Days to an outcome. `state`: reached, censored, not-at-risk, undefined, inactive (waits for a signature)."""

    outcome: str
    definition: str | None
    state: str
    days: int | None = None
    on: datetime.date | None = None
    reason: str | None = None


@dataclass(frozen=True)
class CourseOutcomes:
    """Everything a course says on one scale."""

    scale: str
    first_session_on: datetime.date
    baseline: Baseline | None
    ratings: tuple[JudgedRating, ...]
    times: tuple[TimeTo, ...]
    gaps: tuple[datetime.date, ...]
    other_scales: tuple[str, ...]
    notes: tuple[str, ...]

    def time_to(self, outcome: str) -> TimeTo:
        """The time to response, remission, relapse or recurrence."""
        return next(time for time in self.times if time.outcome == outcome)

    def as_dict(self) -> dict[str, Any]:
        """Plain values for JSON, dates as text."""
        return {
            "scale": self.scale,
            "first_session_on": self.first_session_on.isoformat(),
            "baseline": self.baseline.as_dict() if self.baseline else None,
            "ratings": [_plain(asdict(rating)) for rating in self.ratings],
            "times": [_plain(asdict(time)) for time in self.times],
            "gaps": [day.isoformat() for day in self.gaps],
            "other_scales": list(self.other_scales),
            "notes": list(self.notes),
        }


def course_outcomes(
    ratings: Iterable[Rating],
    *,
    scale: str,
    first_session_on: datetime.date,
    definitions: Iterable[OutcomeDefinition],
    events: Iterable[CourseEvent] = (),
    fixed_baseline: Baseline | None = None,
    signed: Iterable[str] = (),
) -> CourseOutcomes:
    """Judge a course on one scale by named definitions, at most one per outcome.

    `fixed_baseline` is the baseline stored when the course started; without it, it is found here by `baseline`.
    `signed` are ids of house or unverified rules that a physician signed. Ratings of other scales are named in
    `other_scales` and not used. Raises `InputError` for a definition of another scale, two definitions of one
    outcome, a baseline of another scale, an impossible total, or two ratings of the scale on one day.
    """
    every = tuple(ratings)
    document = scale_document(scale)
    own = ratings_of(document, every)
    chosen = by_outcome(definitions, document.id)
    start = fixed_baseline or baseline(document.id, own, first_session_on)
    if start is not None and start.scale != document.id:
        raise InputError(f"the baseline is on {start.scale}, the course is judged on {document.id}")
    after = [r for r in own if r.on > first_session_on]
    judged = tuple(_judge(r, start, chosen, document.id, first_session_on) for r in after)
    first = [_first(outcome, judged, chosen, start, first_session_on) for outcome in ("response", "remission")]
    later, notes = _returns(after, judged, check_events(events), chosen, first, frozenset(signed))
    return CourseOutcomes(
        scale=document.id,
        first_session_on=first_session_on,
        baseline=start,
        ratings=judged,
        times=(*first, *later),
        gaps=tuple(r.on for r in own if r.total is None),
        other_scales=tuple(sorted({scale_document(r.scale).id for r in every} - {document.id})),
        notes=(*_baseline_notes(start, chosen, document.id), *notes),
    )


def by_outcome(definitions: Iterable[OutcomeDefinition], scale: str) -> dict[str, OutcomeDefinition]:
    """Definitions by outcome. Raises `InputError` for one of another scale, and for two of one outcome."""
    chosen: dict[str, OutcomeDefinition] = {}
    for one in definitions:
        if not one.speaks_of(scale):
            raise InputError(f"{one.name} is defined on {one.scale}, not on {scale}")
        if one.outcome in chosen:
            raise InputError(f"{one.name} and {chosen[one.outcome].name} both define {one.outcome}; choose one")
        chosen[one.outcome] = one
    return chosen


def _judge(
    rating: Rating,
    start: Baseline | None,
    chosen: dict[str, OutcomeDefinition],
    scale: str,
    first_session_on: datetime.date,
) -> JudgedRating:
    from_total = start.total if start else None
    change = None if from_total is None or rating.total is None else rating.total - from_total
    return JudgedRating(
        on=rating.on,
        day=(rating.on - first_session_on).days,
        total=rating.total,
        change=change,
        fall_percent=-100 * change / from_total if change is not None and from_total else None,
        response=response(from_total, rating.total, chosen["response"], scale=scale) if "response" in chosen else None,
        remission=remission(rating.total, chosen["remission"], scale=scale) if "remission" in chosen else None,
    )


def _first(
    outcome: str,
    judged: Sequence[JudgedRating],
    chosen: dict[str, OutcomeDefinition],
    start: Baseline | None,
    first_session_on: datetime.date,
) -> TimeTo:
    """Time from the first treatment session to the first rating that meets the definition."""
    if outcome not in chosen:
        return TimeTo(outcome, None, "undefined", reason=f"no definition of {outcome} is chosen for this scale")
    name = chosen[outcome].name
    if outcome == "response" and (start is None or start.total == 0):
        return TimeTo(outcome, name, "undefined", reason="the baseline is missing" if start is None else "baseline 0")
    obtained = [r for r in judged if r.total is not None]
    if not obtained:
        return TimeTo(outcome, name, "undefined", reason="no rating after the first treatment session")
    hit = next((r for r in obtained if getattr(r, outcome)), None)
    last = hit or obtained[-1]
    return TimeTo(outcome, name, "reached" if hit else "censored", (last.on - first_session_on).days, last.on)


def _returns(
    after: Sequence[Rating],
    judged: Sequence[JudgedRating],
    events: Sequence[CourseEvent],
    chosen: dict[str, OutcomeDefinition],
    first: Sequence[TimeTo],
    signed: frozenset[str],
) -> tuple[list[TimeTo], list[str]]:
    """Times to relapse and to recurrence. A return that is a recurrence ends the watch for a relapse, uncounted."""
    since = min((t.on for t in first if t.state == "reached" and t.on), default=None)
    times: dict[str, TimeTo] = {}
    notes = [f"{e.kind} on {e.on}: before any response or remission, not a relapse" for e in events
             if since is None or e.on <= since]  # fmt: skip
    for outcome in ("recurrence", "relapse"):
        if (refused := _not_judged(outcome, chosen, since, signed)) is not None:
            times[outcome] = refused
            continue
        assert since is not None
        definition = chosen[outcome]
        if outcome == "recurrence":
            spells = [(r.on, r.remission) for r in judged if r.remission is not None]
            found = recurrence(after, events, definition, spells)
        else:
            found = relapse(after, events, definition, since)
            if awaits_confirmation(after, definition, since) and found is None:
                notes.append(f"the last rating meets {definition.name} and awaits confirmation")
        times[outcome] = _watched(outcome, definition, found, after, since)
    return _apart(times), notes


def _not_judged(
    outcome: str, chosen: dict[str, OutcomeDefinition], since: datetime.date | None, signed: frozenset[str]
) -> TimeTo | None:
    definition = chosen.get(outcome)
    if definition is None:
        return TimeTo(outcome, None, "undefined", reason=f"no definition of {outcome} is chosen for this scale")
    if definition.needs_signature and definition.rule not in signed:
        reason = f"rule {definition.rule} waits for a physician's signature; nothing is judged by it"
        return TimeTo(outcome, definition.name, "inactive", reason=reason)
    if since is None:
        return TimeTo(outcome, definition.name, "not-at-risk", reason="neither response nor remission so far")
    return None


def _watched(
    outcome: str, definition: OutcomeDefinition, found: Any, after: Sequence[Rating], since: datetime.date
) -> TimeTo:
    if found is not None:
        return TimeTo(outcome, definition.name, "reached", (found.on - since).days, found.on, f"by {found.by}")
    last = max(r.on for r in after if r.total is not None)
    return TimeTo(outcome, definition.name, "censored", (last - since).days, last)


def _apart(times: dict[str, TimeTo]) -> list[TimeTo]:
    """One return is not both: on the day of a recurrence the watch for a relapse is censored."""
    first, second = times["relapse"], times["recurrence"]
    if first.state == second.state == "reached" and first.on == second.on:
        first = TimeTo(first.outcome, first.definition, "censored", first.days, first.on, "counted as recurrence")
    return [first, second]


def _baseline_notes(start: Baseline | None, chosen: dict[str, OutcomeDefinition], scale: str) -> list[str]:
    if start is None:
        return ["no rating on or before the first treatment session: response is undefined"]
    notes = []
    if start.age_d:
        notes.append(f"the baseline is {start.age_d} d older than the first treatment session")
    if "remission" in chosen and remission(start.total, chosen["remission"], scale=scale):
        notes.append(f"the baseline already meets {chosen['remission'].name}")
    return notes


def _plain(values: dict[str, Any]) -> dict[str, Any]:
    return {k: v.isoformat() if isinstance(v, datetime.date) else v for k, v in values.items()}
