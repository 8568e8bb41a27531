"""The worklist, by a number of queries that does not grow with patients or items."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import TypeAlias
from zoneinfo import ZoneInfo

from django.core.exceptions import ValidationError

from holdfast.clinic.accounts.models import User
from holdfast.clinic.accounts.permissions import may, require
from holdfast.clinic.alerts.queries import alerts
from holdfast.clinic.courses.due import ALERT_OPEN, Due
from holdfast.clinic.courses.models import Course
from holdfast.clinic.courses.queries import KeptCourse, courses_listed, granted_to
from holdfast.clinic.programmes.models import Programme
from holdfast.clinic.programmes.queries import programmes
from holdfast.clinic.worklist.items import Owner, WorkItem, waits
from holdfast.clinic.worklist.standing import item_of, owned, work_of_programme

NOBODY = "nobody"
MINE = "mine"

Found: TypeAlias = tuple[Due, KeptCourse | WorkItem]  # a thing with its course, or already an item
Owners: TypeAlias = dict[tuple[int, int | None, str], Owner]


@dataclass(frozen=True)
class Line:
    """One thing to do as a page shows it to one reader."""

    item: WorkItem
    owner: User | None
    mine: bool


class Work:
    """What waits, worst first. Thousands may: items are made, with one query, of the part that is looked at."""

    def __init__(self, found: list[Found], programme_pks: Sequence[int]) -> None:
        self._found, self._programme_pks = found, programme_pks

    def __len__(self) -> int:
        return len(self._found)

    def __getitem__(self, part: slice) -> list[WorkItem]:
        items = [of if isinstance(of, WorkItem) else _listed(of, due) for due, of in self._found[part]]
        known = owned(self._programme_pks, {item.course_pk for item in items if item.course_pk})
        return [replace(item, owner=known.get(item.place)) for item in items]

    def __iter__(self) -> Iterator[WorkItem]:
        return iter(self[:])

    @property
    def overdue(self) -> int:
        """How many of them are overdue."""
        return sum(due.overdue for due, _ in self._found)


def work(*, actor: User, now: dt.datetime, owner: str = "", kind: str = "", programme_key: str = "") -> Work:
    """Everything that waits in the actor's programmes, worst first. `owner` is empty, `mine`, `nobody`, or the public
    id of a person; `kind` a key of `items.KINDS`."""
    require(actor, "work.view")
    shown = [p for p in programmes(actor=actor) if not programme_key or p.key == programme_key]
    others = (*_of_programmes(actor, shown, now), *_alerts(actor, shown))
    found: list[Found] = [*_of_courses(actor, shown, now), *((item.due, item) for item in others)]
    if kind:
        found = [one for one in found if one[0].parts[0] == kind]
    keys = [p.pk for p in shown]
    if owner:
        found = _by_owner(found, owned(keys), actor, owner)
    return Work(sorted(found, key=lambda one: one[0].rank), keys)


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


def _of_courses(actor: User, shown: Sequence[Programme], now: dt.datetime) -> list[Found]:
    days = {p.pk: p.day_of(now) for p in shown}
    granted = granted_to(actor)
    return [
        (due, kept)
        for kept in courses_listed(actor, now) if kept.programme_pk in days
        for due in kept.row.due if waits(due, days[kept.programme_pk]) and due.seen_with(granted)
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
        on, raised = row.programme.day_of(row.raised_at), row.raised_at.astimezone(ZoneInfo(row.programme.time_zone))
        why = f"An answer about suicide, {row.level.replace('-', ' ')}, raised {raised:%Y-%m-%d %H:%M}"
        due = Due(ALERT_OPEN, "Alert nobody has taken", on, overdue=True, about=row.public_id, why=why,
                  rule="sui.noack")  # fmt: skip
        course = row.course
        if course is not None:
            found.append(item_of(due, course))
    return found


def _by_owner(found: list[Found], owners: Owners, actor: User, owner: str) -> list[Found]:
    held = [(one, owners.get((one[1].programme_pk, one[1].course_pk, one[0].key))) for one in found]
    if owner == NOBODY:
        return [one for one, by in held if by is None]
    wanted = actor.pk if owner == MINE else _key_of(owner)
    return [one for one, by in held if by is not None and by.pk == wanted]


def _key_of(public_id: str) -> int | None:
    try:
        return User.objects.filter(public_id=public_id).values_list("pk", flat=True).first()
    except ValidationError:
        return None
