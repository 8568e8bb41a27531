"""A forecast as text for people: verdict first, then answers, then schedules as a table. Plain values, no NumPy."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from holdfast.days import DAYS_PER_WEEK
from holdfast.facts.scale_names import scale_document
from holdfast.model.provenance import provenance_line
from holdfast.outcomes.relapse_risk import percent

Answer = Mapping[str, Any]
_WEEKLY, _APART = 8, 4  # lines of the curve: of each of the first weeks, then so many weeks apart
HEADER = ("plan", "weeks well", "relapse", "treatment sessions", "dose mg", "hours in clinic")


def told(answer: Answer) -> tuple[list[str], list[tuple[str, ...]], list[str]]:
    """Sentences before the table of plans, its rows, and sentences after it."""
    before = [*answer["verdict"]["said"]]
    if answer["curve"] is not None:
        before += [*_curve(answer), *_answers(answer["answers"])]
    after = [*answer["notes"], _learnt(answer), *_item_9(answer), answer["about"]["said"]]
    return before, [_row(one) for one in answer["plans"] or ()], [*after, provenance_line(answer["about"])]


def scale_name(answer: Answer) -> str:
    """The scale of the forecast as it is read."""
    return str(scale_document(answer["scale"]).header["name"])


def today_given(one: Mapping[str, Any]) -> str:
    """What a line adds where a treatment session is due on the day of the forecast."""
    return "; today's treatment session counts as given" if one.get("today_as_given") else ""


def _curve(answer: Answer) -> list[str]:
    curve, marked = answer["curve"], _marked(answer)
    lines = [f"Ratings of {scale_name(answer)} to expect, {curve['words']}{today_given(curve)}:"]
    for place, day in enumerate(curve["days"]):
        if place not in _places(len(curve["days"])) and day not in marked:
            continue
        half, most = curve["bands"]["50"][place], curve["bands"]["80"][place]
        lines.append(
            f"  day {day:g}{_mark(place, marked.get(day, []))}: {curve['median'][place]:.0f}; "
            f"half lie in {half[0]:.0f} to {half[1]:.0f}, 8 in 10 in {most[0]:.0f} to {most[1]:.0f}"
        )
    return lines


def _places(days: int) -> set[int]:
    """Today, every week where the next decisions fall, and then now and again to the end."""
    weeks = [*range(_WEEKLY + 1), *range(_WEEKLY + _APART, days, _APART)]
    return {week * DAYS_PER_WEEK for week in weeks} | {days - 1}


def _marked(answer: Answer) -> dict[float, list[str]]:
    """Days that a clinician asks for by name."""
    answers, marked = answer["answers"], dict[float, list[str]]()
    for one, name in ((answers["relapse_before_next"], "next treatment session"),
                      (answers["response_by_review"], "review")):  # fmt: skip
        if "day" in one:
            marked.setdefault(one["day"], []).append(name)
    return marked


def _mark(place: int, names: Sequence[str]) -> str:
    week = [] if place % DAYS_PER_WEEK else [f"week {place // DAYS_PER_WEEK}" if place else "today"]
    return f" ({', '.join([*week, *names])})" if week or names else ""


def _answers(answers: Answer) -> list[str]:
    review, benefit = answers["response_by_review"], answers["benefit"]
    lasted, lasts = benefit["lasted"], benefit["lasts"]
    lines = [f"Response on day {review.get('day', 0):g}: {_chance(review)}."]
    if lasted is not None:
        lines.append(
            f"Responding ratings in a row: {lasted['ratings']}, "
            f"from day {lasted['since_day']:g} to {lasted['until_day']:g}."
        )
    in_benefit = percent(lasts["in_benefit_now"])
    lines.append(f"In benefit today, by the score without its ups and downs: {in_benefit}. {_lasts(lasts)}".rstrip())
    relapse, later = answers["relapse_before_next"], answers["later_response"]
    day = f" on day {relapse['day']:g}" if "day" in relapse else ""
    lines.append(f"Relapse before the next treatment session{day}: {_chance(relapse)}{today_given(relapse)}.")
    if later.get("chance") is not None:
        given = later["after_treatment_sessions"]
        so_far = f"No response so far: after {given} treatment session{'' if given == 1 else 's'} the chance of one"
        lines.append(
            f"{so_far if given else 'No treatment session so far: the chance of a response'} "
            f"by day {later['until_day']:g} ({later['by']}) is {_chance(later)}."
        )
    return lines


def _lasts(lasts: Answer) -> str:
    if lasts["in_benefit_now"] == 0:
        return ""
    days = [f"more than {lasts['horizon_d']:g}" if lasts[name] is None else f"{lasts[name]:g}"
            for name in ("median_d", "low_d", "high_d")]  # fmt: skip
    return (
        f"Days it would last, if it is there, without a further treatment session: {days[0]} ({days[1]} to {days[2]})."
    )


def _chance(one: Answer) -> str:
    if one.get("chance") is None:
        return f"not told: {one['why']}"
    return chance_words(one)


def chance_words(one: Answer) -> str:
    """A chance with its interval."""
    return f"{percent(one['chance'])} ({percent(one['low'])} to {percent(one['high'])})"


def _row(one: Answer) -> tuple[str, ...]:
    hours = one["hours_in_clinic"]
    return (
        f"{one['plan']}: {one['words']}", count_words(one["weeks_well"], f" of {one['weeks']}"),
        chance_words(one["relapse"]), count_words(one["treatment_sessions"]), count_words(one["dose_mg"]),
        "" if hours is None else count_words(hours),
    )  # fmt: skip


def count_words(one: Answer, of: str = "") -> str:
    """An expected number with its interval, where it has one."""
    if one["low"] == one["high"]:
        return f"{one['expected']:.0f}{of}"
    return f"{one['expected']:.0f}{of} ({one['low']:.0f} to {one['high']:.0f})"


def _learnt(answer: Answer) -> str:
    verdict, found = answer["verdict"], answer["posterior"]
    share = "nothing" if verdict["learnt"] is None else percent(max(verdict["learnt"], 0.0))
    return (
        f"The patient's own ratings took away {share} of the uncertainty of the population; "
        f"{found['virtual_patients']} virtual patients, {found['effective_at_first']:.0f} of them counted at first, "
        f"{found['steps']} steps of tempering."
    )


def _item_9(answer: Answer) -> Sequence[str]:
    found = answer["item_9"]
    return [] if found is None else [f"Item 9 was {found['last']} on day {found['day']:g}: {found['said']}."]
