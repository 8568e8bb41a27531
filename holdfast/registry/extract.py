"""An extract: rows of a programme as they may leave it, written as a registry set."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path

from holdfast.facts import Facts
from holdfast.facts.loader import load
from holdfast.facts.rule_set import chosen_settings
from holdfast.registry.disclosure import disclose
from holdfast.registry.manifest import Manifest
from holdfast.registry.relations import Rows, add_rows, connected
from holdfast.registry.set_checks import require_sound
from holdfast.registry.written import write_tables

SETTING = "small_cell"


def small_cell(choice: str | None = None, facts: Facts | None = None) -> int:
    """Fewest persons a cell may hold, by a key of setting `small_cell`. Raises `InputError` on another key."""
    chosen = chosen_settings({SETTING: choice} if choice else {}, facts or load())
    return int(chosen[SETTING].removeprefix("k"))


def write_extract(
    folder: Path,
    rows: Rows,
    manifest: Manifest,
    *,
    k: int,
    passed: Mapping[str, int] | None = None,
    before_named: Callable[[Path], None] | None = None,
) -> Manifest:
    """Write what may leave of `rows`, whole or not at all; the manifest comes back as it was written.

    What is simulated stays so called, so that no pool takes it for courses of people. `passed`: days from day 0 of
    each course to the day of the extract (`follow_up_cut.last_full`). `before_named`: see `write_tables`.

    Raises `InputError` where rows are not sound, too few are left, or the disk refuses.
    """
    with connected(threads=1) as connection:
        add_rows(connection, rows)
        require_sound(connection)
        done = disclose(connection, k, passed=passed)
        require_sound(connection)
        kind = "simulated" if manifest.kind == "simulated" else "extract"
        leaving = replace(manifest, kind=kind, made_on="", disclosure=done)
        return write_tables(folder, connection, leaving, before_named=before_named)
