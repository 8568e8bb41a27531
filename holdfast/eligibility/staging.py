"""Staging of treatment resistance: Maudsley, Thase-Rush and MGH-s side by side, each with its inputs.

A stage is never computed from partial data: where an input is missing the stage is None and says which.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from typing import Any

from holdfast.errors import InputError
from holdfast.facts import Facts, Row, care_rule, load
from holdfast.facts.plausible import is_finite_number

MSM, THASE_RUSH, MGH_S = "stage.msm", "stage.tr", "stage.mghs"
SEVERITIES = ("subsyndromal", "mild", "moderate", "severe-without-psychosis", "severe-with-psychosis")
ON_TOP = ("tricyclic", "maoi")  # classes that stages III and IV ask for in addition to two others


@dataclass(frozen=True)
class Staging:
    """One staging: its value, what went in, what each input earned, and what was missing."""

    rule: str
    name: str
    value: float | str | None
    inputs: Mapping[str, Any]
    points: Mapping[str, float] = field(default_factory=dict)
    band: str | None = None
    missing: tuple[str, ...] = ()
    note: str | None = None

    def as_dict(self) -> dict[str, Any]:
        """Plain values for JSON."""
        return {
            "rule": self.rule,
            "name": self.name,
            "value": self.value,
            "band": self.band,
            "inputs": dict(self.inputs),
            "points": dict(self.points),
            "missing": list(self.missing),
            "note": self.note,
        }


def maudsley(
    *,
    duration_months: int | None,
    severity: str | None,
    failed_antidepressants: int | None,
    augmentation: bool | None,
    ect: bool | None,
    facts: Facts | None = None,
) -> Staging:
    """Maudsley Staging Method, 3 to 15: mild, moderate or severe resistance.

    `duration_months` of the current episode in whole months; `severity` one of `SEVERITIES`; augmentation and
    ECT used or not. Not defined where no antidepressant has failed. Raises `InputError` on an impossible value.
    """
    inputs = {
        "duration_months": duration_months,
        "severity": severity,
        "failed_antidepressants": failed_antidepressants,
        "augmentation": augmentation,
        "ect": ect,
    }
    name = "Maudsley Staging"
    for what in ("duration_months", "failed_antidepressants"):
        _check_whole(what, inputs[what])
    missing = tuple(what for what, value in inputs.items() if value is None)
    if missing:
        return Staging(MSM, name, None, inputs, missing=missing)
    if failed_antidepressants == 0:
        return Staging(MSM, name, None, inputs, note="Not defined: no antidepressant has failed an adequate trial.")
    points = {what: _earned(MSM, what, value, facts) for what, value in inputs.items()}
    total = sum(points.values())
    rule = care_rule(MSM, facts)
    band = next(limit.when for limit in rule.thresholds.values() if limit.met_by(total))
    return Staging(MSM, name, total, inputs, points, band)


def thase_rush(
    *,
    failed_classes: Collection[str] | None,
    adequate_response: bool | None,
    bilateral_ect_failed: bool | None,
    facts: Facts | None = None,
) -> Staging:
    """Thase-Rush stage "0", "I" to "V", from the classes of antidepressants that failed an adequate trial.

    The "+" of stages III and IV is read as in addition to the two classes of stage II, so SSRI and tricyclic alone
    are stage II. Without any adequate trial no stage is printed, and none is given.
    """
    classes = None if failed_classes is None else sorted(set(failed_classes))
    inputs = {
        "failed_classes": classes,
        "adequate_response": adequate_response,
        "bilateral_ect_failed": bilateral_ect_failed,
    }
    name = "Thase-Rush"
    needed = ["failed_classes", "bilateral_ect_failed"] if classes != [] else ["adequate_response"]
    missing = tuple(what for what in needed if inputs[what] is None)
    if missing or classes is None:
        return Staging(THASE_RUSH, name, None, inputs, missing=missing)
    reached = _stages_reached(
        frozenset(classes), response=bool(adequate_response), ect_failed=bool(bilateral_ect_failed), facts=facts
    )
    if not reached:
        nothing = "Not defined: no adequate trial is on record, neither failed nor with response."
        return Staging(THASE_RUSH, name, None, inputs, note=nothing)
    highest = max(reached, key=lambda row: row["points"])
    uncounted = bilateral_ect_failed and highest["key"] != "bilateral-ect"
    note = (
        "Bilateral ECT failed and is not counted: the method asks for the earlier stages first." if uncounted else None
    )
    return Staging(THASE_RUSH, name, highest["label"], inputs, {"stage": highest["points"]}, note=note)


def _stages_reached(classes: frozenset[str], *, response: bool, ect_failed: bool, facts: Facts | None) -> list[Row]:
    """Rows of every stage whose own condition holds; each later one includes the earlier."""
    others = len(classes - {ON_TOP[0]})
    besides = len(classes - set(ON_TOP))
    both = set(ON_TOP) <= classes
    reached = []
    for row in _rows(THASE_RUSH, "stage", facts):
        enough = {
            "response": response and not classes,
            "classes": len(classes) >= row.get("low", 0),
            "tricyclic": "tricyclic" in classes and others >= row.get("low", 0),
            "maoi": both and besides >= row.get("low", 0),
            "bilateral-ect": ect_failed and both and besides >= row.get("low", 0),
        }
        if enough[row["key"]]:
            reached.append(row)
    return reached


def mgh_s(
    *,
    failed_trials: int | None,
    optimised_trials: int | None,
    augmented_trials: int | None,
    ect: bool | None,
    facts: Facts | None = None,
) -> Staging:
    """Massachusetts General Hospital staging: points without an upper end, higher is more resistant.

    Counts are of adequate failed trials (at least 6 weeks) of the current episode, and of how many of those were
    optimised and augmented. Raises `InputError` where more trials were optimised than there are.
    """
    inputs = {
        "failed_trials": failed_trials,
        "optimised_trials": optimised_trials,
        "augmented_trials": augmented_trials,
        "ect": ect,
    }
    for what in ("failed_trials", "optimised_trials", "augmented_trials"):
        _check_whole(what, inputs[what])
    missing = tuple(what for what, value in inputs.items() if value is None)
    for what, value in inputs.items():
        if value is not None and not (isinstance(value, bool) or is_finite_number(value)):
            raise InputError(f"{what} is {value!r}; give a number, nothing where it is not known")
    if missing or failed_trials is None or optimised_trials is None or augmented_trials is None:
        return Staging(MGH_S, "MGH-s", None, inputs, missing=missing)
    if max(optimised_trials, augmented_trials) > failed_trials:
        raise InputError(f"optimised_trials or augmented_trials is above failed_trials, which is {failed_trials}")
    points = {
        "failed_trials": failed_trials * _each("trial", facts),
        "optimised_trials": optimised_trials * _each("optimisation", facts),
        "augmented_trials": augmented_trials * _each("augmentation", facts),
        "ect": _each("ect", facts) if ect else 0,
    }
    return Staging(MGH_S, "MGH-s", sum(points.values()), inputs, points)


def _rows(rule: str, item: str, facts: Facts | None) -> list[Row]:
    return [row for row in (facts or load()).rows("staging_points") if (row["rule"], row["item"]) == (rule, item)]


def _earned(rule: str, item: str, value: Any, facts: Facts | None) -> float:
    """Points of one answer: a number by its range, a word or a flag by its key."""
    word = {True: "yes", False: "no"}[value] if isinstance(value, bool) else value
    for row in _rows(rule, item, facts):
        if isinstance(word, str) and row["key"] == word:
            return row["points"]
        if not isinstance(word, str) and row["low"] <= word <= row.get("high", word):
            return row["points"]
    known = ", ".join(row["key"] for row in _rows(rule, item, facts))
    raise InputError(f"{item} {value!r} earns no points in {rule}; known: {known}")


def _each(item: str, facts: Facts | None) -> float:
    return _rows(MGH_S, item, facts)[0]["points"]


def _check_whole(what: str, value: Any) -> None:
    if value is not None and (isinstance(value, bool) or not isinstance(value, int) or value < 0):
        raise InputError(f"{what} is {value!r}; give a whole number, 0 or more")
