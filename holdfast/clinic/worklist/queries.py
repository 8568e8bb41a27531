"""The worklist, by a number of queries that does not grow with patients or items."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from django.core.exceptions import ValidationError

from holdfast.clinic.accounts.models import User
from holdfast.clinic.accounts.permissions import may, require
from holdfast.clinic.alerts.queries import alerts
from holdfast.clinic.courses.due import Due
from holdfast.clinic.courses.models import Course
from holdfast.clinic.courses.queries import KeptCourse, courses_listed
from holdfast.clinic.programmes.models import Programme
from holdfast.clinic.programmes.queries import programmes
from holdfast.clinic.worklist.items import WorkItem, waits
from holdfast.clinic.worklist.standing import item_of, owned, work_of_programme

NOBODY = "nobody"
MINE = "mine"


@dataclass(frozen=True)
class Line:
    """One thing to do as a page shows it to one reader."""

    item: WorkItem
    owner: User | None
    mine: bool


def work(*, actor: User, now: dt.datetime, owner: str = "", kind: str = "", programme_key: str = "") -> list[WorkItem]:
    """Everything that waits in the actor's programmes, worst first. `owner` is empty, `mine`, `nobody`, or the public
    id of a person; `kind` a key of `items.KINDS`."""
    require(actor, "work.view")
    shown = [p for p in programmes(actor=actor) if not programme_key or p.key == programme_key]
    found = [*_of_courses(actor, shown, now), *_of_programmes(actor, shown, now), *_alerts(actor, shown)]
    if kind:
        found = [item for item in found if item.group == kind]
    known = owned([p.pk for p in shown])
    found = [replace(item, owner=known[item.place]) if item.place in known else item for item in found]
    return sorted(_by_owner(found, actor, owner), key=lambda item: item.due.rank)


def lines_by_key(*, reader: User, course: Course, due: Iterable[Due]) -> dict[str, Line]:
    """What waits of these, by their keys, for the page of a patient whose view has worked it out already."""
    if not may(reader, "work.view", course):
        return {}
    known = owned([course.programme.pk], [course.pk])
    items = [item_of(one, course) for one in due]
    listed = lines([replace(item, owner=known.get(item.place)) for item in items], reader)
    return {line.item.due.key: line for line in listed}


def people_to_assign(programmes_shown: Sequence[Programme]) -> list[User]:
    """Who may look after something in these programmes, by name. One query."""
    rows = User.objects.filter(programmes__in=programmes_shown, is_active=True).distinct()
    return [person for person in rows.order_by("first_name", "last_name", "username") if may(person, "work.take")]


def lines(items: Iterable[WorkItem], reader: User) -> list[Line]:
    """The items with the people who look after them. One query."""
    listed = list(items)
    keys = {item.owner.pk for item in listed if item.owner}
    people = User.objects.in_bulk(keys) if keys else {}
    owners = [people.get(item.owner.pk) if item.owner else None for item in listed]
    return [Line(item, owner, owner == reader) for item, owner in zip(listed, owners, strict=True)]


def _of_courses(actor: User, shown: Sequence[Programme], now: dt.datetime) -> list[WorkItem]:
    days = {p.pk: p.day_of(now) for p in shown}
    clinical = may(actor, "course.view")
    return [
        _listed(kept, due)
        for kept in courses_listed(actor, now) if kept.programme_pk in days
        for due in kept.row.due if waits(due, days[kept.programme_pk]) and (clinical or not due.clinical)
    ]  # fmt: skip


def _listed(kept: KeptCourse, due: Due) -> WorkItem:
    row = kept.row
    where = row.phase if row.week is None else f"{row.phase}, week {row.week}"
    return WorkItem(
        due, kept.programme_pk, row.programme_key, kept.course_pk, row.course_id, row.patient_id, row.label, where
    )


def _of_programmes(actor: User, shown: Sequence[Programme], now: dt.datetime) -> list[WorkItem]:
    return [item for one in shown for item in work_of_programme(actor=actor, programme=one, now=now)]


def _alerts(actor: User, shown: Sequence[Programme]) -> list[WorkItem]:
    """Alerts that nobody has taken; a drill is none of the work. One query."""
    if not may(actor, "alert.view"):
        return []
    rows = alerts(actor=actor, taken=False).filter(drill=False, programme__in=shown).prefetch_related(None)
    found = []
    for row in rows:
        on = row.programme.day_of(row.raised_at)
        due = Due("alert_open", "Alert nobody has taken", on, overdue=True, about=row.public_id,
                  why=f"An answer about suicide, {row.level.replace('-', ' ')}", rule="sui.noack")  # fmt: skip
        course = row.course
        if course is not None:
            found.append(item_of(due, course))
    return found


def _by_owner(items: list[WorkItem], actor: User, owner: str) -> list[WorkItem]:
    if not owner:
        return items
    if owner == NOBODY:
        return [item for item in items if item.owner is None]
    wanted = actor.pk if owner == MINE else _key_of(owner)
    return [item for item in items if item.owner is not None and item.owner.pk == wanted]


def _key_of(public_id: str) -> int | None:
    try:
        return User.objects.filter(public_id=public_id).values_list("pk", flat=True).first()
    except ValidationError:
        return None
