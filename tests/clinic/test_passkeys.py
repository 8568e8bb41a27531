"""Passkeys: registered, named, a second step or alone; a false origin, an old answer and a copy are refused."""

from __future__ import annotations

import html
import json
import re
from dataclasses import replace
from typing import Any

import pytest
from allauth.mfa.models import Authenticator
from allauth.mfa.totp.internal.auth import TOTP, generate_totp_secret
from django.test import Client
from django.urls import reverse

from holdfast.clinic.accounts import two_step
from holdfast.clinic.accounts.actions import deactivate_user, require_two_step
from holdfast.clinic.accounts.passkeys import needed_of
from holdfast.clinic.audit.models import AuditEntry
from tests.clinic.conftest import NOW, PASSWORD, People
from tests.clinic.soft_passkey import SoftPasskey

pytestmark = pytest.mark.django_db
ADD, LOGIN, CODE = "/accounts/2fa/webauthn/add/", "/accounts/login/", "/accounts/2fa/authenticate/"
ALONE = "/accounts/2fa/webauthn/login/"


def new_client() -> Client:
    return Client(SERVER_NAME="localhost")


def sign_in(client: Client, username: str = "nurse") -> Any:
    return client.post(LOGIN, {"login": username, "password": PASSWORD})


def confirm(client: Client) -> None:
    """Before a change of one's own sign-in the password is asked for again."""
    client.post("/accounts/reauthenticate/", {"password": PASSWORD})


def options_of(page: Any) -> dict[str, Any]:
    """The options in the form's attribute: no script stands inline."""
    assert page.status_code == 200, page.headers.get("Location")
    text = page.content.decode()
    assert "<script>" not in text
    return json.loads(html.unescape(re.search(r'data-options="([^"]+)"', text).group(1)))


def register(client: Client, key: SoftPasskey, *, name: str = "phone", alone: bool = True) -> Any:
    confirm(client)
    options = options_of(client.get(ADD))
    given = {"name": name, "credential": json.dumps(key.created(options, alone=alone))}
    return client.post(ADD, given | ({"passwordless": "on"} if alone else {}))


def second_step(client: Client, key: SoftPasskey) -> Any:
    return client.post(CODE, {"credential": json.dumps(key.got(options_of(client.get(CODE))))})


def alone(client: Client, key: SoftPasskey) -> Any:
    asked = client.get(ALONE, headers={"accept": "application/json"}).json()["request_options"]
    return client.post(ALONE, {"credential": json.dumps(key.got(asked))})


def is_in(client: Client) -> bool:
    return "_auth_user_id" in client.session


@pytest.fixture
def key(people: People) -> SoftPasskey:
    """The nurse's passkey, registered in the browser where she signed in."""
    made, client = SoftPasskey(), new_client()
    sign_in(client)
    assert register(client, made).status_code == 302
    return made


@pytest.mark.story("HF-ACC-005")
def test_it_is_registered_with_its_name_and_counts_as_second_step(people: People, key: SoftPasskey) -> None:
    kept = Authenticator.objects.get(user=people.nurse, type="webauthn")
    assert kept.data["name"] == "phone"
    assert Authenticator.objects.filter(user=people.nurse, type="recovery_codes").exists()
    assert two_step.set_up(people.nurse)
    details = AuditEntry.objects.filter(action="user.two_step").values_list("details", flat=True)
    assert {"what": "webauthn_added"} in details
    assert "phone" not in str(list(details))


@pytest.mark.story("HF-ACC-005")
def test_after_the_password_it_is_asked_for_and_opens(people: People, key: SoftPasskey) -> None:
    client = new_client()
    assert sign_in(client)["Location"].startswith(CODE)
    assert not is_in(client)
    assert second_step(client, key).status_code == 302
    assert client.session["_auth_user_id"] == str(people.nurse.pk)
    assert AuditEntry.objects.filter(action="user.sign_in").last().details == {"by": "password"}


