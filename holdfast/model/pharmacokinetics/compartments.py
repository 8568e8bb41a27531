"""The equations, in one place: x' = K x + inputs, for each enantiomer on its own. Amounts in umol, time in h.

    depots       D'  = in - ka D                        nose, muscle, mucosa → central; swallowed, oral → liver
    gut wall     W'  = in - ka W                        norketamine made on the way in, → norketamine
    central      C'  = ka D + in + Q1/Vp1 P1 + Q2/Vp2 P2 + Qh/Vh L - (Q1+Q2+Qh)/Vc C
    peripheral   P1' = Q1/Vc C - Q1/Vp1 P1              P2' = Q2/Vc C - Q2/Vp2 P2
    liver        L'  = ka G + Qh/Vc C - Qh/Vh L - CLint/Vh L
    norketamine  N'  = ka W + fNK CLint/Vh L - CLn/Vn N - Qn/Vn N + Qn/Vpn N2   N2' = Qn/Vn N - Qn/Vpn N2
    hydroxynor.  H'  = fHNK CLn/Vn N - CLhnk/Vhnk H
    followers    f'  = k (sum of weight * amount - f)   take nothing: the venous level, the effect site, occupancy

Models without a liver lose CL/Vc C from the central compartment and make no metabolite. No enantiomer turns into the
other (Geisslinger 1993).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from holdfast.model.pharmacokinetics.individual import Disposition

Values = NDArray[np.float64]
INTO_CENTRAL = ("nose", "muscle", "mucosa")
INTO_LIVER = ("swallowed", "oral")
INTO_NORKETAMINE = ("swallowed_gut_wall", "oral_gut_wall")
NOWHERE = ""  # a flow out of the body


@dataclass(frozen=True)
class Follower:
    """A level that follows amounts with a rate constant and takes nothing from them."""

    name: str
    rate_per_h: Values | float  # (patients, 2)
    weights: Mapping[str, Values | float]  # compartment → level per umol, (patients, 2)


@dataclass(frozen=True)
class System:
    """The compartments in use and the matrix K of each patient and enantiomer, shape (patients, 2, n, n)."""

    names: tuple[str, ...]
    K_per_h: Values

    def index(self, name: str) -> int:
        """Place of a compartment."""
        return self.names.index(name)


def system(p: Disposition, ka_per_h: Mapping[str, Values | float], followers: Sequence[Follower] = ()) -> System:
    """K of the equations above, with the depots that `ka_per_h` names, the venous level and further followers.

    A weight on a compartment that the model does not have counts for nothing.
    """
    flows = [*_depots(p, ka_per_h), *_parent(p), *_metabolites(p)]
    names: list[str] = []
    for start, end, _ in flows:
        names += [name for name in (start, end) if name not in (NOWHERE, *names)]
    if p.kv is not None:
        followers = (Follower("venous", p.kv, {"central": 1 / p.Vc}), *followers)
    names += [follower.name for follower in followers]
    K = np.zeros((*p.Vc.shape, len(names), len(names)))
    for start, end, rate in flows:
        i = names.index(start)
        K[..., i, i] -= rate
        if end != NOWHERE:
            K[..., names.index(end), i] += rate
    for follower in followers:
        i = names.index(follower.name)
        K[..., i, i] = -follower.rate_per_h
        for compartment, weight in follower.weights.items():
            if compartment in names:
                K[..., i, names.index(compartment)] = follower.rate_per_h * weight
    return System(tuple(names), K)


Flow = tuple[str, str, Values | float]  # from, to, rate constant in 1/h


def _depots(p: Disposition, ka_per_h: Mapping[str, Values | float]) -> list[Flow]:
    first_pass = "liver" if p.Qh is not None else "central"
    ends = dict.fromkeys(INTO_CENTRAL, "central") | dict.fromkeys(INTO_LIVER, first_pass)
    ends |= dict.fromkeys(INTO_NORKETAMINE, "norketamine")
    return [(depot, ends[depot], ka) for depot, ka in ka_per_h.items()]


def _parent(p: Disposition) -> list[Flow]:
    flows: list[Flow] = [("central", "peripheral_1", p.Q1 / p.Vc), ("peripheral_1", "central", p.Q1 / p.Vp1)]
    if p.Q2 is not None and p.Vp2 is not None:
        flows += [("central", "peripheral_2", p.Q2 / p.Vc), ("peripheral_2", "central", p.Q2 / p.Vp2)]
    if p.CL is not None:
        flows.append(("central", NOWHERE, p.CL / p.Vc))
    if p.Qh is not None and p.Vh is not None:
        flows += [("central", "liver", p.Qh / p.Vc), ("liver", "central", p.Qh / p.Vh)]
    return flows


def _metabolites(p: Disposition) -> list[Flow]:
    if p.CLint is None or p.Vh is None or p.fNK is None or p.Vn is None or p.CLn is None:
        return []
    flows: list[Flow] = [
        ("liver", "norketamine", p.fNK * p.CLint / p.Vh),
        ("liver", NOWHERE, (1 - p.fNK) * p.CLint / p.Vh),
    ]
    if p.Qn is not None and p.Vpn is not None:
        flows += [
            ("norketamine", "norketamine_peripheral", p.Qn / p.Vn),
            ("norketamine_peripheral", "norketamine", p.Qn / p.Vpn),
        ]
    if p.fHNK is None or p.Vhnk is None or p.CLhnk is None:
        return [*flows, ("norketamine", NOWHERE, p.CLn / p.Vn)]
    return [
        *flows,
        ("norketamine", "hydroxynorketamine", p.fHNK * p.CLn / p.Vn),
        ("norketamine", NOWHERE, (1 - p.fHNK) * p.CLn / p.Vn),
        ("hydroxynorketamine", NOWHERE, p.CLhnk / p.Vhnk),
    ]
