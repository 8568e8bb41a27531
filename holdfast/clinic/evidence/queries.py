"""What the pages of the evidence ask: studies by filter, one study whole, one fact or source with what rests on it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import holdfast
from holdfast import evidence
from holdfast.errors import UnknownNameError
from holdfast.evidence import Study, founding, pictures
from holdfast.evidence.cards import SPLIT_WORDS, drugs_of, statuses_of
from holdfast.evidence.citation import Use, uses
from holdfast.evidence.founding_predictions import predictions
from holdfast.evidence.qualification.summary import published_digest, summary
from holdfast.evidence.unseen import unseen
from holdfast.facts import Row, load

FILTERS = ("design", "drug", "route", "split")
# Tables whose rows are numbers of the product and have no page of their own elsewhere.
NUMBER_TABLES = {
    "model_parameters": "Model: levels of drug", "effect_parameters": "Model: effects within hours",
    "mood_parameters": "Model: mood", "course_behaviour": "Model: how people attend",
    "forecast_choices": "Forecasts: limits and schedules",
    "expected_safety": "Safety report: expected numbers", "dose_bands": "Safety report: dose bands",
    "safety_choices": "Safety report: limits of the signal rule",
    "event_words": "Safety report: words of adverse events", "registry_choices": "Registry report: numbers of ours",
    "population_covariates": "Model: people", "care_thresholds": "Care rules: thresholds",
    "outcome_definitions": "Outcome definitions", "label_status": "Label status", "crisis_lines": "Crisis lines",
}  # fmt: skip


@dataclass(frozen=True)
class Listed:
    """One study of the list."""

    study: Study
    drugs: tuple[str, ...]
    statuses: Mapping[str, int]

    @property
    def use(self) -> str:
        """What may be done with it, in words."""
        return SPLIT_WORDS[self.study.split]


def studies_listed(asked: Mapping[str, str], words: str = "") -> list[Listed]:
    """Studies that match every filter and hold the words. A filter that names nothing is left out."""
    known = choices()
    chosen = {name: value for name, value in asked.items() if value in known.get(name, ())}
    found = evidence.studies(**chosen)
    return [
        Listed(one, drugs_of(one), statuses_of(one))
        for one in found
        if words.casefold() in f"{one.id} {one.title} {one.population} {one.design}".casefold()
    ]


def choices() -> dict[str, list[str]]:
    """What each filter can be."""
    found = evidence.studies()
    arms = [arm for one in found for arm in evidence.arms(one.id)]
    return {
        "design": sorted({one.design_kind for one in found}),
        "drug": sorted({arm.drug for arm in arms}),
        "route": sorted({arm.route for arm in arms}),
        "split": list(SPLIT_WORDS),
    }


def study_context(study_id: str) -> dict[str, Any]:
    """What the page of a study shows. Raises `UnknownNameError`."""
    card = evidence.study_card(study_id)
    return {
        "card": card,
        "courses": pictures.time_courses(card.outcomes),
        "forests": pictures.forest_of_study(card.outcomes),
        "founding": founding.is_founding(study_id),
        "unseen": unseen(study_id),
    }


def founding_context(study_id: str) -> dict[str, Any]:
    """What the page of a founding study shows. Raises `UnknownNameError`."""
    return {
        "founding": founding.founding_study(study_id), "predictions": predictions(),
        "switched": founding.switched(), "parameters": founding.switch_parameters(),
        "unseen": unseen(study_id),
    }  # fmt: skip


@dataclass(frozen=True)
class Source:
    """One source, the studies and the facts read in it."""

    reference: Row
    studies: tuple[Study, ...]
    uses: Mapping[str, tuple[Use, ...]]


def source(ref: str) -> Source:
    """A row of the references with what rests on it, by table. Raises `UnknownNameError`."""
    reference = _reference(ref)
    by_table: dict[str, tuple[Use, ...]] = {}
    for use in uses([ref]):
        by_table[use.table] = (*by_table.get(use.table, ()), use)
    found = tuple(one for one in evidence.studies() if ref in (one.ref, one.cited))
    return Source(reference, found, by_table)


def _reference(ref: str) -> Row:
    row = load().by_id.get(f"references.{ref}")
    if row is None:
        raise UnknownNameError("source", ref, sorted(one.id for one in load().rows("references"))[:20])
    return row


@dataclass(frozen=True)
class FactShown:
    """One fact: its cells that are filled in, its source, and the study it belongs to.

    `cells` are name, value, and the facts that the value names.
    """

    row: Row
    table: str
    cells: tuple[tuple[str, Any, tuple[str, ...]], ...]
    reference: Row | None
    study: str | None


_BESIDE = ("id", "ref", "locator", "status", "checked_by", "note", "study")


def fact(fact_id: str) -> FactShown:
    """One fact of any table. Raises `UnknownNameError`."""
    row = load().row(fact_id)
    cells = tuple(
        (name, value, _facts_in(value, but=row.id))
        for name, value in row.values.items()
        if name not in _BESIDE and _filled(value)
    )
    ref = row.get("ref")
    table = row.file.removesuffix(".csv")
    is_study = table == "studies"
    return FactShown(row, table, cells, _reference(ref) if ref else None, row.id if is_study else row.get("study"))


def _facts_in(value: Any, *, but: str) -> tuple[str, ...]:
    """Ids of facts that the cell is made of; empty where any word of it is none."""
    known = load().by_id
    named = value if isinstance(value, tuple) else (value,)
    return named if all(isinstance(one, str) and one in known and one != but for one in named) else ()


def _filled(value: Any) -> bool:
    return value is not None and value != ()


def facts_of(table: str) -> Iterable[Row]:
    """Rows of one of the tables of numbers. Raises `UnknownNameError`."""
    if table not in NUMBER_TABLES:
        raise UnknownNameError("table", table, sorted(NUMBER_TABLES))
    return load().rows(table)


def qualification_reports() -> dict[str, Path]:
    """The whole report by the name of its file, as far as this copy of Holdfast carries it."""
    folder = Path(holdfast.__file__).parent.parent / "docs" / "qualification"
    return {path.name: path for name in ("report.pdf", "report.html") if (path := folder / name).is_file()}


def qualification_context() -> dict[str, Any]:
    """The summary of the last qualification report, None before the first; and have published numbers changed since?"""
    found = summary()
    return {"summary": found, "is_stale": found is not None and found.published != published_digest()}
