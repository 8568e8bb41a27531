"""The table read row by row: what a model gives, and whether that is a pass, a known miss or a FAIL.

A row without a measure has no value: it waits for a calibration, or is not modelled yet, and is said to be so.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from holdfast.facts import load
from holdfast.facts.schema import Row
from holdfast.model.named_models import NamedModel
from holdfast.model.qualification.effect_measures import EFFECT_MEASURES
from holdfast.model.qualification.mood_measures import MOOD_MEASURES
from holdfast.model.qualification.pharmacokinetic_measures import PHARMACOKINETIC_MEASURES
from holdfast.model.qualification.scenario import Measure, Scenario

PASS, KNOWN_MISS, FAIL = "pass", "known miss", "FAIL"
REPORT, CALIBRATE, NOT_MODELLED, NOT_COVERED = "report only", "to calibrate", "not yet modelled", "not covered"
MEASURES_BY_NAME: Mapping[str, Measure] = {**PHARMACOKINETIC_MEASURES, **EFFECT_MEASURES, **MOOD_MEASURES}


@dataclass(frozen=True)
class Verdict:
    """One row of the table with what the model gives; `value` is None where nothing was computed."""

    row: Row
    value: float | None
    verdict: str
    reason: str | None

    def as_dict(self) -> dict[str, object]:
        """Plain values for JSON."""
        names = ("group", "quantity", "scenario", "expected", "unit", "tol_low", "tol_high")
        return {
            "id": self.row.id, **{name: self.row.get(name) for name in names}, "reason": self.reason,
            "starting_value": self.row.get("starting_value"), "value": self.value, "verdict": self.verdict,
        }  # fmt: skip


def qualify(model: NamedModel) -> list[Verdict]:
    """Every row of the table, in its order."""
    return [_judged(row, model) for row in load().rows("qualification")]


def _judged(row: Row, model: NamedModel) -> Verdict:
    reason = reason_of_miss(row, model.id) or row.get("reason")
    if row.get("measure") is None:
        return Verdict(row, None, CALIBRATE if row["kind"] == "calibrate" else NOT_MODELLED, reason)
    if (value := measured(row, model)) is None:
        asked_for = row["kind"] == "calibrate" and model.id in row.get("missed_by", ())
        return Verdict(row, None, CALIBRATE if asked_for else NOT_COVERED, reason)
    return Verdict(row, value, verdict(row, value, model.id), reason)


def verdict(row: Row, value: float, model: str) -> str:
    """Is the value inside the tolerance; and if not, is the miss a listed one for this model (by its id)?"""
    listed = row.get("missed_by") is None or model in row["missed_by"]
    if row["kind"] == "report only":
        return REPORT
    if row["kind"] == "calibrate" and listed:
        return CALIBRATE
    if row["tol_low"] <= value <= row["tol_high"]:
        return PASS
    if row["kind"] == "known miss" and listed:
        return KNOWN_MISS
    return KNOWN_MISS if reason_of_miss(row, model) else FAIL


def reason_of_miss(row: Row, model: str) -> str | None:
    """Why this model misses the row, where known_misses.csv lists it; None where it does not."""
    listed = (one for one in load().rows("known_misses") if (one["row"], one["model"]) == (row.id, model))
    return next((str(one["reason"]) for one in listed), None)


def measured(row: Row, model: NamedModel) -> float | None:
    """The number of the row's measure in the row's unit, or None where the model does not speak of it."""
    if not model.covers(row["drug"], row["route"]):
        return None
    asked = Scenario(row, model)
    return MEASURES_BY_NAME[row["measure"]](asked) if asked.holds(row["substance"]) else None
