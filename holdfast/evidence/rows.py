"""The rows of the evidence tables as typed values. None is unknown: never 0, and never the usual one."""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import Any, TypeVar

from holdfast.facts import Row
from holdfast.facts.schema import STATUSES

UNREAD = "unverified"
SUPERSEDED = "superseded"
_DOUBTFUL = (UNREAD, "press")
_STANDS = {
    "contains": "contains", "takes from": "takes patients from", "may share": "may share patients with",
    "apart": "shares no patient with",
}  # fmt: skip


def rank(status: str) -> int:
    """How far a status is to be trusted: a larger number, the further. A superseded row not at all."""
    return -1 if status == SUPERSEDED else STATUSES.index(status)


@dataclass(frozen=True)
class Traced:
    """What every row carries: its id, where its number was read, and how far it was checked."""

    id: str
    ref: str
    locator: str
    status: str
    note: str | None

    @property
    def read_at(self) -> str | None:
        """Address or place where the number was read; None where nothing was at hand."""
        return None if self.status == UNREAD else self.locator

    @property
    def is_doubtful(self) -> bool:
        """Whether it is unverified or was read in the press only: pictures draw it hollow."""
        return self.status in _DOUBTFUL


@dataclass(frozen=True)
class Study(Traced):
    """One published study. `split` says what may be done with it; `caution`, what a reader may get wrong."""

    title: str
    year: int
    design: str
    design_kind: str
    blinding: str
    population: str
    polarity: str
    resistance: str
    source: str
    source_check: str
    doi: tuple[str, ...]
    pmid: tuple[str, ...]
    pmcid: tuple[str, ...]
    nct: tuple[str, ...]
    overlap_group: str | None
    split: str
    caution: str | None
    cited: str


@dataclass(frozen=True)
class Arm(Traced):
    """One arm of a study. `dose` holds the doses that may be chosen, in `dose_unit`; empty where none is printed."""

    study: str
    label: str
    drug: str
    route: str
    dose: tuple[float, ...]
    dose_unit: str | None
    infusion_min: float | None
    dose_as_printed: str | None
    schedule: str | None
    comparator: str | None
    control: str | None
    n_randomised: int | None
    counted_in: tuple[str, ...]
    shares_with: tuple[str, ...]
    unverified_fields: tuple[str, ...]


@dataclass(frozen=True)
class Outcome(Traced):
    """One published number of one arm, or of its contrast with the comparator. `time_h` counts from `time_anchor`."""

    study: Study
    arm: Arm
    subgroup: str | None
    subgroup_by: str | None
    estimand: str
    outcome: str
    scale: str | None
    definition: str | None
    time_h: float | None
    time_value: float | None
    time_unit: str | None
    time_anchor: str | None
    value: float | None
    unit: str | None
    events: int | None
    n_analysed: int | None
    sd: float | None
    se: float | None
    ci_low: float | None
    ci_high: float | None
    spread_low: float | None
    spread_high: float | None
    interval_kind: str | None
    unverified_fields: tuple[str, ...]


@dataclass(frozen=True)
class AdverseEvent(Traced):
    """How often one event was reported in one arm, of `n` people, within `phase`."""

    study: Study
    arm: Arm
    phase: str
    n: int | None
    event_term: str
    category: str
    value: float | None
    unit: str
    events: int | None
    ci_low: float | None
    ci_high: float | None
    spread_low: float | None
    spread_high: float | None
    interval_kind: str | None
    time_note: str | None
    reported_as: str
    reported_year: int
    reported_in: str


@dataclass(frozen=True)
class Overlap(Traced):
    """How one study stands to another: contains, takes from, may share, apart."""

    group: str
    study: str
    other: str
    how: str

    @property
    def in_words(self) -> str:
        """Such as: sustain1 takes patients from transform2 (secondary)."""
        return f"{self.study} {_STANDS[self.how]} {self.other} ({self.status})"


@dataclass(frozen=True)
class Conflict(Traced):
    """What an article says, what the sources say, and what we hold."""

    number: int
    subject: str
    articles: tuple[str, ...]
    article_says: str
    source_says: str
    verdict: str
    studies: tuple[str, ...]


Kind = TypeVar("Kind", bound=Traced)


def typed(kind: type[Kind], row: Row, **joined: Any) -> Kind:
    """A row as a value of `kind`; `joined` gives the study and the arm it names as values themselves."""
    read = {name.name: row.get(name.name, () if str(name.type).startswith("tuple") else None) for name in fields(kind)}
    return kind(**{**read, "id": row.id, **joined})


def as_plain(value: Traced) -> dict[str, Any]:
    """Plain values for JSON: what is unknown is left out, a study and an arm are named by their ids."""
    plain = {name.name: _plain(getattr(value, name.name)) for name in fields(value)}
    return {name: found for name, found in plain.items() if found not in (None, [])}


def _plain(value: Any) -> Any:
    if isinstance(value, Traced):
        return value.id
    return list(value) if isinstance(value, tuple) else value
