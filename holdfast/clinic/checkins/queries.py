"""Check-ins as values: what waits in a course, the ledger staff read, and what a patient sees of their own."""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from django.db.models import Count, F, Max, Q

from holdfast.clinic.accounts.models import Actor
from holdfast.clinic.accounts.permissions import require
from holdfast.clinic.assessments.models import Assessment
from holdfast.clinic.assessments.queries import Rated, ratings_by_course
from holdfast.clinic.checkins.models import Agreement, CheckIn, CheckInAnswer, CheckInEvent, CheckInLink, Kind
from holdfast.clinic.checkins.progress import newest_answers
from holdfast.clinic.checkins.standing import CLOSED
from holdfast.clinic.courses.due import Due
from holdfast.clinic.courses.models import Course
from holdfast.clinic.courses.phases import ENDED, Phase
from holdfast.clinic.messaging.queries import link_among
from holdfast.clinic.messaging.retries import given_up
from holdfast.clinic.messaging.standing import attempts_of
from holdfast.clinic.treatment_sessions.queries import SessionView, sessions_by_course, without_dose
from holdfast.facts import RuleSet
from holdfast.protocols.check_ins import asked_until, next_asked
from holdfast.safety.check_in_questions import ASKED_SCALES, MOOD_TAP, OWN_URINARY, instruments, urinary_finding

MISSED_TASK, UNSENT_TASK, SILENT_TASK = "check_in:missed", "check_in:unsent", "check_in:silent"
BLADDER_TASK = "check:bladder"  # leads to the form of that safety check
LEDGER_SHOWN = 60
# A sender that runs every minute has put a check-in down long before.
SENDER_LATE = dt.timedelta(hours=1)


@dataclass
class CheckInsOf:
    """What the lists need of one course: its newest agreement, its last days by what happened, its last answers."""

    agreement: Agreement | None = None
    last_on: dt.date | None = None
    missed_on: list[dt.date] = field(default_factory=list)  # with nobody having looked after it, earliest first
    unsent_on: dt.date | None = None
    urinary: dict[str, int] = field(default_factory=dict)
    urinary_on: dt.date | None = None


@dataclass(frozen=True)
class LedgerRow:
    """One check-in with everything that happened to it, in order."""

    check_in: CheckIn
    events: tuple[CheckInEvent, ...]
    answers: tuple[tuple[str, tuple[tuple[str, str], ...]], ...]  # of our own questions: instrument, then in words
    ratings: tuple[Assessment, ...]
    revocable: bool

    @property
    def state(self) -> str:
        """The last thing that counts, in a word."""
        kinds = [event.kind for event in self.events]
        order = (Kind.ANSWERED, Kind.REVOKED, Kind.MISSED, Kind.OPENED, Kind.DELIVERED, Kind.SENT, Kind.FAILED)
        return next((kind.label for kind in order if kind in kinds), Kind.SCHEDULED.label)


@dataclass(frozen=True)
class OwnCourse:
    """What a patient may see of their own course: their ratings of one scale and when they were treated, no dose."""

    course: Course
    ratings: tuple[Rated, ...]
    baselines: dict[str, float]
    sessions: tuple[SessionView, ...]
    moods: tuple[tuple[dt.date, str], ...]
    plan: str
    next_on: dt.date | None


def check_ins_by_course(course_ids: Sequence[int]) -> dict[int, CheckInsOf]:
    """What waits in each course, by a number of queries that does not grow; the caller has asked for permission."""
    found: dict[int, CheckInsOf] = defaultdict(CheckInsOf)
    for agreement in Agreement.objects.filter(course__in=course_ids).order_by("version"):
        found[agreement.course_id].agreement = agreement
    if not found:
        return {}
    ids = list(found)
    for pk, last_on in CheckIn.objects.filter(course__in=ids).values_list("course").annotate(Max("on")):
        found[pk].last_on = last_on
    _add_waiting(found, ids)
    rows = CheckInAnswer.objects.filter(check_in__course__in=ids, instrument=OWN_URINARY).order_by("check_in__on", "pk")
    for pk, on, question, value in rows.values_list("check_in__course", "check_in__on", "question", "value"):
        if found[pk].urinary_on != on:
            found[pk].urinary, found[pk].urinary_on = {}, on
        found[pk].urinary[question] = value
    return dict(found)


