"""Every row of a model set to 0, below 0 and to no number: refused by its row, or answered with finite numbers."""

from __future__ import annotations

import math
import warnings
from collections.abc import Iterator

import numpy as np
import pytest

from holdfast.errors import HoldfastError, TableError
from holdfast.model.named_models import NamedModel, named_models
from holdfast.model.pharmacokinetics.covariates import covariates
from holdfast.model.pharmacokinetics.dosing import Dose, regimen
from holdfast.model.pharmacokinetics.levels import SUBSTANCES
from holdfast.model.pharmacokinetics.profile import profiles
from holdfast.model.pharmacokinetics.simulation import simulate
from tests.generative.test_units_of_rows import answers, written

MODELS = ("holdfast-1", "perez-ruixo-2021", "domino-1984")
# Both signs mean something: a fall of flow with age, a power of weight.
OF_ANY_SIGN = {"age_on_Qh", "weight_exponent_flow", "weight_exponent_volume"}


def rows(name: str) -> Iterator[tuple[str, str, str]]:
    for kind, of_kind in named_models()[name].parameters.items():
        for symbol, row in of_kind.items():
            yield kind, symbol, row["unit"]


def measures(model: NamedModel) -> dict[str, np.ndarray]:
    """Areas and half-lives, which divide by more than levels do, of everything the model holds."""
    drug = "ketamine" if model.covers("ketamine", "iv") else "esketamine"
    given = regimen([Dose(drug, "iv", 0.0, 35.0, duration_h=1.0)])
    body = simulate(model, given, covariates(), [0.0]).body
    held = [name for name in SUBSTANCES if body.has(name)]
    found = profiles(model, given, covariates(), held, closely=False)
    return {f"{one.substance} {name}": values for one in found for name, (_, values) in one.measures().items()}


@pytest.mark.parametrize("name", MODELS)
@pytest.mark.parametrize("value", [0.0, -1.0])
def test_a_row_of_nothing_is_refused_or_answered_with_numbers(name: str, value: float) -> None:
    refused, answered = set(), set()
    for kind, symbol, unit in rows(name):
        try:
            spoiled = written(named_models()[name], kind, symbol, value, unit)
        except TableError:
            refused.add(symbol)
            continue
        answered.add(symbol)
        with warnings.catch_warnings():
            warnings.simplefilter("error", RuntimeWarning)  # a division by 0 that is mended later is none the less one
            try:
                found = answers(spoiled) | measures(spoiled)
            except HoldfastError:
                continue
        assert all(np.isfinite(values).all() for values in found.values()), (kind, symbol)
    assert "Vc" in refused
    if value < 0:
        assert answered <= OF_ANY_SIGN


@pytest.mark.parametrize("name", MODELS)
@pytest.mark.parametrize("value", [math.nan, math.inf])
def test_a_row_that_is_no_number_is_refused(name: str, value: float) -> None:
    for kind, symbol, unit in rows(name):
        with pytest.raises(TableError, match="no finite number"):
            written(named_models()[name], kind, symbol, value, unit)


@pytest.mark.parametrize(
    ("symbol", "kind"), [("Vc", "typical"), ("molar_mass_ketamine", "typical"), ("O50", "typical")]
)
def test_without_the_check_such_a_row_breaks_the_answer(
    symbol: str, kind: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("holdfast.model.named_models.parameter_faults", lambda row: ())
    model = named_models()["holdfast-1"]
    spoiled = written(model, kind, symbol, 0.0, model.parameter(symbol, kind)["unit"])
    with warnings.catch_warnings():
        warnings.simplefilter("error", RuntimeWarning)
        with pytest.raises((ArithmeticError, RuntimeWarning, np.linalg.LinAlgError)):
            answers(spoiled) | measures(spoiled)
