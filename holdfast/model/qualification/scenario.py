"""The scenario of one row of qualification.csv, ready to be simulated: by default in the typical person."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from holdfast.facts.schema import Row
from holdfast.model.named_models import NamedModel
from holdfast.model.pharmacokinetics.covariates import Covariates, covariates
from holdfast.model.pharmacokinetics.dosing import Dose, Regimen, regimen
from holdfast.model.pharmacokinetics.levels import SUBSTANCES, FollowersOf
from holdfast.model.pharmacokinetics.profile import Profile, profiles
from holdfast.model.pharmacokinetics.simulation import Simulation, simulate
from holdfast.units import MIN_PER_H, NG_PER_ML_PER_MG_PER_L

Values = NDArray[np.float64]


class Scenario:
    """What a row asks for, of one model in one person: `who` has one patient, the typical one where not given."""

    def __init__(self, row: Row, model: NamedModel, who: Covariates | None = None) -> None:
        self.row, self.model, self.who = row, model, who or covariates()
        self.regimen = self._regimen(row["route"])

    def _regimen(self, route: str) -> Regimen:
        """The row's doses by that route, infusions one after the other."""
        amount = "dose_mg" if self.row["dose_unit"] == "mg" else "dose_mg_per_kg"
        length_h = self.row.get("duration_min", 0) / MIN_PER_H if route == "iv" else 0.0
        doses = enumerate(self.row["doses"])
        return regimen(
            Dose(self.row["drug"], route, place * length_h, duration_h=length_h, **{amount: dose})
            for place, dose in doses
        )

    def holds(self, substance: str) -> bool:
        """Does the model hold the substances that the row asks for? Effects are not asked about here."""
        if substance not in SUBSTANCES:
            return True
        needed = [substance, *([self.row["argument"]] if self.row["measure"] == "auc_ratio" else [])]
        return all(self.at([0.0]).body.has(name) for name in needed)

    def profile(self) -> Profile:
        """Cmax, Tmax, AUC and half-life of the row's substance at its site."""
        return profiles(self.model, self.regimen, self.who, [self.row["substance"]], site=self.row["site"])[0]

    def at(
        self,
        times_h: list[float],
        route: str = "",
        *,
        given: Regimen | None = None,
        followers: FollowersOf | None = None,
    ) -> Simulation:
        """The regimen simulated, `times_h` rising: the row's own, the same doses by another route, or `given`."""
        given = given or (self._regimen(route) if route else self.regimen)
        return simulate(self.model, given, self.who, times_h, followers=followers)

    def levels_ng_per_ml(self, times_h: list[float]) -> Values:
        """Levels of the row's substance at its site, shape (times,), in the order in which times are given."""
        rising = sorted(times_h)
        levels = self.at(rising).level_mg_per_l(self.row["substance"], self.row["site"])[0]
        return levels[[rising.index(t) for t in times_h]] * NG_PER_ML_PER_MG_PER_L

    def numbers(self) -> list[float]:
        """The numbers of the row's argument; what they mean is the measure's to say."""
        return [float(word) for word in self.row["argument"].split(";")]


Measure = Callable[[Scenario], float | None]
"""The number of a row in the row's unit; None where the model does not speak of it."""
