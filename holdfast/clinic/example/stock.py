"""The controlled-drug ledger of the example programme: what came, a closed day, and today so far."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Iterator, Mapping
from decimal import Decimal
from zoneinfo import ZoneInfo

from holdfast.clinic.accounts.models import User
from holdfast.clinic.accounts.roles import Role
from holdfast.clinic.accounts.second_person import ConfirmedPerson
from holdfast.clinic.drug_ledger import actions
from holdfast.clinic.drug_ledger.models import DrugLot
from holdfast.clinic.example.life import Event
from holdfast.clinic.programmes.models import Programme

ESKETAMINE = {"drug": "esketamine", "form": "device", "mg_per_unit": 28, "lot_number": "EXAMPLE-E1", "containers": 24}
MG_PER_ML = 50
KETAMINE = {
    "drug": "ketamine", "form": "vial", "mg_per_unit": MG_PER_ML, "vial_ml": 10, "lot_number": "EXAMPLE-K1",
    "containers": 10,
}  # fmt: skip
GOOD_FOR_D = 500
ORDER = 10_000  # after what happens to people in the same minute


def stock(programme: Programme, people: Mapping[Role, User], now: dt.datetime) -> Iterator[Event]:
    """Yesterday's deliveries, doses and count. Today is left to the reader."""
    nurse, witness = people[Role.NURSE], ConfirmedPerson(people[Role.PRESCRIBER])
    yesterday, zone = programme.day_of(now) - dt.timedelta(days=1), ZoneInfo(programme.time_zone)

    def at(hour: int, minute: int = 0) -> dt.datetime:
        return dt.datetime.combine(yesterday, dt.time(hour, minute), zone).astimezone(dt.UTC)

    def receive(label: Mapping[str, object], moment: dt.datetime) -> None:
        expires_on = yesterday + dt.timedelta(days=GOOD_FOR_D)
        values = {"basis": "base", "expires_on": expires_on, "entry_key": uuid.uuid4(), "now": moment, **label}
        actions.receive_stock(actor=nurse, programme=programme, **values)  # type: ignore[arg-type]

    def dose(drug: str, drawn: str, given: str, moment: dt.datetime) -> None:
        lot = DrugLot.objects.get(programme=programme, drug=drug)
        drawing = actions.draw(actor=nurse, lot=lot, quantity=drawn, now=moment, entry_key=uuid.uuid4())
        wasted = Decimal(drawn) - Decimal(given)
        actions.account_for_drawing(
            actor=nurse, drawing=drawing, given=given, wasted=wasted or None, cause="remainder" if wasted else "",
            witness=witness, now=moment, entry_key=uuid.uuid4(),
        )  # fmt: skip

    def close(moment: dt.datetime) -> None:
        counted = {DrugLot.objects.get(programme=programme, drug="esketamine"): 22}
        counted[DrugLot.objects.get(programme=programme, drug="ketamine")] = 90
        actions.count_stock(
            actor=nurse, programme=programme, counted=counted, witness=witness, now=moment, entry_key=uuid.uuid4()
        )

    yield Event(at(8, 10), ORDER, lambda t: receive(ESKETAMINE, t))
    yield Event(at(8, 15), ORDER, lambda t: receive(KETAMINE, t))
    yield Event(at(10), ORDER, lambda t: dose("esketamine", "2", "2", t))
    yield Event(at(11), ORDER, lambda t: dose("ketamine", "10", "0.7", t))
    yield Event(at(18), ORDER, close)
