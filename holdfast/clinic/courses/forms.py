"""Forms of a course: opening it, its phase, its evaluation, an override."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from django import forms

from holdfast.clinic.courses.models import Course, TimeBasis
from holdfast.clinic.courses.phases import ALLOWED_CHANGES, Phase
from holdfast.clinic.ui.forms import ClinicForm, DateInput
from holdfast.clinic.ui.words import sentence
from holdfast.eligibility.answers import Evaluation
from holdfast.eligibility.questions import Question, questions
from holdfast.eligibility.trials import AntidepressantTrial
from holdfast.facts.tables import INDICATIONS
from holdfast.protocols.protocol import protocols

TRIALS = 4  # rows offered at first; more are asked for one by one
MOST_TRIALS = 40  # beyond any documented history; a broken request, not a patient
# First question of each part of the evaluation form, and what the part is called.
PARTS = {
    "age_y": "The episode",
    "aneurysmal_vascular_disease": "Contraindications",
    "psychosis": "To be weighed",
    "sleep_apnoea_screened": "To be recorded",
}


class CourseForm(ClinicForm):
    """A course on a protocol. Opens as referred."""

    protocol = forms.ChoiceField(label="Protocol")
    indication = forms.ChoiceField(
        label="Indication", choices=[(word, sentence(word)) for word in INDICATIONS if word != "any"]
    )
    opened_on = forms.DateField(label="Referred on", widget=DateInput())
    referral = forms.TypedChoiceField(label="For which referral", required=False, coerce=UUID, empty_value=None)

    def __init__(self, *args: Any, referrals: Sequence[tuple[str, str]] = (), **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["referral"].choices = [*referrals, ("", "None on record")]  # type: ignore[attr-defined]
        self.fields["protocol"].choices = [(p.id, p.name) for p in protocols().values()]  # type: ignore[attr-defined]


ENDED_WITH_A_REASON = frozenset({Phase.COMPLETED, Phase.STOPPED})  # a page of their own: reason and follow-up


class PhaseForm(ClinicForm):
    """The next phase. Only phases that may follow are offered; a course is ended on another page."""

    to_phase = forms.ChoiceField(label="New phase", widget=forms.RadioSelect)
    on = forms.DateField(label="On", required=False, widget=DateInput())
    study_day = forms.IntegerField(label="Study day", required=False)
    why = forms.CharField(label="Why", required=False, widget=forms.Textarea(attrs={"rows": 3}))

    def __init__(self, *args: Any, course: Course, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        allowed = ALLOWED_CHANGES[Phase(course.phase)] - ENDED_WITH_A_REASON
        following = [p for p in Phase if p in allowed]
        self.fields["to_phase"].choices = [(p.value, sentence(p.value)) for p in following]  # type: ignore[attr-defined]
        del self.fields["on" if course.time_basis == TimeBasis.STUDY_DAY else "study_day"]


class OverrideForm(ClinicForm):
    """A physician's reason for going on."""

    rule_id = forms.CharField(widget=forms.HiddenInput)
    why = forms.CharField(
        label="Why go on in spite of this", widget=forms.Textarea(attrs={"rows": 2}),
        help_text="Kept with your name and the time. It does not change the rule's answer.",
    )  # fmt: skip


FLAG = (("", "Not known"), ("yes", "Yes"), ("no", "No"))


def question_field(asked: Question) -> forms.Field:
    """A question of the rules as a form field; unanswered stays unanswered."""
    label = asked.about
    if asked.kind == "flag":
        return forms.ChoiceField(label=label, required=False, choices=FLAG, widget=forms.RadioSelect)
    if asked.kind == "word":
        return forms.ChoiceField(
            label=label, required=False, choices=[("", "Not known"), *((w, sentence(w)) for w in asked.choices)]
        )
    if asked.kind == "words":
        choices = [("none", "None of these"), *((w, sentence(w)) for w in asked.choices)]
        return forms.MultipleChoiceField(
            label=label, required=False, choices=choices, widget=forms.CheckboxSelectMultiple
        )
    if asked.kind == "number":
        return forms.FloatField(
            label=label, required=False, widget=forms.NumberInput(attrs={"step": "any", "inputmode": "decimal"})
        )
    if asked.kind == "integer":
        return forms.IntegerField(label=label, required=False, widget=forms.NumberInput(attrs={"inputmode": "numeric"}))
    if asked.kind == "date":
        return forms.DateField(label=label, required=False, widget=DateInput())
    return forms.CharField(label=label, required=False, max_length=120)


def answer(asked: Question, given: Any) -> Any:
    """What was entered as the plain JSON value the rules read; None where nothing was."""
    if asked.kind == "flag":
        return {"yes": True, "no": False}.get(given)
    if asked.kind == "words":
        return [word for word in given if word != "none"] if given else None
    if asked.kind == "date":
        return given.isoformat() if given else None
    return None if given == "" else given


class EvaluationForm(ClinicForm):
    """Every question of the eligibility rules, and past antidepressant trials. One definition drives all of it.

    `rows` is how many past trials are asked for; a form that was sent in knows its own number.
    """

    def __init__(self, *args: Any, rows: int = TRIALS, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.added = False
        self.rows = min(max(_count(self.data.get("trial_rows"), rows), TRIALS), MOST_TRIALS)
        self.fields["trial_rows"] = forms.IntegerField(widget=forms.HiddenInput, required=False)
        self.initial["trial_rows"] = self.rows
        for name, asked in questions(Evaluation).items():
            self.fields[name] = question_field(asked)
        for number in range(1, self.rows + 1):
            for name, asked in questions(AntidepressantTrial).items():
                self.fields[f"trial_{number}_{name}"] = question_field(asked)
        self.fields["no_trials"] = forms.BooleanField(
            label="No antidepressant was ever tried", required=False, help_text="Leave empty where it was not asked."
        )

    def parts(self) -> list[tuple[str, list[Any]]]:
        """Questions in their groups, for the page."""
        groups: list[tuple[str, list[Any]]] = []
        for name in questions(Evaluation):
            if name in PARTS:
                groups.append((PARTS[name], []))
            groups[-1][1].append(self[name])
        return groups

    def trials(self) -> list[tuple[int, list[Any]]]:
        """The fields of each past trial."""
        names = list(questions(AntidepressantTrial))
        return [(n, [self[f"trial_{n}_{name}"] for name in names]) for n in range(1, self.rows + 1)]

    @property
    def may_add(self) -> bool:
        """Is there room for one more past trial?"""
        return self.rows < MOST_TRIALS

    def with_another_trial(self) -> EvaluationForm:
        """The same form with everything as it was entered, checked by nobody yet, and one more empty trial."""
        more = EvaluationForm(initial={name: self[name].data for name in self.fields}, rows=self.rows + 1)
        more.added = True
        return more

    def given(self) -> Mapping[str, Any]:
        """The input of the rules: `evaluation` and `trials`."""
        values = self.cleaned_data
        evaluation = {name: answer(asked, values.get(name)) for name, asked in questions(Evaluation).items()}
        trials = []
        for number in range(1, self.rows + 1):
            trial = {
                name: answer(asked, values.get(f"trial_{number}_{name}"))
                for name, asked in questions(AntidepressantTrial).items()
            }
            if any(value is not None for value in trial.values()):
                trials.append(trial)
        return {"evaluation": evaluation, "trials": trials or ([] if values.get("no_trials") else None)}


def _count(given: Any, otherwise: int) -> int:
    try:
        return int(given)
    except (TypeError, ValueError):
        return otherwise
