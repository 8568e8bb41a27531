"""The database: SQLite in the data folder, or PostgreSQL by `HOLDFAST_DATABASE_URL`."""

from __future__ import annotations

from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, unquote, urlsplit

from holdfast.clinic.config.paths import DATABASE
from holdfast.errors import ConfigurationError

# FULL, not NORMAL: an entry that was acknowledged must outlive a power cut; it costs about 0.2 ms a commit.
SQLITE_OPTIONS: dict[str, Any] = {
    "transaction_mode": "IMMEDIATE",
    "timeout": 20,
    "init_command": (
        "PRAGMA journal_mode=WAL;PRAGMA synchronous=FULL;PRAGMA foreign_keys=ON;PRAGMA busy_timeout=20000;"
    ),
}

KEPT_S = 60  # a thread that answers requests keeps its connection; to make one costs as much as to save an entry


def database(url: str | None, folder: Path, password_file: str = "") -> dict[str, Any]:
    """Django's settings for the database. Raises `ConfigurationError` without repeating a password.

    `password_file` holds the password where the address, which other programs may see, should not.
    """
    if not url:
        return {
            "ENGINE": "holdfast.clinic.config.sqlite",
            "NAME": folder / DATABASE,
            "OPTIONS": SQLITE_OPTIONS,
            "CONN_MAX_AGE": KEPT_S,
        }
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        raise ConfigurationError(_SHAPE) from None
    if parts.scheme not in ("postgresql", "postgres") or not parts.path.strip("/"):
        raise ConfigurationError(_SHAPE)
    return {
        "ENGINE": "holdfast.clinic.config.postgresql",
        "NAME": unquote(parts.path.strip("/")),
        "USER": unquote(parts.username or ""),
        "PASSWORD": _password(password_file) or unquote(parts.password or ""),
        "HOST": unquote(parts.hostname or ""),
        "PORT": port or "",
        "OPTIONS": dict(parse_qsl(parts.query)),
        "CONN_MAX_AGE": KEPT_S,
        "CONN_HEALTH_CHECKS": True,
    }


def _password(path: str) -> str:
    if not path:
        return ""
    try:
        return Path(path).read_text(encoding="utf-8").strip()
    except (OSError, UnicodeDecodeError):
        raise ConfigurationError(f"HOLDFAST_DATABASE_PASSWORD_FILE {path} cannot be read") from None


_SHAPE = "HOLDFAST_DATABASE_URL must look like postgresql://user:password@host:5432/name"
