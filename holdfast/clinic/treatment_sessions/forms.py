"""Forms of treatment sessions: plan them, work out a dose, write down what happened."""

from __future__ import annotations

from typing import Any

from django import forms

from holdfast.clinic.courses.models import Course, TimeBasis
from holdfast.clinic.treatment_sessions.models import TreatmentSession
from holdfast.clinic.ui.forms import ClinicForm, DateInput, MomentInput


def _decimal(label: str, help_text: str = "") -> forms.FloatField:
    widget = forms.NumberInput(attrs={"inputmode": "decimal", "step": "any"})
    return forms.FloatField(label=label, required=False, help_text=help_text, widget=widget)


class PlanForm(ClinicForm):
    """One treatment session to be planned."""

    names = {"planned_on": "planned_on"}
    planned_on = forms.DateField(label="Date", widget=DateInput())
    planned_day = forms.IntegerField(label="Study day")

    def __init__(self, *args: Any, course: Course, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        del self.fields["planned_on" if course.time_basis == TimeBasis.STUDY_DAY else "planned_day"]


class DoseForm(ClinicForm):
    """What the dose arithmetic starts from. Read by GET: it changes nothing."""

    weight_kg = _decimal("Weight, kg")
    height_cm = _decimal("Height, cm")
    dose_mg_per_kg = _decimal("Dose, mg per kg", "Empty = the protocol's.")
    concentration_mg_per_ml = _decimal("Concentration drawn, mg per mL")
    dose_mg = _decimal("Dose, mg")

    def __init__(self, *args: Any, by_weight: bool, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        unused = ["dose_mg"] if by_weight else ["weight_kg", "height_cm", "dose_mg_per_kg", "concentration_mg_per_ml"]
        for name in unused:
            del self.fields[name]


def _why(label: str, help_text: str, missing: str) -> forms.CharField:
    widget = forms.Textarea(attrs={"rows": 2})
    return forms.CharField(label=label, widget=widget, help_text=help_text, error_messages={"required": missing})


class GivenForm(ClinicForm):
    """What was given and when, from the first dose to discharge, as the course counts time."""

    dosed_at = forms.DateTimeField(
        label="Dose began at", widget=MomentInput(), help_text="First device, or start of the infusion."
    )
    dosed_on_day = forms.IntegerField(label="Given on study day")
    dose_mg = _decimal("Dose given, mg", "Leave empty where it is not known.")
    duration_min = _decimal("Duration, min", "Of the infusion; empty for a spray.")
    discharged_at = forms.DateTimeField(label="Discharged at", widget=MomentInput())

    def __init__(self, *args: Any, course: Course, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        by_day = course.time_basis == TimeBasis.STUDY_DAY
        for name in ("dosed_at", "discharged_at") if by_day else ("dosed_on_day",):
            del self.fields[name]


class SessionForm(GivenForm):
    """A treatment session that took place: one that was planned, or one more."""

    treatment_session = forms.ChoiceField(label="Which one")
    field_order = ("treatment_session",)

    def __init__(self, *args: Any, planned: list[TreatmentSession], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        spoken = [(str(s.public_id), _spoken(s)) for s in planned]
        self.fields["treatment_session"].choices = [*spoken, ("new", "One that was not planned")]  # type: ignore[attr-defined]


class CorrectionForm(GivenForm):
    """What really was given, and why the record said otherwise."""

    why = _why("Why is it corrected", "The older version stays readable.", "A correction needs its reason.")
    field_order = ("why",)


class CancelForm(ClinicForm):
    """Why a treatment session will not take place."""

    why = _why("Why is it cancelled", "Kept with your name and the time.", "A cancellation needs its reason.")


def _spoken(treatment_session: TreatmentSession) -> str:
    when = (
        treatment_session.planned_on.strftime("%d %b %Y").lstrip("0")
        if treatment_session.planned_on
        else f"day {treatment_session.planned_day}"
    )
    return f"Number {treatment_session.number}, planned for {when}"
