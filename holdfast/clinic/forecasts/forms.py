"""What was decided with a forecast shown."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from django import forms

from holdfast.clinic.forecasts.models import Decided
from holdfast.clinic.forecasts.words import schedule_name
from holdfast.clinic.ui.forms import ClinicForm
from holdfast.clinic.ui.words import sentence


class DecisionForm(ClinicForm):
    """Keep what is planned, change to a schedule that was compared, or something else; and why."""

    decided = forms.ChoiceField(
        label="What was decided", choices=[(one.value, sentence(one.label)) for one in Decided],
        widget=forms.RadioSelect,
    )  # fmt: skip
    schedule = forms.ChoiceField(label="Which schedule, where one of these was chosen", required=False)
    reason = forms.CharField(
        label="Why, and what else was weighed", widget=forms.Textarea(attrs={"rows": 3}), max_length=2000
    )

    def __init__(self, *args: Any, plans: Sequence[Mapping[str, Any]], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        named = [(one["plan"], f"{schedule_name(one['plan'])}: {one['words']}") for one in plans]
        field = self.fields["schedule"]
        assert isinstance(field, forms.ChoiceField)
        field.choices = [("", "None of them"), *named]
