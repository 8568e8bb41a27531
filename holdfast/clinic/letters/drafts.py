"""What a letter takes from the records of a course, as plain text: nothing in it is a forecast.

Drafted anew each time it is asked for; what was issued keeps the draft it was made of.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import json
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from typing import Any
from zoneinfo import ZoneInfo

from holdfast import outcomes
from holdfast.clinic.accounts.models import User
from holdfast.clinic.courses.models import Course
from holdfast.clinic.courses.standing import Standing
from holdfast.clinic.definition_words import definition_words
from holdfast.clinic.endings.queries import ending_of
from holdfast.clinic.flow_sheets.models import FlowSheetEntry
from holdfast.clinic.patients.curve import curve
from holdfast.clinic.patients.queries import CourseView, patient_view
from holdfast.clinic.plans.queries import plan_held, plan_words
from holdfast.clinic.programmes.queries import signed_rules
from holdfast.clinic.referrals.queries import referral_of_course
from holdfast.clinic.safety.queries import events_by_course
from holdfast.clinic.treatment_sessions.queries import SessionView
from holdfast.errors import InputError
from holdfast.protocols.coded import coded_text
from holdfast.protocols.protocol import protocol as protocol_named
from holdfast.scales import scale as scale_named
from holdfast.treatment_sessions.entries import Kind, read_given

MOST_LINES = 5  # of a list on one page; what is left out is counted


@dataclass(frozen=True)
class Draft:
    """The parts of a letter that come from records. `curve` is what the curve draws, None without a rating."""

    patient: tuple[tuple[str, str], ...]
    course: tuple[tuple[str, str], ...]
    doses: tuple[str, ...]
    curve: dict[str, Any] | None
    scores: tuple[tuple[str, str, str, str], ...]  # scale, baseline, latest, change
    outcomes: tuple[tuple[str, str, str], ...]  # outcome, state, named definition
    events: tuple[str, ...]
    checks: tuple[tuple[str, str, str], ...]  # check, result, day

    def as_dict(self) -> dict[str, Any]:
        """Plain values, as they are kept with the letter."""
        plain: dict[str, Any] = json.loads(json.dumps(asdict(self)))
        return plain

    @property
    def digest(self) -> str:
        """Tells whether the records still say what was read."""
        return hashlib.sha256(json.dumps(self.as_dict(), sort_keys=True).encode()).hexdigest()


def draft_of(actor: User, course: Course, now: dt.datetime) -> Draft:
    """The draft as the actor may see the course. Raises `InputError` for a course of study days."""
    if course.time_basis != "calendar":
        raise InputError("This course counts study days of a finished trial; nobody is written to about it")
    view = patient_view(actor=actor, public_id=course.patient.public_id, now=now)
    seen = next(one for one in view.courses if one.course.pk == course.pk)
    zone = ZoneInfo(course.programme.time_zone)
    scale_id = next((s.scale for s in seen.standings), None)
    return Draft(
        patient=_patient(course, view.age_y),
        course=_course(seen, now),
        doses=_doses(seen.sessions, zone),
        curve=curve(seen, scale_id) if scale_id else None,
        scores=tuple(_score(standing, zone) for standing in seen.standings[:MOST_LINES]),
        outcomes=_outcomes(seen, scale_id, zone) if scale_id else (),
        events=_events(seen, zone),
        checks=_checks(seen),
    )


def day_words(day: dt.date) -> str:
    """A day as a letter has it."""
    return f"{day.day} {day:%b %Y}"


def _patient(course: Course, age_y: int | None) -> tuple[tuple[str, str], ...]:
    patient = course.patient
    born = f"born {day_words(patient.date_of_birth)}" if patient.date_of_birth else ""
    told = [patient.label, born or (f"{age_y} years" if age_y is not None else ""),
            f"record {patient.record_number}" if patient.record_number else ""]  # fmt: skip
    return (("Patient", ", ".join(part for part in told if part)),)


def _course(seen: CourseView, now: dt.datetime) -> tuple[tuple[str, str], ...]:
    course = seen.course
    today = course.programme.day_of(now)
    pairs = [("Treatment", f"{protocol_named(course.protocol).name}; {_where(course)}")]
    referral = referral_of_course(course, now)
    if referral is not None:
        pairs.append(("Referred", f"{day_words(referral.row.received_on)}, {_decided(referral.decided)}"))
    held, ending = plan_held(course, today), ending_of(course)
    if ending is None and held is not None:
        pairs.append(("Plan now", f"{plan_words(held)}, since {day_words(held.from_on)}"))
    if ending is not None and ending.row is not None:
        words = f"{course.phase} {day_words(ending.row.on)}: {ending.reason}. Then: {ending.follow_up}"
        pairs.append(("Ended", words))
    return tuple(pairs)


def _where(course: Course) -> str:
    since = f", first dose {day_words(course.started_on)}" if course.started_on else ", no dose given yet"
    ended = f", until {day_words(course.ended_on)}" if course.ended_on else ""
    return f"phase {course.phase}{since}{ended}"


def _decided(step: Any) -> str:
    if step is None:
        return "not decided yet"
    reasons = "; ".join(coded_text("referral_reason", key) for key in step.reasons)
    return f"{step.step} {day_words(step.on)}" + (f": {reasons}" if reasons else "")


def _doses(sessions: Sequence[SessionView], zone: dt.tzinfo) -> tuple[str, ...]:
    """What was given, a line for each dose, in the order each was first given."""
    given: dict[tuple[str, float | None], list[dt.date]] = {}
    for one in sessions:
        if one.dosed_at is not None:
            given.setdefault((one.drug, one.dose_mg), []).append(one.dosed_at.astimezone(zone).date())
    lines = [_dose_line(drug, dose_mg, sorted(days)) for (drug, dose_mg), days in given.items()]
    return _shortened(lines, "further doses") or ("No dose was given.",)


def _dose_line(drug: str, dose_mg: float | None, days: list[dt.date]) -> str:
    amount = f"{dose_mg:g} mg {drug}" if dose_mg is not None else f"{drug}, amount not known"
    when = day_words(days[0]) if len(days) == 1 else f"{day_words(days[0])} to {day_words(days[-1])}"
    many = "1 treatment session" if len(days) == 1 else f"{len(days)} treatment sessions"
    return f"{many} with {amount}, {when}"


def _shortened(lines: Sequence[str], rest: str) -> tuple[str, ...]:
    if len(lines) <= MOST_LINES:
        return tuple(lines)
    return (*lines[: MOST_LINES - 1], f"and {len(lines) - MOST_LINES + 1} {rest}")


def _score(standing: Standing, zone: dt.tzinfo) -> tuple[str, str, str, str]:
    latest = standing.latest
    when = f" on {day_words(latest.at.astimezone(zone).date())}" if latest and latest.at else ""
    change = "not known"
    if standing.baseline_only:
        change = "baseline only"
    elif standing.change == 0:
        change = "unchanged"
    elif standing.change is not None:
        percent = f" ({-standing.fall_percent:+.0f} %)" if standing.fall_percent is not None else ""
        change = f"{standing.change:+g}{percent}".replace("-", "\N{MINUS SIGN}")
    return (
        standing.scale_name,
        "not fixed" if standing.baseline is None else f"{standing.baseline:g}",
        f"{latest.total:g} of {standing.total_max}{when}" if latest and latest.total is not None else "none",
        change,
    )


def _outcomes(seen: CourseView, scale_id: str, zone: dt.tzinfo) -> tuple[tuple[str, str, str], ...]:
    """Each outcome with its state and the definition it is judged by."""
    course = seen.course
    doses = [s.dosed_at.astimezone(zone).date() for s in seen.sessions if s.dosed_at]
    if not doses or not course.treats_an_illness or scale_named(scale_id).higher_is != "worse":
        return ()
    definitions = outcomes.chosen_definitions(scale_id, course.programme.choices)
    own = [(r.at.astimezone(zone).date(), r.total) for r in seen.ratings if r.scale == scale_id and r.at is not None]
    rated = {day: outcomes.Rating(scale_id, day, total) for day, total in own}  # the last of a day
    try:
        found = outcomes.course_outcomes(
            rated.values(), scale=scale_id, first_session_on=min(doses), definitions=definitions,
            signed=signed_rules(course.programme),
        ).times  # fmt: skip
    except InputError:
        return ()
    texts = {one.name: definition_words(one.text) for one in definitions}
    return tuple((time.outcome, _state(time), texts.get(time.definition or "", "none chosen")) for time in found)


def _state(time: outcomes.TimeTo) -> str:
    if time.state == "reached" and time.on is not None:
        return f"reached {day_words(time.on)}, day {time.days}"
    if time.state == "censored":
        return f"not reached in {time.days} days" if time.days else "not reached"
    return time.reason or time.state.replace("-", " ")


def _events(seen: CourseView, zone: dt.tzinfo) -> tuple[str, ...]:
    """Adverse events, serious ones first; pauses, overrides and positive answers about self-harm are counted."""
    entries = FlowSheetEntry.objects.filter(
        treatment_session__course=seen.course, withdrawn=False, superseded_by__isnull=True,
        kind__in=[Kind.ADVERSE_EVENT.value, Kind.PAUSE.value, Kind.OVERRIDE.value],
    ).order_by("made_at")  # fmt: skip
    by_kind: dict[str, list[Any]] = {}
    for row in entries:
        by_kind.setdefault(row.kind, []).append(read_given(Kind(row.kind), row.given))
    between = events_by_course([seen.course.pk]).get(seen.course.pk, [])
    events = sorted(
        [*by_kind.get(Kind.ADVERSE_EVENT, ()), *between], key=lambda e: (e.seriousness == "not-serious", e.onset_at)
    )
    lines = _shortened([_event_line(event, zone) for event in events], "further adverse events")
    positive = [r for r in seen.ratings if r.alert and r.at is not None]
    return (*(lines or ("No adverse event is recorded.",)), *_counts(by_kind, positive, zone))


def _event_line(event: Any, zone: dt.tzinfo) -> str:
    words = [event.severity, event.seriousness, f"caused by the drug: {event.causality}", event.outcome]
    told = ", ".join(str(word).replace("-", " ") for word in words)
    return f"{event.term}, {day_words(event.onset_at.astimezone(zone).date())}: {told}"


def _counts(by_kind: dict[str, list[Any]], positive: Sequence[Any], zone: dt.tzinfo) -> Iterable[str]:
    if pauses := len(by_kind.get(Kind.PAUSE, ())):
        yield f"Infusion paused: {pauses} time{'s' if pauses > 1 else ''}."
    if overrides := by_kind.get(Kind.OVERRIDE, []):
        rules = ", ".join(sorted({one.rule for one in overrides}))
        yield f"Stops a physician overrode: {len(overrides)} ({rules})."
    if positive:
        last = day_words(positive[-1].at.astimezone(zone).date())
        yield f"Ratings with a positive answer about death or self-harm: {len(positive)}, the last on {last}."


def _checks(seen: CourseView) -> tuple[tuple[str, str, str], ...]:
    """The newest result of each safety check."""
    newest = {check.key: check for check in seen.checks if check.done_on is not None}
    return tuple(
        (key.replace("_", " "), one.outcome.replace("_", " "), day_words(one.done_on))
        for key, one in newest.items()
        if one.done_on is not None
    )
