"""Anchors: signed lines kept outside the database, each saying what the newest entry was at some moment.

Whoever owns the database can rewrite the whole chain and its head so that it holds together. They cannot make it
agree with a line that somebody else keeps. A line is JSON: the number and hash of the newest entry, the time, the
SHA-256 of the line before it in the file (zeros where it stands alone), the public key, and an Ed25519 signature
over all of that. The key is made on first use and kept in the data folder; whoever has it can sign new lines, and
still cannot change one that lies elsewhere.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import json
import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from holdfast.clinic.config import paths
from holdfast.errors import ConfigurationError, InputError

KEY_FILE = "anchor-key"
ALONE = "0" * 64
FORM = 1
_NAMES = {"anchor", "at", "hash", "key", "previous", "seq", "signature"}
_LONGEST_LINE = 2000


@dataclass(frozen=True)
class Anchor:
    """One line: entry `seq` had this `hash` and was the newest at `at`. `previous` is the digest of the line before."""

    seq: int
    hash: str
    at: dt.datetime
    previous: str
    key: str
    signature: str

    def line(self) -> str:
        """The line as it is kept, without its end."""
        return _written({**_said(self.seq, self.hash, self.at, self.previous, self.key), "signature": self.signature})

    @property
    def holds(self) -> bool:
        """Does the signature fit what the line says, by the key the line names?"""
        said = _written(_said(self.seq, self.hash, self.at, self.previous, self.key)).encode()
        try:
            Ed25519PublicKey.from_public_bytes(bytes.fromhex(self.key)).verify(bytes.fromhex(self.signature), said)
        except (InvalidSignature, ValueError):
            return False
        return True


def digest(line: str) -> str:
    """What the next line of the file names this one by."""
    return hashlib.sha256(line.encode()).hexdigest()


def signed(seq: int, hash_: str, at: dt.datetime, previous: str = ALONE) -> Anchor:
    """A new anchor, signed by this installation; its key is made on first use."""
    private = _private_key(paths.kept_secret(paths.data_folder(), KEY_FILE))
    key = private.public_key().public_bytes_raw().hex()
    signature = private.sign(_written(_said(seq, hash_, at, previous, key)).encode()).hex()
    return Anchor(seq, hash_, at, previous, key, signature)


def installation_key() -> str:
    """The public key of this installation, in hex. Raises `ConfigurationError` where it never signed."""
    folder = paths.data_folder()
    if not (folder / KEY_FILE).exists():
        raise ConfigurationError(
            f"{folder} holds no {KEY_FILE}: nothing was anchored here, or the file is gone; "
            "restore it, or name the public key with --anchor-key"
        )
    return _private_key(paths.kept_secret(folder, KEY_FILE)).public_key().public_bytes_raw().hex()


def read_lines(path: Path) -> list[str]:
    """The lines of a file of anchors. Raises `InputError` where it cannot be read, is empty, or its end is cut off."""
    try:
        text = path.read_text(encoding="ascii")
    except (OSError, UnicodeDecodeError):
        raise InputError(f"{path} cannot be read as anchors; name the file that audit anchor wrote") from None
    if not text:
        raise InputError(f"{path} holds no anchor; make the first with holdfast audit anchor --output FILE")
    if not text.endswith("\n"):
        raise InputError(f"{path}: the last line is cut off; keep the file as it is, and begin a new one")
    return text.splitlines()


def append(path: Path, line: str) -> None:
    """Add one line at the end and have it on the disk. Raises `InputError` for a place that protects nothing."""
    if path.resolve().is_relative_to(paths.data_folder().resolve()):
        raise InputError(
            f"{path} lies in the data folder: who can change the record can change it too; keep it elsewhere"
        )
    try:
        handle = os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT, paths.OWNER_ONLY)
        try:
            os.write(handle, f"{line}\n".encode("ascii"))
            os.fsync(handle)
        finally:
            os.close(handle)
    except OSError as error:
        raise InputError(f"{path} cannot be written: {error.strerror}") from None


def line_faults(lines: Sequence[str], key: str) -> tuple[list[tuple[int, Anchor]], list[str]]:
    """The anchors of a file with their line numbers, and what is wrong with the file itself."""
    found: list[tuple[int, Anchor]] = []
    faults: list[str] = []
    for number, line in enumerate(lines, start=1):
        anchor = _parsed(line)
        if anchor is None or not anchor.holds:
            faults.append(f"anchors line {number}: was changed after it was written")
            continue
        if anchor.key != key:
            faults.append(f"anchors line {number}: is signed by another installation")
            continue
        if anchor.previous != (ALONE if number == 1 else digest(lines[number - 2])) and anchor.previous != ALONE:
            faults.append(
                f"anchors line {number}: does not follow the line before it; a line was removed, added or moved"
            )
        if found and (anchor.seq < found[-1][1].seq or anchor.at < found[-1][1].at):
            faults.append(f"anchors line {number}: is older than the line before it; lines were moved")
        found.append((number, anchor))
    return found, faults


def record_faults(found: Sequence[tuple[int, Anchor]], hashes: Mapping[int, str], last: int) -> list[str]:
    """Where the record does not agree with its anchors. `hashes` of the anchored entries; `last` is its end."""
    faults = []
    for number, anchor in found:
        on = f"anchored on {anchor.at:%Y-%m-%d %H:%M} UTC"
        if anchor.seq > last:
            faults.append(f"anchors line {number}: entry {anchor.seq}, {on}, is gone: the record ends at entry {last}")
        elif anchor.seq and hashes.get(anchor.seq) != anchor.hash:
            faults.append(
                f"anchors line {number}: entry {anchor.seq} is not the one {on}: it or one before was rewritten"
            )
    return faults


def _parsed(line: str) -> Anchor | None:
    """The anchor of a line, whose text is exactly the one we write; else None."""
    try:
        said: dict[str, Any] = json.loads(line) if len(line) <= _LONGEST_LINE else {}
        if set(said) != _NAMES or said["anchor"] != FORM or type(said["seq"]) is not int or said["seq"] < 0:
            return None
        at = dt.datetime.fromisoformat(said["at"])
        anchor = Anchor(said["seq"], said["hash"], at, said["previous"], said["key"], said["signature"])
        return anchor if at.tzinfo is not None and anchor.line() == line else None
    except (ValueError, TypeError, AttributeError, RecursionError):
        return None


def _said(seq: int, hash_: str, at: dt.datetime, previous: str, key: str) -> dict[str, Any]:
    moment = at.astimezone(dt.UTC).isoformat(timespec="seconds")
    return {"anchor": FORM, "seq": seq, "hash": hash_, "at": moment, "previous": previous, "key": key}


def _written(said: Mapping[str, Any]) -> str:
    return json.dumps(said, sort_keys=True, separators=(",", ":"))


def _private_key(secret: str) -> Ed25519PrivateKey:
    return Ed25519PrivateKey.from_private_bytes(hashlib.sha256(secret.encode()).digest())