@pytest.mark.story("HF-ACC-005")
def test_it_opens_alone_where_the_device_verified_the_person(people: People, key: SoftPasskey) -> None:
    client = new_client()
    assert alone(client, key)["Location"] == "/"
    assert client.session["_auth_user_id"] == str(people.nurse.pk)
    assert AuditEntry.objects.last().details == {"by": "passkey"}
    unverified, other = replace(key, verifies=False, count=50), new_client()
    alone(other, unverified)
    assert not is_in(other), "nobody gave a PIN or a finger"


@pytest.mark.story("HF-ACC-005")
def test_the_challenge_of_a_second_step_does_not_open_another_account_unverified(
    people: People, key: SoftPasskey
) -> None:
    """Somebody with an account and a passkey of their own finds the nurse's key: it opens only with her finger."""
    own, client = SoftPasskey(), new_client()
    sign_in(client, "prescriber")
    register(client, own)
    thief = new_client()
    sign_in(thief, "prescriber")
    asked = options_of(thief.get(CODE))  # asks for no verified person
    thief.post(ALONE, {"credential": json.dumps(replace(key, verifies=False, count=50).got(asked))})
    assert not is_in(thief)


@pytest.mark.parametrize(
    "wrong",
    [
        {"origin": "https://localhost.evil.example"}, {"origin": "https://evil.example"}, {"host": "evil.example"},
        {"key": SoftPasskey().key}, {"id": b"another-key-here"}, {"handle": "OTk5OTk5"}, {"handle": ""},
    ],
    ids=["origin-alike", "origin", "host", "signature", "unknown-key", "unknown-person", "nobody"],
)  # fmt: skip
@pytest.mark.story("HF-ACC-005")
def test_a_false_answer_opens_nothing(people: People, key: SoftPasskey, wrong: dict[str, Any]) -> None:
    client = new_client()
    assert alone(client, replace(key, **wrong)).status_code == 302
    assert not is_in(client)
    assert alone(client, replace(key, count=70)).status_code == 302
    assert is_in(client), "the true one opens, so the false one was refused for what is false in it"


@pytest.mark.story("HF-ACC-005")
def test_an_answer_opens_once(people: People, key: SoftPasskey) -> None:
    client, thief = new_client(), new_client()
    asked = client.get(ALONE, headers={"accept": "application/json"}).json()["request_options"]
    answer = {"credential": json.dumps(key.got(asked))}
    thief.get(ALONE, headers={"accept": "application/json"})
    thief.post(ALONE, answer)
    assert not is_in(thief), "the answer to another challenge"
    client.post(ALONE, answer)
    assert is_in(client)
    client.post("/accounts/logout/")
    client.post(ALONE, answer)
    assert not is_in(client), "the same answer again"
    client.get(ALONE, headers={"accept": "application/json"})
    client.post(ALONE, answer)
    assert not is_in(client), "the same answer to a new challenge"


@pytest.mark.story("HF-ACC-005")
def test_a_copy_is_found_by_its_count(people: People, key: SoftPasskey) -> None:
    copy = replace(key)
    first, second, third = new_client(), new_client(), new_client()
    alone(new_client(), key)
    alone(first, key)
    assert is_in(first)
    alone(second, copy)
    assert not is_in(second)
    assert AuditEntry.objects.last().action == "user.passkey_refused"
    alone(third, key)
    assert is_in(third), "the one that counts on still opens"


def test_a_passkey_that_never_counts_opens_each_time(people: People) -> None:
    client, silent = new_client(), SoftPasskey(count=None)
    sign_in(client)
    register(client, silent)
    for _ in range(2):
        client = new_client()
        alone(client, silent)
        assert is_in(client)


def test_a_closed_account_is_not_opened(people: People, key: SoftPasskey) -> None:
    deactivate_user(actor=people.administrator, user=people.nurse, now=NOW)
    client = new_client()
    alone(client, key)
    assert client.get("/caseload/").status_code == 302


