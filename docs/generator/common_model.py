"""The common data model of the registry: tables, columns and what each may hold."""

from __future__ import annotations

from generator.markdown import heading, table
from holdfast.registry.common_model import TABLES, VERSION, Column


def page() -> str:
    """Every table of a registry set, as holdfast/registry/common_model.py holds it."""
    lines = heading(
        "Common data model of the registry",
        f"Version {VERSION}. A registry set is a folder with one Parquet file a table and `manifest.json`, which names "
        "the version, the sites, and the SHA-256 of each file. `holdfast registry check` holds a set against this "
        "page; `holdfast registry model --json` gives it to programs.",
        "Days count from the first treatment session of the course, which is day 0; before it they are negative; a "
        "course that never started counts from its referral. No column holds a date, a name, free text or an answer "
        "to a single question. Years stay with the programme: an extract has none.",
        "In an extract, small cells of the columns marked *group* are handled before it leaves "
        "([how](../explanation/registry.md)).",
    )
    for one in TABLES.values():
        named = ", ".join(f"`{key}`" for key in one.unique)
        lines += [f"## {one.name}", "", one.doc, "", f"A row is named by {named}.", ""]
        lines += table(("column", "what it is", "may hold", "empty", "group"), map(_row, one.columns))
    return "\n".join(lines)


def _row(column: Column) -> tuple[str, ...]:
    return (
        f"`{column.name}`", column.doc, _holds(column), "" if column.required else "yes",
        "group" if column.quasi else "",
    )  # fmt: skip


def _holds(column: Column) -> str:
    if column.choices:
        return ", ".join(f"`{one}`" for one in column.choices)
    limits = "" if column.low is None or column.high is None else f", {column.low:g} to {column.high:g}"
    unit = f" in {column.unit}" if column.unit else ""
    return f"{_KINDS[column.kind]}{unit}{limits}"


_KINDS = {
    "key": "pseudonym", "name": "short word", "day": "day", "year": "calendar year", "count": "whole number",
    "number": "number", "yes_no": "yes or no", "words": "word",
}  # fmt: skip
