"""Who may enter the programme.

Each table starts from one evaluation that nothing stands against (46 years, major depressive disorder, two adequate
trials failed, every question answered, no contraindication) and changes single answers. The decision lists every
reason. A stop is hard, or one a physician may override with a recorded reason. An unanswered question is never read
as no: it is itself a reason, of the weight of the rule that asked.
"""

from __future__ import annotations

import datetime
from typing import Any

import pytest

from holdfast.eligibility import assess
from holdfast.errors import InputError
from tests.spec.evaluations import TODAY, TWO_FAILED, decision, evaluation, reasons, rules_for, trial, weight_of, word
from tests.spec.spec import Spec, codes

NOTHING_AGAINST = Spec(
    title="Nothing stands against it",
    text="The evaluation every other table starts from.",
    table="""
    drug       | jurisdiction | indication            | against                  | cautions
    esketamine | US           | trd                   |                          |
    esketamine | US           | mdsi                  |                          |
    esketamine | EU           | trd                   |                          |
    esketamine | EU           | psychiatric-emergency |                          |
    esketamine | UK           | trd                   |                          |
    esketamine | HK           | trd                   |                          |
    esketamine | none         | trd                   |                          |
    esketamine | US           | psychiatric-emergency | indication-outside-label |
    esketamine | US           | mdd                   | indication-outside-label |
    esketamine | EU           | mdsi                  | indication-outside-label |
    esketamine | HK           | mdd                   |                          | indication-outside-label
    ketamine   | CA-BC        | trd                   |                          | no-indication-rule
    ketamine   | none         | mdd                   |                          | no-indication-rule
    """,
)


@NOTHING_AGAINST.cases
def test_nothing_stands_against_it(drug, jurisdiction, indication, against, cautions):
    found = decision({}, rules_for(drug, jurisdiction, indication))
    assert found.codes == codes(against)
    assert tuple(dict.fromkeys(reason.code for reason in found.cautions)) == codes(cautions)  # each label says it
    assert found.hard_stops == ()


INDICATION = Spec(
    title="Age, diagnosis and the indication",
    rules=("elig.indication.us", "elig.indication.eu"),
    text="Where no jurisdiction is chosen the labels' indications are cautions. The question mark is no answer.",
    table="""
    jurisdiction | indication            | question              | answer   | weight  | code
    US           | trd                   | age_y                 | 18       | silent  | under-age
    US           | trd                   | age_y                 | 17       | stop    | under-age
    US           | trd                   | age_y                 | 17.9     | stop    | under-age
    US           | trd                   | age_y                 | ?        | stop    | indication-unknown
    EU           | trd                   | age_y                 | 17       | stop    | under-age
    none         | trd                   | age_y                 | 17       | caution | under-age
    US           | trd                   | diagnosis             | bipolar  | stop    | diagnosis
    US           | trd                   | diagnosis             | ?        | stop    | indication-unknown
    US           | mdsi                  | acute_suicidality     | no       | stop    | no-acute-suicidality
    US           | mdsi                  | acute_suicidality     | ?        | stop    | indication-unknown
    US           | trd                   | acute_suicidality     | no       | silent  | no-acute-suicidality
    EU           | psychiatric-emergency | psychiatric_emergency | no       | stop    | no-emergency
    EU           | trd                   | episode_severity      | moderate | silent  | episode-too-mild
    EU           | trd                   | episode_severity      | mild     | stop    | episode-too-mild
    EU           | trd                   | episode_severity      | ?        | stop    | indication-unknown
    US           | trd                   | episode_severity      | mild     | silent  | episode-too-mild
    EU           | trd                   | psychiatrist_decides  | no       | stop    | no-psychiatrist
    UK           | trd                   | psychiatrist_decides  | ?        | stop    | indication-unknown
    """,
)


