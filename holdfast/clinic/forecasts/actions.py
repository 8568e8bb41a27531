"""The only writer of forecasts: data or a person ask, a job keeps the answer, a clinician records what was decided."""

from __future__ import annotations

import datetime as dt

from django.db import transaction

from holdfast.clinic import numerics
from holdfast.clinic.accounts.models import Actor, User, person
from holdfast.clinic.accounts.permissions import require
from holdfast.clinic.audit import actions as audit
from holdfast.clinic.courses.due import BEING_TREATED
from holdfast.clinic.courses.models import Course, Source, TimeBasis
from holdfast.clinic.courses.phases import ENDED, Phase
from holdfast.clinic.forecasts.deciding import require_as_shown
from holdfast.clinic.forecasts.model_process import SEED
from holdfast.clinic.forecasts.models import Decided, Forecast, ForecastDecision, ForecastRequest, Why, digest_of
from holdfast.clinic.forecasts.patient_file import Mapped
from holdfast.clinic.forecasts.switch import is_shown
from holdfast.clinic.forecasts.words import UNCHANGED
from holdfast.clinic.jobs.actions import add_job
from holdfast.clinic.plain_text import required_text
from holdfast.errors import InputError, RefusedError

JOB = "forecasts.make"
SETTLES_S = 30  # entries that follow each other within this time are answered by one forecast


@transaction.atomic
def renew_forecast(*, actor: Actor, course: Course, why: Why, source: str, now: dt.datetime) -> ForecastRequest | None:
    """Data arrived: ask for a forecast, in the transaction that keeps them; None where none is made.

    None are made where the programme shows none, nobody is being treated, the packages are not installed here, or the
    data came from elsewhere (an import, the example). Only rows are added, so that nobody waits for anybody.
    """
    require(actor, "forecast.renew", course)
    wanted = source == Source.CLINIC and Phase(course.phase) in BEING_TREATED and is_shown(course.programme)
    if not wanted or not numerics.is_installed():
        return None
    return _request(actor, course, why, None, now, after_s=SETTLES_S)


@transaction.atomic
def ask_forecast(
    *, actor: Actor, course: Course, now: dt.datetime, until: dt.datetime | None = None, after_s: int = 0
) -> ForecastRequest:
    """A person asks: for now, or with `until` for what was on record by an earlier moment; made `after_s` or later.

    Raises `RefusedError` where the programme shows none, one is on its way, or nothing can make it here.
    """
    require(actor, "forecast.ask", course)
    if not is_shown(course.programme):
        raise RefusedError("This programme shows no forecasts; whoever leads it can switch them on")
    if not numerics.is_installed():
        raise RefusedError("The packages of the model are not installed here, so no forecast can be made")
    if until is None and Phase(course.phase) in ENDED and course.time_basis == TimeBasis.CALENDAR:
        raise RefusedError("The course has ended, so nothing is planned in it that a forecast could speak of")
    if until is not None and until >= now:
        raise InputError("until: lies in the future; a forecast looks back to an earlier moment, or takes everything")
    just_now = now - dt.timedelta(seconds=SETTLES_S)
    if ForecastRequest.objects.filter(course=course, forecast=None, at__gt=just_now, until=until).exists():
        raise RefusedError("A forecast was asked for just now; it will be here within a minute")
    return _request(actor, course, Why.LOOKING_BACK if until else Why.PERSON, until, now, after_s=after_s)


def _request(
    actor: Actor, course: Course, why: Why, until: dt.datetime | None, now: dt.datetime, *, after_s: int
) -> ForecastRequest:
    row = ForecastRequest(course=course, why=why, until=until, by=person(actor), at=now)
    row.save()
    add_job(JOB, subject=str(row.public_id), now=now, after_s=after_s)
    audit.record(actor, "forecast.ask", row, at=now, details={"why": why.value})
    return row


