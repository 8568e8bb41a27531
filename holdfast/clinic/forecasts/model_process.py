"""The forecast in a process of its own, by the command anybody can type: `holdfast forecast - --json --whole`."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from holdfast.clinic import numerics

SEED = 1
LONGEST_S = 120.0
NICE = 10
PARTS = frozenset({"about", "verdict", "curve", "answers", "plans", "today", "scale", "notes"})


def forecast_of(patient_file: Mapping[str, Any], *, longest_s: float = LONGEST_S) -> numerics.Answered:
    """Ask it, and wait. Raises `NumericsError` where it was not there, took too long, or broke."""
    answered = numerics.asked_apart(
        ("forecast", "-", "--json", "--whole", "--seed", str(SEED)), patient_file, longest_s=longest_s, nice=NICE
    )
    if not answered.refused and not _is_forecast(answered.given):
        raise numerics.NumericsError("not-a-forecast")
    return answered


def _is_forecast(given: Mapping[str, Any]) -> bool:
    """Are its parts there, and a curve exactly where the patient is not unlike the population?"""
    if not given.keys() >= PARTS or not all(isinstance(given[name], dict) for name in ("about", "verdict")):
        return False
    unlike = given["verdict"].get("unlike_population")
    shown = [given[name] is not None for name in ("curve", "answers", "plans")]
    return isinstance(unlike, bool) and shown == [not unlike] * 3
