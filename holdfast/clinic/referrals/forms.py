"""Forms of a referral: what was received, and what is decided."""

from __future__ import annotations

from typing import Any

from django import forms

from holdfast.clinic.referrals.queries import ReferralView
from holdfast.clinic.ui.forms import ClinicForm, DateInput
from holdfast.eligibility.referral import Step, WaitsFor
from holdfast.protocols.coded import coded_answers

STEP_WORDS = {
    Step.ACCEPTED: "Accepted: treatment may be planned",
    Step.DECLINED: "Declined",
    Step.MORE_INFORMATION: "More information is asked of the referrer",
    Step.RECEIVED: "What was asked for has come",
}


def _text(label: str, rows: int, *, required: bool = False, help_text: str = "") -> forms.CharField:
    widget = forms.Textarea(attrs={"rows": rows})
    return forms.CharField(label=label, required=required, widget=widget, help_text=help_text)


class ReferralForm(ClinicForm):
    """What was received."""

    referrer = forms.ChoiceField(label="Referred by")
    referrer_name = forms.CharField(label="Name of the referrer", required=False, max_length=120)
    referrer_address = _text("Address for the answer", 3)
    received_on = forms.DateField(label="Received on", widget=DateInput())
    reason = _text("Reason for the referral", 4, required=True)
    documents = _text("Documents that came with it", 3, help_text="Named, one a line. The files stay in your archive.")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        choices = [(one.key, one.text) for one in coded_answers("referrer").values()]
        self.fields["referrer"].choices = choices  # type: ignore[attr-defined]


class CorrectReferralForm(ReferralForm):
    """The same, and why the record said otherwise."""

    why = forms.CharField(
        label="Why is it corrected", widget=forms.Textarea(attrs={"rows": 2}),
        help_text="The older version stays readable.", error_messages={"required": "A correction needs its reason."},
    )  # fmt: skip
    field_order = ("why",)


class StepForm(ClinicForm):
    """A decision, or a question to the referrer."""

    step = forms.ChoiceField(label="Decision", widget=forms.RadioSelect)
    declined = forms.MultipleChoiceField(
        label="Where it is declined: why", required=False, widget=forms.CheckboxSelectMultiple
    )
    more_information = forms.MultipleChoiceField(
        label="Where more information is asked for: what", required=False, widget=forms.CheckboxSelectMultiple
    )
    on = forms.DateField(label="On", widget=DateInput())
    note = _text("In words", 3)

    def __init__(self, *args: Any, referral: ReferralView, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        asked = referral.waiting.waits_for is WaitsFor.REFERRER
        offered = [step for step in Step if asked or step is not Step.RECEIVED]
        self.fields["step"].choices = [(s.value, STEP_WORDS[s]) for s in offered]  # type: ignore[attr-defined]
        for name in ("declined", "more_information"):
            known = coded_answers("referral_reason", name)
            self.fields[name].choices = [(one.key, one.text) for one in known.values()]  # type: ignore[attr-defined]

    def given(self) -> dict[str, Any]:
        """What the action takes: the reasons of the chosen step."""
        values = dict(self.cleaned_data)
        chosen = {name: values.pop(name) for name in ("declined", "more_information")}
        return {**values, "reasons": chosen.get(values["step"], ())}
