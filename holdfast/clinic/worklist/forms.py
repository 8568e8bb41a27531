"""Who looks after one thing to do."""

from __future__ import annotations

from collections.abc import Sequence

from django import forms

from holdfast.clinic.accounts.models import User
from holdfast.clinic.ui.forms import ClinicForm

ME, NOBODY = "me", "nobody"


class OwnerForm(ClinicForm):
    """Names the thing, who had it as the page showed it, and who shall have it."""

    item = forms.CharField(max_length=160)
    was = forms.CharField(max_length=40, required=False)
    to = forms.ChoiceField(choices=())
    back = forms.CharField(max_length=400, required=False)

    def __init__(self, *args: object, people: Sequence[User], **kwargs: object) -> None:
        super().__init__(*args, **kwargs)
        named = [(str(person.public_id), str(person)) for person in people]
        self.fields["to"].choices = [(ME, "Me"), (NOBODY, "Nobody"), *named]  # type: ignore[attr-defined]
