"""GLOSSARY.md and the code use the same words, both ways; avoided words name nothing."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from holdfast.cli.parser import NOUNS
from holdfast.facts.tables import DRUGS, INDICATIONS, ROUTES
from tests.gates.repository import ROOT, own_files

GLOSSARY = ROOT / "GLOSSARY.md"
# Where an avoided word is another system's own, and means that.
THEIRS = {
    ("holdfast/clinic/accounts/actions.py", "session"): "Django's sessions, ended when a person is signed out",
    ("holdfast/safety/crisis.py", "visit"): "the word of the guideline: any contact with the clinic",
    ("holdfast/exchange/trial_folder.py", "session"): "the word of BIDS for an occasion of measurement",
}


def table_under(title: str) -> list[list[str]]:
    """Rows of the first Markdown table below a heading."""
    text = GLOSSARY.read_text(encoding="utf-8")
    section = text.split(f"## {title}\n", 1)[1].split("\n## ", 1)[0]
    rows = [line for line in section.splitlines() if line.startswith("|")]
    return [[cell.strip() for cell in row.strip("|").split("|")] for row in rows[2:]]


def code_names() -> list[str]:
    """Every backticked name in the column `in code` of the glossary."""
    return [name for row in table_under("Terms") for name in re.findall(r"`([^`]+)`", row[-1])]


def product_files() -> list[Path]:
    wanted = {".py", ".csv", ".toml", ".html"}
    return [p for p in own_files() if p.is_relative_to(ROOT / "holdfast") and p.suffix in wanted]


@pytest.fixture(scope="module")
def product_text() -> str:
    return "\n".join(path.read_text(encoding="utf-8") for path in product_files())


@pytest.mark.story("HF-DOC-002")
def test_every_term_marked_with_a_code_name_occurs_in_the_code(product_text: str) -> None:
    names = code_names()
    assert len(names) > 30
    assert [n for n in names if not re.search(rf"(?<![\w-]){re.escape(n)}(?![\w-])", product_text)] == []


@pytest.mark.story("HF-DOC-002")
def test_every_noun_of_the_code_is_in_the_glossary() -> None:
    text = GLOSSARY.read_text(encoding="utf-8")
    packages = {p.parent.name for p in product_files() if p.name == "__init__.py" and p.parent.parent.name != "clinic"}
    apps = {p.parent.name for p in product_files() if p.name == "apps.py"}
    nouns = (packages | apps | set(NOUNS) | set(DRUGS) | set(ROUTES) | set(INDICATIONS)) - {
        "holdfast",
        "migrations",
        "postgresql",
        "sqlite",
        "templatetags",
    }
    assert sorted(n for n in nouns if f"`{n}`" not in text) == []


def identifiers(source: str) -> Iterator[tuple[int, str]]:
    """Names this source gives: functions, classes, arguments, assigned names. Names of others are theirs."""
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            yield node.lineno, node.name
        elif isinstance(node, ast.arg):
            yield node.lineno, node.arg
        elif isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
            yield node.lineno, node.id


def avoided() -> dict[str, str]:
    """Word to avoid, and whether it is avoided `whole` or also as a `part` of a name."""
    return {row[0].strip("`"): row[2] for row in table_under("Avoided words")}


def avoided_faults(name: str, source: str) -> list[str]:
    """Every identifier that uses an avoided word."""
    words = avoided()
    found = []
    for line, identifier in [(1, Path(name).stem), *identifiers(source)]:
        parts = re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", identifier).lower().split("_")
        for word, where in words.items():
            if (name, word) in THEIRS:
                continue
            if identifier.lower() == word or (where == "part" and word in parts):
                found.append(f"{name} line {line}: {identifier} uses {word!r}")
    return found


@pytest.mark.story("HF-DOC-002")
def test_no_avoided_word_names_anything() -> None:
    found = []
    for path in product_files():
        if path.suffix == ".py" and "migrations" not in path.parts:
            found += avoided_faults(path.relative_to(ROOT).as_posix(), path.read_text(encoding="utf-8"))
    assert found == []


@pytest.mark.parametrize(
    ("name", "source"),
    [
        ("holdfast/a.py", "def next_visit(): ..."),
        ("holdfast/a.py", "class DoseCycle: ..."),
        ("holdfast/a.py", "def close(session): ..."),
        ("holdfast/helper.py", ""),
    ],
)
def test_the_gate_can_go_red(name: str, source: str) -> None:
    assert len(avoided_faults(name, source)) == 1


def test_no_exception_is_left_over() -> None:
    for name, word in THEIRS:
        assert any(
            word in identifier.lower() for _, identifier in identifiers((ROOT / name).read_text(encoding="utf-8"))
        )


def test_a_longer_name_around_a_whole_word_is_fine() -> None:
    assert avoided_faults("holdfast/a.py", "def close(treatment_session): request.session.flush()") == []
