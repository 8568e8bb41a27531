"""The drug ledger's side of a flow-sheet entry: a device given, a vial drawn at the start, what was given at the end.

It runs in the transaction of the entry, by keys made of the entry's key, so that neither is there twice or alone. What
was given to a patient is written down even where the ledger refuses its part (no such lot, an earlier day not
closed): the entry then says what the ledger refused, and the worklist holds it until the two agree. A programme
without stock of the drug keeps no ledger, and nothing is asked. Waste needs a second person, and so is entered on the
page of the drawing.
"""

from __future__ import annotations

import datetime as dt
import uuid
from typing import Any

from django.db import transaction

from holdfast.clinic.accounts.models import User
from holdfast.clinic.drug_ledger import actions as ledger
from holdfast.clinic.drug_ledger import queries, standing
from holdfast.clinic.drug_ledger.models import DrugLot, Movement
from holdfast.clinic.flow_sheets.models import FlowSheetEntry
from holdfast.clinic.treatment_sessions.models import TreatmentSession
from holdfast.errors import InputError, RefusedError
from holdfast.safety.drug_amounts import Form
from holdfast.treatment_sessions.entries import Kind, read_given
from holdfast.treatment_sessions.flow_sheet import Sheet

TOLD = (Kind.DEVICE, Kind.START, Kind.STOP)
LATE = "The entry of the flow-sheet came on a later day"


def told_to_ledger(
    actor: User, treatment_session: TreatmentSession, row: FlowSheetEntry, sheet: Sheet, *, dose_mg: float | None,
    now: dt.datetime,
) -> dict[str, Any]:  # fmt: skip
    """Enter the part of the ledger; what the entry's answer says of it, empty where there is none."""
    kind = Kind(row.kind)
    if kind not in TOLD or not queries.is_kept(treatment_session.programme, treatment_session.drug):
        return {}
    content = read_given(kind, row.given)
    try:
        with transaction.atomic():
            if kind is Kind.DEVICE:
                said = _device(actor, treatment_session, row, content.lot, now)
            elif kind is Kind.START:
                said = _start(actor, treatment_session, row, content, sheet, dose_mg, now)
            else:
                said = _given(actor, treatment_session, row, dose_mg, now)
    except (InputError, RefusedError) as error:
        return {"ledger": {"refused": str(error)}}
    return {"ledger": {"said": said}} if said else {}


def _device(actor: User, of: TreatmentSession, row: FlowSheetEntry, lot_number: str, now: dt.datetime) -> str:
    """From what was drawn for this treatment session before, else drawn now; one device given."""
    lot = _lot(of, lot_number, Form.DEVICE, now)
    drawing = next((d for d in _open_drawings(of) if d.lot_id == lot.pk), None)
    drawing = drawing or _draw(actor, of, row, lot, 1, now)
    ledger.record_given(
        actor=actor, drawing=drawing, quantity=1, now=now, entry_key=_key(row, "given"), treatment_session=of,
        happened_at=max(row.made_at, drawing.happened_at),
    )  # fmt: skip
    return f"1 device of lot {lot.lot_number} given"


def _start(
    actor: User, of: TreatmentSession, row: FlowSheetEntry, content: Any, sheet: Sheet, dose_mg: float | None,
    now: dt.datetime,
) -> str:  # fmt: skip
    """The vial drawn, unless it was drawn before; a dose that takes no time is given at once."""
    said = []
    if content.lot:
        if content.drawn_ml is None:
            raise InputError("drawn_ml: say how many mL were drawn from the vial")
        lot = _lot(of, content.lot, Form.VIAL, now)
        _draw(actor, of, row, lot, f"{content.drawn_ml:.3f}", now)
        said.append(f"{lot.strength.counted(standing.exact(content.drawn_ml))} of lot {lot.lot_number} drawn")
    elif not _open_drawings(of):
        raise InputError("lot: nothing was drawn for this treatment session; name the lot and the mL")
    if not sheet.infused:
        said.append(_given(actor, of, row, dose_mg, now))
    return ", ".join(filter(None, said))


def _given(actor: User, of: TreatmentSession, row: FlowSheetEntry, dose_mg: float | None, now: dt.datetime) -> str:
    """What the patient got of the one open drawing; what is left of it is put back or wasted before a second person."""
    found = _open_drawings(of)
    if not found and of.route == "nasal":
        return ""  # devices were given one by one
    if len(found) != 1:
        what = "nothing that is open was drawn" if not found else "more than one drawing is open"
        raise InputError(f"{what} for this treatment session; account for it in the ledger")
    if dose_mg is None:
        raise InputError("the dose that was given is not known; account for the drawing in the ledger")
    lot = found[0].lot
    ledger.record_given(
        actor=actor, drawing=found[0], dose_mg=f"{dose_mg:.3f}", now=now, entry_key=_key(row, "given"),
        treatment_session=of, happened_at=max(row.made_at, found[0].happened_at),
    )  # fmt: skip
    return f"{dose_mg:g} mg of lot {lot.lot_number} given"


def _draw(
    actor: User, of: TreatmentSession, row: FlowSheetEntry, lot: DrugLot, quantity: Any, now: dt.datetime
) -> Movement:
    return ledger.draw(
        actor=actor, lot=lot, quantity=quantity, now=now, entry_key=_key(row, "drawn"), treatment_session=of,
        happened_at=row.made_at, why_late=LATE if of.programme.day_of(row.made_at) < of.programme.day_of(now) else "",
    )  # fmt: skip


def _lot(of: TreatmentSession, number: str, form: Form, now: dt.datetime) -> DrugLot:
    """The lot of that number with stock, the one that expires first. Raises `InputError`."""
    programme, drug = of.programme, of.drug
    wanted = number.strip().casefold()
    drawn = [d.lot for d in _open_drawings(of) if d.lot.lot_number.casefold() == wanted]
    found = [v.lot for v in queries.open_lots(programme, drug, now, form=form)]
    lots = [*drawn, *(lot for lot in found if lot.lot_number.casefold() == wanted)]
    if not lots:
        raise InputError(f"lot: no {drug} {form} of that lot is in stock; receive it, or correct the lot")
    return lots[0]


def _open_drawings(of: TreatmentSession) -> list[Movement]:
    rows = list(
        standing.drawings_of(of.programme)
        .filter(treatment_session__course=of.course_id, treatment_session__number=of.number)
        .order_by("pk")
    )
    known = standing.accounts(row.pk for row in rows)
    return [row for row in rows if known[row.pk].open > 0]


def _key(row: FlowSheetEntry, what: str) -> uuid.UUID:
    return uuid.uuid5(row.key, what)
