"""`holdfast serve` and the data folder: one sentence for what cannot work, secrets that only the owner reads."""

from __future__ import annotations

import os
import signal
import socket
import stat
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest

from holdfast import facts
from holdfast.cli import main, serve
from holdfast.cli.user import ROLES
from holdfast.clinic.accounts.roles import Role
from holdfast.clinic.config import paths
from holdfast.clinic.config.database import database
from holdfast.clinic.config.start import database_sentence
from holdfast.errors import ConfigurationError, TableError
from holdfast.facts import Facts

HOLDFAST = [sys.executable, "-m", "holdfast"]
FIRST_START_S, LATER_START_S = 90, 60  # patience with a shared machine; make bench-cli tells the real time


def free_port() -> int:
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return int(found.getsockname()[1])


def environment(folder: Path, port: int) -> dict[str, str]:
    kept = {k: v for k, v in os.environ.items() if not k.startswith(("HOLDFAST_", "DJANGO_"))}
    return {**kept, "HOLDFAST_DATA": str(folder), "HOLDFAST_PORT": str(port)}


def answers(port: int, page: str) -> int:
    """Status of a page; 0 while nobody listens. A redirect is followed."""
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{port}{page}", timeout=20) as response:
            return int(response.status)
    except urllib.error.HTTPError as error:
        return error.code
    except OSError:
        return 0


class Server:
    """A real server on a free port."""

    def __init__(self, folder: Path, *options: str) -> None:
        self.port = free_port()
        self.started = time.monotonic()
        self.process = subprocess.Popen(
            [*HOLDFAST, "serve", *options], env=environment(folder, self.port), text=True,
            stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
        )  # fmt: skip

    def wait(self, limit_s: float) -> float:
        """Seconds from the command to the first answer."""
        while answers(self.port, "/health/") != 200:
            assert self.process.poll() is None, self.process.stdout.read()
            assert time.monotonic() - self.started < limit_s, "no answer in time"
            time.sleep(0.1)
        return time.monotonic() - self.started

    def stop(self) -> str:
        self.process.send_signal(signal.SIGINT)
        said, _ = self.process.communicate(timeout=20)
        return str(said)


