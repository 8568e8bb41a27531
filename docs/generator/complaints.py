"""What users of other systems miss, and the tests that hold it here."""

from __future__ import annotations

import re
import tomllib
from dataclasses import dataclass
from pathlib import Path

from generator.markdown import heading, table


@dataclass(frozen=True)
class Complaint:
    """One complaint or wish: where it was said, what is here, the tests as `path::name`, and what is not built."""

    said: str
    asked: str
    here: str
    tests: tuple[str, ...]
    open: str


def read_complaints(path: Path) -> list[Complaint]:
    """The complaints of complaints.toml, in the order of the file."""
    rows = tomllib.loads(path.read_text(encoding="utf-8"))["complaint"]
    return [Complaint(r["said"], r["asked"], r["here"], tuple(r["tests"]), r.get("open", "")) for r in rows]


def faults(complaints: list[Complaint], root: Path) -> list[str]:
    """Complaints no test is named for, and named tests that are not there."""
    found = [f"{one.said}: no test is named" for one in complaints if not one.tests]
    for one in complaints:
        for test in one.tests:
            path, _, name = test.partition("::")
            file = root / path
            if not file.is_file() or not re.search(rf"^def {re.escape(name)}\(", file.read_text("utf-8"), re.MULTILINE):
                found.append(f"{one.said}: {test} is not there")
    return found


def page(tests: Path) -> str:
    """Every complaint with what is here, its tests, and what is not built."""
    lines = heading(
        "What users of other systems miss",
        "From `tests/complaints.toml`: what was said of other systems in public, what Holdfast does about it, and the "
        "tests that hold it; a gate looks that each test is there. What is not built stands beside it.",
    )
    rows = [
        (one.asked, one.said, one.here, ", ".join(f"`{test}`" for test in one.tests), one.open or "nothing known")
        for one in read_complaints(tests / "complaints.toml")
    ]
    return "\n".join([*lines, *table(("asked", "said where", "here", "held by", "not built"), rows)])
