"""The only writer of the controlled-drug ledger. Entries of one programme are written one after the other.

Every entry has an `entry_key` of the page (or device) that sends it: sent again, it answers with the first row.
An entry belongs to the open day of the ledger (standing.py); `happened_at` says when it took place.
"""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from django.db import transaction

from holdfast.clinic.accounts.models import Actor, User
from holdfast.clinic.accounts.permissions import require
from holdfast.clinic.accounts.second_person import ConfirmedPerson
from holdfast.clinic.audit import actions as audit
from holdfast.clinic.drug_ledger import standing
from holdfast.clinic.drug_ledger.guards import (
    Quantity,
    allow,
    figure_of,
    moment_of,
    of_this_patient,
    person_of,
    require_in_stock_by,
    sent_before,
    the_same,
    waste_columns,
    whole_of,
    witness_of,
)
from holdfast.clinic.drug_ledger.models import CountLine, DrugLot, Explanation, Movement, StockCount
from holdfast.clinic.plain_text import plain_text, require_plain_text, required_text
from holdfast.clinic.possible import require_possible_day
from holdfast.clinic.programmes.models import Programme
from holdfast.clinic.treatment_sessions.models import TreatmentSession
from holdfast.errors import InputError
from holdfast.safety import drug_ledger as rules
from holdfast.safety.drug_amounts import quantity_of, quantity_of_dose, strength
from holdfast.safety.drug_ledger import WITNESSED, Account, Kind


@transaction.atomic
def receive_stock(
    *,
    actor: Actor,
    programme: Programme,
    drug: str,
    form: str,
    mg_per_unit: Quantity,
    basis: str,
    lot_number: str,
    expires_on: dt.date,
    containers: int,
    now: dt.datetime,
    entry_key: uuid.UUID,
    vial_ml: Quantity | None = None,
    happened_at: dt.datetime | None = None,
) -> Movement:
    """Take so many sealed vials or devices into stock; a label not seen before makes a new lot.

    Raises `InputError` on what no label says, `RefusedByRuleError` where the lot is expired.
    """
    require(actor, "drug_ledger.receive", programme)
    user = person_of(actor)
    _one_after_the_other(programme)
    of = strength(drug, form, figure_of("mg_per_unit", mg_per_unit), basis, figure_of("vial_ml", vial_ml))
    require_possible_day("expires_on", expires_on, now, ahead=True)
    label = {
        "drug": drug, "form": form, "mg_per_unit": of.mg_per_unit, "vial_ml": of.vial_ml, "basis": basis,
        "lot_number": lot_number.strip(), "expires_on": expires_on,
    }  # fmt: skip
    if not label["lot_number"]:
        raise InputError("lot_number: give the lot number that is printed on it")
    lot = programme.drug_lots.filter(**label).first()
    quantity = quantity_of(of, "containers", whole_of(containers) * of.container)
    if lot is not None and (first := sent_before(entry_key, lot, Kind.RECEIVED, quantity)):
        return first
    moment = moment_of(happened_at, now)
    allow("Not taken in", rules.receipt(expires_on=expires_on, on=programme.day_of(moment)))
    if lot is None:
        lot = DrugLot(programme=programme, entered_at=now, entered_by=user, **label)
        require_plain_text(lot, "lot_number")
        lot.save()
    return _enter(lot, Kind.RECEIVED, quantity, user, now, entry_key, "drug_ledger.receive", happened_at=moment)


@transaction.atomic
def draw(
    *,
    actor: Actor,
    lot: DrugLot,
    quantity: Quantity,
    now: dt.datetime,
    entry_key: uuid.UUID,
    treatment_session: TreatmentSession | None = None,
    happened_at: dt.datetime | None = None,
    why_late: str = "",
) -> Movement:
    """Take mL or devices out of the stock for a patient. Raises `RefusedByRuleError` with every reason against it.

    `why_late` is asked where it was drawn on a day whose sheet is closed.
    """
    require(actor, "drug_ledger.draw", lot)
    user = person_of(actor)
    _one_after_the_other(lot.programme)
    amount = quantity_of(lot.strength, "quantity", quantity)
    if first := sent_before(entry_key, lot, Kind.DRAWN, amount):
        return first
    moment = moment_of(happened_at, now)
    of_this_patient(lot, treatment_session)
    require_in_stock_by(lot, moment, now)
    days, why_late = standing.day_state(lot.programme, now), plain_text("why_late", why_late)
    decision = rules.drawing(
        of=lot.strength,
        quantity=amount,
        balance=standing.balance(lot.pk),
        expires_on=lot.expires_on,
        on=lot.programme.day_of(moment),
        unclosed=days.open_day if days.late else None,
        difference_stands=days.difference is not None and moment > days.difference.entered_at,
        open_day=days.open_day,
        why_late=why_late,
    )
    allow("Not drawn", decision)
    values = {"happened_at": moment, "treatment_session": treatment_session, "why": why_late}
    return _enter(lot, Kind.DRAWN, amount, user, now, entry_key, "drug_ledger.draw", **values)


