"""Forms of one safety check, and of one adverse event outside a treatment session."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django import forms
from django.utils import timezone

from holdfast.clinic.courses.models import Course, TimeBasis
from holdfast.clinic.safety.models import SafetyCheck
from holdfast.clinic.ui.forms import ClinicForm, DateInput, MomentInput
from holdfast.clinic.ui.words import sentence
from holdfast.safety.due_checks import CHECKS
from holdfast.treatment_sessions.adverse_events import ActionTaken, Causality, EventOutcome, Seriousness, Severity
from holdfast.treatment_sessions.event_kinds import KIND_WORDS, kind_of_words


class SafetyCheckForm(ClinicForm):
    """Which check, when, and what came out; of a correction, why."""

    check_key = forms.ChoiceField(
        label="Check", choices=[(c, c.replace("_", " ").capitalize()) for c in CHECKS], widget=forms.RadioSelect
    )
    done_on = forms.DateField(label="Done on", widget=DateInput())
    study_day = forms.IntegerField(label="Study day")
    outcome = forms.ChoiceField(
        label="Outcome", choices=[(v, t.capitalize()) for v, t in SafetyCheck.Outcome.choices], widget=forms.RadioSelect
    )
    note = forms.CharField(label="Note", required=False, widget=forms.Textarea(attrs={"rows": 3}))

    def __init__(self, *args: Any, course: Course, correcting: bool, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if correcting:
            self.fields["note"] = forms.CharField(
                label="Why is it corrected", widget=forms.Textarea(attrs={"rows": 3}),
                help_text="The first entry stays readable. Was it of somebody else? It could not be done here; say so.",
                error_messages={"required": "A correction needs its reason."},
            )  # fmt: skip
        del self.fields["done_on" if course.time_basis == TimeBasis.STUDY_DAY else "study_day"]


def _words(label: str, words: Iterable[str], widget: type[forms.Widget] = forms.Select) -> forms.ChoiceField:
    """Nothing stands chosen: a judgement nobody made must not be kept as one."""
    choices = [(one, sentence(one.replace("-", " "))) for one in words]
    offered = choices if widget is forms.RadioSelect else [("", "Choose"), *choices]
    return forms.ChoiceField(label=label, choices=offered, widget=widget)


class AdverseEventForm(ClinicForm):
    """Words of ICH E2A and E2B; of a correction, why."""

    term = forms.CharField(label="What happened", max_length=200)
    kind = forms.ChoiceField(
        label="Kind of event", required=False,
        choices=[("", "As its words tell"), *((one.value, sentence(words)) for one, words in KIND_WORDS.items())],
        help_text="The registry counts events by kind. A stay in hospital for a psychiatric event, and a suicide "
        "attempt, count as a relapse there.",
    )  # fmt: skip
    onset_at = forms.DateTimeField(label="Since when, as far as known", widget=MomentInput())
    severity = _words("Severity", Severity, forms.RadioSelect)
    seriousness = _words("Serious", Seriousness)
    causality = _words("Caused by the drug", Causality)
    action_taken = _words("What was done", ActionTaken)
    outcome = _words("Where it stands", EventOutcome)
    note = forms.CharField(label="Note", required=False, widget=forms.Textarea(attrs={"rows": 3}))

    def __init__(self, *args: Any, correcting: bool, initial: dict[str, Any], **kwargs: Any) -> None:
        if term := initial.get("term"):
            initial = {**initial, "kind": initial.get("kind") or kind_of_words(term)}
        super().__init__(*args, initial=initial, **kwargs)
        if correcting:
            self.fields["why"] = forms.CharField(
                label="Why is it corrected", widget=forms.Textarea(attrs={"rows": 2}),
                help_text="The first entry stays readable.",
                error_messages={"required": "A correction needs its reason."},
            )  # fmt: skip

    def given(self) -> dict[str, Any]:
        """The event as plain values; what was left empty is not there."""
        held = {name: value for name, value in self.cleaned_data.items() if name != "why" and value not in (None, "")}
        return held | {"onset_at": self.cleaned_data["onset_at"].isoformat()}


def initial_of(event: Any) -> dict[str, Any]:
    """An event as its form shows it. Call inside the time zone of the programme."""
    return {**vars(event), "onset_at": timezone.localtime(event.onset_at)}