@INDICATION.cases
def test_indication(jurisdiction, indication, question, answer, weight, code):
    changed = {question: None if answer == "?" else answer}
    found = decision(changed, rules_for(jurisdiction=jurisdiction, indication=indication))
    assert weight_of(code, found) == weight
    if answer == "?":
        assert [reason.missing for reason in reasons(found) if reason.code == code] == [True]


TRIALS = Spec(
    title="Two antidepressants failed in the current episode",
    rules=("elig.indication.us", "elig.indication.eu", "stage.athf"),
    text="""Different antidepressants are counted: the same one twice is one. Where what is missing could still make
    up the number, the finding is that it is missing; where it could not, the number is too small. The US and the EU
    label answer alike.""",
    table="""
    trials                                        | against
    not asked                                     | indication-unknown
    none                                          | too-few-failed-trials
    sertraline failed                             | too-few-failed-trials
    sertraline failed, sertraline failed          | too-few-failed-trials
    sertraline failed, venlafaxine failed         |
    sertraline failed, venlafaxine partial        |
    sertraline failed, venlafaxine intolerant     | too-few-failed-trials
    sertraline failed, venlafaxine responded      | too-few-failed-trials
    sertraline failed, venlafaxine short          | too-few-failed-trials
    sertraline failed, venlafaxine earlier        | too-few-failed-trials
    sertraline failed, venlafaxine dose-unknown   | indication-unknown
    sertraline failed, sertraline dose-unknown    | too-few-failed-trials
    sertraline failed, venlafaxine when-unknown   | indication-unknown
    sertraline failed, venlafaxine result-unknown | indication-unknown
    """,
)
CHANGES: dict[str, dict[str, Any]] = {
    "failed": {}, "partial": {"outcome": "partial-response"}, "intolerant": {"outcome": "stopped-for-intolerance"},
    "responded": {"outcome": "response"}, "short": {"weeks": 3}, "earlier": {"current_episode": False},
    "dose-unknown": {"dose_adequate": None}, "when-unknown": {"current_episode": None},
    "result-unknown": {"outcome": None},
}  # fmt: skip


def _trials(cell: str) -> Any:
    if cell in ("not asked", "none"):
        return None if cell == "not asked" else ()
    pairs = [part.split() for part in cell.split(", ")]
    return tuple(trial(drug, **CHANGES[what]) for drug, what in pairs)


@TRIALS.cases
@pytest.mark.story("HF-ELG-003")
def test_failed_trials(trials, against):
    for jurisdiction in ("US", "EU"):
        found = decision({"trials": _trials(trials)}, rules_for(jurisdiction=jurisdiction))
        assert found.codes == codes(against), jurisdiction
        assert found.hard_stops == ()


ANTIDEPRESSANT = Spec(
    title="With or without an oral antidepressant",
    rules=("elig.monotherapy.us", "elig.indication.eu", "elig.indication.us"),
    text="""In the US esketamine may be given alone for TRD since January 2025, but not for acute suicidality. The EU
    text asks for an SSRI or SNRI in TRD, and for an oral antidepressant in an emergency.""",
    table="""
    jurisdiction | indication            | antidepressant | against                 | cautions
    US           | trd                   | none           |                         | monotherapy
    US           | trd                   | ?              |                         | antidepressant-unknown
    US           | trd                   | other          |                         |
    US           | mdsi                  | none           | antidepressant-required |
    US           | mdsi                  | other          |                         |
    EU           | trd                   | none           | antidepressant-required |
    EU           | trd                   | other          | antidepressant-required |
    EU           | trd                   | ssri-or-snri   |                         |
    EU           | trd                   | ?              | indication-unknown      |
    UK           | trd                   | none           | antidepressant-required |
    EU           | psychiatric-emergency | other          |                         |
    EU           | psychiatric-emergency | none           | antidepressant-required |
    HK           | trd                   | none           |                         | antidepressant-required
    """,
)


@ANTIDEPRESSANT.cases
def test_antidepressant(jurisdiction, indication, antidepressant, against, cautions):
    answer = None if antidepressant == "?" else antidepressant
    found = decision({"oral_antidepressant": answer}, rules_for(jurisdiction=jurisdiction, indication=indication))
    assert found.codes == codes(against)
    assert tuple(reason.code for reason in found.cautions) == codes(cautions)


