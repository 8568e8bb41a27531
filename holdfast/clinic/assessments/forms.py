"""The form of one rating: items where their text may be shown, otherwise the total alone."""

from __future__ import annotations

from typing import Any

from django import forms

from holdfast.clinic.assessments.models import Assessment
from holdfast.clinic.ui.forms import ClinicForm, MomentInput
from holdfast.clinic.ui.words import sentence
from holdfast.errors import HoldfastError
from holdfast.scales import Scale
from holdfast.scales.cssrs import YES_MEANS

YES_NO = (("yes", "Yes"), ("no", "No"), ("", "Not asked or not answered"))
CSSRS_LABELS = {
    **{f"q{n}": f"Question {n}" for n in range(1, 6)},
    "q6_lifetime": "Question 6, in the lifetime",
    "q6_3_months": "Question 6, within the past 3 months",
}


def has_item_form(scale: Scale) -> bool:
    """May the items be shown and answered here?"""
    return scale.ships_text and scale.scored_by_items and all(item.text for item in scale.items)


class AssessmentForm(ClinicForm):
    """Answers or a total, when, and by whom. Nothing is filled in for a missing answer."""

    def __init__(self, *args: Any, scale: Scale, by_day: bool, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.scale = scale
        if scale.scoring == "triage":
            self._questions()
        elif has_item_form(scale):
            self._items()
        else:
            self._total()
        self._time(by_day=by_day)
        raters = [(v, t.capitalize()) for v, t in Assessment.Rater.choices]
        self.fields["rater"] = forms.ChoiceField(label="Rated by", choices=raters)
        usual = Assessment.Rater.PATIENT if scale.rated_by == "patient" else Assessment.Rater.CLINICIAN
        self.initial.setdefault("rater", usual)

    def _items(self) -> None:
        for item in self.scale.items:
            choices = [(str(value), text) for value, text in item.options]
            self.fields[item.key] = forms.ChoiceField(
                label=item.text, required=False, choices=choices, widget=forms.RadioSelect
            )
        for row in self.scale.rows("unscored_item"):
            self.fields[row["key"]] = forms.ChoiceField(
                label=row["text"], required=False, choices=[(str(n), text) for n, text in enumerate(row["options"])],
                widget=forms.RadioSelect, help_text="Kept with the answers; never part of the total.",
            )  # fmt: skip

    def _questions(self) -> None:
        for name in YES_MEANS:
            self.fields[name] = forms.ChoiceField(
                label=CSSRS_LABELS[name], required=False, choices=YES_NO, widget=forms.RadioSelect
            )

    def _total(self) -> None:
        self.fields["total"] = forms.FloatField(
            label=f"{self.scale.name} total",
            help_text=f"A whole number from {self.scale.total_min} to {self.scale.total_max}, from the licensed form.",
            widget=forms.NumberInput(attrs={"inputmode": "numeric", "step": "any"}),
            error_messages={"required": "Enter the total.", "invalid": "Enter a number."},
        )
        if anchors := [row for row in self.scale.rows("anchor_set") if row["accepted"]]:
            read_by = [(row["key"], sentence(row["key"])) for row in anchors]
            said = " ".join(f"{name}: {row['text']}" for (_, name), row in zip(read_by, anchors, strict=True))
            self.fields["anchor_set"] = forms.ChoiceField(label="Anchor set used", choices=read_by, help_text=said)
        if self.scale.certified_rater:
            self.fields["certified_rater"] = forms.BooleanField(label="Rated by a certified rater", required=False)

    def _time(self, *, by_day: bool) -> None:
        if by_day:
            self.fields["study_day"] = forms.IntegerField(label="Study day")
        else:
            self.fields["rated_at"] = forms.DateTimeField(
                label="Rated at", widget=MomentInput(), help_text="When it was rated, not when it is entered."
            )

    def item_fields(self) -> list[Any]:
        """Bound fields of items or questions, in order; empty where only the total is entered."""
        names = list(YES_MEANS) if self.scale.scoring == "triage" else [item.key for item in self.scale.items]
        return [self[name] for name in names if name in self.fields]

    def unscored_fields(self) -> list[Any]:
        """Bound fields of what is asked and never scored; empty where only the total is entered."""
        return [self[row["key"]] for row in self.scale.rows("unscored_item") if row["key"] in self.fields]

    def entry(self) -> dict[str, Any]:
        """Arguments of the action."""
        values = dict(self.cleaned_data)
        given = {
            name: values[name] for name in ("rated_at", "study_day", "anchor_set", "certified_rater") if name in values
        }
        if self.scale.scoring == "triage":
            return given | {"answers": {name: {"yes": True, "no": False}.get(values[name]) for name in YES_MEANS}}
        if has_item_form(self.scale):
            apart = {field.name: _number(values[field.name]) for field in self.unscored_fields()}
            answers = [_number(values[item.key]) for item in self.scale.items]
            return given | {"answers": answers, "unscored": apart}
        return given | {"total": values["total"]}

    def refuse(self, error: HoldfastError) -> None:
        """Mark each unanswered item; a refused total stands beside the total."""
        if "total" in self.fields and "total" in str(error):
            self.add_error("total", str(error))
            return
        given = getattr(self, "cleaned_data", None)  # None: a withdrawal, whose answers nobody read
        missing = [f.name for f in self.item_fields() if given is not None and not given.get(f.name)]
        if missing and self.scale.scoring != "triage":
            for name in missing:
                self.add_error(name, "Not answered yet.")
            return
        super().refuse(error)


class WhyForm(ClinicForm):
    """Why a rating is corrected."""

    why = forms.CharField(
        label="Why is it corrected", widget=forms.Textarea(attrs={"rows": 2}),
        help_text="The older version stays readable.",
        error_messages={"required": "A correction needs its reason."},
    )  # fmt: skip


def _number(text: str) -> int | None:
    return int(text) if text else None
