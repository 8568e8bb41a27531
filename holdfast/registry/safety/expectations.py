"""What the tables hold for a safety report: expected numbers, dose bands, and the limits of the signal rule."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache

from holdfast.facts import Facts, Row, load
from holdfast.facts.named_numbers import named_numbers

NO_BAND = "dose not known"
SHARE, MEAN, TIME, RATE = "share of courses", "mean", "time of peak", "per patient-year"
EVENT = "adverse-event"


@dataclass(frozen=True)
class Expected:
    """One published number. `events` of `n` people (or in `exposure_y` patient-years) where it can be tested."""

    id: str
    measure: str
    category: str
    drug: str
    route: str
    ages: str
    estimand: str
    op: str
    limit: float | None
    window_d: int | None
    events: int | None
    n: int | None
    exposure_y: float | None
    value: float | None
    low: float | None
    high: float | None
    unit: str
    population: str
    status: str
    source: str

    @property
    def told(self) -> str:
        """The number in words, as published."""
        if self.low is not None and self.high is not None:
            return f"{self.low:g} to {self.high:g} {_UNITS.get(self.unit, self.unit)}"
        if self.exposure_y is not None and self.events is not None:
            per_100 = 100 * self.events / self.exposure_y
            return f"{per_100:.2g} per 100 patient-years ({self.events} in {self.exposure_y:g} patient-years)"
        return f"{self.value:g} {_UNITS.get(self.unit, self.unit)}"


_UNITS = {"percent": "%", "score": "points"}


@dataclass(frozen=True)
class Band:
    """Doses from `low` to below `high`, in `unit`."""

    label: str
    low: float
    high: float | None
    unit: str


@cache
def expected_numbers() -> tuple[Expected, ...]:
    """Every expected number of the packaged tables, in their order."""
    return expected_of(load())


def expected_of(facts: Facts) -> tuple[Expected, ...]:
    """Every expected number of these tables."""
    sources = {row.id: row["citation"] for row in facts.rows("references")}
    return tuple(_expected(row, sources) for row in facts.rows("expected_safety"))


def _expected(row: Row, sources: Mapping[str, str]) -> Expected:
    return Expected(
        id=row.id, measure=row["measure"], category=row.get("category", ""), drug=row["drug"], route=row["route"],
        ages=row["ages"], estimand=row["estimand"], op=row.get("op", ""), limit=row.get("limit"),
        window_d=row.get("window_d"), events=row.get("events"), n=row.get("n"), exposure_y=row.get("exposure_y"),
        value=row.get("value"), low=row.get("low"), high=row.get("high"), unit=row.get("unit", ""),
        population=row["population"], status=row["status"], source=sources[row["ref"]],
    )  # fmt: skip


@cache
def dose_bands() -> Mapping[tuple[str, str], tuple[Band, ...]]:
    """Bands by drug and route, rising."""
    found: dict[tuple[str, str], list[Band]] = {}
    for row in load().rows("dose_bands"):
        band = Band(row["label"], row["low"], row.get("high"), row["unit"])
        found.setdefault((row["drug"], row["route"]), []).append(band)
    return {key: tuple(sorted(bands, key=lambda one: one.low)) for key, bands in found.items()}


@cache
def band_labels() -> tuple[str, ...]:
    """Every band there is, in the order of its table, then what has none."""
    every = [band.label for bands in dose_bands().values() for band in bands]
    return (*dict.fromkeys(every), NO_BAND)


def choice(symbol: str, unit: str) -> float:
    """The number of that symbol in safety_choices.csv, in `unit`."""
    (only,) = named_numbers(load(), "safety_choices", symbol, unit)
    return only


@cache
def windows_d() -> tuple[int, ...]:
    """Windows from the first dose in which courses are counted, in days."""
    own = {one.window_d for one in expected_numbers() if one.window_d is not None}
    return tuple(sorted(own | {int(choice("followed_d", "d"))}))


@cache
def limits() -> tuple[tuple[str, str, float], ...]:
    """Every limit that readings are compared with: measure, comparison, limit."""
    found = {(one.measure, one.op, one.limit) for one in expected_numbers() if one.limit is not None}
    return tuple(sorted((measure, op, float(limit)) for measure, op, limit in found if limit is not None))
