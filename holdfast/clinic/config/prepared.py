"""Statements that are put together once and then only asked again with other values.

Django makes the SQL of a query anew each time it is asked. For a wide row that takes the processor ten times as long as
the database takes to answer, and saving one entry at the chair asks a dozen questions. What that path asks is written
as any other query, with `Given` in the place of each value, and is made SQL the first time a connection asks it. What
comes back is what Django's query would have given. Elsewhere a plain query is easier to read, and quick enough.

PostgreSQL is told each of these statements once a connection, and then its values alone (a prepared statement of its
own), so that it need not read and plan it anew; Django sends every statement whole.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from django.db import DEFAULT_DB_ALIAS, connections
from django.db.models import Expression, Field, Model, QuerySet
from django.db.models.sql import InsertQuery

AFTER = 1  # times a connection asks it before PostgreSQL keeps it


@contextmanager
def _kept_by_the_database(of: Any) -> Iterator[None]:
    """Within it, what this connection sends goes as statement and values apart. SQLite keeps statements by itself."""
    if of.vendor != "postgresql":
        yield
        return
    of.ensure_connection()
    raw = of.connection
    before = raw.cursor_factory, raw.prepare_threshold
    raw.cursor_factory, raw.prepare_threshold = _with_values_apart(), AFTER
    try:
        yield
    finally:
        raw.cursor_factory, raw.prepare_threshold = before


def _with_values_apart() -> type:
    """Django's own cursor of that kind; its module can be read only where PostgreSQL's driver is."""
    from django.db.backends.postgresql.base import ServerBindingCursor

    return ServerBindingCursor


class Given(Expression):
    """The place of a value that is named when the question is asked."""

    def __init__(self, name: str, kind: Field) -> None:
        super().__init__(output_field=kind)
        self.name = name

    def as_sql(self, compiler: Any, connection: Any) -> tuple[str, Any]:
        """A place in the statement; until the question is asked, this itself stands for the value."""
        return "%s", [self]

    def value(self, given: dict[str, Any], connection: Any) -> Any:
        """The value as the database takes it. Raises `TypeError` on None, which no row equals in SQL."""
        if (value := given[self.name]) is None:
            raise TypeError(f"{self.name} is None; no row equals that")
        return self.output_field.get_db_prep_value(value, connection, prepared=False)


class Question:
    """A query with places. Called with their values it gives the rows, as a list of whatever the query gives."""

    def __init__(self, query: Callable[[], QuerySet]) -> None:
        self._query = query  # made when it is first asked: while modules are read there are no models yet

    def __call__(self, **given: Any) -> list[Any]:
        """The rows for these values."""
        connection: Any = connections[DEFAULT_DB_ALIAS]
        asked = connection.__dict__.setdefault("holdfast_prepared", {})  # it ends with the connection
        if self not in asked:
            asked[self] = _Prepared(self._query(), connection)
        return asked[self].rows(given)

    def first(self, **given: Any) -> Any:
        """The first row; None where there is none."""
        return next(iter(self(**given)), None)


class _Prepared:
    """One question on one connection, which one thread has to itself; rows are read to their end before the next."""

    def __init__(self, queryset: Any, connection: Any) -> None:
        self._values: tuple[Any, ...] = ()
        compiler = queryset.query.get_compiler(connection.alias)
        self._sql, self._places = compiler.as_sql()
        columns = compiler.get_converters([column[0] for column in compiler.select[: compiler.col_count]])
        # Django reads the rows as always, and finds the three steps done that take so long
        compiler.as_sql = lambda *_, **__: (self._sql, self._values)
        compiler.get_converters = lambda _: columns
        several_in_one = compiler.has_composite_fields([column[0] for column in compiler.select[: compiler.col_count]])
        compiler.has_composite_fields = lambda _: several_in_one
        queryset.query.get_compiler = lambda *_, **__: compiler
        self._queryset, self._connection = queryset, connection

    def rows(self, given: dict[str, Any]) -> list[Any]:
        """Those of one asking."""
        of = self._connection
        self._values = tuple(p.value(given, of) if isinstance(p, Given) else p for p in self._places)
        with _kept_by_the_database(of):
            return list(self._queryset._iterable_class(self._queryset))


def execute(statement: str, values: Sequence[Any]) -> None:
    """Send a statement that gives no rows."""
    connection: Any = connections[DEFAULT_DB_ALIAS]
    with _kept_by_the_database(connection), connection.cursor() as cursor:
        cursor.execute(statement, values)


def insert(row: Model, fields: Sequence[Field], returning: Sequence[Field]) -> list[Any]:
    """Add a row to the table of its model; its `returning` columns. What `Model._do_insert` does, the SQL made once."""
    connection: Any = connections[DEFAULT_DB_ALIAS]
    kept = connection.__dict__.setdefault("holdfast_inserts", {})
    if type(row) not in kept:
        kept[type(row)] = _Insert(row, fields, returning, connection)
    return kept[type(row)].added(row)


class _Insert:
    """The INSERT of one model on one connection."""

    def __init__(self, row: Model, fields: Sequence[Field], returning: Sequence[Field], connection: Any) -> None:
        self._values: list[Any] = []
        query: Any = InsertQuery(type(row))
        query.insert_values(fields, [row])
        self._compiler = compiler = query.get_compiler(connection=connection)
        compiler.returning_fields = self._returning = returning
        ((self._sql, _),) = compiler.as_sql()
        compiler.as_sql = lambda: [(self._sql, self._values)]
        self._fields = fields

    def added(self, row: Model) -> list[Any]:
        """Carry it out for this row."""
        made = self._compiler
        self._values = [made.prepare_value(field, made.pre_save_val(field, row)) for field in self._fields]
        with _kept_by_the_database(made.connection):
            found: list[Any] = made.execute_sql(self._returning)
        return found
