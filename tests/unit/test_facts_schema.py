"""The schema objects themselves: what they draw they accept, and they name every fault of a row at once."""

from __future__ import annotations

from random import Random

import pytest

from holdfast.facts.documents import DOCUMENT_KINDS
from holdfast.facts.schema import Column, Table
from holdfast.facts.tables import TABLES

EVERY_TABLE = [*TABLES, *(table for kind in DOCUMENT_KINDS for table in kind.tables())]


@pytest.mark.parametrize("table", EVERY_TABLE, ids=lambda table: table.name)
def test_a_drawn_row_has_no_faulty_cell(table):
    random = Random(20261121)
    for _ in range(50):
        cells = table.draw_row(random)
        bare = Table(table.name, table.doc, table.columns)  # checks across columns need related cells
        _, faults = bare.parse_row(cells, row_id="drawn", file="drawn", line=1)
        assert faults == []


@pytest.mark.parametrize("table", EVERY_TABLE, ids=lambda table: table.name)
def test_every_column_is_documented(table):
    text = table.document()
    for column in table.columns:
        assert f"`{column.name}`" in text
        assert column.doc in text


TABLE = Table(
    "doses",
    "Doses, for this test.",
    (Column("amount", "Amount", "number"), Column("unit", "Unit", "unit"), Column("given", "Given", "flag")),
)


def test_every_fault_of_a_row_is_named():
    cells = {"amount": "much", "unit": "furlong", "given": "perhaps", "colour": "blue"}
    _, faults = TABLE.parse_row(cells, row_id="x", file="doses.csv", line=7)
    assert {fault.column for fault in faults} == {"amount", "unit", "given", "colour"}
    assert all(str(fault).startswith("doses.csv line 7 column ") for fault in faults)


@pytest.mark.parametrize("cell", ["nan", "inf", "-inf", "1e999", "", None, True, "1,5"])
def test_a_number_is_a_finite_number(cell):
    with pytest.raises(ValueError, match=r"number|empty"):
        Column("amount", "Amount", "number").parse(cell)


@pytest.mark.parametrize(
    ("kind", "cell", "value"),
    [
        ("numbers", "56; 84", (56, 84)),
        ("numbers", [0.5], (0.5,)),
        ("words", "US;EU", ("US", "EU")),
        ("flag", "yes", True),
        ("flag", False, False),
        ("number", "0.5", 0.5),
        ("integer", "3", 3),
    ],
)
def test_cells_read_as_their_kind(kind, cell, value):
    assert Column("c", "C", kind).parse(cell) == value
