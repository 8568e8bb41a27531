"""What acute effects see: S-equivalents of arterial ketamine at the effect site, in ng/mL.

    Ceq'           ke0 (C_S + R_in_S_equivalents C_R - Ceq)    ke0 = ln 2/half_life_effect_site
    T'             kT (Ceq - T)                                tolerance within a treatment session; by its half-life
    N_S'           ke0 (N_arterial_S - N_S)                    S-norketamine at the effect site
    mind           Ceq - tolerance_share min(T, Ceq)
    circulation    Ceq - norketamine_opposes N_S

After a nasal dose effects are gone at 90 min, while more than half of the largest level is still there. For the
circulation the reason is published: S-norketamine lowers what S-ketamine raises (Kamp 2021). For dissociation
metabolites are held to add nothing (Simons 2022, part 2), so a tolerance that comes and goes within hours is assumed.
No such tolerance was published: the model holdfast-1-no-tolerance is holdfast-1 without it. A model without either
sees Ceq alone.

Tolerance takes at most its share of what is there: while levels fall it lags behind them, and would else outlast the
drug, however high the level. Each sum is linear in the amounts, and what solvers read (`readings`); `on_mind` bounds it
afterwards. Until T has caught up with Ceq, and so at the peak of a dose, the bound changes nothing.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from holdfast.model.named_models import NamedModel
from holdfast.model.pharmacokinetics.compartments import Follower
from holdfast.model.pharmacokinetics.individual import Disposition
from holdfast.model.pharmacokinetics.simulation import Simulation

Values = NDArray[np.float64]
EFFECT_SITE, TOLERANCE, OPPOSING = "effect_site", "tolerance", "opposing_norketamine"
MIND, CIRCULATION = "mind_ng_per_ml", "circulation_ng_per_ml"


def followers(model: NamedModel, p: Disposition) -> Sequence[Follower]:
    """The effect site of each enantiomer, and what takes away from its effects where the model has it, in umol/L."""
    at_effect_site = model.rate_per_h("half_life_effect_site")
    made = [Follower(EFFECT_SITE, at_effect_site, {"central": 1 / p.Vc})]
    if model.has("tolerance_share"):
        made.append(Follower(TOLERANCE, model.rate_per_h("half_life_tolerance"), {EFFECT_SITE: 1.0}))
    if model.has("norketamine_opposes") and p.Vn is not None:
        made.append(Follower(OPPOSING, at_effect_site, {"norketamine": 1 / p.Vn}))
    return made


def readings(model: NamedModel) -> Mapping[str, Mapping[str, Values]]:
    """Reading → follower → ng/mL of the drive per umol/L of S and of R, shape (2,). May fall below 0: no effect."""
    of_ketamine = ng_per_ml_per_umol_per_l(model)
    mind, circulation = {EFFECT_SITE: of_ketamine}, {EFFECT_SITE: of_ketamine}
    if model.has("tolerance_share"):
        mind[TOLERANCE] = -model.value("tolerance_share") * of_ketamine
    if model.has("norketamine_opposes"):
        of_norketamine = model.value("norketamine_opposes") * model.value("molar_mass_norketamine", unit="g/mol")
        circulation[OPPOSING] = np.array([-of_norketamine, 0.0])
    return {MIND: mind, CIRCULATION: circulation}


def on_mind(model: NamedModel, unbounded: Values, ceq: Values) -> Values:
    """The drive on the mind from its linear reading and Ceq: tolerance takes no more than its share of the latter."""
    if not model.has("tolerance_share"):
        return unbounded
    return np.maximum(unbounded, (1.0 - model.value("tolerance_share")) * ceq)


def ng_per_ml_per_umol_per_l(model: NamedModel) -> Values:
    """Factors that turn levels of S and R at the effect site (umol/L) into their share of Ceq (ng/mL), shape (2,)."""
    return model.value("molar_mass_ketamine", unit="g/mol") * np.array([1.0, model.value("R_in_S_equivalents")])


def read(model: NamedModel, names: Sequence[str], states: Values, name: str) -> Values:
    """The drive `name` from states of shape (patients, 2, ..., compartments), called `names`: shape (patients, ...)."""
    seen = _summed(names, states, readings(model)[name])
    if name != MIND:
        return seen
    return on_mind(model, seen, _summed(names, states, {EFFECT_SITE: ng_per_ml_per_umol_per_l(model)}))


def _summed(names: Sequence[str], states: Values, weights_of: Mapping[str, Values]) -> Values:
    seen: Values = np.zeros((states.shape[0], *states.shape[2:-1]))
    for follower, weights in weights_of.items():
        if follower in names:
            seen += np.einsum("e,pe...->p...", weights, states[..., names.index(follower)])
    return seen


def of_simulation(simulation: Simulation, name: str) -> Values:
    """The drive `name` at the times of a simulation with these followers, (patients, times), in ng/mL."""
    return read(simulation.body.model, simulation.body.system.names, simulation.solution.states, name)
