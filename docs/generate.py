"""Write docs/reference from code and tables, or say which of its pages are stale.

    .venv/bin/python docs/generate.py           writes the pages that changed, removes those no longer made
    .venv/bin/python docs/generate.py --check   writes nothing; exit code 1 names every stale page

A page is a pure function of the repository: no clock, no machine name, so two runs give the same bytes.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))  # the spec tables live under tests/, which is not installed

from generator import (  # noqa: E402
    clinic,
    command_line,
    common_model,
    complaints,
    equations,
    rules,
    specs,
    stories,
    studies,
    tables,
)
from generator.markdown import GENERATED  # noqa: E402

COMMAND = ".venv/bin/python docs/generate.py"


def pages(root: Path = ROOT) -> dict[str, str]:
    """Every generated page: path under docs/reference, and its text."""
    chapters = specs.chapters(root / "tests" / "spec")
    made: dict[str, str] = {}
    made["facts.md"] = tables.facts_page()
    made["care_rules.md"] = rules.care_rules_page(chapters)
    made |= tables.document_pages()
    made |= tables.table_pages()
    made |= studies.study_pages()
    made["equations.md"] = equations.page(root)
    made["command_line.md"] = command_line.page()
    made["common_model.md"] = common_model.page()
    made |= {f"rules/{chapter.name}.md": specs.page(chapter) for chapter in chapters}
    made["permissions.md"] = clinic.permissions_page()
    made["stories.md"] = stories.page(root / "tests")
    made["complaints.md"] = complaints.page(root / "tests")
    made["index.md"] = _index(made)
    return {path: text.rstrip("\n") + "\n" for path, text in made.items()}


def _index(made: dict[str, str]) -> str:
    lines = ["# Reference", "", GENERATED, "", "Written from code and tables; never edited by hand.", ""]
    for path in sorted(path for path in made if not path.startswith("studies/")):  # studies.md lists those
        title = made[path].split("\n", 1)[0].removeprefix("# ")
        lines.append(f"- [{title}]({path})")
    return "\n".join(lines)


def stale(folder: Path, made: dict[str, str]) -> list[str]:
    """Pages that differ from what would be written, are missing, or are no longer made."""
    found = []
    for path, text in sorted(made.items()):
        file = folder / path
        if not file.exists():
            found.append(f"{path} is missing")
        elif file.read_text(encoding="utf-8") != text:
            found.append(f"{path} is out of date")
    return found + [f"{path} is no longer made" for path in _left_over(folder, made)]


def _left_over(folder: Path, made: dict[str, str]) -> list[str]:
    there = {path.relative_to(folder).as_posix() for path in folder.rglob("*.md")}
    return sorted(there - made.keys())


def write(folder: Path, made: dict[str, str]) -> None:
    """Write what changed; take away pages that nothing makes any more."""
    for path in _left_over(folder, made):
        (folder / path).unlink()
    for path, text in made.items():
        file = folder / path
        file.parent.mkdir(parents=True, exist_ok=True)
        if not file.exists() or file.read_text(encoding="utf-8") != text:
            file.write_text(text, encoding="utf-8")


def main() -> int:
    """Returns the exit code."""
    parser = argparse.ArgumentParser(description="Writes docs/reference from code and tables.")
    parser.add_argument("--check", action="store_true", help="write nothing; exit 1 where a page is stale")
    parser.add_argument("--into", type=Path, default=ROOT / "docs" / "reference", help="another folder")
    arguments = parser.parse_args()
    made = pages()
    if not arguments.check:
        write(arguments.into, made)
        return 0
    found = stale(arguments.into, made)
    for line in found:
        sys.stderr.write(f"docs/reference/{line}\n")
    if found:
        sys.stderr.write(f"Generated pages are stale. Write them anew with: {COMMAND}\n")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
