"""Event tables: NONMEM-style rows, or Holdfast's own columns. A contradiction is refused with its line.

NONMEM-style: ID TIME AMT RATE DUR CMT EVID II ADDL (MDV and SS are understood where they say nothing new). TIME in h,
AMT in mg of base, RATE in mg/h, DUR and II in h; CMT is a route by name or by its number in `CMT_NUMBERS`. The drug is
a column DRUG or one for the whole table.

Own: patient at_h drug route dose_mg | dose_mg_per_kg duration_min every_h additional.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from holdfast.errors import InputError
from holdfast.facts.loader import load
from holdfast.facts.model_tables import MODEL_DRUGS, MODEL_ROUTES
from holdfast.facts.plausible import plausible
from holdfast.facts.written import written_number, written_whole_number
from holdfast.model.pharmacokinetics.dosing import Dose, Regimen, regimen, repeated
from holdfast.units import MIN_PER_H

CMT_NUMBERS = {str(number): route for number, route in enumerate(MODEL_ROUTES, start=1)}
NONMEM_COLUMNS = ("ID", "TIME", "AMT", "RATE", "DUR", "CMT", "EVID", "MDV", "II", "ADDL", "SS", "DRUG")
OWN_COLUMNS = (
    "patient", "at_h", "drug", "route", "dose_mg", "dose_mg_per_kg", "duration_min", "every_h", "additional",
)  # fmt: skip
MOST_DOSES = 10_000  # of one row with its repetitions: a slip in ADDL, not a course
_MATCHING = 1e-6  # relative: AMT, RATE and DUR are printed rounded
_EVENT_KINDS = {"0": "observation", "1": "dose", "2": "other", "3": "reset", "4": "reset and dose"}

Rows = Sequence[tuple[int, Mapping[str, str]]]


@dataclass(frozen=True)
class Events:
    """One patient's events: the regimen, and the times of observation rows in h."""

    regimen: Regimen
    observed_at_h: tuple[float, ...]


def read_events(rows: Rows, *, drug: str | None = None, where: str = "the table") -> dict[str, Events]:
    """Events by patient, from rows with their line numbers. The header decides which kind of table it is.

    `drug` holds for a NONMEM-style table without DRUG. Raises `InputError` naming line and column.
    """
    if not rows:
        raise InputError(f"{where} has no rows; give at least one dose")
    columns = tuple(rows[0][1])
    own = "patient" in columns or "at_h" in columns
    known = OWN_COLUMNS if own else NONMEM_COLUMNS
    if unknown := [name for name in columns if name not in known]:
        raise InputError(f"{where} line 1: {', '.join(unknown)} is not a column; the columns are {', '.join(known)}")
    needed = ("patient", "at_h", "drug", "route") if own else ("ID", "TIME", "AMT", "CMT", "EVID")
    if missing := [name for name in needed if name not in columns]:
        raise InputError(f"{where} line 1: column {', '.join(missing)} is missing")
    name, time = needed[:2]
    found: dict[str, _Collected] = {}
    for line, row in rows:
        cells = _Cells(row, f"{where} line {line}")
        patient = cells.text(name)
        if not patient:
            raise cells.fault(name, "is empty; name the patient")
        collected = found.setdefault(patient, _Collected())
        collected.in_order(cells.plausible(time, "event_time_h", cells.number(time)), cells, time)
        if own:
            collected.doses += _own_doses(cells)
        else:
            _take_nonmem(cells, collected, drug)
    return {patient: Events(regimen(c.doses, c.resets_h), tuple(c.observed_at_h)) for patient, c in found.items()}


class _Collected:
    """What was read of one patient so far."""

    def __init__(self) -> None:
        self.doses: list[Dose] = []
        self.resets_h: list[float] = []
        self.observed_at_h: list[float] = []
        self._last_h = float("-inf")

    def in_order(self, at_h: float, cells: _Cells, column: str) -> None:
        if at_h < self._last_h:
            raise cells.fault(column, f"is {at_h:g} after {self._last_h:g}; the times of a patient must not fall")
        self._last_h = at_h


