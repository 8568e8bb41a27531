"""The live board: one thread looks for changes and has each board drawn once; every screen is told what changed.

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
import random
import threading
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass, field

from django.conf import settings
from django.db import connection
from django.utils import timezone

from holdfast.clinic.alerts.live import WATCH as ALERTS
from holdfast.clinic.alerts.live import Listener
from holdfast.clinic.audit.models import AuditHead
from holdfast.clinic.board.day import ASKED_AGAIN_AFTER
from holdfast.clinic.board.drawing import Drawing, Here, OwnProcess
from holdfast.clinic.board.tiles import Drawn, Look

LOOK_EVERY_S = 1.0
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
    """Has the boards drawn that screens look at; one thread asks for it, and ends with the last screen."""

    def __init__(self, drawing: Drawing | None = None) -> None:
        self._drawing = drawing or Here()
        self._lock = threading.Lock()
        self._screens: set[Screen] = set()
        self._thread: threading.Thread | None = None
        self._drawn: dict[Look, Drawn] = {}
        self._messages: dict[tuple[Look, str, str], str] = {}
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
        self._drawn, self._messages = self._drawing.draw(looks, now), {}
        self._drew_at = now
        self._tell()
        return True

    def message(self, screen: Screen, found: Drawn) -> str:
        """What a screen is sent now. Screens that have the same are sent the same, put in words once."""
        messages, key = self._messages, (screen.look, screen.version if screen.sent else "", found.version)
        if screen.version == found.version:
            text = _beat(found)
        else:
            text = messages.get(key) or messages.setdefault(key, _fresh(screen, found))
        screen.version, screen.sent = found.version, found.digests
        return text

    def _tell(self) -> None:
        with self._lock:
            screens = list(self._screens)
        for screen in screens:
            with contextlib.suppress(RuntimeError):  # its loop has ended with the server
                screen.loop.call_soon_threadsafe(screen.changed.set)

    def _run(self) -> None:
        try:
            while not self._ends():
                try:
                    self.round()
                except Exception as error:  # busy, full, restarted: screens see that nothing new comes, and say so
                    _log.error("the board could not be read (%s); trying again", type(error).__name__)
                    connection.close()
                time.sleep(LOOK_EVERY_S)
        finally:
            connection.close()

    def _ends(self) -> bool:
        with self._lock:
            if not self._screens:
                self._thread, self._seen, self._drawn, self._messages = None, None, {}, {}
                self._drawing.end()
                return True
        return False


WATCH = Watch(OwnProcess() if settings.BOARDS_IN_OWN_PROCESS else Here())  # one in the server


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
    asked_at = time.monotonic() - random.uniform(0, ALLOWED_AGAIN_S / 2)
    try:
        yield "retry: 3000\n\n"
        while True:
            found = watch.now_drawn(look)
            if found is not None:
                yield watch.message(screen, found)
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


def _beat(found: Drawn) -> str:
    """That nothing changed since."""
    return f"event: beat\ndata: {json.dumps({'at': found.at.isoformat()})}\n\n"


def _fresh(screen: Screen, found: Drawn) -> str:
    """What the screen lacks."""
    lacking = {key: html for key, (digest, html) in found.tiles.items() if screen.sent.get(key) != digest}
    said = {"at": found.at.isoformat(), "summary": found.summary, "sections": found.sections, "tiles": lacking}
    return f"event: board\nid: {found.version}\ndata: {json.dumps(said)}\n\n"
