"""The worked examples of tests/spec as pages a clinician can read."""

from __future__ import annotations

from dataclasses import dataclass
from importlib import import_module
from pathlib import Path

from generator.markdown import cell, heading, table
from tests.spec.spec import Spec


@dataclass(frozen=True)
class Chapter:
    """One spec module: its name without `test_`, what it says, and its tables in the order they are written."""

    name: str
    text: str
    specs: tuple[Spec, ...]


def chapters(folder: Path) -> list[Chapter]:
    """Every spec module, by name."""
    found = []
    for path in sorted(folder.glob("test_*.py")):
        module = import_module(f"tests.spec.{path.stem}")
        specs = tuple(value for value in vars(module).values() if isinstance(value, Spec))
        found.append(Chapter(path.stem.removeprefix("test_"), (module.__doc__ or "").strip(), specs))
    return found


def page(chapter: Chapter) -> str:
    """Docstring, then each table with the rules it shows."""
    title = chapter.name.replace("_", " ").capitalize()
    lines = heading(f"Worked examples: {title}", chapter.text)
    lines += [f"Each row is run as a test: `tests/spec/test_{chapter.name}.py`.", ""]
    for spec in chapter.specs:
        lines += [f"## {spec.title}", ""]
        if spec.rules:
            links = ", ".join(f"[`{r}`](../care_rules.md#{r.replace('.', '')})" for r in spec.rules)
            lines += [f"Rules: {links}", ""]
        if spec.text:
            lines += [" ".join(spec.text.split()), ""]
        lines += table([cell(name) for name in spec.header], spec.rows())
    return "\n".join(lines)
