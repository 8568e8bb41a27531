"""A file is written whole or not at all, and what stood in its place stays until the new one is there."""

from __future__ import annotations

import os
import signal
import stat
import subprocess
import sys
from pathlib import Path

import pytest

from holdfast.errors import InputError
from holdfast.whole_files import (
    clear_unfinished,
    folder_written_whole,
    require_new_folder,
    require_writable,
    written_whole,
)


def names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def test_the_file_takes_its_name_at_the_end(tmp_path: Path) -> None:
    path = tmp_path / "courses.csv"
    with written_whole(path) as place:
        place.write_text("a,b\n")
        assert not path.exists()
    assert path.read_text() == "a,b\n"
    assert names(tmp_path) == ["courses.csv"]


def half_written(path: Path, fault: BaseException) -> None:
    with written_whole(path) as place:
        place.write_text("half")
        raise fault


@pytest.mark.story("HF-MOD-017")
@pytest.mark.parametrize("fault", [KeyboardInterrupt(), ValueError(), InputError("no such model")], ids=repr)
def test_whatever_stops_the_writing_leaves_what_was_there(tmp_path: Path, fault: BaseException) -> None:
    path = tmp_path / "courses.csv"
    path.write_text("before")
    with pytest.raises(type(fault)):
        half_written(path, fault)
    assert path.read_text() == "before"
    assert names(tmp_path) == ["courses.csv"]


