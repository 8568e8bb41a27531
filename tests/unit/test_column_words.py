"""No reader meets the short name of a column."""

from __future__ import annotations

import re

import pytest

from holdfast.evidence.column_words import column_words
from holdfast.facts import load

_SHORT = {"h", "d", "y", "n", "r", "t", "op", "sd", "se", "ci", "min", "max", "tol", "iv", "nct", "url", "refs"}


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("time_h", "Time (hours)"), ("op", "Compared by"), ("n_analysed", "People analysed"),
        ("sd", "Standard deviation"),
        ("repeat_min_d", "Least days between ratings"), ("t_h", "Time (hours)"), ("total_min", "Lowest total"),
        ("infusion_min", "Infusion (minutes)"), ("value", "Value"), ("event_term", "Event term"),
    ],
)  # fmt: skip
def test_a_column_reads_as_words(name: str, words: str) -> None:
    assert column_words(name) == words


def test_every_column_of_every_table_has_words() -> None:
    names = {name for row in load().by_id.values() for name in row.values}
    assert len(names) > 200
    left = {name: words for name in names if set(re.findall(r"\w+", words := column_words(name).lower())) & _SHORT}
    assert left == {}
    assert [name for name in names if "_" in column_words(name)] == []
