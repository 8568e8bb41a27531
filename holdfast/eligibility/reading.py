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
from holdfast.facts import Facts, RuleSet, care_rules, load, rule_set
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
    if trials is not None and not isinstance(trials, list):
        raise InputError(f"trials must be a list [...] of objects, or null, not {trials!r}")
    read = None
    if trials is not None:
        read = tuple(
            read_answers(AntidepressantTrial, trial, f"trials[{number}]") for number, trial in enumerate(trials, 1)
        )
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
        jurisdiction=_jurisdiction(content.get("jurisdiction")),
        signed=_signed(content.get("signed") or [], facts),
        choices=_choices(content.get("choices") or {}),
        facts=facts,
    )
    return Request(read_evaluation(content.get("evaluation"), content.get("trials")), rules, _assessed_on(content))


def _jurisdiction(given: Any) -> str:
    if not isinstance(given, str):
        raise InputError(f"jurisdiction is {given!r}; write one such as US or EU, or none")
    return given


def _signed(given: Any, facts: Facts | None) -> list[str]:
    if not isinstance(given, list):
        raise InputError(f"signed is {given!r}; write a list of rule ids, or [] for none")
    known = care_rules(facts or load())
    for rule in given:
        if not isinstance(rule, str):
            raise InputError(f"signed holds {rule!r}; write ids of care rules")
        refuse_unknown([rule], list(known), "signed.", what="a care rule")
    return given


def _choices(given: Any) -> dict[str, str]:
    if not isinstance(given, dict) or not all(isinstance(key, str) for key in given.values()):
        raise InputError(f'choices is {given!r}; write an object such as {{"sud": "psyon"}}, or {{}}')
    return given


def _assessed_on(content: Mapping[str, Any]) -> datetime.date | None:
    given = content.get("assessed_on")
    if given is None:
        return None
    try:
        return plausible_day(datetime.date.fromisoformat(given), "assessed_on")
    except (TypeError, ValueError):
        raise InputError(f"assessed_on is {given!r}, not a date like 2026-11-21") from None


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
