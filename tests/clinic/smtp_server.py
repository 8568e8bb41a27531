"""A mail server of the tests on a real socket: enough of SMTP (RFC 5321) to take a mail or to refuse it."""

from __future__ import annotations

import socketserver
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field


@dataclass
class Inbox:
    """What arrived. `refuse` is the reply to every recipient, where there is one."""

    mails: list[tuple[list[str], str]] = field(default_factory=list)
    refuse: str = ""
    port: int = 0


class _Talk(socketserver.StreamRequestHandler):
    timeout = 10

    def handle(self) -> None:
        inbox: Inbox = self.server.inbox  # type: ignore[attr-defined]
        recipients: list[str] = []
        self._say("220 test server")
        while line := self.rfile.readline().decode().strip():
            word = line.split(" ")[0].upper()
            if word == "RCPT" and inbox.refuse:
                self._say(inbox.refuse)
            elif word == "RCPT":
                recipients.append(line.split("<")[1].split(">")[0])
                self._say("250 taken")
            elif word == "DATA":
                self._say("354 go on")
                inbox.mails.append((recipients, self._body()))
                self._say("250 stored")
            elif word == "QUIT":
                self._say("221 bye")
                return
            else:
                self._say("250 fine")

    def _say(self, text: str) -> None:
        self.wfile.write(f"{text}\r\n".encode())

    def _body(self) -> str:
        lines = []
        while (line := self.rfile.readline().decode()) not in (".\r\n", ""):
            lines.append(line.rstrip("\r\n"))
        return "\n".join(lines)


@contextmanager
def smtp_server() -> Iterator[Inbox]:
    """Listens on a free port of this machine until the block ends."""
    with socketserver.ThreadingTCPServer(("127.0.0.1", 0), _Talk) as server:
        server.daemon_threads = True
        inbox = Inbox(port=server.server_address[1])
        server.inbox = inbox  # type: ignore[attr-defined]
        thread = threading.Thread(target=server.serve_forever, daemon=True)
        thread.start()
        try:
            yield inbox
        finally:
            server.shutdown()
            thread.join(timeout=5)
