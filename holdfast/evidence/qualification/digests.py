"""A fingerprint of one file of results."""

from __future__ import annotations

import hashlib


def digest_of(content: bytes) -> str:
    """First 16 hex digits of SHA-256 over the bytes, line ends made alike."""
    return hashlib.sha256(content.replace(b"\r\n", b"\n")).hexdigest()[:16]
