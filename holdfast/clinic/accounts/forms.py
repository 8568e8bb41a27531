"""Forms about people who sign in."""

from __future__ import annotations

from typing import Any

from django import forms

from holdfast.clinic.accounts.roles import Role
from holdfast.clinic.ui.forms import ClinicForm

ROLES = [(value, text.capitalize()) for value, text in Role.choices]


class PersonForm(ClinicForm):
    """A new account."""

    full_name = forms.CharField(label="Name", max_length=120)
    username = forms.CharField(label="User name", max_length=150)
    role = forms.ChoiceField(label="Role", choices=ROLES)
    password = forms.CharField(
        label="First password", widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
        help_text="12 characters or more. The person changes it after signing in.",
    )  # fmt: skip
    programmes = forms.MultipleChoiceField(label="Programmes", required=False, widget=forms.CheckboxSelectMultiple)

    def __init__(self, *args: Any, programmes: list[Any], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["programmes"].choices = [(p.key, p.name) for p in programmes]  # type: ignore[attr-defined]


class RoleForm(ClinicForm):
    """Role and programmes of a person."""

    role = forms.ChoiceField(label="Role", choices=ROLES)
    programmes = forms.MultipleChoiceField(label="Programmes", required=False, widget=forms.CheckboxSelectMultiple)

    def __init__(self, *args: Any, programmes: list[Any], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["programmes"].choices = [(p.key, p.name) for p in programmes]  # type: ignore[attr-defined]
