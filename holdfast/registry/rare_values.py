"""Words of a set that few persons have: who has one is not told by sex, age, illness or year as well.

Looked at within each drug and route, over every column of words of every table of the common data model, so that a
column that is added there is covered by itself. What is empty or `unknown` is nothing that anybody knows of a patient.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from holdfast.registry.common_model import COURSES, TABLES

if TYPE_CHECKING:
    import duckdb

GROUP = ("drug", "route")  # never withheld: a row without them says nothing
_KINDS = ("words", "name", "yes_no")
_OF_THE_SET = ("site",)  # the same in every row of an extract
# What is a number in a column and a word to whoever knows the patient: its name, its table, and it in SQL.
_AS_WORDS = (
    ("safety_checks.positive", "safety_checks", "CASE WHEN positive > 0 THEN safety_check END"),
    ("treatment_sessions.dose_mg_per_kg", "treatment_sessions", "CAST(dose_mg_per_kg AS VARCHAR)"),
)


def columns_of_words() -> Iterator[tuple[str, str, str]]:
    """What may be known of a patient besides the quasi-identifying columns: `table.column`, its table, it in SQL."""
    for table in TABLES.values():
        for column in table.columns:
            if column.kind in _KINDS and not column.quasi and column.name not in (*GROUP, *_OF_THE_SET):
                yield f"{table.name}.{column.name}", table.name, f"CAST({column.name} AS VARCHAR)"
    yield from _AS_WORDS


def persons_with_rare_values(connection: duckdb.DuckDBPyConnection, k: int) -> dict[str, set[str]]:
    """By `table.column`: persons who have a value in it that fewer than `k` persons of their drug and route have."""
    found = {}
    for name, table, expression in columns_of_words():
        source = table if table == COURSES.name else f"{table} JOIN courses USING (course)"
        persons = connection.execute(
            f"WITH known AS (SELECT DISTINCT {', '.join(GROUP)}, person, {expression} AS value FROM {source}), rare AS "
            f"(SELECT {', '.join(GROUP)}, value FROM known WHERE value <> 'unknown' GROUP BY ALL "
            f"HAVING count(*) < {int(k)}) SELECT DISTINCT person FROM known JOIN rare USING ({', '.join(GROUP)}, value)"
        ).fetchall()
        if persons:
            found[name] = {person for (person,) in persons}
    return found
