"""Treatments that two sites of a pool both hold: one course of one person, handed over with its history.

Found by link, drug, route, the days of the treatment sessions and every rating. Days count from the first treatment
session and no year stands with them, so that two treatments that only overlap in time cannot be told from two that
followed each other. Where one course begins with all the days of the other, and no rating that both have differs, that
is told and both stay.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from holdfast.errors import InputError
from holdfast.registry.common_model import TABLES

if TYPE_CHECKING:
    import duckdb

_FEWEST = 2  # treatment sessions and ratings in common, below which two courses are alike by chance
_LINKED = (
    "CREATE TEMP TABLE linked AS SELECT course, site, link, drug, route FROM courses WHERE started AND link IN "
    "(SELECT link FROM courses WHERE link IS NOT NULL AND started GROUP BY link HAVING count(DISTINCT site) > 1)"
)
_HELD = (
    "SELECT linked.course, site, link, drug, route, days, rated FROM linked "
    "JOIN (SELECT course, list(day ORDER BY number) AS days FROM treatment_sessions "
    "SEMI JOIN linked USING (course) GROUP BY course) USING (course) "
    "LEFT JOIN (SELECT course, list((scale, day, total) ORDER BY scale, day) AS rated FROM ratings "
    "SEMI JOIN linked USING (course) WHERE total IS NOT NULL GROUP BY course) USING (course) ORDER BY site, course"
)


@dataclass(frozen=True)
class _Held:
    """One course of a person who is at several sites."""

    course: str
    site: str
    whose: tuple[str, str, str]  # link, drug, route
    days: tuple[int, ...]
    rated: tuple[tuple[str, int, float], ...]


def left_out_or_refused(connection: duckdb.DuckDBPyConnection, *, once: bool) -> tuple[str, ...]:
    """Where `once`, leave the later site's course of every treatment that two sites hold out of the tables.

    Notes come back, for whoever reads the pool. Raises `InputError` where two sites hold one and it is not `once`.
    """
    connection.execute(_LINKED)
    held = [
        _Held(course, site, (link, drug, route), tuple(days), tuple(rated or ()))
        for course, site, link, drug, route, days, rated in connection.execute(_HELD).fetchall()
    ]
    connection.execute("DROP TABLE linked")
    alike, begun = _pairs(held)
    if alike and not once:
        raise InputError("\n".join(_told(alike)))
    _leave_out(connection, {later.course for _, later in alike})
    notes = [f"{_sites(pair)} both held {n} treatments; {pair[0]}'s stand here" for pair, n in _by_sites(alike).items()]
    notes += [
        f"{_sites(pair)} hold {n} courses of one person, drug and route that begin with the same treatment sessions "
        "and ratings; if they are one treatment, it counts twice"
        for pair, n in _by_sites(begun).items()
    ]
    return tuple(notes)


def _pairs(held: Iterable[_Held]) -> tuple[list[tuple[_Held, _Held]], list[tuple[_Held, _Held]]]:
    """Courses of two sites that are alike, and those of which one begins as the other is; the earlier site first."""
    of: dict[tuple[str, str, str], list[_Held]] = {}
    alike, begun = [], []
    for one in held:
        for before in of.setdefault(one.whose, []):
            shorter, longer = sorted((before, one), key=lambda course: len(course.days))
            if before.site == one.site or longer.days[: len(shorter.days)] != shorter.days:
                continue
            if (before.days, before.rated) == (one.days, one.rated):
                alike.append((before, one))
            elif len(shorter.days) >= _FEWEST and _rated_alike(before, one):
                begun.append((before, one))
        of[one.whose].append(one)
    return alike, begun


def _rated_alike(one: _Held, other: _Held) -> bool:
    """Have they ratings in common, and none on one day that differs?"""
    first, second = ({(scale, day): total for scale, day, total in course.rated} for course in (one, other))
    common = first.keys() & second.keys()
    return len(common) >= _FEWEST and all(first[place] == second[place] for place in common)


def _by_sites(pairs: Iterable[tuple[_Held, _Held]]) -> Counter[tuple[str, str]]:
    return Counter((one.site, other.site) for one, other in pairs)


def _sites(pair: tuple[str, str]) -> str:
    return " and ".join(pair)


def _told(alike: list[tuple[_Held, _Held]]) -> list[str]:
    first = {(one.site, other.site): (one.course, other.course) for one, other in reversed(alike)}
    return [
        f"{_sites(pair)} both hold {n} treatments of the same persons: same drug, route, days and ratings, such as "
        f"course {first[pair][0]} and course {first[pair][1]}. Each would count twice: leave them out of one extract, "
        f"or pool with --once, which keeps them as {pair[0]} has them"
        for pair, n in _by_sites(alike).items()
    ]


def _leave_out(connection: duckdb.DuckDBPyConnection, courses: set[str]) -> None:
    """These courses and every row of them."""
    if not courses:
        return
    connection.execute("CREATE TABLE left_out AS SELECT unnest(?) AS course", [sorted(courses)])
    for name, table in TABLES.items():
        order = ", ".join(table.unique)
        connection.execute(
            f"CREATE TABLE kept AS SELECT * FROM {name} ANTI JOIN left_out USING (course) ORDER BY {order}"
        )
        connection.execute(f"DROP {'TABLE' if name == 'courses' else 'VIEW'} {name}")
        connection.execute(f"ALTER TABLE kept RENAME TO {name}")
