"""Before the dose: every reason against starting, of every rule that speaks here."""

from __future__ import annotations

import datetime
from dataclasses import dataclass, field
from enum import StrEnum

from holdfast.decision import Decision, Reason, Weight, decide
from holdfast.errors import InputError
from holdfast.facts import RuleSet
from holdfast.facts.plausible import plausible
from holdfast.scales.cssrs import Level
from holdfast.treatment_sessions.clock import aware, minutes_between, past
from holdfast.treatment_sessions.findings import at_least_a_stop, yes_no
from holdfast.treatment_sessions.pressure import blood_pressure_gate
from holdfast.treatment_sessions.rems_site import Site, site_reasons

CSSRS_LEVELS = tuple(level.value for level in Level)


class DrugClass(StrEnum):
    """Classes of concomitant drugs that are recorded at every treatment session."""

    BENZODIAZEPINE = "benzodiazepine"
    HYPNOTIC = "non-benzodiazepine hypnotic"
    OPIOID = "opioid"
    STIMULANT = "psychostimulant"
    MAOI = "MAOI"
    OTHER = "other"


@dataclass(frozen=True)
class ConcomitantDrug:
    """A drug the patient takes, and its class; `as_needed` None = not asked, `last_taken_at` None = not known.

    How long before the dose a drug may have been taken no source we read says: the time is recorded and told.
    """

    name: str
    drug_class: DrugClass
    as_needed: bool | None = None
    last_taken_at: datetime.datetime | None = None

    def __post_init__(self) -> None:
        if self.last_taken_at is not None:
            aware(self.last_taken_at, "last_taken_at")


@dataclass(frozen=True)
class PreDose:
    """What was asked and measured before the dose. Every field None = not recorded, which never counts as normal.

    `last_food_at`, `last_liquids_at` and `last_nasal_spray_at` are the latest times at which any was taken;
    `uses_nasal_spray` is about corticosteroid and decongestant sprays; `conmeds` empty = asked, none taken;
    `suicidality_evaluated` = a clinician has evaluated the patient now, after the C-SSRS.
    """

    consent_reconfirmed: bool | None = None
    cssrs_level: str | None = None
    suicidality_evaluated: bool | None = None
    mental_state_assessed: bool | None = None
    last_food_at: datetime.datetime | None = None
    last_liquids_at: datetime.datetime | None = None
    uses_nasal_spray: bool | None = None
    last_nasal_spray_at: datetime.datetime | None = None
    transport_arranged: bool | None = None
    site: Site = field(default_factory=Site)
    conmeds: tuple[ConcomitantDrug, ...] | None = None
    weight_kg: float | None = None
    sbp_mmhg: float | None = None
    dbp_mmhg: float | None = None
    bp_measured_at: datetime.datetime | None = None


def pre_dose(
    check: PreDose,
    *,
    now: datetime.datetime,
    rules: RuleSet,
    age_y: float | None,
    bp_fresh_for_min: float | None = None,
) -> Decision:
    """May the dose start now? Every reason of every rule that speaks for this drug, route and jurisdiction.

    `age_y` in years, None where unknown. Raises `InputError` for a value that cannot be, a time without zone and a
    time after `now`, naming the field. Rules pre.* and elig.conmeds.
    """
    aware(now, "now")
    plausible("age_y", age_y)
    plausible("weight_kg", check.weight_kg)
    gate = blood_pressure_gate(
        check.sbp_mmhg,
        check.dbp_mmhg,
        age_y=age_y,
        measured_at=check.bp_measured_at,
        now=now,
        rules=rules,
        fresh_for_min=bp_fresh_for_min,
    )
    return decide(
        (
            *site_reasons(check.site, rules),
            *_consent(check, rules),
            *_suicidality(check, rules),
            *_fasting(check, now, rules),
            *_nasal_spray(check, now, rules),
            *_transport(check, rules),
            *_weight(check, rules),
            *_conmeds(check, now, rules),
            *gate.against, *gate.cautions, *gate.to_record, *gate.inactive,
        )
    )  # fmt: skip


def _consent(check: PreDose, rules: RuleSet) -> tuple[Reason, ...]:
    if check.consent_reconfirmed is None:
        text = "No consent is recorded for today; re-confirm it and record it"
        return rules.reason("pre.consent.rolling", "no-consent", text, missing=True)
    return refused_today(consent_reconfirmed=check.consent_reconfirmed)


def refused_today(*, consent_reconfirmed: bool | None) -> tuple[Reason, ...]:
    """A patient who said no gets nothing, in every jurisdiction, and nobody overrides it. Not asked is no refusal."""
    if consent_reconfirmed is not False:
        return ()
    text = "Consent was not re-confirmed today: nothing is given without it"
    return (Reason("no-consent", text, "pre.consent.rolling", Weight.HARD_STOP),)


def _suicidality(check: PreDose, rules: RuleSet) -> tuple[Reason, ...]:
    rule_id = "pre.cssrs"
    found: tuple[Reason, ...] = ()
    if check.cssrs_level is None:
        text = "No C-SSRS since the last contact is recorded"
        found += rules.reason_or_caution(rule_id, "cssrs-missing", text, missing=True)
    if not check.mental_state_assessed:
        unknown = check.mental_state_assessed is None
        text = "No assessment of the mental state is recorded" if unknown else "The mental state was not assessed"
        found += rules.reason_or_caution(rule_id, "no-mental-state", text, missing=unknown)
    return found + cssrs_level_reasons(check.cssrs_level, rules, evaluated=check.suicidality_evaluated)


