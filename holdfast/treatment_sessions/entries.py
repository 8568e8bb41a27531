"""What may be written on a flow-sheet: each kind of entry with what it holds. What cannot be is refused by field.

An entry is what somebody at the chair did, saw or was told, at one time. Entries only add; what they come to
together is `flow_sheet`, and which of them move the treatment session is `moves`.
"""

from __future__ import annotations

import dataclasses
import datetime
import types
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from holdfast.errors import InputError
from holdfast.facts.plausible import plausible
from holdfast.scales import triage
from holdfast.treatment_sessions.adverse_events import AdverseEvent
from holdfast.treatment_sessions.aldrete import Aldrete
from holdfast.treatment_sessions.clock import aware, minutes_between
from holdfast.treatment_sessions.predose import ConcomitantDrug
from holdfast.treatment_sessions.reading import read_record
from holdfast.treatment_sessions.rems_site import Site
from holdfast.treatment_sessions.vitals import Vitals


class Kind(StrEnum):
    """Kinds of entries, in the order of a treatment day."""

    ARRIVAL = "arrival"
    CONSENT = "consent"
    HISTORY = "history"
    CSSRS = "cssrs"
    MENTAL_STATE = "mental-state"
    FASTING = "fasting"
    ESCORT = "escort"
    SITE = "site"
    DOSE = "dose"
    DOSE_CHECK = "dose-check"
    OVERRIDE = "override"
    CLEARANCE = "clearance"
    START = "start"
    DEVICE = "device"
    PAUSE = "pause"
    RESUME = "resume"
    RATE = "rate"
    STOP = "stop"
    OBSERVATION = "observation"
    ADVERSE_EVENT = "adverse-event"
    RECOVERY = "recovery"
    DISCHARGE = "discharge"
    SIGN = "sign"
    AMENDMENT = "amendment"


class Gate(StrEnum):
    """Which decision an override is about."""

    DOSE = "dose"
    RESUME = "resume"
    DISCHARGE = "discharge"


class Dissociation(StrEnum):
    """The clinician's own rating, where no CADSS is asked; never mixed with a CADSS total."""

    NONE = "none"
    MILD = "mild"
    MODERATE = "moderate"
    SEVERE = "severe"


@dataclass(frozen=True)
class Noted:
    """An event that needs no more than its time: arrival, clearance, pause, resume, discharge, signature."""

    note: str = ""


@dataclass(frozen=True)
class Consent:
    """Rolling consent: asked again today."""

    reconfirmed: bool
    note: str = ""


@dataclass(frozen=True)
class History:
    """What changed since the last contact. `conmeds` empty = asked, and none is taken."""

    conmeds: tuple[ConcomitantDrug, ...]
    uses_nasal_spray: bool | None = None
    last_nasal_spray_at: datetime.datetime | None = None
    other_change: str = ""

    def __post_init__(self) -> None:
        if any(not drug.name.strip() for drug in self.conmeds):
            raise InputError("conmeds has a drug without a name; give the name, or leave the line out")
        if self.last_nasal_spray_at is not None:
            aware(self.last_nasal_spray_at, "last_nasal_spray_at")
            if self.uses_nasal_spray is False:
                raise InputError("uses_nasal_spray is no, but last_nasal_spray_at gives a time; correct one of them")


@dataclass(frozen=True)
class Cssrs:
    """Answers to the C-SSRS screener since the last contact; None = not asked. Triaged, never summed."""

    q1: bool | None = None
    q2: bool | None = None
    q3: bool | None = None
    q4: bool | None = None
    q5: bool | None = None
    q6_lifetime: bool | None = None
    q6_3_months: bool | None = None

    @property
    def answers(self) -> dict[str, bool | None]:
        """The answers by question."""
        return dataclasses.asdict(self)

    @property
    def level(self) -> str | None:
        """The triage; None while an open question could still raise it. Raises `InputError` on contradictions."""
        found = triage(self.answers).level
        return None if found is None else found.value


@dataclass(frozen=True)
class MentalState:
    """Mental state, and whether a clinician evaluated suicidality, now."""

    assessed: bool
    suicidality_evaluated: bool | None = None
    note: str = ""


@dataclass(frozen=True)
class Fasting:
    """When the patient last took food and liquids; None = not known."""

    last_food_at: datetime.datetime | None = None
    last_liquids_at: datetime.datetime | None = None

    def __post_init__(self) -> None:
        if self.last_food_at is None and self.last_liquids_at is None:
            raise InputError("last_food_at, last_liquids_at: give at least one of the two times")
        for name in ("last_food_at", "last_liquids_at"):
            if (taken_at := getattr(self, name)) is not None:
                aware(taken_at, name)


