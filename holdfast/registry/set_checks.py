"""What makes a registry set sound: every column holds what it may, every row belongs to a course, days are possible.

Each fault names table, column, how many rows, and one of them by course. All are told at once.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from holdfast.errors import InputError
from holdfast.facts import load
from holdfast.registry.common_model import (
    COURSES,
    DOSE_STEP_MG,
    KEY_CHARACTERS,
    NAME,
    PER_KG_DIGITS,
    TABLES,
    TREATMENT_SESSIONS,
    Column,
    Table,
)
from holdfast.registry.relations import quoted

if TYPE_CHECKING:
    import duckdb

# What a column must be beyond its type: the condition of a fault, and its words.
_KEY = f"NOT regexp_full_match({{0}}, '[0-9a-f]{{{{{KEY_CHARACTERS}}}}}')"
_NAME = f"NOT regexp_full_match({{0}}, {quoted(NAME).replace('{', '{{').replace('}', '}}')})"
_OF_COURSE = (
    "SELECT course AS of_course, started AS course_started, followed_to_day AS course_followed_to_day, "
    "ended_day AS course_ended_day FROM courses"
)
# table → (condition over its rows and what the course says, and what is wrong)
_ACROSS: dict[str, tuple[tuple[str, str], ...]] = {
    "courses": (
        ("followed_to_day < 0 AND started", "started and followed to a day before its first treatment session"),
        ("ended_day > followed_to_day", "ends after the last day of which anything is known"),
        ("ended_day < 0 AND started", "ends before its first treatment session"),
        ("(ended_day IS NULL) <> (end_reason IS NULL)", "has a day of its end without a reason, or the reverse"),
        ("watched_from_day < 0 OR watched_from_day > followed_to_day + 1",
         "is watched from a day outside its follow-up"),
        ("referred_day > 0", "is referred after day 0"),
        ("evaluated_day < referred_day", "is evaluated before it is referred"),
        ("NOT started AND (induction_ended_day IS NOT NULL OR maintenance_day IS NOT NULL)",
         "has phases of treatment and never started"),
        ("induction_ended_day < 0 OR maintenance_day < 0", "has a phase of treatment that ends before day 0"),
        ("maintenance_day < induction_ended_day", "comes to maintenance before the end of induction"),
        ("induction_ended_day > followed_to_day OR maintenance_day > followed_to_day",
         "has a phase after the last day of which anything is known"),
    ),
    "ratings": (
        ("day > course_followed_to_day", "lies after the last day of which anything is known"),
        ("baseline AND total IS NULL", "is a baseline without a total"),
        ("baseline AND course_started AND day > 0", "is a baseline after the first treatment session"),
    ),
    "relapse_events": (("day > course_followed_to_day", "lies after the last day of which anything is known"),),
    "treatment_sessions": (
        ("NOT course_started", "belongs to a course that never started"),
        ("day < 0", "lies before day 0, the first treatment session"),
        ("day > course_followed_to_day", "lies after the last day of which anything is known"),
        ("number = 1 AND day <> 0", "is the first and not on day 0"),
        ("sbp_before_mmhg <= dbp_before_mmhg OR sbp_peak_mmhg <= dbp_peak_mmhg", "has systolic not above diastolic"),
        ("(dissociation_peak IS NULL) <> (dissociation_scale IS NULL)", "has dissociation without its scale"),
    ),
    "check_ins": (("day > course_followed_to_day AND state <> 'open'", "is past the last day known"),),
    "adverse_events": (
        ("day > course_followed_to_day AND course_ended_day IS NULL",
         "lies after the last day of a course that goes on"),
        ("outcome = 'fatal' AND seriousness <> 'death'", "is fatal and not serious by death"),
    ),
    "safety_checks": (("positive > done", "found something more often than it was done"),),
    "checks_by_year": (("positive > done", "found something more often than it was done"),),
    "exposure": (
        ("days > 366", "has more days than a year"),
        ("treatment_sessions > 0 AND NOT course_started", "has treatment sessions of a course that never started"),
    ),
}  # fmt: skip
_TWO_BASELINES = (
    "SELECT course, count(*) OVER () FROM ratings WHERE baseline GROUP BY course, scale HAVING count(*) > 1 "
    "ORDER BY course LIMIT 1"
)

_OF_NO_SESSION = (
    "SELECT course, count(*) OVER () FROM adverse_events "
    "ANTI JOIN (SELECT course, number FROM treatment_sessions) given "
    "ON adverse_events.course = given.course AND adverse_events.treatment_session = given.number "
    "WHERE treatment_session IS NOT NULL ORDER BY course LIMIT 1"
)

_MORE_BY_YEAR = (
    "SELECT course, count(*) OVER () "
    "FROM (SELECT course, sum(treatment_sessions) AS told FROM exposure GROUP BY course) "
    "LEFT JOIN (SELECT course, count(*) AS given FROM treatment_sessions JOIN courses USING (course) "
    "WHERE day >= coalesce(watched_from_day, 0) GROUP BY course) USING (course) "
    "WHERE told > coalesce(given, 0) ORDER BY course LIMIT 1"
)

_MORE_THAN_WATCHED = (
    "SELECT course, count(*) OVER () FROM (SELECT course, sum(days) AS told FROM exposure GROUP BY course) "
    "JOIN courses USING (course) WHERE told > greatest(followed_to_day + 1 - coalesce(watched_from_day, 0), 0) "
    "ORDER BY course LIMIT 1"
)


_MORE_CHECKS_BY_YEAR = (
    "SELECT course, count(*) OVER () "
    "FROM (SELECT course, safety_check, sum(done) AS told FROM checks_by_year GROUP BY ALL) "
    "LEFT JOIN safety_checks USING (course, safety_check) WHERE told > coalesce(done, 0) ORDER BY course LIMIT 1"
)
_TOTALS = (
    "SELECT id, low, high, count(*), arg_min(total, course), min(course) FROM ratings JOIN (VALUES {known}) "
    "known (id, low, high) ON scale = id WHERE total < low OR total > high OR total <> floor(total) GROUP BY ALL "
    "ORDER BY id"
)
_PEAKS = (
    "SELECT id, low, high, count(*), arg_min(dissociation_peak, course), min(course) FROM treatment_sessions JOIN "
    "(VALUES {known}) known (id, low, high) ON dissociation_scale = id WHERE dissociation_peak < low "
    "OR dissociation_peak > high OR dissociation_peak <> floor(dissociation_peak) GROUP BY ALL ORDER BY id"
)
# Days that fall while numbers rise: neighbours tell where rows stand in order, as those of a set do.
_BEFORE = (
    "SELECT course, number, day, lag(course) OVER ({0}) AS c, lag(number) OVER ({0}) AS n, lag(day) OVER ({0}) AS d"
)
_DAYS_FALL = (
    f"SELECT min(course), count(*) FROM ({_BEFORE} FROM treatment_sessions) WHERE course = c AND number > n AND day < d"
)
# An extract rounds both: a dose by body weight to a digit, a dose to a step.
_NO_WEIGHT = (
    "SELECT min(course), count(*), arg_min(dose_mg, course), arg_min(dose_mg_per_kg, course) FROM treatment_sessions "
    f"WHERE dose_mg + {DOSE_STEP_MG} < {{min}} * (dose_mg_per_kg - 0.5 * 1e-{PER_KG_DIGITS}) "
    f"OR dose_mg - {DOSE_STEP_MG} > {{max}} * (dose_mg_per_kg + 0.5 * 1e-{PER_KG_DIGITS})"
)


def require_sound(connection: duckdb.DuckDBPyConnection) -> None:
    """Raises `InputError` naming every fault."""
    if faults := faults_of(connection):
        raise InputError("\n".join(faults))


def faults_of(connection: duckdb.DuckDBPyConnection) -> list[str]:
    """Every fault of the tables of a connection, in their order."""
    faults = [fault for table in TABLES.values() for fault in _table_faults(connection, table)]
    if found := connection.execute(_TWO_BASELINES).fetchone():
        faults.append(f"ratings: {found[1]} courses have two baselines on one scale, such as {found[0]}")
    if found := connection.execute(_OF_NO_SESSION).fetchone():
        words = "belongs to a treatment session that is not there"
        faults.append(f"adverse_events: a row {words}: {found[1]} rows, such as of course {found[0]}")
    if found := connection.execute(_MORE_BY_YEAR).fetchone():
        words = "courses have more treatment sessions by year than under watch"
        faults.append(f"exposure: {found[1]} {words}, such as {found[0]}")
    if found := connection.execute(_MORE_THAN_WATCHED).fetchone():
        words = "courses have more days by year than under watch"
        faults.append(f"exposure: {found[1]} {words}, such as {found[0]}")
    if found := connection.execute(_MORE_CHECKS_BY_YEAR).fetchone():
        words = "checks of a course were done more often by year than on record"
        faults.append(f"checks_by_year: {found[1]} {words}, such as of {found[0]}")
    return faults + _of_no_order(connection) + _of_no_weight(connection) + _beyond_their_scale(connection)


def _of_no_order(connection: duckdb.DuckDBPyConnection) -> list[str]:
    """Treatment sessions that are numbered otherwise than they were given."""
    order = "" if _stands_once(connection, TREATMENT_SESSIONS) else "PARTITION BY course ORDER BY number"
    found = connection.execute(_DAYS_FALL.format(order)).fetchone()
    if not found or not found[1]:
        return []
    words = "lies on a day before that of the treatment session numbered before it"
    return [f"treatment_sessions: a row {words}: {found[1]} rows, such as of course {found[0]}"]


def _of_no_weight(connection: duckdb.DuckDBPyConnection) -> list[str]:
    """Doses in mg that nobody's body weight makes of the dose by body weight."""
    weight = load().row("plausible.weight_kg")
    found = connection.execute(_NO_WEIGHT.format(min=weight["min"], max=weight["max"])).fetchone()
    if not found or not found[1]:
        return []
    course, count, mg, mg_per_kg = found
    words = f"is a dose that no body weight of {weight['min']:g} to {weight['max']:g} kg makes of its mg/kg"
    return [
        f"treatment_sessions.dose_mg {words}: {count} rows, such as {mg:g} mg of {mg_per_kg:g} mg/kg of course {course}"
    ]


