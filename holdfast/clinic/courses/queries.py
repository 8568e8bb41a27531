"""Courses as rows of the caseload, by a number of queries that does not grow with the number of patients."""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from uuid import UUID
from zoneinfo import ZoneInfo

from django.db.models import Q, QuerySet

from holdfast import days
from holdfast.clinic.accounts.models import Actor, CommandLine
from holdfast.clinic.accounts.permissions import may, require
from holdfast.clinic.assessments.queries import Rated, ratings_by_course
from holdfast.clinic.checkins.queries import CheckInsOf, check_ins_by_course, check_ins_due, silence_begins
from holdfast.clinic.consents.queries import ConsentOf, consent_due, consents_by_course
from holdfast.clinic.courses.alerts import open_alert
from holdfast.clinic.courses.due import SEEN_BY, Due, course_due
from holdfast.clinic.courses.kept_rows import FOREVER, KeptRows
from holdfast.clinic.courses.models import Course, CourseBaseline, Evaluation, PhaseChange
from holdfast.clinic.courses.phases import ENDED, TREATED, Phase
from holdfast.clinic.courses.slips import slipping_due
from holdfast.clinic.courses.standing import HEADLINE_ORDER, Standing, headline_scale, standing, standings
from holdfast.clinic.endings.queries import follow_ups_by_course
from holdfast.clinic.flow_sheets.left_open import SheetEnd, sheets_by_course, unsigned_due
from holdfast.clinic.forecasts.standing import chances_by_course, relapse_due
from holdfast.clinic.programmes.queries import protocol_rules_of, signed_by_programme
from holdfast.clinic.reminders.queries import reminders_due, unsent_by_course
from holdfast.clinic.rems_forms.standing import rems_due, rems_turns_late, sent_by_course
from holdfast.clinic.reviews.queries import ReviewHeld, points_of, reviews_by_course, reviews_due
from holdfast.clinic.safety.queries import Check, as_due, checks_asked, checks_by_course, last_done
from holdfast.clinic.treatment_sessions.queries import SessionView, sessions_by_course
from holdfast.facts import RuleSet
from holdfast.outcomes.relapse_risk import ChanceTold
from holdfast.protocols.protocol import protocol as protocol_named
from holdfast.protocols.reviews import ReviewPoint
from holdfast.safety.due_checks import DueCheck

BLADDER = "bladder"  # the safety check that answers to urinary questions lead to


@dataclass(frozen=True)
class CaseloadRow:
    """Who is where in the course. `standing` is None where the actor sees no scores, or there is none."""

    patient_id: UUID
    course_id: UUID
    label: str
    record_number: str
    programme_key: str
    programme_name: str
    programme_kind: str
    group: str
    protocol: str
    drug: str
    route: str
    phase: str
    time_basis: str
    week: int | None  # of the course, from 1 at the first dose; None before it and where time is study days
    sessions_given: int
    last_session: SessionView | None
    next_session: SessionView | None
    standing: Standing | None
    due: tuple[Due, ...]

    @property
    def overdue(self) -> bool:
        """Is anything overdue?"""
        return any(due.overdue for due in self.due)


@dataclass(frozen=True)
class KeptCourse:
    """A row of the lists for whoever may see everything; `searched` is what a search looks in."""

    row: CaseloadRow
    course_pk: int
    programme_pk: int
    searched: str
    good_from: dt.datetime
    good_until: dt.datetime

    @property
    def place(self) -> tuple[str, int]:
        """By label; of two with one label the older course first."""
        return self.row.label, self.course_pk


@dataclass(frozen=True)
class CourseValues:
    """What lists and pages compute from, fetched once for many courses."""

    ratings: dict[int, list[Rated]] = field(default_factory=dict)
    baselines: dict[int, dict[str, float]] = field(default_factory=dict)
    sessions: dict[int, list[SessionView]] = field(default_factory=dict)
    checks: dict[int, list[Check]] = field(default_factory=dict)
    reviews: dict[int, list[ReviewHeld]] = field(default_factory=dict)
    maintenance_since: dict[int, dt.date] = field(default_factory=dict)
    evaluated: frozenset[int] = frozenset()
    check_ins: dict[int, CheckInsOf] = field(default_factory=dict)
    reminders_unsent: dict[int, tuple[dt.date, dt.datetime]] = field(default_factory=dict)
    sheets: dict[int, list[SheetEnd]] = field(default_factory=dict)
    rems_sent: dict[int, dict[int, bool]] = field(default_factory=dict)
    relapse_chances: dict[int, list[ChanceTold]] = field(default_factory=dict)
    consents: dict[int, ConsentOf] = field(default_factory=dict)
    follow_ups: dict[int, Due] = field(default_factory=dict)
    rules: dict[tuple[int, str, str], RuleSet] = field(default_factory=dict)

    def rules_for(self, course: Course) -> RuleSet:
        """The care rules as they stand for this course."""
        return self.rules[_rules_key(course)]


