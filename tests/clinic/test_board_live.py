"""The live board: screens are told what changed, and nothing else; who may no longer see it is told to stop."""

from __future__ import annotations

import asyncio
import datetime as dt
import json
from collections.abc import Iterator
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from holdfast.clinic.accounts.actions import change_role, deactivate_user, set_programmes
from holdfast.clinic.accounts.models import CommandLine, User
from holdfast.clinic.board import live, tiles, views
from holdfast.clinic.board.live import Watch, events
from holdfast.clinic.board.tiles import Look
from tests.clinic.conftest import NOW, PASSWORD, People, new_patient
from tests.clinic.flow_sheet_days import CALM, Day, new_day

pytestmark = pytest.mark.django_db


class ByHand(Watch):
    """Looks when the test says so, in the thread of the test."""

    def _begin(self) -> None:
        pass


class Clock:
    """The time of the server."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.now = NOW
        monkeypatch.setattr("django.utils.timezone.now", lambda: self.now)

    def passes(self, seconds: float) -> None:
        self.now += dt.timedelta(seconds=seconds)


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    return Clock(monkeypatch)


@pytest.fixture
def runner() -> Iterator[asyncio.Runner]:
    """Runs the loop a step at a time: between the steps the test asks the database, which no loop may."""
    with asyncio.Runner() as running:
        yield running


class Open:
    """One open answer, read event by event. `kind`, `id` and `told` are of the last."""

    def __init__(self, runner: asyncio.Runner, watch: Watch, look: Look, *, last_id: str = "", **more: Any) -> None:
        self._runner = runner
        self._stream = events(look, last_id=last_id, watch=watch, **{"still_allowed": allowed, **more})
        assert self._text().startswith("retry: ")

    def _text(self) -> str:
        async def one() -> str:
            return await asyncio.wait_for(anext(self._stream), 5)

        return self._runner.run(one())

    def hear(self) -> Open:
        text = self._text()
        assert text.endswith("\n\n")
        fields = dict(line.split(": ", 1) for line in text.strip().splitlines())
        self.kind, self.id, self.told = fields["event"], fields.get("id", ""), json.loads(fields["data"])
        return self

    def close(self) -> None:
        async def end() -> None:
            await self._stream.aclose()  # type: ignore[attr-defined]

        self._runner.run(end())


@pytest.fixture
def two(people: People) -> tuple[Day, Day]:
    """Two patients who are here."""
    days = (new_day(people), new_day(people, patient=new_patient(people, "Bea Example")))
    for day in days:
        day.note("arrival", at=-30)
    return days


def look_of(people: People, *, clinical: bool = True) -> Look:
    return Look(people.programme.pk, clinical=clinical, seats=True)


async def allowed() -> bool:
    return True


@pytest.mark.story("HF-BRD-002")
def test_a_screen_gets_the_board_and_then_only_what_changed(
    people: People, two: Any, clock: Clock, runner: asyncio.Runner
) -> None:
    watch = ByHand()
    screen = Open(runner, watch, look_of(people))
    assert watch.round()
    first = screen.hear()
    assert (first.kind, len(first.told["tiles"]), first.told["at"]) == ("board", 2, NOW.isoformat())
    assert first.told["sections"]["without_chair"] == list(first.told["tiles"])
    version = first.id
    assert not watch.round(), "nothing happened since"
    clock.passes(2)
    two[0].note("observation", CALM, at=-28)
    assert watch.round()
    screen.hear()
    assert list(screen.told["tiles"]) == [f"session-{two[0].treatment_session.public_id}"]
    assert screen.id != version
    clock.passes(11)
    assert watch.round(), "the clock moved on"
    screen.hear()
    assert (screen.kind, screen.id, set(screen.told)) == ("beat", "", {"at"})
    assert watch.screens == 1
    screen.close()
    assert watch.screens == 0


@pytest.mark.story("HF-BRD-002")
def test_a_screen_that_comes_back_is_sent_nothing_it_has(
    people: People, two: Any, clock: Clock, runner: asyncio.Runner
) -> None:
    def comes(last_id: str) -> Open:
        watch = ByHand()  # as after a restart of the server
        screen = Open(runner, watch, look_of(people), last_id=last_id)
        watch.round()
        return screen.hear()

    first = comes("")
    assert first.kind == "board"
    assert comes(first.id).kind == "beat"
    two[1].note("observation", CALM, at=-28)
    newer = comes(first.id)
    assert (newer.kind, len(newer.told["tiles"])) == ("board", 2)
    assert newer.id != first.id


@pytest.mark.story("HF-BRD-003")
def test_screens_of_two_programmes_and_two_roles_are_drawn_apart(
    people: People, others: People, two: Any, clock: Clock, runner: asyncio.Runner
) -> None:
    watch = ByHand()
    two[0].note("observation", CALM | {"sbp_mmhg": 170}, at=-28)
    looks = [look_of(people), look_of(people, clinical=False), look_of(others)]
    screens = [Open(runner, watch, look) for look in looks]
    watch.round()
    nurse, desk, other = [screen.hear().told for screen in screens]
    assert "blood pressure above the limit" in json.dumps(nurse)
    assert "blood pressure" not in json.dumps(desk)
    assert len(desk["tiles"]) == 2
    assert other["tiles"] == {}


@pytest.mark.story("HF-BRD-002")
def test_a_round_without_news_is_one_question(people: People, two: Any, clock: Clock, runner: asyncio.Runner) -> None:
    watch = ByHand()
    Open(runner, watch, look_of(people))
    watch.round()
    with CaptureQueriesContext(connection) as captured:
        for _ in range(5):
            assert not watch.round()
    assert len(captured) == 5


def test_twenty_screens_of_one_look_are_drawn_once(
    people: People, two: Any, clock: Clock, runner: asyncio.Runner, monkeypatch: pytest.MonkeyPatch
) -> None:
    drawings = []
    real = tiles.drawn
    monkeypatch.setattr(tiles, "drawn", lambda *given: drawings.append(given) or real(*given))
    watch = ByHand()
    screens = [Open(runner, watch, look_of(people)) for _ in range(20)]
    watch.round()
    assert len({json.dumps(screen.hear().told) for screen in screens}) == 1
    assert len(drawings) == 1


@pytest.mark.story("HF-BRD-003")
def test_a_screen_is_told_to_stop_when_its_person_may_no_longer_see_it(
    people: People, two: Any, clock: Clock, runner: asyncio.Runner, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(live, "ALLOWED_AGAIN_S", 0.0)
    watch, answers = ByHand(), iter([True, False])

    async def asked() -> bool:
        return next(answers)

    screen, kinds = Open(runner, watch, look_of(people), still_allowed=asked), []
    for _ in range(3):
        clock.passes(11)
        watch.round()
        kinds.append(screen.hear().kind)
    assert kinds == ["board", "beat", "end"]
    with pytest.raises(StopAsyncIteration):
        screen.hear()
    assert watch.screens == 0


def signed_in(user: User) -> tuple[Client, str]:
    client = Client()
    client.force_login(user)
    return client, client.session.session_key or ""


@pytest.mark.story("HF-BRD-003")
@pytest.mark.parametrize("what", ["nothing", "sign-out", "closed", "role", "programme", "password"])
def test_who_may_go_on_looking(people: People, what: str) -> None:
    nurse, look = people.nurse, look_of(people)
    client, key = signed_in(nurse)
    assert views._still_allowed(key, look)
    if what == "sign-out":
        client.post("/accounts/logout/")
    elif what == "closed":
        deactivate_user(actor=CommandLine(), user=nurse, now=NOW)
    elif what == "role":
        change_role(actor=CommandLine(), user=nurse, role="therapist", now=NOW)
    elif what == "programme":
        set_programmes(actor=CommandLine(), user=nurse, programmes=[], now=NOW)
    elif what == "password":
        nurse.set_password(f"{PASSWORD}-new")
        nurse.save()
    assert views._still_allowed(key, look) is (what == "nothing")


def test_the_answer_is_a_stream_that_no_proxy_holds_back(people: People) -> None:
    client, _ = signed_in(people.nurse)
    answer = client.get("/programmes/clinic/board/live/")
    assert answer.headers["Content-Type"] == "text/event-stream"
    assert answer.headers["Cache-Control"] == "no-store"
    assert answer.headers["X-Accel-Buffering"] == "no"
    assert "connect-src 'self'" in answer.headers["Content-Security-Policy"]


@pytest.mark.story("HF-BRD-002")
def test_the_board_stays_readable_when_nobody_is_there_and_nothing_else_does(
    people: People, monkeypatch: pytest.MonkeyPatch, settings: Any
) -> None:
    client, key = signed_in(people.nurse)
    client.get("/caseload/")
    left = client.session["last_request_s"]
    monkeypatch.setattr("holdfast.clinic.accounts.middleware.time.time", lambda: left + settings.IDLE_SIGN_OUT_S + 60)
    assert client.get("/programmes/clinic/board/").status_code == 200
    assert client.session["last_request_s"] == left, "a board that renews itself is nobody at the desk"
    assert views._still_allowed(key, look_of(people))
    assert "/accounts/login/" in client.get("/caseload/").headers["Location"]
    assert "/accounts/login/" in client.get("/programmes/clinic/board/").headers["Location"]
    assert not views._still_allowed(key, look_of(people))
