"""The only writer of duty and alerts."""

from __future__ import annotations

import datetime as dt

from django.db import transaction

from holdfast.clinic.accounts.models import Actor, User
from holdfast.clinic.accounts.permissions import may, require
from holdfast.clinic.alerts.models import (
    UNTRIAGED,
    AlertMinutes,
    AlertTaken,
    AlertTold,
    CrisisAlert,
    DutyTurn,
    DutyTurnEnd,
)
from holdfast.clinic.alerts.standing import duty_setting, stands
from holdfast.clinic.assessments.models import Assessment
from holdfast.clinic.audit import actions as audit
from holdfast.clinic.duty_calls.actions import call_person
from holdfast.clinic.programmes.models import Programme
from holdfast.errors import InputError
from holdfast.facts.plausible import plausible_moment
from holdfast.safety.escalation import LEAST_MIN, MOST_MIN

MOST_PLACES = 99


@transaction.atomic
def add_duty_turn(
    *,
    actor: Actor,
    programme: Programme,
    person: User,
    place: int,
    now: dt.datetime,
    since: dt.datetime | None = None,
    until: dt.datetime | None = None,
) -> DutyTurn:
    """Put a person on the rota; `place` is the order of calling, times are the duty (none = always).

    The same person, place and times again is the turn that stands: a double click or a second tab adds none.
    Raises `InputError` for somebody who cannot take an alert here, a duty that ends before it begins, one in a year
    nobody meant, which no alert could be counted by, or a person who has those very times at another place.
    """
    require(actor, "alert.set_duty", programme)
    assert isinstance(actor, User)
    for what, moment in (("since", since), ("until", until)):
        if moment is not None:
            plausible_moment(moment, what)
    if not may(person, "alert.take", programme):
        raise InputError("person: cannot take an alert of this programme; choose a clinician who belongs to it")
    if not 1 <= place <= MOST_PLACES:
        raise InputError(f"place: give a number from 1, who is called first, to {MOST_PLACES}")
    if since is not None and until is not None and until <= since:
        raise InputError("until: lies before the begin of the duty; check both")
    if until is not None and until <= now:
        raise InputError("until: is over already; give a duty that lies ahead")
    standing = _turn_of_these_times(programme, person, since, until)
    if standing is not None and standing.place != place:
        raise InputError(
            f"place: {person} is on the rota for these times at place {standing.place}; take that turn off first"
        )
    if standing is not None:
        return standing
    turn = DutyTurn(programme=programme, person=person, place=place, since=since, until=until, by=actor, at=now)
    turn.save()
    audit.record(actor, "alert.set_duty", turn, at=now, details={"number": place})
    return turn


def _turn_of_these_times(
    programme: Programme, person: User, since: dt.datetime | None, until: dt.datetime | None
) -> DutyTurn | None:
    """The turn that counts of this person for these very times; who sets one meanwhile waits for the end of this."""
    Programme.objects.select_for_update(no_key=True).get(pk=programme.pk)
    turns = DutyTurn.objects.filter(programme=programme, person=person, ended__isnull=True).order_by("pk")
    return next((turn for turn in turns if (turn.since, turn.until) == (since, until)), None)


@transaction.atomic
def end_duty_turn(*, actor: Actor, turn: DutyTurn, now: dt.datetime) -> None:
    """Take a turn off the rota."""
    require(actor, "alert.set_duty", turn)
    assert isinstance(actor, User)
    DutyTurn.objects.select_for_update(no_key=True).get(pk=turn.pk)
    if DutyTurnEnd.objects.filter(turn=turn).exists():
        return  # off is off
    DutyTurnEnd(turn=turn, by=actor, at=now).save()
    audit.record(actor, "alert.end_duty", turn, at=now)


@transaction.atomic
def set_alert_minutes(*, actor: Actor, programme: Programme, minutes: float, now: dt.datetime) -> AlertMinutes:
    """After how many minutes without an acknowledgement an alert goes to the next person."""
    require(actor, "alert.set_duty", programme)
    assert isinstance(actor, User)
    if not LEAST_MIN <= minutes <= MOST_MIN:
        raise InputError(f"minutes: give {LEAST_MIN:g} to {MOST_MIN} minutes")
    chosen = AlertMinutes(programme=programme, minutes=minutes, by=actor, at=now)
    chosen.save()
    audit.record(actor, "alert.set_minutes", programme, at=now)
    return chosen


@transaction.atomic
def raise_alert(*, actor: Actor, assessment: Assessment, level: str, now: dt.datetime) -> CrisisAlert:
    """An answer that somebody must take up now. Part of recording the rating, in its transaction."""
    course = assessment.course
    alert = CrisisAlert(programme=course.programme, course=course, assessment=assessment, level=level, raised_at=now)
    alert.save()
    audit.record(actor, "alert.raise", alert, at=now)
    _tell(actor, alert, now)
    return alert


@transaction.atomic
def take_alerts_of(*, actor: User, screener: Assessment, calls: bool, now: dt.datetime) -> None:
    """Whoever records the C-SSRS has taken what asked for it. Part of recording the rating, in its transaction.

    One from before the answer, entered late or corrected, has answered nothing: that alert stays open. So does the
    alert of an earlier version of the same C-SSRS, unless this version `calls` too and so raises another: nobody who
    was called learns by a correction alone that nothing was there.
    """
    for open_alert in CrisisAlert.objects.filter(course=screener.course, taken__isnull=True):
        alert = _still_open(open_alert)
        if alert is None or not _answers(screener, alert):
            continue
        if not calls and alert.assessment is not None and alert.assessment.chain == screener.chain:
            continue
        AlertTaken(alert=alert, by=actor, at=max(now, alert.raised_at), by_screener=True, screener=screener).save()
        audit.record(actor, "alert.take", alert, at=now, details={"by": "screener"})


