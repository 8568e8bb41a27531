"""The forms of chairs and of the board."""

from __future__ import annotations

from typing import Any

from django import forms

from holdfast.clinic.board.models import Shown
from holdfast.clinic.ui.forms import ClinicForm

NO_CHAIR = "none"


class ChairForm(ClinicForm):
    """One more chair or room."""

    name = forms.CharField(label="Name of the chair or room", max_length=40, help_text="Such as Chair 1 or Room 2.")


class NamesForm(ClinicForm):
    """How boards name people."""

    shown = forms.ChoiceField(
        label="A board names a patient by", widget=forms.RadioSelect,
        choices=[(Shown.INITIALS, "Initials"), (Shown.CHAIR, "Chair only"), (Shown.NAME, "Full name")],
    )  # fmt: skip


class SeatForm(ClinicForm):
    """Where somebody sits."""

    chair = forms.ChoiceField(label="Chair or room", widget=forms.RadioSelect)

    def __init__(self, *args: Any, choices: list[tuple[str, str]], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["chair"].choices = [*choices, (NO_CHAIR, "No chair")]  # type: ignore[attr-defined]
