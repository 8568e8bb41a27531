"""The esketamine REMS (United States): the monitoring form of each treatment session and its clock."""

from __future__ import annotations

import datetime
from collections.abc import Mapping
from dataclasses import dataclass, fields
from typing import Any

from holdfast.decision import Decision, decide
from holdfast.errors import InputError
from holdfast.facts import RuleSet
from holdfast.treatment_sessions.clock import aware, minutes_after, minutes_between, past
from holdfast.treatment_sessions.predose import ConcomitantDrug
from holdfast.treatment_sessions.rems_site import Setting
from holdfast.treatment_sessions.vitals import Vitals
from holdfast.units import convert

FORM_RULE = "rems.form7d"
FIELDS_RULE = "rems.fields"


@dataclass(frozen=True)
class FormDue:
    """Is a form due, until when, and does anything stand against its record? Adverse events are reported always."""

    required: bool
    due_at: datetime.datetime | None
    days_left: float | None
    overdue: bool
    decision: Decision
    text: str

    def as_dict(self) -> dict[str, Any]:
        """Plain values for JSON."""
        return {
            "required": self.required,
            "due_at": self.due_at.isoformat() if self.due_at else None,
            "days_left": None if self.days_left is None else round(self.days_left, 2),
            "overdue": self.overdue,
            "text": self.text,
            **self.decision.as_dict(),
        }


def form_due(
    *,
    session_ended_at: datetime.datetime,
    now: datetime.datetime,
    setting: Setting | None,
    rules: RuleSet,
    submitted_at: datetime.datetime | None = None,
) -> FormDue:
    """Whether the monitoring form is due, and for how many days still. An unknown setting counts as outpatient.

    Exactly 7 days after the end of the treatment session is in time. Raises `InputError` for a time without zone or
    after `now`. Rule rems.form7d.
    """
    past(session_ended_at, "session_ended_at", now)
    past(submitted_at, "submitted_at", now)
    if rules.weight(FORM_RULE) is None:
        return _no_form("No REMS form is asked for here.")
    if setting is Setting.INPATIENT:
        text = "Inpatient setting: no monitoring form, but adverse events are reported to the REMS."
        return _no_form(text)
    limit = rules.threshold(FORM_RULE, "due_d")
    due_at = minutes_after(session_ended_at, limit.in_unit("min"))
    days_left = convert(minutes_between(submitted_at or now, due_at), "min", "d")
    late = days_left < 0
    if submitted_at is not None:
        sent = "The monitoring form was sent late." if late else "The monitoring form was sent in time."
        return FormDue(required=True, due_at=due_at, days_left=None, overdue=False, decision=decide(()), text=sent)
    return _open(due_at, days_left, setting, rules)


def _no_form(text: str) -> FormDue:
    return FormDue(required=False, due_at=None, days_left=None, overdue=False, decision=decide(()), text=text)


def _open(due_at: datetime.datetime, days_left: float, setting: Setting | None, rules: RuleSet) -> FormDue:
    overdue = days_left < 0
    by = f"by {due_at:%Y-%m-%d %H:%M}"
    text = f"The monitoring form is overdue; it was due {by}" if overdue else f"Send the monitoring form {by}"
    if setting is None:
        text += " (the setting is not recorded and counts as outpatient)"
    found = rules.reason(FORM_RULE, "form-overdue", text, missing=True) if overdue else ()
    return FormDue(
        required=True, due_at=due_at, days_left=days_left, overdue=overdue, decision=decide(found), text=text + "."
    )


@dataclass(frozen=True)
class Episode:
    """Sedation or dissociation in one treatment session: did it occur; minutes from the first device, both ends."""

    occurred: bool | None = None
    onset_min: float | None = None
    resolved_min: float | None = None

    def missing(self) -> list[str]:
        """Names of what is not recorded."""
        if self.occurred is None:
            return ["occurred"]
        if not self.occurred:
            return []
        return [name for name in ("onset_min", "resolved_min") if getattr(self, name) is None]


