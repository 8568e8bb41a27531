"""CSV for people is written in one place, which lets no text become a formula of a spreadsheet."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

PACKAGE = Path(__file__).resolve().parents[2] / "holdfast"
# DuckDB writes the courses of simulated people: numbers, and words of our own code.
WRITERS = {"csv_tables.py", "model/runs/parts.py"}
WRITING = frozenset({"writer", "DictWriter", "to_csv", "write_csv"})


def writes_csv(source: str) -> list[int]:
    """Lines that write CSV by themselves."""
    found = []
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Attribute) and node.attr in WRITING:
            found.append(node.lineno)
        elif isinstance(node, ast.ImportFrom) and node.module == "csv":
            found += [node.lineno for name in node.names if name.name in WRITING]
        elif isinstance(node, ast.Constant) and isinstance(node.value, str) and "FORMAT csv" in node.value:
            found.append(node.lineno)
    return found


@pytest.mark.story("HF-OPS-007")
def test_one_place_writes_tables_for_people() -> None:
    found = {
        str(path.relative_to(PACKAGE)): lines
        for path in sorted(PACKAGE.rglob("*.py"))
        if (lines := writes_csv(path.read_text(encoding="utf-8")))
    }
    assert set(found) == WRITERS, found


def test_the_gate_can_go_red() -> None:
    assert writes_csv("import csv\ncsv.writer(file)") == [2]
    assert writes_csv("from csv import DictWriter") == [1]
    assert writes_csv("frame.to_csv(path)") == [1]
    assert writes_csv('copy("FORMAT csv, HEADER true")') == [1]
    assert writes_csv("import csv\ncsv.reader(file)") == []
