"""A sealed file: encrypted and authenticated in pieces, so that a large one needs little memory.

AES-256-GCM by the `cryptography` package, in the STREAM construction (Hoang, Reyhanitabar, Rogaway, Vizar 2015): each
piece has its number and whether it is the last in its nonce, so that a piece changed, moved, left out or cut off is
found. The key of a file is derived from the backup key and random salt (HKDF-SHA256); the salt and a check of the key
stand in front, so that a wrong key is told apart from a damaged file.
"""

from __future__ import annotations

import base64
import binascii
import hmac
import os
import secrets
from pathlib import Path
from typing import BinaryIO

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from holdfast.clinic.config import paths
from holdfast.errors import ConfigurationError, InputError

MAGIC = b"HOLDFAST-BACKUP-1\n"
KEY_BYTES, SALT_BYTES, CHECK_BYTES, TAG_BYTES = 32, 16, 16, 16
PIECE = 1 << 20
KEY_FILE, KEY = "HOLDFAST_BACKUP_KEY_FILE", "HOLDFAST_BACKUP_KEY"


def new_key_file(path: Path) -> None:
    """Make a key, readable by the owner only. Raises `InputError` where the file is there already."""
    if path.resolve().is_relative_to(paths.data_folder().resolve()):
        raise InputError(f"{path} lies in the data folder: a lost disk would take the key with it; keep it elsewhere")
    try:
        handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, paths.OWNER_ONLY)
    except FileExistsError:
        raise InputError(f"{path} exists; a key that backups were made with is never replaced") from None
    except OSError as error:
        raise InputError(f"{path} cannot be written: {error.strerror}") from None
    with os.fdopen(handle, "wb") as file:
        file.write(base64.urlsafe_b64encode(secrets.token_bytes(KEY_BYTES)) + b"\n")


def backup_key(named: Path | None = None) -> bytes:
    """The key from the file named, else as the environment says. There is no default. Raises `ConfigurationError`."""
    path = named or (Path(os.environ[KEY_FILE]) if os.environ.get(KEY_FILE) else None)
    if path is None:
        if not os.environ.get(KEY):
            raise ConfigurationError(
                f"no backup key: make one with holdfast backup key FILE, keep it apart, and name it by {KEY_FILE}"
            )
        return _key(os.environ[KEY], f"the value of {KEY}")
    try:
        return _key(path.read_text(encoding="ascii").strip(), str(path))
    except (OSError, UnicodeDecodeError):
        raise ConfigurationError(f"the backup key {path} cannot be read") from None


def _key(text: str, where: str) -> bytes:
    try:
        key = base64.b64decode(text.strip(), altchars=b"-_", validate=True)
    except (binascii.Error, ValueError):
        key = b""
    if len(key) != KEY_BYTES:
        raise ConfigurationError(f"{where} is no backup key; make one with holdfast backup key FILE")
    return key


def _derived(key: bytes, salt: bytes, purpose: bytes, length: int) -> bytes:
    return HKDF(algorithm=SHA256(), length=length, salt=salt, info=b"holdfast backup 1: " + purpose).derive(key)


def _nonce(number: int, *, last: bool) -> bytes:
    return number.to_bytes(11, "big") + bytes([last])


class SealedWriter:
    """What is written goes sealed to `file`. Without `close` the file has no end, and nobody opens it."""

    def __init__(self, file: BinaryIO, key: bytes) -> None:
        salt = secrets.token_bytes(SALT_BYTES)
        self._head = MAGIC + salt + _derived(key, salt, b"check", CHECK_BYTES)
        self._cipher = AESGCM(_derived(key, salt, b"content", KEY_BYTES))
        self._file, self._waiting, self._number = file, bytearray(), 0
        file.write(self._head)

    def write(self, content: bytes) -> int:
        """Take more content."""
        self._waiting += content
        while len(self._waiting) > PIECE:  # the last piece is never known before the end
            self._seal(bytes(self._waiting[:PIECE]), last=False)
            del self._waiting[:PIECE]
        return len(content)

    def close(self) -> None:
        """Seal the last piece."""
        self._seal(bytes(self._waiting), last=True)
        self._waiting.clear()

    def _seal(self, piece: bytes, *, last: bool) -> None:
        self._file.write(self._cipher.encrypt(_nonce(self._number, last=last), piece, self._head))
        self._number += 1


class SealedReader:
    """The content of a sealed file, in order. Raises `InputError` on a wrong key and on what was changed or cut off."""

    def __init__(self, file: BinaryIO, key: bytes, name: str) -> None:
        head = file.read(len(MAGIC) + SALT_BYTES + CHECK_BYTES)
        salt, check = head[len(MAGIC) : len(MAGIC) + SALT_BYTES], head[len(MAGIC) + SALT_BYTES :]
        if not head.startswith(MAGIC) or len(check) < CHECK_BYTES:
            raise InputError(f"{name} is no backup of Holdfast, or its beginning is gone")
        if not hmac.compare_digest(check, _derived(key, salt, b"check", CHECK_BYTES)):
            raise InputError(f"{name}: the key is not the one this backup was made with, or its beginning was changed")
        self._file, self._head, self._name = file, head, name
        self._cipher = AESGCM(_derived(key, salt, b"content", KEY_BYTES))
        self._open, self._number = bytearray(), 0
        self._next = file.read(PIECE + TAG_BYTES)
        self._ended = False

    def read(self, size: int = -1) -> bytes:
        """The next bytes; fewer only at the end."""
        while not self._ended and (size < 0 or len(self._open) < size):
            self._piece()
        size = len(self._open) if size < 0 else size
        content = bytes(self._open[:size])
        del self._open[:size]
        return content

    def _piece(self) -> None:
        sealed, self._next = self._next, self._file.read(PIECE + TAG_BYTES)
        self._ended = not self._next
        try:
            self._open += self._cipher.decrypt(_nonce(self._number, last=self._ended), sealed, self._head)
        except InvalidTag:
            raise InputError(f"{self._name} is damaged or cut off: nothing of it was restored") from None
        self._number += 1
