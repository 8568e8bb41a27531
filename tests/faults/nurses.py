"""Nurses who enter without pause, each as the browser's queue does: one key an entry, sent until it is acknowledged."""

from __future__ import annotations

import datetime as dt
import http.client
import json
import re
import threading
import time
import urllib.error
import urllib.parse
import urllib.request
import uuid
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from http.cookiejar import CookieJar
from typing import Any

from tests.faults.prepare import PASSWORD

PATIENCE_S, SIGN_IN_S = 5.0, 60.0
BREATH_S = 0.02
BROKEN = (urllib.error.URLError, http.client.HTTPException, OSError, TimeoutError)
TOKEN = re.compile(r'name="csrfmiddlewaretoken" value="([^"]+)"')


class _Stay(urllib.request.HTTPRedirectHandler):
    def redirect_request(self, *args: Any, **kwargs: Any) -> None:
        return None


@dataclass
class Nurse:
    """One person entering. `made` is every entry by key, `acknowledged` those the server said it has."""

    url: str
    told: dict[str, Any]
    new_key_each_time: bool = False  # what a page without keys of its own would do
    made: dict[str, str] = field(default_factory=dict)
    acknowledged: dict[str, int] = field(default_factory=dict)
    unanswered: int = 0  # sendings that broke, or were answered as not stored
    had_arrived: int = 0  # entries that were in the record although nobody had heard of it
    answers: Counter = field(default_factory=Counter)
    faults: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self._stop = threading.Event()
        self._opener = urllib.request.build_opener(urllib.request.HTTPCookieProcessor(CookieJar()), _Stay)
        self._token, self._patience_s = "", SIGN_IN_S
        self._thread = threading.Thread(target=self._work, daemon=True)

    def sign_in(self) -> None:
        """With name and password, over the line."""
        page = self._ask("/accounts/login/")[1]
        sent = {"login": self.told["username"], "password": PASSWORD, "csrfmiddlewaretoken": _token(page)}
        status, _ = self._ask("/accounts/login/", urllib.parse.urlencode(sent).encode())
        assert status == 302, status
        self._token = json.loads(self._ask(self.told["paths"][0])[1])["token"]
        self._patience_s = PATIENCE_S

    def begin(self) -> None:
        """Enter until `end`."""
        self._thread.start()

    def end(self) -> None:
        """Finish the entry in hand and stop."""
        self._stop.set()
        self._thread.join(timeout=120)
        if self._thread.is_alive():
            self.faults.append("did not come to an end")

    def new_entry(self) -> tuple[str, dict[str, Any]]:
        """The next entry: where it goes, and what is sent."""
        number = len(self.made)
        key, note = str(uuid.uuid4()), f"{self.told['username']} entry {number}"
        self.made[key] = note
        fields = {"hr_per_min": str(50 + number % 60), "note": note}
        sent = {"key": key, "kind": "observation", "fields": fields, "by": self.told["person"],
                "made_at": dt.datetime.now(dt.UTC).isoformat()}  # fmt: skip
        return self.told["paths"][number % len(self.told["paths"])], sent

    def send(self, path: str, sent: dict[str, Any]) -> tuple[int, str]:
        """One sending; 0 where the line broke."""
        body = json.dumps(sent | {"sent_at": dt.datetime.now(dt.UTC).isoformat()}).encode()
        try:
            status, text = self._ask(path, body, {"Content-Type": "application/json", "X-CSRFToken": self._token})
        except BROKEN:
            status, text = 0, ""
        self.answers[status] += 1
        if status in (200, 201):
            self.acknowledged[sent["key"]] = status
            self.had_arrived += status == 200
        elif status == 0 or status >= 500:
            self.unanswered += 1
        else:
            self.faults.append(f"answered {status}: {text[:200]}")
        return status, text

    def _work(self) -> None:
        while not self._stop.is_set():
            path, sent = self.new_entry()
            while sent["key"] not in self.acknowledged and len(self.faults) < 3:
                self.send(path, sent)
                if sent["key"] not in self.acknowledged and self.new_key_each_time:
                    del self.made[sent["key"]]
                    sent["key"] = str(uuid.uuid4())
                    self.made[sent["key"]] = sent["fields"]["note"]
                time.sleep(BREATH_S)

    def read(self, path: str) -> int:
        """The status of a page."""
        return self._ask(path)[0]

    def _ask(self, path: str, body: bytes | None = None, headers: dict[str, str] | None = None) -> tuple[int, str]:
        request = urllib.request.Request(self.url + path, data=body, headers=headers or {})
        try:
            with self._opener.open(request, timeout=self._patience_s) as answer:
                return answer.status, answer.read().decode()
        except urllib.error.HTTPError as answered:
            return answered.code, answered.read().decode()


def _token(page: str) -> str:
    found = TOKEN.search(page)
    assert found, "the page has no token"
    return found[1]


def faults_in(nurses: Iterable[Nurse], stored: list[tuple[str, str]]) -> list[str]:
    """Every acknowledged entry that is not in the record as it was sent, every doubled one, and what went wrong."""
    made: dict[str, str] = {}
    acknowledged: list[str] = []
    found: list[str] = []
    for nurse in nurses:
        made |= {uuid.UUID(key).hex: note for key, note in nurse.made.items()}
        acknowledged += [uuid.UUID(key).hex for key in nurse.acknowledged]
        found += nurse.faults
    kept = {uuid.UUID(key).hex: note for key, note in stored}
    found += [f"lost: {made[key]}" for key in acknowledged if kept.get(key) != made[key]]
    found += [f"doubled: {note}" for note, times in Counter(note for _, note in stored).items() if times > 1]
    found += [f"not ours: {note}" for key, note in kept.items() if made.get(key) != note]
    return found
