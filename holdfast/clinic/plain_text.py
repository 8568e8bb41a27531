"""Text that a record can keep and a page can show: of the length the database has, without signs nobody sees."""

from __future__ import annotations

from django.db import models

from holdfast.errors import InputError

# A space that does not break, and the joiners that names in Persian, Hindi and others are written with.
_ALLOWED = dict.fromkeys((0x00A0, 0x200C, 0x200D))


def require_plain_text(record: models.Model, *fields: str) -> None:
    """Raises `InputError` naming the first of `fields` whose text is too long or holds a sign that is not printed.

    SQLite keeps a text of any length and PostgreSQL fails on it, so the length is checked here for both. A sign that
    is not printed (control signs, marks that turn the direction of writing) can make a name read as another one.
    """
    for name in fields:
        field = record._meta.get_field(name)
        text = getattr(record, name)
        longest = getattr(field, "max_length", None)
        if longest is not None and len(text) > longest:
            raise InputError(f"{name} has {len(text)} signs; give at most {longest}")
        lines = text.replace("\n", "").replace("\r", "") if isinstance(field, models.TextField) else text
        if not lines.translate(_ALLOWED).isprintable():
            raise InputError(f"{name} {text!r} holds a sign that cannot be printed; type it again without")