@transaction.atomic
def record_given(
    *,
    actor: Actor,
    drawing: Movement,
    now: dt.datetime,
    entry_key: uuid.UUID,
    quantity: Quantity | None = None,
    dose_mg: Quantity | None = None,
    treatment_session: TreatmentSession | None = None,
    happened_at: dt.datetime | None = None,
) -> Movement:
    """What of a drawing the patient got, as mL or devices, or as mg. For the flow-sheet, one device at a time too.

    Linked to the treatment session named, else to the one the drawing names. Raises `InputError` where there is none:
    no record would say who got it, and a second person confirms that on the page of the drawing.
    """
    require(actor, "drug_ledger.give", drawing)
    if (quantity is None) == (dose_mg is None):
        raise InputError("quantity: give the mL or devices, or the mg, not both")
    of = drawing.lot.strength
    if quantity is None:
        quantity = quantity_of_dose(of, figure_of("dose_mg", dose_mg) or Decimal(0))
    named = treatment_session or drawing.treatment_session
    if named is None:
        raise InputError("treatment_session: say for which one it was given")
    (given,) = _account(
        actor, drawing, {Kind.GIVEN: quantity_of(of, "given", quantity)}, now, {Kind.GIVEN: entry_key},
        treatment_session=named, happened_at=happened_at,
    )  # fmt: skip
    return given


@transaction.atomic
def account_for_drawing(
    *,
    actor: Actor,
    drawing: Movement,
    now: dt.datetime,
    entry_key: uuid.UUID,
    given: Quantity | None = None,
    wasted: Quantity | None = None,
    returned: Quantity | None = None,
    cause: str = "",
    why: str = "",
    witness: ConfirmedPerson | None = None,
    treatment_session: TreatmentSession | None = None,
    happened_at: dt.datetime | None = None,
) -> list[Movement]:
    """What became of a drawing: given, wasted before a second person, put back sealed. All of it or nothing.

    What was given belongs to the treatment session named, else to the one the drawing names. Where there is none, no
    record says who got it: a second person confirms it, as waste.
    """
    require(actor, "drug_ledger.give", drawing)
    of = drawing.lot.strength
    said = {"given": given, "wasted": wasted, "returned": returned}
    parts = {Kind(name): quantity_of(of, name, value) for name, value in said.items() if value is not None}
    if not parts:
        raise InputError("given: say what was given, wasted or returned")
    keys = {kind: uuid.uuid5(entry_key, kind.value) for kind in parts}
    named = treatment_session or drawing.treatment_session
    apart: dict[Kind, dict[str, Any]] = {}
    if Kind.WASTED in parts:
        apart[Kind.WASTED] = waste_columns(actor, drawing.lot, cause, why, witness)
    if Kind.GIVEN in parts and rules.needs_second_person(Kind.GIVEN, of_a_treatment_session=named is not None):
        apart[Kind.GIVEN] = {"witness": witness_of(actor, drawing.lot.programme, witness)}
    return _account(actor, drawing, parts, now, keys, apart=apart, treatment_session=named, happened_at=happened_at)


@transaction.atomic
def remove_from_stock(
    *,
    actor: Actor,
    lot: DrugLot,
    kind: str,
    quantity: Quantity,
    witness: ConfirmedPerson | None,
    now: dt.datetime,
    entry_key: uuid.UUID,
    cause: str = "",
    why: str = "",
    happened_at: dt.datetime | None = None,
) -> Movement:
    """Waste what was never drawn (broken, expired), or send it away; before a second person."""
    require(actor, "drug_ledger.remove", lot)
    user = person_of(actor)
    if kind not in WITNESSED:
        raise InputError(f"kind: {kind!r} is not known; give one of {', '.join(sorted(WITNESSED))}")
    _one_after_the_other(lot.programme)
    amount = quantity_of(lot.strength, "quantity", quantity)
    if first := sent_before(entry_key, lot, Kind(kind), amount):
        return first
    if kind == Kind.WASTED:
        values = waste_columns(actor, lot, cause, why, witness)
    else:
        where = required_text("why", why, "say where it is sent")
        values = {"why": where, "witness": witness_of(actor, lot.programme, witness)}
    allow("Not entered", rules.removal(of=lot.strength, quantity=amount, balance=standing.balance(lot.pk)))
    values["happened_at"] = moment_of(happened_at, now)
    return _enter(lot, Kind(kind), amount, user, now, entry_key, "drug_ledger.remove", **values)


