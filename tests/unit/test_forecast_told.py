"""A forecast as text and as a plot: days listed, what is assumed of today, and nothing where there is none."""

from __future__ import annotations

import json
import re
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from holdfast.cli import main
from holdfast.forecast.forecast import forecast
from holdfast.forecast.patient_file import Patient, read_patient
from holdfast.forecast.picture import fan_chart
from holdfast.forecast.told import told
from tests.gates.repository import ROOT

FOLDER = ROOT / "docs" / "examples" / "forecast"
LINE = re.compile(r"  day (\S+)(?: \((.+)\))?: \d+; half lie in")
GIVEN = "today's treatment session counts as given"


def patient(name: str, **fields: Any) -> Patient:
    return read_patient(json.loads((FOLDER / f"{name}.json").read_text(encoding="utf-8")) | fields)


@cache
def answer(name: str) -> dict[str, Any]:
    return forecast(patient(name))


def listed(answer: dict[str, Any]) -> dict[float, str]:
    """What is said of each day of the curve that is listed."""
    found = (LINE.match(line) for line in told(answer)[0])
    return {float(one[1]): one[2] or "" for one in found if one}


@pytest.mark.story("HF-FOR-002")
def test_the_text_lists_weeks_first_and_the_days_asked_for_by_name() -> None:
    days = listed(answer("fading_response"))
    assert [day - 110 for day in days] == [
        0, 7, 14, 19, 21, 28, 35, 42, 49, 56, 84, 112, 140, 168, 182,
    ]  # fmt: skip
    assert days[110] == "today"
    assert days[117] == "week 1"
    assert days[129] == "next treatment session, review"
    assert days[292] == "week 26"


def test_a_day_named_that_is_a_week_stands_once() -> None:
    days = listed(answer("responder"))
    assert days[84] == "week 2, next treatment session, review"
    assert len(days) == 14


def test_a_short_forecast_lists_its_last_day() -> None:
    days = listed(forecast(patient("responder"), weeks=1))
    assert list(days) == [70, 77]


@pytest.mark.story("HF-FOR-002")
def test_a_treatment_session_due_today_is_said_to_count_as_given() -> None:
    found = answer("responder")["answers"]["relapse_before_next"]
    assert found["today_as_given"] is True
    assert found["by"].endswith("the treatment session due on the day of the forecast counts as given")
    assert answer("responder")["curve"]["today_as_given"] is True
    lines = told(answer("responder"))[0]
    assert next(line for line in lines if line.startswith("Ratings of MADRS")).endswith(f"; {GIVEN}:")
    assert next(line for line in lines if line.startswith("Relapse before")).endswith(f"; {GIVEN}.")


def test_and_not_where_none_is_due() -> None:
    found = answer("fading_response")
    assert found["answers"]["relapse_before_next"]["today_as_given"] is False
    assert "as given" not in json.dumps(found)
    assert GIVEN not in "\n".join(told(found)[0])


def test_one_treatment_session_is_one() -> None:
    assert "after 1 treatment session the chance" in "\n".join(told(answer("two_ratings"))[0])


@pytest.mark.story("HF-FOR-006")
def test_who_is_unlike_the_population_is_not_told_of_a_forecast() -> None:
    said = answer("contradictory")["verdict"]["said"]
    assert len(said) == 1, "that the forecast is mostly the population's would speak of one"
    assert not any(line.startswith(("Ratings of", "Response")) for line in told(answer("contradictory"))[0])


@pytest.mark.story("HF-FOR-006")
@pytest.mark.parametrize("name", ["two_ratings", "contradictory"])
def test_a_plot_changes_neither_exit_code_nor_text(
    name: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Being unlike the population is an answer, and no fault of the file."""
    drawn = tmp_path / "one.svg"
    assert main(["forecast", str(FOLDER / f"{name}.json")]) == 0
    without = capsys.readouterr()
    assert main(["forecast", str(FOLDER / f"{name}.json"), "--plot", str(drawn)]) == 0
    assert capsys.readouterr() == without
    assert "<svg" in drawn.read_text(encoding="utf-8")


@pytest.mark.story("HF-FOR-006")
def test_the_plot_of_who_is_unlike_shows_ratings_and_no_band() -> None:
    figure = fan_chart(answer("contradictory"), patient("contradictory"))
    (axes,) = figure.axes
    assert not axes.collections, "a band would be one"
    assert len(axes.lines[0].get_xdata()) == len(patient("contradictory").obtained)  # type: ignore[arg-type]
    assert "No forecast is given" in figure.get_supxlabel()
    assert len(fan_chart(answer("two_ratings"), patient("two_ratings")).axes[0].collections) == 3


def test_the_plot_says_what_counts_as_given_and_its_words_fit() -> None:
    caption = fan_chart(answer("responder"), patient("responder")).get_supxlabel()
    assert GIVEN in caption
    assert max(map(len, caption.split("\n"))) <= 110