@dataclass(frozen=True)
class Escort:
    """How the patient gets home."""

    transport_arranged: bool
    who: str = ""


@dataclass(frozen=True)
class DoseToGive:
    """What the dose is worked out from: weight and concentration, or the milligrams of whole devices."""

    weight_kg: float | None = None
    height_cm: float | None = None
    weight_confirmed: bool = False
    dose_mg_per_kg: float | None = None
    duration_min: float | None = None
    concentration_mg_per_ml: float | None = None
    dose_mg: float | None = None
    reason: str = ""

    def __post_init__(self) -> None:
        plausible("weight_kg", self.weight_kg)
        plausible("height_cm", self.height_cm)
        plausible("dose_mg", self.dose_mg)
        if self.weight_kg is None and self.dose_mg is None:
            raise InputError("weight_kg, dose_mg: give the weight, or the dose in mg")


@dataclass(frozen=True)
class DoseCheck:
    """What a second person read: off the pump, the syringe or the devices. `of` is the key of the dose checked."""

    of: str
    dose_mg: float
    rate_ml_per_h: float | None = None
    pump: bool | None = None

    def __post_init__(self) -> None:
        plausible("dose_mg", self.dose_mg)


@dataclass(frozen=True)
class OverrideOf:
    """A physician goes on in spite of one finding that may be overridden, and says why."""

    gate: Gate
    rule: str
    code: str
    reason: str

    def __post_init__(self) -> None:
        if not self.reason.strip():
            raise InputError("reason is empty; an override needs its reason")


@dataclass(frozen=True)
class Rate:
    """The pump's rate, from now on; None where none is set (at a start: that of the calculation)."""

    rate_ml_per_h: float | None = None

    def __post_init__(self) -> None:
        if self.rate_ml_per_h is not None and not 0 < self.rate_ml_per_h < MOST_ML_PER_H:
            raise InputError(f"rate_ml_per_h is no rate of a pump; give what it shows, in mL/h, below {MOST_ML_PER_H}")


@dataclass(frozen=True)
class Start(Rate):
    """The start of a dose; with the lot of the vial and the mL drawn from it where the programme keeps a ledger."""

    lot: str | None = None
    drawn_ml: float | None = None

    def __post_init__(self) -> None:
        super().__post_init__()
        if self.drawn_ml is not None and not 0 < self.drawn_ml < MOST_ML_PER_H:
            raise InputError("drawn_ml: give the mL drawn from the vial, more than 0")
        if self.drawn_ml is not None and not (self.lot or "").strip():
            raise InputError("lot: name the lot of the vial that was drawn from")


MOST_ML_PER_H = 2000  # a number of four digits is what a pump can show; no clinical limit


@dataclass(frozen=True)
class Device:
    """One device given, with its lot; `reason` where it was given before the rest after the last one was over."""

    lot: str
    reason: str | None = None

    def __post_init__(self) -> None:
        if not self.lot.strip():
            raise InputError("lot is empty; give the lot printed on the device")


@dataclass(frozen=True)
class Stop:
    """The end of the dose: whole, or given up. `dose_mg` is what was given, None where it is not known."""

    whole: bool
    dose_mg: float | None = None
    reason: str = ""

    def __post_init__(self) -> None:
        plausible("dose_mg", self.dose_mg)
        if not self.whole and not self.reason.strip():
            raise InputError("reason is empty; say why the dose was given up")


@dataclass(frozen=True)
class Observed:
    """Measurements at one time, as `Vitals`, and the clinician's own rating of dissociation."""

    sbp_mmhg: float | None = None
    dbp_mmhg: float | None = None
    hr_per_min: float | None = None
    rr_per_min: float | None = None
    spo2_percent: float | None = None
    moaas: float | None = None
    moaas_anchor_set: str | None = None
    cadss_total: float | None = None
    dissociation: Dissociation | None = None
    note: str = ""

    def __post_init__(self) -> None:
        self.vitals(datetime.datetime(2000, 1, 1, tzinfo=datetime.UTC))
        if all(getattr(self, name) is None for name in _MEASURES):
            raise InputError("no measurement is given; enter at least one value")

    def vitals(self, made_at: datetime.datetime, received_at: datetime.datetime | None = None) -> Vitals:
        """The measurements at their time. Raises `InputError` for what cannot be."""
        names = [name for name in Vitals.__dataclass_fields__ if name in self.__dataclass_fields__]
        return Vitals(measured_at=made_at, entered_at=received_at, **{n: getattr(self, n) for n in names})