@transaction.atomic
def correct_movement(
    *,
    actor: Actor,
    movement: Movement,
    quantity: Quantity,
    why: str,
    witness: ConfirmedPerson | None,
    now: dt.datetime,
    entry_key: uuid.UUID,
) -> Movement:
    """Say what a movement really was, 0 for one that never took place: a row with the difference joins it."""
    require(actor, "drug_ledger.correct", movement)
    user, lot = person_of(actor), movement.lot
    _one_after_the_other(lot.programme)
    if first := Movement.objects.filter(entry_key=entry_key).first():
        return the_same(first, same=first.corrects_id == movement.pk)
    if movement.corrects_id is not None or movement.kind == Kind.ADJUSTED:
        raise InputError("quantity: correct the first entry, not a correction; after a count, count again")
    why = required_text("why", why, "a correction needs its reason")
    values = {"why": why, "witness": witness_of(actor, lot.programme, witness), "drawing": movement.drawing}
    true = quantity_of(lot.strength, "quantity", quantity, zero=True)
    change = true - standing.effective(movement)
    if not change:
        raise InputError("quantity: that is what the ledger says already")
    kind = Kind(movement.kind)
    _still_adds_up(movement, kind, change)
    values |= {"corrects": movement, "treatment_session": movement.treatment_session, "cause": movement.cause}
    values["happened_at"] = movement.happened_at
    return _enter(lot, kind, change, user, now, entry_key, "drug_ledger.correct", **values)


@transaction.atomic
def count_stock(
    *,
    actor: Actor,
    programme: Programme,
    counted: Mapping[DrugLot, Quantity],
    witness: ConfirmedPerson | None,
    now: dt.datetime,
    entry_key: uuid.UUID,
) -> StockCount:
    """What two people counted of every lot in stock, at the close of the open day. One that agrees closes it.

    Raises `RefusedByRuleError` while a drawing is open, `InputError` where a lot was left out.
    """
    require(actor, "drug_ledger.count", programme)
    user = person_of(actor)
    _one_after_the_other(programme)
    if (first := StockCount.objects.filter(entry_key=entry_key).first()) is not None:
        if first.programme_id != programme.pk or first.entered_by_id != user.pk:
            raise InputError("this page was used for another entry; open it again")
        said = {line.lot_id: line.counted for line in first.lines.all()}
        again = {lot.pk: quantity_of(lot.strength, f"lot_{lot.public_id}", v, zero=True) for lot, v in counted.items()}
        return the_same(first, same=said == again)
    second = witness_of(actor, programme, witness)
    waiting = [f"{row.lot}, {account.sentence(row.lot.strength)}" for row, account in standing.open_drawings(programme)]
    allow("Not counted", rules.count(open_drawings=waiting))
    stock = standing.balances(programme)
    _every_lot(programme, stock, counted)
    last = programme.drug_movements.order_by("-pk").first()
    counting = StockCount(
        entry_key=entry_key, programme=programme, counted_on=standing.day_state(programme, now).open_day,
        after_movement=last.pk if last else 0, entered_at=now, entered_by=user, witness=second,
    )  # fmt: skip
    counting.save()
    for lot, value in counted.items():
        number = quantity_of(lot.strength, f"lot_{lot.public_id}", value, zero=True)
        CountLine(stock_count=counting, lot=lot, expected=stock.get(lot.pk, Decimal(0)), counted=number).save()
    details = {"differs": bool(standing.differing(counting)), "witness": str(second.public_id)}
    audit.record(actor, "drug_ledger.count", counting, at=now, details=details)
    return counting


@transaction.atomic
def explain_difference(*, actor: Actor, stock_count: StockCount, why: str, now: dt.datetime) -> Explanation:
    """A prescriber or the programme lead explains a difference; the ledger then says what was counted.

    Raises `RefusedByRuleError` where it is the actor's own count or no longer the newest state of things.
    """
    require(actor, "drug_ledger.explain", stock_count)
    user, programme = person_of(actor), stock_count.programme
    _one_after_the_other(programme)
    if hasattr(stock_count, "explanation"):
        raise InputError("this difference was explained before")
    why = required_text("why", why, "a difference needs its explanation")
    off = [line for line in stock_count.lines.select_related("lot__programme") if line.counted != line.expected]
    if not off:
        raise InputError("this count agrees; there is nothing to explain")
    newest = programme.stock_counts.order_by("-pk").first()
    decision = rules.explanation(
        entered_by_same_person=stock_count.entered_by_id == user.pk,
        counted_again=newest is not None and newest.pk != stock_count.pk,
        moved_since=standing.moved_since(stock_count),
    )
    allow("Not explained", decision)
    explanation = Explanation(stock_count=stock_count, why=why, entered_at=now, entered_by=user)
    explanation.save()
    for line in off:
        key = uuid.uuid5(explanation.public_id, str(line.lot.public_id))
        values = {"stock_count": stock_count, "booked_on": stock_count.counted_on, "happened_at": now}
        by = line.counted - line.expected
        _enter(line.lot, Kind.ADJUSTED, by, user, now, key, "drug_ledger.adjust", **values)
    audit.record(actor, "drug_ledger.explain", explanation, at=now)
    return explanation


