"""Registry sets as relations of DuckDB: Parquet on disk and plain rows look alike from here on.

Statistics are not computed in SQL: sums there differ in their last digits with the number of threads. DuckDB reads,
counts, joins and orders.
"""

from __future__ import annotations

import json
import os
import re
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any

from holdfast.errors import InputError
from holdfast.registry.common_model import TABLES, Column, Table
from holdfast.whole_files import held

if TYPE_CHECKING:
    import duckdb

SQL_TYPES = {
    "key": "VARCHAR", "words": "VARCHAR", "name": "VARCHAR", "day": "INTEGER", "year": "INTEGER", "count": "INTEGER",
    "number": "DOUBLE", "yes_no": "BOOLEAN",
}  # fmt: skip
# Types of a Parquet column that hold what the type of ours holds, to the last digit; what is beyond its range is told.
_WHOLE = frozenset({"TINYINT", "SMALLINT", "INTEGER", "BIGINT", "UTINYINT", "USMALLINT", "UINTEGER", "UBIGINT"})
_TAKEN = {
    "VARCHAR": frozenset({"VARCHAR"}), "INTEGER": _WHOLE, "DOUBLE": _WHOLE | {"FLOAT", "DOUBLE"},
    "BOOLEAN": frozenset({"BOOLEAN"}),
}  # fmt: skip
_EMPTY = frozenset({'"NULL"'})  # what DuckDB calls the type of a column in which nothing stands
SPILLED = "holdfast-registry-"  # in the folder for temporary files
MADE_JUST_NOW_S = 60  # a folder may not be held yet
Rows = Mapping[str, Sequence[Mapping[str, Any]]]  # table → rows by column; a column left out is empty


def sql_type(column: Column) -> str:
    """The type a column has in Parquet and in every query."""
    return SQL_TYPES[column.kind]


def quoted(text: str) -> str:
    """A literal of SQL."""
    return "'" + text.replace("'", "''") + "'"


def read_parquet(paths: Sequence[Path]) -> str:
    """A relation of SQL over these files and no others: a name is taken as it is written.

    DuckDB would read `*`, `?` and `[` as signs of a pattern, and a folder called `sex=female` as a column.
    """
    literal = (re.sub(r"[*?\[]", lambda sign: f"[{sign[0]}]", str(path.absolute())) for path in paths)
    return f"read_parquet([{', '.join(map(quoted, literal))}], hive_partitioning = false)"


def require_writable_name(path: Path) -> None:
    """Raises `InputError` where the whole name of a file or folder is not UTF-8, which no Parquet is read under."""
    try:
        str(path.absolute()).encode()
    except UnicodeEncodeError:
        raise InputError(f"{path} has a name that is not UTF-8; give it another one, or its folder") from None


@contextmanager
def _spill_folder() -> Iterator[str]:
    """A folder for what memory does not hold; what runs that were killed left is cleared first, rows and all."""
    for left in Path(tempfile.gettempdir()).glob(f"{SPILLED}*"):
        with suppress(OSError):  # in use, another person's, or not ours
            if time.time() - left.stat().st_mtime > MADE_JUST_NOW_S:
                _clear(left)
    with tempfile.TemporaryDirectory(prefix=SPILLED) as folder:
        hold = held(Path(folder), wait=True)
        try:
            yield folder
        finally:
            if hold is not None:
                os.close(hold)


def _clear(left: Path) -> None:
    hold = held(left)
    if hold is None:
        return
    try:
        for spilled in left.glob("duckdb_temp_*"):  # as DuckDB names them; nobody's own file goes
            spilled.unlink()
        left.rmdir()
    finally:
        os.close(hold)


