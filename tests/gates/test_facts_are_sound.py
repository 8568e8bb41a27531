"""The tables are sound, and `holdfast facts check` says where they are not: file, line, column, all at once."""

from __future__ import annotations

import csv
import io
import shutil
from pathlib import Path

import pytest

from holdfast.cli import main
from holdfast.facts import read_tables
from holdfast.facts.loader import PACKAGED, fact_files


@pytest.fixture
def copied(tmp_path: Path) -> Path:
    """A copy of the packaged tables, to be spoiled."""
    for path in fact_files(PACKAGED):
        target = tmp_path / path.relative_to(PACKAGED)
        target.parent.mkdir(exist_ok=True)
        shutil.copy(path, target)
    return tmp_path


def spoil(folder: Path, file: str, row_id: str, column: str, cell: str) -> int:
    """Put `cell` into one cell of a CSV table. Returns the line it stands on."""
    path = folder / file
    lines = path.read_text(encoding="utf-8").splitlines()
    header = next(csv.reader([lines[0]]))
    number = next(n for n, line in enumerate(lines) if line.startswith(f"{row_id},"))
    cells = next(csv.reader([lines[number]]))
    cells[header.index(column)] = cell
    written = io.StringIO()
    csv.writer(written, lineterminator="").writerow(cells)
    lines[number] = written.getvalue()
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return number + 1


def check(folder: Path, capsys: pytest.CaptureFixture[str]) -> tuple[int, str]:
    """Exit code and stderr of `holdfast facts check FOLDER`."""
    code = main(["facts", "check", str(folder)])
    return code, capsys.readouterr().err


@pytest.mark.story("HF-FCT-001")
def test_the_packaged_tables_are_sound(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["facts", "check"]) == 0
    assert "no fault" in capsys.readouterr().out