def _enter(
    lot: DrugLot, kind: Kind, quantity: Decimal, user: User, now: dt.datetime, entry_key: uuid.UUID, action: str,
    **values: Any,
) -> Movement:  # fmt: skip
    """One row with its audit entry. `values` are further columns."""
    values.setdefault("booked_on", standing.day_state(lot.programme, now).open_day)
    movement = Movement(
        entry_key=entry_key, programme=lot.programme, lot=lot, kind=kind.value, quantity=quantity, entered_at=now,
        stock_change=rules.stock_change(kind, quantity, of_a_drawing=values.get("drawing") is not None),
        entered_by=user, **values,
    )  # fmt: skip
    movement.save()
    details: dict[str, Any] = {"kind": kind.value}
    if movement.witness is not None:
        details["witness"] = str(movement.witness.public_id)
    audit.record(user, action, movement, at=now, details=details)
    return movement


def _account(
    actor: Actor, drawing: Movement, parts: dict[Kind, Decimal], now: dt.datetime, keys: dict[Kind, uuid.UUID], *,
    apart: Mapping[Kind, dict[str, Any]] | None = None, treatment_session: TreatmentSession | None,
    happened_at: dt.datetime | None,
) -> list[Movement]:  # fmt: skip
    """Rows for the parts of a drawing, after the rule has seen all of them together."""
    user, lot = person_of(actor), drawing.lot
    _one_after_the_other(lot.programme)
    if drawing.kind != Kind.DRAWN or drawing.corrects_id is not None:
        raise InputError("drawing: this is no drawing")
    first = {kind: sent_before(keys[kind], lot, kind, amount, drawing) for kind, amount in parts.items()}
    if all(first.values()):
        return [row for row in first.values() if row]
    moment = moment_of(happened_at, now)
    if moment < drawing.happened_at:
        raise InputError("happened_at: lies before it was drawn; check the time")
    of_this_patient(lot, treatment_session, of_drawing=drawing.treatment_session)
    account = standing.accounts([drawing.pk])[drawing.pk]
    names = ("given", "wasted", "returned")
    after = Account(account.drawn, *(getattr(account, n) + parts.get(Kind(n), Decimal(0)) for n in names))
    allow("Not entered", rules.accounting(of=lot.strength, account=after))
    rows = []
    for kind, amount in parts.items():
        values = {"drawing": drawing, "treatment_session": treatment_session, "happened_at": moment}
        values |= (apart or {}).get(kind, {})
        rows.append(_enter(lot, kind, amount, user, now, keys[kind], "drug_ledger.give", **values))
    return rows


def _still_adds_up(movement: Movement, kind: Kind, change: Decimal) -> None:
    """After a correction: no stock below 0, and no drawing of which more is accounted for than was drawn."""
    of, lot = movement.lot.strength, movement.lot
    on_stock = rules.stock_change(kind, change, of_a_drawing=movement.drawing_id is not None)
    allow("Not corrected", rules.removal(of=of, quantity=-on_stock, balance=standing.balance(lot.pk)))
    drawing = movement.pk if kind is Kind.DRAWN else movement.drawing_id
    if drawing is None:
        return
    account = standing.accounts([drawing])[drawing]
    changed = {name: getattr(account, name) for name in ("drawn", "given", "wasted", "returned")}
    changed[kind.value] += change
    allow("Not corrected", rules.accounting(of=of, account=Account(**changed)))


def _every_lot(programme: Programme, stock: Mapping[int, Decimal], counted: Mapping[DrugLot, Quantity]) -> None:
    for lot in counted:
        if lot.programme_id != programme.pk:
            raise InputError("counted: a lot of another programme was counted")
    there = {lot.pk for lot in counted}
    for lot in programme.drug_lots.filter(pk__in=[key for key, quantity in stock.items() if quantity]):
        if lot.pk not in there:
            raise InputError(f"lot_{lot.public_id}: count this lot too, and give 0 where there is none")


def _one_after_the_other(programme: Programme) -> None:
    """Whoever writes to this ledger meanwhile waits: a balance read here is still true when the row is written."""
    Programme.objects.select_for_update(no_key=True).get(pk=programme.pk)
