"""What must hold for every evaluation, not only for the worked examples."""

from __future__ import annotations

import dataclasses
import datetime
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from holdfast.decision import Decision
from holdfast.eligibility import AntidepressantTrial, Evaluation, adequacy, assess, maudsley, stage_all
from holdfast.eligibility.questions import Question, questions
from holdfast.eligibility.staging import SEVERITIES
from holdfast.errors import InputError
from holdfast.facts import RuleSet, rule_set

TODAY = datetime.date(2026, 11, 21)
UNHURRIED = settings(deadline=None)  # the first example of a process reads the tables
KINDS: dict[str, st.SearchStrategy[Any]] = {
    "flag": st.booleans(),
    "number": st.integers(0, 40),
    "integer": st.integers(0, 40),
    "date": st.dates(TODAY - datetime.timedelta(days=400), TODAY),
    "text": st.sampled_from(["sertraline", "venlafaxine", "imipramine"]),
}
HARMS = (
    "aneurysmal_vascular_disease", "arteriovenous_malformation", "intracerebral_haemorrhage", "hypersensitivity",
    "pressure_rise_serious_risk", "psychosis", "poorly_controlled_hypertension", "unstable_medical_illness",
    "dementia", "breastfeeding",
)  # fmt: skip


def answers_to(asked: Question) -> st.SearchStrategy[Any]:
    """Any answer to the question."""
    if asked.kind == "word":
        return st.sampled_from(asked.choices)
    if asked.kind == "words":
        return st.lists(st.sampled_from(asked.choices), unique=True).map(tuple)
    return KINDS[asked.kind]


@st.composite
def forms(draw: st.DrawFn, form: type, **further: Any) -> Any:
    """A form with any answers, each of them perhaps left open; contradictory ones are drawn again."""
    known = questions(form)
    answers = {name: draw(st.none() | answers_to(asked)) for name, asked in known.items()}
    if "drug" in answers:
        answers["drug"] = draw(answers_to(known["drug"]))
    try:
        return form(**answers, **further)
    except InputError:
        return form(**{**answers, **_harmonised(answers)}, **further)


def _harmonised(answers: dict[str, Any]) -> dict[str, Any]:
    """Open the questions that two answers could contradict each other on."""
    doubtful = ("psychosis", "cardiovascular_event", "ect_used", "can_be_pregnant", "substance_use_disorder",
                "weeks_since_cardiovascular_event",                "illicit_use")  # fmt: skip
    return {name: None for name in doubtful if name in answers}


TRIALS = st.none() | st.lists(forms(AntidepressantTrial), max_size=4).map(tuple)
EVALUATIONS = TRIALS.flatmap(lambda trials: forms(Evaluation, trials=trials))


@st.composite
def rule_sets(draw: st.DrawFn) -> RuleSet:
    """Any drug, indication, jurisdiction and choice; every rule signed, or none."""
    drug, route = draw(st.sampled_from([("esketamine", "nasal"), ("ketamine", "iv"), ("ketamine", "oral")]))
    extended = ("elig.ci.aneurysm", "elig.ci.avm", "elig.ci.ich", "elig.ci.bp_icp", "elig.ci.cv6wk")
    return rule_set(
        drug=drug,
        route=route,
        indication=draw(st.sampled_from(["trd", "mdsi", "psychiatric-emergency", "mdd", "bipolar-depression"])),
        jurisdiction=draw(st.sampled_from(["US", "EU", "UK", "CA-BC", "HK", "none"])),
        signed=draw(st.sampled_from([(), extended])),
        choices={"sud": draw(st.sampled_from(["crtce_sud", "psyon"]))},
    )


def missing_rules(found: Decision) -> set[str]:
    """Rules of which something is not answered."""
    every = (*found.against, *found.cautions, *found.to_record, *found.inactive)
    return {reason.rule for reason in every if reason.missing}


@UNHURRIED
@given(EVALUATIONS, rule_sets(), st.sampled_from(HARMS))
def test_adding_a_contraindication_never_lets_a_patient_in(evaluation, rules, harm):
    before = assess(evaluation, rules, today=TODAY)
    after = assess(dataclasses.replace(evaluation, **{harm: True}), rules, today=TODAY)
    assert before.allowed or not after.allowed
    assert len(after.hard_stops) >= len(before.hard_stops)


@UNHURRIED
@given(EVALUATIONS, rule_sets(), st.data())
def test_answering_a_question_never_leaves_another_rule_unanswered(evaluation, rules, data):
    open_questions = {name: asked for name, asked in questions(Evaluation).items() if getattr(evaluation, name) is None}
    if not open_questions:
        return
    name = data.draw(st.sampled_from(sorted(open_questions)))
    try:
        answered = dataclasses.replace(evaluation, **{name: data.draw(answers_to(open_questions[name]))})
    except InputError:  # the answer contradicts another one
        return
    before, after = assess(evaluation, rules, today=TODAY), assess(answered, rules, today=TODAY)
    assert missing_rules(after) <= missing_rules(before)


@UNHURRIED
@given(EVALUATIONS, rule_sets())
def test_every_reason_names_a_rule_and_speaks_a_sentence(evaluation, rules):
    found = assess(evaluation, rules, today=TODAY)
    for reason in (*found.against, *found.cautions, *found.to_record, *found.inactive):
        assert reason.rule in rules.rules
        assert reason.text.endswith(".")
    assert found.allowed == (not found.against)


@UNHURRIED
@given(EVALUATIONS)
def test_a_stage_is_given_or_says_why_not(evaluation):
    for staged in stage_all(evaluation.history()):
        assert (staged.value is None) == bool(staged.missing or (staged.note or "").startswith("Not defined"))
        assert staged.value is None or not staged.missing


@UNHURRIED
@given(forms(AntidepressantTrial))
def test_an_adequate_trial_has_every_part_known(trial):
    if adequacy(trial).adequate:
        assert trial.weeks is not None
        assert trial.dose_adequate
        assert trial.adherent


@UNHURRIED
@given(
    st.integers(0, 600),
    st.sampled_from(SEVERITIES),
    st.integers(1, 40),
    st.booleans(),
    st.booleans(),
    st.integers(0, 40),
)
def test_maudsley_runs_from_3_to_15_and_never_falls_with_more(months, severity, failed, augmentation, ect, more):
    inputs = {"severity": severity, "augmentation": augmentation, "ect": ect}
    less = maudsley(duration_months=months, failed_antidepressants=failed, **inputs)
    worse = maudsley(duration_months=months + more, failed_antidepressants=failed + more, **inputs)
    assert 3 <= less.value <= worse.value <= 15
    assert less.band is not None
    assert less.value == sum(less.points.values())
