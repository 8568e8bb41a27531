"""How a call stands, from its events; and whom nobody reached. Reads only."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass

from holdfast.clinic.accounts.models import User
from holdfast.clinic.duty_calls.models import DutyAddress, DutyCall, DutyCallEvent, Kind
from holdfast.clinic.jobs.kinds import KINDS

JOB = "duty_calls.send"
# An attempt without an end for as long belongs to a worker that was killed: it counts as failed.
INTERRUPTED = dt.timedelta(seconds=KINDS[JOB].lease_s)


@dataclass(frozen=True)
class Stands:
    """One call. `state` is waiting, sent, delivered, failing, given-up or not-needed; `since` when that began."""

    state: str
    since: dt.datetime | None
    tries: int
    reason: str

    @property
    def unreached(self) -> bool:
        """Did every try fail?"""
        return self.state == "given-up"


def call_stands(events: Iterable[DutyCallEvent], now: dt.datetime) -> Stands:
    """From the events of one call, in order."""
    found = list(events)
    tries = sum(event.kind == Kind.SENDING for event in found)
    for kind, state in ((Kind.DELIVERED, "delivered"), (Kind.SENT, "sent"), (Kind.NOT_NEEDED, "not-needed")):
        reached = next((event for event in found if event.kind == kind), None)
        if reached is not None:
            return Stands(state, reached.at, tries, "")
    if not tries:
        return Stands("waiting", None, 0, "")
    last = found[-1]
    if last.kind == Kind.FAILED:
        over = last.permanent or tries >= KINDS[JOB].most_tries
        return Stands("given-up" if over else "failing", last.at, tries, last.reason)
    if tries >= KINDS[JOB].most_tries and now >= last.at + INTERRUPTED:
        return Stands("given-up", last.at + INTERRUPTED, tries, "interrupted")
    return Stands("waiting", last.at, tries, "")


def unreached(alert_pk: int, now: dt.datetime) -> dict[str, dt.datetime]:
    """People whom no message reached when it was their turn, by public id, and since when. One query or two."""
    calls: dict[str, list[Stands]] = {}
    for call in DutyCall.objects.filter(alert=alert_pk, round=1).select_related("person").prefetch_related("events"):
        calls.setdefault(str(call.person.public_id), []).append(call_stands(call.events.all(), now))
    return {
        person: max(one.since for one in stands if one.since)
        for person, stands in calls.items()
        if all(one.unreached for one in stands)
    }


def addresses(person: User) -> dict[str, str]:
    """Where a person is reached on duty: channel and address; nothing where they gave none."""
    newest: dict[str, str] = {}
    for row in DutyAddress.objects.filter(person=person).order_by("pk"):
        newest[row.channel] = row.address
    return {channel: address for channel, address in newest.items() if address}


def channels_of(people: Iterable[User]) -> dict[int, list[str]]:
    """Channels by which each person is reached, by key of the person. One query."""
    newest: dict[tuple[int, str], str] = {}
    for row in DutyAddress.objects.filter(person__in=list(people)).order_by("pk"):
        newest[row.person_id, row.channel] = row.address
    found: dict[int, list[str]] = {}
    for (person, channel), address in sorted(newest.items()):
        if address:
            found.setdefault(person, []).append(channel)
    return found
