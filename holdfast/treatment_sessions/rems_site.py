"""Where a treatment session happens, and what the esketamine REMS asks of the place (United States)."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from holdfast.decision import Reason
from holdfast.facts import RuleSet
from holdfast.treatment_sessions.findings import yes_no

RULE = "pre.rems.enrolled"


class Setting(StrEnum):
    """Kind of health-care setting in the sense of the REMS."""

    OUTPATIENT = "outpatient"
    INPATIENT = "inpatient"


@dataclass(frozen=True)
class Site:
    """The place and the people there. Every field None = not recorded."""

    setting: Setting | None = None
    setting_certified: bool | None = None
    patient_enrolled: bool | None = None
    prescriber_on_site: bool | None = None
    professional_on_site: bool | None = None
    oximeter_on_site: bool | None = None


def site_reasons(site: Site, rules: RuleSet) -> tuple[Reason, ...]:
    """What stands against a dose here. An unknown setting is judged as outpatient, the stricter one."""
    certified = yes_no(
        rules, RULE, "not-certified", answer=site.setting_certified,
        no="This setting is not certified in the REMS",
        unknown="It is not recorded whether this setting is certified in the REMS",
    )  # fmt: skip
    if site.setting is Setting.INPATIENT:  # inpatient settings need certification but do not enrol patients
        return certified
    unknown_setting: tuple[Reason, ...] = ()
    if site.setting is None:
        text = "It is not recorded whether this is an outpatient or an inpatient setting"
        unknown_setting = rules.reason(RULE, "setting-missing", text, missing=True)
    return (*unknown_setting, *certified, *_outpatient(site, rules))


def _outpatient(site: Site, rules: RuleSet) -> tuple[Reason, ...]:
    asked = (
        ("not-enrolled", site.patient_enrolled, "The patient is not enrolled in the REMS", "enrolment in the REMS"),
        ("no-prescriber", site.prescriber_on_site, "No prescriber is on site", "a prescriber on site"),
        ("no-professional", site.professional_on_site, "No health professional is on site", "a professional on site"),
        ("no-oximeter", site.oximeter_on_site, "No pulse oximeter is on site", "a pulse oximeter on site"),
    )
    found: tuple[Reason, ...] = ()
    for code, answer, no, what in asked:
        found += yes_no(rules, RULE, code, answer=answer, no=no, unknown=f"Nothing is recorded about {what}")
    return found
