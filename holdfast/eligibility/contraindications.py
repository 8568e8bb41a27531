"""Contraindications of the labels: rules elig.ci.*. One unanswered question is one reason of its rule's weight."""

from __future__ import annotations

import datetime
from collections.abc import Iterable

from holdfast.decision import Reason
from holdfast.eligibility.answers import Evaluation
from holdfast.errors import InputError
from holdfast.facts import RuleSet
from holdfast.units import convert

CV_EVENT = "elig.ci.cv6wk"

# rule, question, code, sentence where the answer is yes
PRESENT = (
    ("elig.ci.aneurysm", "aneurysmal_vascular_disease", "aneurysm", "Aneurysmal vascular disease is present."),
    ("elig.ci.avm", "arteriovenous_malformation", "avm", "An arteriovenous malformation is present."),
    ("elig.ci.ich", "intracerebral_haemorrhage", "ich", "There was an intracerebral haemorrhage."),
    (
        "elig.ci.hypersens",
        "hypersensitivity",
        "hypersensitivity",
        "There is hypersensitivity to esketamine, ketamine or an excipient.",
    ),
    (
        "elig.ci.bp_icp",
        "pressure_rise_serious_risk",
        "pressure-risk",
        "A rise in blood pressure or intracranial pressure would pose a serious risk.",
    ),
)


def contraindications(evaluation: Evaluation, rules: RuleSet, today: datetime.date | None) -> Iterable[Reason]:
    """Every contraindication that is present or was not asked about."""
    for rule, what, code, sentence in PRESENT:
        answer = getattr(evaluation, what)
        if answer is None:
            yield from unanswered(rules, rule, code, [what])
        elif answer:
            yield from rules.reason(rule, code, sentence)
    yield from _cardiovascular_event(evaluation, rules, today)


def unanswered(rules: RuleSet, rule: str, code: str, what: Iterable[str]) -> tuple[Reason, ...]:
    """One reason, of the rule's weight, that names every question of the rule still open; none where none is."""
    names = [name.replace("_", " ") for name in what]
    if not names:
        return ()
    text = f"Not recorded: {', '.join(names)}. An open question is never read as no."
    return rules.reason(rule, f"{code}-unknown", text, missing=True)


def _cardiovascular_event(evaluation: Evaluation, rules: RuleSet, today: datetime.date | None) -> Iterable[Reason]:
    weeks = weeks_since_event(evaluation, today)
    if weeks is None:
        if evaluation.cardiovascular_event is None:
            yield from unanswered(rules, CV_EVENT, "cv-event", ["cardiovascular_event"])
        elif evaluation.cardiovascular_event:
            yield from unanswered(rules, CV_EVENT, "cv-event", ["cardiovascular_event_on"])
        return
    limit = rules.threshold(CV_EVENT, "since_event")
    if limit.met_by(weeks):
        text = f"A cardiovascular event {weeks:.1f} weeks ago; at least {limit.value:g} weeks must have passed."
        yield from rules.reason(CV_EVENT, "cv-event-recent", text)


def weeks_since_event(evaluation: Evaluation, today: datetime.date | None) -> float | None:
    """Weeks from the latest cardiovascular event to `today`; None where there was none or its day is unknown.

    Raises `InputError` where the day is in the future, or a day is given without `today`.
    """
    on = evaluation.cardiovascular_event_on
    if on is None:
        return evaluation.weeks_since_cardiovascular_event
    if today is None:
        raise InputError("cardiovascular_event_on is given, so the day of the evaluation must be given too")
    if on > today:
        raise InputError(f"cardiovascular_event_on {on} is after the day of the evaluation, {today}")
    return convert((today - on).days, "day", "weeks")