@pytest.mark.story("HF-ACC-005")
def test_it_is_renamed_and_removed_but_not_the_last_where_one_is_required(people: People, key: SoftPasskey) -> None:
    client = new_client()
    sign_in(client)
    second_step(client, key)
    confirm(client)
    kept = Authenticator.objects.get(user=people.nurse, type="webauthn")
    rename, remove = (reverse(f"mfa_{word}_webauthn", args=[kept.pk]) for word in ("edit", "remove"))
    for name in ("a" * 61, "\u202eenohp", "nul\x00"):
        assert client.post(rename, {"name": name}).status_code == 200
    client.post(rename, {"name": "key on my ring"})
    kept.refresh_from_db()
    assert kept.data["name"] == "key on my ring"
    require_two_step(actor=people.programme_lead, programme=people.programme, required=True, now=NOW)
    client.post(remove)
    assert Authenticator.objects.filter(pk=kept.pk).exists()
    assert "Two-step sign-in is required here" in client.get("/accounts/2fa/").content.decode()
    TOTP.activate(people.nurse, generate_totp_secret())
    client.post(remove)
    assert not Authenticator.objects.filter(pk=kept.pk).exists()
    assert AuditEntry.objects.last().details == {"what": "webauthn_removed"}


def test_nobody_touches_the_passkey_of_another(people: People, key: SoftPasskey) -> None:
    kept = Authenticator.objects.get(user=people.nurse, type="webauthn")
    client = new_client()
    sign_in(client, "prescriber")
    confirm(client)
    for word in ("edit", "remove"):
        assert client.post(reverse(f"mfa_{word}_webauthn", args=[kept.pk]), {"name": "mine"}).status_code == 404
    assert Authenticator.objects.get(pk=kept.pk).data["name"] == "phone"


@pytest.mark.parametrize(
    "credential",
    ["", "[]", "5", "null", "{}", '{"response": 5}', '{"response": {}}', '{"id": "x", "response": {"a": 1}}',
     '{"id": "AA", "rawId": "AA", "type": "public-key", "response": {"clientDataJSON": "e30",'
     ' "attestationObject": "o2"}}',
     '{"id": "AA", "rawId": "AA", "type": "public-key", "response": {"clientDataJSON": "AA", "authenticatorData": "AA",'
     ' "signature": "AA", "userHandle": "MQ"}}',
     '{"id": "\\u0000", "rawId": "AA", "type": "public-key", "response": {"clientDataJSON": "AA"}}'],
)  # fmt: skip
def test_what_is_no_answer_is_a_sentence_and_no_error(people: People, credential: str) -> None:
    client = new_client()
    client.get(ALONE, headers={"accept": "application/json"})
    assert client.post(ALONE, {"credential": credential}).status_code == 302
    sign_in(client)
    confirm(client)
    client.get(ADD)
    answer = client.post(ADD, {"name": "x", "credential": credential})
    assert answer.status_code == 200
    assert "Not added" in answer.content.decode()
    assert not Authenticator.objects.exists()


def test_only_what_is_needed_is_kept() -> None:
    given = {"id": "AA", "rawId": "AA", "type": "public-key", "more": "x" * 10_000,
             "response": {"clientDataJSON": "AA", "transports": ["usb"]},
             "clientExtensionResults": {"credProps": {"rk": True}, "prf": {"a": 1}}}  # fmt: skip
    kept = needed_of(given)
    assert kept == {"id": "AA", "rawId": "AA", "type": "public-key", "response": {"clientDataJSON": "AA"},
                    "clientExtensionResults": {"credProps": {"rk": True}}}  # fmt: skip


def test_tries_alone_are_limited_by_address(people: People) -> None:
    client = new_client()
    answers = [client.post(ALONE, {"credential": "{}"}).status_code for _ in range(12)]
    assert answers[0] == 302
    assert answers[-1] == 429
