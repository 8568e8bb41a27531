"""Forecasts of day 10 of the NIMH trial as they were kept on 2026-11-22, and the folder they were made from."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path

import pytest

from holdfast.forecast.cohort import OURS, most_of
from holdfast.forecast.cohort_people import read_design, read_trial
from holdfast.forecast.cohort_table import read_table
from tests.gates.repository import ROOT

KEPT = ROOT / "docs" / "forecasts" / "nimh-day-10.csv"
DESIGN = ROOT / "docs" / "examples" / "cohort" / "nimh-trial.json"


@pytest.mark.story("HF-FOR-041")
def test_the_kept_table_is_the_one_that_was_made() -> None:
    """Nobody may touch it before day 10 is scored: its digest stands beside it."""
    beside = json.loads(KEPT.with_suffix(".json").read_text(encoding="utf-8"))
    assert hashlib.sha256(KEPT.read_bytes()).hexdigest() == beside["table_sha256"]
    assert (beside["about"]["day"], beside["about"]["leg"], beside["about"]["seed"]) == (10.0, "ketamine", 1)
    assert beside["about"]["posterior"]["file_digest"]


def test_the_kept_table_holds_chances_and_no_rating_of_the_trial() -> None:
    """The trial's own numbers are no part of the project: neither baselines nor rivals that repeat a rating."""
    made = read_table(KEPT).made
    assert {one.method for one in made} == {OURS}
    assert all(one.baseline is None for one in made)
    assert all(one.chances is not None and one.chances.shape == (1, most_of("madrs") + 1) for one in made)


@pytest.mark.shared_data
@pytest.mark.story("HF-FOR-040")
def test_everybody_of_the_trial_is_in_it(nimh_scores: Path) -> None:
    """README of the shared data: 33 MDD (one without a baseline), 3 BP, 22 HC; 27 MDD with baseline and day 2."""
    design = read_design(json.loads(DESIGN.read_text(encoding="utf-8")))
    cohort = read_trial(nimh_scores.parent, design, 10.0)
    forecast = [one for one in cohort.people if one.why_not is None]
    assert len(cohort.people) == 58
    assert [sum(one.group == group for one in forecast) for group in ("MDD", "BP", "HC")] == [32, 3, 0]
    assert sum(len(one.rated) == 2 for one in forecast if one.group == "MDD") == 27
    assert {at for one in forecast for at, _ in one.rated} == {0.0, 2.0}
    kept = {one.id for one in read_table(KEPT).made if one.method == OURS and one.chances is not None}
    assert kept == {one.id for one in forecast}


@pytest.mark.shared_data
def test_what_is_not_known_of_a_person_is_said(nimh_scores: Path) -> None:
    design = read_design(json.loads(DESIGN.read_text(encoding="utf-8")))
    people = {one.id: one for one in read_trial(nimh_scores.parent, design, 10.0).people}
    assert people["sub-MOA138"].placebo_first is None
    assert any("order of infusions" in note for note in people["sub-MOA138"].notes)
    assert "no madrs rating of the baseline" in str(people["sub-MOA117"].why_not)