def test_a_copy_is_as_sound_as_the_original(copied: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert check(copied, capsys)[0] == 0


@pytest.mark.story("HF-FCT-001")
@pytest.mark.parametrize(
    ("file", "row_id", "column", "cell", "says"),
    [
        ("care_thresholds.csv", "pre.bp.iv.sbp_max", "ref", "nobody2020", "is not in references.csv"),
        ("care_thresholds.csv", "pre.bp.iv.sbp_max", "locator", "", "is empty"),
        ("care_thresholds.csv", "pre.bp.iv.sbp_max", "unit", "", "a threshold needs a unit"),
        ("care_thresholds.csv", "pre.bp.iv.sbp_max", "unit", "stone", "is not a unit"),
        ("care_thresholds.csv", "pre.bp.iv.sbp_max", "value", "a lot", "is not a number"),
        ("care_thresholds.csv", "pre.bp.iv.sbp_max", "value", "nan", "is not a number"),
        ("care_thresholds.csv", "pre.bp.iv.sbp_max", "op", "near", "is not one of"),
        ("care_thresholds.csv", "pre.bp.iv.sbp_max", "rule", "pre.bp.moon", "is not in care_rules.csv"),
        ("care_thresholds.csv", "pre.bp.iv.sbp_max", "id", "pre.bp.us", "is already in care_rules.csv"),
        ("care_thresholds.csv", "pre.bp.iv.sbp_max", "status", "verified", "needs the second reader's name"),
        ("care_rules.csv", "pre.bp.iv", "rule_version", "1.5", "is not a whole number"),
        ("care_rules.csv", "pre.bp.iv", "implemented_by", "recorded-only", "says why"),
        ("known_misses.csv", "miss.Q-D06.holdfast-1-no-tolerance", "row", "Q-D99", "is not in qualification.csv"),
        ("known_misses.csv", "miss.Q-D06.holdfast-1-no-tolerance", "row", "Q-I01", "which asks nothing"),
        ("known_misses.csv", "miss.Q-D06.holdfast-1-no-tolerance", "model", "holdfast-start", "names already"),
        ("known_misses.csv", "miss.Q-D06.holdfast-1-no-tolerance", "reason", "", "is empty"),
        ("crisis_lines.csv", "crisis_line.US", "checked_on", "last week", "is not a date"),
    ],
)  # fmt: skip
def test_the_gate_can_go_red(
    copied: Path, capsys: pytest.CaptureFixture[str], file: str, row_id: str, column: str, cell: str, says: str
) -> None:
    line = spoil(copied, file, row_id, column, cell)
    code, err = check(copied, capsys)
    named = "checked_by" if cell == "verified" else "recorded_only_because" if cell == "recorded-only" else column
    assert code == 4
    assert f"{file} line {line} column {named}: " in err
    assert says in err


@pytest.mark.story("HF-FCT-001")
def test_every_fault_is_named_at_once(copied: Path, capsys: pytest.CaptureFixture[str]) -> None:
    lines = [
        spoil(copied, "care_thresholds.csv", "pre.bp.iv.sbp_max", "ref", "nobody2020"),
        spoil(copied, "care_thresholds.csv", "pre.bp.iv.sbp_max", "value", "a lot"),
        spoil(copied, "care_rules.csv", "pre.bp.us", "locator", ""),
    ]
    code, err = check(copied, capsys)
    assert code == 4
    assert f"care_thresholds.csv line {lines[0]} column ref" in err
    assert f"care_thresholds.csv line {lines[1]} column value" in err
    assert f"care_rules.csv line {lines[2]} column locator" in err
    assert "3 faults" in err


def test_an_unknown_column_and_a_missing_one_are_told(copied: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = copied / "settings.csv"
    path.write_text(path.read_text(encoding="utf-8").replace("meaning", "sense", 1), encoding="utf-8")
    code, err = check(copied, capsys)
    assert code == 4
    assert "settings.csv line 1 column meaning: column is missing from the header" in err
    assert "settings.csv line 2 column sense: is not a column of settings" in err


def test_a_ragged_row_and_a_missing_table_are_told(copied: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = copied / "settings.csv"
    lines = path.read_text(encoding="utf-8").splitlines()
    path.write_text("\n".join([*lines[:2], lines[2] + ",one more"]) + "\n", encoding="utf-8")
    (copied / "jurisdictions.csv").unlink()
    code, err = check(copied, capsys)
    assert code == 4
    assert "settings.csv line 3 column -: has " in err
    assert "jurisdictions.csv line 1 column -: is missing" in err


SCALE = """\
[scale]
id = "toy"
name = "Toy"
title = "A toy scale"
rated_by = "patient"
measures = "nothing"
scoring = "sum"
items = 1
total_min = 0
total_max = 3
higher_is = "worse"
missing_items = "refuse"
ships_text = false
licence = "none"
ref = "holdfast_house"
locator = "made up"
status = "assumed"

[[item]]
key = "1"
min = 0
max = 3

# a comment between, so that lines are not merely counted by section
[[item]]
key = "2"
min = 0
max = "three"
"""


@pytest.mark.parametrize(
    ("old", "new", "place", "says"),
    [
        ('max = "three"', 'max = "three"', "line 28 column max", "is not a number"),
        ('max = "three"', "max = 3\nweight = 2", "line 29 column weight", "is not a column of item"),
        ('locator = "made up"\n', "", "line 1 column locator", "is empty"),
        ('rated_by = "patient"', 'rated_by = "nobody"', "line 5 column rated_by", "is not one of"),
        ('ref = "holdfast_house"', 'ref = "nobody2020"', "line 15 column ref", "is not in references.csv"),
        ("[[item]]\nkey = \"2\"", "[[thing]]\nkey = \"2\"", "line 25 column thing", "is not a section"),
        ("items = 1", "items = = 1", "line 8 column", "is not TOML"),
    ],
)  # fmt: skip
def test_a_fault_in_a_document_is_told_by_line_and_column(
    copied: Path, capsys: pytest.CaptureFixture[str], old: str, new: str, place: str, says: str
) -> None:
    (copied / "scales").mkdir(exist_ok=True)
    sound = SCALE if old.startswith("max") else SCALE.replace('"three"', "3")
    (copied / "scales" / "toy.toml").write_text(sound.replace(old, new), encoding="utf-8")
    code, err = check(copied, capsys)
    assert code == 4
    told = [line for line in err.splitlines() if "scales/toy.toml" in line]
    assert any(place in line and says in line for line in told), err


def test_no_table_is_empty_of_meaning() -> None:
    known, _ = read_tables(PACKAGED)
    assert known is not None
    assert [name for name, rows in known.tables.items() if not rows] == []
    assert [name for name, documents in known.documents.items() if not documents] == []


def test_nothing_says_it_is_verified_before_a_second_reader_has_read_it() -> None:
    known, _ = read_tables(PACKAGED)
    assert known is not None
    assert [row.id for row in known.by_id.values() if row.get("status") == "verified"] == []
