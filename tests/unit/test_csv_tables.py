"""Cells of tables for people: text that a spreadsheet would carry out, and its way back."""

from __future__ import annotations

import csv
import io

import pytest
from hypothesis import given
from hypothesis import strategies as st

from holdfast.csv_tables import TableWriter, plain_cell, text_cell

TABLE = [
    ("=1+1", "'=1+1"),
    ('=HYPERLINK("https://x.example")', '\'=HYPERLINK("https://x.example")'),
    ("+1 555 010 0199", "'+1 555 010 0199"),
    ("+15550100199", "'+15550100199"),
    ("-2 points", "'-2 points"),
    ("-", "'-"),
    ("@SUM(A1)", "'@SUM(A1)"),
    ("\t=1", "'\t=1"),
    ("\r=1", "'\r=1"),
    ("\uff1d1+1", "'\uff1d1+1"),
    ("'=1", "''=1"),
    ("-1.5", "-1.5"),
    ("-2.5e-03", "-2.5e-03"),
    ("5 = 5", "5 = 5"),
    ("O'Hara", "O'Hara"),
    ("'quoted'", "'quoted'"),
    ("", ""),
]


@pytest.mark.story("HF-OPS-007")
@pytest.mark.parametrize(("text", "cell"), TABLE)
def test_a_text_that_begins_like_a_formula(text: str, cell: str) -> None:
    assert text_cell(text) == cell
    assert plain_cell(cell) == text


@pytest.mark.story("HF-OPS-007")
@given(st.text(alphabet="=+-@'\t\r\n1.eE a"))
def test_whatever_was_written_is_read_back(text: str) -> None:
    assert plain_cell(text_cell(text)) == text


@pytest.mark.story("HF-OPS-007")
def test_numbers_stay_numbers() -> None:
    held = io.StringIO()
    table = TableWriter(held)
    table.row(["name", "change"])
    table.rows([["=cmd", -4], ["Ada", -2.5], ["-2.50", None]])
    assert held.getvalue() == "name,change\n'=cmd,-4\nAda,-2.5\n-2.50,\n"
    assert [row[1] for row in csv.reader(io.StringIO(held.getvalue()))] == ["change", "-4", "-2.5", ""]