def _beyond_their_scale(connection: duckdb.DuckDBPyConnection) -> list[str]:
    """Totals that no whole number of their scale's document is; a scale without one is not judged and not looked at."""
    headers = [one.header for one in load().documents["scales"].values()]
    runs = [(one["id"], one.get("total_min"), one.get("total_max")) for one in headers]
    known = ", ".join(f"({quoted(name)}, {low}, {high})" for name, low, high in runs if None not in (low, high))
    faults = []
    for place, query in (("ratings.total", _TOTALS), ("treatment_sessions.dissociation_peak", _PEAKS)):
        for scale, low, high, count, total, course in connection.execute(query.format(known=known)).fetchall():
            found = connection.execute("SELECT any_value(site) FROM courses WHERE course = ?", [course]).fetchone()
            site = found[0] if found else None
            faults.append(
                f"{place} is no whole number of {low} to {high}, as {scale} has it: {count} rows, such as {total:g} "
                f"of course {course} of site {site}"
            )
    return faults


def _table_faults(connection: duckdb.DuckDBPyConnection, table: Table) -> list[str]:
    """By column, then without a course, then across columns, then rows named twice."""
    own = [column for column in table.columns if table.name == "courses" or column.name != "course"]
    conditions = [(f"{table.name}.{column.name}", *one) for column in own for one in _conditions(column)]
    wheres = [condition for _, condition, _ in conditions]
    told = [f"{place} {words}" for place, _, words in conditions]
    across = _ACROSS.get(table.name, ())
    wheres += [condition for condition, _ in across]
    told += [f"{table.name}: a row {words}" for _, words in across]
    if table.name != "courses":  # an empty or misspelt pseudonym is of no course either
        wheres.append("of_course IS NULL")
        told.append(f"{table.name}: a row is of no course of the set")
    faults = _counted(connection, table, wheres, told)
    return faults if _stands_once(connection, table) else [*faults, *_twice(connection, table)]


