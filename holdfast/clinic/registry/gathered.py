"""The records of a programme as rows of the common data model: numbers and words of ours, no name, no date.

Who asks says by what pseudonym a course and a person go. One pass over each kind of record, whatever the number of
courses. The caller has asked for permission.
"""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from holdfast.clinic.assessments.queries import ratings_by_course
from holdfast.clinic.checkins.models import CheckIn, CheckInEvent, Kind
from holdfast.clinic.courses.evaluations import allows
from holdfast.clinic.courses.models import Course, CourseBaseline, Evaluation, PhaseChange, Source
from holdfast.clinic.courses.phases import ENDED, Phase, StopReason
from holdfast.clinic.programmes.models import Programme
from holdfast.clinic.programmes.queries import protocol_rules_of, signed_rules
from holdfast.clinic.registry.chair import RELAPSE as RELAPSE_WORD
from holdfast.clinic.registry.chair import chair_rows, entries_by_session, event_row
from holdfast.clinic.registry.due_ratings import Missed, due_rows, missed_by_check_in
from holdfast.clinic.registry.people import person_columns
from holdfast.clinic.safety.queries import NOT_DONE, Check, checks_asked, checks_by_course, events_by_course
from holdfast.clinic.treatment_sessions.models import TreatmentSession
from holdfast.registry.common_model import INDICATIONS, PHASES, TABLES
from holdfast.safety.due_checks import CHECKS

Rows = dict[str, list[dict[str, Any]]]
Pseudonym = Callable[[str, str], str]  # of what kind, of what identity
AT_ONCE = 200  # courses whose flow-sheets are in memory together
RELAPSE = "relapse"  # reason of an end that is the clinician's judgement of a relapse


@dataclass(frozen=True)
class CourseDays:
    """How days of one course are counted. `zero` is its first dose, else its referral: a date, or a day of a study."""

    course: Course
    key: str
    zero: dt.date | int
    to: dt.date | int  # last day it is followed: its end, or today

    watched_from: int = 0  # first day whose events would have been written down here; after `to`: none

    def day(self, when: dt.datetime | dt.date | int | None) -> int | None:
        """Days from day 0; None where it is not known, or counted in the other way."""
        if isinstance(when, dt.datetime):
            when = self.course.programme.day_of(when)
        if isinstance(when, dt.date) and isinstance(self.zero, dt.date):
            return (when - self.zero).days
        return when - self.zero if isinstance(when, int) and isinstance(self.zero, int) else None

    def year(self, day: int) -> int | None:
        """Calendar year of a day; None where time is study days."""
        return (self.zero + dt.timedelta(days=day)).year if isinstance(self.zero, dt.date) else None


def gathered(programme: Programme, courses: Sequence[Course], *, pseudonym: Pseudonym, now: dt.datetime) -> Rows:
    """Rows of these courses of a programme, as they stand at `now`. Controls and courses without a day 0 stay out."""
    rows: Rows = {name: [] for name in TABLES}
    given = _given(courses)
    every = [days for one in courses if (days := _days(one, given.get(one.pk, ()), pseudonym, now)) is not None]
    _add_courses(rows, every, given, pseudonym)
    _add_ratings(rows, every, given)
    _add_treatment(rows, every, given)
    _add_check_ins(rows, every)
    _add_safety(rows, every, programme.day_of(now))
    return rows


def days_passed(courses: Sequence[Course], *, pseudonym: Pseudonym, now: dt.datetime) -> dict[str, int]:
    """Days from day 0 to `now`, by pseudonym; courses that count days of a study have no calendar and are not in it."""
    given = _given(courses)
    found = [_days(one, given.get(one.pk, ()), pseudonym, now) for one in courses]
    return {one.key: day for one in found if one is not None and (day := one.day(now)) is not None}


def _given(courses: Iterable[Course]) -> dict[int, list[TreatmentSession]]:
    """Treatment sessions in which a dose was begun, in the order given."""
    found: dict[int, list[TreatmentSession]] = defaultdict(list)
    rows = TreatmentSession.objects.given().filter(course__in=[one.pk for one in courses])
    for row in rows.select_related("course"):
        found[row.course_id].append(row)
    for every in found.values():
        every.sort(key=lambda row: (row.dosed_at.timestamp() if row.dosed_at else row.dosed_on_day or 0, row.number))
    return found


