"""Many courses for the registry's benchmark: some thousand virtual ones, repeated under new pseudonyms.

A copy is the same course under another pseudonym, of another person. What comes of a million such courses is what
came of the few thousand: only how much there is to read, check, sort and count is real.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from holdfast.registry.common_model import TABLES
from holdfast.registry.manifest import read_manifest
from holdfast.registry.relations import add_parquet, connected
from holdfast.registry.simulated import Arm, write_simulated
from holdfast.registry.written import write_tables

SITES = (("north", 1), ("south", 11), ("west", 21))
PROTOCOLS = ("iv-racemic", "esketamine-nasal")
OWN_COURSES = 700  # of each protocol at each site, all of them lived; the rest are copies
DAYS = 180


def sites_of(courses: int, folder: Path) -> list[Path]:
    """Sets of the sites with `courses` among them, written under `folder` where they are not there already."""
    found = []
    for place, (site, seed) in enumerate(SITES):
        own = courses // len(SITES) + (place < courses % len(SITES))
        lived, copied = folder / f"{site}-lived", folder / f"{site}-{own}"
        if not lived.exists():
            write_simulated(lived, site, [Arm(one, OWN_COURSES) for one in PROTOCOLS], days=DAYS, seed=seed)
        if not copied.exists():
            _repeat(lived, copied, own)
        found.append(copied)
    return found


def _repeat(lived: Path, copied: Path, courses: int) -> None:
    """The first `courses` of as many copies as it takes; a pseudonym is 32 hexadecimal characters, as MD5 has."""
    manifest = read_manifest(lived)
    copies = -(-courses // manifest.files["courses"]["rows"])
    with connected() as connection:
        add_parquet(connection, [lived])
        connection.execute(f"CREATE TABLE copy AS SELECT range AS copy FROM range({copies})")
        connection.execute(
            "CREATE TABLE kept AS SELECT course AS of, copy, md5(course || ' ' || copy) AS course, "
            f"md5(person || ' ' || copy) AS person FROM courses, copy ORDER BY copy, of LIMIT {courses}"
        )
        for table in TABLES.values():
            keys = "kept.course AS course" + (", kept.person AS person" if table.name == "courses" else "")
            connection.execute(
                f"CREATE TABLE copied AS SELECT t.* REPLACE ({keys}) FROM {table.name} t JOIN kept ON t.course = of"
            )
            connection.execute(f"DROP VIEW {table.name}")
            connection.execute(f"ALTER TABLE copied RENAME TO {table.name}")
        note = f"{courses} courses are copies of {manifest.files['courses']['rows']} under new pseudonyms"
        write_tables(copied, connection, replace(manifest, files={}, notes=(*manifest.notes, note)))


def rows_of(sets: Sequence[Path]) -> dict[str, int]:
    """Rows by table."""
    manifests = [read_manifest(one) for one in sets]
    return {name: sum(one.files[name]["rows"] for one in manifests) for name in TABLES}
