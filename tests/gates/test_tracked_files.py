"""What the repository holds: no place of a machine, no index address, no file that grew too long or has no name."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from tests.gates.repository import ROOT, own_files, own_python

LONGEST = 500
NAMELESS = {"utils.py", "util.py", "helpers.py", "helper.py", "misc.py", "common.py", "manager.py"}
BINARY = {".png", ".jpg", ".ico", ".woff2", ".gz", ".pdf", ".parquet"}

# Written in pieces, so that this file does not hold what it looks for.
PLACES = {
    "a path of one machine": r"(?<![\w.$}-])/(?:(?:wo" + r"rk|fa" + r"rm|ro" + r"ot)(?:/|\b)|home/\w|Users/\w)",
    "the address of a package index": r"py" + r"pi\.org|python" + r"hosted\.org|registry\.npm" + r"js\.org",
    "a leftover": r"\bTO" + r"DO\b|\bFIX" + r"ME\b|NotImplemented" + r"Error",
}
BESIDE = re.compile(r"\.\./sha" + r"red|[\"']sha" + r"red[\"']")  # only tests may look beside the project


def place_faults(name: str, text: str) -> list[str]:
    """Every line that names a machine, an index or a leftover; product files may not look beside the project."""
    found = []
    for number, line in enumerate(text.splitlines(), start=1):
        for what, pattern in PLACES.items():
            if re.search(pattern, line):
                found.append(f"{name} line {number}: holds {what}")
        if not name.startswith("tests/") and BESIDE.search(line):
            found.append(f"{name} line {number}: looks beside the project")
    return found


def text_files() -> list[Path]:
    vendored = ROOT / "holdfast" / "clinic" / "ui" / "static" / "vendor"
    return [p for p in own_files() if p.suffix not in BINARY and vendored not in p.parents]


def test_no_file_names_a_machine_or_an_index() -> None:
    found = []
    for path in text_files():
        found += place_faults(path.relative_to(ROOT).as_posix(), path.read_text(encoding="utf-8"))
    assert found == []


@pytest.mark.parametrize(
    ("name", "line"),
    [
        ("docs/a.md", "cd /wo" + "rk/main"),
        ("holdfast/a.py", 'open("/ho' + 'me/anna/file")'),
        ("requirements/run.txt", "--index-url https://py" + "pi.org/simple"),
        ("holdfast/a.py", "raise NotImplemented" + "Error"),
        ("holdfast/a.py", 'Path("../sha' + 'red/reference")'),
    ],
)
def test_the_gate_can_go_red(name: str, line: str) -> None:
    assert len(place_faults(name, line)) == 1


def test_no_python_file_is_longer_than_one_idea() -> None:
    long = {p.relative_to(ROOT).as_posix(): _lines(p) for p in own_python() if _lines(p) > LONGEST}
    assert long == {}


def _lines(path: Path) -> int:
    return len(path.read_text(encoding="utf-8").splitlines())


def test_every_module_has_a_name_of_its_own() -> None:
    assert [p.relative_to(ROOT).as_posix() for p in own_python() if p.name in NAMELESS] == []
