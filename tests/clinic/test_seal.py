"""The seal of a backup: what is closed opens again, and whatever was changed, moved or cut off is found."""

from __future__ import annotations

import base64
import io
import os
from collections.abc import Callable
from pathlib import Path

import pytest

from holdfast.clinic.copies import seal
from holdfast.clinic.copies.seal import KEY_BYTES, PIECE, SealedReader, SealedWriter, backup_key, new_key_file
from holdfast.errors import ConfigurationError, InputError

KEY = b"k" * KEY_BYTES
HEAD = len(seal.MAGIC) + seal.SALT_BYTES + seal.CHECK_BYTES


def sealed(content: bytes, key: bytes = KEY) -> bytes:
    file = io.BytesIO()
    writer = SealedWriter(file, key)
    writer.write(content)
    writer.close()
    return file.getvalue()


def opened(content: bytes, key: bytes = KEY) -> bytes:
    return SealedReader(io.BytesIO(content), key, "it").read()


@pytest.mark.parametrize("size", [0, 1, PIECE - 1, PIECE, PIECE + 1, 2 * PIECE, 2 * PIECE + 7])
@pytest.mark.story("HF-OPS-002")
def test_what_is_sealed_opens_again_and_shows_nothing(size: int) -> None:
    content = b"Ada Example, " * (size // 13 + 1)
    content = content[:size]
    closed = sealed(content)
    assert opened(closed) == content
    assert b"Ada Example" not in closed
    assert sealed(content) != closed  # salt of its own each time
    reader, parts = SealedReader(io.BytesIO(closed), KEY, "it"), []
    while part := reader.read(100_003):
        parts.append(part)
    assert b"".join(parts) == content


def flipped(content: bytes, at: int) -> bytes:
    return content[:at] + bytes([content[at] ^ 1]) + content[at + 1 :]


FIRST, SECOND = slice(HEAD, HEAD + PIECE + 16), slice(HEAD + PIECE + 16, HEAD + 2 * (PIECE + 16))
HARM: dict[str, tuple[Callable[[bytes], bytes], str]] = {
    "a byte of the content": (lambda c: flipped(c, HEAD + 5), "damaged or cut off"),
    "a byte of the last tag": (lambda c: flipped(c, len(c) - 1), "damaged or cut off"),
    "the last byte gone": (lambda c: c[:-1], "damaged or cut off"),
    "the last piece gone": (lambda c: c[: HEAD + 2 * (PIECE + 16)], "damaged or cut off"),
    "all pieces gone": (lambda c: c[:HEAD], "damaged or cut off"),
    "two pieces swapped": (lambda c: c[:HEAD] + c[SECOND] + c[FIRST] + c[SECOND.stop :], "damaged or cut off"),
    "a piece twice": (lambda c: c[: SECOND.start] + c[FIRST] + c[SECOND.start :], "damaged or cut off"),
    "something after the end": (lambda c: c + b"x", "damaged or cut off"),
    "a byte of the salt": (lambda c: flipped(c, len(seal.MAGIC) + 2), "the key is not the one"),
    "a byte of the mark": (lambda c: flipped(c, 3), "is no backup of Holdfast"),
    "half a head": (lambda c: c[: HEAD - 4], "is no backup of Holdfast"),
    "nothing": (lambda c: b"", "is no backup of Holdfast"),
}  # fmt: skip


@pytest.mark.parametrize("harm", HARM)
@pytest.mark.story("HF-OPS-002")
def test_a_sealed_file_that_was_harmed_is_told_and_not_opened(harm: str) -> None:
    do, says = HARM[harm]
    with pytest.raises(InputError, match=says):
        opened(do(sealed(os.urandom(2 * PIECE + 100))))


def test_another_key_is_told_apart_from_damage() -> None:
    with pytest.raises(InputError, match="the key is not the one this backup was made with"):
        opened(sealed(b"content"), b"o" * KEY_BYTES)


def test_a_key_comes_from_file_or_environment_and_never_by_default(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in (seal.KEY, seal.KEY_FILE):
        monkeypatch.delenv(name, raising=False)
    with pytest.raises(ConfigurationError, match="no backup key: make one with"):
        backup_key()
    path = tmp_path / "backup.key"
    new_key_file(path)
    assert path.stat().st_mode & 0o777 == 0o600
    with pytest.raises(InputError, match="never replaced"):
        new_key_file(path)
    monkeypatch.setenv(seal.KEY_FILE, str(path))
    key = backup_key()
    assert len(key) == KEY_BYTES
    monkeypatch.delenv(seal.KEY_FILE)
    monkeypatch.setenv(seal.KEY, path.read_text())
    assert backup_key() == backup_key(path) == key
    for weak in ("", "password", base64.urlsafe_b64encode(b"short").decode(), "*" * 44):
        path.write_text(weak)
        with pytest.raises(ConfigurationError, match="is no backup key"):
            backup_key(path)
    with pytest.raises(ConfigurationError, match="cannot be read"):
        backup_key(tmp_path / "gone")
    monkeypatch.setenv("HOLDFAST_DATA", str(tmp_path))
    with pytest.raises(InputError, match="a lost disk would take the key with it"):
        new_key_file(tmp_path / "other.key")
