"""One entry in a line: what was entered, as it is read in the list and beside each question."""

from __future__ import annotations

import datetime as dt
from typing import Any

from django.utils import timezone

from holdfast.clinic.flow_sheets.queries import EntryView
from holdfast.treatment_sessions.adverse_events import EventKind
from holdfast.treatment_sessions.entries import Gate, Kind
from holdfast.treatment_sessions.event_kinds import KIND_WORDS, kind_of_words
from holdfast.treatment_sessions.flow_sheet import Entry

_NAMES = {
    Kind.ARRIVAL: "Arrived", Kind.CONSENT: "Consent", Kind.HISTORY: "Since the last contact", Kind.CSSRS: "C-SSRS",
    Kind.MENTAL_STATE: "Mental state", Kind.FASTING: "Fasting", Kind.ESCORT: "Escort", Kind.SITE: "Place and people",
    Kind.DOSE: "Dose worked out", Kind.DOSE_CHECK: "Dose checked", Kind.OVERRIDE: "Override",
    Kind.CLEARANCE: "Cleared for the dose", Kind.START: "Dose started", Kind.DEVICE: "Device given",
    Kind.PAUSE: "Paused", Kind.RESUME: "Resumed", Kind.RATE: "Rate changed", Kind.STOP: "Dose ended",
    Kind.OBSERVATION: "Observed", Kind.ADVERSE_EVENT: "Adverse event", Kind.RECOVERY: "Recovery",
    Kind.DISCHARGE: "Discharged", Kind.SIGN: "Signed", Kind.AMENDMENT: "Amendment",
}  # fmt: skip
_UNITS = {
    "hr_per_min": ("HR", "/min"), "spo2_percent": ("SpO2", " %"), "rr_per_min": ("breaths", "/min"),
    "moaas": ("MOAA/S", ""), "cadss_total": ("CADSS", ""),
}  # fmt: skip
_GATES = {Gate.DOSE: "for the dose", Gate.RESUME: "to go on after the pause", Gate.DISCHARGE: "for leaving"}
_RECOVERY = {
    "sedation_resolved": "sedation resolved", "dissociation_resolved": "dissociation resolved",
    "respiration_normal": "breathing normal", "orientated": "orientated", "steady_gait": "steady",
    "escort_present": "escort here", "clinician_agrees": "fit to go",
}  # fmt: skip
_SITE = {
    "setting_certified": "certified", "patient_enrolled": "patient enrolled", "prescriber_on_site": "prescriber",
    "professional_on_site": "professional", "oximeter_on_site": "oximeter",
}  # fmt: skip


def name(kind: Kind) -> str:
    """The kind as a heading."""
    return _NAMES[kind]


def said(entry: Entry | EntryView) -> str:
    """What the entry holds, in a line. Call inside the time zone of the programme."""
    content: Any = entry.content
    write = _LINES.get(entry.kind)
    line = write(content) if write else ""
    note = getattr(content, "note", "")
    return "; ".join(part for part in (line, note) if part)


def _yes(value: Any) -> str:
    return "not answered" if value is None else "yes" if value else "no"


def _observed(content: Any) -> str:
    parts = []
    if content.sbp_mmhg is not None or content.dbp_mmhg is not None:
        pair = [("?" if v is None else f"{v:g}") for v in (content.sbp_mmhg, content.dbp_mmhg)]
        parts.append(f"{'/'.join(pair)} mmHg")
    for field, (label, unit) in _UNITS.items():
        value = getattr(content, field)
        if value is not None:
            parts.append(f"{label} {value:g}{unit}")
    if content.dissociation is not None:
        parts.append(f"dissociation {content.dissociation} as seen")
    return ", ".join(parts)


def _history(content: Any) -> str:
    drugs = ", ".join(map(_drug, content.conmeds)) or "none of the drugs asked for"
    return "; ".join(part for part in (drugs, content.other_change) if part)


def _drug(drug: Any) -> str:
    """Name, class, and for what is taken as needed when it was taken last, with its day: it may be days ago."""
    parts = [str(drug.drug_class)]
    if drug.as_needed:
        parts.append("as needed")
    if drug.last_taken_at is not None:
        local = timezone.localtime(drug.last_taken_at)
        parts.append(f"last taken {local.day} {local:%b %H:%M}")
    elif drug.as_needed:
        parts.append("when last is not known")
    return f"{drug.name} ({', '.join(parts)})"


