"""Files and folders written whole or not at all: under another name first; what the disk refuses is a sentence."""

from __future__ import annotations

import errno
import os
import shutil
import signal
import stat
import threading
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from holdfast.errors import InputError

OWNER_ONLY = 0o600
FOLDER_OWNER_ONLY = 0o700
MARK = ".holdfast-unfinished"  # in a folder of that name that a run of ours writes to
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
def folder_written_whole(folder: Path, *, replaces: bool = False, owner_only: bool = False) -> Iterator[Path]:
    """A folder beside `folder` to write to, which takes its name at the end; where anything fails, none is left.

    One run at a time writes to a folder. It is new or empty, and keeps its rights where it is there; one that
    `replaces` takes the place of another, which stays until then, and the caller has made sure that it may go.
    `owner_only`: nobody else reads it, from the beginning. Raises `InputError` where the disk refuses, where another
    run writes there, and where a folder that is not ours has a name that is needed.
    """
    place = Path(os.path.realpath(folder))  # behind a link, that it goes on to lead there
    unfinished, before = (place.with_name(f"{place.name}{end}") for end in (UNFINISHED, ".before"))
    with refusals_told(folder):
        if os.path.lexists(before):  # somebody's own, or what a killed run left: it may be the only copy
            raise _in_the_way(folder, before)
        with _begun(folder, unfinished, FOLDER_OWNER_ONLY if owner_only or place.exists() else 0o777):
            try:
                if not replaces:  # by another run meanwhile
                    require_new_folder(folder)
                yield unfinished
                _give_rights(unfinished, place, owner_only=owner_only)
                if replaces and place.exists():
                    place.replace(before)
                _rename(unfinished, folder, place)
            except BaseException:
                if os.path.lexists(before) and not place.exists():
                    before.replace(place)
                shutil.rmtree(unfinished, ignore_errors=True)
                raise
            shutil.rmtree(before, ignore_errors=True)


def _rename(unfinished: Path, folder: Path, place: Path) -> None:
    """Over nothing or an empty folder; the system itself refuses any other."""
    if os.name == "nt" and place.is_dir():
        place.rmdir()
    try:
        unfinished.rename(place)
    except OSError:
        require_new_folder(folder)
        raise


def _in_the_way(folder: Path, other: Path) -> InputError:
    return InputError(f"{folder} cannot be written: {other.name} beside it is in the way; move it away or delete it")


@contextmanager
def _begun(folder: Path, unfinished: Path, mode: int) -> Iterator[None]:
    """Hold a new folder with our mark in it, or what a killed run of ours left, emptied."""
    handle = _taken(folder, unfinished, mode)
    try:
        if not _is_ours(unfinished):
            raise _in_the_way(folder, unfinished)
        (unfinished / MARK).touch(OWNER_ONLY)
        for left in unfinished.iterdir():
            if left.is_dir() and not left.is_symlink():
                shutil.rmtree(left)
            elif left.name != MARK:
                left.unlink()
        yield
    finally:
        if handle is not None:
            os.close(handle)


def _taken(folder: Path, unfinished: Path, mode: int) -> int | None:
    """The folder `unfinished`, made where it is not there, held. Raises `InputError` where another run holds it."""
    while True:
        with suppress(FileExistsError):
            unfinished.mkdir(mode)
        try:
            handle = held(unfinished)
            if handle is None or os.path.samestat(os.fstat(handle), unfinished.stat()):
                return handle
        except BlockingIOError:
            raise InputError(f"{folder} cannot be written: another run is writing it; wait for that") from None
        except FileNotFoundError:  # it took its name this moment
            continue
        except OSError:  # a file, a link
            raise _in_the_way(folder, unfinished) from None
        os.close(handle)


def held(folder: Path, *, wait: bool = False) -> int | None:
    """A handle that holds the folder until it is closed or the process ends, however it ends.

    None where the system cannot. Raises `BlockingIOError` where another holds it.
    """
    try:
        import fcntl
    except ImportError:  # Windows
        return None
    handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX if wait else fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        os.close(handle)
        raise
    except OSError:  # a disk that knows no such locks
        os.close(handle)
        return None
    return handle


def _is_ours(unfinished: Path) -> bool:
    """Nobody else's folder is emptied or deleted; one with nothing in it is nobody's loss."""
    return (unfinished / MARK).is_file() or not any(unfinished.iterdir())


def clear_unfinished(unfinished: Path) -> None:
    """Delete what a killed run of ours left at that name; a folder in use, or of somebody else, stays."""
    with suppress(OSError):
        handle = held(unfinished)
        if _is_ours(unfinished):
            shutil.rmtree(unfinished, ignore_errors=True)
        if handle is not None:
            os.close(handle)


def _give_rights(unfinished: Path, place: Path, *, owner_only: bool) -> None:
    """Those of the folder that was there; nothing in it is open to more people than the folder."""
    made = unfinished.stat()
    mode = stat.S_IMODE(made.st_mode)
    if owner_only:
        mode = FOLDER_OWNER_ONLY
    elif place.is_dir():
        was = place.stat()
        mode = stat.S_IMODE(was.st_mode)
        if was.st_gid != made.st_gid:
            try:
                os.chown(unfinished, -1, was.st_gid)
            except OSError:  # its own group is another one, to which nobody opened it
                mode &= ~stat.S_IRWXG
    (unfinished / MARK).unlink()
    for path in unfinished.rglob("*"):
        if not path.is_symlink():
            path.chmod(stat.S_IMODE(path.stat().st_mode) & (mode | FOLDER_OWNER_ONLY))
    unfinished.chmod(mode)


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
        said = error.strerror or str(error)
        if error.errno == errno.ENAMETOOLONG:
            said = f"its name is too long (until it is whole, {UNFINISHED} stands after it); give a shorter one"
        raise InputError(f"{path} cannot be written: {said}") from None


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
