"""Small systems, a law and regimens on which every solver is compared with the reference."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from holdfast.model.integration.compiled import CompiledSolver
from holdfast.model.integration.equations import Equations, State, reading
from holdfast.model.integration.laws import Law
from holdfast.model.integration.plain import PlainSolver
from holdfast.model.integration.reference import error, reference
from holdfast.model.integration.stretches import Stretch
from holdfast.model.mood.laws import law as mood_law
from holdfast.model.pharmacokinetics.compartments import System

Values = NDArray[np.float64]
SOLVERS: Mapping[str, Callable[..., PlainSolver | CompiledSolver]] = {"plain": PlainSolver, "compiled": CompiledSolver}
MOOD = mood_law()
# per hour unless said; near the starting model's. Written here as numbers: a test of arithmetic, not of pharmacology
RATES = {"absorbed": 2.9, "out": 6.0, "back": 1.2, "lost": 5.5, "metabolised": 0.64, "followed": 4.16}
MOOD_PARAMETERS = {
    "kin": 1.126, "kA": 0.0594, "kX": 0.0343, "kout": 0.0052, "kC": 0.0005, "kZ": 0.00032,
    "O50": 0.173, "gamma_occupancy": 1.11,
}  # fmt: skip
FOLLOWER_PER_UMOL = 0.05
NAMES = ("nose", "central", "peripheral", "metabolite", "follower")


def turnover(
    patients: int = 1, *, law: Law = MOOD, sink: bool = False, **changed: float | Sequence[float]
) -> Equations:
    """Nose → central ⇄ peripheral, central → metabolite → out, a follower that drives mood; S and R differ by a tenth.

    `changed` sets rates and parameters by name, for all or for each. With `sink` what leaves gathers in "gone".
    """
    known = {**RATES, **MOOD_PARAMETERS, **changed}
    value = {name: np.broadcast_to(np.asarray(v, float), patients) for name, v in known.items()}
    names = (*NAMES, "gone") if sink else NAMES
    K = np.zeros((patients, 2, len(names), len(names)))  # noqa: N806 - the symbol of the field
    for group, factor in enumerate((1.0, 1.1)):
        flows = (
            ("nose", "central", "absorbed"), ("central", "peripheral", "out"), ("peripheral", "central", "back"),
            ("central", "metabolite", "lost"), ("metabolite", "gone", "metabolised"),
        )  # fmt: skip
        for start, end, rate in flows:
            K[:, group, names.index(start), names.index(start)] -= factor * value[rate]
            if end in names:
                K[:, group, names.index(end), names.index(start)] += factor * value[rate]
        K[:, group, names.index("follower"), names.index("follower")] = -value["followed"]
        K[:, group, names.index("follower"), names.index("central")] = value["followed"] * FOLLOWER_PER_UMOL
    system = System(names, K)
    parameters = np.stack([value[name] for name in law.parameters], axis=1)
    driving = [reading(system, {"follower": 1.0}), reading(system, {"metabolite": 0.01})][: len(law.signals)]
    read = np.stack([reading(system, {name: 1.0}) for name in names], axis=1)
    return Equations(system, law, parameters, np.stack(driving, axis=1), read, names)


def worst_error(name: str, equations: Equations, stretch: Stretch, amounts: Values, patients: Sequence[int] = (0,),
                method: str = "DOP853") -> tuple[float, float, Values]:  # fmt: skip
    """Errors against the reference of what is linear and of the law, and what was read; amounts (inputs, groups)."""
    everyone = np.broadcast_to(amounts, (len(equations), *amounts.shape))
    found = SOLVERS[name](equations).advance(stretch, everyone)
    linear = len(equations.reading_names)
    errors = []
    for patient in patients:
        expected = _expected(equations, stretch, amounts, patient, method)
        now = found[patient]
        errors.append((error(now[:, :linear], expected[:, :linear]), error(now[:, linear:], expected[:, linear:])))
    return max(e[0] for e in errors), max(e[1] for e in errors), found


_KNOWN: dict[tuple[object, ...], Values] = {}


def _expected(equations: Equations, stretch: Stretch, amounts: Values, patient: int, method: str) -> Values:
    """What the reference reads; worked out once for all solvers."""
    arrays = (equations.system.K_per_h, equations.signals, equations.parameters, amounts)
    key = (equations.law.name, stretch, patient, method, *(array.tobytes() for array in arrays))
    if key not in _KNOWN:
        _KNOWN[key] = reference(equations, stretch, amounts, patient=patient, method=method).read
    return _KNOWN[key]


def state_of(solver: PlainSolver | CompiledSolver) -> State:
    """Where a solver stands, copied."""
    return State(solver.state.x.copy(), solver.state.y.copy())
