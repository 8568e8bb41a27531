"""People forecast together: whom, from what, by which day; what the table keeps; how later ratings judge it."""

from __future__ import annotations

import json
import random
import shutil
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from holdfast.cli import main
from holdfast.errors import HoldfastError, InputError
from holdfast.forecast.cohort import OURS, Made, forecasts, responding
from holdfast.forecast.cohort_people import Cohort, dated, read_design, read_patient_files, read_trial
from holdfast.forecast.cohort_score import later_ratings, scored
from holdfast.forecast.cohort_table import Table, read_table, written_table
from holdfast.forecast.scoring import chances_of_normal, chances_of_value
from holdfast.outcomes.score_rows import check_rows
from tests.gates.repository import ROOT

EXAMPLES = ROOT / "docs" / "examples" / "cohort"
MOST = 60


def design_content() -> dict[str, Any]:
    found: dict[str, Any] = json.loads((EXAMPLES / "design.json").read_text(encoding="utf-8"))
    return found


def example(used: tuple[float, ...] | None = None) -> Cohort:
    return read_trial(EXAMPLES / "trial", read_design(design_content()), 10.0, used)


@pytest.mark.story("HF-FOR-040")
def test_nobody_is_dropped_and_a_control_is_not_forecast() -> None:
    people = {one.id: one for one in example().people}
    assert list(people) == ["p01", "p02", "p03", "p04", "p05"]
    assert {name: one.why_not is None for name, one in people.items()} == {
        "p01": True, "p02": True, "p03": True, "p04": False, "p05": False,
    }  # fmt: skip
    assert "baseline" in str(people["p04"].why_not)
    assert "healthy control" in str(people["p05"].why_not)


@pytest.mark.story("HF-FOR-040")
def test_a_missing_later_rating_is_no_rating_and_is_said() -> None:
    one = next(one for one in example().people if one.id == "p03")
    assert one.rated == ((0.0, 29),)
    assert any("baseline alone" in note for note in one.notes)


@pytest.mark.story("HF-FOR-040")
def test_ratings_on_or_after_the_day_forecast_are_never_read() -> None:
    cohort = read_trial(EXAMPLES / "trial", read_design(design_content()), 2.0)
    assert all(at < 2 for one in cohort.people for at, _ in one.rated)


def test_a_placebo_first_person_has_an_old_baseline_and_an_infusion_of_next_to_nothing() -> None:
    cohort = example()
    first, second = (one for one in cohort.people if one.id in ("p01", "p02"))
    plain, crossed = (dated(one, cohort, random.Random(1)).patient for one in (first, second))
    assert [one.day for one in plain.doses] == [0.0]
    assert [one.day for one in crossed.doses] == [-14.0, 0.0]
    assert crossed.ratings[0].day == -16.0
    assert (crossed.doses[0].dose.dose_mg_per_kg or 1) < 1e-5 < (crossed.doses[1].dose.dose_mg_per_kg or 0)


def test_days_that_are_not_exact_are_drawn_from_what_they_may_have_been() -> None:
    cohort = example()
    one = cohort.people[0]
    found = [dated(one, cohort, random.Random(seed)) for seed in range(40)]
    assert {at.patient.ratings[-1].day for at in found} == {2.0, 3.0}
    assert {at.day for at in found} == {10.0, 11.0}


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"groups": {"MDD": "nobody"}}, "nobody"),
        ({"dose": {"drug": "ketamine", "route": "iv"}}, "dose_mg_per_kg"),
        ({"surprise": 1}, "surprise"),
        ({"days": {"2": "three"}}, "days.2"),
        ({"days": None}, "days must be an object"),
        ({"days": [2]}, "days must be an object"),
        ({"days": {"2": []}}, "days.2 is empty"),
        ({"days": {"2": [-5]}}, "days.2 lies -5 days"),
        ({"days": {"2": [1e300]}}, "days.2 lies"),
        ({"baseline_day": 5}, "baseline_day lies"),
        ({"baseline_day": -1e300}, "baseline_day lies"),
        ({"leg": None}, "leg is None"),
        ({"earlier_infusion": {"column": "a", "value": "no", "days_before": [-14]}}, "days_before lies -14 days"),
        (
            {"dose": {"drug": "ketamine", "route": "iv", "dose_mg_per_kg": 50, "duration_min": 40}},
            "dose_mg_per_kg is 50",
        ),
    ],
)
def test_a_faulty_design_is_one_sentence(change: dict[str, Any], said: str) -> None:
    with pytest.raises(HoldfastError, match=said):
        read_design({**design_content(), **change})