@transaction.atomic
def open_again(*, actor: Actor, screener: Assessment, now: dt.datetime) -> CrisisAlert | None:
    """A C-SSRS that took alerts is withdrawn, or moved before the answer: who asked for it still waits for one.

    Part of withdrawing or correcting the rating, in its transaction; `screener` is its newest version. None where
    every alert it took stands answered, by another C-SSRS or because it was opened again before.
    """
    taken = AlertTaken.objects.select_related("alert__assessment").filter(screener__chain=screener.chain)
    if not any(_unanswered(one, screener) for one in taken):
        return None
    return raise_alert(actor=actor, assessment=screener, level=UNTRIAGED, now=now)


def _unanswered(taken: AlertTaken, changed: Assessment) -> bool:
    """Does the alert stand without an answer now that the C-SSRS that took it was changed?"""
    if CrisisAlert.objects.filter(assessment__chain=changed.chain, raised_at__gte=taken.at).exists():
        return False  # opened again already, or the C-SSRS calls by itself
    current = Assessment.objects.current().filter(course=changed.course, scale=changed.scale)
    return not any(_answers(screener, taken.alert) for screener in current)


@transaction.atomic
def raise_drill(*, actor: Actor, programme: Programme, now: dt.datetime) -> CrisisAlert:
    """A drill: the same path, marked as one, without a patient."""
    require(actor, "alert.drill", programme)
    alert = CrisisAlert(programme=programme, drill=True, level="", raised_at=now)
    alert.save()
    audit.record(actor, "alert.drill", alert, at=now)
    _tell(actor, alert, now)
    return alert


@transaction.atomic
def take_alert(*, actor: Actor, alert: CrisisAlert, now: dt.datetime) -> AlertTaken:
    """A person takes the alert: it goes to nobody else. Raises `InputError` where somebody has taken it."""
    require(actor, "alert.take", alert)
    assert isinstance(actor, User)
    locked = CrisisAlert.objects.select_for_update(no_key=True).get(pk=alert.pk)
    earlier = AlertTaken.objects.select_related("by").filter(alert=locked).first()
    if earlier is not None:
        if earlier.by_id == actor.pk:
            return earlier  # a double click
        raise InputError("somebody else took this alert in the meantime; its line says who")
    _tell_in_turn(actor, alert, now)  # who was due by now is on record before it ends
    taken = AlertTaken(alert=locked, by=actor, at=max(now, locked.raised_at))
    taken.save()
    audit.record(actor, "alert.take", alert, at=now)
    return taken


def carry_on(*, actor: Actor, now: dt.datetime) -> int:
    """Tell whoever is due of each alert that nobody took; how many were told. Run by the server every few seconds.

    Each alert in a transaction of its own: one that cannot be carried on keeps no other, and its error is raised after
    them all.
    """
    require(actor, "alert.carry_on")
    told, fault = 0, None
    for open_alert in CrisisAlert.objects.filter(taken__isnull=True).order_by("pk"):
        try:
            with transaction.atomic():
                alert = _still_open(open_alert)
                told += _tell(actor, alert, now) if alert else 0
        except Exception as error:  # whatever it is, the others wait for it no longer
            fault = fault or error
    if fault is not None:
        raise fault
    return told


def _still_open(alert: CrisisAlert) -> CrisisAlert | None:
    """The row, locked, so that two servers tell one after the other; None where somebody took it meanwhile."""
    rows = CrisisAlert.objects.select_for_update(of=("self",), no_key=True).select_related("programme", "assessment")
    row = rows.get(pk=alert.pk)
    return None if AlertTaken.objects.filter(alert=row).exists() else row


def _answers(screener: Assessment, alert: CrisisAlert) -> bool:
    """Was the C-SSRS given at the answer that raised the alert, or after it? To the minute, as staff write times."""
    asked = alert.assessment
    if asked is None:
        return False
    if asked.rated_at is None or screener.rated_at is None:
        return (screener.study_day or 0) >= (asked.study_day or 0)
    return screener.rated_at >= asked.rated_at.replace(second=0, microsecond=0)


def _tell(actor: Actor, alert: CrisisAlert, now: dt.datetime) -> int:
    """Whoever's turn it is; after the last one everybody on duty again, round by round. How many were told."""
    if told := _tell_in_turn(actor, alert, now):
        return told
    setting = duty_setting(alert.programme)
    again = setting.next_round(alert, stands(alert, setting, now), now)
    if again is None or now < again.at:
        return 0
    people, number = [setting.people[ref] for ref in again.people], alert.last_round + 1
    for person in people:
        _put_before(actor, alert, person, now, round_=number)
    return len(people)


def _tell_in_turn(actor: Actor, alert: CrisisAlert, now: dt.datetime) -> int:
    setting = duty_setting(alert.programme)
    known = set(AlertTold.objects.filter(alert=alert).values_list("person_id", flat=True))
    due = [setting.people[ref] for ref in stands(alert, setting, now).told]
    new = [person for person in due if person.pk not in known]
    for person in new:
        _put_before(actor, alert, person, now, round_=1)
    return len(new)


def _put_before(actor: Actor, alert: CrisisAlert, person: User, now: dt.datetime, *, round_: int) -> None:
    AlertTold(alert=alert, person=person, round=round_, at=now).save()
    audit.record(actor, "alert.tell", alert, at=now, details={"who": str(person.public_id), "number": round_})
    call_person(actor=actor, alert=alert, person=person, now=now, round_=round_)
