"""Files written whole or not at all: under another name first, and what the disk refuses told in a sentence."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from holdfast.errors import InputError


@contextmanager
def written_whole(path: Path) -> Iterator[Path]:
    """A place beside `path` to write to, which takes its name at the end; where anything fails, nothing is left.

    What stood at `path` before stays until then. Raises `InputError` where the disk refuses.
    """
    unfinished = _unfinished(path)
    try:
        with refusals_told(path):
            yield unfinished
            unfinished.replace(path)
    finally:
        with suppress(OSError):
            unfinished.unlink(missing_ok=True)


def require_writable(*paths: Path) -> None:
    """Raises `InputError` where `written_whole` could not even begin: told before long work for such a file is done."""
    for path in paths:
        unfinished = _unfinished(path)
        with refusals_told(path):
            begun_by_another = unfinished.exists()
            unfinished.open("ab").close()
            if not begun_by_another:
                unfinished.unlink()


def _unfinished(path: Path) -> Path:
    with refusals_told(path):
        if path.is_dir():
            raise InputError(f"{path} cannot be written: it is a folder")
    return path.with_name(f"{path.name}.unfinished")


@contextmanager
def refusals_told(path: Path) -> Iterator[None]:
    """What the disk refuses as `InputError`, naming `path`."""
    try:
        yield
    except OSError as error:
        raise InputError(f"{path} cannot be written: {error.strerror or error}") from None
