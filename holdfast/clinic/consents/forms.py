"""Forms of consent: a text of the programme, what a patient said to it, a withdrawal."""

from __future__ import annotations

from typing import Any

from django import forms

from holdfast.clinic.consents.models import ConsentDocument
from holdfast.clinic.ui.forms import ClinicForm, DateInput
from holdfast.protocols.consent import Capacity, ConsentKind, Giver
from holdfast.protocols.protocol import protocols

GIVERS = [(Giver.PATIENT.value, "The patient"), (Giver.REPRESENTATIVE.value, "A legal representative")]


def _text(label: str, rows: int, *, required: bool = False, help_text: str = "") -> forms.CharField:
    widget = forms.Textarea(attrs={"rows": rows})
    return forms.CharField(label=label, required=required, widget=widget, help_text=help_text)


class DocumentForm(ClinicForm):
    """The next version of a consent text."""

    protocol = forms.ChoiceField(label="For which protocol", required=False)
    title = forms.CharField(label="Title", max_length=120)
    text = _text("The text, word for word", 16, required=True, help_text="Plain text; an empty line parts paragraphs.")
    in_force_from = forms.DateField(label="In force from", widget=DateInput())
    earlier_stand = forms.BooleanField(
        label="Consents to earlier versions stand; nobody is asked anew because of this one", required=False
    )
    witness_needed = forms.BooleanField(label="It is signed before a witness", required=False)
    why = _text("What changed", 2, help_text="Asked from the second version on.")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        choices = [("", "Every protocol without a text of its own"), *((p.id, p.name) for p in protocols().values())]
        self.fields["protocol"].choices = choices  # type: ignore[attr-defined]


class ConsentForm(ClinicForm):
    """What the patient said, with who took it."""

    kind = forms.ChoiceField(
        label="What was said", widget=forms.RadioSelect,
        choices=[(ConsentKind.GIVEN.value, "Consent is given"), (ConsentKind.REFUSED.value, "Consent is refused")],
    )  # fmt: skip
    capacity = forms.ChoiceField(
        label="Capacity to decide this, as you judge it today", required=False, widget=forms.RadioSelect,
        choices=[(Capacity.HAS.value, "Has capacity"), (Capacity.LACKS.value, "Lacks capacity")],
    )  # fmt: skip
    given_by = forms.ChoiceField(label="By whom", widget=forms.RadioSelect, choices=GIVERS, initial=Giver.PATIENT.value)
    representative = forms.CharField(
        label="Representative: name, and what gives them the right", required=False, max_length=120
    )
    witness = forms.CharField(label="Witness", required=False, max_length=120)
    on = forms.DateField(label="Signed on", widget=DateInput())
    note = _text("Note", 2)
    read = forms.BooleanField(
        label="The text in force was read together, and the signed paper is kept",
        error_messages={"required": "Confirm that this text was read and the paper is kept."},
    )

    def __init__(self, *args: Any, document: ConsentDocument | None, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if document is not None and document.witness_needed:
            self.fields["witness"].help_text = "This text asks for one."


class WithdrawForm(ClinicForm):
    """A withdrawal. It needs no reason."""

    given_by = forms.ChoiceField(label="By whom", widget=forms.RadioSelect, choices=GIVERS, initial=Giver.PATIENT.value)
    representative = forms.CharField(
        label="Representative: name, and what gives them the right", required=False, max_length=120
    )
    on = forms.DateField(label="Said on", widget=DateInput())
    note = _text("Note", 2, help_text="A withdrawal needs no reason.")