@contextmanager
def connected(*, threads: int = 2, memory_gb: float = 2.0) -> Iterator[duckdb.DuckDBPyConnection]:
    """A database in memory that spills to a folder of its own. Raises `InputError` where memory or disk do not do."""
    import duckdb

    with _spill_folder() as folder:
        config: dict[str, str | bool | int | float | list[str]] = {
            "threads": threads,
            "memory_limit": f"{memory_gb}GB",
            "temp_directory": folder,
        }
        with duckdb.connect(config=config) as connection:
            connection.execute("SET enable_progress_bar = FALSE")  # standard output is for answers
            try:
                yield connection
            except (duckdb.OutOfMemoryException, duckdb.IOException) as error:
                raise InputError(f"The set cannot be read: {str(error).splitlines()[0]}") from None
            except (duckdb.ConversionException, duckdb.InvalidInputException, duckdb.SerializationException):
                raise InputError(
                    "The set cannot be read: a file is damaged inside, or holds values of another type than its "
                    "columns have; ask for the set again"
                ) from None
            except (duckdb.InterruptException, RuntimeError) as error:
                if "interrupted" in str(error).casefold():  # DuckDB's own word for Ctrl-C in a query
                    raise KeyboardInterrupt from None
                raise


def add_parquet(connection: duckdb.DuckDBPyConnection, folders: Sequence[Path]) -> None:
    """Views named as the tables, over the files of one set or of several.

    Raises `InputError` naming every file that is no Parquet, lacks a column of the common data model, or has one of
    another type: what DuckDB would make of `0.4` as a day, or of 7 as yes or no, is not what was written.
    """
    for folder in folders:
        require_writable_name(folder)
    if faults := [
        fault for folder in folders for table in TABLES.values() if (fault := _fault(connection, folder, table))
    ]:
        raise InputError("\n".join(faults))
    for table in TABLES.values():
        files = read_parquet([folder / file_name(table) for folder in folders])
        connection.execute(f"CREATE VIEW {table.name} AS SELECT {columns_of(table)} FROM {files}")


def _fault(connection: duckdb.DuckDBPyConnection, folder: Path, table: Table) -> str | None:
    import duckdb

    path = folder / file_name(table)
    try:
        described = connection.execute(f"DESCRIBE SELECT * FROM {read_parquet([path])}").fetchall()
    except duckdb.InterruptException:
        raise
    except duckdb.Error:
        return f"{path} is no whole Parquet file: cut short or damaged; ask for the set again"
    found = {name: kind for name, kind, *_ in described}
    lacking = [column.name for column in table.columns if column.name not in found]
    if lacking:
        return f"{path} has no column {', '.join(lacking)} of the common data model"
    others = [
        f"{column.name} of type {found[column.name]}, not {sql_type(column)}"
        for column in table.columns
        if found[column.name] not in _TAKEN[sql_type(column)] | _EMPTY
    ]
    return f"{path} has column {', '.join(others)}; write it as the common data model has it" if others else None


def add_rows(connection: duckdb.DuckDBPyConnection, rows: Rows) -> None:
    """Tables from plain values. Raises `InputError` for a column or a value that the common data model has not."""
    import duckdb

    for table in TABLES.values():
        given = rows.get(table.name, ())
        known = {column.name for column in table.columns}
        for number, row in enumerate(given, start=1):
            if extra := sorted(row.keys() - known):
                raise InputError(f"{table.name} row {number}: no column is called {extra[0]!r}")
        typed = ", ".join(f"{column.name}: {quoted(sql_type(column))}" for column in table.columns)
        with tempfile.TemporaryFile("w+", encoding="utf-8") as file:  # no name: none is left
            file.writelines(json.dumps(row) + "\n" for row in given)
            file.flush()
            file.seek(0)
            try:
                connection.execute(
                    f"CREATE TABLE {table.name} AS SELECT {columns_of(table)} FROM "
                    f"read_json('/dev/fd/{file.fileno()}', format = 'newline_delimited', columns = {{{typed}}})"
                )
            except duckdb.Error as error:
                raise InputError(f"{table.name}: {str(error).splitlines()[0]}") from None


def file_name(table: Table) -> str:
    """The file of a table in a set."""
    return f"{table.name}.parquet"


def columns_of(table: Table) -> str:
    return ", ".join(f"CAST({one.name} AS {sql_type(one)}) AS {one.name}" for one in table.columns)
