"""The forms of the rota."""

from __future__ import annotations

from typing import Any

from django import forms

from holdfast.clinic.ui.forms import ClinicForm, MomentInput


class DutyForm(ClinicForm):
    """Who is called, in which order, and when."""

    person = forms.ChoiceField(label="Person")
    place = forms.IntegerField(
        label="Called as number", help_text="1 is called first.", widget=forms.NumberInput(attrs={"min": 1})
    )
    since = forms.DateTimeField(label="On duty from", required=False, widget=MomentInput(), help_text="Empty: always.")
    until = forms.DateTimeField(label="On duty until", required=False, widget=MomentInput())

    def __init__(self, *args: Any, people: list[Any], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["person"].choices = [(str(p.public_id), str(p)) for p in people]  # type: ignore[attr-defined]


class MinutesForm(ClinicForm):
    """When an alert goes on."""

    minutes = forms.FloatField(
        label="Minutes to acknowledge", widget=forms.NumberInput(attrs={"inputmode": "decimal", "step": "any"}),
        help_text="After them the alert goes to the next person as well.",
    )  # fmt: skip


class OutOfHoursForm(ClinicForm):
    """Whom patients turn to when the clinic is closed."""

    text = forms.CharField(
        label="Out-of-hours text", widget=forms.Textarea(attrs={"rows": 3}),
        help_text="Patients read it with the crisis text. Whom they can call at night; it promises nothing.",
    )  # fmt: skip
