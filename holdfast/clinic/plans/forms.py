"""Forms of a plan: a whole new one, and the treatment sessions it leads to."""

from __future__ import annotations

from typing import Any

from django import forms

from holdfast.clinic.courses.models import Course
from holdfast.clinic.courses.phases import TREATED, Phase
from holdfast.clinic.ui.forms import ClinicForm, DateInput
from holdfast.clinic.ui.words import sentence
from holdfast.protocols.coded import coded_answers
from holdfast.protocols.protocol import Protocol
from holdfast.protocols.protocol import protocol as protocol_named

OTHER = "other"


def rhythms(protocol: Protocol, indication: str) -> dict[str, str]:
    """The rhythms of the protocol as choices: its intervals in turn where it has a week of several, and each alone."""
    found: dict[str, str] = {}
    for part in protocol.phases_for(indication):
        if part.sessions_per_week > 1 and len(part.interval_d) > 1:
            listed = " and ".join(map(str, part.interval_d))
            found[",".join(map(str, part.interval_d))] = f"{part.sessions_per_week:g} a week: {listed} days in turn"
    days = sorted({d for part in protocol.phases_for(indication) for d in part.interval_d})
    found |= {str(d): f"Every {d} days" for d in days}
    return {**found, OTHER: "Another interval, below"}


class PlanForm(ClinicForm):
    """Phase, dose, rhythm and route from a day on, with the reason."""

    names = {"intervals_d": "interval_d"}
    phase = forms.ChoiceField(label="Phase", widget=forms.RadioSelect)
    dose_mg = forms.FloatField(
        label="Dose, mg", required=False, widget=forms.NumberInput(attrs={"inputmode": "decimal", "step": "any"})
    )
    dose_mg_per_kg = forms.FloatField(
        label="Dose, mg per kg", required=False,
        widget=forms.NumberInput(attrs={"inputmode": "decimal", "step": "any"}),
    )  # fmt: skip
    rhythm = forms.ChoiceField(label="How often", widget=forms.RadioSelect)
    interval_d = forms.IntegerField(
        label="Days between treatment sessions", required=False,
        widget=forms.NumberInput(attrs={"inputmode": "numeric"}),
    )  # fmt: skip
    route = forms.ChoiceField(label="Route", required=False)
    from_on = forms.DateField(label="From", widget=DateInput())
    reason = forms.ChoiceField(label="Reason")
    note = forms.CharField(label="In words", required=False, widget=forms.Textarea(attrs={"rows": 2}))
    in_spite = forms.CharField(
        label="Why, where it departs from the rules", required=False, widget=forms.Textarea(attrs={"rows": 2}),
        help_text="Kept with your name. It does not change the rule's answer.",
    )  # fmt: skip
    plan_again = forms.BooleanField(
        label="Cancel what is planned from that day on, and plan as many treatment sessions again by this plan",
        required=False,
    )

    def __init__(self, *args: Any, course: Course, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        plan = protocol_named(course.protocol)
        self._choices("phase", [(p.value, sentence(p.value)) for p in Phase if p in TREATED])
        self._choices("rhythm", list(rhythms(plan, course.indication).items()))
        reasons = [(one.key, one.text) for one in coded_answers("plan_reason").values()]
        self._choices("reason", [("", "Choose"), *reasons])
        self._choices("route", [(course.route, f"{course.route}, as this course")])
        self.fields["route"].choices.append(("another", "Another route"))  # type: ignore[attr-defined]
        by_weight = any(dose.unit == "mg/kg" for dose in plan.doses)
        if plan.administration.device_mg is not None or not by_weight:
            del self.fields["dose_mg_per_kg"]

    def _choices(self, name: str, choices: list[tuple[str, str]]) -> None:
        self.fields[name].choices = choices  # type: ignore[attr-defined]

    def given(self) -> dict[str, Any]:
        """What the action takes."""
        values = dict(self.cleaned_data)
        rhythm, days = values.pop("rhythm"), values.pop("interval_d")
        values["intervals_d"] = ([days] if days else []) if rhythm == OTHER else [int(d) for d in rhythm.split(",")]
        return values


class SessionsForm(ClinicForm):
    """How many treatment sessions to plan, and from when."""

    sessions = forms.IntegerField(label="How many", initial=1, widget=forms.NumberInput(attrs={"inputmode": "numeric"}))
    first_on = forms.DateField(
        label="First on", required=False, widget=DateInput(), help_text="Empty: by the plan, after the last one."
    )
