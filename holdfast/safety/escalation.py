"""An alert that nobody acknowledges goes on to the next person (rule sui.noack).

The minutes, the rota and the out-of-hours text are set by each clinic; none is guessed here. A clinic that has not
set the minutes gets the whole rota told at once: the alert waits for nobody's configuration. Like every crisis rule
it works unsigned, and says so. Where everybody on duty was told and nobody acknowledged, all of them are called
again, round after round: only an acknowledgement ends it.
"""

from __future__ import annotations

import datetime
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from holdfast.errors import InputError
from holdfast.facts import care_rule
from holdfast.facts.plausible import is_finite_number, plausible_moment
from holdfast.safety.patient_text import NOT_AN_EMERGENCY_SERVICE

RULE = "sui.noack"
DRILL_ROUNDS = 2  # the first and one more prove that it repeats; a drill nobody answers keeps nobody awake
LEAST_MIN, MOST_MIN = 0.1, 10080  # six seconds to a week: outside it, a slip of unit


@dataclass(frozen=True)
class OnDuty:
    """A person of the rota, in order of calling; None for always on duty. `until` is excluded."""

    person: str
    since: datetime.datetime | None = None
    until: datetime.datetime | None = None

    def at(self, now: datetime.datetime) -> bool:
        """Is the person on duty then?"""
        begun = self.since is None or _utc(self.since) <= _utc(now)
        return begun and (self.until is None or _utc(now) < _utc(self.until))


def _utc(moment: datetime.datetime) -> datetime.datetime:
    """Minutes are counted here: Python counts those of one local zone by the wall, an hour wrong when clocks change."""
    return moment.astimezone(datetime.UTC)


@dataclass(frozen=True)
class Escalation:
    """Where an alert stands. `state`: acknowledged, waiting, exhausted (everybody on duty was told, or nobody is).

    `told` are all persons the alert went to so far, in order; `next_person` is told at `next_at` unless somebody
    acknowledges. `missing` names configuration the clinic has not set.
    """

    state: str
    told: tuple[str, ...]
    next_person: str | None
    next_at: datetime.datetime | None
    out_of_hours_text: str | None
    missing: tuple[str, ...]
    unsigned_rules: tuple[str, ...]
    statement: str = NOT_AN_EMERGENCY_SERVICE

    def as_dict(self) -> dict[str, Any]:
        """Plain values for JSON."""
        return {**vars(self), "next_at": self.next_at.isoformat() if self.next_at else None}


@dataclass(frozen=True)
class NextRound:
    """When everybody is called again unless somebody acknowledges, and whom."""

    at: datetime.datetime
    people: tuple[str, ...]


def repeat_every_min(acknowledge_within_min: float | None) -> float:
    """Minutes between rounds: the clinic's own, and `sui.noack.repeat` where those are fewer or not set."""
    return max(acknowledge_within_min or 0, care_rule(RULE).threshold("repeat").in_unit("min"))


def next_round(
    escalation: Escalation,
    *,
    rota: Sequence[OnDuty],
    now: datetime.datetime,
    last_told_at: datetime.datetime | None,
    rounds: int,
    acknowledge_within_min: float | None,
    drill: bool = False,
) -> NextRound | None:
    """The next round of calls; None while somebody is still to be told first, and once somebody acknowledged.

    Rounds follow each other by the clinic's minutes, and by `sui.noack.repeat` where those are fewer or not set. They
    go to everybody on duty then; where nobody is, to all who were told: silence is the less safe error. Nothing but an
    acknowledgement ends them; a drill ends after `DRILL_ROUNDS`. `rounds` and `last_told_at` are what is on record, so
    that a server that stood still calls once and not for every round it missed.
    """
    if escalation.state != "exhausted" or last_told_at is None or (drill and rounds >= DRILL_ROUNDS):
        return None
    minutes = repeat_every_min(acknowledge_within_min)
    on_duty = tuple(dict.fromkeys(entry.person for entry in rota if entry.at(now)))
    return NextRound(last_told_at + datetime.timedelta(minutes=minutes), on_duty or escalation.told)


