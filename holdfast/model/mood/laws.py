"""The cascade from drive to mood, once for each rival hypothesis. Rates in 1/h; states between 0 and 1.

    u  = drive^g / (half^g + drive^g)          what drives, between 0 and 1
    T' = kT Occ (1 - T) - kT_loss T            tolerance over treatment sessions, where it is asked for
    A' = kin (1 - most T) u (1 - A) - kA A     signalling: early benefit; most is the most that tolerance takes away
    X' = kX A (1 - X) - kout X                 synapses: days
    Z' = kC X (1 - Z) - kZ Z                   consolidation: weeks and months

Hypotheses: `nmda-driven` (the default; what drives is the occupancy of NMDA receptors), `hnk-driven` (the level of
(2R,6R)-like hydroxynorketamine), `mixed` (a share of each), and each of the three with tolerance. None of them is
established: they stand side by side so that evidence can choose.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from types import MappingProxyType
from typing import Any

from holdfast.errors import UnknownNameError
from holdfast.model.integration.laws import Law, Stage, power

Terms = Sequence[Any]
Named = Callable[[str], Any]  # parameter of that name
Drive = Callable[[Terms, Named], Any]  # (signals, parameters) → u
Rates = Callable[[Terms, Named, Named], tuple[Any, Any]]  # (signals, levels before, parameters) → gain, loss

BINDING, HYDROXYNORKETAMINE = "binding", "hydroxynorketamine"  # s of occupancy.py, no unit; R-equivalents in umol/L
SIGNALS = (BINDING, HYDROXYNORKETAMINE)
TOLERANCE = " with tolerance"
DEFAULT_HYPOTHESIS = "nmda-driven"

_CASCADE = ("kin", "kA", "kX", "kout", "kC", "kZ")
_OF_TOLERANCE = ("kT", "kT_loss", "tolerance_most")
UNITS: Mapping[str, str] = {  # of every parameter: what the equations count in, whatever a table is written in
    **dict.fromkeys((*_CASCADE, "kT", "kT_loss"), "1/h"), "HNK50": "umol/L",
    **dict.fromkeys(("O50", "gamma_occupancy", "gamma_HNK", "HNK_share", "tolerance_most"), "1"),
}  # fmt: skip


def _occupancy(signals: Terms) -> Any:
    return signals[0] / (1.0 + signals[0])


def _saturating(relative: Any, steepness: Any) -> Any:
    """drive^g / (half^g + drive^g) by one power, from drive over half."""
    raised = power(relative, steepness)
    return raised / (1.0 + raised)


def _by_nmda(signals: Terms, of: Named) -> Any:
    return _saturating(_occupancy(signals) / of("O50"), of("gamma_occupancy"))


def _by_hnk(signals: Terms, of: Named) -> Any:
    return _saturating(signals[1] / of("HNK50"), of("gamma_HNK"))


def _by_both(signals: Terms, of: Named) -> Any:
    return (1.0 - of("HNK_share")) * _by_nmda(signals, of) + of("HNK_share") * _by_hnk(signals, of)


_DRIVES: Mapping[str, tuple[Drive, tuple[str, ...], tuple[str, ...]]] = {  # drive, its signals, its parameters
    "nmda-driven": (_by_nmda, (BINDING,), ("O50", "gamma_occupancy")),
    "hnk-driven": (_by_hnk, SIGNALS, ("HNK50", "gamma_HNK")),
    "mixed": (_by_both, SIGNALS, ("O50", "gamma_occupancy", "HNK50", "gamma_HNK", "HNK_share")),
}


def _tolerance(signals: Terms, level: Named, of: Named) -> tuple[Any, Any]:
    """Whatever drives, tolerance grows with the occupancy of the receptor: an assumption of ours."""
    on = of("kT") * _occupancy(signals)
    return on, on + of("kT_loss")


def _signalling(drive: Drive, *, tolerance: bool) -> Rates:
    def rates(signals: Terms, level: Named, of: Named) -> tuple[Any, Any]:
        on = of("kin") * drive(signals, of)
        if tolerance:
            on = on * (1.0 - of("tolerance_most") * level("T"))
        return on, on + of("kA")

    return rates


def _synapses(signals: Terms, level: Named, of: Named) -> tuple[Any, Any]:
    made = of("kX") * level("A")
    return made, made + of("kout")


def _consolidation(signals: Terms, level: Named, of: Named) -> tuple[Any, Any]:
    made = of("kC") * level("X")
    return made, made + of("kZ")


def _law(hypothesis: str, *, tolerance: bool) -> Law:
    drive, signals, of_drive = _DRIVES[hypothesis]
    names = (*_CASCADE, *(_OF_TOLERANCE if tolerance else ()), *of_drive)
    states = ("T", "A", "X", "Z") if tolerance else ("A", "X", "Z")
    rates = {"T": _tolerance, "A": _signalling(drive, tolerance=tolerance), "X": _synapses, "Z": _consolidation}

    def stage(state: str) -> Stage:
        def by_place(signals: Terms, y: Terms, parameters: Terms) -> tuple[Any, Any]:
            return rates[state](
                signals, lambda level: y[states.index(level)], lambda name: parameters[names.index(name)]
            )

        return by_place

    made = tuple(stage(state) for state in states)
    return Law(
        name=hypothesis + (TOLERANCE if tolerance else ""),
        signals=signals,
        states=states,
        parameters=names,
        stages=made,
        start=lambda parameters: (0.0,) * len(states),
    )


_LAWS = [_law(hypothesis, tolerance=tolerance) for tolerance in (False, True) for hypothesis in _DRIVES]
HYPOTHESES: Mapping[str, Law] = MappingProxyType({one.name: one for one in _LAWS})


def law(hypothesis: str = DEFAULT_HYPOTHESIS) -> Law:
    """The law of that name. Raises `UnknownNameError` naming those there are."""
    if hypothesis not in HYPOTHESES:
        raise UnknownNameError("hypothesis on mood", hypothesis, list(HYPOTHESES))
    return HYPOTHESES[hypothesis]
