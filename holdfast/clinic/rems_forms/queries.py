"""One monitoring form as the page shows it."""

from __future__ import annotations

import datetime as dt
import math
from dataclasses import dataclass
from typing import Any
from zoneinfo import ZoneInfo

from holdfast.clinic.accounts.models import Actor
from holdfast.clinic.accounts.permissions import require
from holdfast.clinic.flow_sheets.left_open import SheetEnd
from holdfast.clinic.flow_sheets.sheets import rows_of, rules_of, sheet_from
from holdfast.clinic.rems_forms.models import RemsForm
from holdfast.clinic.rems_forms.standing import due_of, forms_of, setting_of
from holdfast.clinic.treatment_sessions.models import TreatmentSession
from holdfast.treatment_sessions.entries import Kind
from holdfast.treatment_sessions.rems import FORM_RULE, FormDue
from holdfast.treatment_sessions.rems_from_sheet import FormAnswers, form_from_sheet, suggested
from holdfast.treatment_sessions.rems_site import Setting, Site

NAMES = {
    "conmeds": "Drugs taken since the last contact", "dose_mg": "Dose, mg", "dose_box": "Box of the dose",
    "lot": "Lot of the devices", "total_min": "From the first device to the end of monitoring, min",
    "ready_without_rule_min": "Would have been ready without the 2 h rule, min",
    "vitals_acceptable_before": "Vital signs acceptable before",
    "vitals_acceptable_after": "Vital signs acceptable after",
    "bp_before": "Blood pressure before, mmHg", "bp_about_40_min": "Blood pressure about 40 min after, mmHg",
    "bp_end": "Blood pressure at the end, mmHg", "sedation": "Sedation", "dissociation": "Dissociation",
    "respiratory_depression": "Respiratory depression", "other_serious_event": "Another serious event",
}  # fmt: skip


@dataclass(frozen=True)
class FormLine:
    """One field of the form: its words, and whether it is still missing."""

    name: str
    said: str
    missing: bool


@dataclass(frozen=True)
class FormView:
    """The form of one treatment session: as it stands on the sheet, signed versions, and until when it is due."""

    asked_for: bool
    inpatient: bool
    due: FormDue | None
    site: Site
    suggested: FormAnswers
    current: tuple[FormLine, ...]
    versions: tuple[RemsForm, ...]

    @property
    def newest(self) -> RemsForm | None:
        """The signed form that counts."""
        return self.versions[-1] if self.versions else None

    @property
    def signed(self) -> tuple[FormLine, ...]:
        """Its fields as they were signed."""
        return lines_of(self.newest.content) if self.newest else ()

    @property
    def missing(self) -> tuple[str, ...]:
        """Names of what the sheet and its suggestions do not hold yet."""
        return tuple(line.name for line in self.current if line.missing)


def rems_form(*, actor: Actor, treatment_session: TreatmentSession, now: dt.datetime) -> FormView:
    """The form of one treatment session."""
    require(actor, "rems_form.view", treatment_session)
    sheet, rules = sheet_from(treatment_session, rows_of(treatment_session)), rules_of(treatment_session.course)
    place = sheet.last(Kind.SITE)
    versions = tuple(forms_of(treatment_session))
    first = suggested(sheet)
    known = first if not versions else FormAnswers(**versions[-1].answers)
    due = None
    if sheet.discharged_at is not None:
        site = {"setting": place.content.setting} if place and place.content.setting else {}
        end = SheetEnd(treatment_session.number, treatment_session.public_id, site, sheet.discharged_at)
        sent = [v.sent.sent_at for v in versions if hasattr(v, "sent")]
        zone = ZoneInfo(treatment_session.course.programme.time_zone)
        due = due_of(end, now=now, rules=rules, zone=zone, sent_at=sent[0] if sent else None)
    content = form_from_sheet(sheet, known, rules=rules).as_dict()
    return FormView(
        asked_for=rules.weight(FORM_RULE) is not None,
        inpatient=place is not None and setting_of({"setting": place.content.setting}) is Setting.INPATIENT,
        due=due,
        site=place.content if place else Site(),
        suggested=known,
        current=lines_of(content),
        versions=versions,
    )


def lines_of(content: dict[str, Any]) -> tuple[FormLine, ...]:
    """The fields of a form in words, in its order."""
    missing = content["missing"]
    return tuple(
        FormLine(words, _said(_whole(name, content[name])), any(one.split(".")[0] == name for one in missing))
        for name, words in NAMES.items()
    )


def _whole(name: str, value: Any) -> Any:
    """Minutes as the form has them, those that were full: 119.9 is not the 2 h that were asked for."""
    return math.floor(value) if name == "total_min" and value is not None else value


def _said(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, dict):
        return _episode(value)
    if isinstance(value, list):
        return ", ".join(f"{drug['name']} ({drug['drug_class']})" for drug in value) or "none of those asked for"
    return f"{value:g}" if isinstance(value, float) else str(value)


def _episode(value: dict[str, Any]) -> str:
    if not value["occurred"]:
        return "" if value["occurred"] is None else "no"
    onset, resolved = (
        "not recorded" if value[end] is None else f"{value[end]:g} min" for end in ("onset_min", "resolved_min")
    )
    return f"yes; onset {onset}, resolved {resolved}"
