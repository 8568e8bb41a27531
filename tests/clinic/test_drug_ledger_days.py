"""The close of day: two people count, a difference blocks, an explanation sets the ledger to what was counted."""

from __future__ import annotations

import datetime as dt
import uuid

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from holdfast.clinic.accounts.models import User
from holdfast.clinic.accounts.second_person import ConfirmedPerson
from holdfast.clinic.courses.models import Course
from holdfast.clinic.drug_ledger import actions, queries, standing
from holdfast.clinic.drug_ledger.models import DrugLot, Movement
from holdfast.clinic.treatment_sessions.actions import (
    SessionToPlan,
    correct_treatment_session,
    plan_treatment_sessions,
    record_treatment_session,
)
from holdfast.errors import InputError, PermissionRefusedError, RefusedError
from tests.clinic.conftest import NOW, People
from tests.clinic.ledger import VIALS, account, correct, count, draw, receive, remove
from tests.clinic.test_drug_ledger import refused

NEXT_DAY = NOW + dt.timedelta(days=1)
HOUR = dt.timedelta(hours=1)


@pytest.fixture
def lot(people: People) -> DrugLot:
    return receive(people).lot


def explain(people: People, counted, **changes):
    values = {"actor": people.programme_lead, "stock_count": counted, "why": "one broke; entered late", "now": NOW}
    return actions.explain_difference(**{**values, **changes})


def days(people: People, now: dt.datetime = NOW) -> standing.DayState:
    return standing.day_state(people.programme, now)


@pytest.mark.story("HF-LED-004")
def test_a_count_that_agrees_closes_the_day_until_something_is_entered(people: People, lot: DrugLot) -> None:
    assert days(people).unclosed == (NOW.date(),)
    count(people, {lot: 20})
    assert days(people).unclosed == ()
    assert days(people).closed_today
    account(people, draw(people, lot, 1, now=NOW + HOUR), given=1, now=NOW + HOUR)
    assert not days(people).closed_today
    with refused(RefusedError, match="2 November 2026 was not closed"):
        draw(people, lot, 1, now=NEXT_DAY)
    count(people, {lot: 19}, now=NEXT_DAY)
    assert draw(people, lot, 1, now=NEXT_DAY).booked_on == NEXT_DAY.date()


@pytest.mark.story("HF-LED-004")
def test_a_page_of_a_count_that_is_sent_again_with_other_numbers_is_refused(people: People, lot: DrugLot) -> None:
    """Who went back and counted anew was told that it was done, and the ledger kept the first numbers."""
    key = uuid.uuid4()
    first = count(people, {lot: 19}, entry_key=key)
    assert count(people, {lot: "19.000"}, entry_key=key) == first
    with pytest.raises(InputError, match="open it again"):
        count(people, {lot: 20}, entry_key=key)
    assert people.programme.stock_counts.count() == 1


@pytest.mark.story("HF-LED-004")
def test_a_day_cannot_be_counted_while_a_drawing_is_open(people: People, lot: DrugLot) -> None:
    drawing = draw(people, lot, 2)
    with refused(RefusedError, match="Not accounted for yet: esketamine device lot ESK-1, drawn 2 devices"):
        count(people, {lot: 18})
    given, *_ = account(people, drawing, given=2)
    count(people, {lot: 18})
    count(people, {lot: 18}, now=NEXT_DAY)
    later = NEXT_DAY + dt.timedelta(days=1)
    correct(people, given, 1, now=later)  # of a drawing two closed days ago
    with refused(RefusedError, match="Not accounted for yet"):
        count(people, {lot: 18}, now=later)


