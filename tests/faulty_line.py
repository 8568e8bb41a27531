"""A line between browser and server that fails as it is told: for tests of what must not be lost on it."""

from __future__ import annotations

import contextlib
import socket
import struct
import threading
import time
from enum import StrEnum

CHUNK = 65536
RESET = struct.pack("ii", 1, 0)  # linger of 0 s: closing sends RST instead of FIN


class Fault(StrEnum):
    """How the line fails. Every fault but `none` and `slow` also breaks what is open."""

    NONE = "none"
    CUT = "cut"  # every connection is reset, new ones too
    SILENT = "silent"  # half-open: connections are taken, nothing passes
    ANSWERLESS = "answerless"  # requests arrive, answers do not: the server has committed, nobody hears of it
    TORN = "torn"  # the answer breaks off after a few bytes
    SLOW = "slow"  # everything passes, late


class FaultyLine:
    """Listens on a port of its own and passes everything to `server_port`, as long as `fault` lets it."""

    def __init__(self, server_port: int, *, delay_s: float = 0.3) -> None:
        self.server_port, self.delay_s = server_port, delay_s
        self.fault = Fault.NONE
        self.swallowed = 0  # answers that did not arrive
        self._open: set[socket.socket] = set()
        self._lock = threading.Lock()
        self._listener = socket.create_server(("127.0.0.1", 0), backlog=128)
        self.port = int(self._listener.getsockname()[1])
        threading.Thread(target=self._accept, daemon=True).start()

    @property
    def url(self) -> str:
        """Where clients connect."""
        return f"http://127.0.0.1:{self.port}"

    def fail(self, fault: Fault) -> None:
        """From now on; a cut resets what is open."""
        self.fault = fault
        if fault in (Fault.CUT, Fault.NONE):
            self.reset()

    def reset(self) -> None:
        """Break every open connection."""
        with self._lock:
            held, self._open = list(self._open), set()
        for one in held:
            self._break(one)

    def close(self) -> None:
        """Stop listening, and break what is open."""
        self._listener.close()
        self.reset()

    @staticmethod
    def _break(one: socket.socket) -> None:
        with contextlib.suppress(OSError):
            one.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, RESET)
        with contextlib.suppress(OSError):
            one.shutdown(socket.SHUT_RDWR)
        one.close()

    def _accept(self) -> None:
        while True:
            try:
                client, _ = self._listener.accept()
            except OSError:
                return
            threading.Thread(target=self._connect, args=(client,), daemon=True).start()

    def _connect(self, client: socket.socket) -> None:
        if self.fault is Fault.CUT:
            self._break(client)
            return
        try:
            server = socket.create_connection(("127.0.0.1", self.server_port), timeout=5)
        except OSError:
            self._break(client)
            return
        server.settimeout(None)
        with self._lock:
            self._open |= {client, server}
        threading.Thread(target=self._pass, args=(client, server, False), daemon=True).start()
        self._pass(server, client, True)

    def _pass(self, source: socket.socket, sink: socket.socket, is_answer: bool) -> None:
        with contextlib.suppress(OSError):
            while chunk := source.recv(CHUNK):
                while self.fault is Fault.SILENT:
                    time.sleep(0.02)
                if self.fault is Fault.SLOW:
                    time.sleep(self.delay_s)
                if is_answer and self.fault in (Fault.ANSWERLESS, Fault.TORN):
                    self.swallowed += 1
                    if self.fault is Fault.TORN:
                        sink.sendall(chunk[:20])
                    break
                sink.sendall(chunk)
        with self._lock:
            self._open -= {source, sink}
        self._break(source)
        self._break(sink)
