"""The forms for a new patient and for details that were wrong."""

from __future__ import annotations

from typing import Any

from django import forms

from holdfast.clinic.patients.models import Patient
from holdfast.clinic.ui.forms import ClinicForm, DateInput


class DetailsForm(ClinicForm):
    """Who somebody is. Age by date of birth, or in years with the moment they are counted at."""

    label = forms.CharField(label="Name or study label", max_length=120, help_text="As the team calls this person.")
    record_number = forms.CharField(label="Record number", max_length=60, required=False)
    date_of_birth = forms.DateField(label="Date of birth", required=False, widget=DateInput())
    age_y = forms.FloatField(
        label="Age in years", required=False, help_text="Only where the date of birth is not known.",
        widget=forms.NumberInput(attrs={"inputmode": "decimal", "step": "any"}),
    )  # fmt: skip
    age_basis = forms.ChoiceField(
        label="Age counted at", required=False, choices=[("", "not given"), *Patient.AgeBasis.choices]
    )
    sex = forms.ChoiceField(label="Sex", required=False, choices=[("", "not recorded"), *Patient.Sex.choices])
    diagnosis = forms.CharField(label="Diagnosis", max_length=120, required=False)


class PatientForm(DetailsForm):
    """A person of one programme."""

    programme = forms.ChoiceField(label="Programme")
    field_order = ("programme",)

    def __init__(self, *args: Any, programmes: list[Any], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["programme"].choices = [(p.key, p.name) for p in programmes]  # type: ignore[attr-defined]


class CorrectionForm(DetailsForm):
    """Details as they should read, and why they are corrected. `version` is the one the reader saw."""

    version = forms.IntegerField(widget=forms.HiddenInput)
    why = forms.CharField(
        label="Why are they corrected", widget=forms.Textarea(attrs={"rows": 2}),
        help_text="The older version stays readable.",
        error_messages={"required": "A correction needs its reason."},
    )  # fmt: skip
    field_order = ("why",)
