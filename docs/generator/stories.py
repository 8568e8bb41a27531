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
    held_by: tuple[str, ...]  # kinds of test that must wear a high-risk one: spec, clinic, gates, browser


def read_stories(path: Path) -> list[Story]:
    """The requirements of stories.toml, in the order of the file."""
    rows = tomllib.loads(path.read_text(encoding="utf-8"))["story"]
    return [Story(r["id"], r["title"], r["text"], r["risk"], tuple(r.get("held_by", ()))) for r in rows]


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
        "What must hold, from `tests/stories.toml`. Each has at least one test that wears its id. A care rule of high "
        "risk is held by a spec table, a record of high risk by a test of the clinic, and both by a browser test "
        "where people meet them on a page.",
    )
    rows = [
        (s.id, s.risk, f"**{s.title}.** {s.text}", ", ".join(f"`{path}`" for path in wearers.get(s.id, [])))
        for s in read_stories(tests / "stories.toml")
    ]
    return "\n".join([*lines, *table(("id", "risk", "requirement", "held by"), rows)])
