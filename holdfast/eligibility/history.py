"""A patient's treatment history, and the three stagings of it side by side."""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass

from holdfast.eligibility.questions import check_answers, question
from holdfast.eligibility.staging import SEVERITIES, Staging, maudsley, mgh_s, thase_rush
from holdfast.eligibility.trials import ATHF, MGH_S, AntidepressantTrial, FailedTrials, adequacy, failed_trials
from holdfast.facts import Facts

NO_TRIALS = "antidepressant trials"


@dataclass(frozen=True)
class TreatmentHistory:
    """What the stagings are computed from. `trials` None means not asked; () means none was ever made."""

    trials: tuple[AntidepressantTrial, ...] | None = None
    episode_months: int | None = question("integer", "Duration of the current episode in whole months")
    episode_severity: str | None = question("word", "Severity of the current episode", SEVERITIES)
    ect_used: bool | None = question("flag", "Was ECT given in the current episode?")
    bilateral_ect_failed: bool | None = question("flag", "Was bilateral ECT given without response?")

    def __post_init__(self) -> None:
        check_answers(self)


def stage_all(history: TreatmentHistory, *, facts: Facts | None = None) -> tuple[Staging, ...]:
    """Maudsley, Thase-Rush and MGH-s of one history, each with its inputs and what it lacks.

    Only trials of the current episode count. A trial that cannot be judged makes every stage it could change None.
    """
    return (_maudsley(history, facts), _thase_rush(history, facts), _mgh_s(history, facts))


def _maudsley(history: TreatmentHistory, facts: Facts | None) -> Staging:
    judged = _judged(history, ATHF, facts)
    certain = judged is not None and judged.drugs == judged.drugs_at_most
    staged = maudsley(
        duration_months=history.episode_months,
        severity=history.episode_severity,
        failed_antidepressants=len(judged.drugs) if judged is not None and certain else None,
        augmentation=_augmented(history),
        ect=history.ect_used,
        facts=facts,
    )
    return _named(staged, "failed_antidepressants", judged)


def _thase_rush(history: TreatmentHistory, facts: Facts | None) -> Staging:
    judged = _judged(history, ATHF, facts)
    staged = thase_rush(
        failed_classes=_classes(judged),
        adequate_response=_adequate_response(history, facts),
        bilateral_ect_failed=history.bilateral_ect_failed,
        facts=facts,
    )
    return _named(staged, "failed_classes", judged)


def _mgh_s(history: TreatmentHistory, facts: Facts | None) -> Staging:
    judged = _judged(history, MGH_S, facts)
    certain = judged is not None and not judged.undetermined
    failed = judged.failed if judged is not None and certain else None
    staged = mgh_s(
        failed_trials=None if failed is None else len(failed),
        optimised_trials=None if failed is None else _count([trial.optimised for trial in failed]),
        augmented_trials=None if failed is None else _count([trial.augmented for trial in failed]),
        ect=history.ect_used,
        facts=facts,
    )
    if failed is None:  # how many were optimised or augmented hangs on which trials count
        counts = ("optimised_trials", "augmented_trials")
        staged = dataclasses.replace(staged, missing=tuple(name for name in staged.missing if name not in counts))
    return _named(staged, "failed_trials", judged)


def _judged(history: TreatmentHistory, by: str, facts: Facts | None) -> FailedTrials | None:
    return None if history.trials is None else failed_trials(history.trials, by=by, facts=facts)


def _named(staged: Staging, what: str, judged: FailedTrials | None) -> Staging:
    """The staging with the missing answers behind a missing count named, trial by trial."""
    if what not in staged.missing:
        return staged
    behind = judged.missing if judged is not None else (NO_TRIALS,)
    if judged is not None and what == "failed_classes":
        unclassed = [trial for trial in (*judged.failed, *judged.undetermined) if trial.drug_class is None]
        behind += tuple(f"{trial.drug}: drug class" for trial in unclassed)
    missing = tuple(f"{name} ({'; '.join(behind)})" if name == what else name for name in staged.missing)
    return dataclasses.replace(staged, missing=missing)


def _classes(judged: FailedTrials | None) -> frozenset[str] | None:
    """Classes that certainly failed; None where an unjudged or unclassed trial could add one."""
    if judged is None:
        return None
    certain = {trial.drug_class for trial in judged.failed}
    possible = certain | {trial.drug_class for trial in judged.undetermined}
    if None in possible or possible != certain:
        return None
    return frozenset(name for name in certain if name is not None)


def _augmented(history: TreatmentHistory) -> bool | None:
    if history.trials is None:
        return None
    answers: list[bool | None] = []
    for trial in history.trials:
        if trial.current_episode is False or trial.augmented is False:
            answers.append(False)
        else:
            answers.append(True if trial.current_episode and trial.augmented else None)
    return _any(answers)


def _adequate_response(history: TreatmentHistory, facts: Facts | None) -> bool | None:
    """Did any adequate trial of the current episode bring a response?"""
    if history.trials is None:
        return None
    answers: list[bool | None] = []
    for trial in history.trials:
        judged = adequacy(trial, facts=facts)
        ruled_out = trial.current_episode is False or trial.outcome not in ("response", None)
        if ruled_out or not (judged.adequate or judged.undetermined):
            answers.append(False)
        else:
            sure = judged.adequate and trial.current_episode and trial.outcome == "response"
            answers.append(True if sure else None)
    return _any(answers)


def _any(answers: list[bool | None]) -> bool | None:
    """True if one is; None if none is but one is unknown; else False."""
    if any(answers):
        return True
    return None if None in answers else False


def _count(answers: list[bool | None]) -> int | None:
    return None if None in answers else sum(map(bool, answers))