@pytest.mark.parametrize("day", [0.0, -1.0, 1e300])
def test_a_day_that_cannot_be_forecast_is_one_sentence(day: float, tmp_path: Path) -> None:
    with pytest.raises(InputError, match="cannot be forecast"):
        read_trial(EXAMPLES / "trial", read_design(design_content()), day)
    with pytest.raises(InputError, match="cannot be forecast"):
        read_patient_files(tmp_path, {}, day)


def test_a_faulty_patient_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="two: today is missing"):
        read_patient_files(tmp_path, {"two": {}}, 10.0)


@pytest.mark.parametrize("output", ["scores.csv", "participants.csv", "design.csv"])
def test_what_was_read_is_never_written_over(output: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    folder = Path(shutil.copytree(EXAMPLES / "trial", tmp_path / "trial"))
    design = folder / "design.json"
    shutil.copy(EXAMPLES / "design.json", design)
    before = {path.name: path.read_bytes() for path in folder.iterdir()}
    command = ["cohort", "forecast", str(folder), "--design", str(design), "--day", "10", "--passes", "1"]
    assert main([*command, "--output", str(folder / output)]) == InputError.exit_code
    assert "is read here" in capsys.readouterr().err
    assert {path.name: path.read_bytes() for path in folder.iterdir()} == before


def test_a_table_is_not_written_among_patient_files(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    content = (ROOT / "docs/examples/forecast/two_ratings.json").read_bytes()
    (tmp_path / "one.json").write_bytes(content)
    command = ["cohort", "forecast", str(tmp_path), "--day", "10", "--output", str(tmp_path / "one.csv")]
    assert main(command) == InputError.exit_code
    assert "lies among the patient files" in capsys.readouterr().err
    assert (tmp_path / "one.json").read_bytes() == content


def test_a_design_must_say_what_was_given() -> None:
    content = design_content()
    del content["dose"]
    with pytest.raises(InputError, match="lacks dose"):
        read_design(content)


def test_patient_files_are_people_too(tmp_path: Path) -> None:
    content = json.loads((ROOT / "docs/examples/forecast/two_ratings.json").read_text(encoding="utf-8"))
    early = read_patient_files(tmp_path, {"one": content}, 1.0).people[0]
    late = read_patient_files(tmp_path, {"one": content}, 300.0).people[0]
    assert "is not after today" in str(early.why_not)
    assert late.why_not is None
    with pytest.raises(InputError, match="neither scores"):
        read_patient_files(tmp_path, {}, 10.0)


@pytest.fixture(scope="module")
def made() -> list[Made]:
    """The example, forecast once."""
    return [one for of_person in forecasts(example(), passes=1) for one in of_person]


@pytest.mark.story("HF-FOR-040")
def test_every_person_has_a_forecast_or_a_reason_and_chances_add_up(made: list[Made]) -> None:
    ours = [one for one in made if one.method == OURS]
    assert [one.id for one in ours] == ["p01", "p02", "p03", "p04", "p05"]
    for one in ours:
        assert (one.chances is None) != (one.why_not is None)
        if one.chances is not None:
            assert one.chances.shape == (1, MOST + 1)
            assert one.chances.sum() == pytest.approx(1.0)


def test_a_response_on_day_2_makes_a_response_on_day_10_likelier(made: list[Made]) -> None:
    chance = {one.id: float(one.chances[0] @ responding("madrs", one.baseline or 0))
              for one in made if one.method == OURS and one.chances is not None}  # fmt: skip
    assert chance["p01"] > 0.25 > 0.1 > chance["p02"]


def test_the_table_is_read_back_as_it_was_written(made: list[Made], tmp_path: Path) -> None:
    path = tmp_path / "forecasts.csv"
    path.write_text(written_table(made, "madrs", "ketamine", 10.0), encoding="utf-8")
    back = read_table(path)
    assert (back.scale, back.leg, back.day, len(back.made)) == ("madrs", "ketamine", 10.0, len(made))
    for one, other in zip(made, back.made, strict=True):
        assert (one.id, one.method, one.why_not) == (other.id, other.method, other.why_not)
        if one.chances is not None and other.chances is not None:
            assert np.allclose(one.chances, other.chances, atol=1e-5)


def test_a_name_like_a_formula_is_carried_out_nowhere_and_read_back(made: list[Made], tmp_path: Path) -> None:
    path = tmp_path / "forecasts.csv"
    path.write_text(written_table([replace(made[0], id="=1+1")], "madrs", "ketamine", 10.0), encoding="utf-8")
    assert path.read_text(encoding="utf-8").splitlines()[1].startswith("'=1+1,")
    assert read_table(path).made[0].id == "=1+1"


def test_a_table_whose_chances_were_changed_is_refused(made: list[Made], tmp_path: Path) -> None:
    path = tmp_path / "forecasts.csv"
    lines = written_table(made, "madrs", "ketamine", 10.0).splitlines()
    cells = lines[1].split(",")
    cells[-30] = "0.9"
    path.write_text("\n".join([lines[0], ",".join(cells), *lines[2:]]), encoding="utf-8")
    with pytest.raises(InputError, match="line 2: chances"):
        read_table(path)


@pytest.mark.parametrize("baseline", ["x", "3.5", "-5", "99999"])
def test_a_baseline_that_cannot_be_is_told_with_its_line(baseline: str, tmp_path: Path) -> None:
    header, *lines = (EXAMPLES / "forecasts.csv").read_text(encoding="utf-8").splitlines()
    cells = dict(zip(header.split(","), lines[0].split(","), strict=True)) | {"baseline": baseline}
    path = tmp_path / "forecasts.csv"
    path.write_text("\n".join([header, ",".join(cells.values()), *lines[1:]]), encoding="utf-8")
    with pytest.raises(InputError, match="line 2: baseline"):
        read_table(path)


def table_of(methods: dict[str, list[np.ndarray]], came: list[int]) -> tuple[Table, dict[str, int]]:
    made = tuple(Made(f"p{i}", "MDD", name, chances, 32) for name, every in methods.items()
                 for i, chances in enumerate(every))  # fmt: skip
    return Table(made, "madrs", "ketamine", 10.0), {f"p{i}": total for i, total in enumerate(came)}


def test_scores_are_exact_and_rivals_are_compared_person_by_person() -> None:
    came = [20, 30, 12]
    table, later = table_of(
        {OURS: [chances_of_normal(one, 2.0, MOST) for one in came],
         "last value": [chances_of_value(one + 4, MOST) for one in came]}, came,
    )  # fmt: skip
    found = scored(table, later)["groups"]["MDD"]
    rival = found["methods"]["last value"]
    assert rival["crps"] == pytest.approx(4.0)
    assert rival["mean_absolute_error"] == pytest.approx(4.0)
    assert rival["worse_than_ours"]["mean"] == pytest.approx(4.0 - found["methods"][OURS]["crps"])
    assert found["methods"][OURS]["coverage"]["80"]["inside"] == 3
    assert sum(found["pit"]) == 3
    assert found["methods"][OURS]["response"]["came"] == 1  # 12 of 32


def test_whoever_is_missing_on_either_side_is_named() -> None:
    table, later = table_of({OURS: [chances_of_normal(20.0, 5.0, MOST)] * 3}, [20, 21, 22])
    del later["p0"]
    later["stranger"] = 9
    found = scored(table, later)
    assert found["forecast_not_rated"] == ["p0"]
    assert found["rated_not_forecast"] == ["stranger"]


def test_a_rival_of_somebody_of_whom_ours_says_nothing_is_not_compared() -> None:
    some = [chances_of_normal(20.0, 5.0, MOST)]
    table, later = table_of({OURS: some, "last value": some * 2}, [20, 21])
    assert scored(table, later)["groups"]["MDD"]["methods"]["last value"]["n"] == 1
    without, _ = table_of({"last value": some}, [20])
    with pytest.raises(InputError, match="no row of the method"):
        scored(without, later)


def test_the_placebo_leg_of_the_same_day_does_not_count() -> None:
    table, _ = table_of({OURS: [chances_of_normal(20.0, 5.0, MOST)]}, [20])
    rows = [(2, {"participant_id": "p0", "scale": "MADRS", "day": "10", "score": "31", "leg": "placebo"})]
    with pytest.raises(InputError, match="none of madrs on day 10, leg ketamine"):
        later_ratings(check_rows(rows, "later.csv", with_baseline=False), table)
    rows.append((3, {**rows[0][1], "leg": "ketamine", "score": "12"}))
    assert later_ratings(check_rows(rows, "later.csv", with_baseline=False), table) == {"p0": 12}


def test_how_often_right_forecasts_meet_the_aim_is_a_sum_of_the_binomial() -> None:
    from scipy.stats import binom

    table, later = table_of({OURS: [chances_of_normal(20.0, 5.0, MOST)] * 27}, [20] * 27)
    found = scored(table, later)["groups"]["MDD"]
    q = found["methods"][OURS]["coverage"]["80"]["expected"]
    assert found["aim"]["chance_if_right"] == pytest.approx(binom.pmf([21, 22, 23], 27, q).sum(), abs=1e-9)
    assert found["aim"]["met"] is False


@pytest.mark.story("HF-FOR-041")
def test_the_command_judges_the_kept_example(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["cohort", "score", str(EXAMPLES / "forecasts.csv"), str(EXAMPLES / "later.csv"), "--json"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert found["groups"]["MDD"]["methods"][OURS]["n"] == 3
    assert set(found["not_forecast"]) == {"p04", "p05"}


@pytest.mark.story("HF-FOR-041")
@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["forecast", "nowhere", "--day", "10", "--output", "f.csv"], "is not a folder"),
        (["forecast", str(EXAMPLES / "trial"), "--day", "10", "--output", "f.csv"], "--design"),
        (["score", str(EXAMPLES / "later.csv"), str(EXAMPLES / "later.csv")], "is missing"),
    ],
)
def test_a_slip_is_one_sentence(words: list[str], said: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["cohort", *words]) == 3
    assert said in capsys.readouterr().err


def test_a_patient_file_goes_on_by_its_plan_and_rivals_see_its_scale_alone(tmp_path: Path) -> None:
    """Weekly treatment sessions to come make a lower rating likelier than none; a PHQ-9 is no last value of MADRS."""
    content = json.loads((ROOT / "docs/examples/forecast/two_ratings.json").read_text(encoding="utf-8"))
    content["scale"] = "madrs"
    content["ratings"] = [*content["ratings"], {"day": content["today"], "scale": "phq-9", "total": 3}]
    contents = {"stops": {**content, "planned": {"days": []}}, "goes-on": {**content, "planned": {"every_d": 7}}}
    cohort = read_patient_files(tmp_path, contents, 120.0)
    made = [one for of_person in forecasts(cohort, passes=1) for one in of_person]
    mean = {one.id: float(one.chances[0] @ np.arange(MOST + 1)) for one in made
            if one.method == "population" and one.chances is not None}  # fmt: skip
    assert mean["goes-on"] < mean["stops"] - 2
    last = next(one for one in made if one.method == "last value")
    madrs = [one["total"] for one in content["ratings"] if one["scale"] == "madrs"]
    assert last.chances is not None
    assert int(last.chances[0].argmax()) == madrs[-1] != 3
