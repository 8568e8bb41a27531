"""What changed since the last contact: drugs by class, taken regularly or as needed, and when last."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django import forms
from django.utils import timezone

from holdfast.clinic.flow_sheets.entry_fields import EntryForm, moment, text, yes_no
from holdfast.treatment_sessions.flow_sheet import Sheet
from holdfast.treatment_sessions.predose import ConcomitantDrug, DrugClass

AS_NEEDED = (DrugClass.BENZODIAZEPINE, DrugClass.HYPNOTIC, DrugClass.OPIOID)  # often taken so, and they sedate
LAST_TAKEN = "Empty: not known."


class HistoryForm(EntryForm):
    """Drugs by class, and what else changed."""

    benzodiazepine = text("Benzodiazepines")
    benzodiazepine_as_needed = text("Benzodiazepines as needed")
    benzodiazepine_last_taken_at = moment("Benzodiazepine last taken", LAST_TAKEN)
    hypnotic = text("Other hypnotics")
    hypnotic_as_needed = text("Other hypnotics as needed")
    hypnotic_last_taken_at = moment("Hypnotic last taken", LAST_TAKEN)
    opioid = text("Opioids")
    opioid_as_needed = text("Opioids as needed")
    opioid_last_taken_at = moment("Opioid last taken", LAST_TAKEN)
    stimulant = text("Psychostimulants")
    maoi = text("MAOIs")
    other = text("Other drugs")
    none_taken = forms.BooleanField(label="Asked: none of these is taken", required=False)
    uses_nasal_spray = yes_no("A nasal steroid or decongestant is used")
    last_nasal_spray_at = moment("Last used")
    other_change = text("Anything else that changed", rows=2)

    def made_for(self, sheet: Sheet) -> None:
        """Nasal sprays matter to nasal doses."""
        if sheet.protocol.route != "nasal":
            del self.fields["uses_nasal_spray"], self.fields["last_nasal_spray_at"]

    @property
    def regular_fields(self) -> list[Any]:
        """What is asked at once, but for the part of what is taken as needed."""
        asked = {name for drug in AS_NEEDED for name in _names_of(drug)[1:]}
        return [field for field in self.own_fields if field.name not in asked]

    @property
    def as_needed_fields(self) -> list[tuple[Any, Any]]:
        """What is taken as needed, with when last."""
        return [(self[names[1]], self[names[2]]) for names in map(_names_of, AS_NEEDED)]

    @property
    def as_needed_open(self) -> bool:
        """Does that part hold anything, or a fault?"""
        return any(field.value() or field.errors for pair in self.as_needed_fields for field in pair)

    def clean(self) -> dict[str, Any]:
        """Silence is no answer."""
        named = any(self.cleaned_data.get(name) for drug in DrugClass for name in _names_of(drug))
        for drug in AS_NEEDED:
            _, as_needed, last = _names_of(drug)
            if self.cleaned_data.get(last) and not self.cleaned_data.get(as_needed):
                self.add_error(last, "Name the drug that was taken as needed, or leave this empty.")
        if named == bool(self.cleaned_data.get("none_taken")):
            both = "Drugs are named, and ticked as not taken; correct one of them."
            self.add_error("none_taken", both if named else "Name each drug, or tick that none is taken.")
        return self.cleaned_data

    def given(self) -> dict[str, Any]:
        """The drugs as a list."""
        held = super().given()
        held.pop("none_taken", None)
        drugs: list[dict[str, Any]] = []
        for drug in DrugClass:
            names = _names_of(drug)
            drugs += [{"name": one, "drug_class": drug.value} for one in _listed(held.pop(names[0], ""))]
            if drug in AS_NEEDED:
                more = {"as_needed": True, "last_taken_at": held.pop(names[2], None)}
                drugs += [{"name": one, "drug_class": drug.value, **more} for one in _listed(held.pop(names[1], ""))]
        return held | {"conmeds": [{n: v for n, v in one.items() if v is not None} for one in drugs]}


def _names_of(drug: DrugClass) -> tuple[str, ...]:
    """The fields of a class: what is taken regularly, and where it is asked what is taken as needed and when last."""
    name = drug.name.lower()
    return (name, f"{name}_as_needed", f"{name}_last_taken_at") if drug in AS_NEEDED else (name,)


def _listed(names: str) -> list[str]:
    return [name.strip() for name in names.split(",") if name.strip()]


def drugs_shown(drugs: Iterable[ConcomitantDrug]) -> dict[str, Any]:
    """The drugs of an entry as its form shows them. Call inside the time zone of the programme."""
    shown: dict[str, Any] = {}
    for drug in drugs:
        names = _names_of(drug.drug_class)
        field = names[1] if drug.as_needed and len(names) > 1 else names[0]
        shown[field] = f"{shown[field]}, {drug.name}" if shown.get(field) else drug.name
        if drug.last_taken_at is not None and len(names) > 1:
            shown[names[2]] = timezone.localtime(drug.last_taken_at)
    return shown
