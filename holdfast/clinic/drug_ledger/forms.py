"""Forms of the ledger. Each carries a key of its own, so that sending it twice is one entry."""

from __future__ import annotations

import uuid
from collections.abc import Iterable
from decimal import Decimal
from typing import Any

from django import forms

from holdfast.clinic.drug_ledger.models import DrugLot, Movement
from holdfast.clinic.treatment_sessions.models import TreatmentSession
from holdfast.clinic.ui.forms import ClinicForm, DateInput, MomentInput
from holdfast.clinic.ui.words import sentence
from holdfast.facts.tables import DRUGS
from holdfast.safety.drug_amounts import PLACES, Basis, Form
from holdfast.safety.drug_ledger import Cause, Kind

CAUSES = {
    Cause.REMAINDER: "Remainder of the vial or syringe",
    Cause.NOT_GIVEN: "Drawn, and not given",
    Cause.PRIMED: "Device primed by mistake",
    Cause.BROKEN: "Broken or spilt",
    Cause.EXPIRED: "Expired",
    Cause.LOST: "Not found (a prescriber enters this)",
}
BASES = {Basis.BASE: "as base", Basis.SALT: "as hydrochloride (salt)"}


def _amount(label: str, help_text: str = "", *, required: bool = False) -> forms.DecimalField:
    widget = forms.NumberInput(attrs={"inputmode": "decimal", "step": "any"})
    return forms.DecimalField(
        label=label, help_text=help_text, required=required, widget=widget, max_digits=12, decimal_places=PLACES
    )


def _story(label: str, help_text: str = "", *, required: bool = False) -> forms.CharField:
    return forms.CharField(
        label=label, help_text=help_text, required=required, widget=forms.Textarea(attrs={"rows": 2})
    )