def _add_waiting(found: dict[int, CheckInsOf], ids: Sequence[int]) -> None:
    """Missed check-ins nobody looked after, and the last one that could not be sent. An answer settles those before.

    What could not be sent is settled too by looking after it, by revoking its link, and by a message that goes out.
    """
    wanted = (Kind.MISSED, Kind.ANSWERED, Kind.FOLLOWED_UP)
    rows = CheckInEvent.objects.filter(check_in__course__in=ids, kind__in=wanted).order_by("check_in__on", "pk")
    for pk, on, kind in rows.values_list("check_in__course", "check_in__on", "kind"):
        waiting = found[pk].missed_on
        if kind == Kind.MISSED:
            waiting.append(on)
        elif kind == Kind.ANSWERED:
            waiting.clear()
        elif on in waiting:
            waiting.remove(on)
    settled = (Kind.SENT, Kind.ANSWERED, Kind.REVOKED, Kind.FOLLOWED_UP)
    failed = CheckInEvent.objects.filter(check_in__course__in=ids, kind__in=(Kind.FAILED, *settled))
    for pk, on, kind in failed.order_by("check_in__on", "pk").values_list("check_in__course", "check_in__on", "kind"):
        found[pk].unsent_on = on if kind == Kind.FAILED else None


def check_ins_due(
    course: Course, own: CheckInsOf | None, *, now: dt.datetime, rules: RuleSet, bladder_checked_on: dt.date | None
) -> tuple[Due, ...]:
    """What the check-ins of a course ask of the staff today."""
    if own is None or own.agreement is None or Phase(course.phase) in ENDED:
        return ()
    found = []
    if own.missed_on:
        count = len(own.missed_on)
        text = "Check-in missed" if count == 1 else f"{count} check-ins missed in a row"
        found.append(Due(MISSED_TASK, text, own.missed_on[0], overdue=True))
    if own.unsent_on is not None and own.unsent_on not in own.missed_on:
        found.append(Due(UNSENT_TASK, "Check-in message not sent; see its ledger", own.unsent_on, overdue=True))
    silent_on = _silent_since(own, now)
    if silent_on is not None:
        found.append(Due(SILENT_TASK, "Check-ins do not go out; the sender is not running", silent_on, overdue=True))
    return (*found, *_bladder(own, rules, bladder_checked_on))


def _silent_since(own: CheckInsOf, now: dt.datetime) -> dt.date | None:
    """The first day whose check-in should have been put down and was not: nothing sends them."""
    agreement = own.agreement
    if agreement is None or not agreement.active:
        return None
    for asked in asked_until(agreement.schedule, now - SENDER_LATE, after=own.last_on):
        if asked.opens_at >= agreement.at:
            return asked.day
    return None


def silence_begins(own: CheckInsOf | None, now: dt.datetime) -> dt.datetime | None:
    """When it will be told that nothing sends the next check-in, unless something does; None where none is agreed."""
    if own is None or own.agreement is None or not own.agreement.active:
        return None
    asked = next_asked(own.agreement.schedule, now - SENDER_LATE)
    return asked.opens_at + SENDER_LATE if asked else None


def _bladder(own: CheckInsOf, rules: RuleSet, checked_on: dt.date | None) -> tuple[Due, ...]:
    """Answers to the urinary questions that somebody has to look at, until a bladder check is recorded."""
    if own.urinary_on is None or not any(own.urinary.values()):
        return ()
    if checked_on is not None and checked_on >= own.urinary_on:
        return ()
    against = urinary_finding(own.urinary, rules).against
    text = against[0].text if against else "Bladder answers of a check-in to be looked at"
    return (Due(BLADDER_TASK, text, own.urinary_on, overdue=bool(against)),)


def ledger(*, actor: Actor, course: Course, now: dt.datetime) -> list[LedgerRow]:
    """The check-ins of a course, newest first, each with its events and what was answered."""
    require(actor, "check_in.view", course)
    rows = course.check_ins.order_by("-on").select_related("agreement")
    related = rows.prefetch_related("events__by", "answers", "ratings__assessment")
    return [_ledger_row(row, now) for row in related[:LEDGER_SHOWN]]


def _ledger_row(row: CheckIn, now: dt.datetime) -> LedgerRow:
    events = tuple(sorted(row.events.all(), key=lambda event: event.pk))
    given = newest_answers(
        (a.instrument, a.question, a.value) for a in sorted(row.answers.all(), key=lambda answer: answer.pk)
    )
    kinds = {event.kind for event in events}
    return LedgerRow(
        check_in=row,
        events=events,
        answers=tuple(_in_words(name, values) for name, values in given.items() if name not in ASKED_SCALES),
        ratings=tuple(rating.assessment for rating in row.ratings.all()),
        revocable=row.is_open(now) and not kinds & {*CLOSED},
    )


def _in_words(name: str, values: dict[str, int]) -> tuple[str, tuple[tuple[str, str], ...]]:
    instrument = instruments()[name]
    said = [(q.text, dict(q.options).get(values[q.key], "")) for q in instrument.questions if q.key in values]
    return instrument.name, tuple(said)


