"""Programmes, signatures, settings and accounts."""

from __future__ import annotations

import pytest
from django.contrib.sessions.models import Session

from holdfast.clinic.accounts.actions import change_role, create_user, deactivate_user, reset_password, set_programmes
from holdfast.clinic.accounts.models import CommandLine, User
from holdfast.clinic.accounts.permissions import ALLOWED, may, require
from holdfast.clinic.accounts.queries import active_users, user_by_name
from holdfast.clinic.accounts.roles import COMMAND_LINE, PATIENT, Role
from holdfast.clinic.audit.models import AuditEntry
from holdfast.clinic.programmes.actions import choose_setting, create_programme, sign_rule
from holdfast.clinic.programmes.models import RuleSignature
from holdfast.clinic.programmes.queries import programme_by_key, protocol_rules_of, signed_rules
from holdfast.errors import InputError, PermissionRefusedError, UnknownNameError
from tests.clinic.conftest import NOW, PASSWORD, People, new_programme

pytestmark = pytest.mark.django_db


def rules(people: People):
    return protocol_rules_of(people.programme, protocol="esketamine-nasal", indication="trd")


@pytest.mark.story("HF-RUL-002")
def test_a_signed_house_rule_is_in_force_from_then_on(people: People) -> None:
    assert not rules(people).active("cum.uri.int")
    sign_rule(actor=people.prescriber, programme=people.programme, rule_id="cum.uri.int", physician="Dr A", now=NOW)
    assert rules(people).active("cum.uri.int")
    assert AuditEntry.objects.last().details == {"rule": "cum.uri.int", "rule_version": 1}
    with pytest.raises(InputError, match="already signed"):
        sign_rule(actor=people.prescriber, programme=people.programme, rule_id="cum.uri.int", physician="B", now=NOW)


def test_a_signature_for_an_older_version_of_a_rule_has_no_force(people: People) -> None:
    signature = RuleSignature(
        programme=people.programme, rule_id="cum.lft", rule_version=99, physician="Dr A", signed_by=people.prescriber,
        at=NOW, facts_digest="x",
    )  # fmt: skip
    signature.save()
    assert signed_rules(people.programme) == frozenset()


@pytest.mark.parametrize("role", [r for r in Role if r != Role.PRESCRIBER])
@pytest.mark.story("HF-ACC-002")
def test_only_a_prescriber_signs(people: People, role: str) -> None:
    with pytest.raises(PermissionRefusedError):
        sign_rule(actor=people.by_role[role], programme=people.programme, rule_id="cum.lft", physician="Dr A", now=NOW)


def test_a_signature_of_one_programme_has_no_force_in_another(people: People, others: People) -> None:
    sign_rule(actor=people.prescriber, programme=people.programme, rule_id="cum.uri.int", physician="Dr A", now=NOW)
    assert not rules(others).active("cum.uri.int")


def test_a_disputed_setting_is_chosen_by_key(people: People) -> None:
    values = {"actor": people.programme_lead, "programme": people.programme, "setting": "remission_madrs", "now": NOW}
    choose_setting(key="madrs_le12", **values)
    assert rules(people).choices["remission_madrs"] == "madrs_le12"
    with pytest.raises(InputError, match="choose one of"):
        choose_setting(key="madrs_le13", **values)
    assert people.programme.choices == {"remission_madrs": "madrs_le12"}


def test_who_may_open_an_imported_trial_is_named_or_works_with_patients(people: People) -> None:
    shell = CommandLine()
    by_default = {user.role for user in active_users(actor=shell)}
    assert by_default == set(people.by_role) - {Role.ADMINISTRATOR, Role.AUDITOR}
    nurse = people.nurse.username
    assert active_users(actor=shell, usernames=[nurse]) == [people.nurse]
    deactivate_user(actor=shell, user=people.nurse, now=NOW)
    with pytest.raises(InputError, match=f"no active account is called {nurse}"):
        active_users(actor=shell, usernames=[nurse])


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        ({"key": "clinic"}, "choose another key"),
        ({"key": "two words"}, "letters, digits"),
        ({"kind": "real"}, "kind 'real'"),
        ({"jurisdiction": "MARS"}, "jurisdiction 'MARS'"),
        ({"time_zone": "Mars/Olympus"}, "time zone"),
        ({"choices": {"colour": "red"}}, "setting 'colour'"),
    ],
)
def test_a_programme_that_cannot_be(people: People, changes: dict, says: str) -> None:
    values = {"key": "new", "name": "New", "kind": "live", "now": NOW, **changes}
    with pytest.raises(InputError, match=says):
        create_programme(actor=CommandLine(), **values)


def test_people_see_their_programmes_only(people: People, others: People) -> None:
    assert programme_by_key(actor=people.nurse, key="clinic") == people.programme
    with pytest.raises(UnknownNameError) as unknown:
        programme_by_key(actor=people.nurse, key="other")
    assert "clinic" in str(unknown.value)
    assert unknown.value.known == ["clinic"]


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        ({"username": "NURSE"}, "taken"),
        ({"username": ""}, "cannot be used"),
        ({"username": "two words"}, "cannot be used"),
        ({"role": "doctor"}, "role 'doctor'"),
        ({"role": COMMAND_LINE}, "role 'command_line'"),
        ({"password": "short"}, "password cannot be used"),
        ({"password": "password1234"}, "password cannot be used"),
    ],
)
def test_an_account_that_cannot_be(people: People, changes: dict, says: str) -> None:
    values = {"username": "new", "role": "nurse", "password": PASSWORD, "now": NOW, **changes}
    with pytest.raises(InputError, match=says):
        create_user(actor=people.administrator, **values)


