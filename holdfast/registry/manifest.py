"""What a registry set says of itself: its version, where it comes from, and the digest of each of its files."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from hashlib import file_digest
from pathlib import Path
from typing import Any

from holdfast.errors import InputError
from holdfast.registry.common_model import TABLES, VERSION
from holdfast.registry.relations import file_name

FORMAT = "holdfast-registry-set"
FILE = "manifest.json"
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
    try:
        found = json.loads((folder / FILE).read_text(encoding="utf-8"))
    except OSError:
        raise InputError(f"{folder} is no registry set: it has no {FILE}; name the folder of an export") from None
    except ValueError:
        raise InputError(f"{folder / FILE} is not JSON; the set is damaged, ask for it again") from None
    if not isinstance(found, dict) or found.get("format") != FORMAT:
        raise InputError(f"{folder / FILE} is not of a registry set: its format is not {FORMAT!r}")
    if found.get("version") != VERSION:
        raise InputError(
            f"{folder} is version {found.get('version')!r} of the common data model; this Holdfast reads {VERSION}"
        )
    manifest = _manifest(found, folder)
    if faults := [fault for name in TABLES for fault in _file_faults(folder, name, manifest)]:
        raise InputError("\n".join(faults))
    return manifest


def _manifest(found: Mapping[str, Any], folder: Path) -> Manifest:
    try:
        known = {name: found[name] for name in Manifest.__dataclass_fields__ if name in found}
        made = Manifest(**known | {name: tuple(found.get(name, ())) for name in ("sites", "signed", "notes")})
        if made.kind not in KINDS or not all(isinstance(one, str) and one for one in made.sites):
            raise ValueError
        for table in TABLES:
            str(made.files[table]["sha256"]), int(made.files[table]["rows"])
    except (KeyError, TypeError, ValueError):
        raise InputError(f"{folder / FILE} does not say what a manifest says; the set is damaged") from None
    return made


def _file_faults(folder: Path, table: str, manifest: Manifest) -> list[str]:
    path = folder / file_name(TABLES[table])
    try:
        with path.open("rb") as file:
            digest = file_digest(file, "sha256").hexdigest()
    except OSError:
        return [f"{path} is missing or cannot be read; the set is not whole"]
    if digest != manifest.files[table]["sha256"]:
        return [f"{path} is not the file that was written: cut short or changed; ask for the set again"]
    return []
