"""The forms of staff: an agreement on reminders, a stop, an evaluation."""

from __future__ import annotations

from typing import Any

from django import forms

from holdfast.clinic.messaging.models import Channel
from holdfast.clinic.ui.forms import ClinicForm, DateInput, TimeInput
from holdfast.facts import load
from holdfast.protocols.reminders import DAYS_BEFORE


class ReminderForm(ClinicForm):
    """When, by which way, and what the patient reads behind the link."""

    days_before = forms.TypedChoiceField(label="How long before", coerce=int)
    at_local = forms.TimeField(label="At", widget=TimeInput(), help_text="Time of day in the clinic's zone.")
    channel = forms.ChoiceField(label="Sent by", choices=Channel.choices, widget=forms.RadioSelect)
    address = forms.CharField(
        label="Address or number", max_length=254,
        help_text="Only the patient should read it. A number begins with its country: +1 555 010 0199.",
    )  # fmt: skip
    prepare = forms.CharField(
        label="How to prepare", widget=forms.Textarea(attrs={"rows": 6}),
        help_text="In your own words: food and drink, medicines, the way home. It is read behind the link alone; the "
        "message holds the day and the link.",
    )  # fmt: skip
    agreed = forms.BooleanField(
        label="The patient agrees to these reminders",
        error_messages={"required": "Reminders are agreed with the patient; talk it over first."},
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        fields: Any = self.fields
        days = load().row(f"plausible.{DAYS_BEFORE}")
        fields["days_before"].choices = [(n, before_words(n)) for n in range(int(days["min"]), int(days["max"]) + 1)]


class StopForm(ClinicForm):
    """Why nothing is sent any more."""

    why = forms.CharField(label="Why are they stopped", max_length=400)


class EvaluationForm(ClinicForm):
    """The day of an evaluation that is to be reminded of."""

    on = forms.DateField(label="Day of the evaluation", widget=DateInput())


def before_words(days: int) -> str:
    """How long before, in words."""
    return "the day before" if days == 1 else f"{days} days before"
