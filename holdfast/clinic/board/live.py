"""The live board: one thread looks for changes and draws each board once; every screen is told what changed.

A screen holds an open answer (server-sent events) and costs nothing while nothing happens. The thread asks one cheap
question a second, the number of the newest entry in the record of actions, for nothing changes without one. Where
there is a newer one, or ten seconds have passed, the boards that somebody watches are drawn anew, and each screen is
sent only the tiles that differ from what it has. A slow screen skips states; it never makes another one wait.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import logging
import threading
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass, field
from typing import Any

from django.db import connection
from django.utils import timezone

from holdfast.clinic.alerts.live import WATCH as ALERTS
from holdfast.clinic.alerts.live import Listener
from holdfast.clinic.audit.models import AuditHead
from holdfast.clinic.board.day import ASKED_AGAIN_AFTER, DayReader
from holdfast.clinic.board.tiles import Drawn, Look, drawn

LOOK_EVERY_S = 1.0
BUSY_SHARE = 0.2  # of the time at most that the thread works: entries must not wait for boards
BEAT_S = 10.0  # a screen that hears nothing for longer is no longer live
ALLOWED_AGAIN_S = 20.0
_log = logging.getLogger("holdfast.board")


@dataclass(eq=False)
class Screen:
    """One open answer. `sent` are the tiles it has, by their digests."""

    look: Look
    loop: asyncio.AbstractEventLoop
    changed: asyncio.Event = field(default_factory=asyncio.Event)
    sent: dict[str, str] = field(default_factory=dict)
    version: str = ""


class Watch:
    """Draws the boards that screens look at, in one thread that ends with the last screen."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._screens: set[Screen] = set()
        self._thread: threading.Thread | None = None
        self._readers: dict[int, DayReader] = {}
        self._drawn: dict[Look, Drawn] = {}
        self._seen: int | None = None
        self._drew_at = timezone.now() - 2 * ASKED_AGAIN_AFTER

    def join(self, screen: Screen) -> None:
        """A screen looks; the first one starts the thread."""
        with self._lock:
            self._screens.add(screen)
            self._seen = self._seen if screen.look in self._drawn else None  # to be drawn in the next round
            self._begin()

    def _begin(self) -> None:
        if self._thread is None:
            self._thread = threading.Thread(target=self._run, name="board", daemon=True)
            self._thread.start()

    def leave(self, screen: Screen) -> None:
        """The screen looks away."""
        with self._lock:
            self._screens.discard(screen)

    def now_drawn(self, look: Look) -> Drawn | None:
        """The board as it was drawn last; None before the first time."""
        return self._drawn.get(look)

    @property
    def screens(self) -> int:
        """How many look."""
        return len(self._screens)

    def round(self) -> bool:
        """Look once, and draw what changed. True where boards were drawn."""
        now = timezone.now()
        newest = AuditHead.objects.values_list("seq", flat=True).first() or 0
        if newest == self._seen and now - self._drew_at < ASKED_AGAIN_AFTER:
            return False
        with self._lock:
            looks = {screen.look for screen in self._screens}
            self._seen = newest
        boards = {}
        for pk in {look.programme_pk for look in looks}:
            boards[pk] = self._readers.setdefault(pk, DayReader(pk)).board(now)
        for look in looks:
            self._drawn[look] = drawn(boards[look.programme_pk], look, self._drawn.get(look))
        self._drew_at = now
        self._forget(looks)
        self._tell()
        return True

    def _forget(self, looks: set[Look]) -> None:
        self._drawn = {look: found for look, found in self._drawn.items() if look in looks}
        programmes = {look.programme_pk for look in looks}
        self._readers = {pk: reader for pk, reader in self._readers.items() if pk in programmes}

    def _tell(self) -> None:
        with self._lock:
            screens = list(self._screens)
        for screen in screens:
            with contextlib.suppress(RuntimeError):  # its loop has ended with the server
                screen.loop.call_soon_threadsafe(screen.changed.set)

    def _run(self) -> None:
        try:
            while not self._ends():
                begun = time.monotonic()
                try:
                    self.round()
                except Exception as error:  # busy, full, restarted: screens see that nothing new comes, and say so
                    _log.error("the board could not be read (%s); trying again", type(error).__name__)
                    connection.close()
                took = time.monotonic() - begun
                time.sleep(max(LOOK_EVERY_S, took / BUSY_SHARE))
        finally:
            connection.close()

    def _ends(self) -> bool:
        with self._lock:
            if not self._screens:
                self._thread, self._seen, self._drawn, self._readers = None, None, {}, {}
                return True
        return False


WATCH = Watch()  # one in the process


async def events(
    look: Look,
    *,
    last_id: str,
    still_allowed: Callable[[], Awaitable[bool]],
    watch: Watch = WATCH,
    alerts_of: int | None = None,
) -> AsyncIterator[str]:
    """The open answer of one screen: `board` with what differs, `beat` every ten seconds, `end` where it must stop.

    `last_id` is the version the screen had before it lost the connection: then nothing it has is sent again.
    `alerts_of` is the person (by key) who is told of alerts by the same answer; None = one who may not see any.
    """
    screen = Screen(look, asyncio.get_running_loop(), version=last_id)
    watch.join(screen)
    listener = Listener(alerts_of, screen.loop, screen.changed) if alerts_of is not None else None
    if listener is not None:
        ALERTS.join(listener)
    asked_at = time.monotonic()
    try:
        yield "retry: 3000\n\n"
        while True:
            found = watch.now_drawn(look)
            if found is not None:
                yield _message(screen, found)
            if listener is not None and (news := listener.news()):
                yield news
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(screen.changed.wait(), BEAT_S)
            screen.changed.clear()
            if time.monotonic() - asked_at >= ALLOWED_AGAIN_S:
                asked_at = time.monotonic()
                if not await still_allowed():
                    yield "event: end\ndata: {}\n\n"
                    return
    finally:
        watch.leave(screen)
        if listener is not None:
            ALERTS.leave(listener)


def _message(screen: Screen, found: Drawn) -> str:
    """What the screen lacks, or that nothing changed since."""
    said: dict[str, Any] = {"at": found.at.isoformat()}
    if screen.version == found.version:
        screen.sent = found.digests
        return f"event: beat\ndata: {json.dumps(said)}\n\n"
    fresh = {key: html for key, (digest, html) in found.tiles.items() if screen.sent.get(key) != digest}
    said |= {"summary": found.summary, "sections": found.sections, "tiles": fresh}
    screen.version, screen.sent = found.version, found.digests
    return f"event: board\nid: {found.version}\ndata: {json.dumps(said)}\n\n"