CONTRAINDICATIONS = Spec(
    title="Contraindications",
    rules=(
        "elig.ci.aneurysm",
        "elig.ci.avm",
        "elig.ci.ich",
        "elig.ci.hypersens",
        "elig.ci.bp_icp",
        "elig.ci.cv6wk",
    ),
    text="""Each answer yes, and each left open, has the weight in the table. For racemic ketamine most are an
    extension of the esketamine label that a physician of the programme must sign first; hypersensitivity is not.
    Of the Hong Kong label only the dosing was read: what it says of contraindications is not known, and not known is
    not "no", so that there they stop as where no jurisdiction is chosen.""",
    table="""
    question                    | us        | eu        | uk        | hk      | none | ketamine  | ketamine_signed
    aneurysmal_vascular_disease | hard stop | hard stop | hard stop | stop    | stop | inactive  | hard stop
    arteriovenous_malformation  | hard stop | caution   | caution   | stop    | stop | inactive  | hard stop
    intracerebral_haemorrhage   | hard stop | hard stop | hard stop | stop    | stop | inactive  | hard stop
    hypersensitivity            | hard stop | hard stop | hard stop | stop    | stop | hard stop | hard stop
    pressure_rise_serious_risk  | caution   | hard stop | hard stop | stop    | stop | inactive  | caution
    cardiovascular_event        | caution   | hard stop | hard stop | stop    | stop | inactive  | caution
    """,
)
EXTENDED = ("elig.ci.aneurysm", "elig.ci.avm", "elig.ci.ich", "elig.ci.bp_icp", "elig.ci.cv6wk")


@CONTRAINDICATIONS.cases
@pytest.mark.story("HF-ELG-001")
def test_contraindications(question, us, eu, uk, hk, none, ketamine, ketamine_signed):
    expected = (
        (rules_for(jurisdiction="US"), us),
        (rules_for(jurisdiction="EU"), eu),
        (rules_for(jurisdiction="UK"), uk),
        (rules_for(jurisdiction="HK"), hk),
        (rules_for(jurisdiction="none"), none),
        (rules_for("ketamine", "US"), ketamine),
        (rules_for("ketamine", "US", signed=EXTENDED), ketamine_signed),
    )
    recent = {"weeks_since_cardiovascular_event": 2} if question == "cardiovascular_event" else {}
    for rules, weight in expected:
        for answers, missing in (({question: True, **recent}, False), ({question: None}, True)):
            found = [reason for reason in reasons(decision(answers, rules)) if reason.rule.startswith("elig.ci.")]
            assert [(word(reason), reason.missing) for reason in found] == [(weight, missing)]


CV_EVENT = Spec(
    title="Six weeks after a cardiovascular event",
    rules=("elig.ci.cv6wk",),
    text="Evaluated on 21 November 2026 in the EU. Six weeks to the day have passed: no longer within six weeks.",
    table="""
    event | on         | weeks | against
    no    |            |       |
    ?     |            |       | cv-event-unknown
    yes   |            |       | cv-event-unknown
    yes   | 2026-11-21 |       | cv-event-recent
    yes   | 2026-10-11 |       | cv-event-recent
    yes   | 2026-10-10 |       |
    yes   | 2019-05-01 |       |
    yes   |            | 5.9   | cv-event-recent
    yes   |            | 6     |
    ?     | 2026-11-01 |       | cv-event-recent
    """,
)


@CV_EVENT.cases
def test_cardiovascular_event(event, on, weeks, against):
    answers = {
        "cardiovascular_event": None if event == "?" else event,
        "cardiovascular_event_on": on and datetime.date.fromisoformat(on),
        "weeks_since_cardiovascular_event": weeks,
    }
    found = decision(answers, rules_for(jurisdiction="EU"))
    assert found.codes == codes(against)
    assert found.hard_stops == found.against