def _days(
    course: Course, given: Sequence[TreatmentSession], pseudonym: Pseudonym, now: dt.datetime
) -> CourseDays | None:
    key = pseudonym("course", str(course.public_id))
    if not course.treats_an_illness:
        return None
    if course.time_basis == "study_day":
        days = [row.dosed_on_day for row in given if row.dosed_on_day is not None]
        last = max((d for d in course.assessments.values_list("study_day", flat=True) if d is not None), default=0)
        return CourseDays(course, key, days[0], max(*days, last)) if days else None
    programme, first = course.programme, given[0] if given else None
    zero = programme.day_of(first.dosed_at) if first and first.dosed_at else course.opened_on
    if zero is None:
        return None
    to = course.ended_on if course.phase in ENDED and course.ended_on else programme.day_of(now)
    doses = [programme.day_of(row.dosed_at) for row in given if row.dosed_at]  # an end may be dated back
    to = max([to, zero, *doses])
    return CourseDays(course, key, zero, to, _watched_from(course, zero, to) if first else 0)


def _watched_from(course: Course, zero: dt.date, to: dt.date) -> int:
    """Day 0, or the day a course was taken over that had begun elsewhere. What was imported is a whole data set."""
    kept = course.programme.day_of(course.created_at)
    return 0 if course.source == Source.IMPORT else min(max((kept - zero).days, 0), (to - zero).days + 1)


def _add_courses(
    rows: Rows, every: Sequence[CourseDays], given: Mapping[int, Sequence[Any]], pseudonym: Pseudonym
) -> None:
    ids = [one.course.pk for one in every]
    evaluations = {row.course_id: row for row in Evaluation.objects.filter(course__in=ids).order_by("pk")
                   .prefetch_related("overrides")}  # fmt: skip
    changes: dict[int, dict[str, Any]] = defaultdict(dict)
    for row in PhaseChange.objects.filter(course__in=ids).order_by("pk"):
        changes[row.course_id].setdefault(row.to_phase, row.on if row.on is not None else row.study_day)
        stopped = row.to_phase == Phase.STOPPED and row.stop_reason != StopReason.COMPLETED
        if row.from_phase == Phase.INDUCTION and not stopped:
            changes[row.course_id].setdefault("induction over", row.on if row.on is not None else row.study_day)
    for one in every:
        course, evaluation, to = one.course, evaluations.get(one.course.pk), one.day(one.to) or 0
        started, moved = bool(given.get(course.pk)), changes[course.pk]
        if {"induction over", Phase.MAINTENANCE} <= moved.keys():  # a change dated back begins no phase before its time
            moved[Phase.MAINTENANCE] = max(moved["induction over"], moved[Phase.MAINTENANCE])
        ended = one.day(course.ended_on) if course.phase in ENDED else None
        ended = max(ended, 0) if started and ended is not None else ended
        rows["courses"].append({
            "course": one.key, "person": pseudonym("person", str(course.patient.public_id)), "link": None,
            "site": course.programme.key, "drug": course.drug, "route": course.route, "protocol": course.protocol,
            "indication": course.indication if course.indication in INDICATIONS else "unknown",
            **person_columns(course, evaluation, one.zero), "year": one.year(0),
            "referred_day": _at_most(one.day(course.opened_on), 0),
            "evaluated_day": None if evaluation is None else one.day(evaluation.at),
            "eligible": "unknown" if evaluation is None else "yes" if allows(evaluation) else "no", "started": started,
            "induction_ended_day": _within(one.day(moved.get("induction over")), to) if started else None,
            "maintenance_day": _within(one.day(moved.get(Phase.MAINTENANCE)), to) if started else None,
            "ended_day": ended, "end_reason": None if ended is None else _end(course), "followed_to_day": to,
            "watched_from_day": one.watched_from or None,
        })  # fmt: skip
        if ended is not None and course.stop_reason == RELAPSE:
            rows["relapse_events"].append({"course": one.key, "day": ended, "event": "judged-relapse"})


def _end(course: Course) -> str:
    if course.phase == Phase.DECLINED:
        return "declined"
    return course.stop_reason or "completed"


def _at_most(day: int | None, most: int) -> int | None:
    return None if day is None else min(day, most)


def _within(day: int | None, to: int) -> int | None:
    """A phase that was written down for a day before the first dose begins with it."""
    return None if day is None else min(max(day, 0), to)


def _add_ratings(rows: Rows, every: Sequence[CourseDays], given: Mapping[int, Sequence[TreatmentSession]]) -> None:
    """The last rating of a scale on a day counts. What follows placebo in a crossover says nothing of the drug."""
    ids = [one.course.pk for one in every]
    missed = missed_by_check_in(ids)
    ratings = ratings_by_course(ids)
    fixed: dict[int, set[Any]] = defaultdict(set)
    for course, chain in CourseBaseline.objects.filter(course__in=ids).values_list("course", "assessment__chain"):
        fixed[course].add(chain)
    for one in every:
        by_day: dict[tuple[str, int], dict[str, Any]] = {}
        for rating in ratings.get(one.course.pk, ()):
            day = one.day(rating.at if rating.at is not None else rating.study_day)
            if day is None or day > (one.day(one.to) or 0) or rating.total is None or rating.leg == "placebo":
                continue
            row = {
                "course": one.key, "scale": rating.scale, "day": day, "total": rating.total,
                "rated_by": _RATED_BY.get(rating.rater, "unknown"), "baseline": rating.chain in fixed[one.course.pk],
            }  # fmt: skip
            if not by_day.get((rating.scale, day), {}).get("baseline"):
                by_day[rating.scale, day] = row
        obtained = _one_baseline(by_day.values())
        rows["ratings"] += [*obtained, *_not_obtained(one, obtained, missed, given)]


