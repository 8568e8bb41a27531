"""What every entry of the ledger is held against before it is written. Reads only; actions.py writes."""

from __future__ import annotations

import datetime as dt
import uuid
from decimal import Decimal
from typing import Any, TypeVar

from holdfast.clinic.accounts.models import Actor, User
from holdfast.clinic.accounts.permissions import may
from holdfast.clinic.accounts.second_person import ConfirmedPerson
from holdfast.clinic.drug_ledger.models import DrugLot, Movement, StockCount
from holdfast.clinic.plain_text import plain_text, required_text
from holdfast.clinic.possible import require_possible_day
from holdfast.clinic.programmes.models import Programme
from holdfast.clinic.refusal import RefusedByRuleError
from holdfast.clinic.treatment_sessions.models import TreatmentSession
from holdfast.decision import Decision
from holdfast.errors import InputError
from holdfast.safety import drug_ledger as rules
from holdfast.safety.drug_amounts import MOST, SMALLEST
from holdfast.safety.drug_ledger import Cause, Kind
from holdfast.treatment_sessions.states import State

Quantity = Decimal | float | str
Row = TypeVar("Row", Movement, StockCount)


def of_this_patient(
    lot: DrugLot, treatment_session: TreatmentSession | None, *, of_drawing: TreatmentSession | None = None
) -> None:
    """The treatment treatment_session named is of this programme and drug, is not cancelled, and is the drawing's."""
    if treatment_session is None:
        return
    if treatment_session.programme.pk != lot.programme_id:
        raise InputError("treatment_session: is of another programme")
    if treatment_session.drug != lot.drug:
        raise InputError(f"treatment_session: is planned with {treatment_session.drug}; this lot is {lot.drug}")
    if treatment_session.state == State.CANCELLED:
        raise InputError("treatment_session: was cancelled; nothing is given in it")
    if of_drawing is not None and (of_drawing.course_id, of_drawing.number) != (
        treatment_session.course_id,
        treatment_session.number,
    ):
        raise InputError("treatment_session: this was drawn for another one; waste or return it and draw anew")


def waste_columns(actor: Actor, lot: DrugLot, cause: str, why: str, witness: ConfirmedPerson | None) -> dict[str, Any]:
    """Columns of a waste: cause, story, second person. Raises `InputError`; a loss is entered by who may explain."""
    if cause not in list(Cause):
        raise InputError(f"cause: say why it is wasted; one of {', '.join(Cause)}")
    if cause == Cause.LOST:
        if not may(actor, "drug_ledger.explain", lot):
            raise InputError("cause: a loss is entered by a prescriber; tell one")
        why = required_text("why", why, "a loss needs the whole story, and whom it was reported to")
    return {"cause": cause, "why": plain_text("why", why), "witness": witness_of(actor, lot.programme, witness)}


def witness_of(actor: Actor, programme: Programme, confirmed: ConfirmedPerson | None) -> User:
    """The second person. Raises `InputError` led by `witness` where there is none who may."""
    if confirmed is None:
        raise InputError("witness: a second person has to confirm this")
    if not may(confirmed.user, "drug_ledger.witness", programme):
        raise InputError("witness: this person cannot confirm here; ask a prescriber, nurse or lead of the programme")
    decision = rules.second_person(one=str(person_of(actor).public_id), other=str(confirmed.user.public_id))
    if not decision.allowed:
        raise InputError(f"witness: {decision.against[0].text}")
    return confirmed.user


def sent_before(
    entry_key: uuid.UUID, lot: DrugLot, kind: Kind, quantity: Decimal, drawing: Movement | None = None
) -> Movement | None:
    """The row this entry made when it was sent before."""
    row = Movement.objects.filter(entry_key=entry_key).first()
    if row is None:
        return None
    same = (row.lot_id, row.kind, row.quantity, row.drawing_id) == (lot.pk, kind, quantity, drawing and drawing.pk)
    same = same and row.corrects_id is None
    return the_same(row, same=same)


def the_same(row: Row, *, same: bool) -> Row:
    """The row, where the entry sent again is the same one. Raises `InputError` where the key was used for another."""
    if not same:
        raise InputError("this page was used for another entry; open it again")
    return row


def person_of(actor: Actor) -> User:
    """The person who acts. Raises `InputError` for the command line."""
    if not isinstance(actor, User):
        raise InputError("the ledger is written by people who signed in")
    return actor


def moment_of(happened_at: dt.datetime | None, now: dt.datetime) -> dt.datetime:
    """When it took place: `now` where nobody says. Raises `InputError` on the future."""
    if happened_at is None:
        return now
    if happened_at.tzinfo is None:
        raise InputError("happened_at: a moment has no time zone")
    require_possible_day("happened_at", happened_at, now, ahead=True)
    if happened_at > now:
        raise InputError("happened_at: lies in the future; check date and time")
    return happened_at


def require_in_stock_by(lot: DrugLot, moment: dt.datetime, now: dt.datetime) -> None:
    """Raises `InputError` where an entry of an earlier day lies before the day on which the lot came."""
    on = lot.programme.day_of(moment)
    if on == lot.programme.day_of(now):
        return
    came = lot.movements.filter(kind=Kind.RECEIVED).order_by("happened_at").first()
    if came is not None and on < lot.programme.day_of(came.happened_at):
        raise InputError("happened_at: lies before the day on which this lot was received; check date and lot")


def figure_of(name: str, value: Quantity | None) -> Any:
    """A number above 0 as a column keeps it. Raises `InputError` led by `name`."""
    if value is None:
        return None
    try:
        figure = Decimal(str(value))
    except ArithmeticError:
        raise InputError(f"{name}: {value!r} is not a number") from None
    if not figure.is_finite() or not 0 < figure <= MOST or figure != figure.quantize(SMALLEST):
        raise InputError(f"{name}: {value} cannot be; give a number above 0 with at most three decimals")
    return figure.quantize(SMALLEST)


def whole_of(containers: Any) -> Decimal:
    """How many vials or devices. Raises `InputError` where that is no count."""
    if isinstance(containers, bool) or not isinstance(containers, int) or not 0 < containers <= MOST:
        raise InputError("containers: give how many, a whole number above 0")
    return Decimal(containers)


def allow(what: str, decision: Decision) -> None:
    """Raises `RefusedByRuleError` with every reason where the rule says no."""
    if not decision.allowed:
        raise RefusedByRuleError(what, decision)
