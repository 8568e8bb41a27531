"""Whoever reaches the address cannot fill the disk: what is longer than any form is refused before it is kept."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest
from django.conf import settings

from holdfast.clinic.config.asgi import application

PIECE = b"a" * 100_000
ENOUGH = 100  # pieces: ten million bytes


@pytest.mark.parametrize("says", [b"", b"10000000"])
@pytest.mark.parametrize("kind", [b"multipart/form-data; boundary=x", b"application/json", b"text/plain"])
@pytest.mark.parametrize("path", ["/accounts/login/", "/c/no-such-link/", "/health/", "/nowhere/"])
def test_a_body_without_end_is_refused_before_it_is_kept(path: str, kind: bytes, says: bytes) -> None:
    headers = [(b"host", b"127.0.0.1"), (b"content-type", kind)]
    headers += [(b"content-length", says)] if says else []
    read, sent = asyncio.run(posted(path, headers))
    assert sent[0]["status"] == 413
    assert b"longer than any form" in sent[1]["body"]
    assert read * len(PIECE) <= (0 if says else settings.DATA_UPLOAD_MAX_MEMORY_SIZE + len(PIECE))
    assert b"default-src 'none'" in dict(sent[0]["headers"])[b"content-security-policy"]


async def posted(path: str, headers: list[tuple[bytes, bytes]]) -> tuple[int, list[Any]]:
    """How many pieces the clinic read, and what it answered."""
    read, sent = 0, []

    async def receive() -> dict[str, Any]:
        nonlocal read
        read += 1
        return {"type": "http.request", "body": PIECE, "more_body": read < ENOUGH}

    async def send(message: Any) -> None:
        sent.append(message)

    scope = {
        "type": "http", "asgi": {"version": "3.0"}, "http_version": "1.1", "method": "POST", "scheme": "http",
        "path": path, "raw_path": path.encode(), "query_string": b"", "root_path": "", "headers": headers,
        "client": ("127.0.0.1", 5), "server": ("127.0.0.1", 80),
    }  # fmt: skip
    await application(scope, receive, send)
    return read, sent
