"""One number of one rule, and the comparison it stands for. A missing measurement meets none and passes none."""

from __future__ import annotations

from dataclasses import dataclass

from holdfast.errors import InputError
from holdfast.facts.plausible import is_finite_number
from holdfast.units import convert


@dataclass(frozen=True)
class Threshold:
    """One number of one rule, with its comparison. `values` has one number, two for between, many for in."""

    id: str
    quantity: str
    op: str
    values: tuple[float, ...]
    unit: str | None
    when: str | None
    key: str | None

    @property
    def value(self) -> float:
        """The number, where there is exactly one. Raises `InputError` where the clinic has not set it."""
        if len(self.values) != 1:
            raise InputError(f"threshold {self.id} has {len(self.values)} numbers, not one")
        return self.values[0]

    def in_unit(self, unit: str) -> float:
        """The number in another unit of the same family."""
        return convert(self.value, self.unit or "1", unit)

    def met_by(self, measured: float | None) -> bool | None:
        """Does the measured value meet the comparison? None, never False, where nothing was measured."""
        if measured is None:
            return None
        return compare(measured, self.op, self.values)


def compare(measured: float, op: str, values: tuple[float, ...]) -> bool:
    """`measured op values`; `between` is inclusive.

    Raises `InputError` where that cannot be told: `about` is no comparison, no value is set, or `measured` is no
    number. A NaN compares false with everything, and would read as "limit not reached".
    """
    if not is_finite_number(measured):
        raise InputError(f"{measured!r} is no measurement; give a number, or nothing where it is not known")
    if not values:
        raise InputError("the limit to compare with is not set; the clinic sets it")
    low = values[0]
    answers = {
        "<": measured < low,
        "<=": measured <= low,
        "==": measured == low,
        ">=": measured >= low,
        ">": measured > low,
        "between": low <= measured <= values[-1],
        "in": measured in values,
        "multiple_of": low != 0 and measured % low == 0,
    }
    if op not in answers:
        raise InputError(f"{op!r} cannot be tested; a tolerance is needed")
    return answers[op]