def agreements(*, actor: Actor, course: Course) -> list[Agreement]:
    """Every version, newest first."""
    require(actor, "check_in.view", course)
    return list(course.check_in_agreements.select_related("by").order_by("-version"))


def gave_up(row: LedgerRow, now: dt.datetime) -> bool:
    """Was sending given up?"""
    kinds = {event.kind for event in row.events}
    return Kind.SENT not in kinds and given_up(attempts_of(row.events), now)


def link_of(token: str) -> CheckInLink | None:
    """The link whose token this is; None where there is none. Says nothing of whether it still opens."""
    links = CheckInLink.objects.select_related("check_in__agreement", "check_in__course__patient__programme")
    return link_among(links, token)


def waiting_to_be_sent(*, actor: Actor, now: dt.datetime) -> list[CheckIn]:
    """Open check-ins whose first message or reminder was not sent yet, earliest first.

    Whether an attempt is due is the writer's question.
    """
    require(actor, "check_in.send")
    rows = CheckIn.objects.filter(opens_at__lte=now, closes_at__gt=now).exclude(events__kind__in=CLOSED)
    sent, due = (Count("events", filter=Q(events__kind=kind)) for kind in (Kind.SENT, Kind.REMINDER))
    rows = rows.annotate(sent=sent, reminders=due).filter(sent__lte=F("reminders"))
    return list(rows.select_related("course__patient__programme").order_by("pk"))


def courses_to_ask(*, actor: Actor, now: dt.datetime) -> list[Course]:
    """Courses with an agreement, or with a check-in that closed and was neither answered nor missed."""
    require(actor, "check_in.send")
    late = CheckIn.objects.filter(closes_at__lte=now).exclude(events__kind__in=CLOSED).values("course")
    agreed = Course.objects.filter(check_in_agreements__isnull=False).values("pk")
    rows = Course.objects.select_related("patient__programme")
    return list(rows.filter(Q(pk__in=late) | Q(pk__in=agreed)).order_by("pk"))


def own_course(*, actor: Actor, check_in: CheckIn, now: dt.datetime) -> OwnCourse:
    """What the holder of the link sees once everything is answered. Only their own ratings; nothing is predicted."""
    require(actor, "check_in.answer", check_in)
    course = check_in.course
    rated = ratings_by_course([course.pk]).get(course.pk, [])
    own = tuple(r for r in rated if r.rater == Assessment.Rater.PATIENT and r.scale in ASKED_SCALES)
    newest = {r.chain: r.total for r in own}
    fixed = course.baselines.select_related("assessment")
    baselines = {
        row.scale: newest[row.assessment.chain] for row in fixed if newest.get(row.assessment.chain) is not None
    }
    sessions = sessions_by_course([course.pk]).get(course.pk, [])
    agreement = Agreement.newest(course)
    today = course.programme.day_of(now)
    return OwnCourse(
        course=course,
        ratings=own,
        baselines={scale: total for scale, total in baselines.items() if total is not None},
        sessions=tuple(without_dose(s) for s in sessions),
        moods=_moods(course),
        plan=agreement.plan if agreement else "",
        next_on=min(
            (s.planned_on for s in sessions if s.open and s.planned_on and s.planned_on >= today), default=None
        ),
    )


def _moods(course: Course) -> tuple[tuple[dt.date, str], ...]:
    """One-tap moods in words, newest first."""
    rows = CheckInAnswer.objects.filter(check_in__course=course, instrument=MOOD_TAP).order_by("-check_in__on", "-pk")
    words = dict(instruments()[MOOD_TAP].questions[0].options)
    days: dict[dt.date, str] = {}
    for on, value in rows.values_list("check_in__on", "value")[:LEDGER_SHOWN]:
        days.setdefault(on, words.get(value, ""))
    return tuple(days.items())


def next_check_in(agreement: Agreement | None, now: dt.datetime) -> dt.datetime | None:
    """When the next one opens; None where none will."""
    asked = next_asked(agreement.schedule, now) if agreement and agreement.active else None
    return asked.opens_at if asked else None


def scales_of(rated: Iterable[Rated]) -> list[str]:
    """Scales with a rating, in the order in which they are asked."""
    present = {r.scale for r in rated}
    return [scale for scale in ASKED_SCALES if scale in present]


def waits_for_follow_up(rows: Iterable[LedgerRow]) -> int:
    """How many missed check-ins nobody looked after, since the last one that was answered. `rows` are newest first."""
    waiting = 0
    for row in rows:
        kinds = {event.kind for event in row.events}
        if Kind.ANSWERED in kinds:
            break
        waiting += Kind.MISSED in kinds and Kind.FOLLOWED_UP not in kinds
    return waiting