def courses_visible_to(actor: Actor) -> QuerySet[Course]:
    """Courses of the actor's programmes and of patients read by broken glass, with what every row names."""
    if isinstance(actor, CommandLine) or not actor.also_reads:
        return courses_of_programmes(actor)
    mine = Q(patient__programme__in=actor.programme_ids()) | Q(patient__in=actor.also_reads)
    return Course.objects.select_related("patient__programme").filter(mine)


def sees_course(actor: Actor, course: Course) -> bool:
    """Is the course one of those? No query where the course came with its patient."""
    if isinstance(actor, CommandLine):
        return True
    return course.patient.programme_id in actor.programme_ids() or course.patient_id in actor.also_reads


def courses_of_programmes(actor: Actor) -> QuerySet[Course]:
    """Courses of the actor's own programmes, for lists."""
    found = Course.objects.select_related("patient__programme")
    return found if isinstance(actor, CommandLine) else found.filter(patient__programme__in=actor.programme_ids())


def caseload(
    *, actor: Actor, now: dt.datetime, search: str = "", phase: str = "", programme_key: str = ""
) -> list[CaseloadRow]:
    """The caseload, by label. `search` looks in label, record number and group.

    One query where nothing changed since the last look; a set of them for the courses that did."""
    require(actor, "caseload.view")
    word = search.strip().casefold()
    found = [
        kept.row for kept in courses_listed(actor, now)
        if (not word or word in kept.searched) and (not phase or kept.row.phase == phase)
        and (not programme_key or kept.row.programme_key == programme_key)
    ]  # fmt: skip
    scores, granted = may(actor, "assessment.view"), granted_to(actor)
    return (
        found
        if scores and len(granted) == len(SEEN_BY)
        else [_for(row, scores=scores, granted=granted) for row in found]
    )


def granted_to(actor: Actor, course: Course | None = None) -> frozenset[str]:
    """Which of `SEEN_BY` the actor has, in this course or by their role."""
    return frozenset(name for name in SEEN_BY if may(actor, name, course))


def courses_listed(actor: Actor, now: dt.datetime) -> list[KeptCourse]:
    """Every course of the actor's own programmes as it stands, by label; the caller has asked for permission."""
    mine = None if isinstance(actor, CommandLine) else actor.programme_ids()
    return [kept for kept in KEPT.rows(now) if mine is None or kept.programme_pk in mine]


def _kept(courses: Sequence[Course], now: dt.datetime) -> dict[int, KeptCourse]:
    values = values_of(courses, now)
    return {
        course.pk: KeptCourse(
            row=_row(course, values, now),
            course_pk=course.pk,
            programme_pk=course.patient.programme_id,
            searched="\n".join((course.patient.label, course.patient.record_number, course.patient.group)).casefold(),
            good_from=good[0],
            good_until=good[1],
        )
        for course, good in ((course, _good(course, values, now)) for course in courses)
    }


KEPT: KeptRows[KeptCourse] = KeptRows(_kept)


def _good(course: Course, values: CourseValues, now: dt.datetime) -> tuple[dt.datetime, dt.datetime]:
    """Between which moments the row stays as it is: today, until a check-in or a REMS form is late."""
    left_open = any(s.discharged_at for s in values.sheets.get(course.pk, ()))
    if course.time_basis != "calendar" or (Phase(course.phase) in ENDED and not left_open):
        return FOREVER
    zone = ZoneInfo(course.programme.time_zone)
    today = now.astimezone(zone).date()
    begin, end = (dt.datetime.combine(today + dt.timedelta(days=n), dt.time(), zone).astimezone(dt.UTC) for n in (0, 1))
    late = (
        silence_begins(values.check_ins.get(course.pk), now),
        rems_turns_late(
            values.sheets.get(course.pk, ()), values.rems_sent.get(course.pk, {}), now=now,
            rules=values.rules_for(course), zone=zone,
        ),
    )  # fmt: skip
    return begin, min(filter(None, (end, *late)))


