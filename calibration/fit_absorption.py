"""Fit of absorption by mouth and under the tongue: ka_oral, fgNK and f_mucosal of the model holdfast-1.

    minimise   sum over targets ((model - published) / error)^2  +  (ln(ka_oral / prior) / SD of the prior)^2

Targets are rows of published_pharmacology.csv of status transcribed or secondary. The error is the standard error where
SD and n, or a confidence interval, are printed; a published model output has none, and its error is half the width of
the tolerance that the qualification table gives it. The prior of ka_oral is Perez-Ruixo's value for an oral solution,
its SD the variability between people printed beside it: another formulation may differ by as much as another person.

Every other parameter is as in the tables. SciPy, from a fixed start, without random numbers. Run by
`calibration.absorption`.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from statistics import NormalDist

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import least_squares

from calibration.published import published
from holdfast.facts import load
from holdfast.facts.schema import Row
from holdfast.model.changed_models import with_values
from holdfast.model.named_models import NamedModel, named_model
from holdfast.model.pharmacokinetics.etas import omegas
from holdfast.model.qualification import measured

Values = NDArray[np.float64]
MODEL = "holdfast-1"
# row of published_pharmacology → row of qualification whose scenario gives the model's number
TARGETS: Mapping[str, str] = {
    "pk099": "Q-O01", "pk100": "Q-O03", "pk101": "Q-O05", "pk102": "Q-O04",  # Chong 2006, 25 mg by mouth
    "pk117": "Q-O06",  # Grant 1981, 0.5 mg/kg by mouth
    "pk095": "Q-S01", "pk096": "Q-S02", "pk097": "Q-S04", "pk098": "Q-S03",  # Chong 2006, 25 mg under the tongue
    "pk093": "Q-S01",  # Rolan 2014, 25 mg wafer
    "pk033": "Q-N03", "pk034": "Q-N04", "pk037": "Q-N07", "pk038": "Q-N08", "pk041": "Q-N11", "pk042": "Q-N12",  # nose
}  # fmt: skip
DIGITS = 2
_Z_90 = NormalDist().inv_cdf(0.95)  # half a 90 % confidence interval in standard errors
_STEP = 0.02  # on the log or logit; wide against the second to which Tmax is read
_START = {"ka_oral": 1.0, "fgNK": 0.5, "f_mucosal": 0.1}
_SHARES = ("fgNK", "f_mucosal")


@dataclass(frozen=True)
class Target:
    """One published number, its error, and the qualification row that says how the model computes it."""

    id: str
    row: Row
    value: float
    error: float


@dataclass(frozen=True)
class Fit:
    """Fitted values by symbol, the SD of each on its log or logit scale, and the sum of squares it ends at."""

    values: Mapping[str, float]
    spread: Mapping[str, float]
    sum_of_squares: float


def targets(left_out: Collection[str] = ()) -> list[Target]:
    """The rows that are fitted. Raises `ValueError` for one that was read nowhere."""
    made = []
    for name, qualification in TARGETS.items():
        source, row = published(name), load().row(qualification)
        if name not in left_out:
            unit = 100.0 if source["unit"] == "%" else 1.0
            made.append(Target(name, row, source["value"] / unit, _error(source, row, unit)))
    return made


def _error(source: Row, row: Row, unit: float) -> float:
    if source.get("spread_kind") == "SD":
        return float(source["spread"]) / math.sqrt(int(source["n"])) / unit
    if source.get("spread_kind") == "90% CI":
        return float(source["high"] - source["low"]) / (2 * _Z_90) / unit
    return float(row["tol_high"] - row["tol_low"]) / 2


def prior_of_ka_oral() -> tuple[float, float]:
    """Its centre in 1/h and its SD on the log scale."""
    published = named_model("perez-ruixo-2021")
    return published.value("ka_oral", unit="1/h"), omegas(published)["ka_oral"].sd


def fit(
    fitted: Collection[Target], *, fixed: Mapping[str, float] | None = None, prior_sd_factor: float = 1.0
) -> Fit:  # fmt: skip
    """Least squares on log ka_oral and the logits of the two shares. `fixed` holds values that are not fitted."""
    fixed, model = fixed or {}, named_model(MODEL)
    symbols = [symbol for symbol in _START if symbol not in fixed]
    centre, sd = prior_of_ka_oral()

    def values(x: Values) -> dict[str, float]:
        tried = {symbol: _natural(symbol, place) for symbol, place in zip(symbols, x, strict=True)}
        return {symbol: tried.get(symbol, fixed.get(symbol, 0.0)) for symbol in _START}

    def residuals(x: Values) -> Values:
        tried = values(x)
        changed = with_values(model, tried)
        pull = math.log(tried["ka_oral"] / centre) / (sd * prior_sd_factor)
        return np.array([*(residual(target, changed) for target in fitted), pull])

    start = [_scaled(symbol, _START[symbol]) for symbol in symbols]
    done = least_squares(residuals, start, jac=_central(residuals), xtol=1e-9, ftol=1e-9, gtol=1e-9, max_nfev=60)
    if not done.success:
        raise ArithmeticError(f"the fit did not end: {done.message}")
    spread = np.sqrt(np.diag(np.linalg.inv(done.jac.T @ done.jac)))
    return Fit(values(done.x), dict(zip(symbols, spread.tolist(), strict=True)), float(2 * done.cost))


def residual(target: Target, model: NamedModel) -> float:
    """Model less published, in errors."""
    found = measured(target.row, model)
    assert found is not None
    return (found - target.value) / target.error


def _scaled(symbol: str, value: float) -> float:
    return math.log(value / (1 - value)) if symbol in _SHARES else math.log(value)


def _natural(symbol: str, place: float) -> float:
    return 1 / (1 + math.exp(-place)) if symbol in _SHARES else math.exp(place)


def _central(function: Callable[[Values], Values]) -> Callable[[Values], Values]:
    """The derivative by central differences."""

    def derivative(x: Values) -> Values:
        steps = _STEP * np.eye(len(x))
        return np.stack([(function(x + step) - function(x - step)) / (2 * _STEP) for step in steps], axis=1)

    return derivative


def printed(value: float) -> str:
    """To the digits that the table holds."""
    return f"{value:.{DIGITS}g}"


def differences(found: Fit) -> list[str]:
    """A sentence for each value of the table that is not the fitted one."""
    committed = {symbol: named_model(MODEL).parameter(symbol)["value"] for symbol in found.values}
    return [
        f"{symbol} of {MODEL} is {committed[symbol]:g} in model_parameters.csv; the fit gives {printed(value)}"
        for symbol, value in found.values.items()
        if committed[symbol] != float(printed(value))
    ]
