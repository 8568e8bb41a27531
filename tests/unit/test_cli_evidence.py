"""`holdfast evidence`: studies as cards, their uncertainties, their sources."""

from __future__ import annotations

import json
from typing import Any

import pytest

from holdfast.cli import main

pytestmark = pytest.mark.story("HF-EVD-004")


def answer(capsys: pytest.CaptureFixture[str], words: str) -> Any:
    assert main([*words.split(), "--json"]) == 0
    return json.loads(capsys.readouterr().out)


def said(capsys: pytest.CaptureFixture[str], words: str) -> str:
    assert main(words.split()) == 0
    return capsys.readouterr().out


def test_a_list_is_narrowed_by_filters(capsys: pytest.CaptureFixture[str]) -> None:
    every = answer(capsys, "evidence list")
    crossover = answer(capsys, "evidence list --design crossover --outcome remission")
    assert len(every) == 50
    assert [one["id"] for one in crossover] == ["zarate2006", "diazgranados2010"]
    assert crossover[0]["rows_by_status"] == {"secondary": 2, "press": 3, "unverified": 3}


def test_a_card_has_arms_results_by_time_and_cautions(capsys: pytest.CaptureFixture[str]) -> None:
    card = answer(capsys, "evidence show daly2018")
    assert {arm["label"] for arm in card["arms"]} >= {"esketamine 28", "esketamine 84 (period 2)", "placebo"}
    assert (len(card["outcomes"]), len(card["adverse_events"])) == (63, 1)
    shown = said(capsys, "evidence show daly2018")
    times = [shown.index(f"\n{row}") for row in ("T0086", "T0128", "T0145")]
    assert times == sorted(times)
    assert "Period 2 holds re-randomised placebo patients" in shown
    assert "MADRS<=10*" in shown, "a column that alone is unverified is marked"


def test_the_status_stands_beside_every_number(capsys: pytest.CaptureFixture[str]) -> None:
    lines = said(capsys, "evidence show zarate2006").splitlines()
    rows = [line for line in lines if line.startswith("T00")]
    assert len(rows) == 8
    assert all(line.endswith(("secondary", "press", "unverified")) for line in rows)
    assert any("article: 001: 2006 patients" in line for line in lines)


def test_a_range_is_called_one(capsys: pytest.CaptureFixture[str]) -> None:
    assert "25 to 168 (range)" in said(capsys, "evidence show diamond2014")
    assert "percent of patients 61 to 84 (range)" in said(capsys, "evidence show label")


def test_a_check_counts_and_names_uncertainties(capsys: pytest.CaptureFixture[str]) -> None:
    found = answer(capsys, "evidence check")
    assert (found["fit_rows"], found["fit_rows_with_unverified"]) == (206, 230)
    assert found["outcomes"] == {"transcribed": 191, "secondary": 49, "press": 7, "unverified": 28}
    about = {(finding["kind"], finding["about"]) for finding in found["findings"]}
    assert {
        ("not attainable", "T0307"), ("not attainable", "A0200"), ("unverified", "aanhetrot2010"),
        ("unverified", "singh2016e"), ("no definition", "T0047"), ("no n", "T0236"),
    } <= about  # fmt: skip
    assert ("not attainable", "T0030") not in about, "17 of 24 is 70.8 percent"
    assert "206 of the outcomes may be fitted, or 230 if unverified ones are let in" in said(capsys, "evidence check")


def test_a_citation_gives_source_place_status_and_uses(capsys: pytest.CaptureFixture[str]) -> None:
    found = answer(capsys, "evidence cite sustain3re")
    assert found["identifiers"] == "PMC10439056"
    assert found["locator"].startswith("https://pmc.ncbi.nlm.nih.gov/articles/PMC10439056")
    assert {use["table"] for use in found["uses"]}
    assert "used by nothing outside" in said(capsys, "evidence cite ionescu2019")


def test_all_fifteen_conflicts_are_shown(capsys: pytest.CaptureFixture[str]) -> None:
    assert len(answer(capsys, "evidence articles")) == 15
    assert said(capsys, "evidence articles").count("we hold: ") == 15


@pytest.mark.parametrize(
    ("words", "says"),
    [
        ("evidence show zarate2007", "Did you mean 'zarate2006'?"),
        ("evidence cite T9999", "No study or row is called 'T9999'"),
        ("evidence list --split fitted", "Known: calibrate, check"),
    ],
)
def test_an_unknown_name_is_a_sentence(capsys: pytest.CaptureFixture[str], words: str, says: str) -> None:
    assert main(words.split()) == 5
    assert says in capsys.readouterr().err
