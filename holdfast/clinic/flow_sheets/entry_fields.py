"""The form of one entry of a flow-sheet, and the fields that its kinds are made of."""

from __future__ import annotations

import datetime as dt
import uuid
from enum import StrEnum
from typing import Any

from django import forms
from django.utils import timezone

from holdfast.clinic.assessments.forms import YES_NO
from holdfast.clinic.ui.forms import ClinicForm, MomentInput
from holdfast.clinic.ui.words import sentence
from holdfast.errors import HoldfastError
from holdfast.treatment_sessions.entries import Kind
from holdfast.treatment_sessions.flow_sheet import Sheet

ANSWER = {"yes": True, "no": False}


def number(label: str, *, whole: bool = False) -> forms.FloatField:
    """A number that may be left empty."""
    widget = forms.NumberInput(attrs={"inputmode": "numeric" if whole else "decimal", "step": "any"})
    return forms.FloatField(label=label, required=False, widget=widget)


def yes_no(label: str, *, required: bool = False, help_text: str = "") -> forms.ChoiceField:
    """Yes or no; unanswered is neither."""
    choices = YES_NO[:2] if required else (*YES_NO[:2], ("", "Not looked at"))
    return forms.ChoiceField(
        label=label, required=required, choices=choices, widget=forms.RadioSelect, help_text=help_text
    )


def choice(label: str, words: type[StrEnum], *, required: bool = True, radio: bool = False) -> forms.ChoiceField:
    """One of a few words; of a list none stands chosen, for a judgement nobody made must not be kept as one."""
    choices = [(w.value, sentence(w.value)) for w in words]
    widget = forms.RadioSelect if radio else forms.Select
    nothing = [] if required and radio else [("", "Choose" if required else "Not rated")]
    offered = [*nothing, *choices]
    return forms.ChoiceField(label=label, required=required, choices=offered, widget=widget)


def moment(label: str, help_text: str = "") -> forms.DateTimeField:
    """A time that may be left empty."""
    return forms.DateTimeField(label=label, required=False, widget=MomentInput(), help_text=help_text)


def text(label: str, *, required: bool = False, rows: int = 1) -> forms.CharField:
    """A line or a few."""
    widget = forms.TextInput() if rows == 1 else forms.Textarea(attrs={"rows": rows})
    return forms.CharField(label=label, required=required, widget=widget)


def past() -> forms.DateTimeField:
    """The time of what is added after the signature: never taken for now."""
    field = moment("When it was made", "The flow-sheet is signed: say when this was, not when you enter it.")
    field.required, field.error_messages["required"] = True, "The flow-sheet is signed; give the time it was made."
    return field


AFTER_SIGNATURE = "Why it is added after the signature"


class EntryForm(ClinicForm):
    """One entry. `made_at` empty = now; a time of the present minute is now too.

    To a `signed` flow-sheet it is added with its reason and, but for an amendment in words, with the time it was made.
    """

    key = forms.UUIDField(widget=forms.HiddenInput)
    made_at = moment("When it was", "Leave empty for now.")

    def __init__(
        self, *args: Any, kind: Kind, sheet: Sheet, why: str = "", signed: bool = False, initial: Any = None,
        **kwargs: Any,
    ) -> None:  # fmt: skip
        kwargs.setdefault("auto_id", f"{kind.value}_%s")
        super().__init__(*args, initial={"key": uuid.uuid4(), **(initial or {})}, **kwargs)
        self.kind, self.sheet = kind, sheet
        self.made_for(sheet)
        if signed:
            why = AFTER_SIGNATURE
            if kind is not Kind.AMENDMENT:
                self.fields["made_at"] = past()
        if why:
            self.fields["why"] = forms.CharField(
                label=why, widget=forms.Textarea(attrs={"rows": 2}), error_messages={"required": "Say why."}
            )
        self.order_fields([n for n in self.fields if n not in ("made_at", "why", "key")])

    def made_for(self, sheet: Sheet) -> None:
        """Leave out what the protocol does not ask."""

    @property
    def own_fields(self) -> list[Any]:
        """Bound fields of the entry itself, without time, reason and key."""
        return [self[name] for name in self.fields if name not in ("made_at", "why", "key")]

    def clean_made_at(self) -> dt.datetime | None:
        """None for now."""
        at, now = self.cleaned_data["made_at"], timezone.now()
        if self.fields["made_at"].required:
            return at
        same = at is not None and at.replace(second=0, microsecond=0) == now.replace(second=0, microsecond=0)
        return None if same else at

    def given(self) -> dict[str, Any]:
        """What the entry holds, as plain values; what was left empty is not known and not there."""
        own = {n: v for n, v in self.cleaned_data.items() if n not in ("made_at", "why", "key")}
        return {name: _plain(value, self.fields[name]) for name, value in own.items() if value not in (None, "")}

    def renew_key(self, *, taken: bool) -> None:
        """A form that was changed after it had been sent becomes another entry."""
        if taken:
            held: Any = self.data
            held = held.copy()
            held["key"] = str(uuid.uuid4())
            self.data = held

    def refuse(self, error: HoldfastError) -> None:
        """Without the kind that leads a sentence about a field."""
        said = str(error)
        start = f"{self.kind.value}."
        super().refuse(type(error)(said.removeprefix(start)) if said.startswith(start) else error)


def _plain(value: Any, field: forms.Field) -> Any:
    if isinstance(value, dt.datetime):
        return value.isoformat()
    if isinstance(field, forms.ChoiceField) and value in ANSWER:
        return ANSWER[value]
    return value