@pytest.fixture(scope="module")
def used_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A data folder after a first start, with what that start said beside it."""
    folder = tmp_path_factory.mktemp("data")
    server = Server(folder)
    took_s = server.wait(FIRST_START_S)
    said = server.stop()
    (folder / "said.txt").write_text(f"{took_s}\n{said}")
    return folder


@pytest.mark.slow
@pytest.mark.story("HF-PKG-001")
def test_the_first_start_says_where_and_how_to_sign_in(used_folder: Path) -> None:
    said = (used_folder / "said.txt").read_text()
    password = (used_folder / "demo-password").read_text()
    assert "Holdfast serves the clinic on http://127.0.0.1:" in said
    assert "demo-prescriber" in said
    assert password in said
    assert len(password) >= 12
    assert "Traceback" not in said


@pytest.mark.slow
def test_secrets_are_the_owners_alone(used_folder: Path) -> None:
    for name in ("secret-key", "demo-password", "holdfast.sqlite3"):
        assert stat.S_IMODE((used_folder / name).stat().st_mode) == 0o600


@pytest.mark.slow
def test_a_later_start_keeps_the_secret(used_folder: Path) -> None:
    secret = (used_folder / "secret-key").read_text()
    server = Server(used_folder)
    try:
        server.wait(LATER_START_S)
        assert answers(server.port, "/accounts/login/") == 200
        assert answers(server.port, "/static/css/base.css") == 200
    finally:
        server.stop()
    assert (used_folder / "secret-key").read_text() == secret


@pytest.mark.slow
def test_without_example_nobody_is_made(tmp_path: Path) -> None:
    server = Server(tmp_path, "--without-example")
    server.wait(LATER_START_S)
    said = server.stop()
    assert "holdfast user add" in said
    assert not (tmp_path / "demo-password").exists()


@pytest.fixture
def taken_port() -> Iterator[int]:
    with socket.socket() as held:
        held.bind(("127.0.0.1", 0))
        held.listen()
        yield int(held.getsockname()[1])


def refused(folder: Path, port: int | str) -> str:
    env = {**environment(folder, 1), "HOLDFAST_PORT": str(port)}
    done = subprocess.run([*HOLDFAST, "serve"], env=env, text=True, capture_output=True, timeout=60, check=False)
    assert done.returncode == ConfigurationError.exit_code
    assert done.stderr.startswith("holdfast: ")
    assert done.stderr.count("\n") == 1
    return done.stderr


def test_a_port_in_use_is_one_sentence_and_nothing_is_written(tmp_path: Path, taken_port: int) -> None:
    assert f"port {taken_port} is in use" in refused(tmp_path, taken_port)
    assert list(tmp_path.iterdir()) == []


def test_faulty_tables_are_told_at_the_start_and_nothing_is_written(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def faulty() -> Facts:
        raise TableError(["studies.csv line 2 column id: is empty"])

    monkeypatch.setattr(facts, "load", faulty)
    monkeypatch.setattr(serve, "_prepare", lambda **_: pytest.fail("it went on with faulty tables"))
    monkeypatch.setenv("HOLDFAST_DATA", str(tmp_path / "data"))
    monkeypatch.setenv("HOLDFAST_PORT", "")
    assert main(["serve", "--port", str(free_port())]) == TableError.exit_code
    assert "studies.csv line 2" in capsys.readouterr().err
    assert not (tmp_path / "data").exists()


@pytest.mark.parametrize("port", ["eighty", "0", "70000", "-1"])
def test_what_is_no_port_is_one_sentence(tmp_path: Path, port: str) -> None:
    assert "give a number from 1 to 65535" in refused(tmp_path, port)


def test_a_data_folder_that_cannot_be_is_one_sentence(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    assert "cannot be made" in refused(tmp_path / "file" / "data", free_port())


def test_a_folder_without_rights_is_one_sentence(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Root may write anywhere, so the answer of the system is given here."""
    monkeypatch.setenv("HOLDFAST_DATA", str(tmp_path))
    monkeypatch.setattr(os, "access", lambda *_: False)
    with pytest.raises(ConfigurationError, match="is not writable; set HOLDFAST_DATA"):
        paths.data_folder()


@pytest.mark.parametrize(
    ("error", "says"),
    [
        ("database or disk is full", "free some space"),
        ("attempt to write a readonly database", "owner and rights"),
        ("unable to open database file", "owner and rights"),
        ("database is locked", "stop that first"),
        ("", "no reason given"),
    ],
)
def test_what_the_database_says_becomes_what_to_do(
    error: str, says: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HOLDFAST_DATA", str(tmp_path))
    assert says in database_sentence(RuntimeError(error))


def test_an_emptied_secret_is_not_replaced_silently(tmp_path: Path) -> None:
    first = paths.kept_secret(tmp_path, "secret-key")
    assert paths.kept_secret(tmp_path, "secret-key") == first
    (tmp_path / "secret-key").write_text("")
    with pytest.raises(ConfigurationError, match="is empty"):
        paths.kept_secret(tmp_path, "secret-key")


def test_the_database_is_sqlite_or_postgresql_by_one_setting(tmp_path: Path) -> None:
    assert "WAL" in database(None, tmp_path)["OPTIONS"]["init_command"]
    found = database("postgresql://ada:p%40ss@db.example:5433/clinic?sslmode=require", tmp_path)
    assert (found["USER"], found["PASSWORD"], found["HOST"], found["PORT"]) == ("ada", "p@ss", "db.example", 5433)
    assert (found["NAME"], found["OPTIONS"]) == ("clinic", {"sslmode": "require"})
    for wrong in ("mysql://ada:secret@db/clinic", "postgresql://ada:secret@db", "postgresql://ada:secret@db:x/clinic"):
        with pytest.raises(ConfigurationError) as refused:
            database(wrong, tmp_path)
        assert "secret" not in str(refused.value)


def test_the_command_line_names_the_roles_there_are() -> None:
    assert set(ROLES) == set(Role.values)
