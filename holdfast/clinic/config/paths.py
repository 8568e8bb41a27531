"""Where this installation keeps its data, and the secret made for it. Nothing here needs Django.

The data folder holds the database, the secret key and the demo password. It is `HOLDFAST_DATA`, or the user's
data directory. Secrets are generated once, kept in files that only the owner can read, and have no default.
"""

from __future__ import annotations

import contextlib
import errno
import os
import secrets
import sqlite3
import sys
import tempfile
from pathlib import Path
from urllib.parse import urlsplit

from holdfast.errors import ConfigurationError

OWNER_ONLY = 0o600
DATABASE = "holdfast.sqlite3"  # where no PostgreSQL is named
DEFAULT_PORT = 8000
HIGHEST_PORT = 65535


def data_folder() -> Path:
    """The data folder, made if absent. Raises `ConfigurationError` in one sentence where that cannot be."""
    folder = named_folder()
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    except OSError as error:
        raise ConfigurationError(_cannot(folder, error)) from None
    if not os.access(folder, os.W_OK | os.X_OK):
        raise ConfigurationError(f"the data folder {folder} is not writable; set HOLDFAST_DATA to one that is")
    return folder


def named_folder() -> Path:
    """The data folder, which need not be there."""
    named = os.environ.get("HOLDFAST_DATA")
    if named:
        return Path(named).expanduser().absolute()
    if sys.platform == "darwin":
        return Path.home() / "Library" / "Application Support" / "holdfast"
    if sys.platform == "win32":
        return Path(os.environ.get("LOCALAPPDATA", Path.home())) / "holdfast"
    return Path(os.environ.get("XDG_DATA_HOME") or Path.home() / ".local" / "share") / "holdfast"


def holds_database(folder: Path) -> bool:
    """Was an SQLite database begun there? A first start that was killed leaves one without a table.

    One that cannot be read is there: whoever opens it says what is wrong with it.
    """
    path = folder / DATABASE
    try:
        if not path.exists():
            return False
        with contextlib.closing(sqlite3.connect(f"{path.as_uri()}?mode=ro", uri=True)) as found:
            return found.execute("SELECT 1 FROM sqlite_master LIMIT 1").fetchone() is not None
    except (OSError, sqlite3.Error):
        return True


def _cannot(folder: Path, error: OSError) -> str:
    if error.errno == errno.ENOSPC:
        return f"the disk that holds {folder} is full; free some space or set HOLDFAST_DATA elsewhere"
    return f"the data folder {folder} cannot be made ({error.strerror}); set HOLDFAST_DATA to one that can"


def kept_secret(folder: Path, name: str, *, length: int = 50) -> str:
    """The secret kept in `folder/name`, generated on first use, readable by the owner only."""
    path = folder / name
    if not path.exists():
        try:
            _keep_whole(path, secrets.token_urlsafe(length))
        except OSError as error:
            raise ConfigurationError(_cannot(folder, error)) from None
    return _read_secret(path)


def _keep_whole(path: Path, secret: str) -> None:
    """Written beside and then named, so that nobody ever reads half a secret, and the first of two starts wins."""
    handle, beside = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}-")  # readable by the owner only
    try:
        try:
            os.write(handle, secret.encode("ascii"))
            os.fsync(handle)
        finally:
            os.close(handle)
        with contextlib.suppress(FileExistsError):
            os.link(beside, path)
    finally:
        Path(beside).unlink()


def _read_secret(path: Path) -> str:
    try:
        secret = path.read_text(encoding="ascii").strip()
    except (OSError, UnicodeDecodeError):
        raise ConfigurationError(f"{path} cannot be read; restore it from a backup or its owner's account") from None
    if not secret:
        raise ConfigurationError(f"{path} is empty; restore it from a backup, or delete it to sign everybody out")
    return secret


def port() -> int:
    """`HOLDFAST_PORT`, 8000 where unset. Raises `ConfigurationError` where it is no port."""
    text = os.environ.get("HOLDFAST_PORT") or str(DEFAULT_PORT)
    if not text.isascii() or not text.isdigit() or not 1 <= int(text) <= HIGHEST_PORT:
        raise ConfigurationError(f"HOLDFAST_PORT is {text!r}; give a number from 1 to {HIGHEST_PORT}")
    return int(text)


def two_step_required() -> bool:
    """`HOLDFAST_TWO_STEP`: `required` of everybody, or as programmes choose. Raises `ConfigurationError`."""
    text = os.environ.get("HOLDFAST_TWO_STEP", "")
    if text not in ("", "required", "by-programme"):
        raise ConfigurationError(f"HOLDFAST_TWO_STEP is {text!r}; give required or by-programme, or leave it unset")
    return text == "required"


def public_url() -> str:
    """The address people type: `HOLDFAST_URL`, without it this machine only. Raises `ConfigurationError`."""
    return named_url() or f"http://127.0.0.1:{port()}"


def named_url() -> str:
    """`HOLDFAST_URL`, empty where it is unset. Raises `ConfigurationError` where it is no address."""
    named = os.environ.get("HOLDFAST_URL", "")
    if not named:
        return ""
    try:
        parts = urlsplit(named)
        sound = parts.scheme in ("http", "https") and bool(parts.hostname) and (parts.port is None or parts.port > 0)
    except ValueError:
        sound = False
    if not sound:
        raise ConfigurationError(f"HOLDFAST_URL is {named!r}; give an address like https://clinic.example")
    return named.rstrip("/")
