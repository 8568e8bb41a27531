"""The disk is full: an entry that cannot be stored is answered as not stored, and is stored when there is room."""

from __future__ import annotations

import contextlib
import json
import resource
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.faults.nurses import Nurse, faults_in
from tests.faults.server import Prepared, RealServer

SIZE = "48m"
NOT_STORED = (503, 507)


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A file system of its own of 48 MiB; skipped where none may be mounted (then the limit below stands in)."""
    folder = tmp_path / "disk"
    folder.mkdir()
    done = subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={SIZE}", "tmpfs", folder], check=False,
                          capture_output=True)  # fmt: skip
    if done.returncode != 0:
        pytest.skip("a small file system needs the right to mount; the limit of a file's size stands in for it")
    try:
        yield folder
    finally:
        subprocess.run(["umount", "-l", folder], check=True)


def fill(folder: Path) -> Path:
    """Until nothing more goes in."""
    filler = folder / "filler"
    with filler.open("wb", buffering=0) as full, contextlib.suppress(OSError):
        while True:
            full.write(b"\0" * 4096)
    return filler


def enter_until_refused(nurse: Nurse, entries: int = 2000) -> tuple[int, str, str, dict]:
    """What the first entry that could not be stored was answered; there is a little room in files already made."""
    for _ in range(entries):
        path, sent = nurse.new_entry()
        status, text = 0, ""
        while status == 0:  # a busy machine may be slow to answer; the key is the same
            status, text = nurse.send(path, sent)
        if status not in (200, 201):
            return status, text, path, sent
    raise AssertionError("the disk was never full")


@pytest.mark.slow
@pytest.mark.story("HF-SES-027")
def test_a_full_disk_is_told_and_nothing_is_lost(
    clinic: Prepared, small_disk: Path, rounds: int, figure: Callable[[str], None]
) -> None:
    server = RealServer(clinic.copied_to(small_disk / "data"))
    nurses = [Nurse(server.url, one) for one in clinic.nurses[:2]]
    server.start()
    try:
        for nurse in nurses:
            nurse.sign_in()
        told = set()
        for _ in range(rounds):
            filler = fill(small_disk)
            refused = [(nurse, *enter_until_refused(nurse)) for nurse in nurses]
            kept = {key for key, _ in server.stored()}
            for _, status, text, _, sent in refused:
                assert status in NOT_STORED
                assert "was not saved" in text
                told.add(status)
                if status == 507:
                    assert "The disk of this installation is full" in json.loads(text)["error"]
                    assert sent["key"].replace("-", "") not in kept
            assert nurses[0].read(refused[0][3]) == 200, "what was stored can still be read"
            filler.unlink()
            for nurse, _, _, path, sent in refused:
                assert nurse.send(path, sent)[0] in (200, 201)
        assert 507 in told
        assert faults_in(nurses, server.stored()) == []
        assert server.is_sound()
    finally:
        server.stop()
    assert server.audit_holds()
    figure(_row("disk full (file system of 48 MiB, filled to the last byte)", rounds, nurses))


@pytest.mark.slow
@pytest.mark.story("HF-SES-027")
def test_a_file_that_may_not_grow_is_told_too(
    clinic: Prepared, server: RealServer, figure: Callable[[str], None]
) -> None:
    """A stand-in that needs no rights: no file of the server may grow beyond its size now."""
    most = (server.folder / "holdfast.sqlite3").stat().st_size + 200_000
    server.start(preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (most, most)))
    nurse = Nurse(server.url, clinic.nurses[0])
    nurse.sign_in()
    status, text, path, sent = enter_until_refused(nurse)
    assert status in NOT_STORED
    assert "was not saved" in text
    assert (sent["key"].replace("-", "")) not in {key for key, _ in server.stored()}
    server.kill()
    server.start()
    assert nurse.send(path, sent)[0] == 201
    assert faults_in([nurse], server.stored()) == []
    assert server.is_sound()
    figure(_row("no file may grow (RLIMIT_FSIZE), then killed", 1, [nurse]))


def _row(what: str, times: int, nurses: list[Nurse]) -> str:
    from tests.faults.test_nothing_lost import row

    return row(what, times, nurses)
