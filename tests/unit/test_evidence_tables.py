"""The evidence tables hold every published number of the evidence review, with its status, and nothing more."""

from __future__ import annotations

import csv
import sys
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from holdfast import evidence
from holdfast.errors import UnknownNameError
from holdfast.evidence import AdverseEvent, Outcome
from holdfast.facts import load
from tests.gates.repository import run

DRUGS = {
    "ketamine": "racemic ketamine", "ketamine or esketamine": "(es)ketamine", "quetiapine": "quetiapine XR",
    "electroconvulsive therapy": "ECT", "hydroxynorketamine": "(2R,6R)-hydroxynorketamine",
}  # fmt: skip
ROUTES = {"iv": "IV", "nasal": "IN", "none": "ECT"}
# Doses that the review words in two ways for one arm.
TWICE_WORDED = {("gutierrez2024", "low"): "low dose", ("mcinnes2022", ""): "not fixed"}
# Of every row there: 275 outcomes and 195 adverse events (section 2 and 1 of the review).
STATUSES = {"transcribed": 191, "secondary": 49, "press": 7, "unverified": 28}
EVENT_STATUSES = {"transcribed": 172, "secondary": 21, "press": 1, "unverified": 1}
SPLITS = {"calibrate": 230, "check": 9, "context": 32, "exclude_overlap": 4}
ESTIMANDS = {"arm": 228, "contrast": 47}

pytestmark = pytest.mark.story("HF-EVD-001")


def test_counts_are_those_of_the_review() -> None:
    rows = evidence.outcomes()
    assert evidence.status_counts(rows) == STATUSES
    assert Counter(row.study.split for row in rows) == SPLITS
    assert Counter(row.estimand for row in rows) == ESTIMANDS
    assert evidence.status_counts(evidence.adverse_events()) == EVENT_STATUSES
    assert len({row.study.id for row in rows}) == 43
    assert len({row.study.id for row in evidence.adverse_events()}) == 19
    assert [one.number for one in evidence.conflicts()] == list(range(1, 16))


def number(value: float | None) -> str:
    return "" if value is None else f"{value:g}"


def text(value: Any) -> str:
    return "" if value is None else str(value)


def placeholder(row: Outcome | AdverseEvent) -> str:
    """What the review writes for a value that we leave empty: 0 for a statement, the low end for a range."""
    if row.value is not None:
        return number(row.value)
    if row.unit is not None and row.unit.startswith("qualitative"):
        return "0"
    return number(row.spread_low) if isinstance(row, AdverseEvent) else ""


def low_and_high(row: Outcome | AdverseEvent) -> tuple[str, str]:
    spread = row.spread_low is not None
    return number(row.spread_low if spread else row.ci_low), number(row.spread_high if spread else row.ci_high)


def rebuilt(row: Outcome) -> dict[str, str]:
    """The row as the review has it, from ours."""
    low, high = low_and_high(row)
    study, arm = row.study, row.arm
    return {
        "row_id": row.id, "study_id": study.id, "study": study.title, "year": str(study.year), "design": study.design,
        "population": study.population, "arm": arm.label, "subgroup": text(row.subgroup),
        "drug": DRUGS.get(arm.drug, arm.drug), "route": ROUTES.get(arm.route, arm.route),
        "dose": text(arm.dose_as_printed), "schedule": text(arm.schedule), "comparator": text(arm.comparator),
        "n_randomised": text(arm.n_randomised), "n_analysed": text(row.n_analysed),
        "estimand": "arm" if row.estimand == "arm" else "contrast_vs_comparator", "outcome": row.outcome,
        "scale": text(row.scale), "definition": text(row.definition), "time_value": number(row.time_value),
        "time_unit": text(row.time_unit), "time_anchor": text(row.time_anchor), "value": placeholder(row),
        "unit": text(row.unit), "events": text(row.events), "sd": number(row.sd), "se": number(row.se), "ci_low": low,
        "ci_high": high, "interval_kind": text(row.interval_kind), "source": study.source,
        "source_check": study.source_check, "source_url": text(row.read_at), "status": row.status,
        "unverified_fields": ";".join(sorted((*arm.unverified_fields, *row.unverified_fields))),
        "overlap_group": text(study.overlap_group), "split": study.split, "notes": text(row.note),
    }  # fmt: skip


NUMBERS = ("value", "time_value", "sd", "se", "ci_low", "ci_high")


def listed(path: Path) -> list[dict[str, str]]:
    """Rows of the review, numbers and lists in one way of writing."""
    with path.open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    for row in rows:
        row |= {name: number(float(row[name])) for name in NUMBERS if row.get(name)}
        if "unverified_fields" in row:
            row["unverified_fields"] = ";".join(sorted(filter(None, row["unverified_fields"].split(";"))))
    return rows


@pytest.mark.shared_data
def test_every_outcome_of_the_review_can_be_rebuilt(evidence_review: Path) -> None:
    theirs = listed(evidence_review / "trials.csv")
    ours = [rebuilt(row) for row in evidence.outcomes()]
    assert len(theirs) == len(ours) == 275
    for mine, row in zip(ours, theirs, strict=True):
        assert mine == row, row["row_id"]


