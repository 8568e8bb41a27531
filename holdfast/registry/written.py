"""Registry sets on disk: a folder of Parquet files with a manifest, whole or not at all, the same bytes twice."""

from __future__ import annotations

import errno
import json
import os
import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from hashlib import file_digest
from pathlib import Path
from typing import TYPE_CHECKING, Any

from holdfast.registry.common_model import COURSES, TABLES, Table
from holdfast.registry.manifest import FILE, Manifest
from holdfast.registry.relations import Rows, add_rows, connected, file_name, quoted, require_writable_name
from holdfast.registry.set_checks import require_sound
from holdfast.whole_files import folder_written_whole, stops_held_back

if TYPE_CHECKING:
    import duckdb


def write_rows(folder: Path, rows: Rows, manifest: Manifest) -> Manifest:
    """Write plain rows as a set. Raises `InputError` where they are not sound or the disk refuses; then nothing is."""
    with connected(threads=1) as connection:
        add_rows(connection, rows)
        require_sound(connection)
        return write_tables(folder, connection, manifest)


def write_tables(
    folder: Path,
    connection: duckdb.DuckDBPyConnection,
    manifest: Manifest,
    *,
    in_order: bool = False,
    before_named: Callable[[Path], None] | None = None,
) -> Manifest:
    """Write the tables of a connection as a set; the manifest comes back with the digests of its files.

    `in_order`: rows stand as they are to be written already, site after site; sorting millions anew takes minutes.
    `before_named` is called with the folder that holds everything, before it takes its name; what it raises keeps the
    set from being there.
    """
    require_writable_name(folder)
    with folder_written_whole(folder, owner_only=True) as place:  # pseudonymous is not anonymous
        files = {table.name: _written(connection, table, place, in_order=in_order) for table in TABLES.values()}
        whole = replace(manifest, files=files)
        text = json.dumps(whole.as_dict(), indent=2, ensure_ascii=False, sort_keys=True) + "\n"
        (place / FILE).write_text(text, encoding="utf-8")
        if before_named is not None:
            before_named(place)
    return whole


def _written(connection: duckdb.DuckDBPyConnection, table: Table, folder: Path, *, in_order: bool) -> dict[str, Any]:
    """One table, ordered, so that the same rows give the same bytes."""
    path = folder / file_name(table)
    columns = ", ".join(column.name for column in table.columns)
    order = "" if in_order and table is not COURSES else f"ORDER BY {', '.join(table.unique)}"
    with _refusals_told(folder), stops_held_back():
        connection.execute(
            f"COPY (SELECT {columns} FROM {table.name} {order}) TO {quoted(str(path.absolute()))} "
            "(FORMAT parquet, COMPRESSION zstd)"
        )
    counted = connection.execute(f"SELECT count(*) FROM {table.name}").fetchone()
    with path.open("rb") as file:
        return {"rows": counted[0] if counted else 0, "sha256": file_digest(file, "sha256").hexdigest()}


@contextmanager
def _refusals_told(folder: Path) -> Iterator[None]:
    """What the disk under `folder` refuses, as `OSError`: DuckDB tells it as it tells of a set that cannot be read."""
    import duckdb

    try:
        yield
    except duckdb.IOException as error:
        if str(folder.absolute()) not in str(error):
            raise
        number = re.search(r"errno\D*(\d+)", str(error))
        known = int(number[1]) if number else errno.EIO
        raise OSError(known, os.strerror(known)) from None