_MEASURES = (
    "sbp_mmhg", "dbp_mmhg", "hr_per_min", "rr_per_min", "spo2_percent", "moaas", "cadss_total", "dissociation",
)  # fmt: skip


@dataclass(frozen=True)
class Recovery:
    """What the clinician sees before the patient goes. Every field None = not looked at."""

    sedation_resolved: bool | None = None
    dissociation_resolved: bool | None = None
    respiration_normal: bool | None = None
    orientated: bool | None = None
    steady_gait: bool | None = None
    escort_present: bool | None = None
    clinician_agrees: bool | None = None
    aldrete: Aldrete | None = None

    @property
    def of_the_patient(self) -> bool:
        """Does it say anything beside whether the escort is here?"""
        return self != Recovery(escort_present=self.escort_present)


@dataclass(frozen=True)
class Amendment:
    """What has to be added after the signature, in words."""

    text: str

    def __post_init__(self) -> None:
        if not self.text.strip():
            raise InputError("text is empty; say what is to be added")


HOLDS: Mapping[Kind, type] = types.MappingProxyType(
    {
        **dict.fromkeys((Kind.ARRIVAL, Kind.CLEARANCE, Kind.PAUSE, Kind.RESUME, Kind.DISCHARGE, Kind.SIGN), Noted),
        Kind.CONSENT: Consent, Kind.HISTORY: History, Kind.CSSRS: Cssrs, Kind.MENTAL_STATE: MentalState,
        Kind.FASTING: Fasting, Kind.ESCORT: Escort, Kind.SITE: Site, Kind.DOSE: DoseToGive,
        Kind.DOSE_CHECK: DoseCheck, Kind.OVERRIDE: OverrideOf, Kind.START: Start, Kind.RATE: Rate,
        Kind.DEVICE: Device, Kind.STOP: Stop, Kind.OBSERVATION: Observed, Kind.ADVERSE_EVENT: AdverseEvent,
        Kind.RECOVERY: Recovery, Kind.AMENDMENT: Amendment,
    }
)  # fmt: skip


def read_kind(word: Any) -> Kind:
    """The kind of that name. Raises `InputError` naming those there are."""
    if not isinstance(word, str) or word not in list(Kind):
        raise InputError(f"kind is {word!r}; give one of {', '.join(Kind)}")
    return Kind(word)


def read_given(kind: Kind, given: Any) -> Any:
    """What an entry of this kind holds, typed. Raises `InputError` naming the field that cannot be, or is unknown."""
    return read_record(HOLDS[kind], given, kind.value)


def require_past(content: Any, made_at: datetime.datetime) -> None:
    """Raises `InputError` where the entry tells of a time after it was made: nobody has eaten tomorrow."""
    for name, value in vars(content).items():
        if isinstance(value, datetime.datetime) and minutes_between(made_at, value) > 0:
            raise InputError(f"{name}: lies after the time of the entry; check date and time")
    for drug in getattr(content, "conmeds", ()):
        if drug.last_taken_at is not None and minutes_between(made_at, drug.last_taken_at) > 0:
            raise InputError(f"conmeds: {drug.name} was last taken after the time of the entry; check date and time")


def require_told_time(kind: Kind, *, told: bool) -> None:
    """Raises `InputError` where an entry comes to a signed flow-sheet without its time; an amendment is made now."""
    if not told and kind is not Kind.AMENDMENT:
        raise InputError("made_at: the flow-sheet is signed; give the time it was made")


def require_whole_scores(observed: Observed) -> None:
    """Raises `InputError` where a score is no whole number: nobody is between two levels of the MOAA/S."""
    for name in ("moaas", "cadss_total"):
        value = getattr(observed, name)
        if value is not None and not float(value).is_integer():
            raise InputError(f"{name} is {value:g}; give a whole number")


def plain_given(content: Any) -> dict[str, Any]:
    """The same as plain values for JSON, so that `read_given` reads it back; what is not known is left out."""
    return {name: _plain(value) for name, value in vars(content).items() if value is not None}


def _plain(value: Any) -> Any:
    if isinstance(value, datetime.datetime):
        return value.astimezone(datetime.UTC).isoformat()
    if isinstance(value, StrEnum):
        return value.value
    if isinstance(value, tuple):
        return [_plain(one) for one in value]
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        return plain_given(value)
    return value