@pytest.mark.story("HF-LED-004")
def test_a_difference_blocks_the_close_and_the_next_day_until_it_is_explained(people: People, lot: DrugLot) -> None:
    counted = count(people, {lot: 19})
    assert days(people).difference == counted
    with refused(RefusedError, match="differs from the ledger and is not explained"):
        draw(people, lot, 1, now=NOW + HOUR)
    with refused(RefusedError, match="was not closed.*not explained"):
        draw(people, lot, 1, now=NEXT_DAY)
    explain(people, counted, now=NEXT_DAY)
    assert standing.balance(lot.pk) == 19
    assert days(people, NEXT_DAY).unclosed == ()
    adjusted = Movement.objects.get(kind="adjusted")
    assert (adjusted.quantity, adjusted.booked_on, adjusted.stock_count) == (-1, NOW.date(), counted)
    assert draw(people, lot, 19, now=NEXT_DAY).booked_on == NEXT_DAY.date()
    with refused(InputError, match="explained before"):
        explain(people, counted)


def test_too_many_is_a_difference_too(people: People, lot: DrugLot) -> None:
    counted = count(people, {lot: 21})
    (line,) = queries.count_lines(counted)
    assert (line.difference, line.arithmetic) == ("1 device too many", "1 device × 28 mg = 28 mg esketamine (base)")
    explain(people, counted)
    assert standing.balance(lot.pk) == 21


@pytest.mark.story("HF-LED-004")
def test_who_explains_a_difference(people: People, lot: DrugLot) -> None:
    counted = count(
        people, {lot: 19}, actor=people.prescriber, witness=ConfirmedPerson(people.nurse)
    )  # fmt: skip
    with refused(RefusedError, match="Whoever entered the count does not explain it"):
        explain(people, counted, actor=people.prescriber)
    for role in ("nurse", "front_desk", "therapist", "auditor", "administrator"):
        with refused(PermissionRefusedError, match="not permitted"):
            explain(people, counted, actor=people.by_role[role])
    with refused(InputError, match="why: a difference needs its explanation"):
        explain(people, counted, why=" ")
    explain(people, counted)


@pytest.mark.story("HF-LED-004")
def test_a_missing_entry_is_entered_late_and_the_day_counted_again(people: People, lot: DrugLot) -> None:
    first = count(people, {lot: 19})
    broke = remove(people, lot, 1, now=NEXT_DAY, happened_at=NOW - HOUR)
    assert broke.booked_on == NOW.date()
    assert queries.MovementView(broke).entered_late
    with refused(RefusedError, match="count again"):
        explain(people, first)
    second = count(people, {lot: 19}, now=NEXT_DAY)
    assert second.counted_on == NOW.date()
    assert days(people, NEXT_DAY).unclosed == ()
    with refused(InputError, match="nothing to explain"):
        explain(people, second)
    with refused(RefusedError, match="newer count"):
        explain(people, first)


def test_a_drawing_of_yesterday_is_entered_late_although_yesterday_is_open(people: People, lot: DrugLot) -> None:
    count(people, {lot: 18})
    drawing = draw(people, lot, 2, now=NEXT_DAY, happened_at=NOW - HOUR)
    account(people, drawing, given=2, now=NEXT_DAY)
    count(people, {lot: 18}, now=NEXT_DAY)
    assert days(people, NEXT_DAY).unclosed == ()


def test_a_closed_day_never_changes(people: People, lot: DrugLot) -> None:
    count(people, {lot: 20})
    before = [(m.row.kind, m.after) for line in queries.sheet(people.programme, NOW.date()) for m in line.movements]
    late = remove(people, lot, 1, now=NEXT_DAY, happened_at=NOW)
    assert late.booked_on == NEXT_DAY.date()
    after = [(m.row.kind, m.after) for line in queries.sheet(people.programme, NOW.date()) for m in line.movements]
    assert after == before == [("received", 20)]


