"""The page of the equations: from a dose to a score, as the modules that hold them write them at their head."""

from __future__ import annotations

import ast
from pathlib import Path

from generator.markdown import heading

# Chapter → modules under holdfast/model, in the order in which a dose goes through them.
CHAPTERS: dict[str, tuple[str, ...]] = {
    "Levels": ("absorption", "compartments", "individual", "etas"),
    "Acute effects": ("drive", "dissociation", "blood_pressure", "heart_rate", "sedation", "variability"),
    "Mood": ("occupancy", "laws", "individuals", "placebo", "score", "fluctuation"),
}
ROOMS = {"Levels": "pharmacokinetics", "Acute effects": "effects", "Mood": "mood"}


def page(root: Path) -> str:
    """Every module's docstring in order; a line indented by four is a block of equations in Markdown too."""
    lines = heading(
        "Equations",
        "The whole model, from a dose to a score, in the order in which a dose goes through it. Symbols are rows of "
        "[model_parameters](model_parameters.md), [effect_parameters](effect_parameters.md) and "
        "[mood_parameters](mood_parameters.md), each with its value and source; a prime is a derivative by time in h. "
        "Which model has which of them says [models](models.md), how they are solved "
        "[Solvers](../explanation/solvers.md), what they are worth [The simulator](../explanation/simulator.md).",
    )
    for chapter, modules in CHAPTERS.items():
        lines += [f"## {chapter}", ""]
        for name in modules:
            lines += _section(root, f"holdfast/model/{ROOMS[chapter]}/{name}.py")
    return "\n".join(lines)


def _section(root: Path, path: str) -> list[str]:
    said = ast.get_docstring(ast.parse((root / path).read_text(encoding="utf-8"))) or ""
    title, _, rest = said.partition("\n")
    if not rest.startswith("\n"):
        raise ValueError(f"{path}: the first line of its docstring is the title of a section; end it there")
    return [f"### {title.removesuffix('.')}", "", f"`{path}`", rest, ""]