@dataclass(frozen=True)
class MonitoringForm:
    """The fields of the monitoring form; None = not recorded. Minutes count from the first device."""

    conmeds: tuple[ConcomitantDrug, ...] | None
    dose_mg: float | None
    dose_box: str | None
    lot: str | None
    total_min: float | None
    ready_without_rule_min: float | None
    vitals_acceptable_before: bool | None
    vitals_acceptable_after: bool | None
    bp_before: str | None
    bp_about_40_min: str | None
    bp_end: str | None
    sedation: Episode
    dissociation: Episode
    respiratory_depression: bool | None
    other_serious_event: bool | None

    @property
    def missing(self) -> tuple[str, ...]:
        """Names of the fields that are not recorded, in the order of the form."""
        names: list[str] = []
        for field in fields(self):
            value = getattr(self, field.name)
            if isinstance(value, Episode):
                names += [f"{field.name}.{part}" for part in value.missing()]
            elif value is None:
                names.append(field.name)
        return tuple(names)

    def decision(self, rules: RuleSet) -> Decision:
        """What the form lacks, each as something to be recorded. Rule rems.fields."""
        return decide(
            reason
            for name in self.missing
            for reason in rules.reason(FIELDS_RULE, f"form-{name}", f"{name} is not recorded", missing=True)
        )

    def as_dict(self) -> dict[str, Any]:
        """Plain values for JSON, with the list of what is missing."""
        return {field.name: _plain(getattr(self, field.name)) for field in fields(self)} | {
            "missing": list(self.missing)
        }


def _plain(value: Any) -> Any:
    if isinstance(value, Episode):
        return {f.name: getattr(value, f.name) for f in fields(value)}
    if isinstance(value, tuple):
        return [{"name": drug.name, "drug_class": drug.drug_class.value} for drug in value]
    return value


def monitoring_form(
    *,
    first_device_at: datetime.datetime | None,
    monitoring_completed_at: datetime.datetime | None,
    ready_without_rule_at: datetime.datetime | None,
    dose_mg: float | None,
    lot: str | None,
    conmeds: tuple[ConcomitantDrug, ...] | None,
    bp: Mapping[str, Vitals | None],
    acceptable: Mapping[str, bool | None],
    sedation: Episode,
    dissociation: Episode,
    respiratory_depression: bool | None,
    other_serious_event: bool | None,
    rules: RuleSet,
) -> MonitoringForm:
    """The monitoring form, filled as far as it is known. Total minutes run from the first device to completion.

    `ready_without_rule_at` answers "when would the patient have been ready without the 2 h rule?". `bp` holds the
    vitals `before`, `about_40_min`, `end`; `acceptable` the clinician's judgement `before` and `after`. Raises
    `InputError` for a time without zone or before the first device. Rule rems.fields.
    """
    return MonitoringForm(
        conmeds=conmeds,
        dose_mg=dose_mg,
        dose_box=_dose_box(dose_mg, rules),
        lot=lot or None,
        total_min=_since(first_device_at, monitoring_completed_at, "monitoring_completed_at"),
        ready_without_rule_min=_since(first_device_at, ready_without_rule_at, "ready_without_rule_at"),
        vitals_acceptable_before=acceptable.get("before"),
        vitals_acceptable_after=acceptable.get("after"),
        bp_before=_bp(bp.get("before")),
        bp_about_40_min=_bp(bp.get("about_40_min")),
        bp_end=_bp(bp.get("end")),
        sedation=sedation,
        dissociation=dissociation,
        respiratory_depression=respiratory_depression,
        other_serious_event=other_serious_event,
    )


def _dose_box(dose_mg: float | None, rules: RuleSet) -> str | None:
    """The box to tick: one of the printed doses, or other."""
    printed = rules.threshold(FIELDS_RULE, "dose_boxes").met_by(dose_mg)
    return None if printed is None else f"{dose_mg:g}" if printed else "other"


def _bp(vitals: Vitals | None) -> str | None:
    if vitals is None or not vitals.has_pressure:
        return None
    return f"{vitals.sbp_mmhg:g}/{vitals.dbp_mmhg:g}"


def _since(start: datetime.datetime | None, end: datetime.datetime | None, field: str) -> float | None:
    if start is None or end is None:
        return None
    minutes = minutes_between(aware(start, "first_device_at"), aware(end, field))
    if minutes < 0:
        raise InputError(f"{field} lies before the first device; correct the times")
    return minutes
