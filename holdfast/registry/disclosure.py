"""What is taken out of rows before they leave a programme, so that nobody in them is told by who knows them.

A threat is a reader who knows of a patient: sex, age, illness, year, route, or the day of a treatment. Against that:

* Every combination of drug, route and the quasi-identifying columns holds at least `k` persons. Where it does not,
  columns are withheld in those rows, one after the other in a stated order; a drug and route with fewer than `k`
  persons is left out whole.
* Whoever had a serious adverse event, an attempt or a hospitalisation, died, or ended for misuse or by withdrawing
  consent has every quasi-identifying column withheld: such things are few and remembered.
* A kind of adverse event that fewer than `k` persons had is told as `other`; so is the reason of an end, unless it
  says what treatment did (harm, no response, relapse, completed): a registry without those would be false.
* What is withheld of one course is withheld of every course of that person, and whose drugs and routes together fewer
  than `k` persons had is told as one person for each: courses joined by their person would say what each keeps back.
* How often a check was done tells how long ago treatment began: it is told as once or never.
* Whoever has any other word that fewer than `k` persons of that drug and route have (`rare_values`) has every
  quasi-identifying column withheld.
* No date can be worked out: calendar years of single rows are withheld, for a day before and one after New Year would
  give the start away; a course is told as it stood at the end of the last full window before the extract, an end
  that `k` persons or more share (`follow_up_cut`). Who began so lately that fewer share one is left out.
* A body weight cannot be worked out: a dose in mg stays where `k` persons of that drug and route had just that, such
  as one nasal device; another is rounded to 5 mg, and left empty where still fewer had it. Doses by weight are rounded
  to 0.1 mg/kg.
* Free text, names, dates and answers to single questions are not in the common data model at all.

`disclosure_faults` looks at what is to leave, by ways of its own. Not covered: somebody who knows the exact days
between treatments, several scores or several such words together can still find that row, and who knows a rare one
finds it without sex and age; what leaves is pseudonymous, not anonymous.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from holdfast.errors import InputError
from holdfast.registry.common_model import (
    COURSES,
    DOSE_STEP_MG,
    JUDGED_RELAPSE,
    PER_KG_DIGITS,
    SERIOUS_ENDS,
    TOLD_ENDS,
)
from holdfast.registry.disclosure_faults import faults_of_disclosure
from holdfast.registry.follow_up_cut import DATED, cut, days_told, last_full
from holdfast.registry.rare_values import GROUP, persons_with_rare_values

if TYPE_CHECKING:
    import duckdb

# What is given up first tells least about treatment. Year first: it is what a neighbour knows.
ORDER = ("year", "age_band", "sex", "failed_trials", "indication")
_WITHHELD = {"year": "NULL", **dict.fromkeys(("age_band", "sex", "failed_trials", "indication"), "'unknown'")}


def disclose(
    connection: duckdb.DuckDBPyConnection, k: int, *, passed: Mapping[str, int] | None = None
) -> dict[str, Any]:
    """Change the tables of a connection into what may leave; says what was done, in counts of at least `k` or in words.

    `passed`: days from day 0 of each course to the day of the extract (`follow_up_cut.last_full`).

    Raises `InputError` where fewer than `k` persons are left, so that nothing may leave at all.
    """
    assert set(ORDER) == {column.name for column in COURSES.columns if column.quasi}
    done: dict[str, Any] = {"persons_at_least": k}
    done |= _follow_up_cut(connection, k, passed)
    persons = connection.execute("SELECT count(DISTINCT person) FROM courses").fetchone()
    if not persons or persons[0] < k:
        raise InputError(
            f"Nothing may leave: fewer than {k} persons would be in the extract; wait until there are more, or pool "
            "under an agreement that allows fewer (setting small_cell)"
        )
    _years_withheld(connection)
    _weights_blurred(connection, k)
    _checks_told_once(connection)
    _whoever_had_a_serious_event(connection)
    done["event_categories_told_as_other"] = _rare_words_told_as_other(connection, "adverse_events", "category", k)
    done["ends_told_as_other"] = _rare_words_told_as_other(connection, "courses", "end_reason", k)
    done["rare_values_of"] = _whoever_has_a_rare_value(connection, k)
    done["withheld"] = _withheld_until_no_cell_is_small(connection, k)
    _persons_parted(connection, k)
    if faults := faults_of_disclosure(connection, k):
        raise InputError("\n".join(faults))
    return done


def _follow_up_cut(connection: duckdb.DuckDBPyConnection, k: int, passed: Mapping[str, int] | None) -> dict[str, Any]:
    """Leave out small groups and who began last, until neither is left; tell the others to shared days."""
    full = last_full(connection, passed)
    groups: list[str] = []
    left: dict[str, set[str]] = {"few": set(), "unwatched": set()}
    while True:
        groups += _small_groups_left_out(connection, k)
        told, few, unwatched = days_told(connection, full, k)
        if not few and not unwatched:
            break
        for why, courses in (("few", few), ("unwatched", unwatched)):
            gone = connection.execute(
                "DELETE FROM courses WHERE course IN (SELECT unnest(?)) RETURNING person", [courses]
            )
            left[why] |= {person for (person,) in gone.fetchall()}
        _rows_of_no_course_left_out(connection)
    cut(connection, told)
    persons: dict[int, set[str]] = {}
    for course, person in connection.execute("SELECT course, person FROM courses").fetchall():
        persons.setdefault(told[course], set()).add(person)
    return {
        "left_out": sorted(groups), "began_last_left_out": _told(left["few"], k),
        "not_watched_yet_left_out": _told(left["unwatched"], k),
        "told_to_day": [f"{day} ({len(of)} persons)" for day, of in sorted(persons.items())],
    }  # fmt: skip


def _told(persons: set[str], k: int) -> str:
    """How many, as it may leave."""
    return "nobody" if not persons else f"{len(persons)} persons" if len(persons) >= k else f"fewer than {k} persons"


def _small_groups_left_out(connection: duckdb.DuckDBPyConnection, k: int) -> list[str]:
    """Drugs and routes with fewer than `k` persons, by name: how many stays untold."""
    group = ", ".join(GROUP)
    small = connection.execute(
        f"SELECT {group} FROM courses GROUP BY {group} HAVING count(DISTINCT person) < {int(k)} ORDER BY {group}"
    ).fetchall()
    for drug, route in small:
        connection.execute("DELETE FROM courses WHERE drug = ? AND route = ?", [drug, route])
    _rows_of_no_course_left_out(connection)
    return [f"{drug} {route}" for drug, route in small]


def _rows_of_no_course_left_out(connection: duckdb.DuckDBPyConnection) -> None:
    for table in (*DATED, "safety_checks"):
        connection.execute(f"DELETE FROM {table} WHERE course NOT IN (SELECT course FROM courses)")


def _years_withheld(connection: duckdb.DuckDBPyConnection) -> None:
    for table in ("treatment_sessions", "adverse_events"):
        connection.execute(f"UPDATE {table} SET year = NULL")
    for table in ("exposure", "checks_by_year"):
        connection.execute(f"DELETE FROM {table}")


def _weights_blurred(connection: duckdb.DuckDBPyConnection, k: int) -> None:
    group = ", ".join(GROUP)
    few = (
        f"course IN (SELECT course FROM courses WHERE drug = ? AND route = ?) AND dose_mg IN (SELECT dose_mg "
        "FROM treatment_sessions JOIN courses USING (course) WHERE drug = ? AND route = ? GROUP BY dose_mg "
        f"HAVING count(DISTINCT person) < {int(k)})"
    )
    rounded = f"greatest({DOSE_STEP_MG}, round(dose_mg / {DOSE_STEP_MG}) * {DOSE_STEP_MG})"
    for drug, route in connection.execute(f"SELECT DISTINCT {group} FROM courses ORDER BY {group}").fetchall():
        for told in (rounded, "NULL"):
            connection.execute(f"UPDATE treatment_sessions SET dose_mg = {told} WHERE {few}", [drug, route] * 2)
    connection.execute(f"UPDATE treatment_sessions SET dose_mg_per_kg = round(dose_mg_per_kg, {PER_KG_DIGITS})")


def _checks_told_once(connection: duckdb.DuckDBPyConnection) -> None:
    connection.execute("UPDATE safety_checks SET done = least(done, 1), positive = least(positive, 1)")


def _persons_parted(connection: duckdb.DuckDBPyConnection, k: int) -> None:
    """Who had several drugs or routes, as fewer than `k` persons had: a pseudonym for each, and no link.

    Serious events and rare words were looked for before, so that all of that person's courses keep them back.
    """
    connection.execute(
        f"UPDATE courses SET person = md5(person || drug || route), link = NULL WHERE person IN ({_few_together(k)})"
    )


def _few_together(k: int) -> str:
    """Persons whose drugs and routes, taken together, fewer than `k` persons had."""
    together = "SELECT person, list_sort(list_distinct(list(drug || ' ' || route))) AS had FROM courses GROUP BY person"
    return (
        f"SELECT person FROM ({together}) WHERE len(had) > 1 AND had IN (SELECT had FROM ({together}) GROUP BY had "
        f"HAVING count(*) < {int(k)})"
    )


def _whoever_had_a_serious_event(connection: duckdb.DuckDBPyConnection) -> None:
    had = connection.execute(
        "SELECT person FROM courses JOIN adverse_events USING (course) WHERE seriousness <> 'not-serious' UNION "
        "SELECT person FROM courses WHERE list_contains(?, end_reason) UNION "
        "SELECT person FROM courses JOIN relapse_events USING (course) WHERE event <> ?",
        [list(SERIOUS_ENDS), JUDGED_RELAPSE],
    ).fetchall()
    _told_without_person(connection, {person for (person,) in had})


def _rare_words_told_as_other(connection: duckdb.DuckDBPyConnection, table: str, column: str, k: int) -> list[str]:
    """Words of a column that fewer than `k` persons have, by name; ends that say what treatment did stay."""
    source = "courses" if table == "courses" else f"{table} JOIN courses USING (course)"
    rare = connection.execute(
        f"SELECT {column} FROM {source} WHERE {column} <> 'other' AND NOT list_contains(?, {column}) GROUP BY {column} "
        f"HAVING count(DISTINCT person) < {int(k)} ORDER BY {column}",
        [list(TOLD_ENDS)],
    ).fetchall()
    names = [name for (name,) in rare]
    for name in names:
        connection.execute(f"UPDATE {table} SET {column} = 'other' WHERE {column} = ?", [name])
    return names


def _whoever_has_a_rare_value(connection: duckdb.DuckDBPyConnection, k: int) -> list[str]:
    """Columns, as `table.column`, in which somebody has one."""
    found = persons_with_rare_values(connection, k)
    _told_without_person(connection, set().union(*found.values()))
    return list(found)


def _told_without_person(connection: duckdb.DuckDBPyConnection, persons: set[str]) -> None:
    everything = ", ".join(f"{column} = {_WITHHELD[column]}" for column in ORDER)
    connection.execute(f"UPDATE courses SET {everything} WHERE list_contains(?, person)", [sorted(persons)])


def _withheld_until_no_cell_is_small(connection: duckdb.DuckDBPyConnection, k: int) -> list[str]:
    """Columns withheld in some rows, in all courses of a person alike. Each round withholds more: one is the last."""
    withheld: set[str] = set()
    while True:
        withheld |= _small_cells_withheld(connection, k)
        more = _withheld_of_all_courses_alike(connection)
        withheld |= more
        if not more:
            return [column for column in ORDER if column in withheld]


def _withheld_of_all_courses_alike(connection: duckdb.DuckDBPyConnection) -> set[str]:
    more = set()
    for column in ORDER:
        changed = connection.execute(
            f"UPDATE courses SET {column} = {_WITHHELD[column]} WHERE person IN "
            f"(SELECT person FROM courses WHERE {column} IS NOT DISTINCT FROM {_WITHHELD[column]}) "
            f"AND {column} IS DISTINCT FROM {_WITHHELD[column]} RETURNING 1"
        ).fetchall()
        more |= {column} if changed else set()
    return more


def _small_cells_withheld(connection: duckdb.DuckDBPyConnection, k: int) -> set[str]:
    """Columns withheld in some rows. Rows of a small cell lose one column after the other until none is small."""
    withheld = set()
    for column in ORDER:
        changed = connection.execute(
            f"UPDATE courses SET {column} = {_WITHHELD[column]} FROM ({_small_cells(k)}) small "
            f"WHERE {_same('courses', 'small')} AND courses.{column} IS DISTINCT FROM {_WITHHELD[column]} RETURNING 1"
        ).fetchall()
        withheld |= {column} if changed else set()
    _last_cell_filled(connection, k)
    return withheld


def _last_cell_filled(connection: duckdb.DuckDBPyConnection, k: int) -> None:
    """The cell of rows that lost everything may itself be small: the next smallest cells of its group join it."""
    everything = ", ".join(f"{column} = {_WITHHELD[column]}" for column in ORDER)
    while (cell := connection.execute(f"{_small_cells(k)} LIMIT 1").fetchone()) is not None:
        drug, route = cell[0], cell[1]
        joining = connection.execute(
            f"SELECT {', '.join((*GROUP, *ORDER))} FROM courses WHERE drug = ? AND route = ? "
            f"AND NOT ({_all_withheld()}) GROUP BY ALL ORDER BY count(DISTINCT person), {', '.join(ORDER)} LIMIT 1",
            [drug, route],
        ).fetchone()
        assert joining is not None, "a group of k persons cannot be one small cell"
        where = " AND ".join(f"{name} IS NOT DISTINCT FROM ?" for name in (*GROUP, *ORDER))
        connection.execute(f"UPDATE courses SET {everything} WHERE {where}", list(joining))


def _all_withheld() -> str:
    return " AND ".join(f"{column} IS NOT DISTINCT FROM {_WITHHELD[column]}" for column in ORDER)


def _small_cells(k: int) -> str:
    columns = ", ".join((*GROUP, *ORDER))
    return (
        f"SELECT {columns} FROM courses GROUP BY {columns} HAVING count(DISTINCT person) < {int(k)} ORDER BY {columns}"
    )


def _same(one: str, other: str) -> str:
    return " AND ".join(f"{one}.{name} IS NOT DISTINCT FROM {other}.{name}" for name in (*GROUP, *ORDER))
