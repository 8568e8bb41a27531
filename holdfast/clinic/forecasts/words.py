"""The answers of a forecast as a clinician asks them: each with its number, its interval, and what it rests on."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from holdfast.clinic.definition_words import definition_words
from holdfast.clinic.forecasts.fan import Words
from holdfast.clinic.forecasts.models import Forecast
from holdfast.outcomes.relapse_risk import percent

INTERVAL = "80 % interval"
MOST = 0.5  # how long benefit lasts is told where the chance of it today is no less
UNCHANGED = "unchanged"  # the schedule that is planned; to keep it is a decision of its own
SCHEDULES = {
    UNCHANGED: "As it is", "stop": "Stop", "every-1-weeks": "Every week", "every-2-weeks": "Every 2 weeks",
    "every-3-weeks": "Every 3 weeks", "every-4-weeks": "Every 4 weeks", "taper": "Taper", "booster": "Booster by mood",
}  # fmt: skip
REASONS = {
    "took-too-long": "the model took longer than it is given", "interrupted": "the worker stopped on the way",
}  # fmt: skip


@dataclass(frozen=True)
class Told:
    """One question with its answer. `number` is empty where it is not told; `detail` then says why."""

    question: str
    number: str
    detail: str


def answers_of(row: Forecast, words: Words) -> list[Told]:
    """Every answer; empty where the forecast gives none."""
    answers = row.answer.get("answers")
    if not answers:
        return []
    return [
        _response(answers["response_by_review"], words),
        *_lasted(answers["benefit"], words),
        _lasts(answers["benefit"]["lasts"]),
        _relapse(answers["relapse_before_next"], words),
        *_later(answers["later_response"], words),
    ]


def _response(one: Mapping[str, Any], words: Words) -> Told:
    on = f" on {words(one['day'])}" if "day" in one else ""
    return _chance(f"Chance of a response{on}", one, "by the review that comes, under what is planned")


def _lasted(benefit: Mapping[str, Any], words: Words) -> Iterable[Told]:
    lasted = benefit["lasted"]
    if lasted is not None:
        many = f"{lasted['ratings']} rating{'' if lasted['ratings'] == 1 else 's'} in a row"
        yield Told(
            "Benefit so far", f"since {words(lasted['since_day'])}",
            f"{many} with a response, the last on {words(lasted['until_day'])}",
        )  # fmt: skip


def _lasts(lasts: Mapping[str, Any]) -> Told:
    question, in_benefit = "Benefit to last, without a further treatment session", percent(lasts["in_benefit_now"])
    if lasts["in_benefit_now"] < MOST:
        return Told(question, "", f"this patient is likely not in benefit today (chance {in_benefit})")
    median, low, high = (_days(lasts[name], lasts["horizon_d"]) for name in ("median_d", "low_d", "high_d"))
    of = f"by the score without its ups and downs, where there is benefit today (chance {in_benefit})"
    return Told(question, median, f"{INTERVAL} {low} to {high}, {of}")


def _days(value: float | None, horizon: float) -> str:
    return f"more than {horizon:g} days" if value is None else f"{value:.0f} day{'' if value == 1 else 's'}"


def _relapse(one: Mapping[str, Any], words: Words) -> Told:
    on = f", {words(one['day'])}" if "day" in one else ""
    return _chance(f"Chance of relapse before the next treatment session{on}", one, definition_words(one.get("by", "")))


def _later(one: Mapping[str, Any], words: Words) -> Iterable[Told]:
    if one.get("chance") is not None:
        count = one["after_treatment_sessions"]
        so_far = f"No response after {count} treatment session{'' if count == 1 else 's'}: chance of one"
        asked = so_far if count else "No treatment session so far: chance of a response"
        yield _chance(f"{asked} by {words(one['until_day'])}", one, definition_words(one["by"]))


def _chance(question: str, one: Mapping[str, Any], by: str) -> Told:
    if one.get("chance") is None:
        return Told(question, "", str(one.get("why", "not told")))
    interval = f"{INTERVAL} {percent(one['low'])} to {percent(one['high'])}"
    return Told(question, percent(one["chance"]), f"{interval}; {by}" if by else interval)


def notes_of(row: Forecast) -> list[str]:
    """What the model adds, with the names of scales as they are read."""
    notes = [definition_words(str(note)) for note in row.answer.get("notes", ())]
    return [note[:1].upper() + note[1:] for note in notes]


def schedule_name(plan: str) -> str:
    """A schedule as it is called on pages."""
    return SCHEDULES.get(plan, plan.replace("-", " "))


def reason_words(reason: str) -> str:
    """Why a job failed, as a sentence goes on."""
    return REASONS.get(reason, "the model's process ended with a fault")
