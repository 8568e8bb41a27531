"""Forms of the registry: what a patient said of taking part."""

from __future__ import annotations

from typing import Any

from django import forms

from holdfast.clinic.registry.models import Said
from holdfast.clinic.ui.forms import ClinicForm, DateInput
from holdfast.protocols.consent import Giver

WORDS = {
    Said.GIVEN: "The patient takes part",
    Said.REFUSED: "The patient does not take part",
    Said.ASKED: "The patient was asked and wants time",
    Said.WITHDRAWN: "The patient withdraws: in no extract from now on",
}
GIVERS = [(Giver.PATIENT.value, "The patient"), (Giver.REPRESENTATIVE.value, "A legal representative")]


class RegistryConsentForm(ClinicForm):
    """What was said, by whom, on which day; only what can be said now is offered."""

    said = forms.ChoiceField(label="What was said", widget=forms.RadioSelect)
    given_by = forms.ChoiceField(label="By whom", widget=forms.RadioSelect, choices=GIVERS, initial=Giver.PATIENT.value)
    sheet = forms.CharField(
        label="Information handed over, with its version", max_length=120, required=False,
        help_text="Where the patient takes part. Left empty for anything else.",
    )  # fmt: skip
    on = forms.DateField(label="Said on", widget=DateInput())
    note = forms.CharField(label="Note", required=False, widget=forms.Textarea(attrs={"rows": 2}), max_length=2000)

    def __init__(self, *args: Any, offered: tuple[Said, ...], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["said"].choices = [(one.value, WORDS[one]) for one in offered]  # type: ignore[attr-defined]
