"""The forms to break the glass, and to review it."""

from __future__ import annotations

from typing import Any

from django import forms

from holdfast.clinic.break_glass.models import GlassFinding, GlassReason
from holdfast.clinic.ui.forms import ClinicForm, DateInput


class BreakGlassForm(ClinicForm):
    """Whom, and why. The patient is named exactly; there is no search."""

    programme = forms.ChoiceField(label="Programme of the patient")
    record_number = forms.CharField(label="Record number", max_length=60, required=False)
    label = forms.CharField(
        label="Name",
        max_length=120,
        required=False,
        help_text="Exactly as that team writes it, with the date of birth.",
    )
    date_of_birth = forms.DateField(label="Date of birth", required=False, widget=DateInput())
    reason_kind = forms.ChoiceField(label="Why", choices=GlassReason.choices, widget=forms.RadioSelect)
    reason = forms.CharField(
        label="What happened", widget=forms.Textarea(attrs={"rows": 3}),
        help_text="A sentence or two for the programme lead. Without the name of the patient.",
    )  # fmt: skip
    understood = forms.BooleanField(
        label="I need this to care for the patient now, and know that the programme lead and the auditor see it",
        error_messages={"required": "Confirm that you need this for care."},
    )

    def __init__(self, *args: Any, programmes: list[Any], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["programme"].choices = [(p.key, p.name) for p in programmes]  # type: ignore[attr-defined]


class ReviewGlassForm(ClinicForm):
    """What the lead found."""

    finding = forms.ChoiceField(label="Finding", choices=GlassFinding.choices, widget=forms.RadioSelect)
    note = forms.CharField(
        label="Note", required=False, widget=forms.Textarea(attrs={"rows": 3}),
        help_text="Needed where it was not justified: what was wrong, and what follows.",
    )  # fmt: skip
