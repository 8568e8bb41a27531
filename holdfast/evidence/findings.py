"""What a reader of the tables should know before trusting a row: nothing that is refused, all that is uncertain."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass

from holdfast.evidence.rows import UNREAD, AdverseEvent, Outcome, Traced, rank
from holdfast.evidence.tables import adverse_events, outcomes, studies

_RATES = ("response", "remission", "relapse")
_POOLS_OTHERS = "meta-analysis"  # its denominators are not of one group
_ROUNDING = 1e-9


@dataclass(frozen=True)
class Finding:
    """One uncertainty: its kind, the row or study it is about, and a sentence."""

    kind: str
    about: str
    text: str


def status_counts(rows: Iterable[Traced]) -> dict[str, int]:
    """How many rows of each status, the most trusted first."""
    counts = Counter(row.status for row in rows)
    return {status: counts[status] for status in sorted(counts, key=rank, reverse=True)}


def findings() -> tuple[Finding, ...]:
    """Everything uncertain, by kind and in the order of the tables."""
    return (*_unverified_studies(), *_unattainable(), *_undefined(), *_without_n())


def _unverified_studies() -> Iterable[Finding]:
    for one in studies():
        rows: tuple[Traced, ...] = (*outcomes_of(one.id), *adverse_events(one.id))
        unread = sum(row.status == UNREAD for row in rows)
        if 2 * unread > len(rows):
            share = "wholly" if unread == len(rows) else "mostly"
            yield Finding("unverified", one.id, f"rests {share} on unverified numbers ({unread} of {len(rows)})")


def outcomes_of(study_id: str) -> tuple[Outcome, ...]:
    """Outcomes of a study; empty where only its adverse events are in the tables."""
    return tuple(row for row in outcomes() if row.study.id == study_id)


def _unattainable() -> Iterable[Finding]:
    for row in outcomes():
        if row.unit == "percent" and row.outcome.startswith(_RATES) and row.study.design_kind != _POOLS_OTHERS:
            yield from _unattainable_with(row, row.n_analysed)
    for event in adverse_events():
        if event.unit == "percent_of_patients":
            yield from _unattainable_with(event, event.n)


def _unattainable_with(row: Outcome | AdverseEvent, n: int | None) -> Iterable[Finding]:
    if n is None or row.value is None:
        return
    nearest = 100 * round(row.value * n / 100) / n
    decimals = len(str(row.value).partition(".")[2])
    if abs(nearest - row.value) > 0.5 * 10**-decimals + _ROUNDING:
        said = f"{row.value:g} percent cannot come of {n} people; the nearest share is {nearest:.{decimals + 1}f}"
        yield Finding("not attainable", row.id, f"{row.study.id}: {said}")


def _undefined() -> Iterable[Finding]:
    for row in outcomes():
        if row.outcome in _RATES and row.definition is None and row.study.design_kind != _POOLS_OTHERS:
            scale = row.scale or "no scale named"
            yield Finding("no definition", row.id, f"{row.study.id}: {row.outcome} on {scale} without its rule")


def _without_n() -> Iterable[Finding]:
    for row in outcomes():
        if row.n_analysed is None and row.study.split == "calibrate":
            yield Finding("no n", row.id, f"{row.study.id}: {row.outcome} of an unknown number of people")
