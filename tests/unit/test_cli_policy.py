"""`holdfast policy`: what it prints and writes, that it advises nothing, and that it can be stopped."""

from __future__ import annotations

import csv
import json
from pathlib import Path
from typing import Any

import pytest

from holdfast.cli import INTERRUPTED_EXIT, main

RUN = ["policy", "compare", "iv-racemic", "--patients", "100", "--seed", "4"]
FEW = ["policy", "compare", "iv-racemic", "--patients", "30", "--seed", "4", "--without-sensitivity"]
pytestmark = pytest.mark.story("HF-POL-005")


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("policy")


@pytest.fixture(scope="module")
def answered(folder: Path) -> dict[str, Any]:
    from contextlib import redirect_stdout
    from io import StringIO

    printed = StringIO()
    with redirect_stdout(printed):
        places = ["--output", str(folder / "t.csv"), "--plot", str(folder / "p.svg")]
        assert main([*RUN, "--json", *places]) == 0
    found: dict[str, Any] = json.loads(printed.getvalue())
    return found


def test_frontier_policies_come_first_and_stop_and_unchanged_are_there(answered: dict[str, Any]) -> None:
    on = [row["on_frontier"] for row in answered["policies"]]
    assert on == sorted(on, reverse=True)
    assert any(on)
    assert {"stop", "unchanged"} <= {row["policy"] for row in answered["policies"]}
    stop = next(row for row in answered["policies"] if row["policy"] == "stop")
    assert stop["on_frontier"], "nothing costs less than no treatment session"
    assert stop["treatment_sessions"]["mean"] == stop["dose_mg"]["mean"] == stop["hours_in_clinic"]["mean"] == 0


def test_every_number_has_its_error_and_interval(answered: dict[str, Any]) -> None:
    for row in answered["policies"]:
        for name in ("weeks_well", "treatment_sessions", "dose_mg", "dose_mg_per_kg", "hours_in_clinic", "left"):
            assert row[name]["low"] <= row[name]["high"]
            assert row[name]["error"] >= 0
        assert 0 <= row["share_of_worlds_on_frontier"] <= row["share_of_worlds_near_frontier"] <= 1
    unchanged = next(row for row in answered["policies"] if row["policy"] == "unchanged")
    assert unchanged["weeks_well_against_unchanged"]["mean"] == 0
    hours = unchanged["treatment_sessions"]["mean"] * 100 / 60  # 40 minutes of infusion, 60 of observation after it
    assert unchanged["hours_in_clinic"]["mean"] == pytest.approx(hours)


def test_differences_are_sharper_than_what_is_compared(answered: dict[str, Any]) -> None:
    """Patients share their chance under every policy."""
    row = next(row for row in answered["policies"] if row["policy"] == "fixed-every3w")
    assert row["weeks_well_against_unchanged"]["error"] < 0.5 * row["weeks_well"]["error"]


def test_reruns_name_what_they_vary_and_who_enters_and_leaves(answered: dict[str, Any]) -> None:
    reruns = {one["variant"]: one for one in answered["sensitivity"]["reruns"]}
    assert {"rating_clinician.sigma-low", "kZ-high", "tolerance-high", "mixed", "hnk-driven"} <= set(reruns)
    names = {row["policy"] for row in answered["policies"]}
    for one in reruns.values():
        assert set(one["entered_frontier"]) | set(one["left_frontier"]) <= names
        assert -1 <= one["rank_correlation"] <= 1


def test_the_answer_says_what_it_is_of(answered: dict[str, Any]) -> None:
    assert answered["seed"] == 4
    assert answered["posterior"]["name"] == "holdfast-2"
    assert len(answered["facts_digest"]) == 16
    assert "no policy is advised" in answered["said"]
    assert answered["definitions"]["relapse"]["status"] == "unverified"
    assert (answered["patients"], answered["worlds"], answered["few_worlds"]) == (100, 10, None)


