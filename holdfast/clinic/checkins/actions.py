"""The only writer of check-ins: agreeing, asking, sending, answering, following up."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence

from django.db import transaction

from holdfast.clinic.accounts.models import Actor, person
from holdfast.clinic.accounts.permissions import require
from holdfast.clinic.assessments.actions import record_assessment
from holdfast.clinic.assessments.models import Assessment
from holdfast.clinic.audit import actions as audit
from holdfast.clinic.checkins.models import Agreement, CheckIn, Kind
from holdfast.clinic.checkins.progress import Progress, progress_of
from holdfast.clinic.checkins.standing import CLOSED, message_wanted, reminds, unfollowed_misses
from holdfast.clinic.courses.models import Course
from holdfast.clinic.courses.phases import ENDED, Phase
from holdfast.clinic.messaging.actions import Handed
from holdfast.clinic.messaging.addresses import checked_address
from holdfast.clinic.messaging.retries import may_try
from holdfast.clinic.messaging.standing import require_takes_messages
from holdfast.clinic.messaging.tokens import digest_of, new_token
from holdfast.clinic.plain_text import plain_text, required_text
from holdfast.clinic.possible import require_possible_day
from holdfast.errors import InputError
from holdfast.protocols.check_ins import asked_until, checked_schedule, reminder_due
from holdfast.safety.check_in_questions import CheckInInstrument, in_order


@transaction.atomic
def agree_check_ins(
    *,
    actor: Actor,
    course: Course,
    now: dt.datetime,
    instruments: Sequence[str],
    every_d: int,
    at_local: dt.time,
    open_h: int,
    starts_on: dt.date,
    channel: str,
    address: str,
    agreed: bool,
    ends_on: dt.date | None = None,
    remind_after_h: int | None = None,
    plan: str = "",
) -> Agreement:
    """A schedule the patient agreed to; it takes the place of the one before. `plan` is what the patient reads.

    Raises `InputError` where nothing is asked, the schedule or the address cannot be, or the patient did not agree.
    """
    require(actor, "check_in.agree", course)
    course = course.locked()
    require_takes_messages(course, what="check-ins")
    if not agreed:
        raise InputError("agreed: a schedule is agreed with the patient; talk it over first")
    asked = in_order(instruments)
    if not asked or set(asked) != set(instruments):
        raise InputError("instruments: choose at least one of those listed")
    require_possible_day("starts_on", starts_on, now, ahead=True)
    require_possible_day("ends_on", ends_on, now, ahead=True)
    agreement = Agreement(
        course=course,
        version=Agreement.next_version(course),
        state=Agreement.State.ACTIVE,
        instruments=list(asked),
        every_d=every_d,
        at_local=at_local,
        zone=course.programme.time_zone,
        open_h=open_h,
        remind_after_h=remind_after_h,
        starts_on=starts_on,
        ends_on=ends_on,
        channel=channel,
        address=checked_address(channel, address),
        plan=plain_text("plan", plan),
        by=person(actor),
        at=now,
    )
    checked_schedule(agreement.schedule)
    _ask_due(actor, course, now)  # by the schedule that held until now
    agreement.save()
    audit.record(actor, "check_in.agree", agreement, at=now, details={"version": agreement.version})
    return agreement


@transaction.atomic
def pause_check_ins(*, actor: Actor, course: Course, now: dt.datetime, why: str = "") -> Agreement:
    """A newer version that sends nothing, with the reason; or, of one that is paused, one that sends again."""
    require(actor, "check_in.pause", course)
    course = course.locked()
    newest = Agreement.newest(course)
    if newest is None:
        raise InputError("no check-ins are agreed for this course; agree a schedule first")
    if newest.active:
        why = required_text("why", why, "say why the check-ins are paused")
    else:
        require_takes_messages(course, what="check-ins")
        why = plain_text("why", why)
    _ask_due(actor, course, now)
    state = Agreement.State.PAUSED if newest.active else Agreement.State.ACTIVE
    newer = newest.followed_by(course=course, state=state, why=why, by=person(actor), at=now)
    newer.save()
    audit.record(actor, "check_in.pause", newer, at=now, details={"version": newer.version, "state": state.value})
    return newer


@transaction.atomic
def ask_check_ins(*, actor: Actor, course: Course, now: dt.datetime) -> tuple[int, int]:
    """Put down every check-in whose time has come, and those that nobody answered as missed: how many of each.

    So is that one which was sent and not answered is to be asked for once more, where that was agreed.
    """
    require(actor, "check_in.send", course)
    course = course.locked()
    asked, missed = _ask_due(actor, course, now), _miss_closed(course, now)
    _remind_due(actor, course, now)
    for check_in in missed:
        audit.record(actor, "check_in.miss", check_in, at=now)
    return len(asked), len(missed)


@transaction.atomic
def begin_sending(*, actor: Actor, check_in: CheckIn, now: dt.datetime) -> Handed[CheckIn] | None:
    """Take the next attempt to send and make its link; None where none is due. Two senders never take the same.

    After a pause or the end of the course nothing more goes out, of what was asked before either.
    """
    require(actor, "check_in.send", check_in)
    row = check_in.locked()
    events = list(row.events.order_by("pk"))
    agreement = Agreement.newest(row.course)
    if agreement is None or not agreement.active or Phase(row.course.phase) in ENDED:
        return None
    message = message_wanted(events)
    if message is None or not row.is_open(now) or not may_try(message.attempts, now):
        return None
    if message.reminder and not _may_remind(row, agreement):
        return None
    attempt, token = message.next_attempt, new_token()
    row.events.create(kind=Kind.SENDING, attempt=attempt, at=now)
    row.links.create(attempt=attempt, digest=digest_of(token), made_at=now, expires_at=row.closes_at)
    audit.record(actor, "check_in.make_link", row, at=now, details={"number": attempt})
    return Handed(row, attempt, agreement.channel, agreement.address, token, second=message.reminder)


@transaction.atomic
def revoke_link(*, actor: Actor, check_in: CheckIn, now: dt.datetime) -> None:
    """No link of this check-in opens any more, and none is sent. What was answered stays."""
    require(actor, "check_in.revoke", check_in)
    row = check_in.locked()
    if {e.kind for e in row.events.all()} & {*CLOSED}:
        raise InputError("this check-in is over; its link opens no question any more")
    row.events.create(kind=Kind.REVOKED, by=person(actor), at=now)
    audit.record(actor, "check_in.revoke", row, at=now)


@transaction.atomic
def follow_up(*, actor: Actor, course: Course, note: str, now: dt.datetime) -> int:
    """Somebody looked after the check-ins that were missed or could not be sent; says how many that settles."""
    require(actor, "check_in.follow_up", course)
    course = course.locked()
    note = required_text("note", note, "say what was done, for example: reached by telephone")
    waiting = unfollowed_misses(course)
    if not waiting:
        raise InputError("no check-in waits to be followed up; somebody may have done it in the meantime")
    for check_in in waiting:
        check_in.events.create(kind=Kind.FOLLOWED_UP, note=note, by=person(actor), at=now)
        audit.record(actor, "check_in.follow_up", check_in, at=now)
    return len(waiting)


@transaction.atomic
def open_check_in(*, actor: Actor, check_in: CheckIn, now: dt.datetime) -> None:
    """The link was opened, by the patient or by a mail filter that looks at links."""
    require(actor, "check_in.answer", check_in)
    if not check_in.events.filter(kind=Kind.OPENED).exists():
        row = check_in.locked()
        if not row.events.filter(kind=Kind.OPENED).exists():
            row.events.create(kind=Kind.OPENED, at=now)
            audit.record(actor, "check_in.open", row, at=now)


@transaction.atomic
def answer_question(
    *, actor: Actor, check_in: CheckIn, instrument: str, question: str, value: int, now: dt.datetime
) -> Progress:
    """Store one answer; with the last one of a scale also its rating, and so its alert. How far it came is returned.

    The same answer sent twice counts once. A scale that became a rating is changed no more by its link: staff correct
    it. But an answer that speaks of suicide only now, after one that did not, is never passed over: it becomes a rating
    of its own, with its alert. Raises `InputError` on a question or an answer that was not asked.
    """
    require(actor, "check_in.answer", check_in)
    row = check_in.locked()
    progress = progress_of(row)
    asked = next((one for one in progress.asked if one.id == instrument), None)
    found = asked.question(question) if asked else None
    speaks_now = asked is not None and progress.would_speak_of_suicide(asked, question, value)
    over = {*CLOSED} - {Kind.ANSWERED} if speaks_now else {*CLOSED}
    if progress.events & over or not row.is_open(now):
        raise InputError("this check-in is closed; its answers are kept as they are")
    if asked is None or found is None or value not in dict(found.options):
        raise InputError("answer: choose one of the answers shown")
    given = progress.answers.get(instrument, {})
    if (progress.is_whole(asked) and not speaks_now) or given.get(question) == value:
        return progress
    if (asked, found) != progress.next and question not in given:
        raise InputError("answer: this question comes later; answer the one that is shown")
    row.answers.create(instrument=instrument, question=question, value=value, at=now)
    audit.record(actor, "check_in.answer", row, at=now, details={"instrument": instrument, "question": question})
    return _after_answer(actor, row, asked, now)


@transaction.atomic
def read_crisis_text(*, actor: Actor, check_in: CheckIn, now: dt.datetime) -> None:
    """The patient saw the crisis text and went on."""
    require(actor, "check_in.answer", check_in)
    row = check_in.locked()
    kinds = {event.kind for event in row.events.all()}
    if Kind.CRISIS_SHOWN in kinds and Kind.CRISIS_READ not in kinds:
        row.events.create(kind=Kind.CRISIS_READ, at=now)
        audit.record(actor, "check_in.read_crisis_text", row, at=now)


def _ask_due(actor: Actor, course: Course, now: dt.datetime) -> list[CheckIn]:
    """Check-ins that opened since the agreement and are not put down yet, those long past too: none is a gap."""
    agreement = Agreement.newest(course)
    if agreement is None or not agreement.active or Phase(course.phase) in ENDED:
        return []
    last_on = course.check_ins.order_by("-on").values_list("on", flat=True).first()
    made = []
    for asked in asked_until(agreement.schedule, now, after=last_on):
        if asked.opens_at < agreement.at:
            continue
        check_in = CheckIn(
            course=course, agreement=agreement, on=asked.day, opens_at=asked.opens_at, closes_at=asked.closes_at
        )
        check_in.save()
        check_in.events.create(kind=Kind.SCHEDULED, at=now)
        audit.record(actor, "check_in.ask", check_in, at=now)
        made.append(check_in)
    return made


def _remind_due(actor: Actor, course: Course, now: dt.datetime) -> None:
    """Note of each open check-in that its second message is due; once."""
    agreement = Agreement.newest(course)
    if agreement is None or not agreement.active or not _may_remind(course, agreement):
        return
    waiting = course.check_ins.filter(opens_at__lte=now, closes_at__gt=now, events__kind=Kind.SENT)
    for check_in in waiting.exclude(events__kind__in=(*CLOSED, Kind.REMINDER)).order_by("pk"):
        sent_at = check_in.events.get(kind=Kind.SENT).at
        after_h = agreement.remind_after_h
        if reminder_due(now, sent_at=sent_at, closes_at=check_in.closes_at, remind_after_h=after_h):
            check_in.events.create(kind=Kind.REMINDER, at=now)
            audit.record(actor, "check_in.remind", check_in, at=now)


def _may_remind(row: Course | CheckIn, agreement: Agreement) -> bool:
    """Is a second message agreed, and has the programme not switched them off?"""
    return agreement.remind_after_h is not None and reminds(row.programme)


def _miss_closed(course: Course, now: dt.datetime) -> list[CheckIn]:
    late = course.check_ins.filter(closes_at__lte=now).exclude(events__kind__in=CLOSED).order_by("pk")
    missed = list(late.select_related("course__patient__programme"))
    for check_in in missed:
        reason = "partly-answered" if check_in.answers.exists() else ""
        check_in.events.create(kind=Kind.MISSED, reason=reason, at=now)
    return missed


def _after_answer(actor: Actor, row: CheckIn, asked: CheckInInstrument, now: dt.datetime) -> Progress:
    """What an answer brings about: the rating of a scale that is whole, and the end of the check-in."""
    progress = progress_of(row)
    if asked.scale and progress.is_whole(asked):
        recorded = record_assessment(
            actor=actor, course=row.course, scale=asked.scale, answers=progress.scores(asked), rated_at=now, now=now,
            rater=Assessment.Rater.PATIENT, source=row.course.source,
        )  # fmt: skip
        if not row.ratings.filter(scale=asked.scale).exists():
            row.ratings.create(scale=asked.scale, assessment=recorded.assessment, at=now)
        if recorded.scored.crisis is not None:
            row.events.create(kind=Kind.CRISIS_SHOWN, at=now)
    if progress.next is None and Kind.ANSWERED not in progress.events:
        row.events.create(kind=Kind.ANSWERED, at=now)
    return progress_of(row)
