"""Courses with doses and ratings, and a model that answers at once, for the tests of forecasts."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from typing import Any

import pytest

from holdfast.clinic import numerics
from holdfast.clinic.accounts.models import CommandLine
from holdfast.clinic.assessments.actions import record_assessment
from holdfast.clinic.courses.models import Course, Source
from holdfast.clinic.forecasts import model_process
from holdfast.clinic.forecasts.actions import record_decision
from holdfast.clinic.forecasts.deciding import basis_of, newest_decision
from holdfast.clinic.forecasts.models import Forecast, ForecastDecision
from holdfast.clinic.jobs.kinds import FORECASTS
from holdfast.clinic.jobs.work import Worked, work_off
from holdfast.clinic.treatment_sessions.actions import SessionToPlan, plan_treatment_sessions, record_treatment_session
from tests.clinic.conftest import NOW, People, new_course, study_course

BEGUN = NOW - dt.timedelta(days=21)
DAY = dt.timedelta(days=1)


def treated_course(people: People, *, source: str = Source.SIMULATED, **changes: Any) -> Course:
    """A course of three infusions a week apart, with MADRS before each, in maintenance. Entered as an example is, so
    that nothing is asked for yet."""
    values = {"phase": "maintenance", "source": Source.IMPORT, "protocol": "iv-racemic", "indication": "mdd"} | changes
    course = new_course(people, **values)
    rate(people, course, 34, BEGUN - dt.timedelta(hours=2), source=source)
    for week in range(3):
        give(people, course, BEGUN + 7 * week * DAY, source=source)
        rate(people, course, 24 - 4 * week, BEGUN + (7 * week + 1) * DAY, source=source)
    return course


def treated_study_course(people: People) -> Course:
    """A course of study days: a dose on day 0, MADRS before it and on days 1 and 10."""
    course = study_course(people)
    (planned,) = plan_treatment_sessions(
        actor=CommandLine(), course=course, sessions=[SessionToPlan(planned_day=0)], now=NOW, source=Source.IMPORT
    )
    for day, total in ((-1, 33), (1, 20), (10, 24)):
        record_assessment(
            actor=CommandLine(), course=course, scale="madrs", total=float(total), study_day=day, now=NOW,
            source=Source.IMPORT,
        )  # fmt: skip
    record_treatment_session(
        actor=CommandLine(), treatment_session=planned, dosed_on_day=0, dose_mg=35.0, duration_min=40.0, now=NOW
    )
    return course


def rate(
    people: People, course: Course, total: int, at: dt.datetime, *, source: str = Source.CLINIC, **more: Any
) -> Any:
    """A MADRS, or with `scale` another, by the nurse."""
    values: dict[str, Any] = {"scale": "madrs", "total": float(total), "rated_at": at, "now": max(at, NOW)} | more
    return record_assessment(actor=people.nurse, course=course, source=source, **values).assessment


def give(
    people: People, course: Course, at: dt.datetime, *, dose_mg: float | None = 40.0, source: str = Source.CLINIC
) -> Any:
    """An infusion of 40 minutes, recorded whole."""
    wanted = SessionToPlan(planned_on=people.programme.day_of(at))
    (planned,) = plan_treatment_sessions(actor=people.nurse, course=course, sessions=[wanted], now=NOW, source=source)
    return record_treatment_session(
        actor=people.nurse, treatment_session=planned, dosed_at=at, dose_mg=dose_mg, duration_min=40.0,
        discharged_at=at + dt.timedelta(hours=2), now=max(NOW, at + dt.timedelta(hours=3)),
    )  # fmt: skip


def an_answer(
    patient_file: Mapping[str, Any], *, relapse: float | None = 0.12, unlike: bool = False, enough: bool = True,
    median: float = 14.0,
) -> dict[str, Any]:  # fmt: skip
    """As `holdfast forecast --json` gives it, with numbers that a test can find again."""
    today = float(patient_file["today"])
    days = [today + day for day in range(183)]
    bands = {band: [[median - width, median + width]] * len(days) for band, width in (("50", 3), ("80", 6), ("95", 10))}
    given = today in patient_file.get("planned", {}).get("days", ())
    by = "a rating before it with madrs total >= 22 score, unconfirmed"
    by += "; the treatment session due on the day of the forecast counts as given" if given else ""
    chance: dict[str, Any] = {"chance": None, "why": "neither response nor remission so far: not at risk of relapse"}
    if relapse is not None:
        chance = {"chance": relapse, "low": relapse / 2, "high": min(1.0, relapse * 2), "day": today + 7,
                  "by": by, "today_as_given": given}  # fmt: skip
    said = ["Not enough data: the patient's own ratings take away less than 20 % of the uncertainty."]
    said = (["Unlike the population: check the entries."] if unlike else []) + ([] if enough else said)
    definition = {"name": "response_50", "definition": "any fall from baseline >= 50 percent", "status": "transcribed"}
    return {
        "about": {
            "holdfast": "0", "facts_digest": "fa" * 8, "model": "holdfast-2", "model_version": "1", "seed": 1,
            "below_verified": {"assumed": 121}, "known_failures": "much", "said": "It informs and directs nothing.",
            "forecast_version": 1, "population": "trd-adults", "population_below_verified": {"assumed": 4},
            "posterior": {"name": "holdfast-2", "version": "1", "date": "2026-11-21", "facts_digest": "fa",
                          "file_digest": "40dbd87ee8dfa44c"},
        },
        "verdict": {"enough_data": enough, "learnt": 0.6 if enough else 0.1, "ratings_since_first_dose": 3,
                    "unlike_population": unlike, "p_value": 0.001 if unlike else 0.5, "said": said},
        "posterior": {"virtual_patients": 4096, "effective_at_first": 219.0, "steps": 3},
        "today": today, "scale": "madrs",
        "definitions": dict.fromkeys(("response", "remission", "relapse"), definition),
        "curve": None if unlike else {"plan": "unchanged", "words": "the days that are planned", "days": days,
                                      "median": [median] * len(days), "bands": bands, "today_as_given": given},
        "answers": None if unlike else {
            "response_by_review": {"day": today + 28, "chance": 0.92, "low": 0.84, "high": 0.98},
            "benefit": {"lasted": {"since_day": 8.0, "until_day": today, "days": today - 8, "ratings": 2},
                        "lasts": {"in_benefit_now": 0.9, "median_d": None, "low_d": 46.0, "high_d": None,
                                  "horizon_d": 182, "by": "the score without its ups and downs"}},
            "relapse_before_next": chance,
            "later_response": {"chance": None, "why": "there was a response or remission already"},
        },
        "plans": None if unlike else [plan_of("unchanged", "the days that are planned", 23.4, 14),
                                      plan_of("stop", "no further treatment session", 11.0, 0),
                                      plan_of("every-2-weeks", "a treatment session every 2 weeks", 22.0, 13)],
        "item_9": None, "notes": ["hours in clinic: dose and least observation by the protocol iv-racemic"],
    }  # fmt: skip


def plan_of(name: str, words: str, weeks_well: float, sessions: int) -> dict[str, Any]:
    """One schedule as it is compared."""
    count = {"expected": float(sessions), "low": float(sessions), "high": float(sessions)}
    return {
        "plan": name, "words": words, "weeks": 26,
        "weeks_well": {"expected": weeks_well, "low": weeks_well - 5, "high": min(26.0, weeks_well + 3)},
        "relapse": {"chance": 0.15, "low": 0.03, "high": 0.38}, "treatment_sessions": count,
        "dose_mg": {key: 40 * value for key, value in count.items()},
        "hours_in_clinic": {key: 2 * value for key, value in count.items()},
    }  # fmt: skip


def answering(monkeypatch: pytest.MonkeyPatch, **how: Any) -> list[Mapping[str, Any]]:
    """The model answers at once, in this process, with `an_answer`; what it was asked, in order."""
    asked: list[Mapping[str, Any]] = []

    def forecast_of(patient_file: Mapping[str, Any], **_: Any) -> numerics.Answered:
        asked.append(patient_file)
        return numerics.Answered(an_answer(patient_file, **how))

    monkeypatch.setattr(model_process, "forecast_of", forecast_of)
    return asked


def worked(at: dt.datetime) -> Worked:
    """Do the jobs of forecasts that are due."""
    return work_off(lane=FORECASTS, clock=lambda: at)


def decide(actor: Any, forecast: Forecast, *, now: dt.datetime, **more: Any) -> ForecastDecision:
    """Record a decision from a page of this forecast that is opened now."""
    last = newest_decision(forecast.course)
    values: dict[str, Any] = {
        "decided": "keep", "reason": "Well so far", "basis": basis_of(forecast),
        "after": "" if last is None else str(last.public_id),
    }  # fmt: skip
    return record_decision(actor=actor, forecast=forecast, now=now, **values | more)


def newest(course: Course) -> Forecast:
    """The newest forecast of a course."""
    found = Forecast.objects.filter(course=course).last()
    assert found is not None
    return found
