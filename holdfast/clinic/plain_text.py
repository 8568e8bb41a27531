"""Text that a record can keep and a page can show: of the length the database has, without signs nobody sees."""

from __future__ import annotations

from django.db import models

from holdfast.errors import InputError

LONGEST_TEXT = 4000  # signs of a reason or a note, about two pages: it is read beside others
# A space that does not break, and the joiners that names in Persian, Hindi and others are written with.
_ALLOWED = dict.fromkeys((0x00A0, 0x200C, 0x200D))


def plain_text(name: str, text: str) -> str:
    """A reason or a note as it is kept: without spaces around it, its lines ended in one way, tabs as spaces.

    Raises `InputError`, led by `name`, where it is longer than `LONGEST_TEXT` or holds a sign that is not printed.
    """
    kept = text.replace("\r\n", "\n").replace("\r", "\n").replace("\t", " ").strip()
    if len(kept) > LONGEST_TEXT:
        raise InputError(
            f"{name}: has {len(kept)} signs; give at most {LONGEST_TEXT}, a letter belongs in the patient's file"
        )
    for place, sign in enumerate(kept, start=1):
        if not _fit(sign):
            raise InputError(f"{name}: sign {place} (U+{ord(sign):04X}) cannot be printed; type it again without")
    return kept


def required_text(name: str, text: str, missing: str) -> str:
    """The same for a text that must be there. Raises `InputError` with `missing` where it is empty."""
    if not text.strip():
        raise InputError(f"{name}: {missing}")
    return plain_text(name, text)


def _fit(sign: str) -> bool:
    return sign == "\n" or sign.translate(_ALLOWED).isprintable()


def require_plain_text(record: models.Model, *fields: str) -> None:
    """Raises `InputError` naming the first of `fields` whose text is too long or holds a sign that is not printed.

    SQLite keeps a text of any length and PostgreSQL fails on it, so the length is checked here for both. A sign that
    is not printed (control signs, marks that turn the direction of writing) can make a name read as another one.
    """
    for name in fields:
        field = record._meta.get_field(name)
        text = getattr(record, name)
        longest = getattr(field, "max_length", None) or LONGEST_TEXT
        if len(text) > longest:
            raise InputError(f"{name} has {len(text)} signs; give at most {longest}")
        lines = text.replace("\n", "").replace("\r", "") if isinstance(field, models.TextField) else text
        if not lines.translate(_ALLOWED).isprintable():
            raise InputError(f"{name} {text!r} holds a sign that cannot be printed; type it again without")
