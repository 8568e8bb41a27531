"""From referral to letter, as the page of a patient shows it: where each stands, and what its history adds."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Iterator
from typing import Any

from django.urls import reverse

from holdfast.clinic.accounts.models import User
from holdfast.clinic.accounts.permissions import may
from holdfast.clinic.consents.queries import consent_of, consents
from holdfast.clinic.courses.models import Course
from holdfast.clinic.endings.queries import ending_of, former_of
from holdfast.clinic.forecasts.queries import decisions_of
from holdfast.clinic.forecasts.switch import is_shown
from holdfast.clinic.letters.queries import letters_of
from holdfast.clinic.patients.timeline import Entry
from holdfast.clinic.plans.queries import plan_held, plan_words, plans_of
from holdfast.clinic.referrals.queries import ReferralView, referral_of_course
from holdfast.protocols.coded import coded_text


def pathway_of(user: User, course: Course, now: dt.datetime) -> dict[str, Any]:
    """Where referral, consent, plan, ending and letters of one course stand, each only for who may see it."""
    told: dict[str, Any] = {}
    if may(user, "course.view", course):
        told |= {"ending": ending_of(course), "former": former_of(course)}
    if may(user, "referral.view", course):
        told["referral"] = referral_of_course(course, now)
    if course.time_basis != "calendar":
        return told
    if may(user, "consent.view", course):
        told["consent"] = consent_of(course, now)
    if may(user, "plan.view", course):
        held = plan_held(course, course.programme.day_of(now))
        told["plan"] = plan_words(held) if held else ""
    if may(user, "letter.view", course):
        told["letters"] = len(letters_of(actor=user, course=course))
    return told


def entries_of(user: User, course: Course, told: dict[str, Any], zone: dt.tzinfo) -> list[Entry]:
    """What the history of the course adds."""
    found: list[Entry] = []
    if told.get("referral"):
        found += _referral(told["referral"])
    if may(user, "consent.view", course):
        found += _consents(user, course)
    if may(user, "plan.view", course):
        found += _plans(user, course)
    if may(user, "letter.view", course):
        found += _letters(user, course, zone)
    if may(user, "forecast.view", course):
        found += _decisions(user, course, zone)
    return found


def _at(day: dt.date, at: dt.datetime) -> float:
    """On its day, after what has only a day."""
    return (day - dt.date(1970, 1, 1)).days * 86400.0 + at.hour * 60 + at.minute


def _referral(view: ReferralView) -> Iterator[Entry]:
    url, row = reverse("referral", args=[view.row.public_id]), view.row
    yield Entry(
        kind="phase", title="Referral received", day=row.received_on, study_day=None,
        order=_at(row.received_on, row.at), detail=coded_text("referrer", row.referrer), by=str(row.by or ""), url=url,
    )  # fmt: skip
    for step in view.steps:
        reasons = "; ".join(coded_text("referral_reason", key) for key in step.reasons)
        yield Entry(
            kind="phase", title=f"Referral: {step.step.replace('_', ' ')}", day=step.on, study_day=None,
            order=_at(step.on, step.at), detail=reasons, by=str(step.by or ""), url=url,
        )  # fmt: skip


def _consents(user: User, course: Course) -> Iterable[Entry]:
    for one in consents(actor=user, course=course):
        version = f", version {one.document.version} of the text" if one.document else ""
        yield Entry(
            kind="refused" if one.kind != "given" else "phase", title=f"Consent {one.kind}{version}", day=one.on,
            study_day=None, order=_at(one.on, one.at), by=str(one.by or ""),
            url=reverse("consent", args=[course.public_id]),
        )  # fmt: skip


def _plans(user: User, course: Course) -> Iterable[Entry]:
    for row in plans_of(actor=user, course=course):
        yield Entry(
            kind="phase", title=f"Plan {row.number}: {plan_words(row)}", day=row.from_on, study_day=None,
            order=_at(row.from_on, row.at), detail=coded_text("plan_reason", row.reason), by=str(row.by or ""),
            url=reverse("plan", args=[course.public_id]),
        )  # fmt: skip


def _letters(user: User, course: Course, zone: dt.tzinfo) -> Iterable[Entry]:
    for one in letters_of(actor=user, course=course):
        yield Entry(
            kind="phase", title=f"Letter {one.number} to the referrer", day=one.at.astimezone(zone).date(),
            study_day=None, order=one.at.timestamp(), detail=f"Why: {one.why}" if one.why else "", by=str(one.by),
            url=reverse("letters", args=[course.public_id]),
        )  # fmt: skip


def _decisions(user: User, course: Course, zone: dt.tzinfo) -> Iterable[Entry]:
    shown = is_shown(course.programme)
    for one in decisions_of(actor=user, course=course):
        yield Entry(
            kind="phase", title=f"Decided with a forecast shown: {one.words}",
            day=one.at.astimezone(zone).date(), study_day=None, order=one.at.timestamp(), detail=f"Why: {one.reason}",
            by=str(one.by), url=reverse("forecast-compare", args=[one.forecast.public_id]) if shown else "",
        )  # fmt: skip