def courses_twice(connection: duckdb.DuckDBPyConnection) -> list[str]:
    """Courses that stand in more than one of the sets put together."""
    return _twice(connection, COURSES)


def _twice(connection: duckdb.DuckDBPyConnection, table: Table) -> list[str]:
    keys = ", ".join(table.unique)
    twice = f"SELECT {keys} FROM {table.name} GROUP BY {keys} HAVING count(*) > 1"
    found = connection.execute(f"SELECT count(*), min(course) FROM ({twice})").fetchone()
    if not found or not found[0]:
        return []
    return [f"{table.name}: {found[0]} rows stand twice by {keys}, such as of course {found[1]}"]


def _counted(connection: duckdb.DuckDBPyConnection, table: Table, wheres: list[str], told: list[str]) -> list[str]:
    """Each condition counted in one pass over the table; a course is looked for where a count is not 0."""
    joined = table.name if table.name == "courses" else f"{table.name} LEFT JOIN ({_OF_COURSE}) ON course = of_course"
    asked = ", ".join(f"count(*) FILTER (WHERE {one})" for one in wheres)
    found = connection.execute(f"SELECT {asked} FROM {joined}").fetchone()
    assert found is not None
    faults = []
    for words, count, condition in zip(told, found, wheres, strict=True):
        if count:
            course = connection.execute(f"SELECT min(course) FROM {joined} WHERE {condition}").fetchone()
            faults.append(f"{words}: {count} rows, such as of course {course and course[0]}")
    return faults