RELATIVE = Spec(
    title="What a physician must weigh",
    rules=("elig.rc.psychosis", "elig.rc.htn", "elig.rc.dementia_consent", "elig.rc.liver.mod", "elig.rc.liver.sev"),
    table="""
    drug       | jurisdiction | question                       | answer | weight  | code
    esketamine | US           | psychosis                      | yes    | stop    | psychosis
    esketamine | US           | psychosis                      | ?      | stop    | psychosis-unknown
    esketamine | EU           | psychosis                      | yes    | caution | psychosis
    ketamine   | CA           | psychosis                      | yes    | stop    | psychosis
    ketamine   | CA           | poorly_controlled_hypertension | yes    | stop    | hypertension
    ketamine   | CA           | poorly_controlled_hypertension | ?      | stop    | hypertension-unknown
    ketamine   | CA-BC        | unstable_medical_illness       | yes    | stop    | unstable-illness
    ketamine   | CA-BC        | unstable_medical_illness       | ?      | stop    | hypertension-unknown
    ketamine   | US           | poorly_controlled_hypertension | yes    | caution | hypertension
    esketamine | CA           | poorly_controlled_hypertension | yes    | silent  | hypertension
    esketamine | US           | dementia                       | yes    | stop    | dementia
    esketamine | HK           | able_to_consent                | no     | stop    | cannot-consent
    ketamine   | none         | able_to_keep_protocol          | no     | stop    | cannot-keep-protocol
    ketamine   | none         | able_to_consent                | ?      | stop    | dementia-consent-unknown
    esketamine | US           | child_pugh                     | a      | silent  | liver-moderate
    esketamine | US           | child_pugh                     | b      | caution | liver-moderate
    esketamine | US           | child_pugh                     | b      | silent  | liver-severe
    esketamine | US           | child_pugh                     | c      | stop    | liver-severe
    esketamine | US           | child_pugh                     | ?      | stop    | liver-unknown
    """,
)


@RELATIVE.cases
@pytest.mark.story("HF-ELG-001")
def test_relative_contraindications(drug, jurisdiction, question, answer, weight, code):
    found = decision({question: None if answer == "?" else answer}, rules_for(drug, jurisdiction))
    assert weight_of(code, found) == weight
    assert all(reason.missing for reason in reasons(found) if reason.code.endswith("-unknown"))


SUD = Spec(
    title="Substance use, by the definition the programme chose",
    rules=("elig.rc.sud",),
    text="""No definition is a label number. crtce_sud: no disorder within 3 months, no illicit use within 1 month;
    psyon: abstinent for a year.""",
    table="""
    choice    | disorder | months | use     | months_use | abstinent | against
    crtce_sud | never    |        | never   |            |           |
    crtce_sud | current  |        | never   |            |           | substance-use-disorder
    crtce_sud | past     | 2.9    | never   |            |           | substance-use-disorder
    crtce_sud | past     | 3      | never   |            |           |
    crtce_sud | past     |        | never   |            |           | substance-use-unknown
    crtce_sud | never    |        | past    | 0.9        |           | illicit-use
    crtce_sud | never    |        | past    | 1          |           |
    crtce_sud | past     | 1      | current |            |           | substance-use-disorder, illicit-use
    crtce_sud | ?        |        | never   |            |           | substance-use-unknown
    crtce_sud | never    |        | ?       |            |           | substance-use-unknown
    psyon     | never    |        | never   |            |           |
    psyon     | past     | 6      | never   |            | 11.9      | not-abstinent
    psyon     | past     | 6      | never   |            | 12        |
    psyon     | past     | 36     | never   |            |           | substance-use-unknown
    psyon     | never    |        | current |            |           | not-abstinent
    psyon     | ?        |        | never   |            |           | substance-use-unknown
    """,
)


