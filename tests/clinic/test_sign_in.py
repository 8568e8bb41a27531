"""Sign-in, lock-out, idle sign-out, headers, cookies and error pages."""

from __future__ import annotations

import logging
import sys
import time

import pytest
from allauth.mfa.totp.internal.auth import TOTP, generate_totp_secret
from axes.models import AccessAttempt
from django.conf import settings
from django.core.cache import cache
from django.http import HttpRequest, HttpResponse
from django.test import Client
from django.urls import path

from holdfast.clinic.accounts.actions import deactivate_user
from holdfast.clinic.audit.models import AuditEntry
from holdfast.clinic.config import urls
from holdfast.clinic.config.logs import NoPatientData
from holdfast.clinic.config.middleware import CONTENT_POLICY
from tests.clinic.conftest import NOW, PASSWORD, People

pytestmark = pytest.mark.django_db
LOGIN = "/accounts/login/"


def sign_in(client: Client, username: str, password: str = PASSWORD) -> HttpResponse:
    return client.post(LOGIN, {"login": username, "password": password})


@pytest.mark.story("HF-ACC-001")
def test_the_right_password_signs_in_and_the_wrong_one_does_not(people: People, client: Client) -> None:
    assert sign_in(client, "nurse", "wrong-password-1").status_code == 200
    assert "_auth_user_id" not in client.session
    response = sign_in(client, "nurse")
    assert (response.status_code, response["Location"]) == (302, "/")
    assert client.session["_auth_user_id"] == str(people.nurse.pk)


def test_a_sign_in_and_a_new_password_are_on_record(people: People, client: Client) -> None:
    sign_in(client, "nurse")
    assert (AuditEntry.objects.last().action, AuditEntry.objects.last().actor) == ("user.sign_in", people.nurse)
    new = "quite-another-one-3"
    client.post("/accounts/password/change/", {"oldpassword": PASSWORD, "password1": new, "password2": new})
    assert (AuditEntry.objects.last().action, AuditEntry.objects.last().actor) == ("user.change_password", people.nurse)
    sign_in(Client(), "nurse", PASSWORD)
    assert AuditEntry.objects.last().action == "user.change_password"
    sign_in(Client(), "nurse", new)
    assert AuditEntry.objects.last().action == "user.sign_in"


@pytest.mark.story("HF-ACC-001")
def test_the_second_factor_is_asked_where_it_was_set_up(people: People, client: Client) -> None:
    TOTP.activate(people.nurse, generate_totp_secret())
    response = sign_in(client, "nurse")
    assert response["Location"].startswith("/accounts/2fa/authenticate/")
    assert "_auth_user_id" not in client.session
    assert client.get("/caseload/")["Location"].startswith(LOGIN)
    assert AuditEntry.objects.last().action != "user.sign_in"
    wrong = client.post("/accounts/2fa/authenticate/", {"code": "000000"})
    assert wrong.status_code == 200
    assert "_auth_user_id" not in client.session


def test_a_deactivated_person_does_not_sign_in(people: People, client: Client) -> None:
    deactivate_user(actor=people.administrator, user=people.nurse, now=NOW)
    sign_in(client, "nurse")
    assert "_auth_user_id" not in client.session


@pytest.mark.story("HF-ACC-001")
def test_five_wrong_passwords_lock_out_even_the_right_one(people: People, client: Client) -> None:
    answers = [sign_in(client, "nurse", f"wrong-password-{n}").status_code for n in range(5)]
    assert answers[-1] in (429, 200)
    last = sign_in(client, "nurse")
    assert last.status_code == 429 or "too many" in last.content.decode().lower()
    assert "_auth_user_id" not in client.session
    assert AccessAttempt.objects.filter(username="nurse").exists()
    assert "password" not in str(AccessAttempt.objects.values())  # neither what was typed nor its field


@pytest.mark.story("HF-ACC-001")
def test_five_wrong_passwords_in_other_capitals_lock_out_too(people: People, client: Client) -> None:
    for number, name in enumerate(("nurse", "NURSE", "Nurse", "nUrse", " nuRse ")):
        cache.clear()  # the other count, which the process forgets when it starts anew
        sign_in(client, name, f"wrong-password-{number}")
    cache.clear()
    assert sign_in(client, "nurse").status_code == 429
    assert "_auth_user_id" not in client.session
    assert sign_in(Client(REMOTE_ADDR="10.0.0.9"), "Nurse").status_code == 302, "elsewhere she signs in as ever"


def test_nobody_signs_up_and_nobody_resets_by_mail(client: Client) -> None:
    for page in ("/accounts/signup/", "/accounts/password/reset/", "/accounts/email/"):
        assert client.get(page).status_code == 404


