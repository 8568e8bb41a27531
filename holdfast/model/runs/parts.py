"""Files of a simulation: parts in order, joined at the end, with the same bytes whoever wrote them.

A part holds one chunk of patients. Parquet, CSV and JSON (one object a line) come from DuckDB, on one thread and in the
order of the rows, so that bytes are repeatable.
"""

from __future__ import annotations

import errno
import json
import os
import re
import shutil
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from numpy.typing import NDArray

from holdfast.errors import InputError
from holdfast.model.courses.columns import COLUMNS, Column, Courses
from holdfast.whole_files import refusals_told, stops_held_back, written_whole

FORMATS = ("parquet", "csv", "json")
_THREADS = 2  # of DuckDB while it writes a part: the order of rows, and so every byte, is that of one thread
_OPTIONS = {
    # a column of many distinct values is smaller, and sooner written, without a dictionary of them
    "parquet": "FORMAT parquet, COMPRESSION zstd, DICTIONARY_SIZE_LIMIT 1000",
    "csv": "FORMAT csv, HEADER true",
    "json": "FORMAT json",
}
_ABOUT = "holdfast"  # key of the metadata inside a Parquet file


def format_of(output: Path) -> str:
    """The format a name ends in; a folder holds Parquet. Raises `InputError` for another ending."""
    suffix = output.suffix.removeprefix(".").lower()
    if suffix not in FORMATS:
        raise InputError(f"{output} does not end in {', '.join('.' + name for name in FORMATS)} or /; name it so")
    return suffix


def write_part(courses: Courses, path: Path, kind: str, about: Mapping[str, Any]) -> None:
    """One chunk as a file. Raises `InputError` where it cannot be written."""
    listed = ", ".join(map(_expression, COLUMNS))
    _copy(courses.rows(), f"SELECT {listed} FROM rows", path, kind, about, threads=_THREADS)


def write_columns(rows: Mapping[str, NDArray[Any]], path: Path, kind: str, about: Mapping[str, Any]) -> None:
    """Any columns as one file, what is not a number as null, with its metadata beside it; both or neither."""
    listed = ", ".join(
        f"CASE WHEN isnan({name}) THEN NULL ELSE {name} END AS {name}" if values.dtype.kind == "f" else name
        for name, values in rows.items()
    )
    with written_whole(beside(path)) as note:
        note.write_text(_plain(about), encoding="utf-8")
        _copy(rows, f"SELECT {listed} FROM rows", path, kind, about)


def join_parts(parts: Sequence[Path], path: Path, kind: str, about: Mapping[str, Any]) -> None:
    """The parts, in their order, as one file; a single part just takes the name. Memory does not grow with them."""
    if len(parts) == 1:
        with refusals_told(path):
            parts[0].replace(path)
    elif kind == "parquet":
        files = ", ".join(_quoted(_literal(part)) for part in parts)
        select = f"SELECT * FROM read_parquet([{files}], hive_partitioning = false)"
        _copy({}, select, path, kind, about)
    else:
        _concatenate(parts, path, header=kind == "csv")


def write_about(about: Mapping[str, Any], path: Path) -> None:
    """What a result is of, beside it."""
    with written_whole(path) as place:
        place.write_text(_plain(about), encoding="utf-8")


def beside(output: Path) -> Path:
    """Where it is kept what an output is of."""
    return output.with_name(output.name + ".about.json")


def _plain(about: Mapping[str, Any]) -> str:
    return json.dumps(about, indent=2, ensure_ascii=False) + "\n"


def _expression(column: Column) -> str:
    """A column as SQL: words for their places."""
    if not column.words:
        return column.name
    cases = " ".join(f"WHEN {place} THEN {_quoted(word)}" for place, word in enumerate(column.words, start=1))
    return f"CASE {column.name} {cases} END AS {column.name}"


def _copy(
    rows: Mapping[str, NDArray[Any]], select: str, path: Path, kind: str, about: Mapping[str, Any], *, threads: int = 1
) -> None:
    """What a query gives, as a file; it may name `rows`."""
    import duckdb

    options = _OPTIONS[kind]
    if kind == "parquet":
        options += f", KV_METADATA {{{_ABOUT}: {_quoted(json.dumps(about, sort_keys=True))}}}"
    try:
        with (
            written_whole(path) as place,
            stops_held_back(),
            duckdb.connect(config={"threads": threads}) as connection,
        ):
            if rows:
                connection.register("rows", dict(rows))
            connection.execute(f"COPY ({select}) TO {_quoted(str(place.absolute()))} ({options})")
    except duckdb.OutOfMemoryException:
        raise InputError(f"{path} cannot be written: memory does not suffice") from None
    except duckdb.IOException as error:
        raise InputError(f"{path} cannot be written: {_refusal(error)}") from None
    except duckdb.Error as error:
        raise InputError(f"{path} cannot be written; DuckDB says: {str(error).splitlines()[0]}") from None


def _concatenate(parts: Sequence[Path], path: Path, *, header: bool) -> None:
    with written_whole(path) as place, place.open("wb") as joined:
        for number, part in enumerate(parts):
            with part.open("rb") as rows:
                if header and number:
                    rows.readline()
                shutil.copyfileobj(rows, joined, 1 << 20)


def _quoted(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"


def _literal(part: Path) -> str:
    """A path that DuckDB reads as this file and no other: it takes names for patterns, and `seed=1` for a column."""
    return re.sub(r"[*?[]", lambda found: f"[{found[0]}]", str(part.absolute()))


def _refusal(error: Exception) -> str:
    """Why the disk refused, in the words that Python has for it."""
    reasons = {errno.ENOSPC: "the disk is full", errno.EFBIG: "the file is larger than this disk or account allows"}
    for number in (*reasons, errno.EDQUOT, errno.EACCES, errno.EPERM, errno.EROFS, errno.EIO, errno.ENOENT):
        if os.strerror(number) in str(error):
            return reasons.get(number, os.strerror(number))
    return "the disk refuses it"
