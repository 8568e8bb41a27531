"""How sound the fit itself is, by its own diagnostics: said in sentences, with what each is held to.

R-hat and effective draws: Vehtari 2021. The emulator stood for the model's own trials in the fit; at some draws of the
posterior the trials themselves were run: `exact_pareto_k` says whether weights could put right what it missed.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

MOST_R_HAT, FEWEST_EFFECTIVE, MOST_PARETO_K, MOST_EMULATOR_ERROR = 1.01, 400.0, 0.7, 1.0
_UNSOUND: tuple[tuple[str, str, float, str], ...] = (
    ("largest_r_hat", "above", MOST_R_HAT, "chains do not agree well on every parameter"),
    ("smallest_effective_sample", "below", FEWEST_EFFECTIVE, "ends of intervals of the worst parameter are rough"),
    ("divergences", "above", 0.0, "the sampler met places it could not follow"),
    ("exact_pareto_k", "above", MOST_PARETO_K, "the emulator's errors could not be put right by weights"),
    ("emulator_error_in_all_errors.worst", "above", MOST_EMULATOR_ERROR,
     "the emulator is further off for some number than all else that is uncertain of it"),
)  # fmt: skip


def told(diagnostics: Mapping[str, Any]) -> tuple[tuple[str, str], ...]:
    """Every diagnostic with its value, in words."""
    return tuple(
        (name.replace("_", " ").replace(".", ", "), f"{value:g}") for name, value in _flat(diagnostics).items()
    )


def doubts(diagnostics: Mapping[str, Any]) -> tuple[str, ...]:
    """What speaks against leaning on the fit; empty where nothing does, or nothing is told."""
    flat = _flat(diagnostics)
    return tuple(
        f"{name.replace('_', ' ').replace('.', ', ')} {flat[name]:g} ({side} {limit:g}): {why}"
        for name, side, limit, why in _UNSOUND
        if name in flat and (flat[name] > limit if side == "above" else flat[name] < limit)
    )


def _flat(diagnostics: Mapping[str, Any]) -> dict[str, float]:
    found: dict[str, float] = {}
    for name, value in diagnostics.items():
        parts = {f"{name}.{inner}": v for inner, v in value.items()} if isinstance(value, Mapping) else {name: value}
        found |= {key: float(part) for key, part in parts.items() if isinstance(part, int | float)}
    return found