def _not_obtained(
    one: CourseDays, obtained: Sequence[dict[str, Any]], missed: Missed, given: Mapping[int, Sequence[TreatmentSession]]
) -> list[dict[str, Any]]:
    """What was due and nobody obtained; an imported data set says itself what was."""
    if one.course.source == Source.IMPORT:
        return []
    to = one.day(one.to) or 0
    asked = [(day, scale) for on, scale in missed.get(one.course.pk, ()) if (day := one.day(on)) is not None]
    doses = [
        day for row in given.get(one.course.pk, ()) if (day := one.day(row.dosed_at or row.dosed_on_day)) is not None
    ]
    return due_rows(
        one.key, obtained, by_check_in=[(day, scale) for day, scale in asked if day <= to],
        given=sorted({day for day in doses if day >= 0}), ended=to if one.course.phase in ENDED else None,
        since=one.watched_from,
    )  # fmt: skip


_RATED_BY = {"clinician": "clinician", "independent_rater": "clinician", "patient": "self"}


def _one_baseline(ratings: Iterable[dict[str, Any]]) -> list[dict[str, Any]]:
    """One a scale, on or before day 0; of several that were fixed, the last."""
    found = sorted(ratings, key=lambda row: (row["scale"], row["day"]))
    last = {row["scale"]: row["day"] for row in found if row["baseline"] and row["day"] <= 0}
    return [{**row, "baseline": row["baseline"] and last.get(row["scale"]) == row["day"]} for row in found]


def _add_treatment(rows: Rows, every: Sequence[CourseDays], given: Mapping[int, Sequence[TreatmentSession]]) -> None:
    """Treatment sessions, what happened in them, and exposure by calendar year."""
    phases: dict[int, list[tuple[Any, str]]] = defaultdict(list)
    for change in PhaseChange.objects.filter(course__in=[one.course.pk for one in every]).order_by("pk"):
        phases[change.course_id].append((change.on if change.on is not None else change.study_day, change.to_phase))
    sheets: dict[tuple[int, int], Any] = {}
    for place, one in enumerate(every):
        if place % AT_ONCE == 0:
            sheets = entries_by_session(some.course.pk for some in every[place : place + AT_ONCE])
        own = [(row, one.day(row.dosed_at or row.dosed_on_day)) for row in given.get(one.course.pk, ())]
        seen = [(row, day) for row, day in own if day is not None and day >= 0]
        for number, (row, day) in enumerate(seen, start=1):
            measured, events = chair_rows(row, sheets.get((row.course_id, row.number), ()), one.day)
            rows["treatment_sessions"].append({
                "course": one.key, "number": number, "day": day, "year": one.year(day),
                "phase": _phase(phases[one.course.pk], one, day), **measured,
            })  # fmt: skip
            rows["adverse_events"] += [
                {"course": one.key, "treatment_session": number, "year": one.year(event["day"]), **event}
                for event in events
            ]
        rows["exposure"] += _exposure(one, seen)
    _add_events_between(rows, every)
    _add_relapses(rows)
    _number_events(rows["adverse_events"])


def _add_events_between(rows: Rows, every: Sequence[CourseDays]) -> None:
    """Adverse events that came or were told outside a treatment session."""
    between = events_by_course([one.course.pk for one in every])
    for one in every:
        for event in between.get(one.course.pk, ()):
            if (day := one.day(event.onset_at)) is not None:
                rows["adverse_events"].append(
                    {"course": one.key, "treatment_session": None, "year": one.year(day), **event_row(event, day)}
                )


def _add_relapses(rows: Rows) -> None:
    """A stay in hospital for a psychiatric event and a suicide attempt are relapses of their day, each once."""
    found = {(event["course"], event["day"], event.pop(RELAPSE_WORD)) for event in rows["adverse_events"]}
    rows["relapse_events"] += [
        {"course": course, "day": day, "event": word}
        for course, day, word in sorted(one for one in found if one[2] is not None)
        if day >= 0
    ]


def _number_events(events: list[dict[str, Any]]) -> None:
    count: dict[str, int] = defaultdict(int)
    for event in sorted(events, key=lambda row: (row["course"], row["day"], row["treatment_session"] or 0)):
        count[event["course"]] += 1
        event["number"] = count[event["course"]]


