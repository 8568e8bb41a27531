"""The tables that the calibration leaves: read as written, refused in a sentence when cut, changed or missing."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from holdfast.errors import TableError
from holdfast.evidence.qualification.reading import Predicted, StudyScore, about, columns, table
from holdfast.facts.digest import digest_of

pytestmark = pytest.mark.story("HF-EVD-040")
ROW = (
    "nmda-driven,daly2018,daly-2018-period-1,T0094,change,points,-9.7,transcribed,left out,-8.1,-11,-9.9,-6,-5.1,-9,-7,"
    "0.12,yes,yes"
)
YES = "nmda-driven,fava2018,fava-2018,T0071,superior,flag,1,transcribed,left out,0.62,,,,,,,,yes,yes"


def folder(path: Path, text: str, name: str = "left_out.csv") -> Path:
    (path / name).write_text(text, encoding="utf-8")
    (path / "about.json").write_text(json.dumps({"files": {name: digest_of(text.encode())}}), encoding="utf-8")
    return path


def whole() -> str:
    return "\n".join([",".join(columns(Predicted)), ROW, YES]) + "\n"


def test_rows_are_read_as_they_were_written(tmp_path: Path) -> None:
    first, second = table("left_out.csv", Predicted, folder(tmp_path, whole()))
    assert (first.row, first.published, first.p2_5, first.p97_5, first.pit) == ("T0094", -9.7, -11.0, -5.1, 0.12)
    assert first.inside_80
    assert first.inside_95
    assert second.median == 0.62
    assert second.p10 is None
    assert second.pit is None


def test_an_unknown_error_of_a_study_is_none(tmp_path: Path) -> None:
    text = ",".join(columns(StudyScore)) + "\nnmda-driven,daly2018,39,-8.5,0.2,0.41,,0\n"
    (one,) = table("left_out_studies.csv", StudyScore, folder(tmp_path, text, "left_out_studies.csv"))
    assert (one.rows, one.log_density, one.pareto_k) == (39, -8.5, 0.41)
    assert one.mean_absolute_error_response is None


@pytest.mark.parametrize("spoil", [lambda text: text[:-40], lambda text: text.replace("-9.7", "-9.8"), lambda text: ""])
def test_a_table_that_was_cut_or_changed_is_refused(tmp_path: Path, spoil: object) -> None:
    folder(tmp_path, whole())
    (tmp_path / "left_out.csv").write_text(spoil(whole()), encoding="utf-8")  # type: ignore[operator]
    with pytest.raises(TableError, match="is not the file that the fit wrote"):
        table("left_out.csv", Predicted, tmp_path)


def test_a_missing_table_and_a_missing_description_are_refused(tmp_path: Path) -> None:
    with pytest.raises(TableError, match=r"about\.json .* cannot be read"):
        about(tmp_path)
    folder(tmp_path, whole())
    (tmp_path / "left_out.csv").unlink()
    with pytest.raises(TableError, match="run make calibrate"):
        table("left_out.csv", Predicted, tmp_path)
