"""The form of one review."""

from __future__ import annotations

from django import forms

from holdfast.clinic.reviews.words import DECISION_WORDS, RESPONSE_WORDS
from holdfast.clinic.ui.forms import ClinicForm, DateInput


class ReviewForm(ClinicForm):
    """The judgement, by the programme's definition, and what was decided with the patient."""

    response = forms.ChoiceField(
        label="Benefit so far",
        required=False,
        choices=[*((word.value, text) for word, text in RESPONSE_WORDS.items()), ("", "Cannot be judged")],
        widget=forms.RadioSelect,
    )
    decision = forms.ChoiceField(
        label="Decision",
        choices=[(word.value, text) for word, text in DECISION_WORDS.items()],
        widget=forms.RadioSelect,
    )
    held_on = forms.DateField(label="Held on", widget=DateInput())
    note = forms.CharField(label="Note", required=False, widget=forms.Textarea(attrs={"rows": 3}))
