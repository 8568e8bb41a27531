"""Rows of the tables that might answer a question, and for each that may not, the reason in a sentence.

A row that answers another question (another drug, another time) is only counted. One that answers this question and
may not be used is listed.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field

from holdfast.evidence.meta_analysis.questions import ACTIVE_DRUGS, STATUSES_TO_ASK, Question
from holdfast.evidence.pools import LeftOut
from holdfast.evidence.rows import Arm, Outcome, rank
from holdfast.evidence.tables import arms, outcomes

_SPLIT_REASONS = {
    "context": "shown for context: it pools other studies, or is no trial of patients",
    "exclude_overlap": "its patients are in another study of the table",
    "check": "kept for checking models; --with-check takes it in",
}
_STANDARDISED = "standardised as printed: the SD and the sign behind it are the study's own"
_UNPOOLED = {
    "hazard_ratio": "a hazard ratio is another estimand than a ratio or difference of proportions",
    "odds_ratio": "an odds ratio as printed; only counts are pooled here",
    "cohen_d": _STANDARDISED,
    "hedges_g": _STANDARDISED,
    "smd": _STANDARDISED,
    "boolean": "a verdict, not a number",
    "qualitative_none": "a statement, not a count",
    "qualitative_no_change": "a statement, not a number",
}


@dataclass
class Candidates:
    """Rows that may be used, those left out with their reason, and how many are on other questions, by what differs."""

    taken: list[Outcome] = field(default_factory=list)
    left_out: list[LeftOut] = field(default_factory=list)
    elsewhere: Counter[str] = field(default_factory=Counter)

    def leave_out(self, rows: Iterable[Outcome], why: str, instead: str | None = None) -> None:
        self.left_out += [LeftOut(row, why, instead) for row in rows]


def is_active(row: Outcome) -> bool:
    """Of an arm given a drug in question, not of its comparator."""
    return row.arm.drug in ACTIVE_DRUGS


def candidates(question: Question) -> Candidates:
    """Sort every outcome of that name."""
    found = Candidates()
    for row in outcomes():
        if row.outcome not in question.outcomes:
            continue
        other = _other_question(row, question)
        if other:
            found.elsewhere[other] += 1
        elif reason := _reason_against(row, question):
            found.leave_out([row], reason)
        else:
            found.taken.append(row)
    return found


def _treated(row: Outcome, question: Question) -> tuple[Arm, ...]:
    """The arms by which a row is judged: its own; of a comparator in a contrast, those it is the comparator of."""
    if is_active(row) or question.estimand == "arm":
        return (row.arm,)
    counted = (arm for arm in arms(row.study.id) if "outcomes" in arm.counted_in)
    return tuple(arm for arm in counted if arm.drug in ACTIVE_DRUGS)


def _other_question(row: Outcome, question: Question) -> str:
    """What the row differs in from the question; empty where it answers it."""
    treated = _treated(row, question)
    drugs = (question.drug,) if question.drug else ACTIVE_DRUGS

    def no_arm(fits: Callable[[Arm], bool]) -> bool:
        return not any(fits(arm) for arm in treated)

    differs = {
        "time": not question.is_when(row.time_h),
        "drug": no_arm(lambda arm: arm.drug in drugs),
        "route": bool(question.route) and no_arm(lambda arm: arm.route == question.route),
        "dose": question.dose is not None and no_arm(lambda arm: arm.dose == (question.dose,)),
        "scale": bool(question.scale) and row.scale != question.scale,
        "definition": bool(question.definition) and row.definition != question.definition,
        "polarity": bool(question.polarity) and row.study.polarity != question.polarity,
        "comparator": bool(question.comparator) and no_arm(lambda arm: arm.control == question.comparator),
    }
    return next((name for name, is_so in differs.items() if is_so), "")


def _reason_against(row: Outcome, question: Question) -> str:
    split = row.study.split
    if split != "calibrate" and not (split == "check" and question.with_check):
        return _SPLIT_REASONS[split]
    if rank(row.status) < rank(question.status_at_least):
        return f"its status is {row.status}, below {question.status_at_least}{_way_in(row.status)}"
    if row.unit in _UNPOOLED:
        return _UNPOOLED[row.unit]
    if row.estimand == "contrast" and question.estimand == "arm":
        return "a contrast of two arms; single arms are asked for"
    if row.subgroup is not None:
        return f"a subgroup ({row.subgroup}); the whole arm is pooled"
    if question.day is not None and row.time_anchor != question.from_when:
        return f"its time counts from {_words(row.time_anchor)}, not from {_words(question.from_when)}"
    return ""


def _way_in(status: str) -> str:
    return f"; --status-at-least {status} takes it in" if status in STATUSES_TO_ASK else ""


def _words(anchor: str | None) -> str:
    return (anchor or "nothing stated").replace("_", " ")
