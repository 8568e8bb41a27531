"""Outcomes of a score table, one cell per group, leg, scale and day. Groups, legs and scales are never pooled."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from statistics import mean, stdev
from typing import Any

from holdfast.errors import InputError
from holdfast.facts.scale_names import scale_document
from holdfast.outcomes.definitions import OutcomeDefinition, remission, response
from holdfast.outcomes.score_rows import Score, check_rows


@dataclass(frozen=True)
class Cell:
    """One group on one scale on one day after baseline, with exact denominators.

    `n_judged` is the denominator of `events`: for response those rated with a baseline above 0, for remission those
    rated. `n_missing` have a baseline and no rating here. Change is total minus baseline among those with both;
    its SD is that of the sample.
    """

    group: str
    leg: str | None
    scale: str
    day: float
    definition: str
    n_baseline: int
    n_rated: int
    n_judged: int
    events: int
    n_missing: int
    n_without_baseline: int
    n_undefined: int
    n_change: int
    mean_change: float | None
    sd_change: float | None

    @property
    def share(self) -> float | None:
        """Events among those judged; None where nobody was."""
        return self.events / self.n_judged if self.n_judged else None

    def as_dict(self) -> dict[str, Any]:
        """Plain values for JSON; `result` words the share with its denominator."""
        result = f"{self.events} of {self.n_judged}" if self.n_judged else "nobody judged"
        with_missing = self.n_judged + self.n_missing
        return {
            **vars(self),
            "share": self.share,
            "result": result,
            "share_if_missing_had_no_event": self.events / with_missing if with_missing else None,
        }


def compute(
    rows: Iterable[tuple[int, Mapping[str, str]]],
    definition: OutcomeDefinition,
    *,
    scale: str | None = None,
    source: str = "score table",
) -> tuple[Cell, ...]:
    """Judge a tidy score table (score_rows.py) by one definition of response or remission.

    `rows` are (line, cells by column). `scale` limits the answer to one scale; a definition of one scale does so by
    itself. Raises `InputError` naming every bad row (then nothing is computed), for a scale the definition does not
    speak of, and for a definition of relapse or recurrence, which needs a course and not a table of totals.
    """
    if definition.outcome not in ("response", "partial_response", "remission"):
        raise InputError(f"{definition.name} defines {definition.outcome}, which is judged along a course, not by day")
    asked = None if scale is None else scale_document(scale).id
    if asked is not None and not definition.speaks_of(asked):
        raise InputError(f"{definition.name} is defined on {definition.scale}, not on {asked}")
    scores = check_rows(rows, source)
    wanted = [s for s in scores if asked in (None, s.scale) and definition.speaks_of(s.scale)]
    if not wanted:
        found = ", ".join(sorted({s.scale for s in scores}))
        raise InputError(f"{source} has no row of {asked or definition.scale}; it has {found}")
    baselines = {(s.participant, s.scale): s for s in wanted if s.is_baseline}
    places = sorted(
        {(s.group, s.leg, s.scale, s.day) for s in wanted if not s.is_baseline},
        key=lambda p: (p[0], p[1] or "", *p[2:]),
    )
    return tuple(_cell(place, wanted, baselines, definition) for place in places)


def _cell(
    place: tuple[str, str | None, str, float],
    scores: Iterable[Score],
    baselines: Mapping[tuple[str, str], Score],
    definition: OutcomeDefinition,
) -> Cell:
    group, leg, scale, day = place
    here = {s.participant: s for s in scores if (s.group, s.leg, s.scale, s.day) == place and not s.is_baseline}
    start = {
        b.participant: b.total
        for b in baselines.values()
        if b.group == group and b.scale == scale and b.total is not None
    }
    totals = {p: s.total for p, s in here.items() if s.total is not None}
    verdicts = [_verdict(start.get(p), total, definition, scale) for p, total in totals.items()]
    changes = [total - start[p] for p, total in totals.items() if p in start]
    return Cell(
        group=group,
        leg=leg,
        scale=scale,
        day=day,
        definition=definition.name,
        n_baseline=len(start),
        n_rated=len(totals),
        n_judged=sum(v is not None for v in verdicts),
        events=sum(v is True for v in verdicts),
        n_missing=len(start.keys() - totals.keys()),
        n_without_baseline=len(totals.keys() - start.keys()),
        n_undefined=sum(v is None for v in verdicts),
        n_change=len(changes),
        mean_change=mean(changes) if changes else None,
        sd_change=stdev(changes) if len(changes) > 1 else None,
    )


def _verdict(start: float | None, total: float, definition: OutcomeDefinition, scale: str) -> bool | None:
    if definition.outcome == "remission":
        return remission(total, definition, scale=scale)
    return response(start, total, definition, scale=scale)
