"""The form of one's addresses for duty."""

from __future__ import annotations

from django import forms

from holdfast.clinic.ui.forms import ClinicForm


class AddressForm(ClinicForm):
    """Where messages go. Either may be empty."""

    email = forms.CharField(
        label="E-mail", required=False, max_length=254,
        widget=forms.TextInput(attrs={"inputmode": "email", "autocomplete": "email"}),
    )  # fmt: skip
    sms = forms.CharField(
        label="Number for text messages (SMS)", required=False, max_length=40,
        help_text="With the country, like +1 555 010 0199.",
        widget=forms.TextInput(attrs={"inputmode": "tel", "autocomplete": "tel"}),
    )  # fmt: skip
