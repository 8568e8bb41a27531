"""Where each dose goes: boluses into compartments, and constant inputs between two times. Amounts in umol.

    iv            central: the dose, at once or evenly over the infusion
    im, sc        muscle: F_im dose
    oral          oral: Fgut dose; oral_gut_wall: fgNK (1 - Fgut) dose; both evenly over release_oral
    sublingual    mucosa: f_mucosal dose, evenly over hold_sublingual; then what is left, as oral
    nasal         nose: FR dose of each device, from the second on FR FR_factor_later dose; what is left as oral, into
                  swallowed and swallowed_gut_wall, over release_swallowed

Salt and base: doses are mg of base. The racemate is half S, half R by amount.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from holdfast.errors import InputError
from holdfast.model.named_models import NamedModel
from holdfast.model.pharmacokinetics.covariates import Covariates, Effects
from holdfast.model.pharmacokinetics.dosing import Dose, Regimen
from holdfast.model.pharmacokinetics.etas import Etas
from holdfast.units import convert

Values = NDArray[np.float64]
SHARES: Mapping[str, tuple[float, float]] = {  # S, R
    "ketamine": (0.5, 0.5), "esketamine": (1.0, 0.0), "arketamine": (0.0, 1.0),
}  # fmt: skip
GUT_WALL: Mapping[str, str] = {"swallowed": "swallowed_gut_wall", "oral": "oral_gut_wall"}  # depot → its norketamine
_WHOLE_DEVICES = 1e-9  # devices by which a dose may differ from a whole number: rounding
_UG_PER_MG = convert(1.0, "mg", "ug")


@dataclass(frozen=True)
class Bolus:
    """An amount put into a compartment at once."""

    at_h: float
    compartment: str
    amount_umol: Values  # (patients, 2)


@dataclass(frozen=True)
class ConstantInput:
    """An amount put into a compartment evenly from `start_h` to `end_h`."""

    start_h: float
    end_h: float
    compartment: str
    amount_umol: Values  # (patients, 2)


@dataclass
class Inputs:
    """Everything that enters the body, what never does, and the absorption rate constants of the depots in use."""

    boluses: list[Bolus] = field(default_factory=list)
    constant: list[ConstantInput] = field(default_factory=list)
    resets_h: list[float] = field(default_factory=list)
    ka_per_h: dict[str, float | Values] = field(default_factory=dict)  # depot → rate constant, (patients, 2) if any
    given_umol: list[tuple[float, Values]] = field(default_factory=list)  # each dose as given, absorbed or not

    def edges_h(self) -> list[float]:
        """Every time at which the equations restart."""
        times = {bolus.at_h for bolus in self.boluses} | set(self.resets_h)
        return sorted(times | {t for item in self.constant for t in (item.start_h, item.end_h)})


@dataclass(frozen=True)
class _Numbers:
    """The numbers of one dose: those of the model, changed by how each patient, and each occasion, deviates."""

    model: NamedModel
    etas: Etas
    dose_number: int
    japanese: NDArray[np.bool_] | None  # None where ancestry does not count

    def value(self, symbol: str) -> float | Values:
        """A share: (patients, 1), or a plain number where nobody deviates."""
        return self.etas.individual(symbol, self.model.value(symbol), self.dose_number)

    def ka_per_h(self, symbol: str) -> float | Values:
        """(patients, 2), or a plain number where nobody deviates; the same on every occasion."""
        ka = self.etas.individual(symbol, self.model.value(symbol, unit="1/h"))
        return ka if isinstance(ka, float) else np.repeat(ka, 2, axis=1)

    def share_through_nose(self) -> float | Values:
        """FR of the first device; no larger than everything, which the Japanese factor alone would not see to."""
        share = self.value("FR")
        if self.japanese is None or not self.japanese.any():
            return share
        more = np.minimum(share * self.model.value("japanese_on_FR", "covariate_effect"), 1.0)
        return np.where(self.japanese[:, None], more, share)


def inputs(
    model: NamedModel, regimen: Regimen, who: Covariates, effects: Effects | None = None, etas: Etas | None = None
) -> Inputs:
    """Inputs of a regimen that every patient of `who` gets, mg/kg doses by each one's weight.

    `etas` are the patients' deviations; those between occasions stand in the order of the doses. Raises `InputError`
    where the model has no such drug or route, nasal doses are not whole devices, or the etas are not these patients'.
    """
    effects, etas = effects or Effects(), etas or Etas()
    etas.require(model, len(who), len(regimen.doses))
    made = Inputs(resets_h=list(regimen.resets_h))
    for number, dose in enumerate(regimen.doses):
        model.require(dose.drug, dose.route)
        amount = _amount_umol(model, dose, who)
        made.given_umol.append((dose.at_h, amount))
        numbers = _Numbers(model, etas, number, who.japanese if effects.ancestry else None)
        _ROUTES[dose.route](numbers, dose, amount, made)
    return made


def _amount_umol(model: NamedModel, dose: Dose, who: Covariates) -> Values:
    per_kg = dose.dose_mg_per_kg
    dose_mg = np.full(len(who), dose.dose_mg) if per_kg is None else per_kg * who.weight_kg
    umol = dose_mg * _UG_PER_MG / model.value("molar_mass_ketamine", unit="g/mol")  # which is ug/umol
    return umol[:, None] * np.array(SHARES[dose.drug])


def _iv(numbers: _Numbers, dose: Dose, amount: Values, made: Inputs) -> None:
    if dose.duration_h == 0:
        made.boluses.append(Bolus(dose.at_h, "central", amount))
    else:
        made.constant.append(ConstantInput(dose.at_h, dose.at_h + dose.duration_h, "central", amount))


def _muscle(numbers: _Numbers, dose: Dose, amount: Values, made: Inputs) -> None:
    """Into muscle or under the skin; no subcutaneous value was read, so both use the values for muscle."""
    made.ka_per_h["muscle"] = numbers.ka_per_h("ka_im")
    made.boluses.append(Bolus(dose.at_h, "muscle", amount * numbers.value("F_im")))


def _oral(numbers: _Numbers, dose: Dose, amount: Values, made: Inputs) -> None:
    _into_gut(numbers, "oral", dose.at_h, amount, made)


def _into_gut(numbers: _Numbers, depot: str, at_h: float, amount: Values, made: Inputs) -> None:
    """Fgut passes the gut wall; of the rest, fgNK comes out of it as norketamine, at the same pace."""
    ends_h, passed = at_h + numbers.model.value(f"release_{depot}", unit="h"), numbers.value("Fgut")
    made.ka_per_h[depot] = numbers.ka_per_h(f"ka_{depot}")
    made.constant.append(ConstantInput(at_h, ends_h, depot, amount * passed))
    if numbers.model.has("fgNK"):
        turned = amount * (1 - passed) * numbers.value("fgNK")
        made.ka_per_h[GUT_WALL[depot]] = made.ka_per_h[depot]
        made.constant.append(ConstantInput(at_h, ends_h, GUT_WALL[depot], turned))


def _sublingual(numbers: _Numbers, dose: Dose, amount: Values, made: Inputs) -> None:
    """The mucosal share goes evenly into the mucosa while it is held; the rest is swallowed when the hold ends."""
    share, hold_h = numbers.value("f_mucosal"), numbers.model.value("hold_sublingual", unit="h")
    made.ka_per_h["mucosa"] = numbers.ka_per_h("ka_sublingual")
    made.constant.append(ConstantInput(dose.at_h, dose.at_h + hold_h, "mucosa", amount * share))
    _into_gut(numbers, "oral", dose.at_h + hold_h, amount * (1 - share), made)


def _nasal(numbers: _Numbers, dose: Dose, amount: Values, made: Inputs) -> None:
    """Devices one after the other: each one's share through the nose, the rest swallowed; later ones less."""
    model = numbers.model
    device_mg = model.value("device_mg", unit="mg")
    if dose.dose_mg is None:
        raise InputError("a nasal dose is a number of devices; give it in mg and not in mg/kg")
    devices = round(dose.dose_mg / device_mg)
    if devices < 1 or abs(dose.dose_mg / device_mg - devices) > _WHOLE_DEVICES:
        raise InputError(
            f"a nasal dose of {dose.dose_mg:g} mg is no whole number of devices; give a multiple of {device_mg:g} mg"
        )
    made.ka_per_h["nose"] = numbers.ka_per_h("ka_nasal")
    first, each = numbers.share_through_nose(), amount / devices
    for number in range(devices):
        at_h = dose.at_h + number * model.value("device_interval", unit="h")
        through_nose = first * (1.0 if number == 0 else model.value("FR_factor_later"))
        made.boluses.append(Bolus(at_h, "nose", each * through_nose))
        _into_gut(numbers, "swallowed", at_h, each * (1 - through_nose), made)


_ROUTES = {
    "iv": _iv, "im": _muscle, "sc": _muscle, "oral": _oral, "sublingual": _sublingual, "nasal": _nasal,
}  # fmt: skip
