"""A registry set in memory: every table as arrays, courses numbered from 0, words as their places.

Opening one checks it first; whoever holds a `RegistrySet` need not ask again whether a day is possible or a course
known. A million courses with ten ratings each take about 0.5 GB.
"""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from holdfast.errors import InputError
from holdfast.registry.common_model import COURSES, TABLES, Column, Table
from holdfast.registry.held_twice import left_out_or_refused
from holdfast.registry.manifest import Manifest, read_manifest
from holdfast.registry.possible_names import unknown_names
from holdfast.registry.relations import Rows, add_parquet, add_rows, connected, file_name, quoted
from holdfast.registry.set_checks import courses_twice, faults_of, require_sound

if TYPE_CHECKING:
    import duckdb
    from numpy.typing import NDArray

UNKNOWN = -1  # place of a word that is empty
_STRETCHES = 1 << 16
_DEALT = "('0x' || substr(course, 1, 4))::INTEGER"  # 16 bits of the pseudonym: the same whoever asks, on any machine


@dataclass(frozen=True)
class RegistrySet:
    """Tables as arrays by column, rows ordered by course and then as the common data model names a row.

    `course` is the place of the course in table `courses` (int32); words are int8 places in the choices of their
    column, names int16 places in `names["table.column"]`, empty ones -1; required days, years and counts are int32;
    what may be empty is float64 with NaN; yes or no is bool. Table `courses` has a column `dealt` (int32, 16 bits of
    the pseudonym) by which courses fall into groups at random. `manifests` say where the rows come from.
    `persons` adds up over parts to the persons of the whole: a part counts those whose own pseudonym falls into it.
    """

    tables: Mapping[str, Mapping[str, NDArray[Any]]]
    names: Mapping[str, tuple[str, ...]]
    manifests: tuple[Manifest, ...]
    persons: int = 0

    @property
    def courses(self) -> Mapping[str, NDArray[Any]]:
        """Table `courses`."""
        return self.tables["courses"]

    @property
    def n(self) -> int:
        """Courses."""
        return len(self.courses["course"])


def checked(folders: Sequence[Path], *, threads: int = 2) -> tuple[Manifest, ...]:
    """What sets on disk say of themselves, once they are sound together.

    Raises `InputError` with every fault: version, digests, columns, values, the same course twice.
    """
    require_each_once(folders)
    manifests = tuple(read_manifest(folder) for folder in folders)
    for folder, manifest in zip(folders, manifests, strict=True):
        require_sound_alone(folder, manifest, threads=threads)
    if len(folders) > 1:
        with connected(threads=threads) as connection:
            add_parquet(connection, folders)
            if faults := courses_twice(connection):  # all that can be wrong between sets that are sound alone
                raise InputError("\n".join(faults))
            left_out_or_refused(connection, once=False)
    return manifests


def require_each_once(folders: Sequence[Path]) -> None:
    """Raises `InputError` where a folder is named twice, by whatever name."""
    seen: dict[str, Path] = {}
    for folder in folders:
        before = seen.get(place := os.path.realpath(folder))
        seen[place] = folder
        if before is not None:
            same = f"{folder} is given twice" if str(before) == str(folder) else f"{before} and {folder} are one set"
            raise InputError(f"{same}; give each set once")


def require_sound_alone(folder: Path, manifest: Manifest, *, threads: int = 2) -> None:
    """A fault is told with the set it is in; and a set holds the rows and the sites it says. Raises `InputError`."""
    with connected(threads=threads) as connection:
        add_parquet(connection, [folder])
        faults = [f"{folder}: {fault}" for fault in faults_of(connection)]
        faults += [f"{folder}: {fault}" for fault in unknown_names(connection, manifest.facts_digest)]
        found = {site for (site,) in connection.execute("SELECT DISTINCT site FROM courses").fetchall()}
        rows = {name: connection.execute(f"SELECT count(*) FROM {name}").fetchone() for name in TABLES}
    for name, counted in rows.items():
        if counted != ((said := manifest.files[name]["rows"]),):
            holds = counted and counted[0]
            faults.append(f"{folder / file_name(TABLES[name])} holds {holds} rows, its manifest says {said}")
    if strange := sorted(str(site) for site in found - set(manifest.sites)):
        faults.append(f"{folder}: holds courses of {', '.join(strange)}, not in its manifest")
    if found and (empty := sorted(set(manifest.sites) - found)):
        faults.append(f"{folder}: holds no course of {', '.join(empty)}, which its manifest names")
    if faults:
        raise InputError("\n".join(faults))


