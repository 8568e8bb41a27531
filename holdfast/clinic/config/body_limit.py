"""Refuses what is longer than any form of the clinic, before it is kept anywhere.

Django under ASGI writes the whole of a request to a temporary file before it asks who sent it: without this, anybody
who reaches the address fills the disk, and then nobody can save an entry.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from typing import Any

Receive = Callable[[], Awaitable[Mapping[str, Any]]]
Send = Callable[[Mapping[str, Any]], Awaitable[None]]
Application = Callable[[dict[str, Any], Receive, Send], Awaitable[None]]


class _TooLongError(Exception):
    """More came than may be sent at once."""


class BodyLimit:
    """Answers 413, and reads no further, where a request is longer than `most` bytes."""

    def __init__(self, application: Application, most: int) -> None:
        self.application, self.most = application, most

    async def __call__(self, scope: dict[str, Any], receive: Receive, send: Send) -> None:
        """Answers as the application does, or refuses."""
        if scope["type"] != "http":
            return await self.application(scope, receive, send)
        came = 0

        async def counted() -> Mapping[str, Any]:
            nonlocal came
            message = await receive()
            came += len(message.get("body", b""))
            if came > self.most:
                raise _TooLongError
            return message

        try:
            if self._said(scope) > self.most:
                raise _TooLongError
            await self.application(scope, counted, send)
        except _TooLongError:
            await _refuse(send)

    @staticmethod
    def _said(scope: dict[str, Any]) -> int:
        """How long it says it is; 0 where it does not say, and is counted as it comes."""
        length = dict(scope["headers"]).get(b"content-length", b"")
        return int(length) if length.isdigit() else 0


async def _refuse(send: Send) -> None:
    from holdfast.clinic.config.middleware import CONTENT_POLICY
    from holdfast.clinic.ui.errors import too_long

    body = too_long().content
    headers = [
        (b"content-type", b"text/html; charset=utf-8"), (b"content-length", str(len(body)).encode()),
        (b"content-security-policy", CONTENT_POLICY.encode()), (b"x-content-type-options", b"nosniff"),
        (b"cache-control", b"no-store"), (b"connection", b"close"),
    ]  # fmt: skip
    await send({"type": "http.response.start", "status": 413, "headers": headers})
    await send({"type": "http.response.body", "body": body})
