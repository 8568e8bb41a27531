"""Printing: JSON or text, one table shape, and reading of input files with errors that name the place."""

from __future__ import annotations

import argparse
import csv
import datetime
import json
import sys
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from holdfast.errors import InputError


def emit(arguments: argparse.Namespace, answer: Any, text: str) -> None:
    """The answer as JSON where `--json` was given, else the text."""
    if arguments.json:
        json.dump(answer, sys.stdout, indent=2, ensure_ascii=False, default=_plain)
        sys.stdout.write("\n")
    else:
        sys.stdout.write(text.rstrip("\n") + "\n")


def _plain(value: Any) -> Any:
    if isinstance(value, datetime.date | datetime.datetime):
        return value.isoformat()
    if hasattr(value, "as_dict"):
        return value.as_dict()
    raise TypeError(f"{type(value).__name__} has no JSON form")


def text_table(rows: Iterable[Sequence[Any]], header: Sequence[str]) -> str:
    """Columns padded to their widest cell, for people."""
    cells = [[str(cell) for cell in header], *[["" if c is None else str(c) for c in row] for row in rows]]
    widths = [max(len(row[i]) for row in cells) for i in range(len(header))]
    lines = ["  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip() for row in cells]
    lines.insert(1, "  ".join("-" * width for width in widths))
    return "\n".join(lines)


def read_json(path: Path) -> Mapping[str, Any]:
    """A JSON object from a file. Raises `InputError` with file, line and column of a fault."""
    try:
        content = json.loads(read_text(path))
    except json.JSONDecodeError as error:
        raise InputError(f"{path} line {error.lineno} column {error.colno}: not JSON: {error.msg}") from None
    if not isinstance(content, dict):
        raise InputError(f"{path}: must hold one JSON object, like {{...}}")
    return content


def read_csv(path: Path, required: Sequence[str]) -> list[tuple[int, dict[str, str]]]:
    """Rows of a CSV file with their line numbers. Raises `InputError` for a missing column or a ragged row."""
    reader = csv.DictReader(read_text(path).splitlines(), restkey="__rest__")
    missing = [name for name in required if name not in (reader.fieldnames or ())]
    if missing:
        raise InputError(f"{path} line 1: column {', '.join(missing)} is missing; it has {reader.fieldnames}")
    rows = []
    for row in reader:
        if "__rest__" in row or None in row.values():
            raise InputError(f"{path} line {reader.line_num}: number of cells differs from the header")
        rows.append((reader.line_num, row))
    return rows


def read_text(path: Path) -> str:
    """A UTF-8 text file. Raises `InputError` in a sentence."""
    try:
        return path.read_text(encoding="utf-8-sig")
    except FileNotFoundError:
        raise InputError(f"{path} does not exist") from None
    except IsADirectoryError:
        raise InputError(f"{path} is a folder, not a file") from None
    except UnicodeDecodeError:
        raise InputError(f"{path} is not UTF-8 text") from None
    except OSError as error:
        raise InputError(f"{path} cannot be read: {error.strerror}") from None


def date_argument(text: str) -> datetime.date:
    """argparse type for a date like 2026-11-21."""
    try:
        return datetime.date.fromisoformat(text)
    except ValueError:
        raise argparse.ArgumentTypeError(f"{text!r} is not a date like 2026-11-21") from None
