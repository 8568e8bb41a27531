"""Registry sets as relations of DuckDB: Parquet on disk and plain rows look alike from here on.

Statistics are not computed in SQL: sums there differ in their last digits with the number of threads. DuckDB reads,
counts, joins and orders.
"""

from __future__ import annotations

import json
import os
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
SPILLED = "holdfast-registry-"  # in the folder for temporary files
MADE_JUST_NOW_S = 60  # a folder may not be held yet
Rows = Mapping[str, Sequence[Mapping[str, Any]]]  # table → rows by column; a column left out is empty


def sql_type(column: Column) -> str:
    """The type a column has in Parquet and in every query."""
    return SQL_TYPES[column.kind]


def quoted(text: str) -> str:
    """A literal of SQL."""
    return "'" + text.replace("'", "''") + "'"


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


def add_parquet(connection: duckdb.DuckDBPyConnection, folders: Sequence[Path]) -> None:
    """Views named as the tables, over the files of one set or of several.

    Raises `InputError` naming every file that is no Parquet, or lacks a column of the common data model.
    """
    if faults := [
        fault for folder in folders for table in TABLES.values() if (fault := _fault(connection, folder, table))
    ]:
        raise InputError("\n".join(faults))
    for table in TABLES.values():
        files = ", ".join(quoted(str(folder.absolute() / file_name(table))) for folder in folders)
        connection.execute(f"CREATE VIEW {table.name} AS SELECT {columns_of(table)} FROM read_parquet([{files}])")


def _fault(connection: duckdb.DuckDBPyConnection, folder: Path, table: Table) -> str | None:
    import duckdb

    path = folder / file_name(table)
    try:
        asked = f"DESCRIBE SELECT * FROM read_parquet({quoted(str(path.absolute()))})"
        found = {name for name, *_ in connection.execute(asked).fetchall()}
    except duckdb.Error:
        return f"{path} is no whole Parquet file: cut short or damaged; ask for the set again"
    lacking = [column.name for column in table.columns if column.name not in found]
    return f"{path} has no column {', '.join(lacking)} of the common data model" if lacking else None


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
