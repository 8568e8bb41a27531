"""The mail server, from the environment: `HOLDFAST_SMTP_URL`, its password in a file, and whom mail comes from."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

from holdfast.errors import ConfigurationError

TIMEOUT_S = 20
PORTS = {"smtp": 25, "smtp+starttls": 587, "smtps": 465}
_SHAPE = "HOLDFAST_SMTP_URL must look like smtp+starttls://user:password@mail.example:587 (or smtp://, smtps://)"


def settings_of(environment: Mapping[str, str]) -> dict[str, Any]:
    """Django's settings for mail. Raises `ConfigurationError` without repeating a password."""
    url = environment.get("HOLDFAST_SMTP_URL", "")
    if not url:
        return {"EMAIL_BACKEND": "django.core.mail.backends.dummy.EmailBackend"}
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        raise ConfigurationError(_SHAPE) from None
    if parts.scheme not in PORTS or not parts.hostname:
        raise ConfigurationError(_SHAPE)
    sender = environment.get("HOLDFAST_MAIL_FROM", "")
    if "@" not in sender or "\n" in sender:
        raise ConfigurationError("HOLDFAST_MAIL_FROM must name the address mail comes from, like care@clinic.example")
    return {
        "EMAIL_BACKEND": "django.core.mail.backends.smtp.EmailBackend",
        "EMAIL_HOST": parts.hostname,
        "EMAIL_PORT": port or PORTS[parts.scheme],
        "EMAIL_HOST_USER": unquote(parts.username or ""),
        "EMAIL_HOST_PASSWORD": _password(environment) or unquote(parts.password or ""),
        "EMAIL_USE_TLS": parts.scheme == "smtp+starttls",
        "EMAIL_USE_SSL": parts.scheme == "smtps",
        "EMAIL_TIMEOUT": TIMEOUT_S,
        "DEFAULT_FROM_EMAIL": sender,
    }


def _password(environment: Mapping[str, str]) -> str:
    path = environment.get("HOLDFAST_SMTP_PASSWORD_FILE", "")
    if not path:
        return ""
    try:
        return Path(path).read_text(encoding="utf-8").strip()
    except (OSError, UnicodeDecodeError):
        raise ConfigurationError(f"HOLDFAST_SMTP_PASSWORD_FILE {path} cannot be read") from None
