"""From amounts to concentrations: substances, sites, units. mg/L of base inside the library; 1 mg/L = 1000 ng/mL.

Arterial is the central compartment, what effects see; venous is what a clinic samples. They differ while a dose is
coming in: during an infusion the arterial level is about 1.4 times the venous one. Metabolites have no delay.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from holdfast.errors import InputError
from holdfast.model.named_models import NamedModel
from holdfast.model.pharmacokinetics.absorption import Inputs
from holdfast.model.pharmacokinetics.compartments import Follower, System, system
from holdfast.model.pharmacokinetics.covariate_words import SITES
from holdfast.model.pharmacokinetics.covariates import Covariates, Effects
from holdfast.model.pharmacokinetics.etas import Etas
from holdfast.model.pharmacokinetics.individual import Disposition, dispositions
from holdfast.units import NG_PER_ML_PER_MG_PER_L

Values = NDArray[np.float64]
S, R, BOTH = slice(0, 1), slice(1, 2), slice(0, 2)
# substance → (enantiomers, family)
SUBSTANCES: Mapping[str, tuple[slice, str]] = {
    "ketamine": (BOTH, "ketamine"), "esketamine": (S, "ketamine"), "arketamine": (R, "ketamine"),
    "norketamine": (BOTH, "norketamine"), "noresketamine": (S, "norketamine"), "norarketamine": (R, "norketamine"),
    "hydroxynorketamine": (BOTH, "hydroxynorketamine"), "hydroxynoresketamine": (S, "hydroxynorketamine"),
    "hydroxynorarketamine": (R, "hydroxynorketamine"),
}  # fmt: skip
FAMILIES: Mapping[str, Mapping[str, str]] = {  # given drug → family → the substance one speaks of
    "ketamine": {f: f for f in ("ketamine", "norketamine", "hydroxynorketamine")},
    "esketamine": {
        "ketamine": "esketamine", "norketamine": "noresketamine", "hydroxynorketamine": "hydroxynoresketamine",
    },
    "arketamine": {
        "ketamine": "arketamine", "norketamine": "norarketamine", "hydroxynorketamine": "hydroxynorarketamine",
    },
}  # fmt: skip


FollowersOf = Callable[[Disposition], Sequence[Follower]]


@dataclass(frozen=True)
class Body:
    """Patients, their parameters and their equations: all that is needed to turn inputs into levels."""

    model: NamedModel
    p: Disposition
    system: System

    def has(self, substance: str) -> bool:
        """Does the model speak of this substance?"""
        return SUBSTANCES[substance][1] in ("ketamine", *self.system.names)

    def level(self, states: Values, substance: str, site: str = "venous") -> Values:
        """Level in mg/L from states of shape (patients, 2, ..., compartments): shape (patients, ...).

        Areas (umol h) give areas (mg h/L) the same way. A model with one site answers with that one for both; see
        `site_read`. Raises `InputError` for a substance the model does not hold.
        """
        if site not in SITES:
            raise InputError(f"site {site!r} is not one of {', '.join(SITES)}")
        if substance not in SUBSTANCES or not self.has(substance):
            known = ", ".join(name for name in SUBSTANCES if self.has(name))
            raise InputError(f"model {self.model.id} holds no {substance!r}; it holds {known}")
        enantiomers, family = SUBSTANCES[substance]
        molar_mass = self.model.value(f"molar_mass_{family}", unit="g/mol")
        umol_per_l = self._umol_per_l(states, family, site)[:, enantiomers].sum(axis=1)
        return umol_per_l * molar_mass / NG_PER_ML_PER_MG_PER_L

    def site_read(self, substance: str, site: str) -> str:
        """The site that was really read, in words."""
        if SUBSTANCES[substance][1] != "ketamine" or "venous" in self.system.names:
            return site
        return f"{self.model.row['level_site']}, the model's only site"

    def _umol_per_l(self, states: Values, family: str, site: str) -> Values:
        if family == "ketamine" and site == "venous" and "venous" in self.system.names:
            return states[..., self.system.index("venous")]
        compartment = "central" if family == "ketamine" else family
        volume = self.p.part({"ketamine": "Vc", "norketamine": "Vn", "hydroxynorketamine": "Vhnk"}[family])
        amount = states[..., self.system.index(compartment)]
        return amount / volume.reshape(*volume.shape, *[1] * (amount.ndim - volume.ndim))


def body(
    model: NamedModel, who: Covariates, given: Inputs, routes: frozenset[str], effects: Effects | None = None,
    followers: FollowersOf | None = None, etas: Etas | None = None,
) -> Body:  # fmt: skip
    """The patients' equations with the depots that these inputs need, and the followers that a caller reads."""
    p = dispositions(model, who, routes, effects, etas)
    return Body(model, p, system(p, given.ka_per_h, () if followers is None else followers(p)))
