"""The form for a new patient."""

from __future__ import annotations

from typing import Any

from django import forms

from holdfast.clinic.patients.models import Patient
from holdfast.clinic.ui.forms import ClinicForm, DateInput


class PatientForm(ClinicForm):
    """A person of one programme. Age by date of birth, or in years with the moment they are counted at."""

    programme = forms.ChoiceField(label="Programme")
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

    def __init__(self, *args: Any, programmes: list[Any], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["programme"].choices = [(p.key, p.name) for p in programmes]  # type: ignore[attr-defined]
