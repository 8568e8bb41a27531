"""The only writer of ratings."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.db import transaction

from holdfast import facts
from holdfast.clinic.accounts.models import Actor, PatientByLink, User, person
from holdfast.clinic.accounts.permissions import require
from holdfast.clinic.alerts import actions as alerts
from holdfast.clinic.assessments.crisis import CALLS, SCREENER, CrisisSetting
from holdfast.clinic.assessments.models import Assessment
from holdfast.clinic.assessments.scoring import Scored, score_entry
from holdfast.clinic.audit import actions as audit
from holdfast.clinic.courses.models import Course, Source, TimeBasis
from holdfast.clinic.forecasts.actions import renew_forecast
from holdfast.clinic.forecasts.models import Why
from holdfast.clinic.forecasts.patient_file import SCALES as FORECAST_SCALES
from holdfast.clinic.plain_text import plain_text, required_text
from holdfast.clinic.possible import require_possible_day, require_possible_study_day
from holdfast.clinic.programmes.models import Programme
from holdfast.clinic.programmes.queries import signed_rules
from holdfast.errors import InputError

Answers = Sequence[float | None] | Mapping[str, bool | None]


@dataclass(frozen=True)
class Recorded:
    """A rating as stored, and what it came to: band, flags and, where an answer asks for it, the crisis response."""

    assessment: Assessment
    scored: Scored


@transaction.atomic
def record_assessment(
    *,
    actor: Actor,
    course: Course,
    scale: str,
    now: dt.datetime,
    answers: Answers | None = None,
    total: float | None = None,
    rated_at: dt.datetime | None = None,
    study_day: int | None = None,
    rater: str = Assessment.Rater.UNKNOWN,
    leg: str = "",
    anchor_set: str | None = None,
    certified_rater: bool | None = None,
    unscored: Mapping[str, float | None] | None = None,
    source: str = Source.CLINIC,
) -> Recorded:
    """A rating from its answers or its total. What its answers mean for safety is in `scored.crisis`.

    `unscored` are answers to items asked and never scored (difficulty of PHQ-9 and GAD-7), by key.
    Raises `InputError` on a total out of range, missing answers or an impossible time; where a crisis item was
    answered in an incomplete form the error is a `CrisisInputError` and carries the response, so that it is acted on.
    """
    require(actor, "assessment.record", course)
    _time_fits(course, rated_at, study_day, now)
    scored = score_entry(
        scale, answers=answers, total=total, setting=crisis_setting(course.programme, now),
        anchor_set=anchor_set, certified_rater=certified_rater, unscored=unscored,
    )  # fmt: skip
    assessment = Assessment(
        course=course,
        scale=scored.scale,
        leg=leg,
        anchor_set=anchor_set or "",
        certified_rater=certified_rater,
        rated_at=rated_at,
        study_day=study_day,
        rater=_known_rater(rater),
        source=source,
        **_said(scored, answers),
        **_entry(actor, now),
    )
    assessment.save()
    _take_by_screener(actor, assessment, scored, now)
    details = {"scale": scored.scale, "crisis": scored.crisis is not None}
    audit.record(actor, "assessment.record", assessment, at=now, details=details)
    _call_on_duty(actor, assessment, scored, now)
    _renew_forecast(actor, assessment, now)
    return Recorded(assessment, scored)


@transaction.atomic
def correct_assessment(
    *,
    actor: Actor,
    assessment: Assessment,
    why: str,
    now: dt.datetime,
    answers: Answers | None = None,
    total: float | None = None,
    rated_at: dt.datetime | None = None,
    study_day: int | None = None,
    certified_rater: bool | None = None,
    unscored: Mapping[str, float | None] | None = None,
) -> Recorded:
    """A newer version of a rating; the older stays. Time stays unless given. Raises as `record_assessment`."""
    _may_correct(actor, assessment, why)
    if rated_at is None and study_day is None:
        rated_at, study_day = assessment.rated_at, assessment.study_day
    _time_fits(assessment.course, rated_at, study_day, now)
    if certified_rater is None:
        certified_rater = assessment.certified_rater
    scored = score_entry(
        assessment.scale, answers=answers, total=total, setting=crisis_setting(assessment.programme, now),
        anchor_set=assessment.anchor_set or None, certified_rater=certified_rater, unscored=unscored,
    )  # fmt: skip
    newer = _newer(assessment, actor, why, now, **_said(scored, answers))
    newer.rated_at, newer.study_day, newer.certified_rater = rated_at, study_day, certified_rater
    newer.save()
    _take_by_screener(actor, newer, scored, now)
    audit.record(actor, "assessment.correct", newer, at=now, details=_which(newer))
    if not _call_on_duty(actor, newer, scored, now):
        _open_again(actor, newer, now)
    _renew_forecast(actor, newer, now)
    return Recorded(newer, scored)


@transaction.atomic
def withdraw_assessment(*, actor: Actor, assessment: Assessment, why: str, now: dt.datetime) -> Assessment:
    """Mark a rating as entered in error (another person's, say). It stays readable and counts nowhere."""
    _may_correct(actor, assessment, why)
    newer = _newer(assessment, actor, why, now, withdrawn=True)
    newer.rated_at, newer.study_day = assessment.rated_at, assessment.study_day
    newer.save()
    audit.record(actor, "assessment.withdraw", newer, at=now, details=_which(newer))
    _open_again(actor, newer, now)
    _renew_forecast(actor, newer, now)
    return newer


def _take_by_screener(actor: Actor, assessment: Assessment, scored: Scored, now: dt.datetime) -> None:
    """A screener takes what asked for it. Alerts are locked before the audit, as whoever takes one does: the other way
    round two people would wait for each other."""
    if assessment.scale == SCREENER and assessment.source != Source.IMPORT and isinstance(actor, User):
        alerts.take_alerts_of(actor=actor, screener=assessment, calls=_calls(scored), now=now)


def _calls(scored: Scored) -> bool:
    return scored.crisis is not None and scored.crisis.level in CALLS


def _call_on_duty(actor: Actor, assessment: Assessment, scored: Scored, now: dt.datetime) -> bool:
    """In the same transaction: an answer that calls for somebody cannot be saved without the alert. True where it did.

    What a trial brings in happened to people elsewhere and calls nobody.
    """
    if assessment.source == Source.IMPORT or scored.crisis is None or not _calls(scored):
        return False
    alerts.raise_alert(actor=actor, assessment=assessment, level=scored.crisis.level.value, now=now)
    return True


def _open_again(actor: Actor, assessment: Assessment, now: dt.datetime) -> None:
    """A C-SSRS that answered an alert and does so no longer leaves nobody believing that somebody has asked."""
    if assessment.scale == SCREENER and assessment.source != Source.IMPORT:
        alerts.open_again(actor=actor, screener=assessment, now=now)


def _renew_forecast(actor: Actor, assessment: Assessment, now: dt.datetime) -> None:
    """A rating that a forecast takes has come, changed or gone. What a patient answers is new, whatever the course."""
    if assessment.scale in FORECAST_SCALES:
        source = Source.CLINIC if isinstance(actor, PatientByLink) else assessment.source
        renew_forecast(actor=actor, course=assessment.course, why=Why.RATING, source=source, now=now)


def crisis_setting(programme: Programme, now: dt.datetime) -> CrisisSetting:
    """Where and when the answers are given, for the crisis response."""
    return CrisisSetting(
        country=programme.country,
        today=programme.day_of(now),
        signed=signed_rules(programme),
        out_of_hours_text=programme.out_of_hours_text,
    )


def _may_correct(actor: Actor, assessment: Assessment, why: str) -> None:
    require(actor, "assessment.correct", assessment)
    required_text("why", why, "a correction needs its reason")
    Assessment.objects.select_for_update(no_key=True).get(pk=assessment.pk)  # of two who correct it the second is told
    if Assessment.objects.filter(supersedes=assessment).exists():
        raise InputError("this version was already corrected; open the newest version and correct that")
    if assessment.withdrawn:
        raise InputError("this rating was withdrawn; enter it anew where it belongs")


def _said(scored: Scored, answers: Answers | None) -> dict[str, Any]:
    """What was answered and what it comes to, as columns."""
    return {
        "total": scored.total, "answers": _plain(answers), "unscored": dict(scored.unscored) or None,
        "level": scored.level,
    }  # fmt: skip


def _entry(actor: Actor, now: dt.datetime) -> dict[str, Any]:
    """Who entered it, when, and by which facts, as columns."""
    return {"entered_at": now, "entered_by": person(actor), "facts_digest": facts.load().digest}


def _newer(assessment: Assessment, actor: Actor, why: str, now: dt.datetime, **changed: Any) -> Assessment:
    return Assessment(
        chain=assessment.chain,
        version=assessment.version + 1,
        supersedes=assessment,
        why=plain_text("why", why),
        course=assessment.course,
        scale=assessment.scale,
        leg=assessment.leg,
        anchor_set=assessment.anchor_set,
        certified_rater=assessment.certified_rater,
        rater=assessment.rater,
        source=assessment.source,
        **_entry(actor, now),
        **changed,
    )


def _which(assessment: Assessment) -> dict[str, object]:
    return {
        "scale": assessment.scale,
        "version": assessment.version,
        "supersedes": str(assessment.supersedes.public_id) if assessment.supersedes else None,
    }


def _time_fits(course: Course, rated_at: dt.datetime | None, study_day: int | None, now: dt.datetime) -> None:
    if course.time_basis == TimeBasis.STUDY_DAY:
        if rated_at is not None or study_day is None:
            raise InputError("study_day: this course counts study days; give the day, and no date")
        require_possible_study_day("study_day", study_day)
        return
    if rated_at is None or study_day is not None:
        raise InputError("rated_at: give the moment of the rating; this course counts calendar dates")
    if rated_at.tzinfo is None:
        raise InputError("rated_at: the moment has no time zone")
    require_possible_day("rated_at", rated_at, now, ahead=True)  # the future is told below, to the minute
    if rated_at > now:
        raise InputError("rated_at: lies in the future; check date and time")


def _known_rater(rater: str) -> str:
    if rater not in Assessment.Rater.values:
        raise InputError(f"rater {rater!r} is not known; write one of {', '.join(Assessment.Rater.values)}")
    return rater


def _plain(answers: Answers | None) -> object:
    if answers is None or isinstance(answers, Mapping):
        return None if answers is None else dict(answers)
    return list(answers)
