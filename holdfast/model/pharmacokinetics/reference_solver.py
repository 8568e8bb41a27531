"""The plain solver that checks the exact one: the equations written out, integrated by SciPy, restarted at each edge.

Slow, for one patient and one enantiomer at a time. It shares no code with compartments.py and solver.py beyond the
parameters and the inputs.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
from numpy.typing import NDArray
from scipy.integrate import solve_ivp

from holdfast.model.pharmacokinetics.absorption import Inputs
from holdfast.model.pharmacokinetics.individual import Disposition

Values = NDArray[np.float64]
Amounts = dict[str, float]
STATES = (
    "nose", "muscle", "mucosa", "swallowed", "oral", "swallowed_gut_wall", "oral_gut_wall", "central",
    "peripheral_1", "peripheral_2", "liver", "norketamine", "norketamine_peripheral", "hydroxynorketamine", "venous",
    "eliminated",
)  # fmt: skip
DEPOTS = STATES[: STATES.index("central")]


def reference(
    p: Disposition, given: Inputs, times_h: Sequence[float], *, patient: int = 0, enantiomer: int = 0,
    method: str = "DOP853", rtol: float = 1e-12, atol: float = 1e-14,
) -> dict[str, Values]:  # fmt: skip
    """Amounts in umol by state name at `times_h`; `eliminated` is what has left the body. atol is in umol."""
    who = (patient, enantiomer)
    grid = sorted({*given.edges_h(), *times_h})
    x = np.zeros(len(STATES))
    found = np.zeros((len(times_h), len(STATES)))
    for at_h, next_h in zip(grid, [*grid[1:], None], strict=True):
        if at_h in given.resets_h:
            x = np.zeros(len(STATES))
        for bolus in given.boluses:
            if bolus.at_h == at_h:
                x[STATES.index(bolus.compartment)] += bolus.amount_umol[who]
        found[[i for i, t in enumerate(times_h) if t == at_h]] = x
        if next_h is not None:
            rate = _running(given, at_h, next_h, who)
            done = solve_ivp(
                _derivative(p, who, given.ka_per_h, rate), (at_h, next_h), x, method=method, rtol=rtol, atol=atol
            )
            if not done.success:
                raise ArithmeticError(f"the reference solver stopped: {done.message}")
            x = done.y[:, -1]
    return {name: found[:, i] for i, name in enumerate(STATES)}


def _running(given: Inputs, at_h: float, next_h: float, who: tuple[int, int]) -> Amounts:
    """Constant inputs between two edges in umol/h."""
    rates = dict.fromkeys(STATES, 0.0)
    middle = (at_h + next_h) / 2
    for item in given.constant:
        stopped = any(item.start_h < reset <= at_h for reset in given.resets_h)
        if item.start_h < middle < item.end_h and not stopped:
            rates[item.compartment] += item.amount_umol[who] / (item.end_h - item.start_h)
    return rates


def _derivative(
    p: Disposition, who: tuple[int, int], ka: dict[str, float | Values], rate: Amounts
) -> Callable[[float, Values], Values]:
    """The right-hand side: one line a compartment."""

    def number(values: Values | float | None) -> float:
        return 0.0 if values is None else values if isinstance(values, float) else float(values[who])

    def over(amount: float, volume: float) -> float:
        return amount / volume if volume else 0.0

    k = {depot: number(ka.get(depot)) for depot in DEPOTS}
    Vc, Q1, Vp1, Q2, Vp2, CL = map(number, (p.Vc, p.Q1, p.Vp1, p.Q2, p.Vp2, p.CL))
    Qh, Vh, CLint, fNK = map(number, (p.Qh, p.Vh, p.CLint, p.fNK))
    Vn, CLn, Qn, Vpn = map(number, (p.Vn, p.CLn, p.Qn, p.Vpn))
    fHNK, Vhnk, CLhnk, kv = map(number, (p.fHNK, p.Vhnk, p.CLhnk, p.kv))

    def derivative(t: float, x: Values) -> Values:
        nose, muscle, mucosa, swallowed, oral, W1, W2, C, P1, P2, L, N, N2, H, cv, _ = x
        c, c1, c2, cl = C / Vc, P1 / Vp1, over(P2, Vp2), over(L, Vh)
        cn, cn2, ch = over(N, Vn), over(N2, Vpn), over(H, Vhnk)
        into_central = k["nose"] * nose + k["muscle"] * muscle + k["mucosa"] * mucosa
        into_liver = k["swallowed"] * swallowed + k["oral"] * oral
        from_gut_wall = k["swallowed_gut_wall"] * W1 + k["oral_gut_wall"] * W2
        return np.array([
            rate["nose"] - k["nose"] * nose,
            rate["muscle"] - k["muscle"] * muscle,
            rate["mucosa"] - k["mucosa"] * mucosa,
            rate["swallowed"] - k["swallowed"] * swallowed,
            rate["oral"] - k["oral"] * oral,
            rate["swallowed_gut_wall"] - k["swallowed_gut_wall"] * W1,
            rate["oral_gut_wall"] - k["oral_gut_wall"] * W2,
            rate["central"] + into_central - Q1 * (c - c1) - Q2 * (c - c2) - Qh * (c - cl) - CL * c,
            Q1 * (c - c1),
            Q2 * (c - c2),
            into_liver + Qh * (c - cl) - CLint * cl,
            from_gut_wall + fNK * CLint * cl - CLn * cn - Qn * (cn - cn2),
            Qn * (cn - cn2),
            fHNK * CLn * cn - CLhnk * ch,
            kv * (c - cv),
            CL * c + (1 - fNK) * CLint * cl + (1 - fHNK) * CLn * cn + CLhnk * ch,
        ])  # fmt: skip

    return derivative
