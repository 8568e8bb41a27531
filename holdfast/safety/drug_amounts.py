"""Amounts of a controlled drug: what is counted (mL or devices), what it is in milligrams, and what is never added.

A vial is counted in mL, a device in whole devices; milligrams follow from the strength on the label. Milligrams of
ketamine and of esketamine are never one sum, nor are those of base and of salt. Decimals, not floats:
a register that is out by a rounding is out.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from enum import StrEnum
from typing import TypeVar

from holdfast.errors import InputError
from holdfast.facts.loader import load
from holdfast.facts.plausible import plausible
from holdfast.facts.tables import DRUGS

Word = TypeVar("Word", bound=StrEnum)
PLACES = 3  # of mL: a syringe of 1 mL is read to 0.01
SMALLEST = Decimal(1).scaleb(-PLACES)
MOST = Decimal(100_000)  # devices or mL in one entry: a slip of the keyboard; no clinical limit


class Form(StrEnum):
    """How the drug comes."""

    VIAL = "vial"
    DEVICE = "device"


class Basis(StrEnum):
    """What the milligrams of a label speak of. Those of base and of its salt are different amounts."""

    BASE = "base"
    SALT = "salt"  # ketamine or esketamine hydrochloride


@dataclass(frozen=True)
class Amount:
    """Milligrams of one drug, stated in one way."""

    drug: str
    basis: str
    mg: Decimal

    def __add__(self, other: Amount) -> Amount:
        """The sum. Raises `InputError` where these are not milligrams of the same thing."""
        if (self.drug, self.basis) != (other.drug, other.basis):
            raise InputError(f"mg: {self.drug} {self.basis} is never added to {other.drug} {other.basis}")
        return Amount(self.drug, self.basis, self.mg + other.mg)


@dataclass(frozen=True)
class Strength:
    """What one lot holds: `mg_per_unit` is mg per mL of a vial, or mg per device. `vial_ml` is None for a device."""

    drug: str
    form: Form
    mg_per_unit: Decimal
    basis: Basis
    vial_ml: Decimal | None = None

    @property
    def unit(self) -> str:
        """What is counted."""
        return "mL" if self.form is Form.VIAL else "device"

    @property
    def container(self) -> Decimal:
        """How much of it a sealed vial or device holds."""
        return Decimal(1) if self.vial_ml is None else self.vial_ml

    def amount(self, quantity: Decimal) -> Amount:
        """The milligrams in so many mL or devices."""
        return Amount(self.drug, self.basis.value, quantity * self.mg_per_unit)

    def counted(self, quantity: Decimal) -> str:
        """`1 device`, `2 devices`, `0.7 mL`."""
        plural = "s" if self.form is Form.DEVICE and abs(quantity) != 1 else ""
        return f"{plain(quantity)} {self.unit}{plural}"

    def arithmetic(self, quantity: Decimal) -> str:
        """The sum a second person can check: `0.7 mL × 50 mg/mL = 35 mg ketamine (base)`."""
        per = f"{plain(self.mg_per_unit)} mg" + ("/mL" if self.form is Form.VIAL else "")
        mg = plain(self.amount(quantity).mg)
        return f"{self.counted(quantity)} × {per} = {mg} mg {self.drug} ({self.basis})"


def strength(drug: str, form: str, mg_per_unit: Decimal, basis: str, vial_ml: Decimal | None) -> Strength:
    """The strength of a lot as it is taken in. Raises `InputError` on what no label says."""
    if drug not in DRUGS:
        raise InputError(f"drug: {drug!r} is not known; give one of {', '.join(DRUGS)}")
    known_form, known_basis = _word(Form, "form", form), _word(Basis, "basis", basis)
    if known_form is Form.DEVICE:
        if vial_ml is not None:
            raise InputError("vial_ml: a device holds no mL that is counted; leave it empty")
        _device(drug, mg_per_unit)
    else:
        if vial_ml is None or not SMALLEST <= vial_ml <= MOST:
            raise InputError("vial_ml: give the mL that the label of one vial states")
        plausible("concentration_mg_per_ml", float(mg_per_unit), field="mg_per_unit")
    return Strength(drug, known_form, mg_per_unit, known_basis, vial_ml)


def _word(words: type[Word], name: str, value: str) -> Word:
    if value not in list(words):
        raise InputError(f"{name}: {value!r} is not known; give one of {', '.join(words)}")
    return words(value)


def _device(drug: str, mg_per_unit: Decimal) -> None:
    device_mg = Decimal(str(load().row("dose.es.device.device_mg")["value"][0]))
    if drug == "esketamine" and mg_per_unit != device_mg:
        raise InputError(f"mg_per_unit: {plain(mg_per_unit)} mg is no esketamine device; one holds {device_mg} mg")
    plausible("dose_mg", float(mg_per_unit), field="mg_per_unit")


def quantity_of(of: Strength, name: str, value: Decimal | float | str, *, zero: bool = False) -> Decimal:
    """`value` as mL to three places or whole devices. Raises `InputError` on anything else, led by `name`."""
    try:
        quantity = Decimal(str(value))
    except InvalidOperation:
        raise InputError(f"{name}: {value!r} is not a number of {of.unit}") from None
    least = Decimal(0) if zero else SMALLEST
    if not quantity.is_finite() or not least <= quantity <= MOST:
        raise InputError(f"{name}: {value} {of.unit} cannot be; give a number from {plain(least)} to {plain(MOST)}")
    if of.form is Form.DEVICE and quantity != quantity.to_integral_value():
        raise InputError(f"{name}: {plain(quantity)} devices cannot be; a device is whole")
    if quantity != quantity.quantize(SMALLEST):
        raise InputError(f"{name}: {plain(quantity)} mL is finer than a syringe shows; give at most {PLACES} decimals")
    return quantity.quantize(SMALLEST)


def quantity_of_dose(of: Strength, dose_mg: Decimal | float) -> Decimal:
    """The mL (to the nearest 0.001) or the whole devices that hold so many mg. Raises `InputError`."""
    exact = Decimal(str(dose_mg)) / of.mg_per_unit
    return quantity_of(of, "dose_mg", exact if of.form is Form.DEVICE else exact.quantize(SMALLEST))


def totals(amounts: Iterable[Amount]) -> tuple[Amount, ...]:
    """One sum for each drug and basis, in the order of their names; never one sum over drugs."""
    found: dict[tuple[str, str], Amount] = {}
    for amount in amounts:
        key = (amount.drug, amount.basis)
        found[key] = found[key] + amount if key in found else amount
    return tuple(found[key] for key in sorted(found))


def plain(figure: Decimal) -> str:
    """A figure without needless zeros and without an exponent."""
    return f"{figure.normalize():f}" if figure else "0"
