"""A published row that cannot be is refused by file, line and column, with the reason; each fault has been seen."""

from __future__ import annotations

import csv
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.gates.test_facts_are_sound import check, copied, spoil

__all__ = ["copied"]

OUTCOMES, EVENTS, ARMS, STUDIES = (
    "study_outcomes.csv", "study_adverse_events.csv", "study_arms.csv", "studies.csv",
)  # fmt: skip

pytestmark = pytest.mark.story("HF-EVD-002")


@pytest.mark.parametrize(
    ("file", "row_id", "column", "cell", "named", "says"),
    [
        (OUTCOMES, "T0030", "n_analysed", "0", "n_analysed", "never 0"),
        (EVENTS, "A0001", "n", "0", "n", "never 0"),
        (ARMS, "daly2018.placebo", "n_randomised", "0", "n_randomised", "never 0"),
        (EVENTS, "A0001", "n", "1000001", "n", "more people than any study has"),
        (ARMS, "daly2018.placebo", "n_randomised", "99999999999", "n_randomised", "more people than any study has"),
        (STUDIES, "han2016", "year", "2400", "year", "a year that has not come"),
        (EVENTS, "A0001", "reported_year", "20018", "reported_year", "a year that has not come"),
        (OUTCOMES, "T0094", "value", "-60.5", "value", "outside -60 to 60 points of MADRS"),
        (OUTCOMES, "T0086", "value", "61", "value", "outside 0 to 60 points of MADRS"),
        (OUTCOMES, "T0031", "sd", "61", "sd", "more than the 60 points of MADRS"),
        (OUTCOMES, "T0030", "events", "25", "events", "more than the 24 people"),
        (EVENTS, "A0001", "events", "153", "events", "more than the 152 people"),
        (OUTCOMES, "T0030", "events", "-1", "events", "cannot be fewer than 0"),
        (OUTCOMES, "T0030", "scale", "MADRSS", "scale", "is not in study_scales.csv"),
        (OUTCOMES, "T0030", "value", "72", "value", "differ by more than 1 point"),
        (EVENTS, "A0001", "value", "28.5", "value", "differ by more than 1 point"),
        (OUTCOMES, "T0296", "value", "173", "value", "between 0 and 100"),
        (OUTCOMES, "T0048", "interval_kind", "ci95", "spread_low", "write it into ci_low"),
        (OUTCOMES, "T0011", "interval_kind", "range", "ci_low", "is no confidence interval"),
        (OUTCOMES, "T0011", "interval_kind", "", "interval_kind", "say what the interval is"),
        (OUTCOMES, "T0011", "note", "ci columns hold the RANGE", "ci_low", "says that this is a range"),
        (OUTCOMES, "T0011", "ci_high", "", "ci_high", "is empty; an interval of kind ci95 needs it"),
        (OUTCOMES, "T0011", "ci_high", "0.1", "ci_high", "below the low end"),
        (OUTCOMES, "T0011", "value", "2", "value", "outside its own interval"),
        (OUTCOMES, "T0188", "ci_high", "400", "ci_high", "write ci95"),
        (OUTCOMES, "T0048", "value", "25", "value", "repeats an end of the range"),
        (EVENTS, "A0171", "value", "61", "value", "repeats an end of the range"),
        (ARMS, "daly2018.esketamine-56", "label", "Esketamine  28", "label", "is an arm of the study already"),
        (STUDIES, "han2016", "split", "calibrate", "split", "is never fitted"),
        (OUTCOMES, "T0053", "value", "0", "value", "is a statement and no count"),
        (OUTCOMES, "T0078", "events", "0", "events", "is a statement and no count"),
        (EVENTS, "A0187", "value", "0", "value", "is a statement and no count"),
        (OUTCOMES, "T0015", "time_h", "0.5", "time_h", "is not 0.667 hours"),
        (OUTCOMES, "T0262", "time_h", "12", "time_h", "is not 12 months"),
        (OUTCOMES, "T0301", "time_h", "240", "time_h", "leave it empty"),
        (OUTCOMES, "T0015", "time_h", "", "time_h", "write 0.667 hours in hours"),
        (OUTCOMES, "T0015", "time_unit", "", "time_unit", "need each other"),
        (OUTCOMES, "T0030", "value", "", "value", "is empty"),
        (OUTCOMES, "T0031", "sd", "0", "sd", "a spread is above 0"),
        (OUTCOMES, "T0030", "status", "unverified", "unverified_fields", "exactly where the status is unverified"),
        (OUTCOMES, "T0181", "subgroup_by", "", "subgroup_by", "need each other"),
        (OUTCOMES, "T0030", "study", "nobody2020", "study", "is not in studies.csv"),
        (OUTCOMES, "T0030", "arm", "daly2018.placebo", "arm", "an arm of daly2018"),
        (OUTCOMES, "T0087", "n_analysed", "12", "n_analysed", "more than the 11 randomised"),
        (OUTCOMES, "T0216", "time_value", "24", "time_h", "is not 24 weeks"),
        (ARMS, "daly2018.esketamine-28", "dose_unit", "", "dose_unit", "need each other"),
        (ARMS, "daly2018.esketamine-28", "dose", "0", "dose", "is not above 0"),
        (ARMS, "daly2018.esketamine-28", "infusion_min", "-40", "infusion_min", "is not above 0"),
        (OUTCOMES, "T0015", "time_value", "-0.667", "time_value", "from 0 up"),
        (OUTCOMES, "T0030", "status", "verified", "checked_by", "needs the second reader's name"),
        (EVENTS, "A0001", "status", "verified", "checked_by", "needs the second reader's name"),
        (ARMS, "daly2018.placebo", "status", "verified", "checked_by", "needs the second reader's name"),
        (STUDIES, "han2016", "status", "verified", "checked_by", "needs the second reader's name"),
        ("study_overlaps.csv", "overlap.murrough2013b.aanhetrot2010", "other", "murrough2013b", "other", "needs two"),
    ],
)  # fmt: skip
def test_the_gate_can_go_red(
    copied: Path, capsys: pytest.CaptureFixture[str], file: str, row_id: str, column: str, cell: str, named: str,
    says: str,
) -> None:  # fmt: skip
    line = spoil(copied, file, row_id, column, cell)
    code, err = check(copied, capsys)
    assert code == 4
    told = [fault for fault in err.splitlines() if f"{file} line {line} column {named}: " in fault]
    assert len(told) == 1, err
    assert says in told[0]