def part_of(folders: Sequence[Path], manifests: tuple[Manifest, ...], part: int = 0, parts: int = 1) -> RegistrySet:
    """One of `parts` of sets that were `checked`, courses dealt by their pseudonym: for what memory does not hold.

    A part is a stretch of pseudonyms: rows stand by course, so that what is not of it is hardly read.
    """
    if not 0 <= part < parts <= _STRETCHES:
        raise InputError(f"part {part} of {parts} is none; parts count from 0, and there are {_STRETCHES} at most")
    low, high = (f"{place * _STRETCHES // parts:04x}" for place in (part, part + 1))
    which = f"{{course}} >= '{low}'" + ("" if part + 1 == parts else f" AND {{course}} < '{high}'")
    with connected(threads=1) as connection:
        add_parquet(connection, folders)
        return _loaded(connection, manifests, which)


def opened(folders: Sequence[Path], *, threads: int = 2) -> RegistrySet:
    """Sets on disk, put together, whole. Raises `InputError` as `checked` does."""
    return part_of(folders, checked(folders, threads=threads))


def from_rows(rows: Rows, manifest: Manifest) -> RegistrySet:
    """Plain rows, as the clinic gathers them. Raises `InputError` with every fault."""
    with connected() as connection:
        add_rows(connection, rows)
        require_sound(connection)
        return _loaded(connection, (manifest,), "TRUE")


def _loaded(connection: duckdb.DuckDBPyConnection, manifests: tuple[Manifest, ...], which: str) -> RegistrySet:
    """Courses for which `which` holds, a condition over `{course}`."""
    connection.execute(
        f"CREATE TEMP TABLE places AS SELECT course, {_DEALT} AS dealt, "
        f"(row_number() OVER (ORDER BY course) - 1)::INTEGER AS place FROM courses "
        f"WHERE {which.format(course='course')}"
    )
    names: dict[str, tuple[str, ...]] = {}
    tables = {table.name: _arrays(connection, table, names, which) for table in TABLES.values()}
    whose = "coalesce(link, person)"  # sets that are not pooled yet still have their links
    asked = f"SELECT count(DISTINCT {whose}) FROM courses WHERE {which.format(course=whose)}"
    persons = connection.execute(asked).fetchone()
    return RegistrySet(tables, names, manifests, persons[0] if persons else 0)


def _arrays(
    connection: duckdb.DuckDBPyConnection, table: Table, names: dict[str, tuple[str, ...]], which: str
) -> dict[str, NDArray[Any]]:
    """One table, in order. Pseudonyms other than the course's place are left on disk."""
    import numpy as np

    chosen = [column for column in table.columns if column.kind != "key"]
    listed = ["place AS course"]
    if table is COURSES:
        listed.append("dealt")
    for column in chosen:
        listed.append(f"{_place(connection, table, column, names)} AS {column.name}")
    order = ", ".join("place" if name == "course" else name for name in table.unique)
    found = connection.execute(
        f"SELECT {', '.join(listed)} FROM {table.name} JOIN places USING (course) "
        f"WHERE {which.format(course=f'{table.name}.course')} ORDER BY {order}"
    ).fetchnumpy()
    return {name: _plain(np, values) for name, values in found.items()}


def _place(
    connection: duckdb.DuckDBPyConnection, table: Table, column: Column, names: dict[str, tuple[str, ...]]
) -> str:
    """A column as SQL whose answer is a number."""
    own = f"{table.name}.{column.name}"
    if column.kind == "words":
        cases = " ".join(f"WHEN {quoted(word)} THEN {place}" for place, word in enumerate(column.choices))
        return f"(CASE {own} {cases} ELSE {UNKNOWN} END)::TINYINT"
    if column.kind == "name":
        found = connection.execute(f"SELECT DISTINCT {column.name} FROM {table.name} WHERE {column.name} IS NOT NULL")
        names[own] = known = tuple(sorted(name for (name,) in found.fetchall()))
        cases = " ".join(f"WHEN {quoted(word)} THEN {place}" for place, word in enumerate(known))
        return f"(CASE {own} {cases} ELSE {UNKNOWN} END)::SMALLINT" if known else f"{UNKNOWN}::SMALLINT"
    if column.kind == "number" or (not column.required and column.kind in ("day", "year", "count")):
        return f"{own}::DOUBLE"
    return own


def _plain(np: Any, values: Any) -> NDArray[Any]:
    """Without a mask: what is empty is NaN."""
    plain: NDArray[Any]
    plain = values.filled(np.nan) if np.ma.isMaskedArray(values) else values
    return plain


def counted(registry_set: RegistrySet, column: str) -> dict[str, int]:
    """Courses by the words of one column of table `courses`, in the order of its choices."""
    import numpy as np

    choices = COURSES.column(column).choices or registry_set.names[f"courses.{column}"]
    found = np.bincount(registry_set.courses[column] + 1, minlength=len(choices) + 1)
    return {word: int(found[place + 1]) for place, word in enumerate(choices)}
