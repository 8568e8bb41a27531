"""Tables that cannot be read at all: still one fault by file and line, never a traceback, and never "no fault"."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from holdfast.cli import main
from holdfast.facts import read_tables
from holdfast.facts.loader import PACKAGED

SETTINGS, PROTOCOL = "settings.csv", "protocols/iv-racemic.toml"
pytestmark = pytest.mark.story("HF-FCT-001")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    copy = tmp_path / "facts"
    shutil.copytree(PACKAGED, copy, ignore=shutil.ignore_patterns("__pycache__", "*.py"))
    return copy


def named(folder: Path) -> set[str]:
    """Files with a fault."""
    found, faults = read_tables(folder)
    assert found is None
    return {fault.file for fault in faults}


def as_folder(path: Path) -> None:
    path.unlink()
    path.mkdir()


def as_loop(path: Path) -> None:
    path.unlink()
    path.symlink_to(path)


def header_only(path: Path) -> None:
    path.write_text(path.read_text(encoding="utf-8").splitlines()[0] + "\n", encoding="utf-8")


def huge_cell(path: Path) -> None:
    path.write_text(path.read_text(encoding="utf-8") + "x" * 200_000 + "\n", encoding="utf-8")


def open_quote(path: Path) -> None:
    path.write_text(path.read_text(encoding="utf-8") + '"abc', encoding="utf-8")


@pytest.mark.parametrize("spoil", [as_folder, as_loop, header_only, huge_cell, open_quote])
def test_a_table_that_cannot_be_read_is_a_fault(folder: Path, spoil: Callable[[Path], None]) -> None:
    spoil(folder / SETTINGS)
    assert SETTINGS in named(folder)


def deep(path: Path) -> None:
    path.write_text("a = " + "[" * 50_000, encoding="utf-8")


def long_number(path: Path) -> None:
    path.write_text("[protocol]\nversion = " + "9" * 5000 + "\n", encoding="utf-8")


def section_is_a_number(path: Path) -> None:
    path.write_text("protocol = 1\n", encoding="utf-8")


def section_is_a_list_of_numbers(path: Path) -> None:
    path.write_text(f"phase = [1, 2]\n{path.read_text(encoding='utf-8')}", encoding="utf-8")


@pytest.mark.parametrize(
    "spoil", [as_folder, as_loop, deep, long_number, section_is_a_number, section_is_a_list_of_numbers]
)
def test_a_document_that_cannot_be_read_is_a_fault(folder: Path, spoil: Callable[[Path], None]) -> None:
    spoil(folder / PROTOCOL)
    assert PROTOCOL in named(folder)


def test_a_folder_without_protocols_is_a_fault(folder: Path) -> None:
    shutil.rmtree(folder / "protocols")
    assert "protocols" in named(folder)


def test_a_mark_of_byte_order_is_no_fault(folder: Path) -> None:
    for name in (SETTINGS, PROTOCOL):
        content = (folder / name).read_bytes()
        (folder / name).write_bytes(b"\xef\xbb\xbf" + content)
    found, faults = read_tables(folder)
    assert faults == []
    assert found is not None


@pytest.mark.parametrize("written", ["1_0", "\u0663"])
def test_a_number_is_written_in_plain_digits(folder: Path, written: str) -> None:
    path = folder / "staging_points.csv"
    header, first, *others = path.read_text(encoding="utf-8").splitlines()
    cells = first.split(",")
    cells[header.split(",").index("points")] = written
    path.write_text("\n".join([header, ",".join(cells), *others]) + "\n", encoding="utf-8")
    assert "staging_points.csv" in named(folder)


def test_a_folder_name_that_is_too_long_is_one_sentence(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["facts", "check", "x" * 5000]) == 3
    assert capsys.readouterr().err.count("\n") == 1
