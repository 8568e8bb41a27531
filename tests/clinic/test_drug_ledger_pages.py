"""The pages of the ledger: what they send, what they refuse, the second person's sign-in, and what is never shown."""

from __future__ import annotations

import datetime as dt
import uuid
from typing import Any

import pytest
from allauth.mfa.totp.internal.auth import TOTP, format_hotp_value, hotp_value, yield_hotp_counters_from_time
from axes.models import AccessAttempt
from django.contrib.messages import get_messages
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from holdfast.clinic.accounts.actions import require_two_step
from holdfast.clinic.accounts.models import User
from holdfast.clinic.audit.models import AuditEntry
from holdfast.clinic.courses.models import Course
from holdfast.clinic.drug_ledger import standing
from holdfast.clinic.drug_ledger.models import DrugLot, Movement, StockCount
from holdfast.clinic.treatment_sessions.actions import SessionToPlan, plan_treatment_sessions
from tests.clinic.conftest import NOW, PASSWORD, People
from tests.clinic.ledger import DEVICES, VIALS, account, count, draw, receive, remove

SECOND = {"witness_username": "prescriber", "witness_password": PASSWORD, "witness_code": ""}
REFUSED = 422


@pytest.fixture
def lot(people: People) -> DrugLot:
    """Today's devices: the pages know no other day."""
    return receive(people, now=timezone.now(), expires_on=timezone.now().date() + dt.timedelta(days=300)).lot


def client(people: People, role: str = "nurse") -> Client:
    made = Client()
    made.force_login(people.by_role[role])
    return made


def send(people: People, name: str, subject: Any, role: str = "nurse", **fields: Any) -> Any:
    key = subject.key if hasattr(subject, "key") else subject.public_id
    form = {"entry_key": uuid.uuid4(), **fields}
    return client(people, role).post(reverse(name, args=[key]), form)


def text(answer: Any) -> str:
    return " ".join(answer.content.decode().split())


@pytest.mark.story("HF-LED-001")
def test_a_day_through_the_pages(people: People) -> None:
    label = {**DEVICES, "expires_on": (timezone.now().date() + dt.timedelta(days=300)).isoformat()}
    assert send(people, "drug-receive", people.programme, **label).status_code == 302
    lot = DrugLot.objects.get()
    assert send(people, "drug-draw", lot, quantity="3").status_code == 302
    drawing = Movement.objects.get(kind="drawn")
    page = text(client(people).get(reverse("drug-ledger", args=["clinic"])))
    assert "drawn 3 devices = given 0 devices + wasted 0 devices + open 3 devices" in page
    done = send(people, "drug-account", drawing, given="2", wasted="1", cause="primed", **SECOND)
    assert done.status_code == 302
    page = text(client(people).get(done["Location"]))
    assert "Given: 2 devices × 28 mg = 56 mg esketamine (base)" in page
    answer = send(people, "drug-close", people.programme, **{f"lot_{lot.public_id}": "17"}, **SECOND)
    assert answer.status_code == 302
    assert "The count agrees, and the day is closed" in text(client(people).get(answer["Location"]))
    day = timezone.now().date().isoformat()
    sheet = text(client(people, "programme_lead").get(reverse("drug-day", args=["clinic", day])))
    assert "17 devices × 28 mg = 476 mg esketamine (base)" in sheet
    assert "Counted by" in sheet
    assert "✓ Closed" in sheet


def test_the_page_of_a_count_says_whether_the_day_is_still_closed(people: People, lot: DrugLot) -> None:
    now = timezone.now()
    counted = count(people, {lot: 20}, now=now)
    page = reverse("drug-count", args=[counted.public_id])
    tomorrow = now + dt.timedelta(days=1)
    assert "and the day is closed" in text(client(people).get(page))
    remove(people, lot, 1, now=tomorrow)  # on the sheet of another day
    assert "and the day is closed" in text(client(people).get(page))
    other = receive(people, DEVICES, lot_number="ESK-2", now=tomorrow).lot
    again = count(people, {lot: 19, other: 20}, now=tomorrow)
    remove(people, other, 1, now=tomorrow)
    assert "open the day again" in text(client(people).get(reverse("drug-count", args=[again.public_id])))


