"""The only writer of check-ins: agreeing, asking, sending, answering, following up."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass

from django.db import transaction
from django.db.models import F

from holdfast.clinic.accounts.models import Actor, person
from holdfast.clinic.accounts.permissions import require
from holdfast.clinic.assessments.actions import record_assessment
from holdfast.clinic.assessments.models import Assessment
from holdfast.clinic.audit import actions as audit
from holdfast.clinic.checkins.addresses import checked_address
from holdfast.clinic.checkins.models import (
    Agreement,
    Channel,
    CheckIn,
    CheckInAnswer,
    CheckInEvent,
    CheckInLink,
    CheckInRating,
    Kind,
    RequestCount,
)
from holdfast.clinic.checkins.progress import Progress, progress_of
from holdfast.clinic.checkins.retries import may_try
from holdfast.clinic.checkins.standing import CLOSED, message_wanted, newest_agreement, reminds, unfollowed_misses
from holdfast.clinic.checkins.tokens import digest_of, new_token
from holdfast.clinic.courses.models import Course, TimeBasis
from holdfast.clinic.courses.phases import ENDED, Phase
from holdfast.clinic.plain_text import plain_text, required_text
from holdfast.clinic.possible import require_possible_day
from holdfast.errors import InputError
from holdfast.protocols.check_ins import asked_until, checked_schedule, reminder_due
from holdfast.safety.check_in_questions import CheckInInstrument, in_order

REQUESTS_KEPT = dt.timedelta(days=1)


@dataclass(frozen=True)
class Handed:
    """One message to send: where to, and the token of its link, which nobody keeps."""

    check_in: CheckIn
    attempt: int
    channel: str
    address: str
    token: str
    reminder: bool = False  # is it the second message?


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
    course = _locked_course(course)
    _takes_check_ins(course)
    if not agreed:
        raise InputError("agreed: a schedule is agreed with the patient; talk it over first")
    asked = in_order(instruments)
    if not asked or set(asked) != set(instruments):
        raise InputError("instruments: choose at least one of those listed")
    if channel not in Channel.values:
        raise InputError(f"channel {channel!r} is not known; write one of {', '.join(Channel.values)}")
    require_possible_day("starts_on", starts_on, now, ahead=True)
    require_possible_day("ends_on", ends_on, now, ahead=True)
    agreement = Agreement(
        course=course,
        version=_next_version(course),
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
    course = _locked_course(course)
    newest = newest_agreement(course)
    if newest is None:
        raise InputError("no check-ins are agreed for this course; agree a schedule first")
    if newest.active:
        why = required_text("why", why, "say why the check-ins are paused")
    else:
        _takes_check_ins(course)
        why = plain_text("why", why)
    _ask_due(actor, course, now)
    copied = {
        name: getattr(newest, name)
        for name in (
            "instruments", "every_d", "at_local", "zone", "open_h", "remind_after_h", "starts_on", "ends_on", "channel",
            "address", "plan",
        )
    }  # fmt: skip
    state = Agreement.State.PAUSED if newest.active else Agreement.State.ACTIVE
    newer = Agreement(
        course=course, version=newest.version + 1, state=state, why=why, by=person(actor), at=now, **copied
    )
    newer.save()
    audit.record(actor, "check_in.pause", newer, at=now, details={"version": newer.version, "state": state.value})
    return newer


@transaction.atomic
def ask_check_ins(*, actor: Actor, course: Course, now: dt.datetime) -> tuple[int, int]:
    """Put down every check-in whose time has come, and those that nobody answered as missed: how many of each.

    So is that one which was sent and not answered is to be asked for once more, where that was agreed.
    """
    require(actor, "check_in.send", course)
    course = _locked_course(course)
    asked, missed = _ask_due(actor, course, now), _miss_closed(course, now)
    _remind_due(actor, course, now)
    for check_in in missed:
        audit.record(actor, "check_in.miss", check_in, at=now)
    return len(asked), len(missed)


@transaction.atomic
def begin_sending(*, actor: Actor, check_in: CheckIn, now: dt.datetime) -> Handed | None:
    """Take the next attempt to send and make its link; None where none is due. Two senders never take the same.

    After a pause or the end of the course nothing more goes out, of what was asked before either.
    """
    require(actor, "check_in.send", check_in)
    row = _locked(check_in)
    events = list(row.events.order_by("pk"))
    agreement = newest_agreement(row.course)
    if agreement is None or not agreement.active or Phase(row.course.phase) in ENDED:
        return None
    message = message_wanted(events)
    if message is None or not row.is_open(now) or not may_try(message.attempts, now):
        return None
    if message.reminder and not _may_remind(row, agreement):
        return None
    attempt, token = message.next_attempt, new_token()
    _event(row, Kind.SENDING, now, attempt=attempt)
    CheckInLink(check_in=row, attempt=attempt, digest=digest_of(token), made_at=now, expires_at=row.closes_at).save()
    audit.record(actor, "check_in.make_link", row, at=now, details={"number": attempt})
    return Handed(row, attempt, agreement.channel, agreement.address, token, reminder=message.reminder)


@transaction.atomic
def end_sending(
    *,
    actor: Actor,
    check_in: CheckIn,
    attempt: int,
    now: dt.datetime,
    failed: str = "",
    permanent: bool = False,
    delivered: bool = False,
) -> None:
    """What became of an attempt: sent, also delivered where the way confirms it, or failed with a word of why."""
    require(actor, "check_in.send", check_in)
    row = _locked(check_in)
    if failed:
        _event(row, Kind.FAILED, now, attempt=attempt, reason=failed, permanent=permanent)
    else:
        _event(row, Kind.SENT, now, attempt=attempt)
    if delivered:
        _event(row, Kind.DELIVERED, now, attempt=attempt)
    audit.record(actor, "check_in.send", row, at=now, details={"number": attempt, "failed": failed or None})


@transaction.atomic
def revoke_link(*, actor: Actor, check_in: CheckIn, now: dt.datetime) -> None:
    """No link of this check-in opens any more, and none is sent. What was answered stays."""
    require(actor, "check_in.revoke", check_in)
    row = _locked(check_in)
    if {e.kind for e in row.events.all()} & {*CLOSED}:
        raise InputError("this check-in is over; its link opens no question any more")
    _event(row, Kind.REVOKED, now, by=actor)
    audit.record(actor, "check_in.revoke", row, at=now)


@transaction.atomic
def follow_up(*, actor: Actor, course: Course, note: str, now: dt.datetime) -> int:
    """Somebody looked after the check-ins that were missed or could not be sent; says how many that settles."""
    require(actor, "check_in.follow_up", course)
    course = _locked_course(course)
    note = required_text("note", note, "say what was done, for example: reached by telephone")
    waiting = unfollowed_misses(course)
    if not waiting:
        raise InputError("no check-in waits to be followed up; somebody may have done it in the meantime")
    for check_in in waiting:
        _event(check_in, Kind.FOLLOWED_UP, now, by=actor, note=note)
        audit.record(actor, "check_in.follow_up", check_in, at=now)
    return len(waiting)


@transaction.atomic
def open_check_in(*, actor: Actor, check_in: CheckIn, now: dt.datetime) -> None:
    """The link was opened, by the patient or by a mail filter that looks at links."""
    require(actor, "check_in.answer", check_in)
    if not check_in.events.filter(kind=Kind.OPENED).exists():
        _event(_locked(check_in), Kind.OPENED, now)
        audit.record(actor, "check_in.open", check_in, at=now)


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
    row = _locked(check_in)
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
    CheckInAnswer(check_in=row, instrument=instrument, question=question, value=value, at=now).save()
    audit.record(actor, "check_in.answer", row, at=now, details={"instrument": instrument, "question": question})
    return _after_answer(actor, row, asked, now)


@transaction.atomic
def read_crisis_text(*, actor: Actor, check_in: CheckIn, now: dt.datetime) -> None:
    """The patient saw the crisis text and went on."""
    require(actor, "check_in.answer", check_in)
    row = _locked(check_in)
    kinds = {event.kind for event in row.events.all()}
    if Kind.CRISIS_SHOWN in kinds and Kind.CRISIS_READ not in kinds:
        _event(row, Kind.CRISIS_READ, now)
        audit.record(actor, "check_in.read_crisis_text", row, at=now)


@transaction.atomic
def count_request(*, key: str, window: dt.datetime, now: dt.datetime) -> int:
    """Count one request of a key in its window of time; how many there were."""
    row, is_new = RequestCount.objects.get_or_create(key=key, window=window, defaults={"count": 1})
    if is_new:
        RequestCount.objects.filter(window__lt=now - REQUESTS_KEPT).delete()
        return 1
    RequestCount.objects.filter(pk=row.pk).update(count=F("count") + 1)
    row.refresh_from_db(fields=["count"])  # not the count read before: others may have counted since
    return row.count


def _locked_course(course: Course) -> Course:
    """The course as it stands, locked: versions are counted one after the other, and no check-in is asked twice."""
    rows = Course.objects.select_for_update(of=("self",), no_key=True).select_related("patient__programme")
    return rows.get(pk=course.pk)


def _takes_check_ins(course: Course) -> None:
    if course.time_basis != TimeBasis.CALENDAR:
        raise InputError("this course counts study days; check-ins need a calendar")
    if Phase(course.phase) in ENDED:
        raise InputError("this course has ended; check-ins belong to a course that goes on")


def _next_version(course: Course) -> int:
    newest = newest_agreement(course)
    return newest.version + 1 if newest else 1


def _locked(check_in: CheckIn) -> CheckIn:
    """The row, locked, so that two requests for one check-in come one after the other."""
    rows = CheckIn.objects.select_for_update(of=("self",), no_key=True).select_related(
        "agreement", "course__patient__programme"
    )
    return rows.get(pk=check_in.pk)


def _event(
    check_in: CheckIn,
    kind: Kind,
    now: dt.datetime,
    *,
    attempt: int = 0,
    reason: str = "",
    permanent: bool = False,
    note: str = "",
    by: Actor | None = None,
) -> None:
    CheckInEvent(
        check_in=check_in, kind=kind, attempt=attempt, reason=reason, permanent=permanent, note=note, at=now,
        by=person(by) if by else None,
    ).save()  # fmt: skip


def _ask_due(actor: Actor, course: Course, now: dt.datetime) -> list[CheckIn]:
    """Check-ins that opened since the agreement and are not put down yet, those long past too: none is a gap."""
    agreement = newest_agreement(course)
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
        _event(check_in, Kind.SCHEDULED, now)
        audit.record(actor, "check_in.ask", check_in, at=now)
        made.append(check_in)
    return made


def _remind_due(actor: Actor, course: Course, now: dt.datetime) -> None:
    """Note of each open check-in that its second message is due; once."""
    agreement = newest_agreement(course)
    if agreement is None or not agreement.active or not _may_remind(course, agreement):
        return
    waiting = course.check_ins.filter(opens_at__lte=now, closes_at__gt=now, events__kind=Kind.SENT)
    for check_in in waiting.exclude(events__kind__in=(*CLOSED, Kind.REMINDER)).order_by("pk"):
        sent_at = check_in.events.get(kind=Kind.SENT).at
        after_h = agreement.remind_after_h
        if reminder_due(now, sent_at=sent_at, closes_at=check_in.closes_at, remind_after_h=after_h):
            _event(check_in, Kind.REMINDER, now)
            audit.record(actor, "check_in.remind", check_in, at=now)


def _may_remind(row: Course | CheckIn, agreement: Agreement) -> bool:
    """Is a second message agreed, and has the programme not switched them off?"""
    return agreement.remind_after_h is not None and reminds(row.programme)


def _miss_closed(course: Course, now: dt.datetime) -> list[CheckIn]:
    late = course.check_ins.filter(closes_at__lte=now).exclude(events__kind__in=CLOSED).order_by("pk")
    missed = list(late.select_related("course__patient__programme"))
    for check_in in missed:
        reason = "partly-answered" if check_in.answers.exists() else ""
        _event(check_in, Kind.MISSED, now, reason=reason)
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
            CheckInRating(check_in=row, scale=asked.scale, assessment=recorded.assessment, at=now).save()
        if recorded.scored.crisis is not None:
            _event(row, Kind.CRISIS_SHOWN, now)
    if progress.next is None and Kind.ANSWERED not in progress.events:
        _event(row, Kind.ANSWERED, now)
    return progress_of(row)
