"""Keyed pseudonyms: the same person or course gets the same one again, and nobody without the key can tell whose it is.

HMAC-SHA256 (RFC 2104), cut to 128 bits. What is hashed says what it is of, so that a course and a person never share
one. A plain hash would be no protection: there are few record numbers, and all can be tried.
"""

from __future__ import annotations

import hmac
import secrets
import unicodedata
from datetime import date
from pathlib import Path

from holdfast.errors import InputError
from holdfast.registry.common_model import KEY_CHARACTERS
from holdfast.whole_files import new_secret_file

KEY_BYTES = 32
MOST_BYTES = 4096  # of the file of a secret


def new_secret(path: Path) -> None:
    """Make a secret. Raises `InputError` where the file is there already or the disk refuses."""
    new_secret_file(path, secrets.token_urlsafe(KEY_BYTES).encode() + b"\n")


def read_secret(path: Path) -> bytes:
    """A secret from a file, surrounding blanks off.

    Raises `InputError` where it is not there, is no file, is too short or too long, or is one sign again and again.
    """
    try:
        if path.exists() and not path.is_file():
            raise InputError(f"{path} is no file; name the file of a secret")
        with path.open("rb") as file:
            secret = file.read(MOST_BYTES + 1).strip()
    except OSError as error:
        raise InputError(f"{path} cannot be read: {error.strerror}") from None
    if len(secret) < KEY_BYTES:
        raise InputError(f"{path} holds {len(secret)} characters; a secret of a registry needs {KEY_BYTES} or more")
    if len(secret) > MOST_BYTES:
        raise InputError(f"{path} holds more than {MOST_BYTES} characters and is no secret; name the file of one")
    if len(set(secret)) == 1:
        raise InputError(f"{path} holds one sign again and again and is no secret; make one with registry key")
    return secret


def pseudonym(secret: bytes, kind: str, identity: str) -> str:
    """Of one thing of one kind (`course`, `person`, `link`)."""
    message = f"holdfast-registry\x1f{kind}\x1f{identity}".encode()
    return hmac.digest(secret, message, "sha256").hex()[:KEY_CHARACTERS]


def link_identity(name: str, date_of_birth: date | None) -> str | None:
    """What two sites would both write of one person; None without a date of birth, for then it could be anybody.

    Case, accents, blanks and order of names do not count. A name that is spelt otherwise is another person's.
    """
    letters = unicodedata.normalize("NFKD", name).casefold()
    words = sorted("".join(one if one.isalpha() else " " for one in letters if not unicodedata.combining(one)).split())
    if date_of_birth is None or not words:
        return None
    return f"{' '.join(words)}\x1f{date_of_birth.isoformat()}"