@pytest.mark.parametrize(
    ("file", "row_id", "says"),
    [(OUTCOMES, "T0030", "column outcome: 'response' is given already"),
     (EVENTS, "A0001", "column event_term: 'Dysgeusia' is given already")],
)  # fmt: skip
def test_a_row_given_twice_is_told_with_the_line_of_the_first(
    copied: Path, capsys: pytest.CaptureFixture[str], file: str, row_id: str, says: str
) -> None:
    path = copied / file
    lines = path.read_text(encoding="utf-8").splitlines()
    first = next(number for number, line in enumerate(lines, start=1) if line.startswith(f"{row_id},"))
    path.write_text("\n".join([*lines, lines[first - 1].replace(row_id, "Z9001", 1)]) + "\n", encoding="utf-8")
    code, err = check(copied, capsys)
    assert code == 4
    assert f"{file} line {len(lines) + 1} {says}" in err
    assert f"in line {first}" in err


def test_an_interval_without_width_is_refused(copied: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for column in ("value", "ci_low", "ci_high"):
        spoil(copied, OUTCOMES, "T0011", column, "1.5")
    code, err = check(copied, capsys)
    assert code == 4
    assert "column ci_high: is 1.5, the low end too; an interval of kind ci95 has a width" in err


@pytest.mark.parametrize(
    ("written", "says"),
    [
        (lambda text: text.encode("utf-16"), "is not UTF-8"),
        (lambda text: b"", "column id: column is missing from the header"),
        (lambda text: text.replace(",", ";").encode(), "commas between its cells"),
        (lambda text: text.splitlines()[0].encode(), "holds no row"),
    ],
)
def test_a_table_nobody_can_read_is_the_one_fault_told(
    copied: Path, capsys: pytest.CaptureFixture[str], written: Callable[[str], bytes], says: str
) -> None:
    """Not every row of other tables that names one of its rows."""
    (copied / OUTCOMES).write_bytes(written((copied / OUTCOMES).read_text(encoding="utf-8")))
    code, err = check(copied, capsys)
    assert code == 4
    assert [line.split(" ")[0] for line in err.splitlines()[1:]] == [OUTCOMES]
    assert says in err


def test_a_missing_number_of_people_is_unknown_and_sound(copied: Path, capsys: pytest.CaptureFixture[str]) -> None:
    spoil(copied, OUTCOMES, "T0030", "n_analysed", "")
    assert check(copied, capsys)[0] == 0


def test_a_percent_within_a_point_of_its_count_is_sound(copied: Path, capsys: pytest.CaptureFixture[str]) -> None:
    spoil(copied, OUTCOMES, "T0030", "value", "71.8")  # 17 of 24 is 70.83
    assert check(copied, capsys)[0] == 0
    spoil(copied, OUTCOMES, "T0030", "value", "71.9")
    assert check(copied, capsys)[0] == 4


def test_the_tables_are_written_as_csv_writes_them(copied: Path) -> None:
    for file in (OUTCOMES, EVENTS, ARMS, STUDIES):
        with (copied / file).open(encoding="utf-8", newline="") as opened:
            rows = list(csv.reader(opened))
        assert len({len(row) for row in rows}) == 1