def _clock(at: dt.datetime | None) -> str:
    return "not known" if at is None else f"{timezone.localtime(at):%H:%M}"


def _dose(content: Any) -> str:
    parts = [
        f"{content.weight_kg:g} kg" if content.weight_kg is not None else "",
        f"{content.dose_mg_per_kg:g} mg/kg" if content.dose_mg_per_kg is not None else "",
        f"{content.dose_mg:g} mg" if content.dose_mg is not None else "",
        content.reason,
    ]
    return ", ".join(part for part in parts if part)


def _dose_check(content: Any) -> str:
    rate = f", {content.rate_ml_per_h:g} mL/h" if content.rate_ml_per_h is not None else ""
    return f"read {content.dose_mg:g} mg{rate}"


def _stop(content: Any) -> str:
    dose = f", {content.dose_mg:g} mg" if content.dose_mg is not None else ""
    whole = "whole dose" if content.whole else f"given up: {content.reason}"
    return f"{whole}{dose}"


def _start(content: Any) -> str:
    rate = f"{content.rate_ml_per_h:g} mL/h" if content.rate_ml_per_h is not None else ""
    drawn = f"{content.drawn_ml:g} mL of lot {content.lot}" if content.lot and content.drawn_ml is not None else ""
    return ", ".join(part for part in (rate, drawn) if part)


def _event(content: Any) -> str:
    serious = content.seriousness.replace("-", " ")
    cause, stands = (word.replace("-", " ") for word in (content.causality, content.outcome))
    words = [f"since {_clock(content.onset_at)}", content.severity, serious, f"caused by the drug: {cause}", stands]
    return f"{content.term}: {', '.join([*words, _kind_of_event(content)])}"


def _kind_of_event(content: Any) -> str:
    """The kind, and where nobody chose it that its words told it."""
    if content.kind is not None:
        return f"kind {KIND_WORDS[content.kind]}"
    told = kind_of_words(content.term)
    how = "by its words; correct the entry to choose" if told is EventKind.OTHER else "by its words"
    return f"kind {KIND_WORDS[told]} ({how})"


def _held(content: Any, names: dict[str, str]) -> str:
    return ", ".join(f"{label}: {_yes(getattr(content, n))}" for n, label in names.items()
                     if getattr(content, n) is not None)  # fmt: skip


def _aldrete(score: Any) -> str:
    if score is None:
        return ""
    parts = {"respiration": score.respiration, "SpO2": score.spo2}
    noted = "".join(f", {name} {value:g}" for name, value in parts.items() if value is not None)
    return f"modified Aldrete {score.total:g}{noted}"


_LINES = {
    Kind.CONSENT: lambda c: "re-confirmed" if c.reconfirmed else "not given today",
    Kind.HISTORY: _history,
    Kind.CSSRS: lambda c: f"level {c.level or 'open: questions are unanswered'}",
    Kind.MENTAL_STATE: lambda c: (
        f"assessed: {_yes(c.assessed)}; suicidality evaluated: {_yes(c.suicidality_evaluated)}"
    ),
    Kind.FASTING: lambda c: f"last food {_clock(c.last_food_at)}, liquids {_clock(c.last_liquids_at)}",
    Kind.ESCORT: lambda c: f"{'arranged' if c.transport_arranged else 'not arranged'}{': ' + c.who if c.who else ''}",
    Kind.SITE: lambda c: f"{c.setting or 'setting not known'}; {_held(c, _SITE)}",
    Kind.DOSE: _dose,
    Kind.DOSE_CHECK: _dose_check,
    Kind.OVERRIDE: lambda c: f"{_GATES[c.gate]}: {c.reason}",
    Kind.START: lambda c: _start(c),
    Kind.RATE: lambda c: f"{c.rate_ml_per_h:g} mL/h" if c.rate_ml_per_h is not None else "",
    Kind.DEVICE: lambda c: f"lot {c.lot}" + (f"; before the rest was over: {c.reason}" if c.reason else ""),
    Kind.STOP: _stop,
    Kind.OBSERVATION: _observed,
    Kind.ADVERSE_EVENT: _event,
    Kind.RECOVERY: lambda c: ", ".join(filter(None, (_held(c, _RECOVERY), _aldrete(c.aldrete)))),
    Kind.AMENDMENT: lambda c: c.text,
}