def _stands_once(connection: duckdb.DuckDBPyConnection, table: Table) -> bool:
    """True where the order of the rows alone shows that none is named twice; False where they must be counted.

    Rows of a set stand by course, and rise within it: two rows of one name would have to be neighbours.
    """
    rest = table.unique[1:]
    before = "lag(course) OVER ()"
    rises = "FALSE"
    for name in reversed(rest):
        last = f"lag({name}) OVER ()"
        rises = f"({name} > {last} OR ({name} = {last} AND {rises}))"
    found = connection.execute(
        "WITH seen AS (SELECT course, first, rises FROM (SELECT course, "
        f"course IS DISTINCT FROM {before} AS first, {rises} AS rises FROM {table.name}) "
        "WHERE first OR rises IS NOT TRUE) SELECT count(*) FILTER (WHERE NOT first), "
        "count(*) FILTER (WHERE first), count(DISTINCT course) FILTER (WHERE first) FROM seen"
    ).fetchone()
    return found is not None and found[0] == 0 and found[1] == found[2]


def _conditions(column: Column) -> list[tuple[str, str]]:
    """What may be wrong with one column by itself: condition and words."""
    name = column.name
    found = [(f"{name} IS NULL", "is empty where it is required")] if column.required else []
    if column.kind == "key":
        found.append((_KEY.format(name), f"is no pseudonym of {KEY_CHARACTERS} hexadecimal characters"))
    elif column.kind == "name":
        found.append((_NAME.format(name), "is no short name in small letters"))
    elif column.kind == "words":
        listed = ", ".join(quoted(word) for word in column.choices)
        found.append((f"{name} NOT IN ({listed})", "is a word the common data model has not"))
    elif column.kind == "number":
        found.append((f"NOT isfinite({name})", "is no finite number"))
    if column.low is not None:
        found.append(
            (f"{name} < {column.low} OR {name} > {column.high}", f"is not within {column.low:g} to {column.high:g}")
        )
    return found