@pytest.mark.story("HF-LED-005")
def test_a_drawing_of_a_closed_day_says_why_and_is_told_on_both_sheets(people: People, lot: DrugLot) -> None:
    count(people, {lot: 20})
    late = {"now": NEXT_DAY, "happened_at": NOW + HOUR}
    with refused(RefusedError, match="2 November 2026 is closed; say why.*joins 3 November 2026"):
        draw(people, lot, 2, **late)
    drawing = draw(people, lot, 2, why_late="the tablet was off", **late)
    assert (drawing.booked_on, drawing.why) == (NEXT_DAY.date(), "the tablet was off")
    account(people, drawing, given=2, now=NEXT_DAY)
    (closed,) = queries.sheet(people.programme, NOW.date())
    assert (closed.closing, standing.day_is_closed(people.programme, NOW.date())) == (20, True)
    (joined,) = queries.sheet(people.programme, NEXT_DAY.date())
    assert [(m.row.kind, m.after, m.of_closed_day) for m in joined.movements] == [
        ("drawn", 18, NOW.date()), ("given", 18, None),
    ]  # fmt: skip
    assert [m.row for m in queries.entered_after(people.programme, NOW.date())] == [drawing]
    count(people, {lot: 18}, now=NEXT_DAY)
    page = Client()
    page.force_login(people.nurse)
    for day in (NOW, NEXT_DAY):
        shown = page.get(reverse("drug-day", args=[people.programme.key, day.date().isoformat()])).content.decode()
        assert "▲ Late" in shown
        assert ("Of this day, entered after its close" in shown) is (day is NOW)


@pytest.mark.story("HF-LED-005")
def test_a_drawing_of_today_or_of_the_open_day_needs_no_reason(people: People, lot: DrugLot) -> None:
    first = draw(people, lot, 1, now=NEXT_DAY, happened_at=NOW)  # of the day that nobody closed yet
    assert (first.booked_on, queries.MovementView(first).of_closed_day) == (NOW.date(), None)
    with refused(InputError, match="before the day on which this lot was received"):
        draw(people, lot, 1, happened_at=NOW - dt.timedelta(days=1), why_late="forgotten")


def test_every_lot_in_stock_is_counted_by_two(people: People, others: People, lot: DrugLot) -> None:
    vials = receive(people, VIALS).lot
    with refused(InputError, match="count this lot too"):
        count(people, {lot: 20})
    with refused(InputError, match="another programme"):
        count(others, {lot: 20})
    both = {lot: 20, vials: "50"}
    with refused(InputError, match="witness: a second person"):
        count(people, both, witness=None)
    with refused(InputError, match="witness: The second person is the one"):
        count(people, both, witness=ConfirmedPerson(people.nurse))
    with refused(InputError, match="lot_.*whole"):
        count(people, {lot: "19.5", vials: 50})
    with refused(InputError, match="lot_"):
        count(people, {lot: -1, vials: 50})
    count(people, both)
    assert days(people).closed_today


def test_the_day_is_that_of_the_programme(people: People) -> None:
    people.programme.time_zone = "America/New_York"
    people.programme.save()
    evening = dt.datetime(2026, 11, 3, 2, 0, tzinfo=dt.UTC)  # the evening of the 2nd there
    lot = receive(people, now=evening).lot
    assert lot.movements.get().booked_on == dt.date(2026, 11, 2)
    count(people, {lot: 20}, now=evening)
    assert draw(people, lot, 1, now=evening + 8 * HOUR).booked_on == dt.date(2026, 11, 3)


def test_a_week_without_movements_needs_no_count(people: People, lot: DrugLot) -> None:
    count(people, {lot: 20})
    later = NOW + dt.timedelta(days=7)
    assert draw(people, lot, 1, now=later).booked_on == later.date()


def test_the_sheet_opens_with_what_the_day_before_closed(people: People, lot: DrugLot) -> None:
    account(people, draw(people, lot, 2), given=2)
    explain(people, count(people, {lot: 17}))
    account(people, draw(people, lot, 1, now=NEXT_DAY), given=1, now=NEXT_DAY)
    (first,), (second,) = (queries.sheet(people.programme, day.date()) for day in (NOW, NEXT_DAY))
    assert (first.opening, first.closing, second.opening, second.closing) == (0, 17, 17, 16)
    assert [m.row.kind for m in first.movements] == ["received", "drawn", "given", "adjusted"]


def queries_of_the_ledger(people: People) -> int:
    actor = User.objects.get(pk=people.nurse.pk)
    with CaptureQueriesContext(connection) as captured:
        seen = queries.ledger(actor=actor, programme=people.programme, now=NOW)
        assert seen.lots
    return len(captured)


