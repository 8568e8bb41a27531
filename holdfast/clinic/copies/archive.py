"""A backup: a sealed archive of the database at one moment and of the secrets it needs, with digests of each.

Layout, sealed by seal.py: a tar with `manifest.json` first, then the database, then the files of secrets.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import json
import os
import shutil
import tarfile
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import IO, Any, cast

from holdfast import __version__
from holdfast.clinic.config import paths
from holdfast.clinic.copies import snapshot
from holdfast.clinic.copies.seal import SealedReader, SealedWriter
from holdfast.clinic.copies.snapshot import Contents
from holdfast.errors import InputError
from holdfast.whole_files import UNFINISHED, clear_unfinished, held, refusals_told, written_whole

FORM = 1
SCRATCH = ".copy-"
WRITES = "writes"
MANIFEST = "manifest.json"
DATABASES = {"sqlite": "holdfast.sqlite3", "postgresql": "holdfast.dump"}
# Without these nobody could sign in by a second step, and no anchor could be held against the record.
SECRETS = ("secret-key", "anchor-key", "demo-password")
_LARGEST_MANIFEST = 1 << 20


@dataclass(frozen=True)
class Manifest:
    """What a backup holds. `files` has size and SHA-256 of each."""

    form: int
    holdfast: str
    made_at: str
    database: str  # sqlite or postgresql
    contents: Contents
    files: dict[str, dict[str, Any]]

    def as_bytes(self) -> bytes:
        """As it stands in the archive."""
        return json.dumps(asdict(self), indent=1, sort_keys=True).encode()

    @classmethod
    def read(cls, content: bytes) -> Manifest:
        """From the archive. Raises `InputError` on a form of a newer version."""
        try:
            said = json.loads(content)
            if said["form"] != FORM:
                raise InputError(f"this backup was made by Holdfast {said['holdfast']}; restore it with that version")
            held = said["contents"]
            contents = Contents(held["rows"], held["audit_entries"], held["audit_hash"], tuple(held["migrations"]))
            return cls(**{**said, "contents": contents})
        except (ValueError, KeyError, TypeError):
            raise InputError("the backup has no manifest that can be read") from None


@contextmanager
def scratch() -> Iterator[Path]:
    """A folder in the data folder for what must not lie elsewhere unencrypted; gone afterwards.

    A process that was killed leaves its folder behind; the next one clears it away.
    """
    _clear_left_behind(paths.data_folder())
    with refusals_told(paths.data_folder()):
        folder = Path(tempfile.mkdtemp(dir=paths.data_folder(), prefix=SCRATCH))
    hold = _held(folder, wait=True)  # whoever clears up may be looking at it
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)
        if hold is not None:
            os.close(hold)


def _clear_left_behind(data_folder: Path) -> None:
    """Remove what nobody holds any more. One made this moment may not be held yet, and is empty: it stays."""
    for folder in data_folder.glob(f"{SCRATCH}*"):
        hold = _held(folder)
        if hold is not None:
            if any(folder.iterdir()):
                _clear_written(folder / WRITES)
                shutil.rmtree(folder, ignore_errors=True)
            os.close(hold)


def note_written(folder: Path, unfinished: Path) -> None:
    """Note in a folder of `scratch` what this run writes outside: if it is killed, the next one deletes that too."""
    (folder / WRITES).write_text(str(unfinished.absolute()), encoding="utf-8")


def _clear_written(note: Path) -> None:
    """Only a name that no finished backup or export has."""
    left = Path(note.read_text(encoding="utf-8")) if note.is_file() else None
    if left is None or left.suffix != UNFINISHED or left.is_symlink():
        return
    if left.is_dir():
        clear_unfinished(left)
    else:
        with suppress(OSError):  # not ours to delete any more
            left.unlink(missing_ok=True)


def _held(folder: Path, *, wait: bool = False) -> int | None:
    """The folder, held until the process ends, however it ends; None where another holds it or the system cannot."""
    try:
        return held(folder, wait=wait)
    except OSError:
        return None


@contextmanager
def backup_to(file: Path, key: bytes, now: dt.datetime) -> Iterator[tuple[Manifest, str]]:
    """Write a backup beside `file`, which takes its name when the block ends well. Gives its digest (SHA-256).

    Raises `InputError` where `file` is there already, or the disk refuses; nothing is left then.
    """
    if os.path.lexists(file):
        raise InputError(f"{file} exists; give a name that is free")
    with scratch() as folder, written_whole(file) as unfinished:
        note_written(folder, unfinished)
        manifest, places = _gathered(folder, now)
        unfinished.touch(mode=paths.OWNER_ONLY)
        with unfinished.open("wb") as target:  # of what a killed run left there nothing may stay at the end
            writer = SealedWriter(target, key)
            with tarfile.open(fileobj=cast(IO[bytes], writer), mode="w|", bufsize=1 << 16) as archive:
                _add_bytes(archive, folder, manifest.as_bytes())
                for name, place in places.items():
                    archive.add(place, arcname=name, filter=_plain)
            writer.close()
            target.flush()
            os.fsync(target.fileno())
        yield manifest, file_digest(unfinished)


def _gathered(folder: Path, now: dt.datetime) -> tuple[Manifest, dict[str, Path]]:
    """The snapshot and the secrets, with the manifest that says what they are."""
    from django.db import connection

    setting, kind = connection.settings_dict, connection.vendor
    place = folder / DATABASES[kind]
    of = snapshot.of_postgresql(setting, place) if kind == "postgresql" else snapshot.of_sqlite(
        Path(setting["NAME"]), place
    )  # fmt: skip
    secrets = {name: paths.data_folder() / name for name in SECRETS}
    places = {place.name: place} | {name: path for name, path in secrets.items() if path.exists()}
    files = {name: {"bytes": path.stat().st_size, "sha256": file_digest(path)} for name, path in places.items()}
    return Manifest(FORM, __version__, now.isoformat(timespec="seconds"), kind, of, files), places


def _add_bytes(archive: tarfile.TarFile, folder: Path, content: bytes) -> None:
    place = folder / MANIFEST
    place.write_bytes(content)
    archive.add(place, arcname=MANIFEST, filter=_plain)


def _plain(member: tarfile.TarInfo) -> tarfile.TarInfo:
    """No name or number of an account of this machine."""
    member.uid = member.gid = 0
    member.uname = member.gname = ""
    member.mode = paths.OWNER_ONLY
    return member


def unpacked(file: Path, key: bytes, folder: Path) -> Manifest:
    """Every file of a backup into `folder`, each held against its digest. Raises `InputError`."""
    try:
        source = file.open("rb")
    except OSError as error:
        raise InputError(f"{file} cannot be read: {error.strerror}") from None
    with source:
        reader = SealedReader(source, key, str(file))
        try:
            with tarfile.open(fileobj=cast(IO[bytes], reader), mode="r|", bufsize=1 << 16) as archive:
                manifest = _unpack(archive, folder)
            while reader.read(1 << 20):  # to the end: a seal that was cut off shows only there
                pass
        except tarfile.TarError:
            raise InputError(f"{file} is damaged: its archive cannot be read") from None
    return manifest


def _unpack(archive: tarfile.TarFile, folder: Path) -> Manifest:
    manifest: Manifest | None = None
    written: dict[str, str] = {}
    for member in archive:
        content = archive.extractfile(member)
        if content is None or (manifest is None) != (member.name == MANIFEST):
            raise InputError("the backup is not as Holdfast writes it")
        if manifest is None:
            manifest = Manifest.read(content.read(_LARGEST_MANIFEST))
            continue
        if member.name not in manifest.files or member.name in written or "/" in member.name:
            raise InputError("the backup holds a file its manifest does not name")
        written[member.name] = _written(content, folder / member.name)
    if manifest is None or written != {name: file["sha256"] for name, file in manifest.files.items()}:
        raise InputError("the backup is not whole: a file is missing, or does not have the digest it had")
    return manifest


def _written(content: IO[bytes], place: Path) -> str:
    """Write one file, readable by the owner only; its SHA-256."""
    hashed = hashlib.sha256()
    place.touch(mode=paths.OWNER_ONLY)
    with place.open("r+b") as target:
        while piece := content.read(1 << 20):
            hashed.update(piece)
            target.write(piece)
        target.flush()
        os.fsync(target.fileno())
    return hashed.hexdigest()


def file_digest(path: Path) -> str:
    """SHA-256 of a file."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
