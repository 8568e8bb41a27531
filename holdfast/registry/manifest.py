"""What a registry set says of itself: its version, where it comes from, and the digest of each of its files."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from hashlib import file_digest
from pathlib import Path
from typing import Any

from holdfast.errors import InputError
from holdfast.outcomes import definitions
from holdfast.registry.common_model import NAME, TABLES, VERSION
from holdfast.registry.judged_by import judged_by
from holdfast.registry.relations import file_name, require_writable_name

FORMAT = "holdfast-registry-set"
FILE = "manifest.json"
MOST_BYTES = 1 << 24  # of a manifest; one of a thousand sites has a hundredth of it
KINDS = ("programme", "extract", "pool", "simulated")


@dataclass(frozen=True)
class Manifest:
    """Of one set. `files` has rows and SHA-256 by table; empty for rows that were never on disk.

    `kind`: programme (everything, stays there), extract (may leave: see `disclosure` and `consent`), pool, simulated.
    `definitions` are names of outcome definitions by setting; `signed` are ids of rules that wait for a physician's
    signature and have one there; `notes` are sentences a reader must know.
    """

    kind: str
    sites: tuple[str, ...]
    made_by: str
    facts_digest: str
    made_on: str = ""
    version: int = VERSION
    definitions: Mapping[str, str] = field(default_factory=dict)
    disclosure: Mapping[str, Any] = field(default_factory=dict)
    consent: Mapping[str, Any] = field(default_factory=dict)
    signed: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
    files: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)

    def as_dict(self) -> dict[str, Any]:
        """Plain values for JSON."""
        return {"format": FORMAT, **asdict(self)}


def read_manifest(folder: Path) -> Manifest:
    """The manifest of a set, its files checked against it.

    Raises `InputError`: no set, another version, a file that is missing or not the one that was written.
    """
    require_writable_name(folder)
    path = folder / FILE
    try:
        if not path.is_file() and path.exists():
            raise InputError(f"{path} is no file; the set is damaged, ask for it again")
        with path.open("rb") as file:
            text = file.read(MOST_BYTES + 1)
        if len(text) > MOST_BYTES:
            raise InputError(f"{path} is larger than any manifest; the set is damaged, ask for it again")
        found = json.loads(text.decode())
    except OSError:
        raise InputError(f"{folder} is no registry set: it has no {FILE}; name the folder of an export") from None
    except (ValueError, RecursionError):
        raise InputError(f"{folder / FILE} is not JSON; the set is damaged, ask for it again") from None
    if not isinstance(found, dict) or found.get("format") != FORMAT:
        raise InputError(f"{folder / FILE} is not of a registry set: its format is not {FORMAT!r}")
    if type(found.get("version")) is not int or found["version"] != VERSION:
        raise InputError(
            f"{folder} is version {found.get('version')!r} of the common data model; this Holdfast reads {VERSION}"
        )
    manifest = _manifest(found, folder)
    if faults := unknown_choices(manifest):
        raise InputError("\n".join(f"{path} {fault}" for fault in faults))
    if faults := [fault for name in TABLES for fault in _file_faults(folder, name, manifest)]:
        raise InputError("\n".join(faults))
    return manifest


def _manifest(found: Mapping[str, Any], folder: Path) -> Manifest:
    try:
        known = {name: found[name] for name in Manifest.__dataclass_fields__ if name in found}
        made = Manifest(**known | {name: tuple(found.get(name, ())) for name in _SENTENCES})
    except (KeyError, TypeError, ValueError):
        made = None
    if made is None or not _has_the_shape(found, made):
        raise InputError(f"{folder / FILE} does not say what a manifest says; the set is damaged, ask for it again")
    return made


_SENTENCES = ("sites", "signed", "notes")
_OBJECTS = ("definitions", "disclosure", "consent", "files")


def _has_the_shape(found: Mapping[str, Any], made: Manifest) -> bool:
    """Is every part of what a manifest says of the kind that it is written as?"""
    if not all(isinstance(found.get(name, []), list) for name in _SENTENCES):
        return False
    if not all(isinstance(found.get(name, {}), dict) for name in _OBJECTS):
        return False
    words = [made.kind, made.made_by, made.facts_digest, made.made_on, *made.sites, *made.signed, *made.notes]
    if not all(isinstance(one, str) for one in (*words, *made.definitions.values())):
        return False
    return (
        made.kind in KINDS
        and bool(made.sites)
        and len(set(made.sites)) == len(made.sites)
        and all(re.fullmatch(NAME, site) for site in made.sites)
        and all(_is_of_a_file(made.files.get(table)) for table in TABLES)
    )


def _is_of_a_file(about: Any) -> bool:
    """Rows and SHA-256 of one table."""
    return (
        isinstance(about, dict)
        and type(about.get("rows")) is int
        and about["rows"] >= 0
        and isinstance(about.get("sha256"), str)
    )


def unknown_choices(manifest: Manifest) -> list[str]:
    """What a manifest says that it is judged by, and nobody here knows."""
    faults = []
    try:
        judged_by(manifest.definitions)
    except InputError as error:
        faults.append(f"names a definition nobody here knows: {error}")
    waiting = {one.rule for one in definitions().values() if one.needs_signature}
    if unknown := sorted(set(manifest.signed) - waiting):
        faults.append(
            f"says that {', '.join(unknown)} is signed, no rule that waits for a signature; "
            f"there are {', '.join(sorted(waiting))}"
        )
    return faults


def _file_faults(folder: Path, table: str, manifest: Manifest) -> list[str]:
    path = folder / file_name(TABLES[table])
    if path.exists() and not path.is_file():
        return [f"{path} is no file; the set is not whole, ask for it again"]
    try:
        with path.open("rb") as file:
            digest = file_digest(file, "sha256").hexdigest()
    except OSError:
        return [f"{path} is missing or cannot be read; the set is not whole"]
    if digest != manifest.files[table]["sha256"]:
        return [f"{path} is not the file that was written: cut short or changed; ask for the set again"]
    return []
