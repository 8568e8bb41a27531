"""Populations by name: how their covariates are spread, from the tables of facts, checked before anybody is drawn."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from types import MappingProxyType

from holdfast.errors import TableError, UnknownNameError
from holdfast.facts import load
from holdfast.facts.population_tables import POPULATION_COVARIATES, SHARES
from holdfast.facts.schema import Row
from holdfast.model.population import DEFAULT_POPULATION
from holdfast.model.population.distributions import Distribution
from holdfast.units import CM_PER_M

SEXES = ("female", "male")
_CONFIRMED = ("bmi",)  # its plausible range asks for a second look and refuses nothing: weight and height are bounded


@dataclass(frozen=True)
class NamedPopulation:
    """A population: its distributions by quantity and sex, and its shares (female, asian, japanese, child_pugh_b)."""

    id: str
    row: Row
    rows: tuple[Row, ...]  # of population_covariates.csv
    distributions: Mapping[tuple[str, str], Distribution]
    shares: Mapping[str, float]

    def below_verified(self) -> Mapping[str, int]:
        """How many of its rows stand at each status below verified."""
        return Counter(row["status"] for row in self.rows if row["status"] != "verified")

    def has(self, quantity: str) -> bool:
        """Is this quantity drawn?"""
        return (quantity, "female") in self.distributions


@cache
def named_populations() -> Mapping[str, NamedPopulation]:
    """Every population of populations.csv. Raises `TableError` with everything that is wrong with them."""
    rows = load().rows("population_covariates")
    found = {
        row.id: _population(row, [one for one in rows if one["population"] == row.id])
        for row in load().rows("populations")
    }
    faults = [fault for population in found.values() for fault in faults_of(population)]
    if faults:
        raise TableError(faults)
    return MappingProxyType(found)


def named_population(name: str = DEFAULT_POPULATION) -> NamedPopulation:
    """The population of that name. Raises `UnknownNameError` naming those there are."""
    populations = named_populations()
    if name not in populations:
        raise UnknownNameError("population", name, list(populations))
    return populations[name]


def _population(row: Row, covariates: list[Row]) -> NamedPopulation:
    distributions: dict[tuple[str, str], Distribution] = {}
    shares: dict[str, float] = {}
    for one in covariates:
        if one["quantity"] in SHARES:
            shares[one["quantity"]] = float(one["mean"])
            continue
        spread = Distribution(one["distribution"], *(float(one[name]) for name in ("mean", "sd", "low", "high")))
        for sex in SEXES if one["sex"] == "any" else (one["sex"],):
            distributions[one["quantity"], sex] = spread
    return NamedPopulation(row.id, row, tuple(covariates), MappingProxyType(distributions), MappingProxyType(shares))


def faults_of(population: NamedPopulation) -> Iterator[str]:
    """A sentence for everything that keeps people from being drawn, or that would draw people who cannot be."""
    where = f"{POPULATION_COVARIATES.path}: population {population.id}"
    for share in SHARES:
        if share not in population.shares:
            yield f"{where} has no share {share}; give one, 0 where nobody is meant"
    if sum(population.shares.get(name, 0.0) for name in ("asian", "japanese")) > 1:
        yield f"{where}: more than everybody is asian or japanese; the share asian leaves out the Japanese"
    for sex in SEXES:
        drawn = {quantity for quantity, whose in population.distributions if whose == sex}
        for needed in {"age_y", "madrs_baseline"} - drawn:
            yield f"{where} has no {needed} of the {sex}; add the row"
        if ("weight_kg" in drawn) == bool({"height_cm", "bmi"} & drawn) or len({"height_cm", "bmi"} & drawn) == 1:
            yield f"{where} needs either weight_kg, or height_cm and bmi, of the {sex}"
        yield from _implausible(population, sex, where)


def _implausible(population: NamedPopulation, sex: str, where: str) -> Iterator[str]:
    for quantity, low, high in _spans(population, sex):
        if quantity in _CONFIRMED:
            continue
        least, most, unit = plausible_span(quantity)
        if low < least or high > most:
            yield (
                f"{where}: {quantity} of the {sex} goes from {low:g} to {high:g}, outside {least:g} to {most:g} "
                f"{unit} of plausible values; narrow the bounds"
            )


def _spans(population: NamedPopulation, sex: str) -> Iterator[tuple[str, float, float]]:
    spans = {quantity: (d.low, d.high) for (quantity, whose), d in population.distributions.items() if whose == sex}
    if "height_cm" in spans and "bmi" in spans:
        ends = zip(spans["height_cm"], spans["bmi"], strict=True)
        low, high = (bmi * (height / CM_PER_M) ** 2 for height, bmi in ends)
        spans["weight_kg"] = (low, high)
    for quantity, (low, high) in spans.items():
        yield quantity, low, high


def plausible_span(quantity: str) -> tuple[float, float, str]:
    """Least and most plausible value and their unit: plausible_ranges.csv, or the totals the scale can have."""
    if quantity == "madrs_baseline":
        header = load().document("scales", "madrs").header
        return float(header["total_min"]), float(header["total_max"]), "points"
    row = load().row(f"plausible.{quantity}")
    return float(row["min"]), float(row["max"]), str(row["unit"])
