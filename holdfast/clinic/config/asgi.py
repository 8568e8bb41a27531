"""The ASGI application: `uvicorn holdfast.clinic.config.asgi:application`.

Every view and every middleware of the clinic is synchronous. Django's own handler would send each of their steps (the
hooks before a view, the signals, the view itself) from the thread of the request to the event loop and back, a dozen
times a request, make a new thread for each request, and with it a new connection to the database. Here a request is
answered from first to last in one of a few threads that stay, with the connection they have; only live answers
(the board) are streamed by the loop.
"""

from __future__ import annotations

import asyncio
import contextlib
import contextvars
import gc
import os
import sys
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import django
from asgiref.sync import ThreadSensitiveContext, sync_to_async
from django.conf import settings
from django.core import signals
from django.core.exceptions import RequestAborted
from django.core.handlers.asgi import ASGIHandler, ASGIRequest, get_script_prefix
from django.core.handlers.base import BaseHandler
from django.db import connection
from django.http import HttpResponse, HttpResponseBadRequest, HttpResponseBase, StreamingHttpResponse
from django.urls import get_resolver, set_script_prefix

from holdfast import facts
from holdfast.clinic.config.body_limit import BodyLimit

# Requests answered at once; more wait in turn. Some of them may wait for the database.
SENDING, LOOKING = 6, 6
# What is sent is answered one after the other. All threads share one interpreter: of five entries that come together,
# each in a part of the time, all would be late, in turn only the last is. And on SQLite one connection that does all
# the writing keeps what it has read of the file; each other writer would make it read that again. But nobody waits
# longer than this for one that takes long: then it is answered in one of the other threads.
LONGEST_TURN_S = 0.1
# By database: PostgreSQL works in processes of its own, and while it does another entry can be prepared. With three
# all were late (docs/benchmarks/clinic.md).
FIRST = {"sqlite": 1, "postgresql": 2}
# How long a thread that computes (the board, a report) keeps the interpreter while another waits for it. Python's own
# 5 ms are waited for whenever a request goes from the loop to its thread, comes back from the disk, or is answered.
SWITCH_S = 0.0005


class Handler(ASGIHandler):
    """Django's handler with the whole of a request in one thread."""

    def __init__(self) -> None:
        BaseHandler.__init__(self)
        self.load_middleware()
        sys.setswitchinterval(SWITCH_S)
        self._first = ThreadPoolExecutor(FIRST[connection.vendor], thread_name_prefix="sending")
        self._sending = ThreadPoolExecutor(SENDING, thread_name_prefix="sending")
        self._looking = ThreadPoolExecutor(LOOKING, thread_name_prefix="looking")

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        """Answers one request. Once its body is here it is carried out whole, even where nobody waits any more."""
        if scope["type"] != "http":
            raise ValueError(f"only HTTP is served, not {scope['type']}")
        try:
            body = await self.read_body(receive)
        except RequestAborted:
            return
        with contextlib.closing(body):
            request, refused = self.create_request(scope, body)
            if request is None:
                await self.send_response(refused or HttpResponseBadRequest(), send)
                return
            # a context of its own: nothing set by a request (its time zone, say) stays in the thread
            answer = contextvars.Context().run
            work: tuple[Any, ...] = (answer, self._answered, scope, request)
            if request.method == "POST":
                response = await self._in_turn(*work)
            else:
                response = await asyncio.wrap_future(self._looking.submit(*work))
            if isinstance(response, StreamingHttpResponse):
                await self._stream(response, receive, send)
            else:
                await self.send_response(response, send)

    async def _in_turn(self, *work: Any) -> HttpResponseBase:
        """After what was sent before, or beside it where that takes long."""
        begun = self._first.submit(*work)
        answer = asyncio.wrap_future(begun)
        await asyncio.wait({answer}, timeout=LONGEST_TURN_S)
        if begun.cancel():  # it still waited
            answer = asyncio.wrap_future(self._sending.submit(*work))
        return await answer

    def _answered(self, scope: Any, request: ASGIRequest) -> HttpResponseBase:
        """In a thread: the answer, and what ends with the request (files sent, a worn-out connection)."""
        set_script_prefix(get_script_prefix(scope))
        signals.request_started.send(sender=self.__class__, scope=scope)
        response = self.get_response(request)
        if isinstance(response, StreamingHttpResponse):
            if response.is_async:
                signals.request_finished.send(sender=self.__class__)  # the stream has no part in this connection
                return response
            return _whole(response)
        response.close()
        return response

    async def _stream(self, response: StreamingHttpResponse, receive: Any, send: Any) -> None:
        """Send it as it comes, until its end or until nobody listens."""
        async with ThreadSensitiveContext():
            sending = asyncio.ensure_future(self.send_response(response, send))
            leaving = asyncio.ensure_future(self.listen_for_disconnect(receive))
            try:
                await asyncio.wait((sending, leaving), return_when=asyncio.FIRST_COMPLETED)
            finally:
                for task in (leaving, sending):
                    if not task.done():
                        task.cancel()
                ended = await asyncio.gather(leaving, sending, return_exceptions=True)
                await sync_to_async(response.close)()
            failed = ended[1]
            if isinstance(failed, Exception):
                raise failed


def _whole(response: StreamingHttpResponse) -> HttpResponse:
    """A file or another sequence of parts, read to its end where its connection and its file are."""
    try:
        whole = HttpResponse(b"".join(response), status=response.status_code)
    finally:
        response.close()
    del whole["Content-Type"]
    for name, value in response.items():
        whole[name] = value
    whole.cookies = response.cookies
    return whole


def _settled() -> None:
    """What stays for as long as the server runs is loaded now, and never again looked through for garbage.

    Python looks through everything it holds now and then, and stands still meanwhile: for 0.2 s with all of this.
    """
    facts.load()
    get_resolver()._populate()
    gc.collect()
    gc.freeze()


os.environ.setdefault("DJANGO_SETTINGS_MODULE", "holdfast.clinic.config.settings")
django.setup(set_prefix=False)
_settled()
application = BodyLimit(Handler(), settings.DATA_UPLOAD_MAX_MEMORY_SIZE)