def test_vials_are_counted_sealed_and_open(people: People) -> None:
    vials = receive(people, VIALS, now=timezone.now()).lot
    account(people, draw(people, vials, "0.7", now=timezone.now()), given="0.7", now=timezone.now())
    page = text(client(people).get(reverse("drug-close", args=["clinic"])))
    assert "49.3" not in page
    fields = {f"vials_{vials.public_id}": "4", f"ml_{vials.public_id}": "9.3"}
    assert send(people, "drug-close", people.programme, **fields, **SECOND).status_code == 302
    assert standing.differing(StockCount.objects.get()) == ()


@pytest.mark.story("HF-LED-004")
def test_a_difference_is_explained_on_its_page(people: People, lot: DrugLot) -> None:
    counted = count(people, {lot: 19}, now=timezone.now())
    page = text(client(people).get(reverse("drug-count", args=[counted.public_id])))
    assert "1 device missing" in page
    assert "1 device × 28 mg = 28 mg esketamine (base)" in page
    assert "Explain and close" not in page
    refused = send(people, "drug-draw", lot, quantity="1")
    assert refused.status_code == REFUSED
    assert "differs from the ledger and is not explained" in text(refused)
    assert send(people, "drug-count", counted, why="found broken").status_code == 403
    assert send(people, "drug-count", counted, role="programme_lead", why=" ").status_code == REFUSED
    assert send(people, "drug-count", counted, role="programme_lead", why="found broken").status_code == 302
    assert send(people, "drug-draw", lot, quantity="1").status_code == 302


@pytest.mark.parametrize(
    ("proof", "says"),
    [
        ({"witness_password": "wrong"}, "do not belong together"),
        ({"witness_username": "nobody"}, "do not belong together"),
        ({"witness_username": "nurse"}, "another person must confirm"),
        ({"witness_username": "front_desk"}, "cannot confirm here"),
        ({"witness_username": ""}, "Not filled in yet"),
    ],
)
@pytest.mark.story("HF-LED-003")
def test_a_second_person_who_is_none_is_refused(people: People, lot: DrugLot, proof: dict, says: str) -> None:
    fields = {"kind": "wasted", "quantity": "1", "cause": "broken", **SECOND, **proof}
    answer = send(people, "drug-remove", lot, **fields)
    assert answer.status_code == REFUSED
    assert says in text(answer)
    assert PASSWORD not in text(answer)
    assert Movement.objects.count() == 1


@pytest.mark.story("HF-LED-003")
def test_tries_at_the_second_persons_password_close_that_sign_in(people: People, lot: DrugLot) -> None:
    fields = {"kind": "wasted", "quantity": "1", "cause": "broken", **SECOND}
    answers = [send(people, "drug-remove", lot, **{**fields, "witness_password": f"wrong-{n}"}) for n in range(5)]
    assert answers[-1].status_code == 429
    assert send(people, "drug-remove", lot, **fields).status_code == 429
    assert Movement.objects.count() == 1
    entered = {"login": "nurse", "password": PASSWORD}
    assert Client().post("/accounts/login/", entered).status_code == 302  # the nurse's own door stays open


@pytest.mark.story("HF-LED-003")
def test_of_a_failed_try_nothing_that_was_typed_is_kept(people: People, lot: DrugLot) -> None:
    fields = {"kind": "wasted", "quantity": "1", "cause": "broken", **SECOND, "witness_password": "nearly-right-9"}
    assert send(people, "drug-remove", lot, **fields).status_code == REFUSED
    (kept,) = AccessAttempt.objects.values()
    assert (kept["username"], kept["failures_since_start"]) == ("prescriber", 1)
    assert [word for word in ("nearly-right-9", "broken", "witness") if word in str(kept)] == []


@pytest.mark.story("HF-LED-003")
def test_another_way_to_write_the_name_is_the_same_name(people: People, lot: DrugLot) -> None:
    fields = {"kind": "wasted", "quantity": "1", "cause": "broken", **SECOND, "witness_password": "wrong"}
    names = ("prescriber", "Prescriber", "PRESCRIBER", " pResCriber ", "prescribeR")
    answers = [send(people, "drug-remove", lot, **{**fields, "witness_username": name}) for name in names]
    assert [answer.status_code for answer in answers] == [REFUSED] * 4 + [429]


