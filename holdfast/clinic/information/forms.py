"""Forms of the information for patients."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django import forms

from holdfast.clinic.ui.forms import ClinicForm


class SignClaimsForm(ClinicForm):
    """Claims of one section that a physician has read and answers for."""

    claims = forms.MultipleChoiceField(
        label="Claims", error_messages={"required": "Tick at least one claim that you have read."}
    )
    physician = forms.CharField(
        label="Name of the physician who signs", max_length=120,
        error_messages={"required": "Give the name of the physician who signs."},
    )  # fmt: skip
    read = forms.BooleanField(
        label="I have read each ticked claim and the rows it rests on, and let patients of this programme read it",
        error_messages={"required": "Confirm that you have read the claims and their sources."},
    )

    def __init__(self, *args: Any, claim_ids: Sequence[str], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["claims"].choices = [(one, one) for one in claim_ids]  # type: ignore[attr-defined]
