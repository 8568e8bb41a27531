"""The documents are true: generated pages fresh, examples run with the output printed, links lead somewhere."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from generator.markdown import anchor

from tests.gates.repository import BIN, ROOT, own_files, run

# Lines of `sh` examples that are not run here: the exact line, and what holds it instead.
NOT_RUN: dict[str, str] = {
    "make run": "serves until it is stopped; tests/browser starts the same server",
    "make demo-day": "serves until it is stopped; tests/browser/test_board.py starts it",
    "make test": "is this test suite",
    "make test-postgresql": "is this test suite on another database",
    "make check": "is run before this test suite",
    "make setup": "has made what runs this test",
    "make docs": "would write pages; the freshness of the pages is a test of its own",
    "make fix": "would change files",
    "make lock": "needs a full package index",
    "make bench-cli": "measures; a busy machine would make it lie",
    "holdfast programme import ds005917 --dry-run": "reads an open data set that is not part of the project",
    "holdfast programme import ds005917": "reads an open data set that is not part of the project",
    "HOLDFAST_PORT=8080 make run": "serves until it is stopped",
}  # fmt: skip
WRITTEN = ("README.md", "DEVELOPERS.md", "GLOSSARY.md", "CHANGELOG.md", "docs/")


@dataclass(frozen=True)
class Example:
    """One fenced block that holds commands."""

    path: str
    line: int
    language: str
    text: str

    @property
    def name(self) -> str:
        return f"{self.path}:{self.line}"


def documents() -> list[Path]:
    """Every Markdown file that people wrote or the generator wrote."""
    return [p for p in own_files() if p.suffix == ".md" and p.relative_to(ROOT).as_posix().startswith(WRITTEN)]


def examples() -> Iterator[Example]:
    """Fenced `sh`, `console` and `python` blocks of the written documents; those of the reference run elsewhere."""
    for path in documents():
        name = path.relative_to(ROOT).as_posix()
        if name.startswith("docs/reference/"):
            continue
        text = path.read_text(encoding="utf-8")
        for found in re.finditer(r"^```(sh|console|python)\n(.*?)^```$", text, flags=re.MULTILINE | re.DOTALL):
            yield Example(name, text[: found.start()].count("\n") + 1, found[1], found[2])


SH = [e for e in examples() if e.language == "sh"]
CONSOLE = [e for e in examples() if e.language == "console"]
PYTHON = [e for e in examples() if e.language == "python"]


@pytest.fixture
def environment(tmp_path: Path) -> dict[str, str]:
    env = {**os.environ, "HOLDFAST_DATA": str(tmp_path), "PATH": f"{BIN}:{os.environ['PATH']}", "COLUMNS": "80"}
    env.pop("DJANGO_SETTINGS_MODULE", None)
    return env


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """The repository as a reader sees it, by links: what an example writes lands beside them and not in it."""
    made = tmp_path / "checkout"
    made.mkdir()
    for path in ROOT.iterdir():
        (made / path.name).symlink_to(path)
    return made


def shell(command: str, env: dict[str, str], cwd: Path) -> subprocess.CompletedProcess[str]:
    return run("sh", "-ec", command, env=env, cwd=cwd)


@pytest.mark.story("HF-DOC-001")
@pytest.mark.parametrize("example", SH, ids=lambda e: e.name)
def test_the_commands_of_an_example_run(example: Example, environment: dict[str, str], folder: Path) -> None:
    lines = [line for line in example.text.replace("\\\n", " ").splitlines() if line.split("  #")[0].strip()]
    commands = [line for line in lines if line.split("  #")[0].strip() not in NOT_RUN]
    done = shell("\n".join(commands), environment, folder)
    assert done.returncode == 0, f"{example.name}\n{done.stdout}{done.stderr}"


@pytest.mark.story("HF-DOC-001")
@pytest.mark.parametrize("example", CONSOLE, ids=lambda e: e.name)
def test_an_example_prints_what_the_document_says(example: Example, environment: dict[str, str], folder: Path) -> None:
    for part in re.split(r"^\$ ", example.text, flags=re.MULTILINE)[1:]:
        command, _, expected = part.partition("\n")
        done = shell(command, environment, folder)
        assert matches(expected.rstrip(), (done.stdout + done.stderr).rstrip()), (
            f"{example.name}: `{command}` printed\n{done.stdout}{done.stderr}"
        )


@pytest.mark.story("HF-DOC-001")
@pytest.mark.parametrize("example", PYTHON, ids=lambda e: e.name)
def test_the_python_of_an_example_runs(example: Example, environment: dict[str, str], folder: Path) -> None:
    done = run(sys.executable, "-c", example.text, env=environment, cwd=folder)
    assert done.returncode == 0, f"{example.name}\n{done.stdout}{done.stderr}"


def test_python_examples_are_found() -> None:
    assert len(PYTHON) >= 2


def matches(expected: str, printed: str) -> bool:
    """Equal, where a line of three dots stands for any lines."""
    pattern = ".*".join(re.escape(part) for part in re.split(r"^\.\.\.$", expected, flags=re.MULTILINE))
    return re.fullmatch(pattern, printed, flags=re.DOTALL) is not None


def test_the_comparison_of_output_can_go_red() -> None:
    assert matches("total: 12\n...\nend", "total: 12\nmore\nend")
    assert not matches("total: 12", "total: 13")
    assert not matches("total: 12\n...\nend", "total: 12\nmore")


def test_there_are_examples_and_no_exception_is_left_over() -> None:
    assert len(SH) + len(CONSOLE) > 8
    written = {line.split("  #")[0].strip() for e in SH for line in e.text.splitlines()}
    assert sorted(set(NOT_RUN) - written) == []


def broken_links(path: Path) -> list[str]:
    """Relative links of a Markdown file that lead nowhere, headings included."""
    text = re.sub(r"```.*?```", "", path.read_text(encoding="utf-8"), flags=re.DOTALL)
    found = []
    for target in re.findall(r"\]\(([^)\s]+)\)", text):
        if re.match(r"[a-z]+:", target):
            continue
        file, _, fragment = target.partition("#")
        there = (path.parent / file).resolve() if file else path
        if not there.exists():
            found.append(f"{path.name}: {target}")
        elif fragment and there.suffix == ".md" and fragment not in anchors(there):
            found.append(f"{path.name}: {target} (no such heading)")
    return found


def anchors(path: Path) -> set[str]:
    return {anchor(title) for title in re.findall(r"^#+ (.+)$", path.read_text(encoding="utf-8"), flags=re.MULTILINE)}


@pytest.mark.story("HF-DOC-001")
def test_every_link_leads_somewhere() -> None:
    assert [link for path in documents() for link in broken_links(path)] == []


def test_a_broken_link_is_found(tmp_path: Path) -> None:
    (tmp_path / "there.md").write_text("# A heading here\n", encoding="utf-8")
    page = tmp_path / "page.md"
    page.write_text("[a](there.md#a-heading-here) [b](gone.md) [c](there.md#gone) [d](https://x.org)", encoding="utf-8")
    assert broken_links(page) == ["page.md: gone.md", "page.md: there.md#gone (no such heading)"]


def unlisted(index: str, pages: list[str]) -> list[str]:
    """Pages that the index does not name, and rows of it that begin alike, as when two changes were joined."""
    rows = re.findall(r"^\| ([^|]+) \|", index, flags=re.MULTILINE)
    return [page for page in pages if f"({page})" not in index] + [row for row in {*rows} if rows.count(row) > 1]


def test_the_index_names_every_page_and_has_each_row_once() -> None:
    docs = ROOT / "docs"
    pages = [path.relative_to(docs).as_posix() for room in ("tutorials", "how-to", "explanation", "adr", "benchmarks")
             for path in sorted((docs / room).glob("*.md"))]  # fmt: skip
    assert unlisted((docs / "index.md").read_text(encoding="utf-8"), pages) == []
    assert unlisted("| learn | x |\n| learn | y |", ["how-to/z.md"]) == ["how-to/z.md", "learn"]


def missing_tests(text: str) -> list[str]:
    """Tests a document names (`tests/...py::test_name`) that do not exist."""
    found = []
    for file, name in re.findall(r"`(tests/[\w/]+\.py)::(test_\w+)`", text):
        path = ROOT / file
        if not path.exists() or not re.search(rf"^def {name}\(", path.read_text(encoding="utf-8"), flags=re.MULTILINE):
            found.append(f"{file}::{name}")
    return found


@pytest.mark.story("HF-DOC-001")
def test_every_test_that_a_document_names_exists() -> None:
    assert missing_tests((ROOT / "DEVELOPERS.md").read_text(encoding="utf-8")) == []
    gone = "tests/gates/test_documents.py::test_gone"
    assert missing_tests(f"`{gone}`") == [gone]


def generate(*words: str) -> subprocess.CompletedProcess[str]:
    return run(sys.executable, "docs/generate.py", *words)


@pytest.mark.story("HF-DOC-003")
def test_the_generated_pages_are_fresh_and_the_gate_can_go_red(tmp_path: Path) -> None:
    done = generate("--check")
    assert done.returncode == 0, done.stderr
    copied = tmp_path / "reference"
    shutil.copytree(ROOT / "docs" / "reference", copied)
    (copied / "settings.md").write_text("edited by hand\n", encoding="utf-8")
    (copied / "codes.md").unlink()
    (copied / "of_yesterday.md").write_text("# Gone\n", encoding="utf-8")
    done = generate("--check", "--into", str(copied))
    assert done.returncode == 1
    assert "settings.md is out of date" in done.stderr
    assert "codes.md is missing" in done.stderr
    assert "of_yesterday.md is no longer made" in done.stderr
    assert "docs/generate.py" in done.stderr
    assert (copied / "settings.md").read_text(encoding="utf-8") == "edited by hand\n", "--check changes nothing"
    assert generate("--into", str(copied)).returncode == 0
    assert generate("--check", "--into", str(copied)).returncode == 0