def _for(row: CaseloadRow, *, scores: bool, granted: frozenset[str]) -> CaseloadRow:
    """The row for a reader who does not see scores, or not all that is due."""
    due = tuple(one for one in row.due if one.seen_with(granted))
    return replace(row, standing=row.standing if scores else None, due=due)


def values_of(courses: Sequence[Course], now: dt.datetime) -> CourseValues:
    """Ratings, baselines, treatment sessions and checks of these courses: one query each; consent as of `now`."""
    ids = [course.pk for course in courses]
    ratings = ratings_by_course(ids)
    return CourseValues(
        ratings=ratings,
        baselines=_baselines(ids, ratings),
        sessions=sessions_by_course(ids),
        checks=checks_by_course(ids),
        reviews=reviews_by_course(ids),
        maintenance_since=_maintenance_since(ids),
        evaluated=frozenset(Evaluation.objects.filter(course__in=ids).values_list("course", flat=True)),
        check_ins=check_ins_by_course(ids),
        reminders_unsent=unsent_by_course(ids),
        sheets=sheets_by_course(ids),
        rems_sent=sent_by_course(ids),
        relapse_chances=chances_by_course(courses),
        consents=consents_by_course(courses, now),
        follow_ups=follow_ups_by_course(ids),
        rules=_rules(courses),
    )


def _rules_key(course: Course) -> tuple[int, str, str]:
    return course.patient.programme_id, course.protocol, course.indication


def _rules(courses: Sequence[Course]) -> dict[tuple[int, str, str], RuleSet]:
    signed = signed_by_programme({course.patient.programme_id for course in courses})
    one_each = {_rules_key(course): course for course in courses}
    return {
        key: protocol_rules_of(
            course.programme,
            protocol=course.protocol,
            indication=course.indication,
            signed=signed.get(course.programme.pk, frozenset()),
        )
        for key, course in one_each.items()
    }


def _maintenance_since(ids: list[int]) -> dict[int, dt.date]:
    """The day each course last entered maintenance."""
    rows = PhaseChange.objects.filter(course__in=ids, to_phase=Phase.MAINTENANCE, on__isnull=False).order_by("pk")
    return {row.course_id: row.on for row in rows if row.on}


def _baselines(ids: list[int], ratings: dict[int, list[Rated]]) -> dict[int, dict[str, float]]:
    """Totals of the fixed baselines, each in its newest version; one whose rating was withdrawn is gone."""
    found: dict[int, dict[str, float]] = defaultdict(dict)
    for row in CourseBaseline.objects.filter(course__in=ids).select_related("assessment"):
        newest = {r.chain: r.total for r in ratings.get(row.course_id, ())}
        total = newest.get(row.assessment.chain)
        if total is not None:
            found[row.course_id][row.scale] = total
    return dict(found)


def _row(course: Course, values: CourseValues, now: dt.datetime) -> CaseloadRow:
    patient, programme = course.patient, course.patient.programme
    sessions = values.sessions.get(course.pk, [])
    given = [s for s in sessions if s.given]
    return CaseloadRow(
        patient_id=patient.public_id,
        course_id=course.public_id,
        label=patient.label,
        record_number=patient.record_number,
        programme_key=programme.key,
        programme_name=programme.name,
        programme_kind=programme.kind,
        group=patient.group,
        protocol=course.protocol,
        drug=course.drug,
        route=course.route,
        phase=course.phase,
        time_basis=course.time_basis,
        week=week_of(course, now),
        sessions_given=len(given),
        last_session=given[-1] if given else None,
        next_session=next((s for s in sessions if s.open), None),
        standing=headline(course, values),
        due=everything_due(course, values, now),
    )


def standings_of(*, actor: Actor, course: Course) -> tuple[Standing, ...]:
    """Where the course stands on each scale with a total, the headline scale first."""
    require(actor, "assessment.view", course)
    rated = ratings_by_course([course.pk])
    baselines = _baselines([course.pk], rated).get(course.pk, {})
    return standings(rated.get(course.pk, []), baselines, course.programme.choices, judged=course.treats_an_illness)


def headline(course: Course, values: CourseValues) -> Standing | None:
    """Where the course stands on its headline scale; None where nothing was rated."""
    ratings, baselines = values.ratings.get(course.pk, []), values.baselines.get(course.pk, {})
    scale_id = headline_scale(ratings, baselines)
    if scale_id is None:
        return None
    return standing(scale_id, ratings, baselines, course.programme.choices, judged=course.treats_an_illness)


