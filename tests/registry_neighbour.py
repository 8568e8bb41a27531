"""What a neighbour may know of a patient, and whether it finds the patient in an extract: read without Holdfast."""

from __future__ import annotations

import itertools
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

import duckdb

from holdfast.registry.common_model import COURSES, TABLES, Column, Table

QUASI = tuple(f"courses.{one.name}" for one in COURSES.columns if one.quasi)
Rows = Mapping[str, list[dict[str, Any]]]


def columns() -> Iterator[tuple[Table, Column]]:
    """Everything the common data model says in words or by year, and the dose: taken from it, and no list."""
    for table in TABLES.values():
        for column in table.columns:
            if (
                column.choices
                or column.kind in ("yes_no", "year")
                or column.name in ("protocol", "dose_mg", "positive")
            ):
                yield table, column


def tables_of(folder: Path) -> Rows:
    """Every table of an extract, by DuckDB alone."""
    found = {}
    with duckdb.connect() as connection:
        for name in TABLES:
            asked = connection.execute(f"SELECT * FROM read_parquet('{folder / name}.parquet')")
            names = [one[0] for one in asked.description]
            found[name] = [dict(zip(names, row, strict=True)) for row in asked.fetchall()]
    return found


def facts_of(rows: Rows, course: str) -> dict[str, set[Any]]:
    """What stands in the rows of a course, by `table.column`: what whoever was there may know."""
    found: dict[str, set[Any]] = defaultdict(set)
    for table, column in columns():
        for one in rows[table.name]:
            if one["course"] == course and one.get(column.name) not in (None, "unknown"):
                found[f"{table.name}.{column.name}"].add(one[column.name])
    return dict(found)


def singled_out(rows: Rows, knows: Mapping[str, Iterable[Any]], k: int, *, most: int = 3) -> list[Any]:
    """Combinations of up to `most` facts beside any of the quasi-identifying ones that fewer than `k` persons share,
    one of whom is told by sex, age, illness or year. None is found where an extract does what it promises."""
    of = {one["course"]: one["person"] for one in rows["courses"]}
    quasi = [name.partition(".")[2] for name in QUASI]
    told = {one["person"] for one in rows["courses"] if {one[name] for name in quasi} - {None, "unknown"}}
    who: dict[tuple[str, Any], set[str]] = {}
    for name, values in knows.items():
        table, _, column = name.partition(".")
        for value in values:
            who[name, value] = {of[one["course"]] for one in rows[table] if one.get(column) == value}
    found = []
    person = [one for one in who if one[0] in QUASI]
    beside = [one for one in who if one[0] not in QUASI]
    for known in _up_to(person, len(person)):
        for more in _up_to(beside, most):
            if not known and not more:
                continue
            same = set.intersection(*(who[one] for one in (*known, *more)))
            if 0 < len(same) < k and same & told:
                found.append((*known, *more))
    return found


def _up_to(facts: list[Any], most: int) -> Iterator[tuple[Any, ...]]:
    return itertools.chain.from_iterable(itertools.combinations(facts, count) for count in range(most + 1))
