"""Rows of the tables that might answer a question, and for each that may not, the reason in a sentence.

A row that answers another question (another drug, another time) is only counted. One that answers this question and
may not be used is listed.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field

from holdfast.evidence.meta_analysis.comparators import family
from holdfast.evidence.meta_analysis.questions import ACTIVE_DRUGS, Question
from holdfast.facts import Facts
from holdfast.facts.schema import STATUSES, Row

_SPLIT_REASONS = {
    "context": "for context only: it pools other studies, or is no trial of patients",
    "exclude_overlap": "its patients are in another study of the table",
    "check": "kept for checking models; --with-check takes it in",
}
_UNPOOLED = {
    "hazard_ratio": "a hazard ratio is another estimand than a ratio or difference of proportions",
    "cohen_d": "standardised as printed: the SD and the sign behind it are the study's own",
    "hedges_g": "standardised as printed: the SD and the sign behind it are the study's own",
    "smd": "standardised as printed: the SD and the sign behind it are the study's own",
    "boolean": "a verdict, not a number",
    "qualitative_none": "a statement, not a count",
    "qualitative_no_change": "a statement, not a number",
    "odds_ratio": "an odds ratio as printed; only counts are pooled here",
}


@dataclass(frozen=True)
class LeftOut:
    """A row that answers the question and may not be used."""

    row: Row
    reason: str


@dataclass(frozen=True)
class Candidate:
    """A row with its study and its arm. `comparator_family` is that of the treated arm."""

    row: Row
    study: Row
    arm: Row

    @property
    def is_active(self) -> bool:
        return self.arm["drug"] in ACTIVE_DRUGS

    @property
    def whole(self) -> bool:
        return self.row.get("subgroup") is None


@dataclass
class Sorted:
    """Candidates, those left out with their reason, and how many rows answer other questions, by what differs."""

    taken: list[Candidate] = field(default_factory=list)
    left_out: list[LeftOut] = field(default_factory=list)
    elsewhere: Counter[str] = field(default_factory=Counter)

    def leave_out(self, candidates: Iterable[Candidate], reason: str) -> None:
        self.left_out += [LeftOut(one.row, reason) for one in candidates]


def candidates(facts: Facts, question: Question) -> Sorted:
    """Sort every outcome of that name."""
    studies = {row.id: row for row in facts.rows("studies")}
    arms = {row.id: row for row in facts.rows("study_arms")}
    found = Sorted()
    for row in facts.rows("study_outcomes"):
        if row["outcome"] not in question.outcomes:
            continue
        one = Candidate(row, studies[row["study"]], arms[row["arm"]])
        other = _other_question(one, question)
        if other:
            found.elsewhere[other] += 1
        elif reason := _reason_against(one, question):
            found.left_out.append(LeftOut(row, reason))
        else:
            found.taken.append(one)
    return found


def _other_question(one: Candidate, question: Question) -> str:
    """What the row differs in from the question; empty where it answers it."""
    row, study, arm = one.row, one.study, one.arm
    active = one.is_active
    drugs = (question.drug,) if question.drug else (*ACTIVE_DRUGS, "ketamine or esketamine")
    of_arms = question.estimand == "arm"
    against = arm["drug"] if not active else family(arm)
    differs = {
        "time": not _is_when(one, question),
        "drug": arm["drug"] not in drugs and (of_arms or active or arm["drug"] == "ketamine or esketamine"),
        "route": bool(question.route) and arm["route"] != question.route and (active or of_arms),
        "dose": question.dose is not None and arm.get("dose", ()) != (question.dose,) and (active or of_arms),
        "scale": bool(question.scale) and row.get("scale") != question.scale,
        "definition": bool(question.definition) and row.get("definition") != question.definition,
        "polarity": bool(question.polarity) and study["polarity"] != question.polarity,
        "comparator": bool(question.comparator) and active and not of_arms and against != question.comparator,
    }
    return next((name for name, is_so in differs.items() if is_so), "")


def _is_when(one: Candidate, question: Question) -> bool:
    """Rows of another anchor are told of, but only where their time would fit; `after_first...` has no hours."""
    return question.is_when(one.row.get("time_h"))


def _reason_against(one: Candidate, question: Question) -> str:
    row, study = one.row, one.study
    of_contrast = row["estimand"] == "contrast"
    if study["split"] != "calibrate" and not (study["split"] == "check" and question.with_check):
        return _SPLIT_REASONS[study["split"]]
    if STATUSES.index(row["status"]) < STATUSES.index(question.status_at_least) or row["status"] == "superseded":
        return f"its status is {row['status']}, below {question.status_at_least}"
    if row.get("unit") in _UNPOOLED:
        return _UNPOOLED[row["unit"]]
    if of_contrast and question.estimand == "arm":
        return "a contrast of two arms; single arms are asked for"
    if not one.whole:
        return f"a subgroup ({row['subgroup']}); the whole arm is pooled"
    if question.day is not None and row.get("time_anchor") != question.from_when:
        return f"its time counts from {_words(row.get('time_anchor'))}, not from {_words(question.from_when)}"
    return ""


def _words(anchor: str | None) -> str:
    return (anchor or "nothing stated").replace("_", " ")
