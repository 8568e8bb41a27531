"""Past antidepressant trials: was each adequate, and did it fail?

An adequate trial is enough dose for enough weeks with enough adherence, each judged by a clinician and recorded.
Unknown is never adequate; nor is it inadequate: a trial that could still turn out either way is undetermined.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from holdfast.decision import Reason, Weight
from holdfast.eligibility.questions import check_answers, question
from holdfast.errors import InputError
from holdfast.facts import CareRule, Facts, care_rule

DRUG_CLASSES = (
    "ssri", "snri", "tricyclic", "maoi", "ndri", "tetracyclic", "sari", "multimodal", "melatonergic", "other",
)  # fmt: skip
OUTCOMES = ("no-response", "partial-response", "response", "stopped-for-intolerance")
# A partial response is a fall short of the definition of response (rule out.response): the trial failed.
FAILED_OUTCOMES = ("no-response", "partial-response")
ATHF, MGH_S = "stage.athf", "stage.mghs"


@dataclass(frozen=True)
class AntidepressantTrial:
    """One antidepressant, as tried once. Everything but the drug's name may be unknown (None)."""

    drug: str = question("text", "Antidepressant; required")
    drug_class: str | None = question("word", "Class of the antidepressant", DRUG_CLASSES)
    current_episode: bool | None = question("flag", "Was it tried in the current episode?")
    weeks: float | None = question("number", "Weeks at the dose that was judged")
    dose_adequate: bool | None = question("flag", "Was the dose adequate, as judged and recorded by a clinician?")
    adherent: bool | None = question("flag", "Was it taken as prescribed?")
    athf_rating: int | None = question("integer", "Rating on the Antidepressant Treatment History Form, if made")
    outcome: str | None = question("word", "What came of it; partial = a fall short of response", OUTCOMES)
    optimised: bool | None = question("flag", "Was its dose or duration optimised?")
    augmented: bool | None = question("flag", "Was it augmented or combined?")

    def __post_init__(self) -> None:
        if self.drug is None:
            raise InputError("drug is not given; name the antidepressant")
        check_answers(self)

    @property
    def name(self) -> str:
        """The drug's name, so that two spellings in upper and lower case are one drug."""
        return self.drug.strip().casefold()


@dataclass(frozen=True)
class Adequacy:
    """Whether a trial was adequate by one rule, with every reason against and every flag.

    `adequate` is True only when every part is known and met. `undetermined` is true when nothing known speaks
    against it but something is unknown. `flags` are told and do not weigh: stopped for intolerance, not adherent.
    """

    rule: str
    against: tuple[Reason, ...] = ()
    flags: tuple[str, ...] = ()

    @property
    def adequate(self) -> bool:
        """True when nothing speaks against it and nothing is unknown."""
        return not self.against

    @property
    def undetermined(self) -> bool:
        """True when only missing answers stand against it."""
        return bool(self.against) and all(reason.missing for reason in self.against)

    def as_dict(self) -> dict[str, Any]:
        """Plain values for JSON."""
        return {
            "rule": self.rule,
            "adequate": self.adequate,
            "undetermined": self.undetermined,
            "against": [reason.as_dict() for reason in self.against],
            "flags": list(self.flags),
        }


def adequacy(trial: AntidepressantTrial, *, by: str | CareRule = ATHF, facts: Facts | None = None) -> Adequacy:
    """Adequacy of one trial by rule `by`: stage.athf (at least 4 weeks) or stage.mghs (at least 6 weeks).

    Dose and adherence are the clinician's recorded judgement. A rating on the form is optional, its minimum doses
    are not part of Holdfast; where one was made it must reach the rule's threshold too.
    """
    rule = by if isinstance(by, CareRule) else care_rule(by, facts)
    against = [*_weeks(trial, rule), *_dose(trial, rule), *_rating(trial, rule), *_adherence(trial, rule)]
    flags = []
    if trial.outcome == "stopped-for-intolerance":
        flags.append("stopped-for-intolerance")
    if trial.adherent is False:
        flags.append("not-adherent")
    return Adequacy(rule.id, tuple(against), tuple(flags))


