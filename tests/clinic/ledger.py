"""Entries of the controlled-drug ledger for tests, each with a key of its own."""

from __future__ import annotations

import datetime as dt
import uuid
from typing import Any

from holdfast.clinic.accounts.second_person import ConfirmedPerson
from holdfast.clinic.drug_ledger import actions
from holdfast.clinic.drug_ledger.models import DrugLot, Movement, StockCount
from tests.clinic.conftest import NOW, People

DEVICES = {
    "drug": "esketamine", "form": "device", "mg_per_unit": 28, "basis": "base", "lot_number": "ESK-1",
    "expires_on": dt.date(2027, 6, 30), "containers": 20,
}  # fmt: skip
VIALS = {
    "drug": "ketamine", "form": "vial", "mg_per_unit": 50, "vial_ml": 10, "basis": "base", "lot_number": "KET-1",
    "expires_on": dt.date(2027, 6, 30), "containers": 5,
}  # fmt: skip


def receive(people: People, label: dict[str, Any] = DEVICES, **changes: Any) -> Movement:
    """A lot taken in by the nurse."""
    values = {"actor": people.nurse, "programme": people.programme, "now": NOW, "entry_key": uuid.uuid4(), **label}
    return actions.receive_stock(**{**values, **changes})


def draw(people: People, lot: DrugLot, quantity: Any = 2, **changes: Any) -> Movement:
    """Drawn by the nurse."""
    values = {"actor": people.nurse, "lot": lot, "quantity": quantity, "now": NOW, "entry_key": uuid.uuid4()}
    return actions.draw(**{**values, **changes})


def account(people: People, drawing: Movement, **changes: Any) -> list[Movement]:
    """Accounted for by the nurse before the prescriber."""
    values = {
        "actor": people.nurse, "drawing": drawing, "now": NOW, "entry_key": uuid.uuid4(),
        "witness": ConfirmedPerson(people.prescriber),
    }  # fmt: skip
    return actions.account_for_drawing(**{**values, **changes})


def count(people: People, counted: dict[DrugLot, Any], **changes: Any) -> StockCount:
    """Counted by the nurse and the prescriber."""
    values = {
        "actor": people.nurse, "programme": people.programme, "counted": counted, "now": NOW,
        "witness": ConfirmedPerson(people.prescriber), "entry_key": uuid.uuid4(),
    }  # fmt: skip
    return actions.count_stock(**{**values, **changes})


def remove(people: People, lot: DrugLot, quantity: Any = 1, **changes: Any) -> Movement:
    """Broken in the safe, before the prescriber."""
    values = {
        "actor": people.nurse, "lot": lot, "kind": "wasted", "quantity": quantity, "cause": "broken", "now": NOW,
        "witness": ConfirmedPerson(people.prescriber), "entry_key": uuid.uuid4(),
    }  # fmt: skip
    return actions.remove_from_stock(**{**values, **changes})


def correct(people: People, movement: Movement, quantity: Any, **changes: Any) -> Movement:
    """Corrected by the nurse before the prescriber."""
    values = {
        "actor": people.nurse, "movement": movement, "quantity": quantity, "why": "misread", "now": NOW,
        "witness": ConfirmedPerson(people.prescriber), "entry_key": uuid.uuid4(),
    }  # fmt: skip
    return actions.correct_movement(**{**values, **changes})
