"""The screen locks on the server after the minutes chosen, opens by PIN, and nothing is entered in another's name."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

import pytest
from django.contrib.auth.hashers import identify_hasher
from django.test import Client
from django.urls import clear_url_caches, path, reverse

from holdfast.clinic.accounts.actions import reset_password
from holdfast.clinic.accounts.models import User
from holdfast.clinic.assessments.models import Assessment
from holdfast.clinic.audit.models import AuditEntry
from holdfast.clinic.config import urls
from holdfast.clinic.courses.models import Course
from holdfast.clinic.programmes.actions import choose_setting
from holdfast.clinic.screen_lock import locking, queries
from holdfast.clinic.screen_lock.actions import Tried, remove_pin, set_pin, try_pin
from holdfast.clinic.screen_lock.locking import readable_when_locked
from holdfast.clinic.screen_lock.models import QuickPin, SignedInHere
from holdfast.errors import InputError
from tests.clinic.conftest import NOW, PASSWORD, People

pytestmark = pytest.mark.django_db
LOGIN, OPEN, NOW_LOCK, HERE = "/accounts/login/", "/lock/open/", "/lock/now/", "/lock/here/"
PIN, OTHER_PIN, MIN_S = "4729", "9027", 60


@pytest.fixture
def later(monkeypatch: pytest.MonkeyPatch) -> Callable[[float], None]:
    """Lets so many seconds pass for whoever asks `time.time`."""
    passed, start = [0.0], time.time
    monkeypatch.setattr(time, "time", lambda: start() + passed[0])

    def wait(seconds: float) -> None:
        passed[0] += seconds

    return wait


def sign_in(client: Client, username: str) -> None:
    client.post(LOGIN, {"login": username, "password": PASSWORD})
    assert "_auth_user_id" in client.session
    client.get("/about/")


@pytest.fixture
def client(people: People) -> Client:
    """A tablet on which the nurse signed in; she and the prescriber have PINs."""
    set_pin(user=people.nurse, pin=PIN, now=NOW)
    set_pin(user=people.prescriber, pin=OTHER_PIN, now=NOW)
    made = Client()
    sign_in(made, "nurse")
    return made


def who(client: Client) -> str:
    return User.objects.get(pk=client.session["_auth_user_id"]).username


@pytest.mark.story("HF-ACC-006")
def test_it_locks_after_the_minutes_of_the_table_and_opens_by_pin(
    client: Client, later: Callable[[float], None]
) -> None:
    assert client.get("/caseload/").status_code == 200
    later(5 * MIN_S - 2)
    assert client.get("/caseload/").status_code == 200
    later(5 * MIN_S + 1)
    locked = client.get("/caseload/")
    assert locked.status_code == 423
    assert "Locked" in locked.content.decode()
    assert client.get("/rules/").status_code == 423
    later(40 * MIN_S)  # she has a PIN, so she is not signed out meanwhile
    assert client.get("/caseload/").status_code == 423
    wrong = client.post(OPEN, {"pin": "1111", "back": "/rules/"})
    assert (wrong.status_code, "not right" in wrong.content.decode()) == (423, True)
    assert client.get("/caseload/").status_code == 423
    opened = client.post(OPEN, {"pin": PIN, "back": "/caseload/"})
    assert (opened.status_code, opened["Location"]) == (302, "/caseload/")
    assert client.get("/caseload/").status_code == 200
    assert AuditEntry.objects.filter(action="screen_lock.unlock").count() == 1


def test_input_keeps_it_open_and_what_a_page_asks_by_itself_does_not(
    client: Client, later: Callable[[float], None]
) -> None:
    for _ in range(4):
        later(4 * MIN_S)
        assert client.post(HERE).status_code == 204
    for _ in range(2):
        later(3 * MIN_S)
        answer = client.get("/caseload/", headers={"X-Holdfast-Background": "1"})
    assert (answer.status_code, answer.json()["code"]) == (423, "locked")
    assert client.post(HERE, headers={"accept": "application/json"}).status_code == 423


@pytest.mark.story("HF-ACC-006")
def test_a_programme_chooses_the_minutes_and_the_fewest_count(people: People, others: People) -> None:
    nurse = people.nurse
    assert queries.minutes_until_lock(nurse) == 5
    choose_setting(
        actor=people.programme_lead, programme=people.programme, setting="screen_lock", key="min_10", now=NOW
    )
    nurse.programmes.add(others.programme)
    assert queries.minutes_until_lock(User.objects.get(pk=nurse.pk)) == 5
    nurse.programmes.remove(others.programme)
    assert queries.minutes_until_lock(User.objects.get(pk=nurse.pk)) == 10
    assert queries.minutes_until_lock(others.administrator) == 5


@pytest.fixture
def board(monkeypatch: pytest.MonkeyPatch) -> str:
    """A view that wears the mark."""
    from django.http import HttpResponse

    view = readable_when_locked(lambda request: HttpResponse("chair 3, 40 min"))
    monkeypatch.setattr(urls, "urlpatterns", [*urls.urlpatterns, path("a-board/", view, name="a-board")])
    clear_url_caches()
    yield "/a-board/"
    clear_url_caches()


@pytest.mark.story("HF-ACC-006")
def test_a_running_board_stays_readable_and_keeps_nothing_else_open(
    people: People, client: Client, board: str, later: Callable[[float], None]
) -> None:
    for _ in range(30):
        later(MIN_S)
        assert "chair 3" in client.get(board).content.decode()
    assert client.get("/caseload/").status_code == 423
    assert "chair 3" in client.get(board).content.decode()
    remove_pin(user=people.nurse, now=NOW)  # without a PIN the board goes on too, and any other page signs out
    assert "chair 3" in client.get(board).content.decode()
    later(16 * MIN_S)
    assert "chair 3" in client.get(board).content.decode()
    assert client.get("/caseload/")["Location"].startswith(LOGIN)


def test_five_wrong_pins_and_only_the_full_sign_in_opens(people: People, client: Client) -> None:
    client.post(NOW_LOCK)
    answers = [client.post(OPEN, {"pin": "0000"}).status_code for _ in range(5)]
    assert answers == [423] * 4 + [302]
    assert "_auth_user_id" not in client.session
    assert try_pin(user=people.nurse, pin=PIN, now=NOW) is Tried.SPENT
    assert AuditEntry.objects.filter(action="screen_lock.pin_refused").count() == 5
    sign_in(client, "nurse")
    client.post(NOW_LOCK)
    assert client.post(OPEN, {"pin": PIN}).status_code == 302
    assert client.get("/caseload/").status_code == 200


@pytest.mark.parametrize("name", ["x" * 100_000, "a\x00b", "\u202e", "%" * 60_000])
def test_a_name_that_no_account_has_opens_nothing_and_breaks_nothing(client: Client, name: str) -> None:
    client.post(NOW_LOCK)
    assert client.post(OPEN, {"username": name, "pin": PIN}).status_code == 423
    assert who(client) == "nurse"


def test_it_locks_although_the_clock_was_set_back(client: Client, later: Callable[[float], None]) -> None:
    later(3600)
    client.post(OPEN, {"pin": PIN})
    later(-3600)
    assert client.get("/caseload/").status_code == 200
    later(queries.minutes_until_lock(User.objects.get(username="nurse")) * MIN_S + 5)
    assert client.get("/caseload/").status_code == 423


@pytest.mark.story("HF-ACC-006")
def test_another_nurse_opens_the_same_tablet_as_herself(people: People, client: Client, course: Course) -> None:
    page = reverse("assessment-record", args=[course.public_id, "phq-9"])
    client.post(NOW_LOCK)
    other = {"username": "prescriber", "pin": OTHER_PIN}
    assert client.post(OPEN, other).status_code == 423, "she never signed in in full at this browser"
    client.post("/accounts/logout/")
    sign_in(client, "prescriber")
    client.post("/accounts/logout/")
    sign_in(client, "nurse")
    client.post(NOW_LOCK)
    before = Assessment.objects.count()
    client.post(page, {"total": "9", "rated_on": "2026-11-02"})  # the nurse's, sent to the locked screen
    assert client.post(OPEN, {**other, "pin": PIN}).status_code == 423, "the nurse's PIN is not hers"
    assert client.post(OPEN, other)["Location"] == "/"
    assert who(client) == "prescriber"
    assert locking.HELD not in client.session
    assert Assessment.objects.count() == before, "nothing of the nurse was entered in another name"
    assert AuditEntry.objects.last().actor == people.prescriber


def test_a_pin_opens_no_door_after_a_new_password_or_twelve_hours(
    people: People, client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    from django.utils import timezone

    device = SignedInHere.objects.get(user=people.nurse).device
    now = timezone.now()
    assert queries.person_known_here("nurse", device, now) == people.nurse
    assert queries.person_known_here("nurse", "another-browser", now) is None
    assert queries.person_known_here("nurse", device, now + queries.KNOWN_FOR) is None
    reset_password(actor=people.administrator, user=people.nurse, password="quite-another-one-3", now=NOW)
    assert queries.person_known_here("nurse", device, now) is None


@pytest.mark.story("HF-ACC-006")
def test_a_form_sent_to_a_locked_screen_is_kept_for_its_sender(client: Client, course: Course) -> None:
    page = reverse("assessment-record", args=[course.public_id, "phq-9"])
    client.post(NOW_LOCK)
    before = Assessment.objects.count()
    given = {"total": "9", "rated_on": "2026-11-02", "witness_password": "secret-of-hers"}
    assert client.post(page, given).status_code == 423
    assert "secret-of-hers" not in str(dict(client.session))
    opened = client.post(OPEN, {"pin": PIN}).content.decode()
    assert "Send it now" in opened
    assert 'name="total" value="9"' in opened
    assert f'action="{page}"' in opened
    assert Assessment.objects.count() == before, "sending it is hers to do"
    assert locking.HELD not in client.session


def test_a_password_sent_to_a_locked_screen_is_not_kept(client: Client) -> None:
    client.post(NOW_LOCK)
    client.post("/accounts/password/change/", {"oldpassword": PASSWORD, "password1": "x", "next": "/rules/"})
    assert locking.HELD not in client.session


def test_without_a_pin_the_password_opens_and_nothing_else(people: People, client: Client) -> None:
    remove_pin(user=people.nurse, now=NOW)
    client.post(NOW_LOCK)
    assert client.post(OPEN, {"pin": PIN}).status_code == 423
    assert client.post(OPEN, {"password": "wrong-password-1"}).status_code == 423
    assert client.post(OPEN, {"password": PASSWORD, "back": "https://evil.example/"})["Location"] == "/"
    assert client.get("/caseload/").status_code == 200


def test_the_script_is_answered_in_words_it_knows(client: Client) -> None:
    as_script = {"accept": "application/json"}
    assert client.post(NOW_LOCK, headers=as_script).json() == {"code": "locked"}
    assert client.post(OPEN, {"pin": "0000"}, headers=as_script).json()["code"] == "wrong"
    assert client.post(OPEN, {"pin": PIN}, headers=as_script).json() == {"code": "open"}


@pytest.mark.story("HF-ACC-006")
def test_a_pin_is_kept_as_a_password_is_and_set_with_the_password(people: People, client: Client) -> None:
    kept = QuickPin.objects.get(user=people.nurse)
    assert PIN not in kept.hash
    assert identify_hasher(kept.hash).verify(PIN, kept.hash)
    page = "/accounts/pin/"
    assert client.post(page, {"password": "wrong", "pin": "8264", "again": "8264"}).status_code == 422
    assert client.post(page, {"password": PASSWORD, "pin": "8264", "again": "8265"}).status_code == 422
    weak = client.post(page, {"password": PASSWORD, "pin": "1234", "again": "1234"})
    assert (weak.status_code, "counts up or down" in weak.content.decode()) == (422, True)
    assert client.post(page, {"password": PASSWORD, "pin": "8264", "again": "8264"}).status_code == 302
    assert try_pin(user=people.nurse, pin="8264", now=NOW) is Tried.RIGHT
    assert "8264" not in str(list(AuditEntry.objects.values()))
    assert client.post(page, {"remove": "yes"}).status_code == 302
    assert not QuickPin.objects.filter(user=people.nurse).exists()
    with pytest.raises(InputError, match="repeats"):
        set_pin(user=people.nurse, pin="1212", now=NOW)


def test_a_locked_screen_shows_nothing_of_a_patient(client: Client, course: Course) -> None:
    address: Any = reverse("patient", args=[course.patient.public_id])
    assert "Ada Example" in client.get(address).content.decode()
    client.post(NOW_LOCK)
    before = AuditEntry.objects.filter(action="patient.read").count()
    locked = client.get(address).content.decode()
    assert "Ada Example" not in locked
    assert AuditEntry.objects.filter(action="patient.read").count() == before
