"""Could this dose have been given under the protocol at all? Asked where a given dose is written down."""

from __future__ import annotations

from holdfast.errors import InputError
from holdfast.facts import load
from holdfast.protocols.protocol import Protocol


def check_recorded_dose(protocol: Protocol, dose_mg: float) -> None:
    """Raises `InputError` where the dose is a slip: not a number of whole devices, or beyond what anybody could get.

    Says nothing of whether the dose was right: `device_dose` and `weight_based_dose` do, before it is given.
    """
    device_mg = protocol.administration.device_mg
    if device_mg is not None:
        given = sorted({amount for dose in protocol.doses if dose.unit == "mg" for amount in dose.amounts})
        if dose_mg not in given:
            listed = ", ".join(f"{amount:g}" for amount in given)
            raise InputError(
                f"dose_mg: {dose_mg:g} mg is no number of {device_mg:g} mg devices; give one of {listed} mg"
            )
        return
    most = _most_mg(protocol.route)
    if dose_mg > most:
        raise InputError(f"dose_mg: {dose_mg:g} mg is more than any patient gets by this route ({most:g} mg); check it")


def _most_mg(route: str) -> float:
    """Largest plausible dose per kg for the largest plausible weight."""
    facts = load()
    per_kg, weight = facts.row(f"plausible.dose_mg_per_kg.{route}"), facts.row("plausible.weight_kg")
    return float(per_kg["max"] * weight["max"])
