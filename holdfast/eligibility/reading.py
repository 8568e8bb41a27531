"""Evaluations from plain JSON values: every fault named by field, unknown fields refused with the nearest name."""

from __future__ import annotations

import datetime
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from holdfast.eligibility.answers import Evaluation
from holdfast.eligibility.questions import Question, questions, read_answers
from holdfast.eligibility.trials import AntidepressantTrial
from holdfast.errors import InputError
from holdfast.facts import Facts, RuleSet, existing_rules, rule_set
from holdfast.facts.plain_values import plain_date, plain_list
from holdfast.facts.plausible import plausible_day
from holdfast.facts.tables import DRUGS, INDICATIONS, ROUTES
from holdfast.facts.written import refuse_unknown

PROGRAMME = {
    "drug": "Drug to be given: " + " or ".join(DRUGS),
    "route": "Route: one of " + ", ".join(ROUTES),
    "indication": "Indication: one of " + ", ".join(INDICATIONS),
    "jurisdiction": "Whose rules hold: US, EU, UK, CA, CA-BC, HK, PH or none",
    "signed": "Ids of house or unverified rules a named physician has signed; [] = none",
    "choices": 'Settings the programme chose where sources differ, such as {"sud": "psyon"}; {} = defaults',
    "assessed_on": "Day of the evaluation, a date like 2026-11-21; null = today",
}
PARTS = (*PROGRAMME, "evaluation", "trials", "about")


@dataclass(frozen=True)
class Request:
    """One evaluation to be assessed: the answers, the rules that hold, and the day, if it was given."""

    evaluation: Evaluation
    rules: RuleSet
    assessed_on: datetime.date | None


def read_evaluation(evaluation: Any, trials: Any, where: str = "evaluation") -> Evaluation:
    """An evaluation from its JSON object and its list of trials (None = not asked). Raises `InputError`."""
    read = None
    if trials is not None:
        numbered = enumerate(plain_list(trials, "trials"), 1)
        read = tuple(read_answers(AntidepressantTrial, trial, f"trials[{number}]") for number, trial in numbered)
    return read_answers(Evaluation, {} if evaluation is None else evaluation, where, trials=read)


def read_request(content: Mapping[str, Any], facts: Facts | None = None) -> Request:
    """A whole input file. Raises `InputError` with one sentence naming the field."""
    refuse_unknown(content, PARTS, "file.")
    for what, known in (("drug", DRUGS), ("route", ROUTES), ("indication", INDICATIONS)):
        if content.get(what) not in known:
            raise InputError(f"{what} is {content.get(what)!r}; write one of {', '.join(known)}")
    rules = rule_set(
        drug=content["drug"],
        route=content["route"],
        indication=content["indication"],
        jurisdiction=content.get("jurisdiction", ""),
        signed=existing_rules(content.get("signed") or [], facts),
        choices=content.get("choices") or {},
        facts=facts,
    )
    return Request(read_evaluation(content.get("evaluation"), content.get("trials")), rules, _assessed_on(content))


def _assessed_on(content: Mapping[str, Any]) -> datetime.date | None:
    given = content.get("assessed_on")
    return None if given is None else plausible_day(plain_date(given, "assessed_on"), "assessed_on")


def template() -> dict[str, Any]:
    """An empty input file, with every field explained under `about`, which is read over."""
    about = {**PROGRAMME, **{f"evaluation.{name}": q.described() for name, q in questions(Evaluation).items()}}
    about["trials"] = "A list of antidepressant trials, [] if there was none, null if not asked; each has:"
    about |= {f"trials.{name}": q.described() for name, q in questions(AntidepressantTrial).items()}
    empty: dict[str, Any] = dict.fromkeys(PROGRAMME)
    empty |= {"signed": [], "choices": {}}
    return {
        **empty,
        "evaluation": _unanswered(questions(Evaluation)),
        "trials": [_unanswered(questions(AntidepressantTrial))],
        "about": about,
    }


def _unanswered(asked: Mapping[str, Question]) -> dict[str, None]:
    return dict.fromkeys(asked)
