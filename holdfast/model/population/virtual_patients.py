"""Virtual patients: people drawn from a population, with covariates, own parameters, and further draws by name.

Patient number n of a seed is the same person in every batch, order and process. Everything about a person is drawn by
name, so that a new name never changes what was drawn before: covariates by quantity (`age_y`), deviations of
parameters by symbol (`CLint`), and whatever effects and mood ask for.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtr

from holdfast.model.named_models import NamedModel
from holdfast.model.pharmacokinetics.covariates import Covariates
from holdfast.model.pharmacokinetics.etas import Etas, omegas, scaled
from holdfast.model.population.correlations import Correlations, correlations_of
from holdfast.model.population.named_populations import NamedPopulation
from holdfast.model.population.random_numbers import Purpose, named_normal, named_uniform, require_draw
from holdfast.units import CM_PER_M

Values = NDArray[np.float64]


@dataclass(frozen=True)
class VirtualPatients:
    """Patients `first` to `first + count - 1` of a seed. Arrays have the shape (count,)."""

    model: NamedModel
    population: NamedPopulation
    seed: int
    first: int
    count: int
    who: Covariates
    height_cm: Values | None  # None where the population gives weight alone
    madrs_baseline: Values  # points; a quantity, not yet a rating
    etas: Etas
    correlations: Correlations

    def __len__(self) -> int:
        return self.count

    def normal(self, name: str) -> Values:
        """The standard normal number of this name of each person; correlated with others where the table says so."""
        return _person_normal(self.correlations, self.seed, name, self.first, self.count)

    def uniform(self, name: str) -> Values:
        """The same as a uniform number between 0 and 1. A name is one draw: both forms say the same of it."""
        return _person_uniform(self.correlations, self.seed, name, self.first, self.count)

    def occasion_normal(self, name: str, occasion: int, who: NDArray[np.int_] | None = None) -> Values:
        """The standard normal number of this name in treatment session number `occasion`, from 0.

        Of each person, or of those in the places `who`.
        """
        return named_normal(self.seed, Purpose.TREATMENT_SESSION, name, self.first, self.count, occasion, who=who)

    def etas_on(self, occasions: Sequence[int]) -> Etas:
        """The etas with those between occasions; `occasions` gives the treatment session of each dose of a regimen."""
        between = {
            symbol: _side_by_side(self.count, [self.occasion_normal(symbol, number) for number in occasions])
            for symbol in omegas(self.model, "occasion_omega")
        }
        return replace(self.etas, occasion=scaled(self.model, {}, between).occasion)


def virtual_patients(
    model: NamedModel, population: NamedPopulation, *, seed: int, count: int, first: int = 0
) -> VirtualPatients:
    """`count` people from number `first` on. In a model without omegas they differ by covariates alone.

    Raises `InputError` for an empty population and for a seed or a number that cannot be one, and `TableError` where
    correlations contradict each other.
    """
    require_draw(seed, first, count)
    pairs = correlations_of(model.id, population.id)

    def uniform(name: str) -> Values:
        return _person_uniform(pairs, seed, name, first, count)

    female = uniform("female") < population.shares["female"]

    def quantity(name: str) -> Values:
        return _by_sex(population, name, female, uniform(name))

    height = quantity("height_cm") if population.has("height_cm") else None
    weight = quantity("weight_kg") if height is None else quantity("bmi") * (height / CM_PER_M) ** 2
    ancestry, japanese = uniform("ancestry"), population.shares["japanese"]
    who = Covariates(
        weight_kg=weight,
        age_y=quantity("age_y"),
        asian=ancestry < japanese + population.shares["asian"],
        japanese=ancestry < japanese,
        child_pugh_b=uniform("child_pugh_b") < population.shares["child_pugh_b"],
        female=female,
    )
    etas = scaled(model, {symbol: _person_normal(pairs, seed, symbol, first, count) for symbol in omegas(model)})
    return VirtualPatients(
        model, population, seed, first, count, who, height, quantity("madrs_baseline"), etas, pairs
    )  # fmt: skip


def _side_by_side(count: int, columns: list[Values]) -> Values:
    return np.stack(columns, axis=1) if columns else np.empty((count, 0))


def _by_sex(population: NamedPopulation, name: str, female: NDArray[np.bool_], uniform: Values) -> Values:
    of_women, of_men = (population.distributions[name, sex] for sex in ("female", "male"))
    values = of_men.quantile(uniform)
    if of_women != of_men:
        values[female] = of_women.quantile(uniform[female])
    return values


def _person_normal(pairs: Correlations, seed: int, name: str, first: int, count: int) -> Values:
    return pairs.mixed(name, lambda own: named_normal(seed, Purpose.PERSON, own, first, count))


def _person_uniform(pairs: Correlations, seed: int, name: str, first: int, count: int) -> Values:
    if name not in pairs.names:
        return named_uniform(seed, Purpose.PERSON, name, first, count)
    return np.asarray(ndtr(_person_normal(pairs, seed, name, first, count)), dtype=float)
