"""From what was entered to what is stored: total or level by holdfast.scales, crisis response by holdfast.safety."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from holdfast import scales
from holdfast.clinic.assessments.crisis import CrisisSetting, crisis_of_cssrs, crisis_of_items
from holdfast.errors import InputError
from holdfast.safety.crisis import CrisisResponse


@dataclass(frozen=True)
class Scored:
    """`total` is None for a triaged scale, whose answer is `level`. `crisis` is None where no answer asks for one."""

    scale: str
    total: int | None
    level: str
    score: scales.Score | None = None
    triage: scales.Triage | None = None
    crisis: CrisisResponse | None = None
    unscored: Mapping[str, int] = field(default_factory=dict)


class CrisisInputError(InputError):
    """The form is incomplete, but an answer in it asks for a crisis response, which is in `crisis`."""

    def __init__(self, message: str, crisis: CrisisResponse) -> None:
        self.crisis = crisis
        super().__init__(message)


def score_entry(
    name: str,
    *,
    answers: Sequence[float | None] | Mapping[str, bool | None] | None,
    total: float | None,
    setting: CrisisSetting,
    anchor_set: str | None = None,
    certified_rater: bool | None = None,
    unscored: Mapping[str, float | None] | None = None,
) -> Scored:
    """Score answers or a total, never both. The crisis response is found before anything can be refused.

    `unscored` are the answers to items that are asked and never scored, by key; they change neither total nor band.
    """
    scale = scales.scale(name)
    if (answers is None) == (total is None):
        raise InputError(f"{scale.name}: give the answers or the total, one of the two")
    if scale.scoring == "triage":
        return _triaged(scale, answers, setting)
    if isinstance(answers, Mapping):
        raise InputError(f"{scale.name}: answers are a list in the order of the items")
    if answers is not None:
        return _from_answers(scale, answers, setting, anchor_set, unscored or {})
    assert total is not None
    score = scales.score_of_total(scale, total, anchor_set=anchor_set, certified_rater=certified_rater)
    return Scored(scale.id, score.total, "", score=score, unscored=scales.checked_unscored(scale, unscored or {}))


def _from_answers(
    scale: scales.Scale,
    answers: Sequence[float | None],
    setting: CrisisSetting,
    anchor_set: str | None,
    unscored: Mapping[str, float | None],
) -> Scored:
    crisis = crisis_of_items(scale, answers, setting)
    try:
        score = scales.score(scale, answers, anchor_set=anchor_set)
        apart = scales.checked_unscored(scale, unscored)
    except InputError as error:
        raise _with_crisis(error, crisis) from None
    return Scored(scale.id, score.total, "", score=score, crisis=crisis, unscored=apart)


def _with_crisis(error: InputError, crisis: CrisisResponse | None) -> InputError:
    """A refusal of the form never swallows what an answer in it asks for."""
    return error if crisis is None else CrisisInputError(str(error), crisis)


def _triaged(scale: scales.Scale, answers: Any, setting: CrisisSetting) -> Scored:
    if not isinstance(answers, Mapping):
        raise InputError(f"{scale.name} is triaged, never summed: give the answer to each question")
    crisis = crisis_of_cssrs(answers, setting)
    try:
        triage = scales.triage(answers)
    except InputError as error:
        raise _with_crisis(error, crisis) from None
    level = triage.level.value if triage.level else f"at_least_{triage.at_least.value}"
    return Scored(scale.id, None, level, triage=triage, crisis=crisis)