class EntryForm(ClinicForm):
    """An entry of the ledger; `happened_at` is empty where it takes place now."""

    entry_key = forms.UUIDField(widget=forms.HiddenInput)
    happened_at = forms.DateTimeField(
        label="Took place at", required=False, widget=MomentInput(), help_text="Empty = now. Kept as entered late."
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        kwargs["initial"] = {"entry_key": uuid.uuid4(), **kwargs.get("initial", {})}
        super().__init__(*args, **kwargs)

    @property
    def key(self) -> uuid.UUID | None:
        """The key that was sent, before anything else of the form is believed."""
        try:
            return uuid.UUID(str(self.data.get("entry_key", "")))
        except ValueError:
            return None


class WitnessedForm(EntryForm):
    """One more: what the second person signs in with. A password is never shown again."""

    names = {"witness": "witness_username"}
    witness_username = forms.CharField(
        label="Second person: user name", max_length=150, widget=forms.TextInput(attrs={"autocomplete": "off"})
    )
    witness_password = forms.CharField(
        label="Second person: password", max_length=256, strip=False,
        widget=forms.PasswordInput(attrs={"autocomplete": "off"}),
    )  # fmt: skip
    witness_code = forms.CharField(
        label="Second person: code of their authenticator", required=False, max_length=12,
        widget=forms.TextInput(attrs={"autocomplete": "off", "inputmode": "numeric"}),
    )  # fmt: skip
    field_order: Iterable[str] | None = None

    def asks_second_person(self) -> bool:
        """Does the entry, which is valid, need the second person?"""
        return True

    def witness_fields(self) -> list[forms.BoundField]:
        """For a group of their own on the page."""
        return [self[name] for name in ("witness_username", "witness_password", "witness_code")]

    def taken_out(self) -> tuple[dict[str, Any], dict[str, str]]:
        """The entry, and what proves the second person."""
        values = dict(self.cleaned_data)
        proof = {name: values.pop(f"witness_{name}", "") for name in ("username", "password", "code")}
        return values, proof


class ReceiveForm(EntryForm):
    """Sealed vials or devices taken in, as their label says."""

    drug = forms.ChoiceField(label="Drug", choices=[(d, sentence(d)) for d in DRUGS], widget=forms.RadioSelect)
    form = forms.ChoiceField(
        label="Comes as", choices=[(Form.DEVICE, "Nasal device"), (Form.VIAL, "Vial")], widget=forms.RadioSelect
    )
    mg_per_unit = _amount("Strength", "mg per mL of a vial, or mg per device.", required=True)
    vial_ml = _amount("mL in one vial", "Empty for a device.")
    basis = forms.ChoiceField(
        label="The label states the strength", choices=[(b.value, text) for b, text in BASES.items()],
        widget=forms.RadioSelect,
    )  # fmt: skip
    lot_number = forms.CharField(label="Lot number", max_length=40)
    expires_on = forms.DateField(
        label="Expires on", widget=DateInput(), help_text="Where the label gives a month only: its last day."
    )
    containers = forms.IntegerField(label="How many", min_value=1, help_text="Sealed vials or devices.")


class DrawForm(EntryForm):
    """Drug taken out of the safe for a patient."""

    quantity = _amount("Drawn", required=True)
    treatment_session = forms.ChoiceField(label="For which treatment session", required=False)
    why_late = _story("Why it is entered only now", "Asked where it was drawn on a day whose sheet is closed.")

    def __init__(self, *args: Any, lot: DrugLot, sessions: list[TreatmentSession], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["quantity"].label = f"Drawn, {_units(lot)}"
        self.fields["treatment_session"].choices = _spoken(sessions)  # type: ignore[attr-defined]


class AccountForm(WitnessedForm):
    """What became of a drawing. The second person is asked for waste, and for a dose that nobody's record names."""

    given = _amount("Given")
    wasted = _amount("Wasted")
    returned = _amount("Put back sealed", "Only what was never opened.")
    cause = forms.ChoiceField(
        label="Why wasted",
        required=False,
        choices=[("", "Nothing was wasted"), *((c.value, CAUSES[c]) for c in CAUSES)],
    )
    why = _story("More about the waste")
    treatment_session = forms.ChoiceField(
        label="For which treatment session", required=False,
        help_text="The drawing names none. Where you name none either, a second person confirms what was given.",
    )  # fmt: skip

    def __init__(self, *args: Any, drawing: Movement, sessions: list[TreatmentSession], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name in ("given", "wasted", "returned"):
            self.fields[name].label = f"{self.fields[name].label}, {_units(drawing.lot)}"
        for field in self.witness_fields():
            field.field.required = False
        self.named = drawing.treatment_session is not None
        if self.named:
            del self.fields["treatment_session"]
        else:
            self.fields["treatment_session"].choices = _spoken(sessions)  # type: ignore[attr-defined]

    def asks_second_person(self) -> bool:
        """For waste, and for a dose of which no record says who got it."""
        values = self.cleaned_data
        nobody = values["given"] is not None and not self.named and not values["treatment_session"]
        return values["wasted"] is not None or nobody


class RemoveForm(WitnessedForm):
    """What leaves the safe and no patient gets."""

    kind = forms.ChoiceField(
        label="What happens to it", widget=forms.RadioSelect,
        choices=[(Kind.WASTED, "Wasted here"), (Kind.SENT, "Sent away: supplier, pharmacy, or to be destroyed")],
    )  # fmt: skip
    quantity = _amount("How much", required=True)
    cause = forms.ChoiceField(
        label="Why wasted", required=False,
        choices=[("", "It is sent away"), *((c.value, CAUSES[c]) for c in CAUSES if c not in (Cause.NOT_GIVEN,))],
    )  # fmt: skip
    why = _story("More about it", "Where it is sent, or how it broke.")

    def __init__(self, *args: Any, lot: DrugLot, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["quantity"].label = f"How much, {_units(lot)}"


class CorrectionForm(WitnessedForm):
    """What an entry really was."""

    quantity = _amount("What it really was", "0 where it never took place.", required=True)
    why = _story("Why is it corrected", "The first entry stays readable.", required=True)

    def __init__(self, *args: Any, lot: DrugLot, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        del self.fields["happened_at"]
        self.fields["quantity"].label = f"What it really was, {_units(lot)}"


class CountForm(WitnessedForm):
    """What two people count. The ledger's own figures are not shown: a count that knows the answer is none."""

    def __init__(self, *args: Any, lots: list[DrugLot], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        del self.fields["happened_at"]
        self.lots, self.names = lots, dict(self.names)
        for lot in lots:
            name = f"lot_{lot.public_id}"
            if lot.vial_ml is None:
                self.fields[name] = _amount("Devices", required=True)
                continue
            self.fields[f"vials_{lot.public_id}"] = forms.IntegerField(label="Sealed vials", min_value=0)
            self.fields[f"ml_{lot.public_id}"] = _amount("mL in opened vials", "Empty = none is open.")
            self.names[name] = f"vials_{lot.public_id}"

    def by_lot(self) -> list[tuple[DrugLot, list[forms.BoundField]]]:
        """Each lot with its fields."""
        ends = {lot: f"_{lot.public_id}" for lot in self.lots}
        return [(lot, [self[name] for name in self.fields if name.endswith(end)]) for lot, end in ends.items()]

    def counted(self) -> dict[DrugLot, Decimal]:
        """mL or devices of each lot."""
        return {lot: self._of(lot) for lot in self.lots}

    def _of(self, lot: DrugLot) -> Decimal:
        if lot.vial_ml is None:
            return self.cleaned_data[f"lot_{lot.public_id}"]
        opened = self.cleaned_data.get(f"ml_{lot.public_id}") or Decimal(0)
        return self.cleaned_data[f"vials_{lot.public_id}"] * lot.vial_ml + opened


class ExplainForm(ClinicForm):
    """Why a count differs."""

    why = _story("What explains the difference", "What was found, and whom a loss was reported to.", required=True)


def _spoken(sessions: Iterable[TreatmentSession]) -> list[tuple[str, str]]:
    """Treatment sessions as choices."""
    named = [(str(s.public_id), f"{s.course.patient.label}, number {s.number}") for s in sessions]
    return [("", "None named"), *named]


def _units(lot: DrugLot) -> str:
    return "devices" if lot.vial_ml is None else "mL"
