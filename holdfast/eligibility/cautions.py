"""Relative contraindications, cautions and what must be on record: rules elig.rc.*, elig.osa, elig.conmeds."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable

from holdfast.decision import Reason
from holdfast.eligibility.answers import Evaluation
from holdfast.eligibility.contraindications import unanswered
from holdfast.facts import RuleSet

SUD, PREGNANCY = "elig.rc.sud", "elig.rc.pregnancy"

# rule, question, the answer that speaks against, code, sentence
AGAINST = (
    ("elig.rc.psychosis", "psychosis", True, "psychosis", "Psychotic symptoms are present."),
    (
        "elig.rc.htn",
        "poorly_controlled_hypertension",
        True,
        "hypertension",
        "Hypertension is poorly controlled.",
    ),
    ("elig.rc.htn", "unstable_medical_illness", True, "unstable-illness", "There is an unstable medical illness."),
    ("elig.rc.dementia_consent", "dementia", True, "dementia", "There is a dementing disorder."),
    ("elig.rc.dementia_consent", "able_to_consent", False, "cannot-consent", "The patient is not able to consent."),
    (
        "elig.rc.dementia_consent",
        "able_to_keep_protocol",
        False,
        "cannot-keep-protocol",
        "The patient is not able to keep to the protocol.",
    ),
)
OPEN_CODES = {
    "elig.rc.psychosis": "psychosis",
    "elig.rc.htn": "hypertension",
    "elig.rc.dementia_consent": "dementia-consent",
}
TESTS = ("sleep_apnoea_screened", "ecg_done", "renal_tests_done", "liver_tests_done")


def relative_contraindications(evaluation: Evaluation, rules: RuleSet) -> Iterable[Reason]:
    """Every finding a physician must weigh, and every open question among them."""
    for rule, what, bad, code, sentence in AGAINST:
        if getattr(evaluation, what) is bad:
            yield from rules.reason(rule, code, sentence)
    for rule, code in OPEN_CODES.items():
        asked = [what for of_rule, what, *_ in AGAINST if of_rule == rule]
        yield from unanswered(rules, rule, code, [what for what in asked if getattr(evaluation, what) is None])
    yield from _substance_use(evaluation, rules)
    yield from _pregnancy(evaluation, rules)
    yield from _liver(evaluation, rules)
    yield from _bipolar(evaluation, rules)


def _substance_use(evaluation: Evaluation, rules: RuleSet) -> Iterable[Reason]:
    """By the definition the programme chose: a disorder and use each with its own time, or abstinence alone."""
    if rules.choices["sud"] == "psyon":
        yield from _abstinence(evaluation, rules)
        return
    open_questions = []
    for what, limit_name, words in (
        ("substance_use_disorder", "since_disorder", "A substance-use disorder"),
        ("illicit_use", "since_use", "Illicit use"),
    ):
        answer, months = getattr(evaluation, what), getattr(evaluation, f"months_since_{what}")
        limit = rules.threshold(SUD, limit_name)
        code = what.replace("_", "-")
        if answer is None:
            open_questions.append(what)
        elif answer == "current":
            yield from rules.reason(SUD, code, f"{words} is current.")
        elif answer == "past" and months is None:
            open_questions.append(f"months_since_{what}")
        elif answer == "past" and limit.met_by(months):
            text = f"{words}, months ago: {months:g}; the programme asks for {limit.value:g} or more."
            yield from rules.reason(SUD, code, text)
    yield from unanswered(rules, SUD, "substance-use", open_questions)


def _abstinence(evaluation: Evaluation, rules: RuleSet) -> Iterable[Reason]:
    answers = {what: getattr(evaluation, what) for what in ("substance_use_disorder", "illicit_use")}
    open_questions = [what for what, answer in answers.items() if answer is None]
    if "current" in answers.values():
        yield from rules.reason(SUD, "not-abstinent", "Substance use is current.")
    elif "past" in answers.values():
        limit = rules.threshold(SUD, "abstinence")
        months = evaluation.months_abstinent
        if months is None:
            open_questions.append("months_abstinent")
        elif limit.met_by(months):
            text = f"Months of abstinence: {months:g}; the programme asks for {limit.value:g} or more."
            yield from rules.reason(SUD, "not-abstinent", text)
    yield from unanswered(rules, SUD, "substance-use", open_questions)


def _pregnancy(evaluation: Evaluation, rules: RuleSet) -> Iterable[Reason]:
    """A test result that is not known is missing for everyone who can be pregnant, or of whom that is not known."""
    open_questions = ["can_be_pregnant"] if evaluation.can_be_pregnant is None else []
    if evaluation.pregnancy_test == "positive":
        yield from rules.reason(PREGNANCY, "pregnant", "The pregnancy test is positive; the drug may harm the fetus.")
    elif evaluation.can_be_pregnant:
        open_questions += [what for what in ("pregnancy_test", "contraception_plan") if _open(evaluation, what)]
        if evaluation.contraception_plan is False:
            yield from rules.reason(PREGNANCY, "no-contraception-plan", "There is no contraception plan.")
    if evaluation.breastfeeding:
        yield from rules.reason(PREGNANCY, "breastfeeding", "Breastfeeding is not recommended during treatment.")
    if evaluation.breastfeeding is None:  # asked of everyone: sterilised after a birth is not "cannot be breastfeeding"
        open_questions.append("breastfeeding")
    yield from unanswered(rules, PREGNANCY, "pregnancy", open_questions)


def _open(evaluation: Evaluation, what: str) -> bool:
    return getattr(evaluation, what) is None


def _liver(evaluation: Evaluation, rules: RuleSet) -> Iterable[Reason]:
    if evaluation.child_pugh is None:
        yield from unanswered(rules, "elig.rc.liver.sev", "liver", ["hepatic impairment (Child-Pugh class)"])
    elif evaluation.child_pugh == "c":
        text = "Severe hepatic impairment (Child-Pugh C): not recommended."
        yield from rules.reason("elig.rc.liver.sev", "liver-severe", text)
    elif evaluation.child_pugh == "b":
        text = "Moderate hepatic impairment (Child-Pugh B): monitor for longer."
        yield from rules.reason("elig.rc.liver.mod", "liver-moderate", text)


def _bipolar(evaluation: Evaluation, rules: RuleSet) -> Iterable[Reason]:
    """Asked of the diagnosis, not of the indication someone typed: bipolar depression treated as TRD counts too."""
    if evaluation.diagnosis not in ("bipolar", None) and rules.indication != "bipolar-depression":
        return
    bipolar = dataclasses.replace(rules, indication="bipolar-depression")
    if evaluation.mood_stabiliser is None:
        yield from unanswered(bipolar, "elig.rc.bipolar", "mood-stabiliser", ["mood_stabiliser"])
    elif not evaluation.mood_stabiliser:
        text = "Bipolar disorder without a mood stabiliser; the trials gave ketamine along with one."
        yield from bipolar.reason("elig.rc.bipolar", "no-mood-stabiliser", text)


def to_record(evaluation: Evaluation, rules: RuleSet) -> Iterable[Reason]:
    """Tests and drugs that must be on record before the programme starts."""
    not_done = [what for what in TESTS if getattr(evaluation, what) is False]
    for what in not_done:
        name = what.removesuffix("_done").removesuffix("ed").replace("_", " ")
        yield from rules.reason("elig.osa", f"{what.replace('_', '-')}-no", f"Not done yet: {name}.")
    yield from unanswered(rules, "elig.osa", "tests", [what for what in TESTS if _open(evaluation, what)])
    if evaluation.concomitant is None:
        yield from unanswered(rules, "elig.conmeds", "concomitant", ["concomitant drugs"])
    elif evaluation.concomitant:
        taken = ", ".join(evaluation.concomitant)
        yield from rules.reason("elig.conmeds", "concomitant", f"To record at every treatment session: {taken}.")
