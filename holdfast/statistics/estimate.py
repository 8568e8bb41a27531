"""A number with its interval, and what every formula of an interval asks first."""

from __future__ import annotations

from dataclasses import dataclass
from numbers import Integral
from statistics import NormalDist

from holdfast.errors import InputError

LEVEL = 0.95


@dataclass(frozen=True)
class Estimate:
    """A number with its interval. `value` is None where there is nothing to divide by; `high` None has no end."""

    value: float | None
    low: float | None
    high: float | None

    @property
    def ends(self) -> tuple[float, float]:
        """Both, of an estimate that has both."""
        assert self.low is not None
        assert self.high is not None
        return self.low, self.high

    def times(self, factor: float) -> Estimate:
        """The same in another unit: 100 for percent, or per 1,000 sessions."""
        return Estimate(*(None if one is None else one * factor for one in (self.value, self.low, self.high)))


def normal_quantile(level: float) -> float:
    """How many standard errors lie on either side of the middle `level` of a normal distribution."""
    if not 0.0 < level < 1.0:
        raise InputError(f"level {level!r} is no level of an interval; give a number between 0 and 1, such as 0.95")
    return NormalDist().inv_cdf((1.0 + level) / 2.0)


def check_share(events: int, people: int, level: float) -> None:
    """Raises `InputError` for a count of people that cannot be."""
    normal_quantile(level)
    for name, value in (("events", events), ("people", people)):
        if not isinstance(value, Integral) or isinstance(value, bool) or value < 0:
            raise InputError(f"{name}: {value!r} is no count; give a whole number, 0 or more")
    if events > people:
        raise InputError(f"{events} events among {people} people cannot be; count people with the event, not events")
