"""A file is written whole or not at all, and what stood in its place stays until the new one is there."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from holdfast.errors import InputError
from holdfast.whole_files import folder_written_whole, require_writable, written_whole


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
        with folder_written_whole(folder) as place:
            (place / f"{content}.html").write_text(content)
            assert not (folder / f"{content}.html").exists()
        assert names(folder) == [f"{content}.html"]
    assert names(tmp_path) == ["pages"]


def half_a_folder(folder: Path, fault: BaseException) -> None:
    with folder_written_whole(folder) as place:
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
