"""The form that ends a course."""

from __future__ import annotations

from typing import Any

from django import forms

from holdfast.clinic.courses.phases import Phase
from holdfast.clinic.ui.forms import ClinicForm, DateInput
from holdfast.protocols.coded import coded_answers


class EndForm(ClinicForm):
    """Stopped or completed, why, and what follows."""

    way = forms.ChoiceField(
        label="The course is", widget=forms.RadioSelect,
        choices=[(Phase.STOPPED.value, "Stopped before its end"), (Phase.COMPLETED.value, "Completed as planned")],
    )  # fmt: skip
    reason = forms.ChoiceField(label="Reason")
    note = forms.CharField(
        label="In words", required=False, widget=forms.Textarea(attrs={"rows": 3}),
        help_text="What the list cannot say. Asked where the reason is another one.",
    )  # fmt: skip
    on = forms.DateField(label="Ended on", widget=DateInput())
    follow_up = forms.ChoiceField(label="What follows")
    follow_up_on = forms.DateField(label="On", required=False, widget=DateInput())

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name, question in (("reason", "stop_reason"), ("follow_up", "follow_up")):
            known = [(one.key, one.text) for one in coded_answers(question).values()]
            self.fields[name].choices = [("", "Choose"), *known]  # type: ignore[attr-defined]