@pytest.mark.story("HF-ACC-001")
def test_the_life_of_an_account(people: People, client) -> None:
    admin, nurse = people.administrator, people.nurse
    client.force_login(nurse)
    assert Session.objects.count() == 1
    reset_password(actor=admin, user=nurse, password="another-good-one-2", now=NOW)
    assert Session.objects.count() == 0
    change_role(actor=admin, user=nurse, role="therapist", now=NOW)
    set_programmes(actor=admin, user=nurse, programmes=[new_programme("third")], now=NOW)
    assert not may(User.objects.get(pk=nurse.pk), "patient.view", people.programme)
    deactivate_user(actor=admin, user=nurse, now=NOW)
    nurse = user_by_name(actor=admin, username="nurse")
    assert not may(nurse, "caseload.view")
    assert [e.action for e in AuditEntry.objects.order_by("-seq")[:5]] == [
        "user.deactivate", "user.set_programmes", "programme.create", "user.change_role", "user.reset_password",
    ]  # fmt: skip


def only_administrator(people: People) -> User:
    """The administrator, when every other one is closed."""
    for other in User.objects.filter(role=Role.ADMINISTRATOR, is_active=True).exclude(pk=people.administrator.pk):
        deactivate_user(actor=people.administrator, user=other, now=NOW)
    return people.administrator


@pytest.mark.story("HF-ACC-007")
def test_the_last_administrator_stays_one(people: People) -> None:
    last = only_administrator(people)
    before = AuditEntry.objects.count()
    for actor in (last, CommandLine()):
        with pytest.raises(InputError, match="last active administrator; make another person administrator first"):
            deactivate_user(actor=actor, user=last, now=NOW)
        with pytest.raises(InputError, match="last active administrator"):
            change_role(actor=actor, user=last, role="nurse", now=NOW)
    last.refresh_from_db()
    assert (last.is_active, last.role, AuditEntry.objects.count()) == (True, Role.ADMINISTRATOR, before)
    change_role(actor=last, user=people.nurse, role="administrator", now=NOW)
    deactivate_user(actor=people.nurse, user=last, now=NOW)
    with pytest.raises(InputError, match="last active administrator"):
        change_role(actor=CommandLine(), user=User.objects.get(pk=people.nurse.pk), role="nurse", now=NOW)


@pytest.mark.story("HF-ACC-007")
def test_the_page_of_the_last_administrator_says_why(people: People, client) -> None:
    last = only_administrator(people)
    client.force_login(last)
    page = f"/people/{last.public_id}/"
    shown = client.get(page).content.decode()
    assert "This is the last active administrator." in shown
    assert "Close this account" not in shown
    refused = client.post(page, {"role": "nurse", "programmes": [people.programme.key]})
    assert refused.status_code == 422
    assert "This is the last active administrator; make another person" in refused.content.decode()
    back = client.post(f"{page}close/", follow=True)
    assert "This is the last active administrator; make another person" in back.content.decode()
    change_role(actor=last, user=people.nurse, role="administrator", now=NOW)
    assert "Close this account" in client.get(page).content.decode()


@pytest.mark.parametrize("role", [r for r in Role if r != Role.ADMINISTRATOR])
def test_only_an_administrator_keeps_accounts(people: People, role: str) -> None:
    with pytest.raises(PermissionRefusedError):
        create_user(actor=people.by_role[role], username="new", role="nurse", password=PASSWORD, now=NOW)


CLINICAL = {a for a in ALLOWED if a.split(".")[0] in {"course", "evaluation", "assessment", "safety_check"}}


@pytest.mark.story("HF-ACC-002")
def test_the_table_keeps_roles_apart() -> None:
    can = {role: {a for a, roles in ALLOWED.items() if role in roles} for role in Role}
    assert len(CLINICAL) > 8
    assert not can[Role.FRONT_DESK] & CLINICAL
    assert not can[Role.ADMINISTRATOR] & (CLINICAL | {"patient.view", "caseload.view"})
    assert can[Role.AUDITOR] == {"audit.view", "audit.verify", "audit.view_reads", "break_glass.view"}
    assert not can[Role.THERAPIST] & {"evaluation.view", "treatment_session.view_dose", "safety_check.view"}
    assert can[Role.PRESCRIBER] >= {"evaluation.override", "programme.sign_rule"}
    assert all(set(roles) <= {*Role.values, COMMAND_LINE, PATIENT} for roles in ALLOWED.values())


def test_an_action_that_is_not_in_the_table_is_a_fault_of_the_code(people: People) -> None:
    with pytest.raises(KeyError, match="add it there first"):
        require(people.nurse, "patient.teleport")


def test_a_refusal_names_no_subject(people: People, others: People) -> None:
    with pytest.raises(PermissionRefusedError) as refused:
        require(people.nurse, "patient.register", others.programme)
    assert "other" not in str(refused.value)
