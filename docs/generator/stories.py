"""The requirements, and the tests that hold each."""

from __future__ import annotations

import re
import tomllib
from dataclasses import dataclass
from pathlib import Path

from generator.markdown import heading, table

_MARKER = re.compile(r"""mark\.story\(\s*["']([A-Z]+-[A-Z]+-\d+)["']""")


@dataclass(frozen=True)
class Story:
    """One requirement: what must hold, and how bad it is if it does not."""

    id: str
    title: str
    text: str
    risk: str
    pages: bool  # people meet it on a page, so that a browser test can hold it


def read_stories(path: Path) -> list[Story]:
    """The requirements of stories.toml, in the order of the file."""
    rows = tomllib.loads(path.read_text(encoding="utf-8"))["story"]
    return [Story(r["id"], r["title"], r["text"], r["risk"], r.get("pages", False)) for r in rows]


def worn(tests: Path) -> dict[str, list[str]]:
    """Which test files wear which story, found by reading them; nothing is imported."""
    found: dict[str, list[str]] = {}
    for path in sorted(tests.rglob("test_*.py")):
        for story in sorted(set(_MARKER.findall(path.read_text(encoding="utf-8")))):
            found.setdefault(story, []).append(path.relative_to(tests.parent).as_posix())
    return found


def page(tests: Path) -> str:
    """Every story with its risk and the tests that wear it."""
    wearers = worn(tests)
    lines = heading(
        "Stories",
        "What must hold, from `tests/stories.toml`. Each has at least one test that wears its id; a high risk one "
        "is also held by a spec table, and by a browser test where people meet it on a page.",
    )
    rows = [
        (s.id, s.risk, f"**{s.title}.** {s.text}", ", ".join(f"`{path}`" for path in wearers.get(s.id, [])))
        for s in read_stories(tests / "stories.toml")
    ]
    return "\n".join([*lines, *table(("id", "risk", "requirement", "held by"), rows)])
