"""Extracts of several sites put together as one registry set, which keeps the site of every course.

Courses that share a link are of one person, whatever the site. The links themselves stay out of the pool, for every
site holds the secret they are made with and could look a name up; a person of a pool goes by a hash of the first of
their courses, which tells nothing that the pseudonym of that course does not. So a pool cannot be pooled again.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from holdfast import __version__
from holdfast.errors import InputError
from holdfast.registry.common_model import KEY_CHARACTERS
from holdfast.registry.held_twice import left_out_or_refused
from holdfast.registry.judged_by import judged_by
from holdfast.registry.manifest import Manifest, read_manifest
from holdfast.registry.relations import add_parquet, connected, require_writable_name
from holdfast.registry.set_checks import courses_twice
from holdfast.registry.sets import require_sound_alone
from holdfast.registry.written import write_tables
from holdfast.whole_files import require_outside

if TYPE_CHECKING:
    import duckdb

_AT_SEVERAL = "SELECT link FROM courses WHERE link IS NOT NULL GROUP BY link HAVING count(DISTINCT site) > 1"
# Whose courses are one person's: by link, or, without one, by the pseudonym that the site gave.
_PERSON = "coalesce('link ' || link, 'person ' || person)"


def write_pool(folder: Path, sets: Sequence[Path], *, once: bool = False) -> Manifest:
    """Write the pool of `sets`; its manifest comes back. Sites keep their pseudonyms of courses; persons get new ones.

    `once`: a treatment that two sites hold alike stands in the pool once, as the site whose name comes first has it.

    Raises `InputError` naming every fault: a set that is damaged or of another version, what sites define otherwise,
    a site or a course that is in two sets, a treatment that two sites hold, days that cannot be. Then nothing is
    written.
    """
    if len(sets) < 2:
        raise InputError("A pool needs two sets or more; a set by itself is reported as it is")
    require_writable_name(folder)
    require_outside(folder, sets)
    given = tuple((one, read_manifest(one)) for one in sets)
    if faults := _unlike(*zip(*given, strict=True)):
        raise InputError("\n".join(faults))
    in_order = sorted(given, key=lambda one: one[1].sites)  # the same pool in whatever order its sites are named
    for one, manifest in in_order:
        require_sound_alone(one, manifest)
    manifests = tuple(manifest for _, manifest in in_order)
    with connected() as connection:
        add_parquet(connection, [one for one, _ in in_order])
        _as_tables(connection)
        if faults := courses_twice(connection):  # all that can be wrong between sets that are sound alone
            raise InputError("\n".join(faults))
        notes = (*left_out_or_refused(connection, once=once), *_persons_joined(connection))
        sites = tuple(
            site for (site,) in connection.execute("SELECT DISTINCT site FROM courses ORDER BY site").fetchall()
        )
        return write_tables(folder, connection, _manifest(manifests, sites, notes), in_order=True)


def _unlike(sets: Sequence[Path], manifests: Sequence[Manifest]) -> list[str]:
    """What keeps sets from being pooled, before a row is read."""
    faults = [
        f"Site {site!r} is in {count} of the sets; give each site once"
        for site, count in Counter(site for one in manifests for site in one.sites).items()
        if count > 1
    ]
    faults += [
        f"{folder} is a programme's own set and no extract; export it, so that nobody in it can be told"
        for folder, one in zip(sets, manifests, strict=True)
        if one.kind == "programme"
    ]
    faults += [
        f"{folder} is a pool already, without the links by which persons are joined; name the extracts it was made of"
        for folder, one in zip(sets, manifests, strict=True)
        if one.kind == "pool" or len(one.sites) > 1
    ]
    for folder, one in zip(sets[1:], manifests[1:], strict=True):
        if (one.kind == "simulated") != (manifests[0].kind == "simulated"):
            faults.append(
                f"Of {sets[0]} and {folder} one is simulated; made-up courses are never pooled with real ones"
            )
        if judged_by(one.definitions) != judged_by(manifests[0].definitions):
            faults.append(
                f"{folder} judges by {_told(one.definitions)}, {sets[0]} by {_told(manifests[0].definitions)}; "
                "sites of one pool choose the same definitions, each in its settings, and export anew"
            )
    return faults


def _told(definitions: Mapping[str, str]) -> str:
    return ", ".join(f"{setting}={key}" for setting, key in sorted(definitions.items())) or "the defaults"


def _as_tables(connection: duckdb.DuckDBPyConnection) -> None:
    """Table `courses` is changed below, so it must be more than a view."""
    connection.execute("CREATE TABLE pooled AS SELECT * FROM courses")
    connection.execute("DROP VIEW courses")
    connection.execute("ALTER TABLE pooled RENAME TO courses")


def _persons_joined(connection: duckdb.DuckDBPyConnection) -> tuple[str, ...]:
    """One pseudonym a person over all sites, and no link; who is at two sites is told by number."""
    counted = connection.execute(f"SELECT count(*) FROM ({_AT_SEVERAL})").fetchone()
    without = connection.execute("SELECT count(DISTINCT site) FROM courses WHERE link IS NULL").fetchone()
    connection.execute(
        f"CREATE TABLE persons AS SELECT {_PERSON} AS whose, substr(sha256('pool person ' || min(course)), 1, "
        f"{KEY_CHARACTERS}) AS pooled FROM courses GROUP BY whose"
    )
    connection.execute(f"UPDATE courses SET person = pooled, link = NULL FROM persons WHERE whose = {_PERSON}")
    notes = []
    if counted and counted[0]:
        notes.append(
            f"{counted[0]} persons have courses at two sites or more; every course is counted, and persons beside them"
        )
    if without and without[0]:
        notes.append(f"{without[0]} sites have courses without a link: a person who went elsewhere may count twice")
    return tuple(notes)


def _manifest(manifests: Sequence[Manifest], sites: tuple[str, ...], notes: tuple[str, ...]) -> Manifest:
    """`sites` are those with a course in the pool; others are told in a note."""
    first = manifests[0]
    every = tuple(sorted(site for one in manifests for site in one.sites))
    if empty := [site for site in every if site not in sites]:
        notes = (*notes, f"Sites without a course, which add nothing: {', '.join(empty)}")
    return replace(
        first, kind="simulated" if first.kind == "simulated" else "pool", files={},
        sites=sites or every, made_by=f"holdfast {__version__}",
        facts_digest=first.facts_digest if len({one.facts_digest for one in manifests}) == 1 else "several",
        disclosure={site: dict(one.disclosure) for one in manifests for site in one.sites},
        consent={site: dict(one.consent) for one in manifests for site in one.sites},
        signed=tuple(sorted(set.intersection(*(set(one.signed) for one in manifests)))),
        notes=(*dict.fromkeys(note for one in manifests for note in one.notes), *notes),
    )  # fmt: skip
