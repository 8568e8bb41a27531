"""The cascade from drive to mood, once for each rival hypothesis. Rates in 1/h; states between 0 and 1.

    u  = drive^g / (half^g + drive^g)          what drives, between 0 and 1
    T' = kT Occ (1 - T) - kT_loss T            tolerance over treatment sessions, where it is asked for
    A' = kin (1 - most T) u (1 - A) - kA A     signalling: early benefit; most is the most that tolerance takes away
    X' = kX A (1 - X) - kout X                 synapses: days
    Z' = kC X (1 - Z) - kZ Z                   consolidation: weeks and months

Hypotheses: `nmda-driven` (the default; what drives is the occupancy of NMDA receptors), `hnk-driven` (the level of
(2R,6R)-like hydroxynorketamine), `mixed` (a share of each), and each of the three with tolerance. None of them is
established: they stand side by side so that evidence can choose.

A stage stands on its own (see integration/laws.py), so the drive is written out in each.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import Any

from holdfast.errors import UnknownNameError
from holdfast.model.integration.laws import Law, Stage, power

Rates = tuple[Any, Any]  # gain, loss
Terms = Sequence[Any]

SIGNALS = ("binding", "hydroxynorketamine")  # s of occupancy.py, no unit; the level that may drive, umol/L
TOLERANCE = " with tolerance"
DEFAULT_HYPOTHESIS = "nmda-driven"

_CASCADE = ("kin", "kA", "kX", "kout", "kC", "kZ")
_OF_TOLERANCE = ("kT", "kT_loss", "tolerance_most")
_OF_DRIVE: Mapping[str, tuple[str, ...]] = {
    "nmda-driven": ("O50", "gamma_occupancy"),
    "hnk-driven": ("HNK50", "gamma_HNK"),
    "mixed": ("O50", "gamma_occupancy", "HNK50", "gamma_HNK", "HNK_share"),
}


def _signalling_by_nmda(signals: Terms, y: Terms, parameters: Terms) -> Rates:
    """Occ^g/(O50^g + Occ^g) with Occ = s/(1 + s), by one power of Occ/O50."""
    kin, kA, O50, gamma = parameters[0], parameters[1], parameters[6], parameters[7]
    relative = power(signals[0] / ((1.0 + signals[0]) * O50), gamma)
    on = kin * relative / (1.0 + relative)
    return on, on + kA


def _signalling_by_hnk(signals: Terms, y: Terms, parameters: Terms) -> Rates:
    kin, kA, HNK50, gamma = parameters[0], parameters[1], parameters[6], parameters[7]
    relative = power(signals[1] / HNK50, gamma)
    on = kin * relative / (1.0 + relative)
    return on, on + kA


def _signalling_by_both(signals: Terms, y: Terms, parameters: Terms) -> Rates:
    kin, kA, share = parameters[0], parameters[1], parameters[10]
    by_nmda = power(signals[0] / ((1.0 + signals[0]) * parameters[6]), parameters[7])
    by_hnk = power(signals[1] / parameters[8], parameters[9])
    on = kin * ((1.0 - share) * by_nmda / (1.0 + by_nmda) + share * by_hnk / (1.0 + by_hnk))
    return on, on + kA


def _tolerance(signals: Terms, y: Terms, parameters: Terms) -> Rates:
    """Whatever drives, tolerance grows with the occupancy of the receptor: an assumption of ours."""
    on = parameters[6] * signals[0] / (1.0 + signals[0])
    return on, on + parameters[7]


def _signalling_by_nmda_tolerated(signals: Terms, y: Terms, parameters: Terms) -> Rates:
    kin, kA, O50, gamma = parameters[0], parameters[1], parameters[9], parameters[10]
    relative = power(signals[0] / ((1.0 + signals[0]) * O50), gamma)
    on = kin * (1.0 - parameters[8] * y[0]) * relative / (1.0 + relative)
    return on, on + kA


def _signalling_by_hnk_tolerated(signals: Terms, y: Terms, parameters: Terms) -> Rates:
    kin, kA, HNK50, gamma = parameters[0], parameters[1], parameters[9], parameters[10]
    relative = power(signals[1] / HNK50, gamma)
    on = kin * (1.0 - parameters[8] * y[0]) * relative / (1.0 + relative)
    return on, on + kA


def _signalling_by_both_tolerated(signals: Terms, y: Terms, parameters: Terms) -> Rates:
    kin, kA, share = parameters[0], parameters[1], parameters[13]
    by_nmda = power(signals[0] / ((1.0 + signals[0]) * parameters[9]), parameters[10])
    by_hnk = power(signals[1] / parameters[11], parameters[12])
    u = (1.0 - share) * by_nmda / (1.0 + by_nmda) + share * by_hnk / (1.0 + by_hnk)
    on = kin * (1.0 - parameters[8] * y[0]) * u
    return on, on + kA


def _synapses(A: int) -> Stage:
    def stage(signals: Terms, y: Terms, parameters: Terms) -> Rates:
        made = parameters[2] * y[A]
        return made, made + parameters[3]

    return stage


def _consolidation(X: int) -> Stage:
    def stage(signals: Terms, y: Terms, parameters: Terms) -> Rates:
        made = parameters[4] * y[X]
        return made, made + parameters[5]

    return stage


_SIGNALLING: Mapping[str, tuple[Stage, Stage]] = {  # without, with tolerance
    "nmda-driven": (_signalling_by_nmda, _signalling_by_nmda_tolerated),
    "hnk-driven": (_signalling_by_hnk, _signalling_by_hnk_tolerated),
    "mixed": (_signalling_by_both, _signalling_by_both_tolerated),
}


def _law(drive: str, *, tolerance: bool) -> Law:
    place_of_A = 1 if tolerance else 0
    first = (_tolerance,) if tolerance else ()
    stages = (*first, _SIGNALLING[drive][tolerance], _synapses(place_of_A), _consolidation(place_of_A + 1))
    states = (*(("T",) if tolerance else ()), "A", "X", "Z")
    return Law(
        name=drive + (TOLERANCE if tolerance else ""),
        signals=SIGNALS if drive != DEFAULT_HYPOTHESIS else SIGNALS[:1],
        states=states,
        parameters=(*_CASCADE, *(_OF_TOLERANCE if tolerance else ()), *_OF_DRIVE[drive]),
        stages=stages,
        constant_loss=(False,) * len(stages),
        start=lambda parameters: (0.0,) * len(stages),
    )


HYPOTHESES: Mapping[str, Law] = MappingProxyType(
    {law.name: law for law in (_law(drive, tolerance=tolerance) for tolerance in (False, True) for drive in _OF_DRIVE)}
)


def law(hypothesis: str = DEFAULT_HYPOTHESIS) -> Law:
    """The law of that name. Raises `UnknownNameError` naming those there are."""
    if hypothesis not in HYPOTHESES:
        raise UnknownNameError("hypothesis on mood", hypothesis, list(HYPOTHESES))
    return HYPOTHESES[hypothesis]
