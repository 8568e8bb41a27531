"""A request is answered from first to last in one of a few threads that stay; a live answer ends with its listener."""

from __future__ import annotations

import asyncio
import sys
import threading
import time
from collections.abc import AsyncIterator
from typing import Any

import pytest
from django.http import HttpRequest, HttpResponse, HttpResponseBase, StreamingHttpResponse
from django.test import override_settings
from django.urls import path
from django.utils import timezone

from holdfast.clinic.config import asgi
from holdfast.clinic.config.asgi import LOOKING as THREADS
from holdfast.clinic.config.asgi import Handler

SEEN: list[tuple[str, int, str]] = []
ENDED = threading.Event()


class Hooked:
    """A middleware with a hook before the view, as most of ours."""

    def __init__(self, get_response: Any) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        _note("before")
        return self.get_response(request)

    def process_view(self, *_: Any) -> None:
        _note("hook")


def _note(what: str) -> None:
    SEEN.append((what, threading.get_ident(), timezone.get_current_timezone_name()))


def _plain(_: HttpRequest) -> HttpResponse:
    _note("view")
    timezone.activate("Asia/Tokyo")
    return HttpResponse("kept")


def _parts(_: HttpRequest) -> StreamingHttpResponse:
    return StreamingHttpResponse((part for part in (b"a", b"b")), headers={"Content-Type": "text/csv"})


def _live(_: HttpRequest) -> StreamingHttpResponse:
    async def beats() -> AsyncIterator[bytes]:
        try:
            while True:
                yield b"beat"
                await asyncio.sleep(0.01)
        finally:
            ENDED.set()

    return StreamingHttpResponse(beats(), content_type="text/event-stream")


def _slow(_: HttpRequest) -> HttpResponse:
    _note("begun")
    time.sleep(0.02)
    _note("ended")
    return HttpResponse("kept")


MEETING = threading.Barrier(2)


def _meet(_: HttpRequest) -> HttpResponse:
    MEETING.wait(10)
    _note("met")
    return HttpResponse("kept")


urlpatterns = [
    path("plain/", _plain), path("parts/", _parts), path("live/", _live), path("slow/", _slow), path("meet/", _meet),
]  # fmt: skip


@pytest.fixture
def handler(monkeypatch: pytest.MonkeyPatch) -> Any:
    monkeypatch.setattr(asgi, "FIRST", dict.fromkeys(asgi.FIRST, 1))
    SEEN.clear()
    ENDED.clear()
    with override_settings(ROOT_URLCONF=__name__, MIDDLEWARE=[f"{__name__}.Hooked"]):
        yield Handler()


async def asked(
    handler: Handler, address: str, leaves_after: int | None = None, method: str = "GET"
) -> list[dict[str, Any]]:
    """What is sent; the client leaves after so many messages."""
    sent: list[dict[str, Any]] = []
    left, first = asyncio.Event(), True

    async def receive() -> dict[str, Any]:
        nonlocal first
        if first:
            first = False
            return {"type": "http.request", "body": b"", "more_body": False}
        await left.wait()
        return {"type": "http.disconnect"}

    async def send(message: dict[str, Any]) -> None:
        sent.append(message)
        if leaves_after is not None and len(sent) >= leaves_after:
            left.set()

    scope = {
        "type": "http", "method": method, "path": address, "raw_path": address.encode(), "query_string": b"",
        "headers": [(b"host", b"testserver")], "scheme": "http", "root_path": "", "http_version": "1.1",
    }  # fmt: skip
    await asyncio.wait_for(handler(scope, receive, send), 20)
    return sent


def test_hooks_and_view_of_a_request_run_in_one_thread_that_stays(handler: Handler) -> None:
    async def all_of_them() -> None:
        for _ in range(3 * THREADS):
            await asked(handler, "/plain/")

    asyncio.run(all_of_them())

    by_request = [SEEN[n : n + 3] for n in range(0, len(SEEN), 3)]
    assert [[what for what, _, _ in one] for one in by_request] == [["before", "hook", "view"]] * 3 * THREADS
    assert all(len({thread for _, thread, _ in one}) == 1 for one in by_request)
    assert len({thread for _, thread, _ in SEEN}) <= THREADS
    assert threading.get_ident() not in {thread for _, thread, _ in SEEN}


def test_nothing_that_a_request_set_stays_in_its_thread(handler: Handler) -> None:
    async def all_of_them() -> None:
        for _ in range(3 * THREADS):
            await asked(handler, "/plain/")

    asyncio.run(all_of_them())

    assert {zone for _, _, zone in SEEN} == {"UTC"}


def test_an_answer_in_parts_is_sent_whole_with_its_headers(handler: Handler) -> None:
    start, *parts = asyncio.run(asked(handler, "/parts/"))

    assert (b"Content-Type", b"text/csv") in start["headers"]
    assert b"".join(part["body"] for part in parts) == b"ab"


def test_a_live_answer_ends_when_nobody_listens(handler: Handler) -> None:
    sent = asyncio.run(asked(handler, "/live/", leaves_after=4))

    assert ENDED.is_set()
    assert [part["body"] for part in sent[1:]] == [b"beat"] * (len(sent) - 1)


def test_a_thread_that_computes_lets_requests_pass_soon(handler: Handler) -> None:
    assert sys.getswitchinterval() <= 0.001


def test_of_forms_sent_together_one_is_answered_after_the_other(handler: Handler) -> None:
    async def together() -> None:
        await asyncio.gather(*(asked(handler, "/slow/", method="POST") for _ in range(4)))

    asyncio.run(together())
    assert [what for what, _, _ in SEEN] == ["before", "hook", "begun", "ended"] * 4


def test_nobody_waits_long_for_a_form_that_takes_long(handler: Handler, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(asgi, "LONGEST_TURN_S", 0.0)

    async def together() -> None:
        await asyncio.gather(*(asked(handler, "/meet/", method="POST") for _ in range(2)))

    asyncio.run(together())
    assert [what for what, _, _ in SEEN].count("met") == 2