@pytest.mark.story("HF-LED-003")
def test_codes_of_the_second_person_are_not_guessed(people: People, lot: DrugLot) -> None:
    TOTP.activate(people.prescriber, "JBSWY3DPEHPK3PXP")
    fields = {"kind": "wasted", "quantity": "1", "cause": "broken", **SECOND}
    assert [send(people, "drug-remove", lot, **fields).status_code for _ in range(3)] == [REFUSED] * 3  # none given
    answers = [send(people, "drug-remove", lot, **{**fields, "witness_code": f"00000{n}"}) for n in range(5)]
    assert [answer.status_code for answer in answers] == [REFUSED] * 4 + [429]


@pytest.mark.story("HF-LED-003")
def test_a_second_person_with_two_steps_gives_the_code(people: People, lot: DrugLot) -> None:
    secret = "JBSWY3DPEHPK3PXP"
    TOTP.activate(people.prescriber, secret)
    fields = {"kind": "wasted", "quantity": "1", "cause": "broken", **SECOND}
    refused = send(people, "drug-remove", lot, **fields)
    assert (refused.status_code, "authenticator shows now" in text(refused)) == (REFUSED, True)
    code = format_hotp_value(hotp_value(secret, next(iter(yield_hotp_counters_from_time()))))
    key = uuid.uuid4()
    assert send(people, "drug-remove", lot, **{**fields, "witness_code": code}, entry_key=key).status_code == 302
    again = send(people, "drug-remove", lot, **{**fields, "witness_code": code}, entry_key=key)
    assert again.status_code == 302  # the code is spent, the entry stands: not an error to whoever clicked twice
    assert Movement.objects.filter(kind="wasted").count() == 1


@pytest.mark.story("HF-LED-003")
def test_where_two_steps_are_required_a_password_alone_confirms_nothing(people: People, lot: DrugLot) -> None:
    require_two_step(actor=people.programme_lead, programme=people.programme, required=True, now=NOW)
    TOTP.activate(people.nurse, "JBSWY3DPEHPK3PXP")  # so that the nurse sees the page at all
    answer = send(people, "drug-remove", lot, kind="wasted", quantity="1", cause="broken", **SECOND)
    assert (answer.status_code, "with an authenticator app only" in text(answer)) == (REFUSED, True)
    assert Movement.objects.count() == 1


def test_a_closed_account_confirms_nothing(people: People, lot: DrugLot) -> None:
    User.objects.filter(username="prescriber").update(is_active=False)
    fields = {"kind": "wasted", "quantity": "1", "cause": "broken", **SECOND}
    assert send(people, "drug-remove", lot, **fields).status_code == REFUSED


@pytest.mark.story("HF-LED-002")
def test_a_page_sent_twice_is_one_entry(people: People, lot: DrugLot) -> None:
    key = uuid.uuid4()
    answers = [send(people, "drug-draw", lot, quantity="2", entry_key=key) for _ in range(3)]
    assert [answer.status_code for answer in answers] == [302] * 3
    assert Movement.objects.filter(kind="drawn").count() == 1
    changed = send(people, "drug-draw", lot, quantity="3", entry_key=key)
    assert "stands as it was sent first" in str(list(get_messages(changed.wsgi_request))[-1])
    drawing, key = Movement.objects.get(kind="drawn"), uuid.uuid4()
    for _ in range(2):
        assert send(people, "drug-account", drawing, given="1", entry_key=key, **SECOND).status_code == 302
    assert standing.balance(lot.pk) == 18
    assert Movement.objects.filter(kind="given").count() == 1


