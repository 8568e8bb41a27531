"""What was decided with a forecast shown."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from django import forms

from holdfast.clinic.forecasts.models import Decided
from holdfast.clinic.forecasts.words import UNCHANGED, schedule_name
from holdfast.clinic.ui.forms import ClinicForm
from holdfast.clinic.ui.words import sentence

_OF = f"{Decided.SCHEDULE.value}:"  # before the name of a schedule


class DecisionForm(ClinicForm):
    """One choice: keep what is planned, one of the schedules that were compared, or something else; and why.

    `basis` and `after` are what the page showed (`deciding.require_as_shown`).
    """

    names = {"decided": "choice", "schedule": "choice"}
    choice = forms.ChoiceField(label="What was decided", widget=forms.RadioSelect)
    reason = forms.CharField(
        label="Why, and what else was weighed", widget=forms.Textarea(attrs={"rows": 3}), max_length=2000
    )
    basis = forms.CharField(widget=forms.HiddenInput, required=False, max_length=64)
    after = forms.CharField(widget=forms.HiddenInput, required=False, max_length=36)

    def __init__(self, *args: Any, plans: Sequence[Mapping[str, Any]], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        compared = [
            (f"{_OF}{one['plan']}", f"Change to “{schedule_name(one['plan'])}”: {one['words']}")
            for one in plans if one["plan"] != UNCHANGED
        ]  # fmt: skip
        keep, other = ((one.value, sentence(one.label)) for one in (Decided.KEEP, Decided.OTHER))
        field = self.fields["choice"]
        assert isinstance(field, forms.ChoiceField)
        field.choices = [keep, *compared, other]

    def decision(self) -> dict[str, str]:
        """What `record_decision` is told, of a form that is valid."""
        given = dict(self.cleaned_data)
        decided, _, schedule = given.pop("choice").partition(":")
        return {**given, "decided": decided, "schedule": schedule}
