"""Open pages hear of alerts: one thread asks the database for its newest rows, and each page is told a version.

Nothing is said about whom an alert concerns: a page that hears of another version than the one it shows asks for its
banner anew, and gets what the person may see. The thread asks for three numbers every two seconds, off the path of
whoever saves, and only while a page is open; a round of calls and somebody who takes an alert are rows too.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import logging
import threading
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass

from django.db import connection
from django.db.models import Max
from django.utils import timezone

from holdfast.clinic.accounts.models import User
from holdfast.clinic.alerts.models import AlertTaken, AlertTold, CrisisAlert
from holdfast.clinic.alerts.queries import banner_for

LOOK_EVERY_S = 2.0
ASKED_AGAIN_AFTER_S = 30.0  # what only the clock changes: a turn of the rota begins, the minutes of the last one end
BEAT_S = 10.0
ALLOWED_AGAIN_S = 60.0  # a version says nothing; the banner itself is asked for as the person who is signed in
_log = logging.getLogger("holdfast.alerts")


@dataclass(eq=False)
class Listener:
    """One open answer. `version` is what its person's banner is now, `told` what the page was told; empty = nothing."""

    user_pk: int
    loop: asyncio.AbstractEventLoop
    changed: asyncio.Event
    version: str = ""
    told: str = ""

    def news(self) -> str:
        """The event for a page that was told another version; empty where there is none."""
        if self.version == self.told:
            return ""
        self.told = self.version
        return f"event: alerts\ndata: {json.dumps({'version': self.version})}\n\n"


class Watch:
    """Looks for new rows in one thread that ends with the last page."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._listeners: set[Listener] = set()
        self._thread: threading.Thread | None = None
        self._seen: tuple[int, ...] | None = None
        self._asked_at = 0.0

    def join(self, listener: Listener) -> None:
        """A page listens; the first one starts the thread."""
        with self._lock:
            self._listeners.add(listener)
            self._seen = None  # to be told in the next round
            self._begin()

    def leave(self, listener: Listener) -> None:
        """The page is closed."""
        with self._lock:
            self._listeners.discard(listener)

    def _begin(self) -> None:
        if self._thread is None:
            self._thread = threading.Thread(target=self._run, name="alerts-live", daemon=True)
            self._thread.start()

    def round(self) -> bool:
        """Look once. True where every person's banner was asked for."""
        newest = tuple(
            model.objects.aggregate(newest=Max("pk"))["newest"] or 0 for model in (CrisisAlert, AlertTold, AlertTaken)
        )
        now_s = time.monotonic()
        with self._lock:
            if newest == self._seen and now_s - self._asked_at < ASKED_AGAIN_AFTER_S:
                return False
            self._seen, self._asked_at = newest, now_s
            listeners = list(self._listeners)
        versions = _versions({listener.user_pk for listener in listeners})
        for listener in listeners:
            version = versions.get(listener.user_pk, "")
            if version and version != listener.version:
                listener.version = version
                with contextlib.suppress(RuntimeError):  # its loop has ended with the server
                    listener.loop.call_soon_threadsafe(listener.changed.set)
        return True

    def _run(self) -> None:
        try:
            while not self._ends():
                try:
                    self.round()
                except Exception as error:  # busy, full, restarted: whoever opens a page sees it all the same
                    _log.error("open pages could not be told of alerts (%s); trying again", type(error).__name__)
                    self._seen = None
                    connection.close()
                time.sleep(LOOK_EVERY_S)
        finally:
            connection.close()

    def _ends(self) -> bool:
        with self._lock:
            if not self._listeners:
                self._thread, self._seen = None, None
                return True
        return False


WATCH = Watch()  # one in the process


def _versions(user_pks: set[int]) -> dict[int, str]:
    now = timezone.now()
    people = User.objects.filter(pk__in=user_pks, is_active=True)
    return {user.pk: banner_for(user, now).version for user in people}


async def events(
    user_pk: int, *, still_allowed: Callable[[], Awaitable[bool]], watch: Watch = WATCH
) -> AsyncIterator[str]:
    """The open answer of one page: `alerts` with the version to show, `beat` every ten seconds, `end` to stop."""
    listener = Listener(user_pk, asyncio.get_running_loop(), asyncio.Event())
    watch.join(listener)
    asked_at = time.monotonic()
    try:
        yield "retry: 3000\n\n"
        while True:
            yield listener.news() or "event: beat\ndata: {}\n\n"
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(listener.changed.wait(), BEAT_S)
            listener.changed.clear()
            if time.monotonic() - asked_at >= ALLOWED_AGAIN_S:
                asked_at = time.monotonic()
                if not await still_allowed():
                    yield "event: end\ndata: {}\n\n"
                    return
    finally:
        watch.leave(listener)
