"""Whose body: weight, age, ancestry, liver, sex, CYP2B6; and which of their effects are switched on.

One value per patient, arrays of shape (patients,). Where sources conflict (sex, CYP2B6) the effect is off unless asked.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from holdfast.errors import InputError
from holdfast.facts.plausible import plausible
from holdfast.model.pharmacokinetics.covariate_words import (
    ANCESTRIES,
    CYP2B6,
    TYPICAL_AGE_Y,
    TYPICAL_ANCESTRY,
    TYPICAL_WEIGHT_KG,
    WEIGHT_CHOICES,
)


@dataclass(frozen=True)
class Effects:
    """Which covariate effects count. `weight`: by-route scales where every dose goes into a vein, muscle or skin."""

    weight: str = WEIGHT_CHOICES[0]
    age: bool = True
    ancestry: bool = True
    liver: bool = True
    sex: bool = False
    cyp2b6: bool = False

    def __post_init__(self) -> None:
        if self.weight not in WEIGHT_CHOICES:
            raise InputError(f"weight scaling {self.weight!r} is not one of {', '.join(WEIGHT_CHOICES)}")


@dataclass(frozen=True)
class Covariates:
    """Covariates of `len(self)` patients. Make them with `covariates`, which checks them."""

    weight_kg: NDArray[np.float64]
    age_y: NDArray[np.float64]
    asian: NDArray[np.bool_]
    japanese: NDArray[np.bool_]
    child_pugh_b: NDArray[np.bool_]
    female: NDArray[np.bool_] | None = None
    cyp2b6: tuple[str, ...] | None = None

    def __len__(self) -> int:
        return len(self.weight_kg)

    def take(self, who: NDArray[np.int_] | NDArray[np.bool_] | slice) -> Covariates:
        """The same for some of the patients."""
        genotype = None if self.cyp2b6 is None else tuple(np.asarray(self.cyp2b6)[who].tolist())
        return Covariates(
            self.weight_kg[who], self.age_y[who], self.asian[who], self.japanese[who], self.child_pugh_b[who],
            None if self.female is None else self.female[who], genotype,
        )  # fmt: skip


def covariates(
    weight_kg: Sequence[float] | float = TYPICAL_WEIGHT_KG,
    age_y: Sequence[float] | float = TYPICAL_AGE_Y,
    *,
    ancestry: Sequence[str] | str = TYPICAL_ANCESTRY,
    child_pugh_b: Sequence[bool] | bool = False,
    female: Sequence[bool] | bool | None = None,
    cyp2b6: Sequence[str] | str | None = None,
) -> Covariates:
    """Checked covariates; a single value holds for every patient.

    Raises `InputError` for an empty population, a weight or age outside plausible_ranges.csv, or an unknown word.
    """
    weight = np.atleast_1d(np.asarray(weight_kg, dtype=float))
    age = np.atleast_1d(np.asarray(age_y, dtype=float))
    n = max(len(weight), len(age), 1 if isinstance(ancestry, str) else len(ancestry))
    if 0 in (len(weight), len(age)):
        raise InputError("the population is empty; give at least one patient")
    for field, values in (("weight_kg", weight), ("age_y", age)):
        for value in np.unique(values):
            plausible(field, float(value))
    words = _each(ancestry, n, ANCESTRIES, "ancestry")
    genotype = None if cyp2b6 is None else _each(cyp2b6, n, CYP2B6, "cyp2b6")
    return Covariates(
        weight_kg=np.broadcast_to(weight, n),
        age_y=np.broadcast_to(age, n),
        asian=np.array([word != "other" for word in words]),
        japanese=np.array([word == "japanese" for word in words]),
        child_pugh_b=np.broadcast_to(np.atleast_1d(np.asarray(child_pugh_b, dtype=bool)), n),
        female=None if female is None else np.broadcast_to(np.atleast_1d(np.asarray(female, dtype=bool)), n),
        cyp2b6=genotype,
    )


def _each(words: Sequence[str] | str, n: int, known: Sequence[str], field: str) -> tuple[str, ...]:
    listed = (words,) * n if isinstance(words, str) else tuple(words)
    for word in listed:
        if word not in known:
            raise InputError(f"{field} {word!r} is not one of {', '.join(known)}")
    return listed