class _Cells:
    """The cells of one row; an empty cell and a dot are nothing."""

    def __init__(self, row: Mapping[str, str], place: str) -> None:
        self._row, self._place = row, place

    def fault(self, column: str, message: str) -> InputError:
        return InputError(f"{self._place} column {column}: {message}")

    def text(self, column: str) -> str:
        cell = (self._row.get(column) or "").strip()
        return "" if cell == "." else cell

    def number(self, column: str, default: float | None = None) -> float:
        cell = self.text(column)
        if not cell:
            if default is None:
                raise self.fault(column, "is empty; a number is needed")
            return default
        return written_number(cell, f"{self._place} column {column}:")

    def plausible(self, column: str, quantity: str, value: float) -> float:
        """The value of the column. Raises `InputError` where no row of a table can mean it (plausible_ranges.csv)."""
        plausible(quantity, value, field=f"{self._place} column {column}:")
        return value

    def amount(self, column: str, quantity: str, drug: str, route: str) -> float:
        """A dose in mg, or in mg/kg by the limits of its route; a nasal one in whole devices."""
        value = self.number(column)
        if route == "nasal":
            return self._in_devices(column, quantity, drug, value)
        return self.plausible(column, f"{quantity}.{route}" if quantity == "dose_mg_per_kg" else quantity, value)

    def _in_devices(self, column: str, quantity: str, drug: str, value: float) -> float:
        if drug != "esketamine":
            raise self.fault(column, f"nasal {drug} is another product than the esketamine device; no model has it")
        if quantity == "dose_mg_per_kg":
            raise self.fault(column, "a nasal dose is a number of devices; give it in mg and not in mg/kg")
        self.plausible(column, quantity, value)
        device_mg = load().row("dose.es.device.device_mg")["value"][0]
        if round(value / device_mg) < 1 or abs(value / device_mg - round(value / device_mg)) > _MATCHING:
            raise self.fault(column, f"{value:g} mg is no whole number of devices; give a multiple of {device_mg:g} mg")
        return value

    def duration(self, column: str, hours: float) -> float:
        """A length in h, 0 or within the limits of row plausible.duration_min; the column may count otherwise."""
        row = load().row("plausible.duration_min")
        if hours and not row["min"] <= hours * MIN_PER_H <= row["max"]:
            said = f"{row['min']:g} to {row['max']:g} min; check the value and its unit"
            raise self.fault(column, f"makes an infusion of {hours * MIN_PER_H:g} min, outside {said}")
        return hours

    def route(self, column: str) -> str:
        """The route by name or number. Raises `InputError` for neither."""
        cell = self.text(column)
        route = CMT_NUMBERS.get(cell, cell) if column == "CMT" else cell
        if route not in MODEL_ROUTES:
            numbered = ", ".join(f"{number} {name}" for number, name in CMT_NUMBERS.items())
            known = f"by number or name: {numbered}" if column == "CMT" else f"of {', '.join(MODEL_ROUTES)}"
            raise self.fault(column, f"is {cell!r}; it is a route {known}")
        return route

    def drug(self, column: str, otherwise: str | None = None) -> str:
        """The drug of the row, or of the table. Raises `InputError` for none or an unknown one."""
        named = self.text(column) or otherwise
        if not named and column == "DRUG":
            raise self.fault(column, "is empty; say which drug, in a column DRUG or with --drug")
        if named not in MODEL_DRUGS:
            raise self.fault(column, f"drug {named or ''!r} is not known; the drugs are {', '.join(MODEL_DRUGS)}")
        return named

    def whole(self, column: str) -> int:
        cell = self.text(column)
        return written_whole_number(cell, f"{self._place} column {column}:") if cell else 0

    def doses(self, column: str, dose: dict[str, object], every_h: float, additional: int) -> tuple[Dose, ...]:
        """The doses of the row; what `Dose` refuses is told with the line."""
        if additional > MOST_DOSES:
            raise self.fault(column, f"{additional} additional doses are more than {MOST_DOSES}; check the number")
        if every_h and not additional:
            raise self.fault(column, "is 0 beside an interval; give the number of additional doses, or no interval")
        try:
            given = repeated(Dose(**dose), every_h=every_h, additional=additional)  # type: ignore[arg-type]
        except InputError as error:
            raise InputError(f"{self._place}: {error}") from None
        plausible("event_time_h", given[-1].at_h, field=f"{self._place} column {column}: the last repetition")
        return given


