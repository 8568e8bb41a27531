"""What a meta-analysis asks: which outcome, when, of what against what; and what may stand together in one answer.

Studies that differ in a `Dimension` are answered apart, each in an analysis of its own, unless the question says that
the difference does not matter to it (`mixed`); then the answer says what was mixed.
"""

from __future__ import annotations

from dataclasses import dataclass

from holdfast.errors import InputError
from holdfast.facts.schema import STATUSES

ESTIMANDS = ("contrast", "arm")
DIMENSIONS = ("definition", "scale", "comparator", "drug", "route", "polarity", "time")
DEFAULT_STATUS = "press"
STATUSES_TO_ASK = STATUSES[1:-1]
DEFAULT_WITHIN_PERCENT = 20.0
ACTIVE_DRUGS = ("ketamine", "esketamine")
# What the question calls an outcome, and the names under which tables hold it. First the numbers of single arms.
OUTCOMES: dict[str, tuple[str, ...]] = {
    "response": ("response", "odds_ratio_response"),
    "remission": ("remission", "odds_ratio_remission", "hazard_ratio_remission"),
    "relapse": ("relapse", "hazard_ratio_relapse"),
    "change": (
        "change",
        "change_lsmean",
        "mean_difference",
        "effect_size_d",
        "hedges_g",
        "smd",
        "superior_to_midazolam",
    ),
}


@dataclass(frozen=True)
class Question:
    """Empty means: does not matter for who is asked, and studies that differ in it are answered apart."""

    outcome: str
    day: float | None = None
    estimand: str = "contrast"
    measure: str = ""
    comparator: str = ""
    drug: str = ""
    route: str = ""
    dose: float | None = None
    scale: str = ""
    definition: str = ""
    polarity: str = ""
    anchor: str = ""
    within_percent: float = DEFAULT_WITHIN_PERCENT
    status_at_least: str = DEFAULT_STATUS
    mixed: frozenset[str] = frozenset()
    with_check: bool = False
    with_overlap: bool = False

    def __post_init__(self) -> None:
        if self.estimand not in ESTIMANDS:
            raise InputError(f"{self.estimand!r} is no estimand; there are {', '.join(ESTIMANDS)}")
        if self.status_at_least not in STATUSES_TO_ASK:
            raise InputError(
                f"{self.status_at_least!r} is no status to ask for; there are {', '.join(STATUSES_TO_ASK)}"
            )
        if self.day is not None and not self.day >= 0:
            raise InputError(f"day {self.day:g}: it counts from 0 up")
        if self.dose is not None and not self.dose > 0:
            raise InputError(f"dose {self.dose:g}: a dose is above 0; leave it out to ask for every dose")
        for name in sorted(self.mixed):
            if getattr(self, name, ""):  # times have no word of their own
                raise InputError(
                    f"{name} {getattr(self, name)!r} and any {name} contradict each other; give one of them"
                )
        if not 0 <= self.within_percent < 100:
            raise InputError(f"within {self.within_percent:g} percent: it lies from 0 to below 100")

    @property
    def outcomes(self) -> tuple[str, ...]:
        return OUTCOMES.get(self.outcome, (self.outcome,))

    @property
    def hours(self) -> float | None:
        return None if self.day is None else 24 * self.day

    def is_when(self, hours: float | None) -> bool:
        """Near enough to the day that was asked for."""
        if self.hours is None:
            return True
        return hours is not None and abs(hours - self.hours) <= self.hours * self.within_percent / 100 + 1e-9

    @property
    def from_when(self) -> str:
        """What days count from; the first dose where nothing else is said."""
        return self.anchor or "first_dose"