@transaction.atomic
def keep_forecast(
    *, actor: Actor, request: ForecastRequest, mapped: Mapped, day_zero_at: dt.datetime | None,
    answered: numerics.Answered, took_ms: int, now: dt.datetime,
) -> Forecast | None:  # fmt: skip
    """Keep what the model said, or the sentence why it said nothing; None where another worker was first."""
    require(actor, "forecast.keep", request)
    ForecastRequest.objects.select_for_update(no_key=True).get(pk=request.pk)
    if Forecast.objects.filter(request=request).exists():
        return None
    row = Forecast(
        course=request.course, request=request, day=mapped.file["today"], day_zero_at=day_zero_at,
        patient_file=mapped.file, inputs_digest=digest_of(mapped.file), left_out=list(mapped.left_out),
        seed=SEED, took_ms=took_ms, made_at=now, refused=answered.refused,
        **({} if answered.refused else _columns(answered)),
    )  # fmt: skip
    row.save()
    told = {"inputs": row.inputs_digest[:16], "refused": bool(row.refused), "model": row.model or "none"}
    audit.record(actor, "forecast.keep", row, at=now, details=told)
    return row


def _columns(answered: numerics.Answered) -> dict[str, object]:
    """What columns repeat of an answer."""
    given = answered.given
    about, verdict = given["about"], given["verdict"]
    relapse = (given["answers"] or {}).get("relapse_before_next", {})
    told = {f"relapse_{name}": relapse.get(name) for name in ("chance", "low", "high", "day")}
    return {
        "answer": dict(given), "model": about["model"], "model_version": str(about["model_version"]),
        "facts_digest": about["facts_digest"], "population": about["population"],
        "population_digest": about["posterior"]["file_digest"], "forecast_version": about["forecast_version"],
        "scale": given["scale"], "unlike": verdict["unlike_population"], "enough_data": verdict["enough_data"],
        **(told if told["relapse_chance"] is not None else {}),
    }  # fmt: skip


@transaction.atomic
def record_decision(
    *, actor: Actor, forecast: Forecast, decided: str, reason: str, now: dt.datetime, basis: str, schedule: str = "",
    after: str = "",
) -> ForecastDecision:  # fmt: skip
    """What was decided with this forecast shown. Carries nothing out; the same again is the one that is kept already.

    `basis` and `after` say what the page showed (`deciding.require_as_shown`). Raises `InputError`, and
    `StaleDecisionError` where that is not how things stand.
    """
    require(actor, "forecast.decide", forecast)
    if not isinstance(actor, User):
        raise InputError("a decision is recorded by the person who made it")
    course = forecast.course.locked()  # decisions of a course come one after another
    words = _schedule_words(forecast, decided, schedule)
    why = required_text("reason", reason, "say why")
    told = {"decided": decided, "schedule": schedule, "reason": why}
    if is_shown(course.programme) and (kept := forecast.decisions.filter(by=actor, **told).first()) is not None:
        return kept
    require_as_shown(forecast, course, basis=basis, after=after)
    row = ForecastDecision(course=course, forecast=forecast, schedule_words=words, by=actor, at=now, **told)
    row.save()
    details = {
        "decided": decided, "schedule": row.schedule, "forecast": str(forecast.public_id),
        "inputs": forecast.inputs_digest[:16], "population": forecast.population_digest[:16],
        "model": forecast.model, "model_version": forecast.model_version,
    }  # fmt: skip
    audit.record(actor, "forecast.decide", row, at=now, details=details)
    return row


def _schedule_words(forecast: Forecast, decided: str, schedule: str) -> str:
    """How the schedule was shown; empty where none goes with it. Raises `InputError` for one that was not compared."""
    if decided not in Decided.values:
        raise InputError(f"decided: {decided!r} is not known; write one of {', '.join(Decided.values)}")
    if decided != Decided.SCHEDULE:
        if schedule:
            raise InputError(f"schedule: goes with “{Decided.SCHEDULE.label}” alone; choose that, or no schedule")
        return ""
    shown = {one["plan"]: one["words"] for one in forecast.answer.get("plans") or () if one["plan"] != UNCHANGED}
    if schedule not in shown:
        raise InputError(f"schedule: choose one of those compared: {', '.join(shown) or 'there are none'}")
    return str(shown[schedule])
