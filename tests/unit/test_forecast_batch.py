"""Forecasts of many patients are the forecasts of each, in their order, on any number of processes."""

from __future__ import annotations

import json
import os
from dataclasses import replace

import pytest

from holdfast.errors import InputError
from holdfast.forecast.batch import forecasts
from holdfast.forecast.forecast import forecast
from holdfast.forecast.patient_file import Patient, Rated, read_patient
from holdfast.model.runs.workers import worker_processes
from tests.gates.repository import ROOT

FOLDER = ROOT / "docs" / "examples" / "forecast"


def patients() -> list[Patient]:
    """Two whose forecast is made, and one on a scale that no link joins to MADRS."""
    made = [read_patient(json.loads((FOLDER / f"{name}.json").read_text(encoding="utf-8")))
            for name in ("two_ratings", "responder")]  # fmt: skip
    return [made[0], replace(made[0], ratings=(*made[0].ratings, Rated(2.0, "hamd-6", 5))), made[1]]


@pytest.mark.story("HF-FOR-040")
@pytest.mark.parametrize("processes", [1, pytest.param(2, marks=pytest.mark.slow)])
def test_each_gets_the_forecast_of_their_own(processes: int) -> None:
    found = list(forecasts(patients(), seed=3, weeks=4, processes=processes))
    alone = patients()
    assert found[0].answer == forecast(alone[0], seed=3, weeks=4)
    assert found[2].answer == forecast(alone[2], seed=3, weeks=4)
    assert found[1].answer is None
    assert "no published link joins hamd-6 to MADRS" in str(found[1].refused)
    assert found[0].answer != found[2].answer


def test_no_process_does_nothing() -> None:
    with pytest.raises(InputError, match="0 processes do nothing"):
        list(forecasts(patients(), processes=0))


def test_a_process_that_dies_is_one_sentence() -> None:
    with pytest.raises(InputError, match="a process ended before its work was done"), worker_processes(1) as pool:
        pool.submit(os._exit, 1).result()
