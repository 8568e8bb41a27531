"""Kept JSON that was spoiled is refused in one sentence, whatever is wrong with it; what a program wrote is read."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from holdfast.errors import TableError
from holdfast.evidence import kept_json
from holdfast.evidence.founding_predictions import FILE, predictions_in
from holdfast.evidence.kept_json import read_object
from holdfast.evidence.qualification import reading
from holdfast.evidence.qualification.summary import read_summary

READERS = {
    "about.json": lambda path: reading.about(path.parent), "summary.json": read_summary,
    "founding_predictions.json": predictions_in,
}  # fmt: skip
SPOILED = {
    "empty": "", "a list": "[]", "null": "null", "nested": "[" * 200_000, "nested objects": '{"a":' * 200_000,
    "endless number": '{"files": 1e999, "trials": [], "about": {}}', "no number": '{"files": NaN}',
    "thousands of digits": '{"date": ' + "9" * 10_000 + "}", "cut": '{"files": {', "words": '{"files": "all of them"}',
    "trials that are none": '{"trials": [{}], "about": {}, "files": []}',
    "nothing about them": '{"trials": [], "about": null, "files": []}',
}  # fmt: skip


@pytest.mark.parametrize("name", READERS)
@pytest.mark.parametrize("content", SPOILED.values(), ids=SPOILED.keys())
def test_spoiled_json_is_one_fault(name: str, content: str, tmp_path: Path) -> None:
    read: Callable[[Path], Any] = READERS[name]
    place = tmp_path / name
    place.write_text(content)
    with pytest.raises(TableError) as refused:
        read(place)
    assert name in str(refused.value)
    assert len(str(refused.value)) < 200


@pytest.mark.parametrize("name", READERS)
def test_a_file_that_never_ends_is_one_fault(name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(kept_json, "MOST_BYTES", 1_000)
    (tmp_path / name).symlink_to("/dev/zero")
    with pytest.raises(TableError, match=name):
        READERS[name](tmp_path / name)


def test_what_a_program_wrote_is_read_as_it_stands() -> None:
    assert read_object(FILE) == json.loads(FILE.read_text(encoding="utf-8"))


def test_a_trial_that_no_table_holds_is_one_fault(tmp_path: Path) -> None:
    told = json.loads(FILE.read_text(encoding="utf-8"))
    for spoil in ({"trial": "nobody-1999"}, {"numbers": [{}]}, {"numbers": None}):
        place = tmp_path / FILE.name
        place.write_text(json.dumps({**told, "trials": [{**told["trials"][0], **spoil}]}))
        with pytest.raises(TableError, match="write it anew"):
            predictions_in(place)
