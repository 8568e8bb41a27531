"""What the calibration writes: rows of predictions, scores of hypotheses, rows of the calibrated model."""

from __future__ import annotations

import csv
import io

import numpy as np
import pytest

from calibration.mood import model_rows
from calibration.mood.left_out import LeftOut
from calibration.mood.report import _spans
from calibration.mood.scoring import hypothesis_rows
from calibration.mood.studies import studies_of
from calibration.mood.tables import predicted_row
from calibration.mood.targets import Target
from holdfast.evidence.qualification.reading import Predicted, columns
from holdfast.evidence.virtual_trials.reading import trial
from holdfast.model.named_models import named_model
from holdfast.model.posteriors.parameters import parameters

pytestmark = pytest.mark.story("HF-EVD-040")


def target(row: str, kind: str, value: float) -> Target:
    return Target("daly-2018-period-1", "daly2018", row, kind, kind, "g", value, "transcribed", True, 30.0, None)


def test_a_prediction_has_every_column_and_says_whether_it_holds() -> None:
    values = np.linspace(-20, 0, 2_001)
    row = predicted_row("nmda-driven", target("T0094", "change", -9.7), values, "left out")
    assert set(row) == set(columns(Predicted))
    assert float(row["median"]) == pytest.approx(-10)
    assert (float(row["p2.5"]), float(row["p97.5"])) == pytest.approx((-19.5, -0.5))
    assert float(row["pit"]) == pytest.approx(0.515, abs=0.001)
    assert (row["inside_80"], row["inside_95"]) == ("yes", "yes")
    missed = predicted_row("nmda-driven", target("T0094", "change", -19.0), values, "left out")
    assert (missed["inside_80"], missed["inside_95"]) == ("no", "yes")
    assert predicted_row("nmda-driven", target("T0094", "change", -25.0), values, "x")["inside_95"] == "no"


def test_a_percent_is_held_to_within_its_rounding() -> None:
    values = np.linspace(20, 40, 2_001)  # the middle 95 % end at 39.5, the middle 80 % at 38
    near, far, end = (
        predicted_row("x", target("T0005", "response", value), values, "left out") for value in (38.4, 38.6, 40.1)
    )
    assert (near["inside_80"], far["inside_80"], end["inside_95"]) == ("yes", "no", "no")


def test_the_only_study_of_a_group_shares_nothing() -> None:
    several = studies_of([trial(name) for name in ("zarate-2006", "diazgranados-2010", "fava-2018")])
    assert several.names == ("diazgranados2010", "fava2018", "zarate2006")
    assert several.group_of.tolist() == [0, -1, 0]
    assert several.of_trial.tolist() == [2, 0, 1]
    assert studies_of([trial("zarate-2006"), trial("fava-2018")]).group_of.tolist() == [-1, -1]


def test_replicates_that_report_nothing_are_not_counted() -> None:
    row = predicted_row("x", target("T0094", "change", -9.7), np.array([np.nan, -9.0, np.nan, -11.0]), "left out")
    assert float(row["median"]) == -10.0
    nobody = predicted_row("x", target("T0094", "change", -9.7), np.array([np.nan]), "left out")
    assert (nobody["median"], nobody["inside_95"]) == ("", "no")


def test_yes_or_no_is_held_where_its_chance_was_not_small() -> None:
    often = predicted_row("x", target("T0071", "superior", 1.0), np.array([1.0] * 6 + [0.0] * 94), "left out")
    assert (often["median"], often["inside_80"], often["inside_95"]) == ("0.06", "no", "yes")
    no = predicted_row("x", target("T0071", "superior", 0.0), np.array([1.0] * 6 + [0.0] * 94), "left out")
    assert no["inside_80"] == "yes"


def left(name: str, density: float) -> LeftOut:
    return LeftOut(name, None, np.zeros(1), density, 0.1, 0.2, sampled_anew=False)  # type: ignore[arg-type]


def test_hypotheses_are_compared_study_by_study() -> None:
    one = {name: left(name, value) for name, value in (("a", -1.0), ("b", -2.0), ("c", -3.0))}
    other = {name: left(name, value) for name, value in (("a", -1.5), ("b", -4.0), ("c", -3.2), ("d", -9.0))}
    best, second = hypothesis_rows({"one": one, "other": other}, {"other": "smaller"})
    assert (best["hypothesis"], best["studies"], best["log_density"], best["difference"]) == ("one", 3, "-6.00", "0.00")
    assert (second["log_density"], second["difference"], second["note"]) == ("-8.70", "-2.70", "smaller")
    apart = np.array([-0.5, -2.0, -0.2])
    assert float(second["difference_error"]) == pytest.approx(np.sqrt(3) * apart.std(ddof=1), abs=0.005)


def test_rows_of_the_model_are_written_over_and_no_other_line_moves(tmp_path, monkeypatch: pytest.MonkeyPatch) -> None:
    before = model_rows.TABLE.read_text(encoding="utf-8")
    table = tmp_path / "mood_parameters.csv"
    table.write_text(before, encoding="utf-8")
    monkeypatch.setattr(model_rows, "TABLE", table)
    prior = next(one for one in parameters("nmda-driven") if one.name == "kout.omega")
    found = [{"parameter": prior, "median": 0.98765, "low": 0.5, "high": 2.0, "contraction": 0.1}]
    for _ in range(2):
        model_rows.write_rows("new", "holdfast-1", found)
    lines = table.read_text(encoding="utf-8").splitlines()
    assert lines[:-1] == before.splitlines()
    (cells,) = csv.reader(io.StringIO(lines[-1]))
    assert cells[:6] == ["new.kout.omega", "new", "kout", "0.988", "SD log", "omega"]
    assert "mostly the prior" in cells[-1]
    assert named_model("holdfast-1").has("kout", "omega")


def test_rows_are_told_in_spans() -> None:
    assert _spans(["T0003", "T0001", "T0002", "T0010"]) == "T0001-T0003, T0010"
