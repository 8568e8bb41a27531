"""The whole model of a population, put together: disposition, effect site, occupancy, what is read, and the cascade.

What is read comes before the states of the law in a solver's outputs (`Equations.output_names`): levels of base in
ng/mL, summed over both enantiomers; S-equivalents at the effect site and the drives of the acute effects made of them
(effects/drive.py), in ng/mL; and s, from which occupancy is had. One typical person is a population of one.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

from holdfast.errors import InputError
from holdfast.model.effects import drive
from holdfast.model.integration.equations import Equations, reading
from holdfast.model.integration.laws import Law
from holdfast.model.mood import occupancy
from holdfast.model.mood.laws import DEFAULT_HYPOTHESIS, UNITS, law
from holdfast.model.named_models import NamedModel
from holdfast.model.pharmacokinetics.compartments import System, system
from holdfast.model.pharmacokinetics.individual import Disposition

Values = NDArray[np.float64]
ARTERIAL, VENOUS, NORKETAMINE, CEQ, BINDING = (
    "arterial_ng_per_ml", "venous_ng_per_ml", "norketamine_ng_per_ml", "Ceq_ng_per_ml", "binding",
)  # fmt: skip


def equations(
    model: NamedModel,
    p: Disposition,
    ka_per_h: Mapping[str, Values | float],
    *,
    hypothesis: str = DEFAULT_HYPOTHESIS,
    mood: Mapping[str, Values] | None = None,
) -> Equations:
    """Everything a solver needs of the patients of `p`.

    `ka_per_h` names the depots in use, as `absorption.inputs` gives them. `mood` holds parameters of the cascade that
    differ from patient to patient, symbol → (patients,); all others are the model's typical values. Raises
    `InputError` where the model has no effect site, no metabolite or no mood part, and `UnknownNameError` for a
    hypothesis that is not there.
    """
    chosen = law(hypothesis)
    if not model.has("half_life_occupancy") or p.Vn is None:
        raise InputError(f"model {model.id} ends at levels; effects and mood need holdfast-start or one based on it")
    body = system(p, ka_per_h, [*drive.followers(model, p), *occupancy.followers(model, p)])
    read = _readings(model, p, body)
    return Equations(
        system=body,
        law=chosen,
        parameters=_parameters(model, chosen, len(p.Vc), mood or {}),
        signals=np.stack([_signal(name, model, p, body) for name in chosen.signals], axis=1),
        readings=np.stack(list(read.values()), axis=1),
        reading_names=tuple(read),
    )


def _readings(model: NamedModel, p: Disposition, body: System) -> dict[str, Values]:
    molar_mass, of_norketamine = (model.value(f"molar_mass_{of}", unit="g/mol") for of in ("ketamine", "norketamine"))
    arterial = reading(body, {"central": molar_mass / p.Vc})
    drives = {
        name: sum((reading(body, {follower: weights}) for follower, weights in of.items()), np.zeros(()))
        for name, of in drive.readings(model).items()
    }
    return {
        ARTERIAL: arterial,
        VENOUS: reading(body, {"venous": molar_mass}) if "venous" in body.names else arterial,
        NORKETAMINE: reading(body, {"norketamine": of_norketamine / p.part("Vn")}),
        CEQ: reading(body, {drive.EFFECT_SITE: drive.ng_per_ml_per_umol_per_l(model)}),
        **drives,
        BINDING: reading(body, {occupancy.BINDING: 1.0}),
    }


def _signal(name: str, model: NamedModel, p: Disposition, body: System) -> Values:
    if name == "binding":
        return reading(body, {occupancy.BINDING: 1.0})
    if p.Vhnk is None:
        raise InputError(f"model {model.id} holds no hydroxynorketamine to drive mood; choose nmda-driven")
    return reading(body, {"hydroxynorketamine": np.array([model.value("HNK_S_in_R"), 1.0]) / p.Vhnk})


def _parameters(model: NamedModel, chosen: Law, patients: int, own: Mapping[str, Values]) -> Values:
    if unknown := sorted(set(own) - set(chosen.parameters)):
        raise InputError(f"{unknown[0]!r} is no parameter of {chosen.name}; it has {', '.join(chosen.parameters)}")
    values = {symbol: own.get(symbol, model.value(symbol, unit=UNITS[symbol])) for symbol in chosen.parameters}
    columns = [np.broadcast_to(value, patients) for value in values.values()]
    return np.ascontiguousarray(np.stack(columns, axis=-1), dtype=float)
