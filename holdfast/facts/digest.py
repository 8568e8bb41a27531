"""Fingerprints: of the tables, which every stored result carries, and of a single file that a program wrote."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from pathlib import Path


def digest_of(content: bytes) -> str:
    """First 16 hex digits of SHA-256 over the bytes, line ends made alike."""
    return hashlib.sha256(content.replace(b"\r\n", b"\n")).hexdigest()[:16]


def digest_of_files(paths: Iterable[Path], folder: Path) -> str:
    """First 16 hex digits of SHA-256 over each file's name and bytes, line ends made alike, in the order given."""
    whole = hashlib.sha256()
    for path in paths:
        content = path.read_bytes().replace(b"\r\n", b"\n")
        whole.update(path.relative_to(folder).as_posix().encode() + b"\0" + content + b"\0")
    return whole.hexdigest()[:16]