def test_whoever_left_the_desk_is_signed_out(people: People, client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    client.force_login(people.nurse)
    client.get("/")
    assert client.session["last_request_s"] > 0
    later = time.time() + settings.IDLE_SIGN_OUT_S - 5
    monkeypatch.setattr(time, "time", lambda: later)
    client.get("/")
    assert "_auth_user_id" in client.session
    monkeypatch.setattr(time, "time", lambda: later + settings.IDLE_SIGN_OUT_S + 5)
    assert client.get("/")["Location"].startswith(LOGIN)
    assert "_auth_user_id" not in client.session


@pytest.mark.story("HF-ACC-001")
def test_a_session_ends_after_twelve_hours_however_busy_it_was(
    people: People, client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    client.force_login(people.nurse)
    began, step = time.time(), settings.IDLE_SIGN_OUT_S - 5
    for number in range(settings.SESSION_COOKIE_AGE // step + 1):
        monkeypatch.setattr(time, "time", lambda number=number: began + number * step)
        client.get("/about/")
        assert "_auth_user_id" in client.session
    monkeypatch.setattr(time, "time", lambda: began + settings.SESSION_COOKIE_AGE + 5)
    client.get("/about/")
    assert "_auth_user_id" not in client.session


def test_a_clock_that_is_set_back_signs_out_all_the_same(
    people: People, client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    now, hour = time.time(), 3600
    client.force_login(people.nurse)
    for moment, is_in in ((now + hour, True), (now, True), (now + settings.IDLE_SIGN_OUT_S + 5, False)):
        monkeypatch.setattr(time, "time", lambda moment=moment: moment)
        client.get("/")
        assert ("_auth_user_id" in client.session) is is_in


def test_every_answer_has_the_strict_headers(people: People, client: Client) -> None:
    for page in (LOGIN, "/health/", "/no-such-page/", "/"):
        headers = client.get(page).headers
        assert headers["Content-Security-Policy"] == CONTENT_POLICY
        assert headers["Cache-Control"].find("no-store") >= 0
        assert (headers["X-Frame-Options"], headers["X-Content-Type-Options"]) == ("DENY", "nosniff")
        assert headers["Referrer-Policy"] == "same-origin"
    assert "unsafe" not in CONTENT_POLICY


def test_cookies_are_out_of_reach_of_scripts(people: People, client: Client) -> None:
    sign_in(client, "nurse")
    cookie = client.cookies[settings.SESSION_COOKIE_NAME]
    assert cookie["httponly"]
    assert cookie["samesite"] == "Lax"
    assert settings.SESSION_COOKIE_AGE == 12 * 3600


def test_a_form_from_elsewhere_is_refused(people: People) -> None:
    client = Client(enforce_csrf_checks=True)
    assert sign_in(client, "nurse").status_code == 403


def explode(request: HttpRequest) -> HttpResponse:
    raise RuntimeError("Ada Lovelace scored 27")


@pytest.fixture
def exploding_page(monkeypatch: pytest.MonkeyPatch) -> str:
    from django.urls import clear_url_caches

    monkeypatch.setattr(urls, "urlpatterns", [*urls.urlpatterns, path("explode/", explode, name="explode")])
    clear_url_caches()
    yield "/explode/"
    clear_url_caches()


def test_an_error_page_and_its_log_hold_no_content(
    people: People, exploding_page: str, caplog: pytest.LogCaptureFixture
) -> None:
    client = Client(raise_request_exception=False)
    client.force_login(people.nurse)
    response = client.get(f"{exploding_page}?search=Lovelace")
    assert response.status_code == 500
    assert "Something went wrong" in response.content.decode()
    assert "Lovelace" not in response.content.decode()
    (record,) = [r for r in caplog.records if r.name == "django.request"]
    NoPatientData().filter(record)
    line = logging.Formatter("%(message)s").format(record)
    assert line == f"500 on explode: RuntimeError in explode line {explode.__code__.co_firstlineno + 1}"


def test_a_log_without_request_loses_the_text_of_the_exception() -> None:
    try:
        raise ValueError("Ada Lovelace")
    except ValueError:
        record = logging.LogRecord("x", logging.ERROR, __file__, 1, "job failed", (), sys.exc_info())
    assert NoPatientData().filter(record)
    assert "Lovelace" not in logging.Formatter("%(message)s").format(record)


def test_not_found_says_the_same_of_what_is_not_there_and_what_is_not_yours(client: Client, people: People) -> None:
    client.force_login(people.nurse)
    page = client.get("/no-such-page/").content.decode()
    assert "another programme" in page
    assert "no-such-page" not in page


def test_a_button_pressed_while_signed_out_leads_back_to_its_page(people: People, client: Client) -> None:
    alert = "/alerts/00000000-0000-4000-8000-000000000000/take/"  # takes a button only: no page to come back to
    refused = client.post(alert, headers={"referer": "http://testserver/programmes/x/board/?a=b"})
    assert refused["Location"] == f"{LOGIN}?next=%2Fprogrammes%2Fx%2Fboard%2F%3Fa%3Db"
    assert "was not done" in client.get(refused["Location"]).content.decode()
    assert client.post(alert, headers={"referer": "https://elsewhere.example/"})["Location"] == LOGIN
    assert client.post(alert)["Location"] == LOGIN


def test_what_sends_by_itself_is_told_nothing_in_a_page(people: People, client: Client) -> None:
    client.post("/sessions/00000000-0000-4000-8000-000000000000/flow-sheet/entries/", "{}", "application/json")
    assert "was not done" not in client.get(LOGIN).content.decode()
