"""The controlled-drug ledger: what is entered, what is refused, and that nothing is ever overwritten or doubled."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from decimal import Decimal
from typing import Any

import pytest
from django.db import IntegrityError, transaction

from holdfast.clinic.accounts.models import CommandLine
from holdfast.clinic.accounts.second_person import ConfirmedPerson
from holdfast.clinic.audit.append_only import AppendOnlyError
from holdfast.clinic.audit.models import AuditEntry
from holdfast.clinic.courses.models import Course
from holdfast.clinic.drug_ledger import actions, queries, standing
from holdfast.clinic.drug_ledger.models import DrugLot, Movement, StockCount
from holdfast.clinic.treatment_sessions.actions import SessionToPlan, cancel_treatment_session, plan_treatment_sessions
from holdfast.clinic.treatment_sessions.models import TreatmentSession
from holdfast.errors import HoldfastError, InputError, PermissionRefusedError, RefusedError
from tests.clinic.conftest import NOW, People, new_course, new_patient
from tests.clinic.ledger import DEVICES, VIALS, account, correct, count, draw, receive, remove

NEXT_DAY = NOW + dt.timedelta(days=1)
HOUR = dt.timedelta(hours=1)


@pytest.fixture
def devices(people: People) -> DrugLot:
    return receive(people).lot


@pytest.fixture
def vials(people: People) -> DrugLot:
    return receive(people, VIALS).lot


def planned(people: People, course: Course) -> TreatmentSession:
    (session,) = plan_treatment_sessions(
        actor=people.nurse, course=course, sessions=[SessionToPlan(planned_on=NOW.date())], now=NOW
    )
    return session


@contextmanager
def refused(error: type[HoldfastError], match: str) -> Iterator[None]:
    """It is refused in these words, and leaves no row and no audit entry behind."""
    kinds = (DrugLot, Movement, StockCount, AuditEntry)
    before = [kind.objects.count() for kind in kinds]
    with pytest.raises(error, match=match):
        yield
    assert [kind.objects.count() for kind in kinds] == before


@pytest.mark.story("HF-LED-001")
def test_a_vial_drawn_whole_is_given_and_wasted_and_the_balance_runs(people: People, vials: DrugLot) -> None:
    drawing = draw(people, vials, 10)
    assert standing.balance(vials.pk) == 40
    seen = queries.drawing_view(drawing)
    assert seen.sentence == "drawn 10 mL = given 0 mL + wasted 0 mL + open 10 mL"
    account(people, drawing, given="0.7", wasted="9.3", cause="remainder")
    seen = queries.drawing_view(drawing)
    assert seen.account.settled
    assert seen.sentence == "drawn 10 mL = given 0.7 mL + wasted 9.3 mL"
    assert seen.arithmetic[1] == "Given: 0.7 mL × 50 mg/mL = 35 mg ketamine (base)"
    lot, movements = queries.lot_view(vials, NOW)
    assert (lot.balance, lot.amount.mg) == (Decimal(40), Decimal(2000))
    assert [(m.row.kind, m.after) for m in movements] == [
        ("wasted", 40), ("given", 40), ("drawn", 40), ("received", 50),
    ]  # fmt: skip


@pytest.mark.story("HF-LED-001")
def test_esketamine_and_ketamine_are_never_one_sum(people: People, devices: DrugLot, vials: DrugLot) -> None:
    seen = queries.ledger(actor=people.nurse, programme=people.programme, now=NOW)
    assert [(t.drug, t.basis, t.mg) for t in seen.totals] == [
        ("esketamine", "base", Decimal(560)), ("ketamine", "base", Decimal(2500)),
    ]  # fmt: skip
    receive(people, VIALS, basis="salt")
    seen = queries.ledger(actor=people.nurse, programme=people.programme, now=NOW)
    assert [(t.drug, t.basis) for t in seen.totals] == [
        ("esketamine", "base"), ("ketamine", "base"), ("ketamine", "salt"),
    ]  # fmt: skip


@pytest.mark.story("HF-LED-001")
def test_what_is_given_is_bound_to_its_treatment_session(people: People, course: Course, devices: DrugLot) -> None:
    session = planned(people, course)
    drawing = draw(people, devices, 2, treatment_session=session)
    first = actions.record_given(actor=people.nurse, drawing=drawing, dose_mg=28, now=NOW, entry_key=uuid.uuid4())
    second = actions.record_given(actor=people.nurse, drawing=drawing, quantity=1, now=NOW, entry_key=uuid.uuid4())
    assert {first.treatment_session, second.treatment_session} == {session}
    (seen,) = queries.drawings_of_session(actor=people.nurse, treatment_session=session)
    assert (seen.account.given, seen.account.settled) == (2, True)
    with refused(RefusedError, match="more than was drawn"):
        actions.record_given(actor=people.nurse, drawing=drawing, quantity=1, now=NOW, entry_key=uuid.uuid4())


@pytest.mark.story("HF-LED-003")
def test_a_dose_that_no_record_names_is_given_before_a_second_person(
    people: People, course: Course, devices: DrugLot
) -> None:
    """Else one person draws, says "given", and the book agrees: the drug is gone, and nobody got it."""
    drawing = draw(people, devices, 3)
    with refused(InputError, match="witness: a second person has to confirm"):
        account(people, drawing, given=1, witness=None)
    with refused(InputError, match="witness: The second person is the one who enters it"):
        account(people, drawing, given=1, witness=ConfirmedPerson(people.nurse))
    with refused(InputError, match="treatment_session: say for which one"):
        actions.record_given(actor=people.nurse, drawing=drawing, quantity=1, now=NOW, entry_key=uuid.uuid4())
    (first,) = account(people, drawing, given=1)
    assert (first.treatment_session, first.witness) == (None, people.prescriber)
    session = planned(people, course)
    (second,) = account(people, drawing, given=1, witness=None, treatment_session=session)
    assert (second.treatment_session, second.witness) == (session, None)


def test_a_treatment_session_of_another_drug_programme_or_patient_is_refused(
    people: People, others: People, course: Course, devices: DrugLot, vials: DrugLot
) -> None:
    session = planned(people, course)
    with refused(InputError, match="planned with esketamine; this lot is ketamine"):
        draw(people, vials, 1, treatment_session=session)
    foreign = receive(others).lot
    with refused(InputError, match="another programme"):
        draw(others, foreign, 1, treatment_session=session)
    drawing = draw(people, devices, 1, treatment_session=session)
    other = planned(people, new_course(people, new_patient(people, "Bea Example")))
    with refused(InputError, match="drawn for another one"):
        actions.record_given(
            actor=people.nurse, drawing=drawing, quantity=1, treatment_session=other, now=NOW, entry_key=uuid.uuid4()
        )
    cancel_treatment_session(actor=people.nurse, treatment_session=other, why="ill", now=NOW)
    other.refresh_from_db()
    with refused(InputError, match="cancelled"):
        draw(people, devices, 1, treatment_session=other)


@pytest.mark.parametrize(
    ("label", "changes", "says"),
    [
        (DEVICES, {"mg_per_unit": 56}, "no esketamine device; one holds 28 mg"),
        (DEVICES, {"vial_ml": 1}, "leave it empty"),
        (VIALS, {"vial_ml": None}, "vial_ml"),
        (VIALS, {"mg_per_unit": 5000}, "stronger than any vial"),
        (VIALS, {"drug": "morphine"}, "drug"),
        (VIALS, {"basis": "mg"}, "basis: 'mg' is not known"),
        (VIALS, {"form": "tablet"}, "form: 'tablet' is not known"),
        (VIALS, {"containers": 0}, "containers"),
        (VIALS, {"containers": 2.5}, "containers"),
        (VIALS, {"lot_number": " "}, "lot_number"),
        (VIALS, {"lot_number": "a\u202eb"}, "lot_number"),
        (VIALS, {"lot_number": "x" * 500}, "lot_number"),
        (VIALS, {"expires_on": dt.date(9999, 1, 1)}, "expires_on"),
        (VIALS, {"happened_at": NOW + HOUR}, "in the future"),
        (VIALS, {"mg_per_unit": "nan"}, "mg_per_unit"),
    ],
)
def test_a_label_that_cannot_be_is_refused(people: People, label: dict, changes: dict, says: str) -> None:
    with refused(InputError, match=says):
        receive(people, label, **changes)


@pytest.mark.story("HF-LED-002")
def test_an_expired_lot_is_not_taken_in_nor_drawn_and_can_be_wasted(people: People) -> None:
    last = NOW.date()
    with refused(RefusedError, match="expired on 1 November 2026"):
        receive(people, DEVICES, expires_on=last - dt.timedelta(days=1))
    lot = receive(people, DEVICES, expires_on=last).lot
    drawing = draw(people, lot, 1)
    account(people, drawing, given=1)
    count(people, {lot: 19})
    with refused(RefusedError, match="expired on 2 November 2026"):
        draw(people, lot, 1, now=NEXT_DAY)
    assert remove(people, lot, 19, cause="expired", now=NEXT_DAY).kind == "wasted"
    assert standing.balance(lot.pk) == 0


@pytest.mark.parametrize("quantity", ["nan", "-1", "0", "1.5", "1e9", "0.0001", "x"])
def test_a_quantity_that_cannot_be_is_refused(people: People, devices: DrugLot, quantity: str) -> None:
    with refused(InputError, match="quantity"):
        draw(people, devices, quantity)


@pytest.mark.story("HF-LED-002")
def test_the_stock_never_falls_below_nothing(people: People, devices: DrugLot, vials: DrugLot) -> None:
    with refused(RefusedError, match="holds 20 devices of this lot, 1 device less"):
        draw(people, devices, 21)
    with refused(RefusedError, match="holds 50 mL"):
        remove(people, vials, "50.001")
    drawing = draw(people, devices, 20)
    with refused(RefusedError, match="holds 0 devices"):
        draw(people, devices, 1)
    received = devices.movements.get(kind="received")
    with refused(RefusedError, match="holds 0 devices"):
        correct(people, received, 19)
    account(people, drawing, given=2, returned=18)
    assert standing.balance(devices.pk) == 18


def test_only_what_is_sealed_goes_back(people: People, vials: DrugLot, devices: DrugLot) -> None:
    drawing = draw(people, vials, 10)
    with refused(RefusedError, match="sealed vial of 10 mL"):
        account(people, drawing, returned=5)
    account(people, drawing, returned=10)
    assert standing.balance(vials.pk) == 50
    primed = draw(people, devices, 1)
    account(people, primed, wasted=1, cause="primed")
    assert standing.balance(devices.pk) == 19


@pytest.mark.story("HF-LED-003")
def test_waste_has_a_second_person_who_is_another_one_and_may(people: People, others: People, vials: DrugLot) -> None:
    drawing = draw(people, vials, 10)
    waste = {"given": 1, "wasted": 9, "cause": "remainder"}
    with refused(InputError, match="witness: a second person has to confirm"):
        account(people, drawing, **waste, witness=None)
    with refused(InputError, match="witness: The second person is the one who enters it"):
        account(people, drawing, **waste, witness=ConfirmedPerson(people.nurse))
    for who in (people.front_desk, people.therapist, people.administrator, others.nurse):
        with refused(InputError, match="witness: this person cannot confirm here"):
            account(people, drawing, **waste, witness=ConfirmedPerson(who))
    with refused(InputError, match="cause: say why"):
        account(people, drawing, given=1, wasted=9)
    _, wasted = account(people, drawing, **waste)
    assert (wasted.entered_by, wasted.witness) == (people.nurse, people.prescriber)
    entry = AuditEntry.objects.order_by("-seq").first()
    assert entry.details == {"kind": "wasted", "witness": str(people.prescriber.public_id)}


def test_a_loss_is_entered_by_a_prescriber_with_its_story(people: People, devices: DrugLot) -> None:
    with refused(InputError, match="cause: a loss is entered by a prescriber"):
        remove(people, devices, cause="lost", why="gone")
    prescriber = {"actor": people.prescriber, "witness": ConfirmedPerson(people.nurse), "cause": "lost"}
    with refused(InputError, match="why: a loss needs the whole story"):
        remove(people, devices, **prescriber)
    assert remove(people, devices, **prescriber, why="not found; reported").cause == "lost"


def test_what_is_sent_away_says_where(people: People, devices: DrugLot) -> None:
    with refused(InputError, match="why: say where"):
        remove(people, devices, kind="sent")
    assert remove(people, devices, 20, kind="sent", why="reverse distributor").stock_change == -20


@pytest.mark.story("HF-LED-002")
def test_an_entry_sent_twice_is_one(people: People, vials: DrugLot) -> None:
    keys = [uuid.uuid4() for _ in range(6)]
    again: list[Callable[[], Any]] = [
        lambda: receive(people, VIALS, entry_key=keys[0]),
        lambda: draw(people, vials, 10, entry_key=keys[1]),
        lambda: account(people, Movement.objects.get(entry_key=keys[1]), given=1, wasted=9, cause="remainder",
                        entry_key=keys[2]),
        lambda: remove(people, vials, 10, entry_key=keys[3]),
        lambda: correct(people, Movement.objects.get(entry_key=keys[3]), 20, entry_key=keys[4]),
        lambda: count(people, {vials: 70}, entry_key=keys[5]),
    ]  # fmt: skip
    for send in again:
        first = send()
        rows, entries = Movement.objects.count(), AuditEntry.objects.count()
        assert send() == first
        assert send() == first
        assert (Movement.objects.count(), AuditEntry.objects.count()) == (rows, entries)
    assert (standing.balance(vials.pk), StockCount.objects.count()) == (70, 1)
    with refused(InputError, match="used for another entry"):
        draw(people, vials, 5, entry_key=keys[1])
    with refused(InputError, match="used for another entry"):
        remove(people, vials, 10, entry_key=keys[4])


@pytest.mark.story("HF-LED-002")
def test_a_correction_adds_and_nothing_is_overwritten(people: People, vials: DrugLot) -> None:
    drawing = draw(people, vials, 10)
    given, wasted = account(people, drawing, given="0.7", wasted="9.3", cause="remainder")
    with refused(RefusedError, match="more than was drawn"):
        correct(people, given, "0.8")
    correct(people, wasted, "9.2")
    assert not queries.drawing_view(drawing).account.settled
    correct(people, given, "0.8")
    assert queries.drawing_view(drawing).sentence == "drawn 10 mL = given 0.8 mL + wasted 9.2 mL"
    assert [str(row.quantity) for row in (given, wasted)] == ["0.700", "9.300"]
    with refused(InputError, match="says already"):
        correct(people, given, "0.8")
    with refused(InputError, match="not a correction"):
        correct(people, given.corrections.get(), 1)
    with refused(RefusedError, match="more than was drawn"):
        correct(people, drawing, 9)
    with pytest.raises(AppendOnlyError):
        given.save()
    with pytest.raises(AppendOnlyError):
        given.delete()
    with pytest.raises(AppendOnlyError):
        Movement.objects.filter(pk=given.pk).update(quantity=1)


def test_an_entry_that_never_took_place_is_corrected_to_nothing(people: People, devices: DrugLot) -> None:
    drawing = draw(people, devices, 2)
    correct(people, drawing, 0)
    assert (standing.balance(devices.pk), queries.open_drawings(people.programme)) == (20, [])


@pytest.mark.story("HF-LED-002")
def test_the_database_itself_refuses_what_no_action_writes(people: People, devices: DrugLot) -> None:
    drawing = draw(people, devices, 1)
    row = {
        "programme": people.programme, "lot": devices, "stock_change": 0, "booked_on": NOW.date(), "happened_at": NOW,
        "entered_at": NOW, "entered_by": people.nurse,
    }  # fmt: skip
    for fault in (
        {"kind": "given", "quantity": 1},
        {"kind": "wasted", "quantity": 1, "drawing": drawing},
        {"kind": "wasted", "quantity": 1, "witness": people.nurse},
        {"kind": "received", "quantity": -1},
        {"kind": "found", "quantity": 1},
        {"kind": "received", "quantity": 1, "entry_key": drawing.entry_key},
    ):
        with pytest.raises(IntegrityError), transaction.atomic():
            Movement(**{"entry_key": uuid.uuid4(), **row, **fault}).save()
    assert Movement.objects.count() == 2


@pytest.mark.parametrize(
    ("role", "may"),
    [
        ("front_desk", ()), ("therapist", ()), ("auditor", ()), ("administrator", ()),
        ("programme_lead", ("count",)), ("prescriber", ("receive", "draw", "account", "remove", "correct", "count")),
    ],
)  # fmt: skip
@pytest.mark.story("HF-ACC-002")
def test_who_may_enter(people: People, devices: DrugLot, role: str, may: tuple[str, ...]) -> None:
    drawing = draw(people, devices, 2)
    account(people, drawing, given=1)
    actor = {"actor": people.by_role[role], "witness": ConfirmedPerson(people.nurse)}
    plain = {"actor": people.by_role[role]}
    tried: dict[str, Callable[[], Any]] = {
        "receive": lambda: receive(people, **plain),
        "draw": lambda: draw(people, devices, 1, **plain),
        "account": lambda: account(people, drawing, given=1, **plain),
        "remove": lambda: remove(people, devices, 1, **actor),
        "correct": lambda: correct(people, devices.movements.get(kind="received"), 60, **actor),
        "count": lambda: count(people, {devices: 0}, **actor),
    }
    for name, act in tried.items():
        if name in may:
            continue
        with refused(PermissionRefusedError, match="is not permitted"):
            act()
    with refused(PermissionRefusedError, match="is not permitted"):
        draw(people, devices, 1, actor=CommandLine())
