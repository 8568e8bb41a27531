"""The forms of staff: an agreement, a pause, a follow-up."""

from __future__ import annotations

from typing import Any

from django import forms

from holdfast.clinic.checkins.models import Agreement
from holdfast.clinic.messaging.models import Channel
from holdfast.clinic.ui.forms import ClinicForm, DateInput, TimeInput
from holdfast.facts import load
from holdfast.protocols.check_ins import EVERY_D, OPEN_H, REMIND_AFTER_H
from holdfast.safety.check_in_questions import MOOD_TAP, OWN_URINARY, instruments

WORDS = {OWN_URINARY: "Bladder: own questions, no scale", MOOD_TAP: "Mood in one tap: own question, no scale"}


class AgreementForm(ClinicForm):
    """What is asked how often, when and by which way, and the plan the patient reads."""

    instruments = forms.MultipleChoiceField(label="What is asked", widget=forms.CheckboxSelectMultiple)
    every_d = forms.TypedChoiceField(label="How often", coerce=int)
    at_local = forms.TimeField(label="At", widget=TimeInput(), help_text="Time of day in the clinic's zone.")
    open_h = forms.TypedChoiceField(label="Can be answered for", coerce=int)
    remind_after_h = forms.TypedChoiceField(
        label="Ask once more", coerce=int, required=False, empty_value=None,
        help_text="Counted from the first message, where it is not answered by then. Think of the hour it comes at.",
    )  # fmt: skip
    starts_on = forms.DateField(label="From", widget=DateInput())
    ends_on = forms.DateField(label="Until", required=False, widget=DateInput())
    channel = forms.ChoiceField(label="Sent by", choices=Channel.choices, widget=forms.RadioSelect)
    address = forms.CharField(
        label="Address or number", max_length=254,
        help_text="Only the patient should read it. A number begins with its country: +1 555 010 0199.",
    )  # fmt: skip
    plan = forms.CharField(
        label="Plan for the patient", required=False, widget=forms.Textarea(attrs={"rows": 5}),
        help_text="In your own words. The patient reads it after each check-in. Do not promise an outcome.",
    )  # fmt: skip
    agreed = forms.BooleanField(
        label="The patient agrees to this schedule, and knows that nobody watches the answers at all hours",
        error_messages={"required": "A schedule is agreed with the patient; talk it over first."},
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        fields: Any = self.fields
        fields["instruments"].choices = [(one.id, WORDS.get(one.id, one.name)) for one in instruments().values()]
        every = load().row(f"plausible.{EVERY_D}")
        fields["every_d"].choices = [(n, every_words(n)) for n in range(int(every["min"]), int(every["max"]) + 1)]
        window = load().row(f"plausible.{OPEN_H}")
        offered = (4, 12, 24, 36, 48, 72, 96)  # steps a person would choose, inside the range of the table
        fields["open_h"].choices = [(h, f"{h} hours") for h in offered if window["min"] <= h <= window["max"]]
        after = load().row(f"plausible.{REMIND_AFTER_H}")
        hours = [h for h in (2, 4, 6, 12, 24, 36, 48, 72) if after["min"] <= h <= after["max"]]
        fields["remind_after_h"].choices = [("", "Never"), *((h, f"after {h} hours") for h in hours)]


class PauseForm(ClinicForm):
    """Why nothing is sent for a while."""

    why = forms.CharField(label="Why are they paused", max_length=400)


class FollowUpForm(ClinicForm):
    """What was done about missed check-ins."""

    note = forms.CharField(
        label="What was done", max_length=400, help_text="For example: reached by telephone, moved to the evening."
    )


def every_words(every_d: int) -> str:
    """How often, in words."""
    return {1: "every day", 7: "every week"}.get(every_d, f"every {every_d} days")


def entered(agreement: Agreement) -> dict[str, Any]:
    """An agreement as the form of its next version shows it; whether the patient agrees is asked anew."""
    names = (
        "instruments", "every_d", "at_local", "open_h", "remind_after_h", "starts_on", "ends_on", "channel", "address",
        "plan",
    )  # fmt: skip
    return {name: getattr(agreement, name) for name in names}
