"""Referrals as values: the newest version of each, its steps, and where it waits."""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from uuid import UUID

from holdfast.clinic.accounts.models import Actor, CommandLine
from holdfast.clinic.accounts.permissions import require
from holdfast.clinic.courses.models import Course
from holdfast.clinic.programmes.models import Programme
from holdfast.clinic.referrals.models import Referral, ReferralStep
from holdfast.clinic.referrals.standing import taken
from holdfast.eligibility.referral import Waiting, WaitsFor, waiting


@dataclass(frozen=True)
class ReferralView:
    """One referral as it stands: the newest version, the steps in order, where it waits."""

    row: Referral
    steps: tuple[ReferralStep, ...]
    waiting: Waiting
    course: Course | None

    @property
    def open(self) -> bool:
        """Does somebody still have to act on it?"""
        return self.waiting.waits_for is not WaitsFor.NOBODY

    @property
    def decided(self) -> ReferralStep | None:
        """The step that decided it."""
        return self.steps[-1] if self.steps and not self.open else None


def referrals_of_programmes(*, actor: Actor, now: dt.datetime) -> list[ReferralView]:
    """Referrals of the actor's programmes: those that wait first, longest first; then the decided, newest first.

    Three queries, whatever their number.
    """
    require(actor, "referral.view")
    rows = Referral.objects.filter(superseded_by__isnull=True).select_related("patient__programme", "by")
    if not isinstance(actor, CommandLine):
        rows = rows.filter(patient__programme__in=actor.programme_ids())
    found = _views(rows, now)
    waits = sorted((v for v in found if v.open), key=lambda v: (v.row.received_on, v.row.pk))
    decided = sorted((v for v in found if not v.open), key=lambda v: (v.waiting.since, v.row.pk), reverse=True)
    return [*waits, *decided]


def referrals_waiting(*, programme: Programme, now: dt.datetime) -> list[ReferralView]:
    """Referrals of a programme that wait and have no course, which would else stand on no worklist; longest first.

    The caller has asked for permission.
    """
    rows = Referral.objects.filter(superseded_by__isnull=True, patient__programme=programme)
    found = _views(rows.select_related("patient__programme", "by"), now)
    return sorted((v for v in found if v.open and v.course is None), key=lambda v: (v.waiting.since, v.row.pk))


def referrals_of_patient(*, actor: Actor, patient_pk: int, now: dt.datetime) -> list[ReferralView]:
    """Referrals of one patient, newest first. The caller has asked for permission to see the patient."""
    require(actor, "referral.view")
    rows = Referral.objects.filter(superseded_by__isnull=True, patient=patient_pk)
    return _views(rows.select_related("patient__programme", "by").order_by("-received_on", "-pk"), now)


def referral_view(row: Referral, now: dt.datetime) -> ReferralView:
    """One referral; any of its versions leads to the newest."""
    rows = Referral.objects.filter(chain=row.chain, superseded_by__isnull=True)
    (found,) = _views(rows.select_related("patient__programme", "by"), now)
    return found


def referral_of_course(course: Course, now: dt.datetime) -> ReferralView | None:
    """The referral the course was opened for."""
    rows = Referral.objects.filter(chain=course.referral, superseded_by__isnull=True) if course.referral else ()
    found = _views(rows.select_related("patient__programme", "by"), now) if rows else []
    return found[0] if found else None


def _views(rows: Iterable[Referral], now: dt.datetime) -> list[ReferralView]:
    listed = list(rows)
    chains = [row.chain for row in listed]
    steps: dict[UUID, list[ReferralStep]] = defaultdict(list)
    for step in ReferralStep.objects.filter(chain__in=chains).select_related("by", "evaluation").order_by("pk"):
        steps[step.chain].append(step)
    courses = {c.referral: c for c in Course.objects.filter(referral__in=chains).order_by("pk")}
    return [_view(row, steps[row.chain], courses.get(row.chain), now) for row in listed]


def _view(row: Referral, steps: list[ReferralStep], course: Course | None, now: dt.datetime) -> ReferralView:
    where = waiting(row.received_on, [taken(s) for s in steps], row.programme.day_of(now))
    return ReferralView(row, tuple(steps), where, course)
