"""The form of a letter: whom it goes to, the clinician's own paragraph, who signs."""

from __future__ import annotations

from typing import Any

from django import forms

from holdfast.clinic.ui.forms import ClinicForm


class LetterForm(ClinicForm):
    """What the clinician writes. `read` is the digest of the draft on the same page."""

    why = forms.CharField(
        label="What was wrong with the letter before", widget=forms.Textarea(attrs={"rows": 2}),
        help_text="Stands on the new letter. The one before is kept as it was issued.",
        error_messages={"required": "A correction says what was wrong."},
    )  # fmt: skip
    to = forms.CharField(label="To: name and address", widget=forms.Textarea(attrs={"rows": 3}))
    paragraph = forms.CharField(
        label="Your own paragraph", required=False, widget=forms.Textarea(attrs={"rows": 6}),
        help_text="Judgement, advice, what you ask of the referrer. All fits on one page.",
    )  # fmt: skip
    signed_as = forms.CharField(label="Signed as: name, degree, office", max_length=120)
    read = forms.CharField(widget=forms.HiddenInput)

    def __init__(self, *args: Any, correcting: bool, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if not correcting:
            del self.fields["why"]
