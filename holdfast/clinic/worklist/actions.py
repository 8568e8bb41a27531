"""The only writer of ownership: take, assign, hand back. What there is to do is never written."""

from __future__ import annotations

import datetime as dt

from django.db import transaction

from holdfast.clinic.accounts.models import Actor, User
from holdfast.clinic.accounts.permissions import may, require
from holdfast.clinic.audit import actions as audit
from holdfast.clinic.courses.due import SEEN_BY
from holdfast.clinic.courses.models import Course
from holdfast.clinic.programmes.models import Programme
from holdfast.clinic.worklist.items import WorkItem
from holdfast.clinic.worklist.models import WorkOwner
from holdfast.clinic.worklist.standing import current_owner, work_of_course, work_of_programme
from holdfast.errors import InputError, RefusedError


@transaction.atomic
def take_work(
    *, actor: Actor, programme: Programme, course: Course | None, item: str, now: dt.datetime, was: str = ""
) -> WorkOwner | None:
    """Look after it oneself. `was` is who the page named as owner, by public id: another one meanwhile is refused."""
    require(actor, "work.take", course or programme)
    return _own(actor, programme, course, item, _person(actor), now, was, "work.take")


@transaction.atomic
def assign_work(
    *, actor: Actor, programme: Programme, course: Course | None, item: str, owner: User, now: dt.datetime,
    was: str = "",
) -> WorkOwner | None:  # fmt: skip
    """Give it to somebody who may do such work in this programme."""
    require(actor, "work.assign", course or programme)
    if not owner.is_active or not may(owner, "work.take", programme):
        raise InputError("to: this person does not work in the programme; choose another one")
    return _own(actor, programme, course, item, owner, now, was, "work.assign")


@transaction.atomic
def hand_back_work(
    *, actor: Actor, programme: Programme, course: Course | None, item: str, now: dt.datetime, was: str = ""
) -> WorkOwner | None:
    """Nobody looks after it any more: one's own, or anybody's for whoever may assign."""
    require(actor, "work.take", course or programme)
    current = current_owner(programme, course, item)
    if current is not None and current.owner is not None and current.owner != actor:
        require(actor, "work.assign", course or programme)
    return _own(actor, programme, course, item, None, now, was, "work.hand_back")


def _own(
    actor: Actor, programme: Programme, course: Course | None, item: str, owner: User | None, now: dt.datetime,
    was: str, action: str,
) -> WorkOwner | None:  # fmt: skip
    """The new owner on record; the row there is where nothing changes. None where nobody had it and nobody gets it."""
    Programme.objects.select_for_update(no_key=True).get(
        pk=programme.pk
    )  # one after the other: two cannot take the same
    waiting = _waiting(actor, programme, course, item, now)
    current = current_owner(programme, course, item)
    had = current.owner if current else None
    if had == owner:
        return current
    if owner is not None and not waiting.due.seen_with([name for name in SEEN_BY if may(owner, name, programme)]):
        raise InputError("to: this is clinical work; choose somebody who sees the course and what is told of it")
    if was != (str(had.public_id) if had else ""):
        raise RefusedError(f"Meanwhile {had or 'nobody'} looks after this; the list shows it now")
    row = WorkOwner(programme=programme, course=course, item=item, owner=owner, by=_person(actor), at=now,
                    supersedes=current)  # fmt: skip
    row.save()
    details = {"kind": waiting.group, "who": str(owner.public_id) if owner else None}
    audit.record(actor, action, row, at=now, details=details)
    return row


def _waiting(actor: Actor, programme: Programme, course: Course | None, item: str, now: dt.datetime) -> WorkItem:
    """The thing itself, as it stands now: what is done needs nobody."""
    if course is None:
        there = work_of_programme(actor=actor, programme=programme, now=now)
    else:
        as_it_is = Course.objects.select_related("patient__programme").get(pk=course.pk)
        there = work_of_course(actor=actor, course=as_it_is, now=now)
    found = next((one for one in there if one.due.key == item), None)
    if found is None:
        raise RefusedError("This is done, or is not there any more; the list shows what is left")
    return found


def _person(actor: Actor) -> User:
    if not isinstance(actor, User):
        raise InputError("work is taken by people who sign in")
    return actor
