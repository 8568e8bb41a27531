"""The fields of an entry's form as a browser's queue sends them, perhaps hours after they were filled in.

They are read by the same form as on the page, so that what is refused there is refused here, beside the same field.
Nothing here depends on when they arrive: sent again they are the same entry.
"""

from __future__ import annotations

import datetime as dt
from typing import Any

from django.core.exceptions import ValidationError
from django.utils import timezone

from holdfast.clinic.flow_sheets.entry_fields import EntryForm
from holdfast.clinic.flow_sheets.forms import entry_form
from holdfast.clinic.flow_sheets.models import FlowSheetEntry
from holdfast.clinic.flow_sheets.sheets import is_signed, rows_of, sheet_from
from holdfast.clinic.treatment_sessions.models import TreatmentSession
from holdfast.errors import InputError
from holdfast.treatment_sessions.entries import read_kind


class FieldsRefusedError(InputError):
    """Fields that cannot be; `fields` says what is wrong with each, by its name in the form."""

    def __init__(self, sentence: str, fields: dict[str, list[str]]) -> None:
        super().__init__(sentence)
        self.fields = fields


def read_fields(held: dict[str, Any], sent: dict[str, Any], row: TreatmentSession) -> tuple[dict[str, Any], EntryForm]:
    """`given`, `made_at`, `sent_at` and `why` of an entry sent as fields, and their form.

    A time that was typed is one of the programme's clock on the wall, and goes before the time of the device. Raises
    `FieldsRefusedError`, `InputError`.
    """
    fields = held["fields"]
    if not isinstance(fields, dict) or any(not isinstance(value, str) for value in fields.values()):
        raise InputError("fields must be an object of texts, as the form sends them")
    if "given" in held:
        raise InputError("given, fields: give one of the two")
    known = FlowSheetEntry.objects.filter(key=sent["key"]).first()  # signed since it was stored? then it asks no more
    signed = known.amends if known else is_signed(row)
    with timezone.override(row.programme.time_zone):
        sheet = sheet_from(row, rows_of(row))
        form = entry_form(read_kind(sent["kind"]), sheet, fields | {"key": str(sent["key"])}, signed=signed)
        if not form.is_valid():
            raise refused_fields(form)
        typed = _typed(form, fields)
        found = {"given": form.given(), "why": form.cleaned_data.get("why", "")}
    if typed is not None and not _same_minute(typed, sent["made_at"]):
        found |= {"made_at": typed, "sent_at": None}
    return found, form


def in_words(error: InputError, form: EntryForm) -> InputError:
    """The refusal of the action in the words of the form, beside the field it names."""
    form.refuse(error)
    return refused_fields(form)


def refused_fields(form: EntryForm) -> FieldsRefusedError:
    """What the form finds wrong."""
    said, fields = [], {}
    for name, errors in form.errors.items():
        label = form.fields[name].label if name in form.fields else None
        words = " ".join(map(str, errors))
        said.append(f"{label}: {words}" if label and not words.startswith(str(label)) else words)
        fields[name] = list(map(str, errors))
    return FieldsRefusedError(" ".join(said), fields)


def _typed(form: EntryForm, fields: dict[str, str]) -> dt.datetime | None:
    """The time in the form itself, whatever the time is now."""
    try:
        return form.fields["made_at"].clean(fields.get("made_at", ""))
    except ValidationError:
        raise InputError("made_at: is no time; give date and time of day") from None


def _same_minute(typed: dt.datetime, made_at: dt.datetime | None) -> bool:
    return made_at is not None and typed == made_at.astimezone(typed.tzinfo).replace(second=0, microsecond=0)