@pytest.mark.story("HF-LED-003")
def test_a_drawing_that_names_nobody_asks_for_whom_or_for_a_second_person(
    people: People, course: Course, lot: DrugLot
) -> None:
    (session,) = plan_treatment_sessions(
        actor=people.nurse, course=course, sessions=[SessionToPlan(planned_on=timezone.now().date())],
        now=timezone.now(),
    )  # fmt: skip
    drawing = draw(people, lot, 2, now=timezone.now())
    assert send(people, "drug-account", drawing, given="1").status_code == REFUSED
    assert send(people, "drug-account", drawing, given="1", treatment_session="x", **SECOND).status_code == REFUSED
    named = send(people, "drug-account", drawing, given="1", treatment_session=str(session.public_id))
    assert named.status_code == 302
    assert Movement.objects.get(kind="given").treatment_session == session
    assert send(people, "drug-account", drawing, given="1", **SECOND).status_code == 302
    assert Movement.objects.filter(kind="given").latest("pk").witness == people.prescriber
    bound = draw(people, lot, 1, treatment_session=session, now=timezone.now())
    page = text(client(people).get(reverse("drug-account", args=[bound.public_id])))
    assert "For which treatment session" not in page
    assert send(people, "drug-account", bound, given="1").status_code == 302


@pytest.mark.parametrize("key", ["", "x", "0" * 5000])
def test_an_entry_without_a_key_is_refused(people: People, lot: DrugLot, key: str) -> None:
    assert send(people, "drug-draw", lot, quantity="1", entry_key=key).status_code == REFUSED
    assert Movement.objects.count() == 1


@pytest.mark.parametrize("value", ["1e10", "-1", "nan", "1.5", "", "x", "0.0004", "9" * 400])
def test_a_slip_breaks_no_page(people: People, lot: DrugLot, value: str) -> None:
    answer = send(people, "drug-draw", lot, quantity=value)
    assert answer.status_code == REFUSED
    assert "quantity" in answer.context["form"].errors
    for name, kept in (("drug-ledger", "clinic"), ("drug-lot", lot.public_id), ("drug-close", "clinic")):
        assert client(people).get(reverse(name, args=[kept])).status_code == 200


@pytest.mark.parametrize("day", ["2026-13-01", "x", "20261102T00", "0001-01-01", "9999-12-31"])
def test_a_day_that_is_none_breaks_no_page(people: People, lot: DrugLot, day: str) -> None:
    answer = client(people).get(reverse("drug-day", args=["clinic", day]))
    assert answer.status_code == 404


def test_a_day_without_entries_has_an_empty_sheet(people: People) -> None:
    page = text(client(people).get(reverse("drug-day", args=["clinic", "1999-12-31"])))
    assert "Nothing was in stock and nothing moved" in page


def test_only_a_drawing_is_accounted_for(people: People, lot: DrugLot) -> None:
    received = lot.movements.get()
    assert client(people).get(reverse("drug-account", args=[received.public_id])).status_code == 404


def test_the_record_of_actions_holds_no_amount_and_no_story(people: People, lot: DrugLot) -> None:
    account(people, draw(people, lot, 2, now=timezone.now()), given=1, wasted=1, cause="primed", why="sprayed into air",
            now=timezone.now())  # fmt: skip
    told = [entry.details for entry in AuditEntry.objects.filter(action__startswith="drug_ledger")]
    assert [set(details) <= {"kind", "witness"} for details in told] == [True] * 4
    assert "sprayed" not in str(told)


@pytest.mark.story("HF-AUD-003")
def test_who_reads_the_ledger_and_whose_drawing_is_on_record(people: People, course: Course, lot: DrugLot) -> None:
    (session,) = plan_treatment_sessions(
        actor=people.nurse, course=course, sessions=[SessionToPlan(planned_on=NOW.date())], now=NOW
    )
    drawing = draw(people, lot, 1, treatment_session=session, now=timezone.now())
    reader = client(people)
    for _ in range(2):
        reader.get(reverse("drug-ledger", args=["clinic"]))
        reader.get(reverse("drug-account", args=[drawing.public_id]))
        reader.get(reverse("drug-correct", args=[lot.movements.get(kind="received").public_id]))  # names nobody
    told = AuditEntry.objects.filter(action__endswith=".read").order_by("seq")
    assert [(e.action, e.subject_ref) for e in told] == [
        ("drug_ledger.read", str(people.nurse.public_id)), ("patient.read", str(course.patient.public_id)),
    ]  # fmt: skip
