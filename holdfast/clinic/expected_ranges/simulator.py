"""The simulator asked for the expected range of one treatment session, in a process of its own."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from holdfast.clinic import numerics

LONGEST_S = 120.0
NICE = 5
COMMAND = ("treatment-session", "expected-range", "-", "--json")


class SimulatorError(Exception):
    """The simulator did not answer; trying again may help."""


@dataclass(frozen=True)
class Simulated:
    """Its answer as plain values, or the sentence with which it refused."""

    given: Mapping[str, Any]
    refused: str = ""


def is_installed() -> bool:
    """Are there the packages it needs?"""
    return numerics.is_installed()


def simulated(asked: Mapping[str, Any], *, longest_s: float = LONGEST_S) -> Simulated:
    """Ask it, and wait. Raises `SimulatorError` where it was not there, took too long, or broke."""
    try:
        done = numerics.asked_apart(COMMAND, asked, longest_s=longest_s, nice=NICE)
    except numerics.NumericsError as error:
        raise SimulatorError(str(error)) from None
    if done.refused:
        return Simulated({}, "the model cannot say: it does not describe this drug, route or dose.")
    if not {"about", "bands", "minutes", "shares"} <= done.given.keys():
        raise SimulatorError("not ranges")
    return Simulated(done.given)
