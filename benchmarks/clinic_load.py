"""People at chairs and boards on walls: each chair posts one observation every two seconds, each board listens.

Plain HTTP/1.1 over asyncio streams, a connection kept for each: a load script that costs little of the two cores.
"""

from __future__ import annotations

import asyncio
import datetime as dt
import json
import random
import time
import uuid
from collections import Counter
from dataclasses import dataclass, field
from typing import Any

TOKEN = "b" * 32  # a CSRF token of the form Django makes, in the cookie and in the header
HOST = "127.0.0.1"
WHOLE_BOARD = 2**24  # bytes; an event that draws a board of a hundred chairs is one line


@dataclass
class Seen:
    """What the clients saw. Round trips in seconds; events by kind of every board together."""

    round_trips: list[float] = field(default_factory=list)
    statuses: Counter[int] = field(default_factory=Counter)
    events: Counter[str] = field(default_factory=Counter)
    boards: int = 0
    refused_boards: int = 0


async def chair(port: int, one: dict[str, Any], every_s: float, until: float, seen: Seen, wait_s: float) -> None:
    """One observation after another, each with a key of its own; a slow answer delays the next one."""
    await asyncio.sleep(wait_s)
    reader, writer = await asyncio.open_connection(HOST, port)
    number = 0
    while (begun := time.perf_counter()) < until:
        given = {"hr_per_min": 60 + number % 40}
        made_at = dt.datetime.now(dt.UTC).isoformat()
        entry = {"key": str(uuid.uuid4()), "kind": "observation", "given": given, "made_at": made_at}
        writer.write(_post(port, one, json.dumps(entry)))
        await writer.drain()
        status = await _answer(reader)
        seen.round_trips.append(time.perf_counter() - begun)
        seen.statuses[status] += 1
        number += 1
        await asyncio.sleep(max(0.0, every_s - (time.perf_counter() - begun)))
    writer.close()


def _post(port: int, one: dict[str, Any], body: str) -> bytes:
    head = (
        f"POST {one['path']} HTTP/1.1\r\nHost: {HOST}:{port}\r\nContent-Type: application/json\r\n"
        f"Content-Length: {len(body)}\r\nCookie: {one['cookie']}; holdfast_csrf={TOKEN}\r\nX-CSRFToken: {TOKEN}\r\n\r\n"
    )
    return (head + body).encode()


async def _answer(reader: asyncio.StreamReader) -> int:
    """The status; the body is read to its end."""
    head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1").lower()
    length = next((int(line.split(":")[1]) for line in head.split("\r\n") if line.startswith("content-length:")), None)
    if length is None:  # a page in place of an answer
        raise ValueError(f"a post was answered by no entry: {head}")
    await reader.readexactly(length)
    return int(head.split(" ", 2)[1])


async def board(port: int, path: str, cookie: str, until: float, seen: Seen) -> None:
    """Listen to the live board until the end."""
    reader, writer = await asyncio.open_connection(HOST, port, limit=WHOLE_BOARD)
    writer.write(f"GET {path} HTTP/1.1\r\nHost: {HOST}:{port}\r\nCookie: {cookie}\r\n\r\n".encode())
    await writer.drain()
    head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1")
    if " 200 " not in head.split("\r\n", 1)[0]:
        seen.refused_boards += 1
        writer.close()
        return
    seen.boards += 1
    while (left := until - time.perf_counter()) > 0:
        try:
            line = await asyncio.wait_for(reader.readline(), left)
        except TimeoutError:
            break
        if not line:
            break
        if line.startswith(b"event: "):
            seen.events[line[7:].strip().decode()] += 1
    writer.close()


async def load(port: int, ready: dict[str, Any], *, boards: int, every_s: float, seconds: float) -> Seen:
    """Everybody at once for so long; chairs begin spread over one interval."""
    seen, until = Seen(), time.perf_counter() + seconds
    dice = random.Random(1)
    watchers = [board(port, ready["board"], ready["watcher"], until, seen) for _ in range(boards)]
    chairs = [chair(port, one, every_s, until, seen, dice.uniform(0, every_s)) for one in ready["chairs"]]
    await asyncio.gather(*watchers, *chairs)
    return seen
