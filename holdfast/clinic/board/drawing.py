"""Boards are drawn in a process of their own.

Threads of one process share one interpreter. A board of a hundred chairs takes it for a tenth of a second, and
meanwhile whoever saves an entry would wait, again at each of the dozen questions that saving asks the database. So
`OwnProcess` starts another one with the first screen, which draws when it is asked, behind everything else on the
machine, and ends with the last screen or with the server.
"""

from __future__ import annotations

import datetime as dt
import os
import signal
from collections.abc import Iterable
from dataclasses import dataclass, field
from multiprocessing import get_context
from multiprocessing.connection import Connection
from multiprocessing.process import BaseProcess
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:  # the other process imports this module before Django knows its settings
    from holdfast.clinic.board.day import DayReader
    from holdfast.clinic.board.tiles import Drawn, Look

LONGEST_S = 30.0  # until the other process has answered, its start included
BEHIND = 5  # niceness: where there are more boards than cores, entries go first


class Drawing(Protocol):
    """Draws what screens look at."""

    def draw(self, looks: Iterable[Look], now: dt.datetime) -> dict[Look, Drawn]:
        """Each board as of now."""

    def end(self) -> None:
        """Nobody looks any more."""


@dataclass
class Here:
    """In this process; what was read and drawn is kept for the next time."""

    _readers: dict[int, DayReader] = field(default_factory=dict)
    _drawn: dict[Look, Drawn] = field(default_factory=dict)

    def draw(self, looks: Iterable[Look], now: dt.datetime) -> dict[Look, Drawn]:
        """Each programme is read once, and tiles that tell the same as before are not drawn again."""
        from holdfast.clinic.board.day import DayReader
        from holdfast.clinic.board.tiles import drawn

        programmes = {look.programme_pk for look in looks}
        self._readers = {pk: self._readers.get(pk) or DayReader(pk) for pk in programmes}
        boards = {pk: reader.board(now) for pk, reader in self._readers.items()}
        self._drawn = {look: drawn(boards[look.programme_pk], look, self._drawn.get(look)) for look in looks}
        return self._drawn

    def end(self) -> None:
        """Forget it."""
        self._readers, self._drawn = {}, {}


class OwnProcess:
    """In another process, which is started when it is asked and is not there."""

    def __init__(self) -> None:
        self._process: BaseProcess | None = None
        self._asks: Connection | None = None

    def draw(self, looks: Iterable[Look], now: dt.datetime) -> dict[Look, Drawn]:
        """As the other process answers. Raises `ChildProcessError` where it does not, or could not draw."""
        asks = self._asks or self._begin()
        try:
            asks.send((frozenset(looks), now))
            if not asks.poll(LONGEST_S):
                raise ChildProcessError(f"no board within {LONGEST_S:g} s")
            found = asks.recv()
        except (OSError, EOFError) as error:
            self.end()
            raise ChildProcessError(type(error).__name__) from None
        if isinstance(found, str):
            raise ChildProcessError(found)
        drawn: dict[Look, Drawn] = found
        return drawn

    def _begin(self) -> Connection:
        context = get_context("spawn")  # a fork would take the locks of our threads along
        self._asks, answers = context.Pipe()
        self._process = context.Process(target=_draw_when_asked, args=(answers,), name="boards", daemon=True)
        self._process.start()
        answers.close()  # theirs alone: when this process ends, however it ends, they read the end of the line
        return self._asks

    def end(self) -> None:
        """Let it go."""
        if self._asks is not None:
            self._asks.close()
        if self._process is not None:
            self._process.kill()  # it only reads
            self._process.join()
        self._process = self._asks = None


def _draw_when_asked(answers: Connection) -> None:
    """The other process: draws until nobody can ask any more."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C reaches both; the server ends this one
    if hasattr(os, "nice"):  # not on Windows
        os.nice(BEHIND)
    import django

    django.setup()
    from django.db import close_old_connections

    here = Here()
    while True:
        try:
            looks, now = answers.recv()
        except EOFError:
            return
        close_old_connections()
        try:
            answers.send(here.draw(looks, now))
        except BrokenPipeError:
            return
        except Exception as error:  # busy, full, restarted: said to whoever asked, who asks again
            answers.send(type(error).__name__)