def everything_due(course: Course, values: CourseValues, now: dt.datetime) -> tuple[Due, ...]:
    """Workflow, treatment sessions and safety checks due. Empty where time is study days: there is no today."""
    if course.time_basis != "calendar":
        return ()
    zone = ZoneInfo(course.programme.time_zone)
    today = now.astimezone(zone).date()
    sessions = values.sessions.get(course.pk, [])
    ratings = values.ratings.get(course.pk, [])
    alert = open_alert(ratings)
    workflow = course_due(
        phase=Phase(course.phase),
        today=today,
        planned_on=[s.planned_on for s in sessions if s.open and s.planned_on],
        sheets={s.planned_on: s.public_id for s in sessions if s.open and s.planned_on},
        last_dose_on=max((s.dosed_at.astimezone(zone).date() for s in sessions if s.dosed_at), default=None),
        last_rating_on=max(
            (r.at.astimezone(zone).date() for r in ratings if r.at and r.scale in HEADLINE_ORDER), default=None
        ),
        alert_on=alert.at.astimezone(zone).date() if alert and alert.at else None,
        alert_id=alert.public_id if alert else None,
        has_evaluation=course.pk in values.evaluated,
        has_baseline=bool(values.baselines.get(course.pk)),
    )
    reviews = reviews_due(reviews_of(course, values, today), today) if Phase(course.phase) in TREATED else ()
    checks = as_due(checks_of(course, values, now))
    consent = consent_due(course, values.consents.get(course.pk))
    looked_after = _looked_after(course, values, now)
    after = (values.follow_ups[course.pk],) if course.pk in values.follow_ups else ()
    found = (*workflow, *after, *consent, *reviews, *checks, *_messages(course, values, now), *looked_after)
    return tuple(sorted(found, key=lambda due: due.rank))


def _looked_after(course: Course, values: CourseValues, now: dt.datetime) -> tuple[Due, ...]:
    """Who is slipping, flow-sheets nobody signed, REMS forms nobody sent."""
    day_of, rules = course.programme.day_of, values.rules_for(course)
    sheets, zone = values.sheets.get(course.pk, ()), ZoneInfo(course.programme.time_zone)
    sent = values.rems_sent.get(course.pk, {})
    found = (
        *unsigned_due(sheets, today=day_of(now), day_of=day_of),
        *rems_due(sheets, sent, now=now, rules=rules, zone=zone),
    )
    if Phase(course.phase) not in TREATED:
        return found
    ratings, baselines = values.ratings.get(course.pk, ()), values.baselines.get(course.pk, {})
    slipping = slipping_due(ratings, baselines, started_on=course.started_on, rules=rules, day_of=day_of)
    return (*slipping, *relapse_due(values.relapse_chances.get(course.pk, ()), rules=rules), *found)


def _messages(course: Course, values: CourseValues, now: dt.datetime) -> tuple[Due, ...]:
    """What check-ins and reminders ask of the staff."""
    asked = check_ins_due(
        course,
        values.check_ins.get(course.pk),
        now=now,
        rules=values.rules_for(course),
        bladder_checked_on=last_done(values.checks.get(course.pk, ()), BLADDER),
    )
    return (*asked, *reminders_due(course, values.reminders_unsent.get(course.pk), now=now))


def reviews_of(course: Course, values: CourseValues, today: dt.date) -> tuple[ReviewPoint, ...]:
    """The reviews of the protocol whose time has come in this course."""
    zone = ZoneInfo(course.programme.time_zone)
    sessions = values.sessions.get(course.pk, [])
    dosed_on = [s.dosed_at.astimezone(zone).date() for s in sessions if s.dosed_at]
    return points_of(
        protocol_named(course.protocol), dosed_on=dosed_on, held=values.reviews.get(course.pk, ()), today=today
    )


def checks_of(course: Course, values: CourseValues, now: dt.datetime) -> tuple[DueCheck, ...]:
    """What the rules ask of the course today, due or not."""
    if course.time_basis != "calendar":
        return ()
    return checks_asked(
        course,
        values.checks.get(course.pk, []),
        rules=values.rules_for(course),
        maintenance_since=values.maintenance_since.get(course.pk),
        today=course.programme.day_of(now),
    )


def week_of(course: Course, now: dt.datetime) -> int | None:
    """Week of the course today, from 1; None before the first dose."""
    if course.started_on is None:
        return None
    today = course.programme.day_of(now)
    last = min(today, course.ended_on) if course.ended_on else today
    return days.week_of(max(last, course.started_on), course.started_on)
