"""A file that somebody hands in: its text, or its rows with their lines, or one sentence that says what is wrong."""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence
from pathlib import Path

from holdfast.errors import InputError


def read_text(path: Path, name: str | None = None) -> str:
    """A UTF-8 text file. Raises `InputError` in a sentence; `name` is what it calls the file there."""
    called = name or str(path)
    try:
        return path.read_text(encoding="utf-8-sig")
    except FileNotFoundError:
        raise InputError(f"{path} does not exist") from None
    except IsADirectoryError:
        raise InputError(f"{called} is a folder, not a file") from None
    except UnicodeDecodeError:
        raise InputError(f"{called} is not UTF-8 text; save it as UTF-8") from None
    except (OSError, ValueError) as error:
        raise InputError(f"{called} cannot be read: {getattr(error, 'strerror', error)}") from None


def read_rows(
    path: Path, required: Sequence[str], *, separator: str = ",", name: str | None = None
) -> tuple[list[str], list[tuple[int, list[str]]]]:
    """Column names of a separated file, and its rows with their line numbers; blank rows are passed over.

    Raises `InputError` where the file cannot be read, a required column is missing or a name stands twice: then no
    row means anything. A row may have another number of cells than the header; that is for the caller to judge.
    """
    called = name or str(path)
    reader = csv.reader(io.StringIO(read_text(path, name), newline=""), delimiter=separator, strict=True)
    try:
        header = [cell.strip() for cell in next(reader, [])]
        rows = [(reader.line_num, cells) for cells in reader if any(cell.strip() for cell in cells)]
    except csv.Error as error:
        raise InputError(f"{called} line {reader.line_num}: is not a table: {error}") from None
    if missing := [column for column in required if column not in header]:
        listed = ", ".join(header) or "none"
        raise InputError(f"{called} line 1: column {', '.join(missing)} is missing; it has {listed}")
    if len(set(header)) != len(header):
        raise InputError(f"{called} line 1: a column name stands twice: {', '.join(header)}")
    return header, rows
