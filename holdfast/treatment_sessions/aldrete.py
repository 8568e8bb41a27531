"""The modified Aldrete score, where a service uses it: versions differ, so the version is part of the score."""

from __future__ import annotations

from dataclasses import dataclass

from holdfast.decision import Reason
from holdfast.facts import RuleSet
from holdfast.facts.plausible import plausible

RULE = "dis.aldrete"


@dataclass(frozen=True)
class Aldrete:
    """A total (0 to 10) with the id of its version; components (0 to 2 each) where they were noted.

    `version` says which circulation criterion was used (±20 mmHg or 20 % of baseline). Raises `InputError` for a
    value outside its range.
    """

    total: float
    version: str | None = None
    respiration: float | None = None
    spo2: float | None = None

    def __post_init__(self) -> None:
        plausible("aldrete_total", self.total)
        plausible("aldrete_component", self.respiration, field="aldrete respiration")
        plausible("aldrete_component", self.spo2, field="aldrete spo2")


def aldrete_reasons(score: Aldrete | None, rules: RuleSet) -> tuple[Reason, ...]:
    """What stands against discharge by the score; nothing where no score is used. Setting `aldrete_cut` chooses."""
    if score is None:
        return ()
    found: tuple[Reason, ...] = ()
    if not score.version:
        text = "The version of the Aldrete score is not recorded; versions differ in circulation and in the cut"
        found += rules.reason(RULE, "aldrete-version-missing", text, missing=True)
    if not _enough(score, rules):
        parts = f"respiration {_shown(score.respiration)}, SpO2 {_shown(score.spo2)}"
        text = f"The Aldrete score is {score.total:g} ({parts}); {_needed(rules)}"
        found += rules.reason(RULE, "aldrete-low", text)
    return found


def _enough(score: Aldrete, rules: RuleSet) -> bool:
    if rules.threshold(RULE, "total_min").met_by(score.total):
        return True
    if rules.choices["aldrete_cut"] != "ge8_respiration_spo2_2":
        return False
    component = rules.threshold(RULE, "component_min")
    with_full_breathing = component.met_by(score.respiration) and component.met_by(score.spo2)
    return bool(with_full_breathing and rules.threshold(RULE, "total_min_8").met_by(score.total))


def _needed(rules: RuleSet) -> str:
    usual = f"{rules.threshold(RULE, 'total_min').value:g} is needed"
    if rules.choices["aldrete_cut"] != "ge8_respiration_spo2_2":
        return usual
    other, component = rules.threshold(RULE, "total_min_8").value, rules.threshold(RULE, "component_min").value
    return f"{usual}, or {other:g} with {component:g} in respiration and SpO2"


def _shown(component: float | None) -> str:
    return "not noted" if component is None else f"{component:g}"
