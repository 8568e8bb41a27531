"""Forms of a programme."""

from __future__ import annotations

from django import forms

from holdfast.clinic.ui.forms import ClinicForm


class SettingForm(ClinicForm):
    """One setting and the key chosen for it."""

    setting = forms.CharField(widget=forms.HiddenInput)
    key = forms.CharField()


class SignForm(ClinicForm):
    """A physician takes responsibility for a rule."""

    physician = forms.CharField(
        label="Name of the physician who signs", max_length=120,
        error_messages={"required": "Give the name of the physician who signs."},
    )  # fmt: skip
    read = forms.BooleanField(
        label="I have read the rule, its class and its source, and put it in force in this programme",
        error_messages={"required": "Confirm that you have read the rule."},
    )
