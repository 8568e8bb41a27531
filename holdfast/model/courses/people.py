"""STAND-IN until holdfast.model.population lands."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

from holdfast.model.named_models import NamedModel
from holdfast.model.pharmacokinetics.covariates import Covariates, covariates
from holdfast.model.pharmacokinetics.etas import Etas, omegas, scaled
from holdfast.model.pharmacokinetics.individual import Disposition, dispositions
from holdfast.model.population.random_numbers import Purpose, named_normal, named_uniform

Values = NDArray[np.float64]


class People:
    def __init__(self, model: NamedModel, population: str | None, seed: int, first: int, count: int) -> None:
        self.model, self.seed, self.first, self.count = model, seed, first, count
        z = lambda name: named_normal(seed, Purpose.PERSON, name, first, count)
        self.who: Covariates = covariates(np.clip(75 + 15 * z("weight"), 45, 140), np.clip(45 + 12 * z("age"), 18, 80))
        self.etas = scaled(model, {s: z(s) for s in omegas(model)})
        om = model.parameters.get("omega", {})
        self.mood: Mapping[str, Values] = {
            "kout": model.value("kout") * np.exp(model.value("kout", "omega") * z("kout"))
        }
        self.cadss = np.exp(0.9 * z("cadss") - 0.405)
        self.sbp = np.exp(0.6 * z("sbp") - 0.18)
        self.sbp0 = 125 + 12 * z("sbp0")
        self.base = np.clip(33 + 4.5 * z("base"), 20, 55)
        u = named_uniform(seed, Purpose.PERSON, "responder", first, count)
        self.g = np.where(u < 0.3, 0.15, 1.3)

    def disposition(self, routes: frozenset[str]) -> Disposition:
        return dispositions(self.model, self.who, routes, etas=self.etas)

    def score(self, day: int, states: Values, names: list[str]) -> Values:
        m = self.model
        D = sum(m.value(g) * states[:, names.index(s)] for g, s in (("gA", "A"), ("gX", "X"), ("gZ", "Z")))
        z = named_normal(self.seed, Purpose.FLUCTUATION, "day", self.first, self.count, day)
        self._w = 0.0 if day == 0 else self._w
        self._w = self._w * 0.9 + 1.0 * z
        placebo = 0.25 * (1 - np.exp(-day / 7))
        return np.clip(self.base * (1 - placebo) * (1 - np.minimum(self.g * D, 1)) + self._w, 0, 60)

    def rated(self, day: int, score: Values) -> NDArray[np.int64]:
        z = named_normal(self.seed, Purpose.RATING, "day", self.first, self.count, day)
        return np.clip(np.rint(score + 2 * z), 0, 60).astype(np.int64)

    def peaks(self, who, day: int, number, venous: Values, Ceq: Values) -> Mapping[str, Values]:
        m = self.model
        c = Ceq**2.2
        cadss = 22 * c / (170**2.2 + c) * self.cadss[who, None] * np.maximum(0.5, 0.92 ** (number - 1))[:, None]
        rise = (40 * Ceq / (580 + Ceq) * self.sbp[who, None]).max(axis=1) + 6
        return {
            "cmax_ng_per_ml": venous.max(axis=1),
            "cadss_peak": cadss.max(axis=1),
            "sbp_rise_peak_mmhg": rise,
            "sbp_max_mmhg": self.sbp0[who] + rise,
            "dbp_rise_peak_mmhg": 0.65 * rise,
            "sedation_probability": 1 / (1 + np.exp(3 - Ceq.max(axis=1) / 60)),
        }