def escalate(
    *,
    raised_at: datetime.datetime,
    now: datetime.datetime,
    acknowledged_at: datetime.datetime | None,
    acknowledge_within_min: float | None,
    rota: Sequence[OnDuty],
    out_of_hours_text: str | None = None,
    signed: Iterable[str] = (),
    unreached: Mapping[str, datetime.datetime] | None = None,
) -> Escalation:
    """Who has been told of an alert by `now`, and who is next. Rule sui.noack.

    The first person on duty is told at `raised_at`; each time `acknowledge_within_min` minutes pass without an
    acknowledgement, the next one on duty who was not told yet. `acknowledge_within_min` None: not set by the clinic,
    so everybody on duty is told at once and `missing` says so. `unreached` names persons whom no message could reach,
    and since when: that is an answer that will not come, and the next is told then and not after the minutes. Raises
    `InputError` on times without a zone, `now` or an acknowledgement before the alert, or minutes that are not above 0.
    """
    _check(raised_at, now, acknowledged_at, acknowledge_within_min)
    _check_rota(rota)
    zone, (raised_at, now) = raised_at.tzinfo, (_utc(raised_at), _utc(now))
    acknowledged_at = None if acknowledged_at is None else _utc(acknowledged_at)
    end = now if acknowledged_at is None else min(now, acknowledged_at)
    step = None if acknowledge_within_min is None else datetime.timedelta(minutes=acknowledge_within_min)
    failed = {person: _utc(since) for person, since in (unreached or {}).items()}
    told, due = _told(rota, raised_at, end, step, failed)
    acknowledged = acknowledged_at is not None and acknowledged_at <= now
    following = None if acknowledged or step is None else _first_new(rota, due, told)
    state = "acknowledged" if acknowledged else "waiting" if following is not None else "exhausted"
    return Escalation(
        state=state,
        told=told,
        next_person=following,
        next_at=due.astimezone(zone) if following is not None else None,
        out_of_hours_text=out_of_hours_text if state == "exhausted" else None,
        missing=_missing(acknowledge_within_min, rota, out_of_hours_text),
        unsigned_rules=() if RULE in set(signed) else (RULE,),
    )


def _told(
    rota: Sequence[OnDuty],
    raised_at: datetime.datetime,
    end: datetime.datetime,
    step: datetime.timedelta | None,
    unreached: Mapping[str, datetime.datetime],
) -> tuple[tuple[str, ...], datetime.datetime]:
    """Persons told up to and including `end`, and the time of the step after it."""
    if step is None:
        return tuple(dict.fromkeys(entry.person for entry in rota if entry.at(end) or entry.at(raised_at))), end
    told: tuple[str, ...] = ()
    due = raised_at
    while due <= end:
        person = _first_new(rota, due, told)
        if person is not None:
            told = (*told, person)
            due = min(due + step, max(due, unreached.get(person, due + step)))
            continue
        # Nobody new is on duty: go on at the step at which the next one may be, or just after the end.
        starts = [_utc(entry.since) for entry in rota if entry.since is not None and entry.person not in told]
        coming = [start for start in starts if start > due]
        wait = min([end + step, *coming]) - due
        due += min(-(-wait // step), (end - due) // step + 1) * step
    return told, due


def _first_new(rota: Sequence[OnDuty], at: datetime.datetime, told: tuple[str, ...]) -> str | None:
    return next((entry.person for entry in rota if entry.at(at) and entry.person not in told), None)


def _missing(minutes: float | None, rota: Sequence[OnDuty], out_of_hours_text: str | None) -> tuple[str, ...]:
    missing = []
    if minutes is None:
        limit = care_rule(RULE).threshold("acknowledge")
        missing.append(f"{limit.id}: the minutes to acknowledge are not set; everybody on duty was told at once")
    if not rota:
        missing.append("the rota is empty; an alert reaches nobody")
    if not (out_of_hours_text and out_of_hours_text.strip()):
        missing.append("the out-of-hours text is not set")
    return tuple(missing)


def _check(
    raised_at: datetime.datetime,
    now: datetime.datetime,
    acknowledged_at: datetime.datetime | None,
    minutes: float | None,
) -> None:
    for what, moment in (("raised_at", raised_at), ("now", now), ("acknowledged_at", acknowledged_at)):
        if moment is not None:
            plausible_moment(moment, what)
    if _utc(now) < _utc(raised_at):
        raise InputError(f"now ({now.isoformat()}) is before the alert was raised ({raised_at.isoformat()})")
    if acknowledged_at is not None and _utc(acknowledged_at) < _utc(raised_at):
        raise InputError("the alert is recorded as acknowledged before it was raised; mend the times")
    if minutes is not None and not (is_finite_number(minutes) and LEAST_MIN <= minutes <= MOST_MIN):
        raise InputError(f"acknowledge_within_min {minutes!r} must be above 0, from {LEAST_MIN:g} to {MOST_MIN} min")


def _check_rota(rota: Sequence[OnDuty]) -> None:
    for entry in rota:
        for what, moment in (("since", entry.since), ("until", entry.until)):
            if moment is not None:
                plausible_moment(moment, f"{what} of {entry.person!r} in the rota")
