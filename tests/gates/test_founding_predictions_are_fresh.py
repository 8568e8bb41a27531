"""What the model gives for the founding studies is of today's tables and code; else the file is written anew."""

from __future__ import annotations

import dataclasses
import json
from typing import Any

import pytest

from calibration import founding_predictions as program
from holdfast.evidence.founding_predictions import COMMAND, FILE, Predictions, predictions
from holdfast.evidence.virtual_trials.reading import trial
from holdfast.evidence.virtual_trials.replicates import simulate_trial
from holdfast.model.named_models import CALIBRATED_MODEL, named_model

STALE = f"{FILE.name} is stale; write it anew with .venv/bin/{COMMAND}"


def told(name: str, hypothesis: str) -> dict[str, Any]:
    """One trial as it stands in the file."""
    found = json.loads(FILE.read_text(encoding="utf-8"))["trials"]
    return next(one for one in found if (one["trial"], one["hypothesis"]) == (name, hypothesis))


def stale(found: Predictions) -> list[str]:
    """What no longer holds of the file."""
    model = named_model(CALIBRATED_MODEL)
    now = {"model": model.id, "model_version": model.row["version"]}
    faults = [f"{name} was {found.about[name]}" for name, value in now.items() if found.about[name] != value]
    return faults + (["the tables below it have changed"] if found.is_stale else [])


@pytest.mark.story("HF-EVD-030")
def test_the_file_is_of_todays_tables_and_model() -> None:
    assert stale(predictions()) == [], STALE


@pytest.mark.story("HF-EVD-030")
def test_the_file_is_what_todays_code_gives() -> None:
    """One trial of the twelve runs, whole, by a rival that needs no posterior; the others share its code."""
    name, hypothesis = program.TRIALS[0], program.HYPOTHESES[1]
    again = simulate_trial(
        trial(name), replicates=program.REPLICATES, seed=program.SEED, model=CALIBRATED_MODEL, hypothesis=hypothesis
    )
    now = json.loads(program.written(program.trial_told(again)))
    assert len(now["numbers"]) > 5
    for one, before in zip(now["numbers"], told(name, hypothesis)["numbers"], strict=True):
        near = {name: pytest.approx(before[name], rel=1e-3) for name in ("p2.5", "p10", "p50", "p90", "p97.5")}
        assert one == {**before, **near}, STALE


def test_the_gate_can_go_red() -> None:
    found = predictions()
    other = dataclasses.replace(found, about={**found.about, "inputs_digest": "0" * 16, "model_version": "0"})
    assert stale(other) == ["model_version was 0", "the tables below it have changed"]
