"""A page that is open hears of an alert, on every staff page and by the board's own stream, and of no patient."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator

import pytest
from django.test import Client
from django.utils import timezone

from holdfast.clinic.accounts.models import User
from holdfast.clinic.alerts import views
from holdfast.clinic.alerts.actions import take_alert
from holdfast.clinic.alerts.live import Listener, Watch
from holdfast.clinic.alerts.models import CrisisAlert
from holdfast.clinic.alerts.queries import banner_for
from holdfast.clinic.board import live as board_live
from holdfast.clinic.courses.models import Course
from tests.clinic.conftest import NOW, People
from tests.clinic.test_alerts import MINUTE, on_duty, phq9
from tests.clinic.test_board_live import ByHand, Open, look_of

pytestmark = pytest.mark.django_db


class Looks(Watch):
    """Looks when the test says so, in the thread of the test."""

    def _begin(self) -> None:
        pass


@pytest.fixture
def loop() -> Iterator[asyncio.AbstractEventLoop]:
    with asyncio.Runner() as runner:
        yield runner.get_loop()


def listens(watch: Watch, person: User, loop: asyncio.AbstractEventLoop) -> Listener:
    listener = Listener(person.pk, loop, asyncio.Event())
    watch.join(listener)
    watch.round()
    listener.news()  # what stands when the page opens
    return listener


@pytest.mark.story("HF-CRI-005")
def test_an_open_page_is_told_of_a_new_alert_and_of_its_end(
    people: People, course: Course, loop: asyncio.AbstractEventLoop
) -> None:
    on_duty(people, "nurse")
    watch = Looks()
    pages = {role: listens(watch, people.by_role[role], loop) for role in ("nurse", "therapist", "front_desk")}
    assert not watch.round(), "nothing new is asked for of nobody"
    phq9(people, course, 2)
    assert watch.round()
    news = {role: page.news() for role, page in pages.items()}
    assert news["nurse"].startswith("event: alerts\n")
    assert news["therapist"].startswith("event: alerts\n")
    assert news["front_desk"] == ""
    assert "Ada" not in "".join(news.values())
    assert str(CrisisAlert.objects.get().public_id) not in "".join(news.values())
    take_alert(actor=people.nurse, alert=CrisisAlert.objects.get(), now=NOW + MINUTE)
    watch.round()
    assert pages["nurse"].news() != ""


@pytest.mark.story("HF-CRI-005")
def test_the_stream_of_a_board_tells_of_alerts_too(
    people: People, course: Course, monkeypatch: pytest.MonkeyPatch
) -> None:
    on_duty(people, "nurse")
    watch, board = Looks(), ByHand()
    monkeypatch.setattr(board_live, "ALERTS", watch)
    with asyncio.Runner() as runner:
        screen = Open(runner, board, look_of(people), alerts_of=people.nurse.pk)
        board.round()
        watch.round()
        assert [screen.hear().kind, screen.hear().kind] == ["board", "alerts"]
        phq9(people, course, 2)
        watch.round()
        assert [screen.hear().kind, screen.hear().kind] == ["beat", "alerts"]
        assert set(screen.told) == {"version"}
        screen.close()
    assert not watch._listeners


@pytest.mark.story("HF-CRI-005")
def test_the_banner_asks_who_is_called_and_tells_the_others(people: People, course: Course) -> None:
    on_duty(people, "nurse", "prescriber", minutes=60)
    rating = phq9(people, course, 2, now=timezone.now())
    shown = {}
    for role in ("nurse", "therapist"):
        client = Client()
        client.force_login(people.by_role[role])
        shown[role] = client.get("/alerts/banner/").content.decode()
        version = banner_for(people.by_role[role], timezone.now()).version
        assert f'data-version="{version}"' in client.get("/rules/").content.decode()
    assert "I take it" in shown["nurse"]
    assert "waits for a colleague on duty" in shown["therapist"]
    assert "I take it" not in shown["therapist"]
    for page in shown.values():
        assert "Ada" not in page
        assert str(rating.public_id) not in page


def test_the_stream_ends_with_the_session_or_the_role(people: People) -> None:
    client = Client()
    client.force_login(people.nurse)
    key = client.session.session_key or ""
    assert views._still_allowed(key, people.nurse.pk)
    assert not views._still_allowed(key, people.prescriber.pk)
    answer = client.get("/alerts/live/")
    assert (answer.status_code, answer["Content-Type"]) == (200, "text/event-stream")
    client.logout()
    assert not views._still_allowed(key, people.nurse.pk)


def test_a_round_without_news_asks_three_numbers(
    people: People, loop: asyncio.AbstractEventLoop, django_assert_num_queries
) -> None:
    watch = Looks()
    listens(watch, people.nurse, loop)
    with django_assert_num_queries(3):
        assert not watch.round()
