"""Forms of flow-sheet entries, one a kind, each with a key of its own: sent twice, it is one entry."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from typing import Any

from django import forms
from django.utils import timezone

from holdfast import facts
from holdfast.clinic.assessments.forms import CSSRS_LABELS, YES_NO
from holdfast.clinic.flow_sheets.entry_fields import EntryForm, choice, moment, number, text, yes_no
from holdfast.clinic.flow_sheets.history_form import HistoryForm, drugs_shown
from holdfast.clinic.ui.words import sentence
from holdfast.treatment_sessions.adverse_events import ActionTaken, Causality, EventOutcome, Seriousness, Severity
from holdfast.treatment_sessions.entries import Dissociation, Kind
from holdfast.treatment_sessions.event_kinds import KIND_WORDS, kind_of_words
from holdfast.treatment_sessions.flow_sheet import Sheet
from holdfast.treatment_sessions.rems_site import Setting


def initial_of(content: Any) -> dict[str, Any]:
    """What an entry holds, as its form shows it. Call inside the time zone of the programme."""
    shown: dict[str, Any] = {}
    for name, value in vars(content).items():
        if isinstance(value, bool):
            shown[name] = "yes" if value else "no"
        elif isinstance(value, dt.datetime):
            shown[name] = timezone.localtime(value)
        else:
            shown[name] = value
    shown |= drugs_shown(getattr(content, "conmeds", ()))
    if score := shown.pop("aldrete", None):
        shown |= {f"aldrete_{name}": value for name, value in vars(score).items()}
    shown["none_taken"] = "conmeds" in shown and not shown["conmeds"]
    return shown


class NotedForm(EntryForm):
    """Nothing but its time."""


class ConsentForm(EntryForm):
    """Rolling consent."""

    reconfirmed = yes_no("Does the patient consent to today's dose", required=True)
    note = text("Note")


class CssrsForm(EntryForm):
    """The screener, question by question."""

    def made_for(self, sheet: Sheet) -> None:
        """Asked from the clinic's own copy; its wording is not shown."""
        for name, label in CSSRS_LABELS.items():
            self.fields[name] = forms.ChoiceField(label=label, required=False, choices=YES_NO, widget=forms.RadioSelect)


class MentalStateForm(EntryForm):
    """Before the dose and again before the patient leaves."""

    assessed = yes_no("The mental state was assessed", required=True)
    suicidality_evaluated = yes_no("A clinician evaluated suicidality")
    note = text("Note", rows=2)


class FastingForm(EntryForm):
    """Food and liquids."""

    last_food_at = moment("Last food")
    last_liquids_at = moment("Last liquids")


class EscortForm(EntryForm):
    """The way home."""

    transport_arranged = yes_no("Transport home is arranged", required=True)
    who = text("Escort")


class SiteForm(EntryForm):
    """Place and people, as the REMS asks: what is not ticked is not there."""

    setting = choice("Setting", Setting, radio=True)
    setting_certified = forms.BooleanField(label="The setting is certified in the REMS", required=False)
    patient_enrolled = forms.BooleanField(label="The patient is enrolled", required=False)
    prescriber_on_site = forms.BooleanField(label="A prescriber is on site", required=False)
    professional_on_site = forms.BooleanField(label="A health professional is on site", required=False)
    oximeter_on_site = forms.BooleanField(label="A pulse oximeter is on site", required=False)


class DoseForm(EntryForm):
    """What the dose is worked out from."""

    weight_kg = number("Weight, kg")
    height_cm = number("Height, cm")
    weight_confirmed = forms.BooleanField(label="A second person read kilograms on the scales", required=False)
    dose_mg_per_kg = number("Dose, mg per kg")
    concentration_mg_per_ml = number("Concentration drawn, mg/mL")
    duration_min = number("Duration, min")
    dose_mg = number("Dose, mg")
    reason = text("Why this dose, where a rule asks")

    def made_for(self, sheet: Sheet) -> None:
        """By weight, or in devices."""
        for name in _BY_WEIGHT if sheet.in_devices else ("dose_mg",) if sheet.infused else ():
            del self.fields[name]
        if sheet.infused:
            self.fields["weight_kg"].required = True
        if sheet.in_devices:
            amounts = sorted({a for dose in sheet.protocol.doses if dose.unit == "mg" for a in dose.amounts})
            self.fields["dose_mg"] = forms.TypedChoiceField(
                label="Dose", choices=[(f"{a:g}", f"{a:g} mg") for a in amounts], coerce=float, widget=forms.RadioSelect
            )


_BY_WEIGHT = (
    "weight_kg", "height_cm", "weight_confirmed", "dose_mg_per_kg", "concentration_mg_per_ml", "duration_min",
)  # fmt: skip


