"""Printing: JSON or text, one table shape, and reading of input files with errors that name the place."""

from __future__ import annotations

import argparse
import datetime
import json
import re
import sys
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from holdfast.errors import ConfigurationError, InputError
from holdfast.facts.plain_values import plain_date
from holdfast.facts.plausible import plausible_day
from holdfast.facts.text_files import read_rows, read_text
from holdfast.facts.written import written_number, written_whole_number
from holdfast.seeds import require_seed

_LONG_WORD = re.compile(r"\S{250,}")


def emit(arguments: argparse.Namespace, answer: Any, text: str) -> None:
    """The answer as JSON where `--json` was given, else the text."""
    if arguments.json:
        text = json.dumps(answer, indent=2, ensure_ascii=False, default=_plain, allow_nan=False)
    if sys.stdout is None:  # closed before we started
        raise ConfigurationError("the answer cannot be written: standard output is closed")
    try:
        sys.stdout.write(text.rstrip("\n") + "\n")
        sys.stdout.flush()
    except BrokenPipeError:
        raise
    except OSError as error:
        sys.stdout = None  # nothing more can be written there, and the interpreter must not try at its end
        raise ConfigurationError(f"the answer cannot be written to standard output: {error.strerror}") from None


def tell(sentence: str) -> None:
    """A sentence on stderr. Where nobody can read it, nothing happens: the exit code says the rest."""
    if sys.stderr is None:  # closed before we started; print() would take stdout instead
        return
    try:
        print(sentence, file=sys.stderr, flush=True)
    except OSError:
        sys.stderr = None  # else the interpreter tries once more at its end, and changes the exit code


def somebody_looks() -> bool:
    """Whether stderr is a terminal, where progress is worth telling."""
    return sys.stderr is not None and sys.stderr.isatty()


def tell_of_compiling() -> None:
    """Where somebody looks, say so when the solver is compiled: the first run with a model takes seconds longer."""
    if not somebody_looks():
        return
    import logging

    log = logging.getLogger("holdfast")
    log.setLevel(logging.INFO)
    if not log.handlers:
        log.addHandler(logging.StreamHandler())


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
    """A JSON object from a file, each name once and each number finite. Raises `InputError` with the place."""
    return _json_object(read_text(path), str(path))


def json_from_stdin(most_signs: int) -> dict[str, Any]:
    """A JSON object as a program writes it to standard input, read as strictly as a file. Raises `InputError`."""
    where = "standard input"
    if sys.stdin is None:  # closed before we started
        raise InputError(f"{where}: is closed; write one JSON object to it, like {{...}}")
    try:
        text = sys.stdin.read(most_signs + 1)
    except UnicodeDecodeError:
        raise InputError(f"{where}: is not UTF-8 text") from None
    if len(text) > most_signs:
        raise InputError(f"{where}: holds more than {most_signs} signs; give less at once")
    return _json_object(text.removeprefix("\ufeff"), where)


def _json_object(text: str, where: str) -> dict[str, Any]:
    if not text.strip():
        raise InputError(f"{where}: is empty; give one JSON object, like {{...}}")
    try:
        content = json.loads(
            text, object_pairs_hook=_once, parse_constant=_no_number, parse_float=_number, parse_int=_whole
        )
        json.dumps(content, ensure_ascii=False).encode("utf-8")
    except json.JSONDecodeError as error:
        raise InputError(f"{where} line {error.lineno} column {error.colno}: not JSON: {error.msg}") from None
    except RecursionError:
        raise InputError(f"{where}: is nested too deeply; no input of ours is") from None
    except UnicodeEncodeError:
        raise InputError(f"{where}: holds half a sign (a surrogate alone), which is not text") from None
    except InputError as error:
        raise InputError(f"{where}: {error}") from None
    if not isinstance(content, dict):
        raise InputError(f"{where}: must hold one JSON object, like {{...}}")
    return content


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """JSON lets a name stand twice and readers keep the last: here that is a slip."""
    content = dict(pairs)
    if len(content) < len(pairs):
        names = [name for name, _ in pairs]
        raise InputError(f"{next(name for name in names if names.count(name) > 1)!r} stands twice in one object")
    return content


def _no_number(word: str) -> float:
    raise InputError(f"{word} is no number of JSON; write null where it is not known")


def _number(text: str) -> float:
    return written_number(text)


def _whole(text: str) -> int:
    return written_whole_number(text)


def read_csv(path: Path, required: Sequence[str]) -> list[tuple[int, dict[str, str]]]:
    """Rows of a CSV file with their line numbers. Raises `InputError` for a missing column or a ragged row."""
    header, rows = read_rows(path, required)
    for line, cells in rows:
        if len(cells) != len(header):
            raise InputError(f"{path} line {line}: number of cells differs from the header")
    return [(line, dict(zip(header, cells, strict=True))) for line, cells in rows]


def date_argument(text: str) -> datetime.date:
    """argparse type for a date like 2026-11-21."""
    try:
        day = datetime.date.fromisoformat(text)
    except ValueError:
        raise argparse.ArgumentTypeError(f"{text!r} is not a date like 2026-11-21") from None
    try:
        return plausible_day(day, text)
    except InputError as error:
        raise argparse.ArgumentTypeError(str(error)) from None


def read_date(value: Any, where: str) -> datetime.date:
    """A date like 2026-11-21 from a file. Raises `InputError`, led by `where`."""
    return plausible_day(plain_date(value, where), where)


def number_argument(text: str) -> float:
    """argparse type for a finite number in plain digits."""
    try:
        return written_number(text)
    except InputError as error:
        raise argparse.ArgumentTypeError(shortened(str(error))) from None


def whole_number_argument(text: str) -> int:
    """argparse type for a whole number in plain digits."""
    try:
        return written_whole_number(text)
    except InputError as error:
        raise argparse.ArgumentTypeError(shortened(str(error))) from None


def seed_argument(text: str) -> int:
    """argparse type for a seed, the one of every command: a whole number that generators of random numbers take."""
    try:
        return require_seed(whole_number_argument(text))
    except InputError as error:
        raise argparse.ArgumentTypeError(str(error)) from None


def shortened(sentence: str) -> str:
    """A sentence as it may be shown: no sign that steers a terminal, no value longer than a line or two."""
    lines = sentence.split("\n")
    shown = ["".join(sign if sign.isprintable() else repr(sign)[1:-1] for sign in line) for line in lines]
    return "\n".join(_LONG_WORD.sub(lambda word: f"{word[0][:60]}... ({len(word[0])} signs)", line) for line in shown)