def _own_doses(cells: _Cells) -> tuple[Dose, ...]:
    drug, route = cells.drug("drug"), cells.route("route")
    dose: dict[str, object] = {"drug": drug, "route": route, "at_h": cells.number("at_h")}
    for column in ("dose_mg", "dose_mg_per_kg"):
        if cells.text(column):
            dose[column] = cells.amount(column, column, drug, route)
    dose["duration_h"] = cells.duration("duration_min", cells.number("duration_min", 0.0) / MIN_PER_H)
    return cells.doses("additional", dose, cells.number("every_h", 0.0), cells.whole("additional"))


def _take_nonmem(cells: _Cells, collected: _Collected, drug: str | None) -> None:
    at_h, event = cells.number("TIME"), cells.text("EVID")
    if event not in _EVENT_KINDS:
        raise cells.fault("EVID", f"is {event!r}; it is one of 0 observation, 1 dose, 2 other, 3 reset, 4 both")
    if cells.whole("SS"):
        raise cells.fault("SS", "steady state is not modelled; give the earlier doses by II and ADDL")
    if event in ("3", "4"):
        collected.resets_h.append(at_h)
    if event in ("1", "4"):
        collected.doses += _nonmem_doses(cells, at_h, drug)
        return
    if cells.text("CMT"):
        cells.route("CMT")
    if cells.text("DRUG"):
        cells.drug("DRUG")
    for column in ("AMT", "RATE", "DUR", "II", "ADDL"):
        if cells.number(column, 0.0) != 0:
            raise cells.fault(column, f"is {cells.text(column)} on a row that gives no dose (EVID {event})")
    if event == "0":
        collected.observed_at_h.append(at_h)


def _nonmem_doses(cells: _Cells, at_h: float, drug: str | None) -> tuple[Dose, ...]:
    if cells.text("MDV") == "0":
        raise cells.fault("MDV", "is 0 on a dose; a dose row holds no observation (MDV 1)")
    named, route = cells.drug("DRUG", drug), cells.route("CMT")
    amount = cells.amount("AMT", "dose_mg", named, route)
    dose: dict[str, object] = {"drug": named, "route": route, "at_h": at_h, "dose_mg": amount}
    dose["duration_h"] = _duration_h(cells, amount)
    return cells.doses("ADDL", dose, cells.number("II", 0.0), cells.whole("ADDL"))


def _duration_h(cells: _Cells, amount_mg: float) -> float:
    """Length of the infusion from RATE or DUR; where both stand they must agree with AMT."""
    rate, duration = cells.number("RATE", 0.0), cells.number("DUR", 0.0)
    if rate < 0:
        raise cells.fault("RATE", f"is {rate:g}; rates and durations estimated by a model (-1, -2) are not known here")
    if duration < 0:
        raise cells.fault("DUR", f"is {duration:g}; a duration is 0 or more")
    if rate and duration and abs(rate * duration - amount_mg) > _MATCHING * abs(amount_mg):
        raise cells.fault(
            "RATE", f"{rate:g} mg/h for {duration:g} h is {rate * duration:g} mg and not the AMT of {amount_mg:g}"
        )
    if duration or not rate:
        return cells.duration("DUR", duration)
    return cells.duration("RATE", amount_mg / rate)
