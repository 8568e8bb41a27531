"""Every reader of a table that somebody hands in says the same of the same fault; a study day has one range."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from holdfast.cli.output import read_csv
from holdfast.errors import InputError
from holdfast.exchange.score_table import read_lines
from holdfast.exchange.trial_folder import read_trial
from holdfast.outcomes.score_rows import check_rows

READERS: dict[str, Callable[[Path], object]] = {
    "command line": lambda path: read_csv(path, ["day"]),
    "import": lambda path: read_lines(path, ["day"]),
}


@pytest.mark.parametrize("read", READERS.values(), ids=READERS)
@pytest.mark.parametrize(
    ("content", "says"),
    [
        (b"", "line 1: column day is missing; it has none"),
        (b"id,score\n1,2\n", "line 1: column day is missing; it has id, score"),
        (b"day,day\n1,2\n", "line 1: a column name stands twice: day, day"),
        (b"day\n\xff\n", "is not UTF-8 text; save it as UTF-8"),
        (b'day\n"1\n', "is not a table"),
    ],
)
def test_a_table_that_means_nothing_is_refused(read: Callable, content: bytes, says: str, tmp_path: Path) -> None:
    path = tmp_path / "table.csv"
    path.write_bytes(content)
    with pytest.raises(InputError, match=says):
        read(path)


@pytest.mark.parametrize("read", READERS.values(), ids=READERS)
def test_a_path_that_is_no_file_is_refused(read: Callable, tmp_path: Path) -> None:
    with pytest.raises(InputError, match="does not exist"):
        read(tmp_path / "nothing.csv")
    with pytest.raises(InputError, match="is a folder, not a file"):
        read(tmp_path)


def test_blank_rows_are_passed_over_and_lines_still_count(tmp_path: Path) -> None:
    path = tmp_path / "table.csv"
    path.write_text("\ufeff day ,score\n\n , \n3,4\n", encoding="utf-8")
    assert read_csv(path, ["day"]) == [(4, {"day": "3", "score": "4"})]


@pytest.mark.parametrize(("day", "taken"), [(36525, True), (36526, False), (20261121, False)])
def test_both_score_tables_take_the_same_days(day: int, taken: bool, tmp_path: Path) -> None:
    cells = {"participant_id": "p1", "scale": "madrs", "day": str(day), "score": "9", "leg": "baseline"}
    path = tmp_path / "scores.csv"
    path.write_text(",".join(cells) + "\n" + ",".join(cells.values()) + "\n", encoding="utf-8")
    says = "outside -366 to 36525 d; give days of the study, no dates"
    assert [bad.reason.split(", ", 1)[1] for bad in read_trial(path).bad_rows] == ([] if taken else [says])
    if taken:
        assert check_rows([(2, cells)], "scores.csv")[0].day == day
        return
    with pytest.raises(InputError, match=says):
        check_rows([(2, cells)], "scores.csv")
