"""Markdown as plain text: a table, a cell, an anchor."""

from __future__ import annotations

import datetime
from collections.abc import Iterable, Sequence
from typing import Any

GENERATED = "<!-- Written by docs/generate.py; edit the code or the table it comes from, not this page. -->"


def heading(title: str, *lead: str) -> list[str]:
    """The top of a page."""
    lines = [f"# {title}", "", GENERATED, ""]
    for paragraph in lead:
        lines += [paragraph, ""]
    return lines


def cell(value: Any) -> str:
    """A value as the text of a table cell: None empty, flags in words, sequences joined."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, tuple | list):
        return "; ".join(cell(part) for part in value)
    if isinstance(value, datetime.date):
        return value.isoformat()
    if isinstance(value, float):
        return f"{value:g}"
    text = " ".join(str(value).split())
    return text.replace("|", "\\|").replace("<", "&lt;")


def table(header: Sequence[str], rows: Iterable[Sequence[Any]]) -> list[str]:
    """A Markdown table and the empty line after it."""
    lines = ["| " + " | ".join(header) + " |", "|" + "---|" * len(header)]
    lines += ["| " + " | ".join(cell(value) for value in row) + " |" for row in rows]
    return [*lines, ""]


def anchor(title: str) -> str:
    """The fragment GitHub gives to a heading."""
    kept = "".join(c for c in title.lower() if c.isalnum() or c in " -_")
    return kept.strip().replace(" ", "-")
