"""Designs that cannot be simulated: every fault at once, by line, each with what to do."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise

from holdfast.evidence.virtual_trials.design import CROSSOVER, Trial, rating_h, series_of, trial_of
from holdfast.evidence.virtual_trials.outcome_faults import fault_at, outcome_faults
from holdfast.evidence.virtual_trials.rule_faults import rule_faults, selection_faults
from holdfast.facts import load
from holdfast.facts.schema import Document, Fault, Row
from holdfast.facts.trial_documents import CONTRAST_KINDS, TRIALS
from holdfast.model.courses.plan import MOST_DAYS
from holdfast.model.mood.scale_links import METRIC, links
from holdfast.model.mood.score import most_points
from holdfast.units import H_PER_D, MIN_PER_H

MOST_PEOPLE = 20_000
_DOSE_MG, _DOSE_PER_KG = "plausible.dose_mg", "plausible.dose_mg_per_kg."


def design_faults(document: Document) -> list[Fault]:
    """Everything wrong with a document whose cells are sound."""
    found = [*_unknown(document), *_repeated(document), *_empty(document)]
    if found:  # what follows rests on names that are there
        return found
    trial = trial_of(document)
    return [
        *_people(document, trial), *_doses(document), *_times(document, trial), *outcome_faults(document, trial),
        *selection_faults(document, trial), *rule_faults(document, trial), *_published(document, trial),
    ]  # fmt: skip


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
                        yield fault_at(row, column.name, f"{name!r} is not in {column.refers_to}.csv")
    scale = document.header["scale"]
    if scale not in (METRIC, *links()):
        rated = ", ".join((METRIC, *links()))
        yield fault_at(document.header, "scale", f"scale {scale!r} has no link to MADRS; known: {rated}")


def _repeated(document: Document) -> Iterator[Fault]:
    for table in TRIALS.sections:
        seen: set[str] = set()
        for row in document.rows(table.name) if table.many else ():
            if row["key"] in seen:
                yield fault_at(row, "key", f"{row['key']!r} is already the key of another {table.name}")
            seen.add(row["key"])
    rated = {row["key"] for row in document.rows("rating")}
    for row in document.rows("rating_series"):
        if row["key"] in rated:
            yield fault_at(row, "key", f"{row['key']!r} is already the key of a rating")


def _empty(document: Document) -> Iterator[Fault]:
    """Sections that a trial cannot do without, and keys that name nothing."""
    for section in ("arm", "rating", "outcome"):
        if not document.rows(section) and not (section == "rating" and document.rows("rating_series")):
            yield fault_at(document.header, section, f"is missing; a trial has at least one [[{section}]]")
    keys = {name: {row["key"] for row in document.rows(name)} for name in ("arm", "rating")}
    keys["rating"] |= {key for name, each in series_of(document).items() for key in (name, *each)}
    named = [(row, name, "rating") for row in document.rows("outcome") for name in ("ratings", "among_ratings")]
    named += [(row, "arms", "arm") for row in (*document.rows("outcome"), *document.rows("sequence"))]
    named += [(row, "against", "arm") for row in document.rows("outcome")]
    named += [(row, name, "rating") for row in document.rows("selection") for name in ("ratings", "relapse_ratings")]
    named += [(document.header, "baseline_rating", "rating")] if document.header.get("baseline_rating") else []
    for row, column, section in named:
        given = row.get(column, ())
        for key in given if isinstance(given, tuple) else (given,):
            if key not in keys[section]:
                yield fault_at(row, column, f"{key!r} is no {section}; there are {', '.join(sorted(keys[section]))}")


def _people(document: Document, trial: Trial) -> Iterator[Fault]:
    crossover = trial.design == CROSSOVER
    for row in document.rows("sequence") if crossover else document.rows("arm"):
        if (row.get("n") or 0) < 1:
            yield fault_at(row, "n", f"{row.get('n') or 0} people are none; give at least 1")
    if crossover != bool(document.rows("sequence")):
        yield fault_at(document.header, "design", "a crossover, and only a crossover, has [[sequence]] sections")
    if trial.n > MOST_PEOPLE:
        yield fault_at(
            document.header, "design", f"{trial.n:,} people are too many to simulate; at most {MOST_PEOPLE:,}"
        )
    for name in ("baseline_mean", "baseline_min"):
        if not 0 <= trial.header.get(name, 1) <= most_points() or trial.header.get(name) == 0:
            yield fault_at(trial.header, name, f"must be above 0 and at most {most_points()} points of MADRS")
    if not 0 <= (trial.header.get("leave_percent") or 0) < 100:
        yield fault_at(trial.header, "leave_percent", "must be at least 0 and below 100")
    mean, least = trial.header.get("baseline_mean"), trial.header.get("baseline_min")
    if mean is not None and least is not None and least >= mean:
        yield fault_at(trial.header, "baseline_min", f"is {least:g}; nobody is below it, so the mean lies above it")
    sd = trial.header.get("baseline_sd")
    if sd is not None and not 0 < sd <= most_points() / 2:  # half the scale: half the people at each of its ends
        yield fault_at(trial.header, "baseline_sd", f"must be above 0 and at most {most_points() / 2:g} points")


def _doses(document: Document) -> Iterator[Fault]:
    """Doses beyond what a dose can be (plausible_ranges.csv): a slip, and none the equations were made for."""
    for row in document.rows("arm"):
        low, high = _dose_range(row)
        if any(not low <= dose <= high for dose in row.get("doses", ())):
            yield fault_at(row, "doses", f"must lie between {low:g} and {high:g} {row.get('dose_unit') or 'mg'}; check "
                           "the number and its unit")  # fmt: skip


def _dose_range(row: Row) -> tuple[float, float]:
    """That of the unit and route; of a route without a range per kg, such as nasal, the widest of any route."""
    if row.get("dose_unit") != "mg/kg":
        names = [_DOSE_MG]
    else:
        every = [one.id for one in load().rows("plausible_ranges") if one.id.startswith(_DOSE_PER_KG)]
        names = [name for name in every if name == f"{_DOSE_PER_KG}{row.get('route')}"] or every
    ranges = [load().row(name) for name in names]
    return min(one["min"] for one in ranges), max(one["max"] for one in ranges)


def _times(document: Document, trial: Trial) -> Iterator[Fault]:
    for row in document.rows("rating"):
        if rating_h(row) <= 0:
            yield fault_at(row, "at_h" if row.get("at_h") is not None else "at_d",
                         f"{row['key']!r} is rated before the first dose, so no change can be read there; the baseline "
                         "is rated by itself, give a time after it")  # fmt: skip
        if rating_h(row) > MOST_DAYS * H_PER_D:
            yield fault_at(row, "key", f"{row['key']!r} is rated after more than {MOST_DAYS} days; courses end there")
    for row in document.rows("rating_series"):
        if row["from_d"] <= 0 or row["to_d"] > MOST_DAYS:
            yield fault_at(row, "from_d", f"{row['key']!r} must lie after the first dose and within {MOST_DAYS} days")
    yield from _session_times(document)
    if trial.design == CROSSOVER:
        yield from _periods(document, trial)
    for track in trial.tracks:
        given = {(arm.drug, arm.route) for arm in (trial.arms[p.arm] for p in track.periods) if not arm.inert}
        if len(given) > 1:
            yield fault_at(
                document.header, "design", f"{track.key} gets more than one drug or route; that is not simulated"
            )


def _session_times(document: Document) -> Iterator[Fault]:
    for row in document.rows("arm"):
        for name in ("dose_days", "placebo_days", "until_d", "placebo_until_d"):
            given = row.get(name, ())
            if any(not 0 <= day <= MOST_DAYS for day in (given if isinstance(given, tuple) else (given,))):
                yield fault_at(row, name, f"must lie between day 0 and day {MOST_DAYS}")


def _periods(document: Document, trial: Trial) -> Iterator[Fault]:
    starts = trial.header.get("period_starts_d", ())
    if len(starts) < 2 or starts[0] != 0 or list(starts) != sorted(set(starts)):
        yield fault_at(trial.header, "period_starts_d", "must hold the first day of each period, from 0 and rising")
        return
    for row in document.rows("sequence"):
        if len(row["arms"]) != len(starts):
            yield fault_at(row, "arms", f"names {len(row['arms'])} arms for {len(starts)} periods")
    if starts[-1] > MOST_DAYS:
        yield fault_at(trial.header, "period_starts_d", f"go beyond day {MOST_DAYS}; courses end there")
        return
    given = {key for row in document.rows("sequence") for key in row["arms"]}
    for row in document.rows("arm"):
        if row["key"] not in given:
            yield fault_at(row, "key", f"{row['key']!r} stands in no sequence, so nobody gets it; add it to one")
    last_rated = max(trial.ratings.values(), default=0.0)
    last_dosed = max((_ends_h(trial, key) for key in trial.arms), default=0.0)
    for first, second in pairwise(starts):
        gap_h = (second - first) * H_PER_D
        if last_rated > gap_h or last_dosed > gap_h:
            yield fault_at(trial.header, "period_starts_d",
                         f"the period of day {first:g} lasts {max(last_rated, last_dosed) / H_PER_D:g} days "
                         f"and the next begins on day {second:g}; periods must not overlap")  # fmt: skip


def _ends_h(trial: Trial, key: str) -> float:
    arm = trial.arms[key]
    return arm.dose_days[-1] * H_PER_D + (arm.infusion_min or 0.0) / MIN_PER_H


def _published(document: Document, trial: Trial) -> Iterator[Fault]:
    known = load().by_id
    arms = {arm.study_arm for arm in trial.arms.values()}
    contrasts = {row["key"] for row in document.rows("outcome") if row["kind"] in CONTRAST_KINDS}
    for row in document.rows("outcome"):
        for name in row.get("published", ()):
            said = known[name]
            if said["study"] != trial.study:
                yield fault_at(
                    row, "published", f"{name} is of {said['study']}, and the trial stands for {trial.study}"
                )
            elif said["arm"] not in arms:
                yield fault_at(row, "published", f"{name} is of the arm {said['arm']}, which no arm stands for")
            elif (said["estimand"] == "contrast") != (row["key"] in contrasts):
                yield fault_at(row, "published", f"{name} is of the estimand {said['estimand']}; an arm and a contrast "
                             "are never compared")  # fmt: skip