def cssrs_level_reasons(level: str | None, rules: RuleSet, *, evaluated: bool | None) -> tuple[Reason, ...]:
    """What a C-SSRS triage level asks for now: high stops until a clinician has evaluated the patient, everywhere.

    A high level is no contraindication (esketamine is given for it): evaluated, it is to be recorded. Raises
    `InputError` on a level that is none of none, low, moderate, high. Rules sui.cssrs.*.
    """
    if level is not None and level not in CSSRS_LEVELS:
        raise InputError(f"cssrs_level is {level!r}; give one of {', '.join(CSSRS_LEVELS)}, the triage, never a sum")
    if level == Level.HIGH and not evaluated:
        text = "C-SSRS is high: evaluate immediately and do not leave the patient alone"
        return at_least_a_stop(rules, "sui.cssrs.high", "cssrs-high", text)
    if level == Level.HIGH:
        return rules.reason("sui.cssrs.high", "cssrs-high-evaluated", "C-SSRS is high and was evaluated; record it")
    if level == Level.MODERATE:
        return rules.reason("sui.cssrs.mod", "cssrs-moderate", "C-SSRS is moderate: clinician contact today")
    return ()


def _fasting(check: PreDose, now: datetime.datetime, rules: RuleSet) -> tuple[Reason, ...]:
    found: tuple[Reason, ...] = ()
    for what, taken_at in (("food", check.last_food_at), ("liquids", check.last_liquids_at)):
        past(taken_at, f"last_{what}_at", now)
        limit = rules.threshold("pre.fast.food", what)
        if taken_at is None:
            text = f"It is not recorded when the patient last took {what}"
            found += rules.reason("pre.fast.food", f"{what}-missing", text, missing=True)
        elif limit.met_by(since := minutes_between(taken_at, now)):
            text = f"The patient took {what} {since:.0f} min ago; {limit.in_unit('min'):g} min are needed"
            found += rules.reason("pre.fast.food", f"{what}-too-late", text)
    return found


def _nasal_spray(check: PreDose, now: datetime.datetime, rules: RuleSet) -> tuple[Reason, ...]:
    rule_id = "pre.nasal.spray"
    taken_at = past(check.last_nasal_spray_at, "last_nasal_spray_at", now)
    if check.uses_nasal_spray is False:
        if taken_at is not None:
            raise InputError("uses_nasal_spray is no, but last_nasal_spray_at gives a time; correct one of them")
        return ()
    if taken_at is None:
        text = "It is not recorded whether and when a nasal steroid or decongestant was used"
        return rules.reason(rule_id, "spray-missing", text, missing=True)
    limit = rules.threshold(rule_id, "spray")
    if not limit.met_by(since := minutes_between(taken_at, now)):
        return ()
    text = f"A nasal spray was used {since:.0f} min ago; {limit.in_unit('min'):g} min are needed"
    return rules.reason(rule_id, "spray-too-late", text)


def _transport(check: PreDose, rules: RuleSet) -> tuple[Reason, ...]:
    return yes_no(
        rules, "pre.ride", "no-transport", answer=check.transport_arranged,
        no="No transport home is arranged; reschedule",
        unknown="No transport home is recorded; ask, or reschedule",
    )  # fmt: skip


def _weight(check: PreDose, rules: RuleSet) -> tuple[Reason, ...]:
    if check.weight_kg is not None:
        return ()
    text = "No weight is recorded; the dose is computed from it"
    return rules.reason("dose.iv.std", "weight-missing", text, missing=True)


def _conmeds(check: PreDose, now: datetime.datetime, rules: RuleSet) -> tuple[Reason, ...]:
    if check.conmeds is None:
        text = "Concomitant drugs are not recorded; ask, and record none where there are none"
        return rules.reason("elig.conmeds", "conmeds-missing", text, missing=True)
    listed = [drug for drug in check.conmeds if drug.drug_class is not DrugClass.OTHER]
    if not listed:
        return ()
    named = ", ".join(_taken(drug, now) for drug in listed)
    found = rules.reason("elig.conmeds", "conmeds", f"Record for this treatment session: {named}")
    untold = [drug.name for drug in listed if drug.as_needed and drug.last_taken_at is None]
    if untold:
        text = f"Taken as needed, and when last is not recorded: {', '.join(untold)}; ask"
        found += rules.reason("elig.conmeds", "last-taken-missing", text, missing=True)
    return found


def _taken(drug: ConcomitantDrug, now: datetime.datetime) -> str:
    """The drug in words; how long ago it was taken, where that is known."""
    parts = [str(drug.drug_class), "as needed" if drug.as_needed else ""]
    if (last := past(drug.last_taken_at, "last_taken_at", now)) is not None:
        parts.append(f"last taken {minutes_between(last, now) / 60:.1f} h ago")
    return f"{drug.name} ({', '.join(part for part in parts if part)})"
