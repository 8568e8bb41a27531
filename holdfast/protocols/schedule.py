"""From protocol, start date and what happened so far to the planned treatment sessions with their windows.

Weeks count from the first dose given (rules dose.es.ind, .m1, .m2, series.iv). Later treatment sessions are planned
from the last one; a missed one keeps the schedule (dose.es.missed), and only a series that counts doses makes it up.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from holdfast.days import DAYS_PER_WEEK, age_on, week_of
from holdfast.errors import InputError
from holdfast.facts.plausible import plausible, plausible_day
from holdfast.protocols.answers import ChosenInterval, Outcome, SessionAnswer, in_order
from holdfast.protocols.doses import age_decides, doses_for
from holdfast.protocols.parts import Phase
from holdfast.protocols.protocol import Protocol

MOST_WEEKS = 520  # ten years; a longer plan is a slip of the keyboard


@dataclass(frozen=True)
class PlannedSession:
    """One planned treatment session. Doses are in `unit`; empty, with a note, where they cannot be known.

    `reviews_before` are keys of reviews that fall due after the treatment session before it.
    """

    number: int
    phase: str
    phase_kind: str
    week: int
    on: date
    earliest: date
    latest: date
    usual_dose: float | None
    allowed_doses: tuple[float, ...]
    unit: str | None
    dose_note: str | None
    reviews_before: tuple[str, ...]

    def as_dict(self) -> dict[str, Any]:
        """Plain values for JSON."""
        plain = {name: getattr(self, name) for name in self.__dataclass_fields__}
        for name in ("on", "earliest", "latest"):
            plain[name] = plain[name].isoformat()
        return {k: list(v) if isinstance(v, tuple) else v for k, v in plain.items()}


@dataclass
class _Course:
    """The days so far and planned, as the loop in `schedule` grows them."""

    protocol: Protocol
    indication: str
    start: date
    days: list[date]  # given, missed and planned: they carry the rhythm
    given: list[date]  # given and planned: they carry counts and least intervals
    chosen: tuple[ChosenInterval, ...]

    @property
    def first(self) -> date:
        return self.given[0] if self.given else self.start

    def week(self, day: date) -> int:
        """Week of the course; until a dose was given every day is in week 1."""
        return week_of(day, self.first) if self.given else 1

    def phase(self, day: date) -> Phase | None:
        return self.protocol.phase_at(self.indication, self.week(day), len(self.given))

    def first_day(self, phase: Phase) -> date | None:
        if phase.first_week is None:
            return None
        return self.first + timedelta(days=DAYS_PER_WEEK * (phase.first_week - 1))


def schedule(
    protocol: Protocol,
    *,
    start: date,
    indication: str,
    jurisdiction: str,
    age_y: float | None = None,
    born: date | None = None,
    until_week: int = 12,
    sessions: int | None = None,
    given: Iterable[SessionAnswer] = (),
    chosen: Iterable[ChosenInterval] = (),
) -> tuple[PlannedSession, ...]:
    """The treatment sessions still to come, up to week `until_week` included and at most `sessions` of them.

    `start` is the planned first day; once a dose was given, weeks count from that dose. Give `born` rather than
    `age_y` (age at the start) where the dose depends on age, so that a birthday during the course counts. Raises
    `InputError` on contradictory, impossible or repeated answers. No planned day is closer to a dose than the
    phase's least interval, none repeats, and none lies outside its phase.
    """
    _check_request(protocol, indication, until_week, sessions, age_y, born)
    answers = in_order(given)
    course = _course(protocol, indication, start, answers, tuple(chosen))
    last_dose = next((a.dose for a in reversed(answers) if a.outcome is Outcome.GIVEN), None)
    planned: list[PlannedSession] = []
    while sessions is None or len(planned) < sessions:
        found = _next(course)
        if found is None or course.week(found[0]) > until_week:
            break
        day, phase = found
        age = age_y if born is None else age_on(born, day)
        planned.append(_planned(course, day, phase, jurisdiction, age, last_dose))
        last_dose = planned[-1].usual_dose or last_dose
        course.days.append(day)
        course.given.append(day)
    return tuple(planned)


def _check_request(
    protocol: Protocol, indication: str, until_week: int, sessions: int | None, age_y: float | None, born: date | None
) -> None:
    protocol.require_indication(indication)
    if not 1 <= until_week <= MOST_WEEKS:
        raise InputError(f"until_week: {until_week} is not between 1 and {MOST_WEEKS}")
    if sessions is not None and sessions < 1:
        raise InputError(f"sessions: {sessions} is below 1")
    if age_y is not None and born is not None:
        raise InputError("age_y and born are both given; give the date of birth alone")
    plausible("age_y", age_y)
    if born is not None:
        plausible_day(born, "born")


def _course(
    protocol: Protocol,
    indication: str,
    start: date,
    answers: tuple[SessionAnswer, ...],
    chosen: tuple[ChosenInterval, ...],
) -> _Course:
    least = min(phase.min_interval_d for phase in protocol.phases_for(indication))
    for choice in chosen:
        plausible_day(choice.chosen_on, "chosen_on")
        if choice.interval_d < least:
            raise InputError(f"interval_d: {choice.interval_d} is below the least interval of {least} days")
        if choice.interval_d > MOST_WEEKS * DAYS_PER_WEEK:
            raise InputError(f"interval_d: {choice.interval_d} is above {MOST_WEEKS * DAYS_PER_WEEK} days")
    given = [answer.on for answer in answers if answer.outcome is Outcome.GIVEN]
    ordered = tuple(sorted(chosen, key=lambda choice: choice.chosen_on))
    plausible_day(start, "start")
    days = [answer.on for answer in answers if not given or answer.on >= given[0]]
    return _Course(protocol, indication, start, days, given, ordered)


def _next(course: _Course) -> tuple[date, Phase] | None:
    """Day and phase of the next treatment session; None where the plan has ended."""
    if not course.days:
        phase = course.phase(course.start)
        return None if phase is None else (course.start, phase)
    before = course.phase(course.days[-1])
    if before is None:
        return None
    day = _by_rhythm(course, before)
    choice = _choice_for(course, day)
    if choice is not None:
        day = course.days[-1] + timedelta(days=choice.interval_d)
    phase = course.phase(day)
    if phase is None:
        return None
    day = max(day, _floor(course, phase, choice))
    while choice is None and not _room_in_week(course, phase, day):
        day = course.first + timedelta(days=DAYS_PER_WEEK * course.week(day))
    phase = course.phase(day)  # a full week may have pushed the day into the next phase
    return None if phase is None else (max(day, _floor(course, phase, choice)), phase)


def _by_rhythm(course: _Course, phase: Phase) -> date:
    """The weekday pattern goes on: a week after the day n back; else the usual interval after the last."""
    last = course.days[-1]
    n = _per_week(phase)
    if n > 1:
        back = course.days[-n] + timedelta(days=DAYS_PER_WEEK) if len(course.days) >= n else None
        if back is not None and phase.interval_d[0] <= (back - last).days <= phase.interval_d[-1]:
            return back
        return last + timedelta(days=phase.interval_d[0])
    return last + timedelta(days=phase.usual_interval_d)


def _choice_for(course: _Course, day: date) -> ChosenInterval | None:
    """The last choice made before the gap would have ended."""
    return next((choice for choice in reversed(course.chosen) if choice.chosen_on <= day), None)


def _floor(course: _Course, phase: Phase, choice: ChosenInterval | None) -> date:
    """Never before the phase begins, never closer to the last dose than its least interval."""
    floors = [course.days[-1] + timedelta(days=1)]
    if (begins := course.first_day(phase)) is not None:
        floors.append(begins)
    if course.given:
        least = phase.min_interval_d
        if choice is not None:  # a return to an earlier frequency takes that phase's least interval
            least = min(p.min_interval_d for p in course.protocol.phases_for(course.indication))
        floors.append(course.given[-1] + timedelta(days=least))
    return max(floors)


def _room_in_week(course: _Course, phase: Phase, day: date) -> bool:
    """No week of the course holds more treatment sessions than the phase allows; missed ones keep their place."""
    if not course.given:
        return True
    week = course.week(day)
    return sum(course.week(other) == week for other in course.days) < _per_week(phase)


def _per_week(phase: Phase) -> int:
    return max(1, int(phase.sessions_per_week))


def _planned(
    course: _Course, day: date, phase: Phase, jurisdiction: str, age_y: float | None, last_dose: float | None
) -> PlannedSession:
    rows = doses_for(
        course.protocol,
        phase=phase,
        day_1=not course.given,
        indication=course.indication,
        jurisdiction=jurisdiction,
        age_y=age_y,
    )
    note = None
    if age_decides(rows, age_y):
        rows, note = (), "the dose depends on the age, which is not recorded"
    elif not rows:
        note = "the protocol states no dose here; the prescriber names it"
    allowed = rows[0].amounts if rows else ()
    usual = last_dose if last_dose in allowed else next(iter(allowed), None)
    earliest, latest = _window(course, day, phase)
    return PlannedSession(
        number=len(course.given) + 1,
        phase=phase.key,
        phase_kind=phase.phase,
        week=course.week(day),
        on=day,
        earliest=earliest,
        latest=latest,
        usual_dose=usual,
        allowed_doses=allowed,
        unit=rows[0].unit if rows else None,
        dose_note=note,
        reviews_before=_reviews_before(course, day),
    )


def _window(course: _Course, day: date, phase: Phase) -> tuple[date, date]:
    """Early and late as the phase allows, inside the phase and not too close to the dose before."""
    latest = day + timedelta(days=phase.window_after_d)
    if not course.given:  # the first dose: weeks will count from whichever day it is given
        return day, latest
    if phase.last_week is not None:
        latest = min(latest, course.first + timedelta(days=DAYS_PER_WEEK * phase.last_week - 1))
    early = day - timedelta(days=phase.window_before_d)
    least = course.given[-1] + timedelta(days=phase.min_interval_d)
    floors = [early, course.days[-1] + timedelta(days=1), least]
    if (begins := course.first_day(phase)) is not None:
        floors.append(begins)
    return min(day, max(floors)), latest


def _reviews_before(course: _Course, day: date) -> tuple[str, ...]:
    """Reviews that fall due between the dose before and this day."""
    if not course.given:
        return ()
    week_before, week = course.week(course.given[-1]), course.week(day)
    due = []
    for review in course.protocol.reviews:
        after_this_one = review.after_sessions == len(course.given)
        if after_this_one or _week_end_between(review.after_weeks, review.repeat_weeks, week_before, week):
            due.append(review.key)
    return tuple(due)


def _week_end_between(first: int | None, repeat: int | None, week_before: int, week: int) -> bool:
    """Does the end of week `first`, or of one every `repeat` weeks later, lie between the two weeks?"""
    if first is None or week <= first:
        return False
    ends = range(first, week, repeat) if repeat else (first,)
    return any(week_before <= end < week for end in ends)