def rebuilt_event(row: AdverseEvent) -> dict[str, str]:
    """The row as the review has it, from ours; its overlap group is looked at apart."""
    low, high = low_and_high(row)
    return {
        "row_id": row.id, "study_id": row.study.id, "study": row.reported_as, "year": str(row.reported_year),
        "arm": row.arm.label, "drug": DRUGS.get(row.arm.drug, row.arm.drug),
        "route": ROUTES.get(row.arm.route, row.arm.route), "dose": text(row.arm.dose_as_printed), "phase": row.phase,
        "n": text(row.n), "event_term": row.event_term, "category": row.category, "value": placeholder(row),
        "unit": row.unit, "events": text(row.events), "ci_low": low, "ci_high": high,
        "interval_kind": text(row.interval_kind), "time_note": text(row.time_note), "source": row.reported_in,
        "source_url": text(row.read_at), "status": row.status, "split": row.study.split, "notes": text(row.note),
    }  # fmt: skip


def groups(study_id: str) -> set[str | None]:
    """Overlap groups of a study: its own, and those of pairs that name it."""
    pairs = {pair.group for pair in evidence.overlaps() if study_id in (pair.study, pair.other)}
    return {evidence.study(study_id).overlap_group, *pairs}


@pytest.mark.shared_data
def test_every_adverse_event_of_the_review_can_be_rebuilt(evidence_review: Path) -> None:
    theirs = listed(evidence_review / "adverse_events.csv")
    ours = [rebuilt_event(row) for row in evidence.adverse_events()]
    assert len(theirs) == len(ours) == 195
    for mine, row in zip(ours, theirs, strict=True):
        group = row.pop("overlap_group")
        row["dose"] = TWICE_WORDED.get((row["study_id"], row["dose"]), row["dose"])
        assert mine == row, row["row_id"]
        assert not group or group in groups(row["study_id"]), row["row_id"]


@pytest.mark.shared_data
def test_every_conflict_of_the_review_is_held_in_its_words(evidence_review: Path) -> None:
    section = (evidence_review / "EVIDENCE.md").read_text(encoding="utf-8").split("## 7.")[1].replace("*", "")
    for one in evidence.conflicts():
        assert f"| {one.number} | {one.article_says} | {one.source_says} | {one.verdict} |" in section


def test_times_are_one_quantity() -> None:
    hours = {row.id: row.time_h for row in evidence.outcomes()}
    assert (hours["T0013"], hours["T0203"], hours["T0015"]) == (14 * 24, 4 * 168, 0.667)
    assert hours["T0301"] is None, "ten infusions are no time"
    assert hours["T0032"] is None, "a median time to relapse is a value and not a time of rating"


def test_what_was_read_nowhere_says_so() -> None:
    for row in (*evidence.outcomes(), *evidence.adverse_events()):
        assert (row.read_at is None) == (row.status == "unverified") == (row.ref == "evidence_recollection"), row.id


def test_press_ranks_between_unverified_and_secondary() -> None:
    counts = evidence.status_counts(evidence.outcomes())
    assert list(counts) == ["transcribed", "secondary", "press", "unverified"]


def test_a_filter_that_nothing_has_is_an_error_that_names_what_there_is() -> None:
    with pytest.raises(UnknownNameError, match="calibrate, check, context"):
        evidence.studies(split="moon")
    with pytest.raises(UnknownNameError, match="MADRS"):
        evidence.outcomes(scale="MADRSS")
    with pytest.raises(UnknownNameError, match="daly2018"):
        evidence.study("daly2019")


def test_filters_narrow() -> None:
    nasal = evidence.studies(split="calibrate", drug="esketamine", route="nasal")
    assert {"daly2018", "transform2", "janik2025"} <= {one.id for one in nasal}
    assert "singh2016e" not in {one.id for one in nasal}, "esketamine by vein"
    assert {row.id for row in evidence.outcomes(study="diazgranados2010", outcome="response", to_h=1)} == {"T0015"}


def test_reading_the_tables_loads_no_numerics() -> None:
    code = "import sys, holdfast.evidence as e; e.fit_rows(); e.cite('T0128'); print('numpy' in sys.modules)"
    done = run(sys.executable, "-c", code)
    assert done.stdout.strip() == "False", done.stderr


@pytest.mark.story("HF-EVD-004")
def test_a_citation_names_what_rests_on_the_same_source() -> None:
    found = evidence.cite("T0128")
    assert (found.study, found.status, found.read) == ("daly2018", "transcribed", "excerpt")
    assert ("qualification", "Q-M01") in {(use.table, use.id) for use in found.uses}
    for use in found.uses:
        row = load().by_id[use.id]
        published = {load().by_id[name]["ref"] for name in row.get("published", ())}
        assert use.ref in {row.get("ref"), *row.get("further_refs", ()), *published}


@pytest.mark.story("HF-EVD-004")
def test_a_number_that_was_retold_says_where() -> None:
    found = evidence.cite("T0003")
    assert "Zarate" in found.citation
    assert "Cochrane" in found.read_in
    assert evidence.cite("T0008").read == "not-read"
    with pytest.raises(UnknownNameError):
        evidence.cite("T9999")
