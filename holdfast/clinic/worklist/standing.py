"""How the work of one course or programme stands, shared by the writer and the pages. Reads only."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Sequence
from dataclasses import replace

from django.db.models import Q

from holdfast.clinic.accounts.models import Actor
from holdfast.clinic.accounts.permissions import may, require
from holdfast.clinic.courses.due import Due
from holdfast.clinic.courses.models import Course
from holdfast.clinic.courses.queries import everything_due, granted_to, values_of
from holdfast.clinic.drug_ledger.queries import ledger_due
from holdfast.clinic.programmes.models import Programme
from holdfast.clinic.referrals.queries import ReferralView, referrals_waiting
from holdfast.clinic.worklist.items import Owner, WorkItem, waits
from holdfast.clinic.worklist.models import WorkOwner
from holdfast.eligibility.referral import WaitsFor


def work_of_course(*, actor: Actor, course: Course, now: dt.datetime) -> list[WorkItem]:
    """What waits in one course, worst first."""
    require(actor, "work.view", course)
    today = course.programme.day_of(now)
    granted = granted_to(actor, course)
    due = [d for d in everything_due(course, values_of([course], now), now) if waits(d, today) and d.seen_with(granted)]
    known = owned([course.programme.pk], [course.pk])
    items = [item_of(one, course) for one in due]
    return [replace(item, owner=known.get(item.place)) for item in items]


def work_of_programme(*, actor: Actor, programme: Programme, now: dt.datetime) -> list[WorkItem]:
    """What waits in the programme itself and in no course: its drug ledger, and referrals without a course yet."""
    require(actor, "work.view", programme)
    found = []
    if may(actor, "drug_ledger.view", programme):
        found += [WorkItem(due, programme.pk, programme.key) for due in ledger_due(programme, now)]
    if may(actor, "referral.view", programme):
        found += [_referred(programme, view) for view in referrals_waiting(programme=programme, now=now)]
    return found


def _referred(programme: Programme, view: ReferralView) -> WorkItem:
    row, waits_for = view.row, view.waiting
    text = {
        WaitsFor.CLINIC: "Referral to be evaluated: open a course and record the evaluation",
        WaitsFor.REFERRER: "Referral waits for the referrer's answer: remind them, or go on without it",
    }[waits_for.waits_for]
    due = Due("referral", text, waits_for.since, about=row.public_id)
    return WorkItem(due, programme.pk, programme.key, patient_id=row.patient.public_id, label=row.patient.label)


def current_owner(programme: Programme, course: Course | None, item: str) -> WorkOwner | None:
    """The newest row of one thing to do, whoever it names; None where nobody ever took it."""
    rows = WorkOwner.objects.filter(programme=programme, course=course, item=item, superseded_by__isnull=True)
    return rows.select_related("owner").first()


def item_of(due: Due, course: Course) -> WorkItem:
    """One thing of a course, without its owner."""
    patient = course.patient
    return WorkItem(
        due, patient.programme_id, course.programme.key, course.pk, course.public_id, patient.public_id, patient.label,
        course.phase,
    )  # fmt: skip


def owned(
    programme_pks: Sequence[int], course_pks: Collection[int] | None = None
) -> dict[tuple[int, int | None, str], Owner]:
    """Who looks after what, by its place; of these courses and what is the programme's own, or of all. One query."""
    rows = WorkOwner.objects.filter(programme__in=programme_pks, superseded_by__isnull=True, owner__isnull=False)
    if course_pks is not None:
        rows = rows.filter(Q(course__in=course_pks) | Q(course=None))
    columns = ("programme_id", "course_id", "item", "owner_id", "at")
    return {(p, c, item): Owner(owner, at) for p, c, item, owner, at in rows.values_list(*columns) if owner}
