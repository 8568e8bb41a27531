"""The evaluation form: every question of the eligibility rules, answered or not."""

from __future__ import annotations

import datetime
from dataclasses import dataclass

from holdfast.eligibility.history import TreatmentHistory
from holdfast.eligibility.questions import check_answers, question
from holdfast.eligibility.staging import SEVERITIES
from holdfast.eligibility.trials import AntidepressantTrial
from holdfast.errors import InputError
from holdfast.facts.plausible import plausible

DIAGNOSES = ("mdd", "bipolar", "other")
ORAL_ANTIDEPRESSANTS = ("none", "ssri-or-snri", "other")
SINCE = ("never", "past", "current")
CHILD_PUGH = ("none", "a", "b", "c")
CONCOMITANT = ("benzodiazepine", "non-benzodiazepine-hypnotic", "opioid", "psychostimulant", "maoi")


@dataclass(frozen=True)
class Evaluation:
    """Answers of one evaluation. None is not answered, and is never read as "no"."""

    trials: tuple[AntidepressantTrial, ...] | None = None

    age_y: float | None = question("number", "Age in years")
    diagnosis: str | None = question("word", "Diagnosis of the current episode", DIAGNOSES)
    episode_months: int | None = question("integer", "Duration of the current episode in whole months")
    episode_severity: str | None = question("word", "Severity of the current episode", SEVERITIES)
    ect_used: bool | None = question("flag", "Was ECT given in the current episode?")
    bilateral_ect_failed: bool | None = question("flag", "Was bilateral ECT given without response?")
    acute_suicidality: bool | None = question("flag", "Acute suicidal ideation or behaviour?")
    psychiatric_emergency: bool | None = question("flag", "A psychiatric emergency by clinical judgement?")
    psychiatrist_decides: bool | None = question("flag", "Does a psychiatrist take the decision?")
    oral_antidepressant: str | None = question("word", "Oral antidepressant to be taken along", ORAL_ANTIDEPRESSANTS)

    aneurysmal_vascular_disease: bool | None = question("flag", "Aneurysm of aorta, brain or peripheral artery?")
    arteriovenous_malformation: bool | None = question("flag", "Arteriovenous malformation?")
    intracerebral_haemorrhage: bool | None = question("flag", "Intracerebral haemorrhage, ever?")
    hypersensitivity: bool | None = question("flag", "Hypersensitivity to esketamine, ketamine or an excipient?")
    pressure_rise_serious_risk: bool | None = question(
        "flag", "Would a rise in blood pressure or intracranial pressure pose a serious risk?"
    )
    cardiovascular_event: bool | None = question("flag", "Cardiovascular event, such as infarction, ever?")
    cardiovascular_event_on: datetime.date | None = question("date", "Day of the latest cardiovascular event")  # noqa: RUF009
    weeks_since_cardiovascular_event: float | None = question("number", "Weeks since it, where the day is not known")

    psychosis: bool | None = question("flag", "Psychotic symptoms?")
    poorly_controlled_hypertension: bool | None = question("flag", "Poorly controlled hypertension?")
    unstable_medical_illness: bool | None = question("flag", "Unstable medical illness?")
    substance_use_disorder: str | None = question("word", "Substance-use disorder, alcohol included", SINCE)
    months_since_substance_use_disorder: float | None = question("number", "Months since the disorder, if past")
    illicit_use: str | None = question("word", "Use of illicit drugs", SINCE)
    months_since_illicit_use: float | None = question("number", "Months since the last illicit use, if past")
    months_abstinent: float | None = question("number", "Months of abstinence, if there was a disorder or use")
    can_be_pregnant: bool | None = question("flag", "Can the patient be or become pregnant?")
    pregnancy_test: str | None = question("word", "Pregnancy test", ("negative", "positive"))
    contraception_plan: bool | None = question("flag", "Is there a contraception plan?")
    breastfeeding: bool | None = question("flag", "Breastfeeding?")
    child_pugh: str | None = question("word", "Hepatic impairment by Child-Pugh class", CHILD_PUGH)
    dementia: bool | None = question("flag", "Dementing disorder?")
    able_to_consent: bool | None = question("flag", "Able to consent?")
    able_to_keep_protocol: bool | None = question("flag", "Able to keep to the protocol?")
    mood_stabiliser: bool | None = question("flag", "On a mood stabiliser (asked in bipolar disorder)?")

    sleep_apnoea_screened: bool | None = question("flag", "Screened for sleep apnoea with a validated tool?")
    ecg_done: bool | None = question("flag", "ECG on record?")
    renal_tests_done: bool | None = question("flag", "Renal tests on record?")
    liver_tests_done: bool | None = question("flag", "Liver tests on record?")
    concomitant: tuple[str, ...] | None = question("words", "Concomitant drugs of the REMS form", CONCOMITANT)

    def __post_init__(self) -> None:
        check_answers(self)
        plausible("recorded_age_y", self.age_y, field="age_y")
        for earlier, later, why in self._contradictions():
            raise InputError(f"{earlier} contradicts {later}: {why}")

    def _contradictions(self) -> list[tuple[str, str, str]]:
        found = []
        if self.psychosis is False and self.episode_severity == "severe-with-psychosis":
            found.append(("psychosis", "episode_severity", "an episode severe-with-psychosis has psychotic symptoms"))
        dated = self.cardiovascular_event_on or self.weeks_since_cardiovascular_event is not None
        if self.cardiovascular_event is False and dated:
            found.append(("cardiovascular_event", "its date", "there was none, yet it has a date"))
        if self.cardiovascular_event_on and self.weeks_since_cardiovascular_event is not None:
            found.append(("weeks_since_cardiovascular_event", "cardiovascular_event_on", "give the day or the weeks"))
        if self.ect_used is False and self.bilateral_ect_failed:
            found.append(("ect_used", "bilateral_ect_failed", "ECT that was not given cannot have failed"))
        if self.can_be_pregnant is False and self.pregnancy_test == "positive":
            found.append(("can_be_pregnant", "pregnancy_test", "the test is positive"))
        for what, since in (
            ("substance_use_disorder", self.months_since_substance_use_disorder),
            ("illicit_use", self.months_since_illicit_use),
        ):
            if getattr(self, what) in ("never", "current") and since is not None:
                found.append((what, f"months_since_{what}", "months are counted only since something past"))
        return found

    def history(self) -> TreatmentHistory:
        """What the stagings are computed from."""
        return TreatmentHistory(
            self.trials, self.episode_months, self.episode_severity, self.ect_used, self.bilateral_ect_failed
        )
