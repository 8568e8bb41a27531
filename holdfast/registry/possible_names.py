"""Names a set may hold: documents of scales and of protocols, and what is given how under a protocol.

A set that was made with the same tables of facts as are read here can name no document that is not among them. One
that was made with others may: another release has documents of its own, and what they say is not judged here.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from holdfast.facts import load
from holdfast.registry.relations import quoted

if TYPE_CHECKING:
    import duckdb

_OF = {
    "scales": "SELECT scale AS name, course FROM ratings",
    "protocols": "SELECT protocol AS name, course FROM courses",
}
_PLACES = {"scales": "ratings.scale", "protocols": "courses.protocol"}


def unknown_names(connection: duckdb.DuckDBPyConnection, facts_digest: str) -> list[str]:
    """Faults of the names in the tables of a connection, of a set made with the facts of that digest."""
    facts = load()
    faults = _given_otherwise(connection)
    if facts_digest != facts.digest:
        return faults
    for kind, query in _OF.items():
        known = ", ".join(map(quoted, facts.documents[kind]))
        asked = (
            f"SELECT name, count(*), min(course) FROM ({query}) WHERE name NOT IN ({known}) GROUP BY name ORDER BY name"
        )
        for name, count, course in connection.execute(asked).fetchall():
            faults.append(
                f"{_PLACES[kind]} is {name}, which no document of its tables of facts is called: {count} rows, such "
                f"as of course {course}"
            )
    return faults


def _given_otherwise(connection: duckdb.DuckDBPyConnection) -> list[str]:
    """Courses on a protocol that is known here, of a drug or a route that it has not."""
    plans = [one.header for one in load().documents["protocols"].values()]
    known = ", ".join(f"({', '.join(quoted(one[name]) for name in ('id', 'drug', 'route'))})" for one in plans)
    asked = (
        "SELECT protocol, d, r, courses.drug, courses.route, count(*), min(course) FROM courses "
        f"JOIN (VALUES {known}) plans (p, d, r) ON protocol = p WHERE courses.drug <> d OR courses.route <> r "
        "GROUP BY ALL ORDER BY ALL"
    )
    return [
        f"courses: {drug} by route {route} under protocol {plan}, which gives {its_drug} by route {its_route}: {count} "
        f"rows, such as of course {course}"
        for plan, its_drug, its_route, drug, route, count, course in connection.execute(asked).fetchall()
    ]
