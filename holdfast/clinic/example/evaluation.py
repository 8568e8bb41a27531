"""What an invented person answered at the evaluation."""

from __future__ import annotations

from typing import Any

from holdfast.clinic.example.cast import Person


def evaluation_of(person: Person) -> dict[str, Any]:
    """The evaluation form of an invented person: everything answered, with the person's finding if there is one."""
    young_woman = person.sex == "female" and person.age_y < 50
    bipolar = person.indication == "bipolar-depression"
    answers: dict[str, Any] = {
        "age_y": person.age_y,
        "diagnosis": "bipolar" if bipolar else "mdd",
        "episode_months": 9 + person.age_y % 17,
        "episode_severity": "severe-without-psychosis" if person.baseline_madrs >= 34 else "moderate",
        "ect_used": False,
        "bilateral_ect_failed": False,
        "acute_suicidality": person.indication == "mdsi",
        "psychiatric_emergency": False,
        "psychiatrist_decides": True,
        "oral_antidepressant": "ssri-or-snri",
        "substance_use_disorder": "never",
        "illicit_use": "never",
        "can_be_pregnant": young_woman,
        "breastfeeding": False,
        "child_pugh": "none",
        "able_to_consent": True,
        "able_to_keep_protocol": True,
        "sleep_apnoea_screened": True,
        "ecg_done": True,
        "renal_tests_done": True,
        "liver_tests_done": True,
        "concomitant": ["benzodiazepine"] if person.age_y % 5 == 0 else [],
    }
    for absent in (
        "aneurysmal_vascular_disease", "arteriovenous_malformation", "intracerebral_haemorrhage", "hypersensitivity",
        "pressure_rise_serious_risk", "cardiovascular_event", "psychosis", "poorly_controlled_hypertension",
        "unstable_medical_illness", "dementia",
    ):  # fmt: skip
        answers[absent] = False
    if young_woman:
        answers |= {"pregnancy_test": "negative", "contraception_plan": True}
    if bipolar:
        answers["mood_stabiliser"] = True
    if person.finding:
        answers[person.finding] = True
    return {"evaluation": answers, "trials": [_trial("sertraline", "ssri", 8), _trial("venlafaxine", "snri", 10)]}


def _trial(drug: str, drug_class: str, weeks: int) -> dict[str, Any]:
    return {
        "drug": drug,
        "drug_class": drug_class,
        "current_episode": True,
        "weeks": weeks,
        "dose_adequate": True,
        "adherent": True,
        "outcome": "no-response",
        "optimised": drug_class == "ssri",
        "augmented": False,
    }