def _weeks(trial: AntidepressantTrial, rule: CareRule) -> Iterable[Reason]:
    limit = rule.threshold("trial_duration_min" if rule.id == MGH_S else "duration_min")
    if trial.weeks is None:
        yield _unknown(trial, rule, "weeks", "its duration is not recorded")
    elif not limit.met_by(trial.weeks):
        text = f"{trial.drug}: {trial.weeks:g} weeks; an adequate trial takes at least {limit.value:g} weeks."
        yield _found(rule, "too-short", text)


def _dose(trial: AntidepressantTrial, rule: CareRule) -> Iterable[Reason]:
    if trial.dose_adequate is None:
        yield _unknown(trial, rule, "dose", "no clinician's judgement of the dose is recorded")
    elif not trial.dose_adequate:
        yield _found(rule, "dose-too-low", f"{trial.drug}: the dose was judged inadequate.")


def _rating(trial: AntidepressantTrial, rule: CareRule) -> Iterable[Reason]:
    if trial.athf_rating is None or "rating_min" not in rule.thresholds:
        return
    limit = rule.threshold("rating_min")
    if not limit.met_by(trial.athf_rating):
        text = f"{trial.drug}: rated {trial.athf_rating}; an adequate trial is rated {limit.value:g} or more."
        yield _found(rule, "rating-too-low", text)


def _adherence(trial: AntidepressantTrial, rule: CareRule) -> Iterable[Reason]:
    if trial.adherent is None:
        yield _unknown(trial, rule, "adherence", "whether it was taken as prescribed is not recorded")
    elif not trial.adherent:
        yield _found(rule, "not-adherent", f"{trial.drug}: it was not taken as prescribed.")


def _found(rule: CareRule, code: str, text: str) -> Reason:
    return Reason(code, text, rule.id, Weight.RECORD)


def _unknown(trial: AntidepressantTrial, rule: CareRule, what: str, text: str) -> Reason:
    return Reason(f"{what}-unknown", f"{trial.drug}: {text}.", rule.id, Weight.RECORD, missing=True)


@dataclass(frozen=True)
class FailedTrials:
    """Adequate trials of the current episode that brought no response, counted without guessing.

    `failed` certainly count; `undetermined` might, if what is missing were known, and `missing` says what that is.
    """

    failed: tuple[AntidepressantTrial, ...]
    undetermined: tuple[AntidepressantTrial, ...]
    missing: tuple[str, ...]

    @property
    def drugs(self) -> frozenset[str]:
        """Different antidepressants among those that certainly failed."""
        return frozenset(trial.name for trial in self.failed)

    @property
    def drugs_at_most(self) -> frozenset[str]:
        """Different antidepressants if every undetermined trial turned out to count."""
        return self.drugs | {trial.name for trial in self.undetermined}


def failed_trials(
    trials: Iterable[AntidepressantTrial], *, by: str | CareRule = ATHF, facts: Facts | None = None
) -> FailedTrials:
    """Sort trials into those that certainly count as failed, those that might, and the rest.

    Stopped for intolerance is no failure: the drug was never seen to be without effect.
    """
    failed: list[AntidepressantTrial] = []
    undetermined: list[AntidepressantTrial] = []
    missing: list[str] = []
    for number, trial in enumerate(trials, start=1):
        judged = adequacy(trial, by=by, facts=facts)
        lost = trial.outcome is not None and trial.outcome not in FAILED_OUTCOMES
        if lost or trial.current_episode is False or not (judged.adequate or judged.undetermined):
            continue
        unknown = [reason.code.removesuffix("-unknown") for reason in judged.against]
        unknown += ["outcome"] if trial.outcome is None else []
        unknown += ["current episode or earlier"] if trial.current_episode is None else []
        (undetermined if unknown else failed).append(trial)
        missing += [f"trial {number} ({trial.drug}): {what}" for what in unknown]
    return FailedTrials(tuple(failed), tuple(undetermined), tuple(missing))