class DoseCheckForm(EntryForm):
    """What a second person reads."""

    of = forms.CharField(widget=forms.HiddenInput)
    dose_mg = number("Dose you read, mg")
    rate_ml_per_h = number("Rate you read off the pump, mL/h")
    pump = yes_no("An infusion pump is used")

    def made_for(self, sheet: Sheet) -> None:
        """The pump, where there is one."""
        dose = sheet.last(Kind.DOSE)
        self.initial.setdefault("of", dose.key if dose else "")
        if not sheet.infused:
            del self.fields["rate_ml_per_h"], self.fields["pump"]
        self.fields["dose_mg"].required = True


class OverrideForm(EntryForm):
    """One finding, and why a physician goes on. Choices are given by the page."""

    gate = forms.CharField(widget=forms.HiddenInput)
    finding = forms.CharField(widget=forms.HiddenInput)
    reason = text("Why you go on in spite of it", required=True, rows=2)

    def given(self) -> dict[str, Any]:
        """Rule and code apart."""
        held = super().given()
        rule, _, code = held.pop("finding").partition(" ")
        return held | {"rule": rule, "code": code}


class RateForm(EntryForm):
    """What the pump is set to."""

    rate_ml_per_h = number("Rate on the pump, mL/h")

    def made_for(self, sheet: Sheet) -> None:
        """Without a pump there is no rate."""
        if not sheet.infused:
            del self.fields["rate_ml_per_h"]


class StartForm(RateForm):
    """The start; the vial is asked for where the programme keeps a ledger (`offer`)."""

    lot = text("Lot of the vial")
    other_lot = text("Another lot")
    drawn_ml = number("Drawn from the vial, mL")

    def offer(self, lots: Sequence[tuple[str, str]]) -> None:
        """Open lots to choose from; without any nothing is asked."""
        if not lots:
            del self.fields["lot"], self.fields["other_lot"], self.fields["drawn_ml"]
        else:
            offered(self.fields["lot"], [*lots, ("", "Drawn before, or another lot")])

    def given(self) -> dict[str, Any]:
        """One lot."""
        return one_lot(super().given())


class DeviceForm(EntryForm):
    """One device."""

    lot = text("Lot")
    other_lot = text("Another lot, as printed")
    reason = text("Why, where it was given before the rest was over")

    def made_for(self, sheet: Sheet) -> None:
        """Nothing comes before the first one."""
        if not sheet.of(Kind.DEVICE):
            del self.fields["reason"]

    def offer(self, lots: Sequence[tuple[str, str]]) -> None:
        """Open lots to choose from; without any the lot is typed."""
        if lots:
            offered(self.fields["lot"], [*lots, ("", "Another lot")])
            self.initial.setdefault("lot", lots[0][0])
        else:
            del self.fields["other_lot"]

    def clean(self) -> dict[str, Any]:
        """Chosen or typed."""
        if not self.cleaned_data.get("lot") and not self.cleaned_data.get("other_lot"):
            self.add_error("lot", "Not filled in yet.")
        return self.cleaned_data

    def given(self) -> dict[str, Any]:
        """One lot."""
        return one_lot(super().given())


def offered(field: forms.Field, lots: Sequence[tuple[str, str]]) -> None:
    """The field as a choice of big buttons; what may be sent stays free, for the lot printed on it counts."""
    field.widget = forms.RadioSelect(choices=lots)


def one_lot(held: dict[str, Any]) -> dict[str, Any]:
    """What was typed before what was chosen."""
    typed = held.pop("other_lot", "").strip()
    return held | {"lot": typed} if typed else held


class StopForm(EntryForm):
    """The end of the dose."""

    whole = yes_no("The whole dose was given", required=True)
    dose_mg = number("Dose given, mg")
    reason = text("Why, where it was not the whole")


class ObservationForm(EntryForm):
    """Whatever was measured; nothing is asked for twice."""

    sbp_mmhg = number("Systolic, mmHg", whole=True)
    dbp_mmhg = number("Diastolic, mmHg", whole=True)
    hr_per_min = number("Heart rate, /min", whole=True)
    spo2_percent = number("SpO2, %", whole=True)
    rr_per_min = number("Breaths, /min", whole=True)
    cadss_total = number("CADSS total", whole=True)
    moaas = forms.TypedChoiceField(
        label="MOAA/S, 5 awake to 0 no response", required=False, coerce=float, empty_value=None,
        choices=[(str(n), str(n)) for n in range(5, -1, -1)], widget=forms.RadioSelect,
    )  # fmt: skip
    dissociation = choice("Dissociation as you see it", Dissociation, required=False)
    moaas_anchor_set = forms.ChoiceField(label="MOAA/S anchors used", required=False)
    note = text("Note")

    def made_for(self, sheet: Sheet) -> None:
        """The anchors used last are offered first; without a level they mean nothing."""
        rows = facts.load().document("scales", "moaa-s").rows("anchor_set")
        words = [(row["key"], sentence(row["key"])) for row in rows if row.get("accepted", True)]
        self.fields["moaas_anchor_set"].choices = words  # type: ignore[attr-defined]
        used = [v.moaas_anchor_set for v in sheet.observations() if v.moaas_anchor_set]
        self.initial.setdefault("moaas_anchor_set", used[-1] if used else words[0][0])

    def given(self) -> dict[str, Any]:
        """Without anchors where no level was rated."""
        held = super().given()
        if "moaas" not in held:
            held.pop("moaas_anchor_set", None)
        return held