@SUD.cases
def test_substance_use(choice, disorder, months, use, months_use, abstinent, against):
    answers = {
        "substance_use_disorder": None if disorder == "?" else disorder,
        "months_since_substance_use_disorder": months,
        "illicit_use": None if use == "?" else use,
        "months_since_illicit_use": months_use,
        "months_abstinent": abstinent,
    }
    found = decision(answers, rules_for(choices={"sud": choice}))
    assert found.codes == codes(against)
    assert found.overridable == found.against


PREGNANCY = Spec(
    title="Pregnancy and breastfeeding",
    rules=("elig.rc.pregnancy",),
    text="A test result that is not known is missing for everyone who can be pregnant.",
    table="""
    can_be_pregnant | test     | plan | breastfeeding | against
    no              |          |      | no            |
    no              |          |      | yes           | breastfeeding
    no              |          |      | ?             | pregnancy-unknown
    yes             | negative | yes  | no            |
    yes             |          | yes  | no            | pregnancy-unknown
    yes             | negative |      | no            | pregnancy-unknown
    yes             | negative | no   | no            | no-contraception-plan
    yes             | positive | yes  | no            | pregnant
    yes             | positive | yes  | yes           | pregnant, breastfeeding
    ?               | negative | yes  | no            | pregnancy-unknown
    ?               | positive | yes  | no            | pregnant, pregnancy-unknown
    """,
)


@PREGNANCY.cases
def test_pregnancy(can_be_pregnant, test, plan, breastfeeding, against):
    answers = {
        "can_be_pregnant": None if can_be_pregnant == "?" else can_be_pregnant,
        "pregnancy_test": test,
        "contraception_plan": plan,
        "breastfeeding": None if breastfeeding == "?" else breastfeeding,
    }
    assert decision(answers, rules_for()).codes == codes(against)
    extension = decision(answers, rules_for("ketamine"))
    assert tuple(reason.code for reason in extension.inactive) == codes(against)


RECORDS = Spec(
    title="Cautions and records",
    rules=("elig.rc.bipolar", "elig.osa", "elig.conmeds"),
    text="None of these stands against treatment.",
    table="""
    drug       | jurisdiction | indication         | question              | answer | weight  | code
    ketamine   | CA-BC        | trd                | sleep_apnoea_screened | no     | record  | sleep-apnoea-screened-no
    ketamine   | CA-BC        | trd                | ecg_done              | ?      | record  | tests-unknown
    ketamine   | CA           | trd                | ecg_done              | ?      | silent  | tests-unknown
    esketamine | US           | trd                | concomitant           | opioid | record  | concomitant
    esketamine | US           | trd                | concomitant           | ?      | record  | concomitant-unknown
    esketamine | EU           | trd                | concomitant           | ?      | silent  | concomitant-unknown
    ketamine   | none         | bipolar-depression | mood_stabiliser       | no     | caution | no-mood-stabiliser
    ketamine   | none         | bipolar-depression | mood_stabiliser       | ?      | caution | mood-stabiliser-unknown
    ketamine   | none         | trd                | mood_stabiliser       | no     | silent  | no-mood-stabiliser
    """,
)


@RECORDS.cases
def test_cautions_and_records(drug, jurisdiction, indication, question, answer, weight, code):
    value = {"?": None, "opioid": ("opioid",)}.get(answer, answer)
    bipolar = {"diagnosis": "bipolar"} if indication == "bipolar-depression" else {}
    found = decision({question: value, **bipolar}, rules_for(drug, jurisdiction, indication))
    assert weight_of(code, found) == weight
    assert found.allowed


def test_bipolar_depression_is_asked_about_a_mood_stabiliser_whatever_indication_was_typed():
    found = decision({"diagnosis": "bipolar", "mood_stabiliser": False}, rules_for("ketamine", "none", "trd"))
    assert weight_of("no-mood-stabiliser", found) == "caution"