@pytest.mark.story("HF-MOD-017")
def test_what_the_disk_refuses_is_a_sentence_that_names_the_file(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    (tmp_path / "folder").mkdir()
    for name, says in (("nowhere/x.csv", "No such file"), ("file/x.csv", "Not a directory"), ("folder", "a folder")):
        with (
            pytest.raises(InputError, match=f"{name} cannot be written: .*{says}"),
            written_whole(tmp_path / name) as to,
        ):
            to.write_text("x")
    assert names(tmp_path) == ["file", "folder"]


@pytest.mark.story("HF-MOD-017")
def test_what_the_disk_would_refuse_is_told_before_the_work_and_leaves_no_trace(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("before")
    (tmp_path / "folder").mkdir()
    too_long = "x" * 300
    for name in ("nowhere/x.csv", "file/x.csv", "folder", too_long):
        with pytest.raises(InputError, match=f"{name} cannot be written: "):
            require_writable(tmp_path / name)
    with pytest.raises(InputError, match="it is a folder"):
        require_writable(Path())
    with written_whole(tmp_path / "file") as begun_by_another:
        begun_by_another.write_text("half")
        require_writable(tmp_path / "file", tmp_path / "new")
        assert begun_by_another.read_text() == "half"
    assert names(tmp_path) == ["file", "folder"]


@pytest.mark.story("HF-MOD-017")
def test_a_pipe_or_a_device_is_never_replaced_by_a_file(tmp_path: Path) -> None:
    pipe, nowhere = tmp_path / "pipe.csv", tmp_path / "nowhere.csv"
    os.mkfifo(pipe)
    nowhere.symlink_to("/dev/null")
    for place in (pipe, nowhere):
        with pytest.raises(InputError, match=f"{place} cannot be written: it is no file"):
            require_writable(place)
        with pytest.raises(InputError, match="it is no file"), written_whole(place) as to:
            to.write_text("x")
    assert pipe.is_fifo()
    assert nowhere.is_symlink()
    assert names(tmp_path) == ["nowhere.csv", "pipe.csv"]


@pytest.mark.story("HF-EVD-031")
def test_a_folder_takes_its_name_at_the_end_and_replaces_what_was_there(tmp_path: Path) -> None:
    folder = tmp_path / "pages"
    for content in ("first", "second"):
        with folder_written_whole(folder, replaces=True) as place:
            (place / f"{content}.html").write_text(content)
            assert not (folder / f"{content}.html").exists()
        assert names(folder) == [f"{content}.html"]
    assert names(tmp_path) == ["pages"]


def half_a_folder(folder: Path, fault: BaseException) -> None:
    with folder_written_whole(folder, replaces=True) as place:
        (place / "half.html").write_text("half")
        raise fault


@pytest.mark.story("HF-EVD-031")
@pytest.mark.parametrize("fault", [KeyboardInterrupt(), ValueError(), OSError(28, "No space left on device")], ids=repr)
def test_whatever_stops_the_writing_of_a_folder_leaves_the_one_before(tmp_path: Path, fault: BaseException) -> None:
    folder = tmp_path / "pages"
    folder.mkdir()
    (folder / "before.html").write_text("before")
    told = InputError if isinstance(fault, OSError) else type(fault)
    with pytest.raises(told):
        half_a_folder(folder, fault)
    assert names(folder) == ["before.html"]
    assert names(tmp_path) == ["pages"]


@pytest.mark.story("HF-EVD-031")
def test_a_folder_of_somebody_else_beside_it_is_never_deleted(tmp_path: Path) -> None:
    folder, theirs = tmp_path / "pages", tmp_path / "pages.before"
    for one in (folder, theirs):
        one.mkdir()
        (one / "kept.html").write_text("kept")
    with pytest.raises(InputError, match=r"pages\.before beside it is in the way"), folder_written_whole(folder):
        pass
    assert names(theirs) == names(folder) == ["kept.html"]
    assert names(tmp_path) == ["pages", "pages.before"]


@pytest.mark.story("HF-EVD-031")
def test_a_link_to_a_folder_goes_on_to_lead_there(tmp_path: Path) -> None:
    (tmp_path / "elsewhere").mkdir()
    (tmp_path / "pages").symlink_to(tmp_path / "elsewhere")
    with folder_written_whole(tmp_path / "pages") as place:
        (place / "new.html").write_text("new")
    assert names(tmp_path / "elsewhere") == ["new.html"]
    assert (tmp_path / "pages").is_symlink()
    assert names(tmp_path) == ["elsewhere", "pages"]


@pytest.mark.story("HF-REG-187")
def test_two_runs_never_write_to_one_folder(tmp_path: Path) -> None:
    """Before, both answered success, and the later one took the place of the earlier."""
    folder = tmp_path / "pool"
    with folder_written_whole(folder) as place:
        (place / "first").write_text("first")
        with (
            pytest.raises(InputError, match="pool cannot be written: another run is writing it"),
            folder_written_whole(folder) as second,
        ):
            pytest.fail(f"two runs wrote to {second}")
        clear_unfinished(place)
    assert names(folder) == ["first"]
    with pytest.raises(InputError, match="pool is not empty"), folder_written_whole(folder) as place:
        pytest.fail(f"a later run wrote to {place}")
    assert names(tmp_path) == ["pool"]


@pytest.mark.story("HF-REG-187")
def test_what_came_meanwhile_is_not_replaced(tmp_path: Path) -> None:
    folder = tmp_path / "pool"

    def written() -> None:
        with folder_written_whole(folder) as place:
            (place / "ours").write_text("ours")
            folder.mkdir()
            (folder / "theirs").write_text("theirs")

    with pytest.raises(InputError, match="pool is not empty"):
        written()
    assert names(folder) == ["theirs"]
    assert names(tmp_path) == ["pool"]


@pytest.mark.story("HF-REG-187")
@pytest.mark.parametrize("kind", ["folder", "file", "link"])
def test_what_somebody_calls_unfinished_is_never_deleted(tmp_path: Path, kind: str) -> None:
    folder, theirs = tmp_path / "pool", tmp_path / "pool.unfinished"
    (tmp_path / "elsewhere").mkdir()
    if kind == "folder":
        theirs.mkdir()
        (theirs / "thesis.txt").write_text("years of work")
    elif kind == "file":
        theirs.write_text("years of work")
    else:
        theirs.symlink_to(tmp_path / "elsewhere")
    with pytest.raises(InputError, match=r"pool\.unfinished beside it is in the way"), folder_written_whole(folder):
        pytest.fail("it began")
    clear_unfinished(theirs)
    assert names(tmp_path) == ["elsewhere", "pool.unfinished"]
    assert kind != "folder" or names(theirs) == ["thesis.txt"]


KILLED = """
import os, signal, sys
from pathlib import Path
from holdfast.whole_files import folder_written_whole
with folder_written_whole(Path(sys.argv[1])) as place:
    (place / "tables").mkdir()
    (place / "tables" / "half").write_text("half")
    os.kill(os.getpid(), signal.SIGKILL)
"""


@pytest.mark.story("HF-REG-187")
def test_what_a_killed_run_left_is_taken_over(tmp_path: Path) -> None:
    folder = tmp_path / "pool"
    for _ in range(2):
        done = subprocess.run([sys.executable, "-c", KILLED, str(folder)], check=False)
        assert done.returncode == -signal.SIGKILL
        assert names(tmp_path) == ["pool.unfinished"]
    with folder_written_whole(folder) as place:
        (place / "whole").write_text("whole")
    assert names(folder) == ["whole"]
    assert names(tmp_path) == ["pool"]
    subprocess.run([sys.executable, "-c", KILLED, str(tmp_path / "other")], check=False)
    clear_unfinished(tmp_path / "other.unfinished")
    assert names(tmp_path) == ["pool"]


def modes(folder: Path) -> dict[str, str]:
    every = [folder, *folder.rglob("*")]
    return {path.relative_to(folder).as_posix(): f"{stat.S_IMODE(path.stat().st_mode):o}" for path in every}


@pytest.mark.story("HF-REG-187")
@pytest.mark.parametrize(("before", "owner_only", "of_folder", "of_file", "meanwhile"), [
    (None, False, "755", "644", "755"), (None, True, "700", "600", "700"), (0o700, False, "700", "600", "700"),
    (0o755, True, "700", "600", "700"), (0o750, False, "750", "640", "700"), (0o755, False, "755", "644", "700"),
])  # fmt: skip
def test_a_folder_keeps_its_rights_and_one_for_its_owner_has_them_from_the_beginning(
    tmp_path: Path, before: int | None, owner_only: bool, of_folder: str, of_file: str, meanwhile: str
) -> None:
    """Before, a private folder was open to everybody as soon as something was written to it."""
    folder, kept = tmp_path / "pool", os.umask(0o022)
    try:
        if before is not None:
            folder.mkdir()
            folder.chmod(before)
        with folder_written_whole(folder, owner_only=owner_only) as place:
            (place / "tables").mkdir()
            (place / "tables" / "one.csv").write_text("a")
            assert modes(place)["."] == meanwhile
    finally:
        os.umask(kept)
    assert modes(folder) == {".": of_folder, "tables": of_folder, "tables/one.csv": of_file}


@pytest.mark.story("HF-REG-187")
@pytest.mark.parametrize("length", [248, 250, 300])
def test_a_name_that_is_too_long_is_a_sentence(tmp_path: Path, length: int) -> None:
    folder = tmp_path / ("x" * length)
    with pytest.raises(InputError, match=r"its name is too long .* give a shorter one"), folder_written_whole(folder):
        pytest.fail("it began")
    if length > 255:
        with pytest.raises(InputError, match="its name is too long"):
            require_new_folder(folder)
    assert names(tmp_path) == []
