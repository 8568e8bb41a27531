"""Designs that cannot be simulated: every fault at once, by line, each with what to do."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import pairwise

from holdfast.errors import HoldfastError
from holdfast.evidence.virtual_trials.design import CROSSOVER, DAY_H, WITHDRAWAL, Trial, rating_h, trial_of
from holdfast.facts import load
from holdfast.facts.schema import Document, Fault, Row
from holdfast.facts.trial_documents import CONTRAST_KINDS, TRIALS
from holdfast.model.courses.plan import MOST_DAYS
from holdfast.model.mood.scale_links import METRIC, links
from holdfast.model.mood.score import most_points
from holdfast.outcomes.definitions import definition
from holdfast.units import MIN_PER_H

MOST_PEOPLE = 20_000
_OF_RESPONSE = (
    "response", "ever_response", "held_response", "sensitivity", "specificity", "loss_of_response_median",
    "response_kept", "risk_difference",
)  # fmt: skip
_DEFINED = {
    **dict.fromkeys(_OF_RESPONSE, "response"), **dict.fromkeys(("remission", "ever_remission"), "remission"),
    "relapse": "relapse",
}  # fmt: skip
_SEVERAL = (
    "ever_response", "ever_remission", "held_response", "sensitivity", "specificity", "loss_of_response_median",
    "response_kept", "relapse",
)  # fmt: skip


def design_faults(document: Document) -> list[Fault]:
    """Everything wrong with a document whose cells are sound."""
    found = [*_unknown(document), *_repeated(document), *_empty(document)]
    if found:  # what follows rests on names that are there
        return found
    trial = trial_of(document)
    return [
        *_people(document, trial), *_times(document, trial), *_outcomes(document, trial), *_selection(document, trial),
        *_published(document, trial),
    ]  # fmt: skip


def _fault(row: Row, column: str, message: str) -> Fault:
    return Fault(row.file, row.lines.get(column, row.line), column, message)


def _unknown(document: Document) -> Iterator[Fault]:
    """Names that no table holds; the loader tells them of the packaged files."""
    known = load()
    for table in TRIALS.tables():
        for row in document.rows(table.name):
            for column in table.columns:
                given = row.get(column.name) if column.refers_to else None
                for name in given if isinstance(given, tuple) else (given,):
                    where = f"references.{name}" if column.refers_to == "references" else str(name)
                    if name is not None and where not in known.by_id:
                        yield _fault(row, column.name, f"{name!r} is not in {column.refers_to}.csv")
    scale = document.header["scale"]
    if scale not in (METRIC, *links()):
        rated = ", ".join((METRIC, *links()))
        yield _fault(document.header, "scale", f"scale {scale!r} has no link to MADRS; known: {rated}")


def _repeated(document: Document) -> Iterator[Fault]:
    for table in TRIALS.sections:
        seen: set[str] = set()
        for row in document.rows(table.name) if table.many else ():
            if row["key"] in seen:
                yield _fault(row, "key", f"{row['key']!r} is already the key of another {table.name}")
            seen.add(row["key"])


def _empty(document: Document) -> Iterator[Fault]:
    """Sections that a trial cannot do without, and keys that name nothing."""
    for section in ("arm", "rating", "outcome"):
        if not document.rows(section):
            yield _fault(document.header, section, f"is missing; a trial has at least one [[{section}]]")
    keys = {name: {row["key"] for row in document.rows(name)} for name in ("arm", "rating")}
    named = [(row, "ratings", "rating") for row in document.rows("outcome")]
    named += [(row, "arms", "arm") for row in (*document.rows("outcome"), *document.rows("sequence"))]
    named += [(row, "against", "arm") for row in document.rows("outcome")]
    named += [(row, "rating", "rating") for row in document.rows("selection")]
    for row, column, section in named:
        given = row.get(column, ())
        for key in given if isinstance(given, tuple) else (given,):
            if key not in keys[section]:
                yield _fault(row, column, f"{key!r} is no {section}; there are {', '.join(sorted(keys[section]))}")


def _people(document: Document, trial: Trial) -> Iterator[Fault]:
    crossover = trial.design == CROSSOVER
    for row in document.rows("sequence") if crossover else document.rows("arm"):
        if (row.get("n") or 0) < 1:
            yield _fault(row, "n", f"{row.get('n') or 0} people are none; give at least 1")
    if crossover != bool(document.rows("sequence")):
        yield _fault(document.header, "design", "a crossover, and only a crossover, has [[sequence]] sections")
    if trial.n > MOST_PEOPLE:
        yield _fault(document.header, "design", f"{trial.n:,} people are too many to simulate; at most {MOST_PEOPLE:,}")
    for name in ("baseline_mean", "baseline_min"):
        if not 0 <= trial.header.get(name, 1) <= most_points() or trial.header.get(name) == 0:
            yield _fault(trial.header, name, f"must be above 0 and at most {most_points()} points of MADRS")
    if not 0 <= (trial.header.get("leave_percent") or 0) < 100:
        yield _fault(trial.header, "leave_percent", "must be at least 0 and below 100")
    if trial.header.get("baseline_sd") is not None and trial.header["baseline_sd"] <= 0:
        yield _fault(trial.header, "baseline_sd", "must be above 0")


def _times(document: Document, trial: Trial) -> Iterator[Fault]:
    for row in document.rows("rating"):
        if rating_h(row) <= 0:
            yield _fault(row, "at_h" if row.get("at_h") is not None else "at_d",
                         f"{row['key']!r} is rated before the first dose, so no change can be read there; the baseline "
                         "is rated by itself, give a time after it")  # fmt: skip
        if rating_h(row) > MOST_DAYS * DAY_H:
            yield _fault(row, "key", f"{row['key']!r} is rated after more than {MOST_DAYS} days; courses end there")
    for row in document.rows("arm"):
        for name in ("dose_days", "placebo_days"):
            if any(not 0 <= day <= MOST_DAYS for day in row.get(name, ())):
                yield _fault(row, name, f"must lie between day 0 and day {MOST_DAYS}")
    if trial.design == CROSSOVER:
        yield from _periods(document, trial)
    for track in trial.tracks:
        given = {(arm.drug, arm.route) for arm in (trial.arms[p.arm] for p in track.periods) if not arm.inert}
        if len(given) > 1:
            yield _fault(
                document.header, "design", f"{track.key} gets more than one drug or route; that is not simulated"
            )


def _periods(document: Document, trial: Trial) -> Iterator[Fault]:
    starts = trial.header.get("period_starts_d", ())
    if len(starts) < 2 or starts[0] != 0 or list(starts) != sorted(set(starts)):
        yield _fault(trial.header, "period_starts_d", "must hold the first day of each period, from 0 and rising")
        return
    for row in document.rows("sequence"):
        if len(row["arms"]) != len(starts):
            yield _fault(row, "arms", f"names {len(row['arms'])} arms for {len(starts)} periods")
    last_rated = max(trial.ratings.values(), default=0.0)
    last_dosed = max((_ends_h(trial, key) for key in trial.arms), default=0.0)
    for first, second in pairwise(starts):
        gap_h = (second - first) * DAY_H
        if last_rated > gap_h or last_dosed > gap_h:
            yield _fault(trial.header, "period_starts_d",
                         f"the period of day {first:g} lasts {max(last_rated, last_dosed) / DAY_H:g} days and the next "
                         f"begins on day {second:g}; periods must not overlap")  # fmt: skip


def _ends_h(trial: Trial, key: str) -> float:
    arm = trial.arms[key]
    return arm.dose_days[-1] * DAY_H + (arm.infusion_min or 0.0) / MIN_PER_H


def _outcomes(document: Document, trial: Trial) -> Iterator[Fault]:
    scale = trial.header["scale"]
    for row in document.rows("outcome"):
        kind, contrast = row["kind"], row["kind"] in CONTRAST_KINDS
        if contrast != (row.get("against") is not None):
            yield _fault(row, "against", "is the arm a contrast is against: give it for a contrast, and only there")
        if row.get("against") is not None and row["against"] in (row.get("arms") or ()):
            yield _fault(row, "arms", f"{row['against']!r} is compared with itself")
        if kind == "effect_size_d" and row.get("better") is None:
            yield _fault(row, "better", "is empty; say which sign of the effect size means better")
        if kind in _SEVERAL and len(row["ratings"]) < 2 and kind != "relapse":
            yield _fault(row, "ratings", f"{kind} is read at two ratings or more")
        if kind not in _SEVERAL and len(row["ratings"]) != 1:
            yield _fault(row, "ratings", f"{kind} is read at one rating")
        at = [trial.ratings[key] for key in row["ratings"]]
        if at != sorted(at):
            yield _fault(row, "ratings", "must stand in order of time")
        yield from _definition(row, kind, scale)


def _definition(row: Row, kind: str, scale: str) -> Iterable[Fault]:
    wanted = _DEFINED.get(kind)
    if wanted is None:
        return
    if row.get("definition") is None:
        yield _fault(row, "definition", f"is empty; {kind} is judged by a named definition of {wanted}")
        return
    try:
        chosen = definition(row["definition"])
    except HoldfastError as error:
        yield _fault(row, "definition", str(error))
        return
    if chosen.outcome != wanted and not (kind == "risk_difference" and chosen.outcome == "remission"):
        yield _fault(row, "definition", f"{chosen.name} defines {chosen.outcome}, not {wanted}")
    elif not chosen.speaks_of(scale):
        yield _fault(
            row, "definition", f"{chosen.name} is defined on {chosen.scale}, and the trial is rated on {scale}"
        )


def _selection(document: Document, trial: Trial) -> Iterator[Fault]:
    row = document.row("selection")
    if (row is not None) != (trial.design == WITHDRAWAL):
        yield _fault(row or document.header, "selection", "a randomised withdrawal, and only it, has a [selection]")
    if row is None:
        return
    yield from _definition(row, "response" if "response" in row["definition"] else "remission", trial.header["scale"])
    at_d = trial.ratings[row["rating"]] / DAY_H
    ways = {(arm.drug, arm.route, arm.doses, tuple(day for day in arm.dose_days if day < at_d))
            for arm in trial.arms.values()}  # fmt: skip
    if len(ways) > 1:
        yield _fault(row, "rating", "arms differ before the selection; until then everybody is treated alike")


def _published(document: Document, trial: Trial) -> Iterator[Fault]:
    known = load().by_id
    arms = {arm.study_arm for arm in trial.arms.values()}
    contrasts = {row["key"] for row in document.rows("outcome") if row["kind"] in CONTRAST_KINDS}
    for row in document.rows("outcome"):
        for name in row.get("published", ()):
            said = known[name]
            if said["study"] != trial.study:
                yield _fault(row, "published", f"{name} is of {said['study']}, and the trial stands for {trial.study}")
            elif said["arm"] not in arms:
                yield _fault(row, "published", f"{name} is of the arm {said['arm']}, which no arm stands for")
            elif (said["estimand"] == "contrast") != (row["key"] in contrasts):
                yield _fault(row, "published", f"{name} is of the estimand {said['estimand']}; an arm and a contrast "
                             "are never compared")  # fmt: skip
