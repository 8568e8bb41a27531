"""What stands in tables and must not leave, looked for by other ways than it was taken out: rows are counted here."""

from __future__ import annotations

from collections import Counter, defaultdict
from typing import TYPE_CHECKING, Any

from holdfast.registry.common_model import COURSES, JUDGED_RELAPSE, SERIOUS_ENDS, TABLES, TOLD_ENDS
from holdfast.registry.rare_values import GROUP
from holdfast.registry.window_ends import last_end

if TYPE_CHECKING:
    import duckdb

_QUASI = tuple(column.name for column in COURSES.columns if column.quasi)
_NOT_KNOWN = (None, "unknown")


def faults_of_disclosure(connection: duckdb.DuckDBPyConnection, k: int) -> list[str]:
    """Every fault of the tables of a connection, in sentences; none where they may leave with groups of `k` persons."""
    tables = {name: _rows(connection, name) for name in TABLES}
    of = {one["course"]: one for one in tables["courses"]}
    for name in tables.keys() - {"courses"}:  # what a row says itself comes before what its course says
        tables[name] = [{**of[one["course"]], **one} for one in tables[name] if one["course"] in of]
    told = {one["person"] for one in tables["courses"] if {one[name] for name in _QUASI} - set(_NOT_KNOWN)}
    kinds = _few(tables["adverse_events"], "category", k)
    ends = _few(tables["courses"], "end_reason", k)
    return [
        *_small_cells(tables["courses"], k), *_persons(tables["courses"], k), *_checks(tables["safety_checks"]),
        *(f"adverse_events: fewer than {k} persons had {kind}" for kind in kinds),
        *(f"courses: fewer than {k} persons ended by {end}" for end in ends),
        *_serious(tables, told), *_rare(tables, told, k), *_doses(tables["treatment_sessions"], k), *_years(tables),
        *_follow_up(tables["courses"]),
    ]  # fmt: skip


def _rows(connection: duckdb.DuckDBPyConnection, table: str) -> list[dict[str, Any]]:
    found = connection.execute(f"SELECT * FROM {table}")
    names = [one[0] for one in found.description or ()]
    return [dict(zip(names, row, strict=True)) for row in found.fetchall()]


def _small_cells(courses: list[dict[str, Any]], k: int) -> list[str]:
    cells = defaultdict(set)
    for one in courses:
        cells[tuple(one[name] for name in (*GROUP, *_QUASI))].add(one["person"])
    small = [cell for cell, persons in cells.items() if len(persons) < k]
    columns = ", ".join((*GROUP, *_QUASI))
    words = f"courses: {len(small)} combinations of {columns} hold fewer than {k} persons, such as "
    return [f"{words}{small[0]}"] if small else []


def _persons(courses: list[dict[str, Any]], k: int) -> list[str]:
    """What courses of one person say of each other."""
    of: dict[str, list[dict[str, Any]]] = defaultdict(list)
    for one in courses:
        of[one["person"]].append(one)
    unlike = sum(any(len({one[name] in _NOT_KNOWN for one in own}) > 1 for name in _QUASI) for own in of.values())
    had = Counter(frozenset(tuple(one[name] for name in GROUP) for one in own) for own in of.values())
    few = sum(many for together, many in had.items() if len(together) > 1 and many < k)
    faults = [f"courses: of {unlike} persons one course tells what another keeps back"] if unlike else []
    return faults + ([f"courses: {few} persons had drugs and routes that few had together"] if few else [])


def _checks(checks: list[dict[str, Any]]) -> list[str]:
    often = sum(one["done"] > 1 or one["positive"] > 1 for one in checks)
    words = f"safety_checks: {often} rows tell how often a check was done, and so how long ago treatment began"
    return [words] if often else []


def _few(rows: list[dict[str, Any]], column: str, k: int) -> list[str]:
    """Words of a column that has a word for the others, and that fewer than `k` persons have."""
    persons = defaultdict(set)
    for one in rows:
        persons[one[column]].add(one["person"])
    return sorted(word for word, who in persons.items() if word not in (None, "other", *TOLD_ENDS) and len(who) < k)


def _serious(tables: dict[str, list[dict[str, Any]]], told: set[str]) -> list[str]:
    had = {one["person"] for one in tables["adverse_events"] if one["seriousness"] != "not-serious"}
    had |= {one["person"] for one in tables["courses"] if one["end_reason"] in SERIOUS_ENDS}
    had |= {one["person"] for one in tables["relapse_events"] if one["event"] != JUDGED_RELAPSE}
    words = "courses: whoever had a serious adverse event, end or relapse must not be told by sex, age, illness or year"
    return [words] if had & told else []


def _rare(tables: dict[str, list[dict[str, Any]]], told: set[str], k: int) -> list[str]:
    """A word of any column that few persons of a drug and route have, of somebody who is told by more than that."""
    faults = []
    for table in TABLES.values():
        words = [one.name for one in table.columns if one.kind in ("words", "name", "yes_no") and not one.quasi]
        for name in words:
            persons = defaultdict(set)
            for one in tables[table.name]:
                persons[tuple(one[word] for word in (*GROUP, name))].add(one["person"])
            rare = [who for value, who in persons.items() if value[-1] not in _NOT_KNOWN and len(who) < k]
            if any(who & told for who in rare):
                what = f"fewer than {k} persons have a value and are told by sex, age, illness or year"
                faults.append(f"{table.name}.{name}: {what}")
    return faults


def _doses(given: list[dict[str, Any]], k: int) -> list[str]:
    persons = defaultdict(set)
    for one in given:
        if one["dose_mg"] is not None:
            persons[tuple(one[name] for name in (*GROUP, "dose_mg"))].add(one["person"])
    few = sum(len(who) < k for who in persons.values())
    words = f"treatment_sessions: {few} doses were given to fewer than {k} persons, from which a weight could be told"
    return [words] if few else []


def _years(tables: dict[str, list[dict[str, Any]]]) -> list[str]:
    faults = []
    for table in ("treatment_sessions", "adverse_events", "exposure", "checks_by_year"):
        dated = sum(one["year"] is not None for one in tables[table])
        if dated:
            faults.append(f"{table}: {dated} rows have a calendar year, from which a date could be worked out")
    return faults


def _follow_up(courses: list[dict[str, Any]]) -> list[str]:
    between = sorted(
        one["followed_to_day"] for one in courses
        if one["ended_day"] is None and last_end(one["followed_to_day"]) != one["followed_to_day"]
    )  # fmt: skip
    words = "which is no end of a window and would tell a date"
    return [f"courses: {len(between)} rows are followed to a day such as {between[0]}, {words}"] if between else []