RACEMIC = Spec(
    title="Racemic ketamine has no indication in the sources",
    text="""It is off-label everywhere, and the reason says so. What the US esketamine label would ask is told as a
    caution, never as a stop.""",
    table="""
    indication         | changed           | cautions
    trd                | nothing           | no-indication-rule
    trd                | one trial         | no-indication-rule, too-few-failed-trials
    trd                | 16 years          | no-indication-rule, under-age
    trd                | age unknown       | no-indication-rule, indication-unknown
    mdd                | one trial         | no-indication-rule
    bipolar-depression | nothing           | no-indication-rule, diagnosis
    bipolar-depression | diagnosis bipolar | no-indication-rule
    """,
)
RACEMIC_CHANGES: dict[str, dict[str, Any]] = {
    "nothing": {}, "one trial": {"trials": TWO_FAILED[:1]}, "16 years": {"age_y": 16}, "age unknown": {"age_y": None},
    "diagnosis bipolar": {"diagnosis": "bipolar"},
}  # fmt: skip


@RACEMIC.cases
def test_racemic_ketamine(indication, changed, cautions):
    found = decision(RACEMIC_CHANGES[changed], rules_for("ketamine", "CA-BC", indication))
    assert tuple(reason.code for reason in found.cautions) == codes(cautions)
    assert "off-label" in found.cautions[0].text
    assert found.allowed


@pytest.mark.story("HF-RUL-003")
def test_an_empty_evaluation_stops_on_every_stop_rule_that_holds():
    empty = assess(type(evaluation())(), rules_for())
    asked = {reason.rule for reason in empty.against}
    assert asked == {
        "elig.indication.us", "elig.ci.aneurysm", "elig.ci.avm", "elig.ci.ich", "elig.ci.hypersens",
        "elig.rc.psychosis", "elig.rc.sud", "elig.rc.pregnancy", "elig.rc.liver.sev", "elig.rc.dementia_consent",
    }  # fmt: skip
    assert all(reason.missing for reason in empty.against)
    assert len(empty.hard_stops) == 4


@pytest.mark.story("HF-ELG-001")
def test_every_reason_is_given_not_the_first_only():
    found = decision({"hypersensitivity": True, "psychosis": True, "age_y": 17, "trials": ()}, rules_for())
    assert found.codes == ("hypersensitivity", "under-age", "too-few-failed-trials", "psychosis")
    assert not found.allowed_after(reason.rule for reason in found.against)


CONTRADICTIONS = Spec(
    title="Answers that cannot both be true are refused",
    table="""
    question             | answer | against_question                 | but                   | names
    psychosis            | no     | episode_severity                 | severe-with-psychosis | psychosis
    cardiovascular_event | no     | weeks_since_cardiovascular_event | 3                     | cardiovascular_event
    ect_used             | no     | bilateral_ect_failed             | yes                   | ect_used
    can_be_pregnant      | no     | pregnancy_test                   | positive              | can_be_pregnant
    illicit_use          | never  | months_since_illicit_use         | 3                     | illicit_use
    illicit_use          | current | months_since_illicit_use         | 3                     | illicit_use
    age_y                | 1975   | diagnosis                        | mdd                   | age_y
    age_y                | -1     | diagnosis                        | mdd                   | age_y
    """,
)


@CONTRADICTIONS.cases
def test_contradictions(question, answer, against_question, but, names):
    with pytest.raises(InputError, match=names):
        evaluation(**{question: answer, against_question: but})


def test_a_cardiovascular_event_is_dated_once():
    with pytest.raises(InputError, match="give the day or the weeks"):
        evaluation(cardiovascular_event=True, cardiovascular_event_on=TODAY, weeks_since_cardiovascular_event=8)


def test_a_day_in_the_future_or_without_today_is_refused():
    event = evaluation(cardiovascular_event=True, cardiovascular_event_on=datetime.date(2026, 12, 1))
    with pytest.raises(InputError, match="cardiovascular_event_on 2026-12-01 is after"):
        assess(event, rules_for(jurisdiction="EU"), today=TODAY)
    with pytest.raises(InputError, match="day of the evaluation must be given"):
        assess(event, rules_for(jurisdiction="EU"))
