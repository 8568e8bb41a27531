"""What a clinician adds to the monitoring form, and when it was sent."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils import timezone

from holdfast.clinic.flow_sheets.entry_fields import ANSWER, number, yes_no
from holdfast.clinic.ui.forms import ClinicForm, MomentInput
from holdfast.treatment_sessions.rems_from_sheet import FormAnswers


class AnswersForm(ClinicForm):
    """Questions that only a clinician answers; what the sheet says stands there already."""

    version = forms.IntegerField(widget=forms.HiddenInput)
    ready_without_rule_min = number("Minutes after the first device at which the patient would have been ready")
    vitals_acceptable_before = yes_no("Vital signs were acceptable before the dose")
    vitals_acceptable_after = yes_no("Vital signs were acceptable at the end")
    sedation_occurred = yes_no("Sedation")
    sedation_onset_min = number("Sedation began, min")
    sedation_resolved_min = number("Sedation had resolved, min")
    dissociation_occurred = yes_no("Dissociation")
    dissociation_onset_min = number("Dissociation began, min")
    dissociation_resolved_min = number("Dissociation had resolved, min")
    respiratory_depression = yes_no("Respiratory depression")
    other_serious_event = yes_no("Another serious adverse event")
    why = forms.CharField(
        label="Why something is missing, or why there is a newer form", required=False,
        widget=forms.Textarea(attrs={"rows": 2}),
    )  # fmt: skip

    def answers(self) -> FormAnswers:
        """As the rule reads them; empty is not answered."""
        held: dict[str, Any] = {}
        for name in FormAnswers.__dataclass_fields__:
            value = self.cleaned_data.get(name)
            held[name] = ANSWER.get(str(value), None if value in (None, "") else value)
        return FormAnswers(**held)


def initial_of(answers: FormAnswers) -> dict[str, Any]:
    """Answers as the form shows them."""
    return {name: {True: "yes", False: "no"}.get(value, value) if isinstance(value, bool) else value
            for name, value in vars(answers).items()}  # fmt: skip


class SentForm(ClinicForm):
    """When it went to the REMS."""

    sent_at = forms.DateTimeField(
        label="Sent to the REMS", required=False, widget=MomentInput(), help_text="Empty = now."
    )

    def moment(self) -> Any:
        """Now where nothing was entered."""
        return self.cleaned_data["sent_at"] or timezone.now()
