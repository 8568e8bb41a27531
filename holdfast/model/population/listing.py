"""Virtual patients as a table: one row a person, covariates first, then what is their own of each parameter."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np

from holdfast.model.named_models import NamedModel
from holdfast.model.pharmacokinetics.covariates import Effects
from holdfast.model.pharmacokinetics.etas import OF_ABSORPTION, OF_DISPOSITION, omegas
from holdfast.model.pharmacokinetics.individual import dispositions
from holdfast.model.population.named_populations import NamedPopulation
from holdfast.model.population.random_numbers import require_draw
from holdfast.model.population.virtual_patients import VirtualPatients, virtual_patients

_BATCH = 10_000
COVARIATES = (
    "patient", "sex", "age_y", "height_cm", "weight_kg", "ancestry", "child_pugh_b", "madrs_baseline",
)  # fmt: skip
_DIGITS = 6  # significant, of every number


def header(model: NamedModel) -> tuple[str, ...]:
    """Names of the columns: covariates, parameters of esketamine in the units of the model, and their etas."""
    return (*COVARIATES, *_parameters(model), *(f"eta_{symbol}" for symbol in omegas(model)))


def people(
    model: NamedModel, population: NamedPopulation, *, seed: int, patients: int, first: int = 0
) -> Iterator[Sequence[Any]]:
    """A row for each person, in batches, so that memory does not grow with their number.

    Disposition is that of esketamine with every covariate effect but that of weight, which depends on the route: it is
    the one after a nasal dose. Absorption is without covariates. Raises `InputError` for an empty population.
    """
    require_draw(seed, first, patients)
    for start in range(first, first + patients, _BATCH):
        count = min(_BATCH, first + patients - start)
        yield from _rows(virtual_patients(model, population, seed=seed, first=start, count=count))


def _rows(some: VirtualPatients) -> Iterator[Sequence[Any]]:
    who, n = some.who, len(some)
    assert who.female is not None
    height: list[Any] = [""] * n if some.height_cm is None else _numbers(some.height_cm)
    columns: list[Sequence[Any]] = [
        range(some.first, some.first + n),
        np.where(who.female, "female", "male").tolist(),
        _numbers(who.age_y),
        height,
        _numbers(who.weight_kg),
        np.where(who.japanese, "japanese", np.where(who.asian, "asian", "other")).tolist(),
        np.where(who.child_pugh_b, "yes", "no").tolist(),
        _numbers(some.madrs_baseline),
        *_own_parameters(some),
        *(_numbers(some.etas.person[symbol]) for symbol in omegas(some.model)),
    ]
    yield from zip(*columns, strict=True)


def _parameters(model: NamedModel) -> tuple[str, ...]:
    own = set(omegas(model))
    if "kel" in own:  # a part of CLint, and of the share that makes norketamine
        own = own - {"kel", "kmet"} | {"CLint", "fNK"}
    return tuple(symbol for symbol in (*OF_DISPOSITION, *OF_ABSORPTION) if symbol in own)


def _own_parameters(some: VirtualPatients) -> Iterator[list[float]]:
    p = dispositions(some.model, some.who, {"nasal"}, Effects(weight="off"), some.etas)
    for symbol in _parameters(some.model):
        if symbol in OF_DISPOSITION:
            yield _numbers(getattr(p, symbol)[:, 0])
        else:
            unit = "1/h" if symbol.startswith("ka_") else "1"  # the others of absorption are shares
            own = some.etas.individual(symbol, some.model.value(symbol, unit=unit))
            yield _numbers(np.broadcast_to(np.ravel(own), len(some)))


def _numbers(values: Any) -> list[float]:
    return [float(f"{value:.{_DIGITS}g}") for value in values]
