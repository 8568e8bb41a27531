"""The virtual patients of a batch as courses need them: their score each morning, their ratings, effects of a dose."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

from holdfast.model.mood.fluctuation import carried
from holdfast.model.mood.fluctuation import start as fluctuation_start
from holdfast.model.mood.individuals import PERSON_DRAWS, individuals
from holdfast.model.mood.placebo import Care, Expectancy, weights
from holdfast.model.mood.score import LEVELS, most_points, rated, removed, score
from holdfast.model.named_models import NamedModel
from holdfast.model.pharmacokinetics.individual import Disposition, dispositions
from holdfast.model.population.named_populations import named_population
from holdfast.model.population.random_numbers import Purpose, named_normal
from holdfast.model.population.virtual_patients import virtual_patients
from holdfast.units import H_PER_D

Values = NDArray[np.float64]
Who = NDArray[np.int_]


class People:
    """Patients `first` to `first + count` - 1 of a seed. Days are asked for one after the other, from 0."""

    def __init__(self, model: NamedModel, population: str, seed: int, first: int, count: int, care: Care) -> None:
        self.model, self._seed, self._first, self.count, self._care = model, seed, first, count, care
        self.patients = virtual_patients(model, named_population(population), seed=seed, first=first, count=count)
        self._mood = individuals(model, {name: self.patients.normal(name) for name in PERSON_DRAWS})
        self.cascade = self._mood.cascade
        self._fluctuation = np.zeros(count)
        self._expectancy = Expectancy(model, care, self._mood.placebo)

    def disposition(self, routes: frozenset[str]) -> Disposition:
        """What each body does with the drug."""
        return dispositions(self.model, self.patients.who, routes, etas=self.patients.etas)

    def score(self, day: int, levels: Mapping[str, Values]) -> Values:
        """MADRS of each on that morning, fluctuation included, without error of rating; not rounded."""
        drawn = self._drawn(Purpose.FLUCTUATION, day)
        self._fluctuation = (
            fluctuation_start(self.model, drawn) if day == 0
            else carried(self.model, self._fluctuation, H_PER_D, drawn)
        )  # fmt: skip
        gained = self._mood.gain * removed(self.model, {name: levels[name] for name in LEVELS})
        even = score(self.patients.madrs_baseline, self._expectancy.at(day * H_PER_D), gained)
        return np.clip(even + self._fluctuation, 0.0, most_points())

    def rated(self, day: int, points: Values) -> NDArray[np.int64]:
        """What a clinician's rating of `points` would be on that day."""
        return rated(self.model, points, self._drawn(Purpose.RATING, day))

    def remember(self, who: Who, cadss_peak: Values) -> None:
        """They had a treatment session today: what people expect of it is part of the score from then on."""
        self._expectancy.held(who, weights(self.model, self._care, cadss_peak))

    def _drawn(self, purpose: Purpose, day: int) -> Values:
        return named_normal(self._seed, purpose, "clinician", self._first, self.count, day)
