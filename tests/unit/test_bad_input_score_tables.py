"""Trials with a broken description, and names that would not fit the records: bad rows or one sentence."""

from __future__ import annotations

from pathlib import Path

import pytest

from holdfast.errors import InputError
from holdfast.exchange.trial_folder import read_trial

HEAD = "participant_id,group,leg,day,scale,score\n"
pytestmark = pytest.mark.story("HF-IMP-001")


def folder(tmp_path: Path, description: str, rows: str = "p1,A,baseline,0,madrs,30\n") -> Path:
    (tmp_path / "scores.csv").write_text(HEAD + rows, encoding="utf-8")
    (tmp_path / "dataset_description.json").write_text(description, encoding="utf-8")
    return tmp_path


@pytest.mark.parametrize(
    "description", ["[]", "null", "[" * 100_000, '{"Name": ' + "9" * 5000 + "}", '{"Name": "a"', '{"Name": ["a"]}',
                    '{"Name": {"a": 1}}', '{"License": 5}']
)  # fmt: skip
def test_a_broken_description_is_one_sentence(tmp_path, description):
    with pytest.raises(InputError, match=r"dataset_description\.json") as caught:
        read_trial(folder(tmp_path, description))
    assert "\n" not in str(caught.value)


def test_a_description_may_leave_things_out(tmp_path):
    table = read_trial(folder(tmp_path, '{"Name": null, "License": "CC0"}'))
    assert (table.title, table.licence, table.source) == ("scores", "CC0", "scores.csv")


@pytest.mark.parametrize("group", ["x" * 61, "a\x1bb", "a\u202eb"])
def test_a_group_that_cannot_be_kept_is_a_bad_row(tmp_path, group):
    table = read_trial(folder(tmp_path, "{}", f"p1,{group},baseline,0,madrs,30\np2,A,baseline,0,madrs,30\n"))
    assert [(bad.line, bad.column) for bad in table.bad_rows] == [(2, "group")]
    assert [person.id for person in table.participants] == ["p2"]
