"""Indication: age, diagnosis, failed trials, and what each label's indication asks for.

Where no source gives an indication for a drug and route (racemic ketamine is off-label everywhere), nothing is
refused on that ground; what the esketamine label would ask is told as a caution, with its numbers named as such.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable
from dataclasses import dataclass

from holdfast.decision import Reason, caution
from holdfast.eligibility.answers import Evaluation
from holdfast.eligibility.contraindications import unanswered
from holdfast.eligibility.history import NO_TRIALS
from holdfast.eligibility.staging import SEVERITIES
from holdfast.eligibility.trials import ATHF, failed_trials
from holdfast.facts import RuleSet
from holdfast.protocols.standing import label_standing

US, EU, MONOTHERAPY = "elig.indication.us", "elig.indication.eu", "elig.monotherapy.us"
DIAGNOSIS_OF = {"bipolar-depression": "bipolar"}  # every other indication is of major depressive disorder


@dataclass(frozen=True)
class Finding:
    """What one question of an indication came to: a finding, or an open question (`missing` names it)."""

    code: str = ""
    text: str = ""
    missing: tuple[str, ...] = ()


def indication(evaluation: Evaluation, rules: RuleSet) -> Iterable[Reason]:
    """Every way in which the evaluation falls short of the indication that holds here."""
    anywhere = dataclasses.replace(rules, indication="any")
    printed = [rule for rule in (US, EU) if anywhere.concerns(rule)]
    if not printed:
        yield from _without_a_rule(evaluation, rules)
        return
    speaking = [rule for rule in printed if anywhere.in_force(rule)] or printed
    covering = [rule for rule in speaking if rules.concerns(rule)]
    for rule in covering:
        yield from _weighed(rules, rule, _asked_by(rule, evaluation, rules))
    for rule in speaking if not covering else ():
        covered = ", ".join(anywhere.rule(rule).indications)
        text = f"The indication {rules.indication} is not among those of this label: {covered}."
        findings = [Finding("indication-outside-label", text), *_adult(rule, evaluation, rules)]
        yield from _weighed(anywhere, rule, findings)
    yield from _monotherapy(evaluation, rules)


def _weighed(rules: RuleSet, rule: str, findings: Iterable[Finding]) -> Iterable[Reason]:
    missing: list[str] = []
    for finding in findings:
        missing += finding.missing
        if finding.code:
            yield from rules.reason(rule, finding.code, finding.text)
    yield from unanswered(rules, rule, "indication", missing)


def _asked_by(rule: str, evaluation: Evaluation, rules: RuleSet) -> Iterable[Finding]:
    yield from _adult(rule, evaluation, rules)
    yield from _diagnosis(evaluation, "mdd")
    if rules.indication == "trd":
        yield from _failed_trials(rule, evaluation, rules)
    yield from _acute(evaluation, rules)
    if rule == EU:
        yield from _european(evaluation, rules)
    if rules.indication == "mdsi":
        yield from _with_antidepressant(evaluation, ("ssri-or-snri", "other"), "an oral antidepressant")


def _adult(rule: str, evaluation: Evaluation, rules: RuleSet) -> Iterable[Finding]:
    limit = rules.threshold(rule, "age_min")
    if evaluation.age_y is None:
        yield Finding(missing=("age_y",))
    elif not limit.met_by(evaluation.age_y):
        yield Finding("under-age", f"Age {evaluation.age_y:g} years; the label is for {limit.value:g} years and older.")


def _diagnosis(evaluation: Evaluation, wanted: str) -> Iterable[Finding]:
    if evaluation.diagnosis is None:
        yield Finding(missing=("diagnosis",))
    elif evaluation.diagnosis != wanted:
        yield Finding("diagnosis", f"The diagnosis is {evaluation.diagnosis}; the indication is for {wanted}.")


def _failed_trials(rule: str, evaluation: Evaluation, rules: RuleSet) -> Iterable[Finding]:
    limit = rules.threshold(rule, "failed_trials_min")
    if evaluation.trials is None:
        yield Finding(missing=(NO_TRIALS,))
        return
    counted = failed_trials(evaluation.trials, by=rules.rule(ATHF))
    if limit.met_by(len(counted.drugs)):
        return
    if limit.met_by(len(counted.drugs_at_most)):
        yield Finding(missing=counted.missing)
        return
    text = (
        f"Different antidepressants that failed an adequate trial in the current episode: {len(counted.drugs)};"
        f" needed: {limit.value:g} or more."
    )
    yield Finding("too-few-failed-trials", text)


def _acute(evaluation: Evaluation, rules: RuleSet) -> Iterable[Finding]:
    """What the two short-term indications rest on."""
    if rules.indication == "mdsi":
        text = "No acute suicidal ideation or behaviour is recorded."
        yield from _needed(evaluation, "acute_suicidality", "no-acute-suicidality", text)
    elif rules.indication == "psychiatric-emergency":
        text = "The symptoms are not a psychiatric emergency by clinical judgement."
        yield from _needed(evaluation, "psychiatric_emergency", "no-emergency", text)


def _needed(evaluation: Evaluation, what: str, code: str, text: str) -> Iterable[Finding]:
    answer = getattr(evaluation, what)
    if answer is None:
        yield Finding(missing=(what,))
    elif not answer:
        yield Finding(code, text)


def _european(evaluation: Evaluation, rules: RuleSet) -> Iterable[Finding]:
    """A psychiatrist decides; in TRD a moderate to severe episode and an SSRI or SNRI, else any antidepressant."""
    yield from _needed(evaluation, "psychiatrist_decides", "no-psychiatrist", "No psychiatrist takes the decision.")
    if rules.indication != "trd":
        yield from _with_antidepressant(evaluation, ("ssri-or-snri", "other"), "an oral antidepressant")
        return
    severity = evaluation.episode_severity
    if severity is None:
        yield Finding(missing=("episode_severity",))
    elif SEVERITIES.index(severity) < SEVERITIES.index("moderate"):
        yield Finding("episode-too-mild", f"The episode is {severity}; the label is for moderate to severe episodes.")
    yield from _with_antidepressant(evaluation, ("ssri-or-snri",), "an SSRI or SNRI")


def _with_antidepressant(evaluation: Evaluation, accepted: tuple[str, ...], words: str) -> Iterable[Finding]:
    given = evaluation.oral_antidepressant
    if given is None:
        yield Finding(missing=("oral_antidepressant",))
    elif given not in accepted:
        yield Finding("antidepressant-required", f"Oral antidepressant: {given}; here it is given with {words}.")


def _monotherapy(evaluation: Evaluation, rules: RuleSet) -> Iterable[Reason]:
    """Where monotherapy is allowed it is a caution, told when it is what is planned or when that is not known."""
    if evaluation.oral_antidepressant is None:
        yield from unanswered(rules, MONOTHERAPY, "antidepressant", ["oral_antidepressant"])
    elif evaluation.oral_antidepressant == "none":
        text = "No oral antidepressant is planned; here the drug may be given alone for this indication."
        yield from rules.reason(MONOTHERAPY, "monotherapy", text)


def _without_a_rule(evaluation: Evaluation, rules: RuleSet) -> Iterable[Reason]:
    text = (
        f"{_standing(rules)}No source in the tables gives an indication for {rules.drug} by route {rules.route};"
        " age, diagnosis and failed trials are compared with the US esketamine label, which does not bind here."
    )
    findings = [Finding("no-indication-rule", text), *_adult(US, evaluation, rules)]
    findings += _diagnosis(evaluation, DIAGNOSIS_OF.get(rules.indication, "mdd"))
    if rules.indication == "trd":
        findings += _failed_trials(US, evaluation, rules)
    findings += _acute(evaluation, rules)
    missing = [what for finding in findings for what in finding.missing]
    for finding in findings:
        if finding.code:
            yield caution(finding.code, finding.text, US)
    if missing:
        named = ", ".join(name.replace("_", " ") for name in missing)
        yield caution("indication-unknown", f"Not recorded: {named}.", US, missing=True)


def _standing(rules: RuleSet) -> str:
    """The label sentence that consent and pages repeat, where route and indication are chosen."""
    if "any" in (rules.drug, rules.route, rules.indication):
        return ""
    standing = label_standing(
        drug=rules.drug, route=rules.route, indication=rules.indication, jurisdiction=rules.jurisdiction
    )
    return f"{standing.text} "
