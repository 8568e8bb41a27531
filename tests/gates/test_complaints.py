"""Each complaint about other systems has tests that are there, or it is said what is not built."""

from __future__ import annotations

import pytest
from generator.complaints import Complaint, faults, page, read_complaints

from tests.gates.repository import ROOT


@pytest.mark.story("HF-DOC-004")
def test_each_complaint_is_held_by_tests_that_are_there() -> None:
    complaints = read_complaints(ROOT / "tests" / "complaints.toml")
    assert faults(complaints, ROOT) == []
    assert len({one.said for one in complaints}) == len(complaints) == 19
    assert all(one.open == "" or one.open.endswith(".") for one in complaints)
    assert "What a course costs is told nowhere" in page(ROOT / "tests")


def test_the_gate_can_go_red() -> None:
    here = "tests/gates/test_complaints.py"
    told = [
        Complaint("A", "Asked.", "Here.", (), ""),
        Complaint("B", "Asked.", "Here.", (f"{here}::test_the_gate_can_go_red", f"{here}::test_that_is_not_there"), ""),
        Complaint("C", "Asked.", "Here.", ("tests/gates/no_file.py::test_it",), ""),
    ]
    assert faults(told, ROOT) == [
        "A: no test is named", f"B: {here}::test_that_is_not_there is not there",
        "C: tests/gates/no_file.py::test_it is not there",
    ]  # fmt: skip
