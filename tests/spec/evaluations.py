"""Evaluations for the spec tables: one that nothing stands against, to be changed one answer at a time."""

from __future__ import annotations

import datetime
from typing import Any

from holdfast.decision import Decision, Reason
from holdfast.eligibility import AntidepressantTrial, Evaluation, assess
from holdfast.facts import RuleSet, rule_set

TODAY = datetime.date(2026, 11, 21)


def trial(drug: str = "sertraline", **answers: Any) -> AntidepressantTrial:
    """An adequate trial of the current episode without response, unless said otherwise."""
    usual = {
        "drug_class": "ssri", "current_episode": True, "weeks": 8, "dose_adequate": True, "adherent": True,
        "outcome": "no-response", "optimised": False, "augmented": False,
    }  # fmt: skip
    return AntidepressantTrial(drug=drug, **{**usual, **answers})


TWO_FAILED = (trial("sertraline"), trial("venlafaxine", drug_class="snri"))
CLEAR: dict[str, Any] = {
    "trials": TWO_FAILED, "age_y": 46, "diagnosis": "mdd", "episode_months": 14, "episode_severity": "moderate",
    "ect_used": False, "bilateral_ect_failed": False, "acute_suicidality": True, "psychiatric_emergency": True,
    "psychiatrist_decides": True, "oral_antidepressant": "ssri-or-snri", "aneurysmal_vascular_disease": False,
    "arteriovenous_malformation": False, "intracerebral_haemorrhage": False, "hypersensitivity": False,
    "pressure_rise_serious_risk": False, "cardiovascular_event": False, "psychosis": False,
    "poorly_controlled_hypertension": False, "unstable_medical_illness": False, "substance_use_disorder": "never",
    "illicit_use": "never", "can_be_pregnant": False, "breastfeeding": False, "child_pugh": "none",
    "dementia": False, "able_to_consent": True, "able_to_keep_protocol": True, "mood_stabiliser": True,
    "sleep_apnoea_screened": True, "ecg_done": True, "renal_tests_done": True, "liver_tests_done": True,
    "concomitant": (),
}  # fmt: skip


def evaluation(**answers: Any) -> Evaluation:
    """The clear evaluation with these answers changed; None leaves a question open."""
    return Evaluation(**{**CLEAR, **answers})


def rules_for(drug: str = "esketamine", jurisdiction: str = "US", indication: str = "trd", **further: Any) -> RuleSet:
    """Nasal esketamine, or ketamine by infusion."""
    route = {"esketamine": "nasal", "ketamine": "iv"}[drug]
    return rule_set(drug=drug, route=route, jurisdiction=jurisdiction, indication=indication, **further)


def decision(answers: dict[str, Any], rules: RuleSet) -> Decision:
    """The decision on the clear evaluation with these answers changed."""
    return assess(evaluation(**answers), rules, today=TODAY)


def reasons(found: Decision) -> tuple[Reason, ...]:
    """Every reason, whatever its weight."""
    return (*found.against, *found.cautions, *found.to_record, *found.inactive)


def word(reason: Reason) -> str:
    """Its weight in a clinician's words: hard stop, stop (a physician may override it), caution, record, inactive."""
    return {"hard_stop": "hard stop", "stop_unless_overridden": "stop"}.get(reason.weight.value, reason.weight.value)


def weight_of(code: str, found: Decision) -> str:
    """The weight of the reason with this code; `silent` where there is none."""
    weights = {word(reason) for reason in reasons(found) if reason.code == code}
    return weights.pop() if weights else "silent"
