"""How one person's parameters differ from the typical ones, and one occasion from the next.

A deviation (eta) stands on the log scale, or on the logit scale for a share that must stay between 0 and 1. Its SD is
omega, from the rows of kind omega and occasion_omega of model_parameters.csv. Both enantiomers share the eta of a
parameter.

    P_i        = P exp(eta_i)               eta_i ~ N(0, omega^2), omega^2 = ln(1 + CV^2) where a CV was published
    logit F_ij = logit F + eta_i + eta_ij   a share; ij: of a person, on an occasion

Between occasions only the shares that are absorbed may differ: amounts are scaled dose by dose, and the equations stay
those of the person.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray
from scipy.special import expit, logit

from holdfast.errors import InputError, TableError
from holdfast.facts.model_tables import MODEL_PARAMETERS
from holdfast.facts.schema import Row
from holdfast.model.named_models import NamedModel

Values = NDArray[np.float64]
Who = NDArray[np.int_] | NDArray[np.bool_] | slice
SHARES_ABSORBED = ("FR", "Fgut", "F_im", "f_mucosal")
OF_ABSORPTION = ("ka_nasal", "ka_swallowed", "ka_oral", "ka_im", "ka_sublingual", "fgNK", *SHARES_ABSORBED)
OF_DISPOSITION = (
    "Vc", "Q1", "Vp1", "Q2", "Vp2", "Qh", "Vh", "CLint", "kel", "kmet", "fNK",
    "Vn", "CLn", "Qn", "Vpn", "fHNK", "Vhnk", "CLhnk", "kv",
)  # fmt: skip
LOG, LOGIT = "log", "logit"
_PERCENT = 100.0


@dataclass(frozen=True)
class Omega:
    """SD of the eta of a parameter, and the scale it stands on."""

    sd: float
    scale: str


def may_deviate(model: NamedModel) -> tuple[str, ...]:
    """The parameters of a model that can be somebody's own. Models of micro-constants per kilogram have none."""
    if model.has("k10"):
        return ()
    return tuple(symbol for symbol in (*OF_DISPOSITION, *OF_ABSORPTION) if model.has(symbol))


def omegas(model: NamedModel, kind: str = "omega") -> Mapping[str, Omega]:
    """Every parameter of the pharmacokinetics that differs between people (or occasions), in the order of the table.

    Raises `TableError` for a parameter that cannot, or a unit that says nothing of it.
    """
    possible = may_deviate(model) if kind == "omega" else SHARES_ABSORBED
    found = {}
    for symbol, row in model.parameters.get(kind, {}).items():
        if row.file != MODEL_PARAMETERS.path:
            continue
        where = f"{row.file} line {row.line}"
        if symbol not in possible:
            raise TableError([f"{where}: {symbol} of {model.id} cannot differ so; {', '.join(possible) or 'none'} can"])
        found[symbol] = _omega(row, where, share=model.parameters["typical"][symbol]["unit"] == "fraction")
    return found


def _omega(row: Row, where: str, *, share: bool) -> Omega:
    unit, value = row["unit"], float(row["value"])
    if unit == ("SD logit" if share else "SD log"):
        return Omega(value, LOGIT if share else LOG)
    if unit == "percent CV" and not share:
        return Omega(math.sqrt(math.log1p((value / _PERCENT) ** 2)), LOG)
    asked = "SD logit" if share else "SD log or percent CV"
    raise TableError([f"{where}: {row['symbol']} differs in {asked}, not in {unit}"])


@dataclass(frozen=True)
class Etas:
    """Deviations of patients by symbol. The empty one leaves every value as it is, to the last bit.

    `person` holds arrays of shape (patients,), `occasion` of shape (patients, doses), in the order of the doses.
    """

    person: Mapping[str, Values] = field(default_factory=dict)
    occasion: Mapping[str, Values] = field(default_factory=dict)
    scales: Mapping[str, str] = field(default_factory=dict)  # symbol → LOG or LOGIT; log where not named

    def __bool__(self) -> bool:
        return bool(self.person or self.occasion)

    def individual(self, symbol: str, typical: float | Values, dose: int | None = None) -> float | Values:
        """The value in each patient, shape (patients, 1), or `typical` itself where nothing deviates.

        A `typical` of shape (patients, 2) gives that shape. With `dose`, what differs on that occasion counts too.
        """
        eta = self._eta(symbol, dose)
        if eta is None:
            return typical
        if self.scales.get(symbol, LOG) == LOGIT:
            return np.asarray(expit(logit(typical) + eta[:, None]), dtype=float)
        return typical * np.exp(eta)[:, None]

    def factor(self, symbol: str) -> float | Values:
        """What a parameter on the log scale is multiplied by, shape (patients, 1), or 1."""
        return self.individual(symbol, 1.0)

    def take(self, who: Who) -> Etas:
        """The same for some of the patients."""
        return Etas(
            {symbol: eta[who] for symbol, eta in self.person.items()},
            {symbol: eta[who] for symbol, eta in self.occasion.items()},
            self.scales,
        )

    def require(self, model: NamedModel, patients: int, doses: int | None = None) -> None:
        """Raises `InputError` where these are not deviations of `patients` people (and `doses` doses) of the model."""
        known = may_deviate(model)
        for symbol, eta in self._all():
            if symbol not in known:
                listed = ", ".join(known) or "none"
                raise InputError(f"{symbol!r} of model {model.id} cannot be somebody's own; what can: {listed}")
            if len(eta) != patients:
                raise InputError(f"the deviations of {symbol} are those of {len(eta)} patients, not of {patients}")
            if not np.isfinite(eta).all():
                raise InputError(f"a deviation of {symbol} is not a finite number")
        for symbol, eta in self.occasion.items():
            if symbol not in SHARES_ABSORBED:
                raise InputError(f"{symbol} cannot differ between occasions; only {', '.join(SHARES_ABSORBED)} can")
            if doses is not None and eta.shape[1:] != (doses,):
                raise InputError(f"the deviations of {symbol} are those of {eta.shape[1]} occasions, not of {doses}")

    def _all(self) -> Iterator[tuple[str, Values]]:
        yield from self.person.items()
        yield from self.occasion.items()

    def _eta(self, symbol: str, dose: int | None) -> Values | None:
        person, occasion = self.person.get(symbol), self.occasion.get(symbol)
        if occasion is None or dose is None:
            return person
        return occasion[:, dose] if person is None else person + occasion[:, dose]


def scaled(model: NamedModel, standard: Mapping[str, Values], occasion: Mapping[str, Values] | None = None) -> Etas:
    """Etas from standard normal numbers by symbol: each times the omega of its row."""
    between_people, between_occasions = omegas(model), omegas(model, "occasion_omega")
    return Etas(
        {symbol: z * between_people[symbol].sd for symbol, z in standard.items()},
        {symbol: z * between_occasions[symbol].sd for symbol, z in (occasion or {}).items()},
        {symbol: omega.scale for symbol, omega in {**between_occasions, **between_people}.items()},
    )
