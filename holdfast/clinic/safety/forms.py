"""The form of one safety check."""

from __future__ import annotations

from typing import Any

from django import forms

from holdfast.clinic.courses.models import Course, TimeBasis
from holdfast.clinic.safety.models import SafetyCheck
from holdfast.clinic.ui.forms import ClinicForm, DateInput
from holdfast.safety.due_checks import CHECKS


class SafetyCheckForm(ClinicForm):
    """Which check, when, and what came out; of a correction, why."""

    check_key = forms.ChoiceField(
        label="Check", choices=[(c, c.replace("_", " ").capitalize()) for c in CHECKS], widget=forms.RadioSelect
    )
    done_on = forms.DateField(label="Done on", widget=DateInput())
    study_day = forms.IntegerField(label="Study day")
    outcome = forms.ChoiceField(
        label="Outcome", choices=[(v, t.capitalize()) for v, t in SafetyCheck.Outcome.choices], widget=forms.RadioSelect
    )
    note = forms.CharField(label="Note", required=False, widget=forms.Textarea(attrs={"rows": 3}))

    def __init__(self, *args: Any, course: Course, correcting: bool, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if correcting:
            self.fields["note"] = forms.CharField(
                label="Why is it corrected", widget=forms.Textarea(attrs={"rows": 3}),
                help_text="The first entry stays readable. Was it of somebody else? It could not be done here; say so.",
                error_messages={"required": "A correction needs its reason."},
            )  # fmt: skip
        del self.fields["done_on" if course.time_basis == TimeBasis.STUDY_DAY else "study_day"]