def test_the_ledger_asks_as_often_for_many_movements_as_for_few(people: People, lot: DrugLot) -> None:
    account(people, draw(people, lot, 1), given=1)
    few = queries_of_the_ledger(people)
    for _ in range(5):
        account(people, draw(people, lot, 1), given=1)
    other = receive(people, VIALS).lot
    draw(people, other, "0.5")
    assert queries_of_the_ledger(people) <= few + 1  # the accounts of open drawings are asked once
    assert few < 15


def test_counts_are_kept_by_key(people: People, lot: DrugLot) -> None:
    key = uuid.uuid4()
    first = count(people, {lot: 20}, entry_key=key)
    assert count(people, {lot: "20.0"}, entry_key=key) == first
    with refused(InputError, match="used for another entry"):
        count(people, {lot: 3}, entry_key=key)
    with refused(InputError, match="used for another entry"):
        count(people, {lot: 20}, entry_key=key, actor=people.prescriber, witness=ConfirmedPerson(people.nurse))


def test_the_sheet_sets_each_treatment_session_beside_the_ledger(people: People, course: Course, lot: DrugLot) -> None:
    first, second = plan_treatment_sessions(
        actor=people.nurse, course=course, now=NOW,
        sessions=[SessionToPlan(planned_on=day.date()) for day in (NOW, NEXT_DAY)],
    )  # fmt: skip
    account(people, draw(people, lot, 2, treatment_session=first), given=2)
    (line,) = queries.sessions_of(people.programme, NOW.date())
    assert (line.stands, [a.mg for a in line.given]) == ("dose not recorded", [56])
    given = {"dosed_at": NOW, "discharged_at": NOW + 2 * HOUR, "now": NOW + 2 * HOUR}
    record_treatment_session(actor=people.nurse, treatment_session=first, dose_mg=84, **given)
    assert [one.stands for one in queries.sessions_of(people.programme, NOW.date())] == ["differs"]
    first.refresh_from_db()
    correct_treatment_session(actor=people.nurse, treatment_session=first, dose_mg=56, why="two devices", **given)
    assert [one.stands for one in queries.sessions_of(people.programme, NOW.date())] == ["agrees"]
    later = {name: at + dt.timedelta(days=1) for name, at in given.items()}
    record_treatment_session(actor=people.nurse, treatment_session=second, dose_mg=56, **later)
    assert [one.stands for one in queries.sessions_of(people.programme, NEXT_DAY.date())] == ["not in the ledger"]


@pytest.mark.story("HF-LED-001")
def test_a_sheet_and_a_ledger_that_differ_wait_after_the_day_is_closed(people: People, course: Course) -> None:
    """The count agrees whatever the flow-sheet says: the close of day ends nothing."""

    def told(now: dt.datetime) -> list[tuple[str, dt.date, bool]]:
        due = queries.ledger_due(people.programme, now)
        return [(one.why, one.on, one.overdue) for one in due if one.kind == "ledger:session"]

    before, first, second = plan_treatment_sessions(
        actor=people.nurse, course=course, now=NOW, sessions=[SessionToPlan(planned_on=NOW.date())] * 3
    )
    given = {"actor": people.nurse, "dose_mg": 84}
    yesterday = NOW - dt.timedelta(days=1)
    record_treatment_session(
        treatment_session=before, dosed_at=yesterday, discharged_at=yesterday + 2 * HOUR, now=NOW, **given
    )
    lot = receive(people).lot  # the ledger begins: what was given before is not in it
    for session in (first, second):
        account(people, draw(people, lot, 2, treatment_session=session), given=2)
    record_treatment_session(
        treatment_session=first, dosed_at=NOW, discharged_at=NOW + 2 * HOUR, now=NOW + 2 * HOUR, **given
    )
    assert told(NOW) == [("Ada Example: differs", NOW.date(), False)]
    count(people, {lot: 16}, now=NOW + 3 * HOUR)
    assert days(people, NEXT_DAY).unclosed == ()
    assert told(NEXT_DAY) == [
        ("Ada Example: differs", NOW.date(), True), ("Ada Example: dose not recorded", NOW.date(), True),
    ]  # fmt: skip