class AdverseEventForm(EntryForm):
    """Words of ICH E2A and E2B."""

    term = text("What happened", required=True)
    kind = forms.ChoiceField(  # type: ignore[assignment]  # Django takes a field off its class
        label="Kind of event", required=False,
        choices=[("", "As its words tell"), *((one.value, sentence(words)) for one, words in KIND_WORDS.items())],
        help_text="The registry counts events by kind. The flow-sheet shows which one the words tell.",
    )  # fmt: skip
    onset_at = moment("Since when")
    severity = choice("Severity", Severity, radio=True)
    seriousness = choice("Serious", Seriousness)
    causality = choice("Caused by the drug", Causality)
    action_taken = choice("What was done", ActionTaken)
    outcome = choice("Where it stands", EventOutcome)
    note = text("Note", rows=2)

    def made_for(self, sheet: Sheet) -> None:
        """The onset is asked, and now is what the form begins with; a correction begins with the kind of its words."""
        if term := self.initial.get("term"):
            self.initial["kind"] = self.initial.get("kind") or kind_of_words(term)
        self.initial.setdefault("onset_at", timezone.localtime())
        self.fields["onset_at"].required = True


ALDRETE = (
    ("", "Not used"), ("20-mmhg", "within 20 mmHg of before"), ("20-percent", "within 20 % of before"),
)  # fmt: skip
ALDRETE_PARTS = ("aldrete_total", "aldrete_version", "aldrete_respiration", "aldrete_spo2")


class RecoveryForm(EntryForm):
    """What is looked at before the patient goes."""

    sedation_resolved = yes_no("Sedation has resolved")
    dissociation_resolved = yes_no("Dissociation has resolved")
    respiration_normal = yes_no("Breathing is normal")
    orientated = yes_no("Orientated")
    steady_gait = yes_no("Steady on the feet")
    escort_present = yes_no("The escort is here", help_text="Who comes later is told by answering this alone.")
    clinician_agrees = yes_no("You judge the patient fit to go")
    aldrete_total = number("Modified Aldrete, 0 to 10, where you use it", whole=True)
    aldrete_version = forms.ChoiceField(label="Aldrete: how circulation is scored", required=False, choices=ALDRETE)
    aldrete_respiration = number("Aldrete: respiration, 0 to 2", whole=True)
    aldrete_spo2 = number("Aldrete: SpO2, 0 to 2", whole=True)

    def clean(self) -> dict[str, Any]:
        """A part of a score without its total is no score."""
        found: dict[str, Any] = super().clean() or self.cleaned_data
        parts = [name for name in ALDRETE_PARTS[1:] if found.get(name) not in (None, "")]
        if parts and found.get("aldrete_total") is None and "aldrete_total" not in self.errors:
            self.add_error("aldrete_total", "Give the total, or leave the rest of the score empty too.")
        return found

    def given(self) -> dict[str, Any]:
        """The score as one."""
        held = super().given()
        score = {name.removeprefix("aldrete_"): held.pop(name) for name in ALDRETE_PARTS if name in held}
        return held | ({"aldrete": score} if score else {})


class AmendmentForm(EntryForm):
    """What is added after the signature."""

    text = text("What is to be added", required=True, rows=3)


FORMS: Mapping[Kind, type[EntryForm]] = {
    Kind.CONSENT: ConsentForm, Kind.HISTORY: HistoryForm, Kind.CSSRS: CssrsForm, Kind.MENTAL_STATE: MentalStateForm,
    Kind.FASTING: FastingForm, Kind.ESCORT: EscortForm, Kind.SITE: SiteForm, Kind.DOSE: DoseForm,
    Kind.DOSE_CHECK: DoseCheckForm, Kind.OVERRIDE: OverrideForm, Kind.START: StartForm, Kind.RATE: RateForm,
    Kind.DEVICE: DeviceForm, Kind.STOP: StopForm, Kind.OBSERVATION: ObservationForm,
    Kind.ADVERSE_EVENT: AdverseEventForm, Kind.RECOVERY: RecoveryForm, Kind.AMENDMENT: AmendmentForm,
    **dict.fromkeys((Kind.ARRIVAL, Kind.CLEARANCE, Kind.PAUSE, Kind.RESUME, Kind.DISCHARGE, Kind.SIGN), NotedForm),
}  # fmt: skip


def entry_form(kind: Kind, sheet: Sheet, sent: Any = None, **more: Any) -> EntryForm:
    """The form of one kind of entry."""
    return FORMS[kind](sent, kind=kind, sheet=sheet, **more)
