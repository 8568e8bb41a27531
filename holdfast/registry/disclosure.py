"""What is taken out of rows before they leave a programme, so that nobody in them is told by who knows them.

A threat is a reader who knows of a patient: sex, age, illness, year, route, or the day of a treatment. Against that:

* Every combination of drug, route and the quasi-identifying columns holds at least `k` persons. Where it does not,
  columns are withheld in those rows, one after the other in a stated order; a drug and route with fewer than `k`
  persons is left out whole.
* Whoever had a serious adverse event has every quasi-identifying column withheld: such events are few and remembered.
* A kind of adverse event that fewer than `k` persons had is told as `other`.
* No date can be worked out: calendar years of single rows are withheld, for a day before and one after New Year would
  give the start away; a course is told as it stood at the end of the last full window before the extract, an end
  that `k` persons or more share (`follow_up_cut`). Who began so lately that fewer share one is left out.
* A body weight cannot be worked out: where a dose is told by weight, it is rounded to 5 mg and 0.1 mg/kg.
* Free text, names, dates and answers to single questions are not in the common data model at all.

`faults_of_disclosure` looks at what is to leave, by ways of its own. Not covered: somebody who knows the exact days
between treatments and several scores of a person can still find that row; what leaves is pseudonymous, not anonymous.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from holdfast.errors import InputError
from holdfast.registry.common_model import COURSES
from holdfast.registry.follow_up_cut import DATED, cut, last_full, who_began_last
from holdfast.registry.window_ends import last_end

if TYPE_CHECKING:
    import duckdb

GROUP = ("drug", "route")  # never withheld: a row without them says nothing
# What is given up first tells least about treatment. Year first: it is what a neighbour knows.
ORDER = ("year", "age_band", "sex", "failed_trials", "indication")
_WITHHELD = {"year": "NULL", **dict.fromkeys(("age_band", "sex", "failed_trials", "indication"), "'unknown'")}
DOSE_STEP_MG, PER_KG_DIGITS = 5, 1


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
    _weights_blurred(connection)
    done["event_categories_told_as_other"] = _rare_events_told_as_other(connection, k)
    _whoever_had_a_serious_event(connection)
    done["withheld"] = _small_cells_withheld(connection, k)
    if faults := faults_of_disclosure(connection, k):
        raise InputError("\n".join(faults))
    return done


def _follow_up_cut(connection: duckdb.DuckDBPyConnection, k: int, passed: Mapping[str, int] | None) -> dict[str, Any]:
    """Leave out small groups and who began last, until neither is left; tell the others to shared days."""
    full = last_full(connection, passed)
    groups: list[str] = []
    late = False
    while True:
        groups += _small_groups_left_out(connection, k)
        told, without = who_began_last(connection, full, k)
        if not without:
            break
        late = True
        connection.execute("DELETE FROM courses WHERE course IN (SELECT unnest(?))", [without])
        _rows_of_no_course_left_out(connection)
    cut(connection, told)
    persons: dict[int, set[str]] = {}
    for course, person in connection.execute("SELECT course, person FROM courses").fetchall():
        persons.setdefault(told[course], set()).add(person)
    return {
        "left_out": sorted(groups), "began_last_left_out": f"fewer than {k} persons" if late else "nobody",
        "told_to_day": [f"{day} ({len(of)} persons)" for day, of in sorted(persons.items())],
    }  # fmt: skip


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
    connection.execute("DELETE FROM exposure")


def _weights_blurred(connection: duckdb.DuckDBPyConnection) -> None:
    connection.execute(
        f"UPDATE treatment_sessions SET dose_mg = greatest({DOSE_STEP_MG}, round(dose_mg / {DOSE_STEP_MG}) * "
        f"{DOSE_STEP_MG}), dose_mg_per_kg = round(dose_mg_per_kg, {PER_KG_DIGITS}) WHERE dose_mg_per_kg IS NOT NULL"
    )


def _rare_events_told_as_other(connection: duckdb.DuckDBPyConnection, k: int) -> list[str]:
    rare = connection.execute(
        "SELECT category FROM adverse_events JOIN courses USING (course) WHERE category <> 'other' GROUP BY category "
        f"HAVING count(DISTINCT person) < {int(k)} ORDER BY category"
    ).fetchall()
    names = [name for (name,) in rare]
    for name in names:
        connection.execute("UPDATE adverse_events SET category = 'other' WHERE category = ?", [name])
    return names


def _whoever_had_a_serious_event(connection: duckdb.DuckDBPyConnection) -> None:
    everything = ", ".join(f"{column} = {_WITHHELD[column]}" for column in ORDER)
    connection.execute(
        f"UPDATE courses SET {everything} WHERE person IN (SELECT person FROM courses JOIN adverse_events USING "
        "(course) WHERE seriousness <> 'not-serious')"
    )


def _small_cells_withheld(connection: duckdb.DuckDBPyConnection, k: int) -> list[str]:
    """Columns withheld in some rows. Rows of a small cell lose one column after the other until none is small."""
    withheld = []
    for column in ORDER:
        changed = connection.execute(
            f"UPDATE courses SET {column} = {_WITHHELD[column]} FROM ({_small_cells(k)}) small "
            f"WHERE {_same('courses', 'small')} AND courses.{column} IS DISTINCT FROM {_WITHHELD[column]} RETURNING 1"
        ).fetchall()
        withheld += [column] if changed else []
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


def faults_of_disclosure(connection: duckdb.DuckDBPyConnection, k: int) -> list[str]:
    """What stands in the tables of a connection and must not leave; the rows are counted here and not in SQL."""
    faults = []
    columns = ", ".join(("person", *GROUP, *ORDER))
    cells: dict[tuple[Any, ...], set[str]] = {}
    for person, *cell in connection.execute(f"SELECT {columns} FROM courses").fetchall():
        cells.setdefault(tuple(cell), set()).add(person)
    if small := [cell for cell, persons in cells.items() if len(persons) < k]:
        faults.append(
            f"courses: {len(small)} combinations of {columns} hold fewer than {k} persons, such as {small[0]}"
        )
    kinds: dict[str, set[str]] = {}
    serious = set()
    asked = "SELECT person, category, seriousness FROM adverse_events JOIN courses USING (course)"
    for person, category, seriousness in connection.execute(asked).fetchall():
        kinds.setdefault(category, set()).add(person)
        serious |= {person} if seriousness != "not-serious" else set()
    faults += [
        f"adverse_events: fewer than {k} persons had {kind}"
        for kind, persons in sorted(kinds.items())
        if kind != "other" and len(persons) < k
    ]
    told = {
        person for cell, persons in cells.items() if set(cell[len(GROUP) :]) - {None, "unknown"} for person in persons
    }
    if serious & told:
        faults.append("courses: whoever had a serious adverse event must not be told by sex, age, illness or year")
    going_on = connection.execute("SELECT DISTINCT followed_to_day FROM courses WHERE ended_day IS NULL").fetchall()
    if between := sorted(day for (day,) in going_on if last_end(day) != day):
        faults.append(f"courses: followed to day {between[0]}, which is no end of a window and would tell a date")
    for table in ("treatment_sessions", "adverse_events", "exposure"):
        with_year = connection.execute(f"SELECT count(*) FROM {table} WHERE year IS NOT NULL").fetchone()
        if with_year and with_year[0]:
            faults.append(f"{table}: {with_year[0]} rows have a calendar year, from which a date could be worked out")
    return faults
