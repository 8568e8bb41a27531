"""The base of the clinic's forms: a refusal of an action lands beside the field it names."""

from __future__ import annotations

import math
from collections.abc import Mapping
from decimal import Decimal
from typing import Any, Self

from django import forms

from holdfast.errors import HoldfastError


class DateInput(forms.DateInput):
    """The browser's own date picker; plain text where there is none."""

    input_type = "date"

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(format="%Y-%m-%d", **kwargs)


class MomentInput(forms.DateTimeInput):
    """Date and time of day, in the time zone of the programme."""

    input_type = "datetime-local"

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(format="%Y-%m-%dT%H:%M", **kwargs)


class TimeInput(forms.TimeInput):
    """The browser's own picker of a time of day."""

    input_type = "time"

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(format="%H:%M", **kwargs)


class ClinicForm(forms.Form):
    """A form whose action may refuse. `names` maps the action's argument names to fields called otherwise."""

    names: Mapping[str, str] = {}

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for field in self.fields.values():
            if field.error_messages.get("required") == forms.Field.default_error_messages["required"]:
                field.error_messages["required"] = "Not filled in yet."

    def get_initial_for_field(self, field: forms.Field, field_name: str) -> Any:
        """A whole number as it is written by hand: 45, and not 45.0."""
        value = super().get_initial_for_field(field, field_name)
        whole = isinstance(value, float | Decimal) and math.isfinite(value) and value == int(value)
        return int(value) if whole else value

    def refuse(self, error: HoldfastError) -> None:
        """Show the action's sentence: beside its field where it begins with the field's name, else above the form."""
        start, _, rest = str(error).partition(": ")
        for name in start.split(", "):
            field = self.names.get(name, name)
            if rest and field in self.fields:
                self.add_error(field, rest[:1].upper() + rest[1:])
                return
        named, _, rest = str(error).partition(" is ")
        if rest and named in self.fields:
            self.add_error(named, f"{self.fields[named].label or named} is {rest}")
            return
        self.add_error(None, str(error))

    def refused_whole(self, error: HoldfastError) -> Self:
        """This form with the action's sentence and no other: the action looked at what was entered, not the form."""
        self.is_valid()
        self.errors.clear()
        self.refuse(error)
        return self
