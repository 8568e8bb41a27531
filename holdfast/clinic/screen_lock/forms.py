"""The form of one's own quick PIN."""

from __future__ import annotations

from typing import Any

from django import forms

from holdfast.clinic.screen_lock.pins import LONGEST, SHORTEST
from holdfast.clinic.ui.forms import ClinicForm

_DIGITS = {"inputmode": "numeric", "maxlength": str(LONGEST)}


class PinForm(ClinicForm):
    """The PIN twice, and the password once."""

    password = forms.CharField(
        label="Your password", widget=forms.PasswordInput(attrs={"autocomplete": "current-password"})
    )
    pin = forms.CharField(
        label="New PIN", help_text=f"{SHORTEST} to {LONGEST} digits; not 1234, not a year, nothing that repeats.",
        widget=forms.PasswordInput(attrs={"autocomplete": "off", **_DIGITS}),
    )  # fmt: skip
    again = forms.CharField(label="The PIN again", widget=forms.PasswordInput(attrs={"autocomplete": "off", **_DIGITS}))

    def clean(self) -> dict[str, Any]:
        """Both the same."""
        given = super().clean() or {}
        if given.get("pin") and given.get("again") and given["pin"] != given["again"]:
            self.add_error("again", "This is another PIN than the one above.")
        return given