def _phase(changes: Sequence[tuple[Any, str]], one: CourseDays, day: int) -> str | None:
    """The phase on a day: the last change up to it; before the first, that first one."""
    treated = [(one.day(at), phase) for at, phase in changes if phase in PHASES]
    before = [phase for at, phase in treated if at is not None and at <= day]
    return before[-1] if before else treated[0][1] if treated else None


def _exposure(one: CourseDays, seen: Sequence[tuple[TreatmentSession, int]]) -> list[dict[str, Any]]:
    """Under watch, by calendar year."""
    if not isinstance(one.zero, dt.date) or not seen:
        return []
    watched_on, followed_on = (one.zero + dt.timedelta(days=day) for day in (one.watched_from, one.day(one.to) or 0))
    found = []
    for year in range(watched_on.year, followed_on.year + 1) if watched_on <= followed_on else ():
        own = [row for row, day in seen if day >= one.watched_from and one.year(day) == year]
        known = [float(row.dose_mg) for row in own if row.dose_mg is not None]
        first_on, last_on = max(watched_on, dt.date(year, 1, 1)), min(followed_on, dt.date(year, 12, 31))
        found.append({
            "course": one.key, "year": year, "treatment_sessions": len(own), "dose_mg": sum(known),
            "doses_of_unknown_mg": len(own) - len(known), "days": (last_on - first_on).days + 1,
        })  # fmt: skip
    return found


def _add_check_ins(rows: Rows, every: Sequence[CourseDays]) -> None:
    by_course = {one.course.pk: one for one in every}
    kinds: dict[int, set[str]] = defaultdict(set)
    wanted = (Kind.ANSWERED, Kind.MISSED, Kind.REVOKED)
    events = CheckInEvent.objects.filter(check_in__course__in=by_course, kind__in=wanted)
    for check_in, kind in events.values_list("check_in", "kind"):
        kinds[check_in].add(kind)
    begun = set(CheckIn.objects.filter(course__in=by_course, answers__isnull=False).values_list("pk", flat=True))
    for pk, course, on in CheckIn.objects.filter(course__in=by_course).values_list("pk", "course", "on"):
        one = by_course[course]
        day, to = one.day(on), one.day(one.to) or 0
        state = _check_in_state(kinds[pk], answered_some=pk in begun)
        if day is not None and state is not None and (day <= to or state == "open"):
            rows["check_ins"].append({"course": one.key, "day": day, "state": state})


def _check_in_state(kinds: set[str], *, answered_some: bool) -> str | None:
    """None where its link was taken back before anybody answered: nobody was asked."""
    if Kind.ANSWERED in kinds:
        return "answered"
    if Kind.REVOKED in kinds and not answered_some:
        return None
    return "partly" if answered_some else "missed" if Kind.MISSED in kinds else "open"


def _add_safety(rows: Rows, every: Sequence[CourseDays], today: dt.date) -> None:
    done = checks_by_course([one.course.pk for one in every])
    since = {row.course_id: row.on for row in PhaseChange.objects.filter(
        course__in=[one.course.pk for one in every], to_phase=Phase.MAINTENANCE).order_by("-pk")}  # fmt: skip
    signed = signed_rules(every[0].course.programme) if every else frozenset()
    for one in every:
        course, own = one.course, done.get(one.course.pk, [])
        rules = protocol_rules_of(
            course.programme, protocol=course.protocol, indication=course.indication, signed=signed
        )
        asked = checks_asked(course, own, rules=rules, maintenance_since=since.get(course.pk), today=today)
        states = {check.check: check.state for check in asked}
        for key in CHECKS:
            of_key = [check for check in own if check.key == key and check.outcome != NOT_DONE]
            rows["checks_by_year"] += _by_year(one, key, of_key)
            if key in states or of_key:
                rows["safety_checks"].append({
                    "course": one.key, "safety_check": key, "state": states.get(key, "not-due"), "done": len(of_key),
                    "positive": sum(_found_something(check) for check in of_key),
                })  # fmt: skip


def _found_something(check: Check) -> bool:
    return check.outcome != "unremarkable"


def _by_year(one: CourseDays, key: str, done: Sequence[Check]) -> list[dict[str, Any]]:
    """Checks of one kind by the calendar year in which each was done; those of a study day have none."""
    years = sorted({check.done_on.year for check in done if check.done_on is not None})
    return [
        {"course": one.key, "safety_check": key, "year": year, "done": len(own),
         "positive": sum(_found_something(check) for check in own)}
        for year in years
        if (own := [check for check in done if check.done_on is not None and check.done_on.year == year])
    ]  # fmt: skip