def test_the_table_holds_the_same_numbers(answered: dict[str, Any], folder: Path) -> None:
    with (folder / "t.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    assert [row["policy"] for row in rows] == [row["policy"] for row in answered["policies"]]
    assert float(rows[3]["weeks_well_mean"]) == answered["policies"][3]["weeks_well"]["mean"]


def test_the_plot_is_labelled(answered: dict[str, Any], folder: Path) -> None:
    drawn = (folder / "p.svg").read_text(encoding="utf-8")
    assert answered
    assert drawn.startswith("<?xml")
    assert drawn.count("<path") > 30


def test_text_tells_frontier_reruns_and_forecasts_and_no_directive(capsys: pytest.CaptureFixture[str]) -> None:
    assert main([*RUN, "--without-sensitivity"]) == 0
    printed = capsys.readouterr().out
    assert printed.index("Frontier: ") < printed.index("The other ")
    assert "No parameter was varied." in printed
    assert "Forecasts that policies act on, 1 week ahead" in printed
    assert "± " in printed
    assert "Too few worlds" not in printed
    for word in ("recommend", "should", "best policy", "optimal"):
        assert word not in printed.lower()


@pytest.fixture(scope="module")
def few(folder: Path) -> dict[str, Any]:
    """What three worlds tell: `--json` with table and plot, and the text."""
    from contextlib import redirect_stdout
    from io import StringIO

    told: dict[str, Any] = {}
    for form, options in (("json", ["--json"]), ("text", ["--output", str(folder / "f.csv")])):
        printed = StringIO()
        with redirect_stdout(printed):
            assert main([*FEW, *options, "--plot", str(folder / f"{form}.svg")]) == 0
        told[form] = printed.getvalue()
    return {**told, "json": json.loads(told["json"])}


OF_WORLDS = ("share_of_worlds_on_frontier", "share_of_worlds_near_frontier", "share_of_worlds_better_than_unchanged")


def test_of_few_worlds_json_and_table_hold_means_alone(few: dict[str, Any], folder: Path) -> None:
    assert few["json"]["few_worlds"].startswith("Too few worlds (3) ")
    for row in few["json"]["policies"]:
        assert row["weeks_well"]["mean"] > 0
        for name in ("weeks_well", "weeks_well_against_unchanged", "treatment_sessions", "relapse", "left"):
            assert [row[name][part] for part in ("error", "low", "high")] == [None] * 3
        assert [row[name] for name in OF_WORLDS] == [None] * 3
    with (folder / "f.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    assert {row["weeks_well_low"] for row in rows} == {row[OF_WORLDS[0]] for row in rows} == {""}
    assert float(rows[0]["weeks_well_mean"]) > 0


def test_of_few_worlds_text_and_plot_say_so_and_show_no_interval(few: dict[str, Any], folder: Path) -> None:
    assert few["text"].index("Too few worlds (3)") < few["text"].index("Frontier: ")
    assert "±" not in few["text"]
    assert "80 % of worlds)" not in few["text"]
    drawn = (folder / "text.svg").read_text(encoding="utf-8")
    assert "Too few worlds to tell how sure" in drawn
    assert "80 % of worlds" not in drawn


def test_enough_worlds_are_drawn_with_bars(answered: dict[str, Any], folder: Path) -> None:
    assert answered["few_worlds"] is None
    drawn = (folder / "p.svg").read_text(encoding="utf-8")
    assert "80 % of worlds" in drawn
    assert "Too few worlds" not in drawn


def test_a_run_that_is_stopped_writes_nothing(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    def interrupted(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("holdfast.policies.compare._work", interrupted)
    assert main([*RUN, "--output", str(tmp_path / "t.csv"), "--plot", str(tmp_path / "p.svg")]) == INTERRUPTED_EXIT
    assert list(tmp_path.iterdir()) == []
    assert "stopped by the user" in capsys.readouterr().err


def test_list_and_show_write_programmes_and_policies_out(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["policy", "list", "--json"]) == 0
    listed = {one["programme"]: one["policies"] for one in json.loads(capsys.readouterr().out)["programmes"]}
    assert listed["esketamine-nasal"] == 200
    assert main(["policy", "show", "iv-racemic"]) == 0
    shown = capsys.readouterr().out
    assert "booster-above40-ask1w" in shown
    assert main(["policy", "show", "iv-racemic", "--json"]) == 0
    assert len(json.loads(capsys.readouterr().out)["policies"]) == listed["iv-racemic"]


def test_a_name_that_is_not_there_has_its_exit_code(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["policy", "compare", "iv-racemik"]) == 5
    assert "Did you mean 'iv-racemic'?" in capsys.readouterr().err
