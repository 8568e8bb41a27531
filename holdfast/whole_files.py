"""Files and folders written whole or not at all: under another name first; what the disk refuses is a sentence."""

from __future__ import annotations

import os
import shutil
import signal
import threading
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from holdfast.errors import InputError

OWNER_ONLY = 0o600
UNFINISHED = ".unfinished"  # the end of a name under which something is written


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


@contextmanager
def folder_written_whole(folder: Path) -> Iterator[Path]:
    """An empty folder beside `folder` to write to, which takes its name at the end; where anything fails, none is left.

    A folder that stood there before is replaced, and stays until then. The caller has made sure that it may go. Raises
    `InputError` where the disk refuses, and where another folder has the name under which the old one would wait.
    """
    place = Path(os.path.realpath(folder))  # behind a link, that it goes on to lead there
    unfinished, before = (place.with_name(f"{place.name}{end}") for end in (UNFINISHED, ".before"))
    if os.path.lexists(before):  # somebody's own, or what a killed run left: it may be the only copy
        raise InputError(
            f"{folder} cannot be written: {before.name} beside it is in the way; move it away or delete it"
        )
    try:
        with refusals_told(folder):
            shutil.rmtree(unfinished, ignore_errors=True)
            unfinished.mkdir()
            yield unfinished
            if place.exists():
                place.replace(before)
            unfinished.replace(place)
    finally:
        if before.exists() and not place.exists():
            before.replace(place)
        for left in (unfinished, before):
            shutil.rmtree(left, ignore_errors=True)


def require_new_folder(folder: Path) -> None:
    """Raises `InputError` where something stands at `folder` already."""
    with refusals_told(folder):
        if folder.exists() and not (folder.is_dir() and not any(folder.iterdir())):
            raise InputError(f"{folder} is not empty; name a folder that is new or empty")


def require_outside(folder: Path, folders: Iterable[Path]) -> None:
    """Raises `InputError` where what is to be written would lie inside a folder that it is made of."""
    place = Path(os.path.realpath(folder))
    for one in folders:
        if place.is_relative_to(os.path.realpath(one)):
            raise InputError(f"{folder} lies inside {one}, which is read; name a folder outside it")


def new_secret_file(path: Path, content: bytes) -> None:
    """A new file that its owner alone can read. Raises `InputError` where one is there, or the disk refuses."""
    try:
        handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, OWNER_ONLY)
    except FileExistsError:
        raise InputError(f"{path} exists; a secret that was used is never replaced") from None
    except OSError as error:
        raise InputError(f"{path} cannot be written: {error.strerror}") from None
    with os.fdopen(handle, "wb") as file:
        file.write(content)


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
        if path.exists() and not path.is_file():  # a device or a pipe, which a file must not replace
            raise InputError(f"{path} cannot be written: it is no file; name a file")
    return path.with_name(f"{path.name}{UNFINISHED}")


@contextmanager
def refusals_told(path: Path) -> Iterator[None]:
    """What the disk refuses as `InputError`, naming `path`."""
    try:
        yield
    except OSError as error:
        raise InputError(f"{path} cannot be written: {error.strerror or error}") from None


@contextmanager
def stops_held_back() -> Iterator[None]:
    """Ctrl-C is heard when DuckDB has ended: one that comes while it writes can leave it waiting for ever (2.0.0)."""
    heard = signal.getsignal(signal.SIGINT)
    if not callable(heard) or threading.current_thread() is not threading.main_thread():
        yield
        return
    came: list[int] = []
    signal.signal(signal.SIGINT, lambda number, _: came.append(number))
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, heard)
    if came:
        heard(signal.SIGINT, None)
