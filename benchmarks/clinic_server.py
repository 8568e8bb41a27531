"""The server of `make bench-clinic`: the clinic as `holdfast serve` runs it, with a clock around each saved entry.

    python -m benchmarks.clinic_server PORT CHAIRS TIMES.json

Fills an empty data folder (HOLDFAST_DATA, HOLDFAST_DATABASE_URL as always), writes on stdout what clients need, serves
until SIGTERM, and then writes the server's own times of every entry that was posted: from the first byte of the request
at the application to the last byte of its answer, waiting for a thread and for the database included.
"""

from __future__ import annotations

import json
import signal
import sys
import time
from pathlib import Path
from typing import Any

ENTRIES = "/flow-sheet/entries/"
LOG_FILES = 5  # as many as PostgreSQL keeps as it comes (min_wal_size of 80 MB)


class Timed:
    """An ASGI application around another one: seconds and status of each posted entry."""

    def __init__(self, application: Any) -> None:
        self._application = application
        self.times: list[tuple[float, float, int]] = []  # since the start of the clock, how long, status

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        """Answers as the application does."""
        if scope["type"] != "http" or scope["method"] != "POST" or not scope["path"].endswith(ENTRIES):
            await self._application(scope, receive, send)
            return
        begun, status = time.perf_counter(), 0

        async def timed_send(message: Any) -> None:
            nonlocal status
            status = message.get("status", status)
            await send(message)
            if message["type"] == "http.response.body" and not message.get("more_body"):
                self.times.append((begun, time.perf_counter() - begun, status))

        await self._application(scope, receive, timed_send)


def _as_if_at_work_for_days() -> None:
    """Let a new PostgreSQL have log files to use again. Its user must be allowed to.

    The first time that 16 MB of its log are full it makes the next file, and every commit waits 0.1 s for that; later
    it takes an old one. In 40 s a new server does so once or twice, and one at work never.
    """
    from django.db import connection

    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            for _ in range(LOG_FILES):
                cursor.execute("SELECT pg_logical_emit_message(false, 'benchmark', 'full'), pg_switch_wal()")
            cursor.execute("CHECKPOINT")
    connection.close()


def main(port: int, chairs: int, times: Path) -> None:
    """Fill, serve, write."""
    from holdfast.clinic.config.start import open_clinic

    open_clinic()
    from benchmarks.clinic_day import filled
    from holdfast.clinic.alerts import watch

    ready = filled(chairs)
    _as_if_at_work_for_days()
    import uvicorn

    from holdfast.clinic.config.asgi import application

    timed = Timed(application)
    config = uvicorn.Config(timed, host="127.0.0.1", port=port, lifespan="off", log_level="warning", access_log=False,
                            server_header=False, timeout_graceful_shutdown=2)  # fmt: skip
    stop = watch.start()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))  # uvicorn raises it again once it has stopped
    sys.stdout.write(json.dumps(ready) + "\n")
    sys.stdout.flush()
    try:
        uvicorn.Server(config).run()
    finally:
        stop.set()
        times.write_text(json.dumps(timed.times), encoding="utf-8")


if __name__ == "__main__":
    main(int(sys.argv[1]), int(sys.argv[2]), Path(sys.argv[3]))
