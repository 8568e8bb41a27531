"""Where a course stands on its headline scale: latest total, change from baseline, response, remission.

Plain functions over values; what response and remission mean is decided in holdfast.outcomes.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from holdfast import outcomes
from holdfast.clinic.assessments.queries import Rated
from holdfast.scales import scale

# Severity scales that may head a list; of two rated on one day the earlier here comes first.
HEADLINE_ORDER = ("madrs", "ham-d17", "hamd-6", "phq-9", "qids-sr16")
OTHER_TREATMENT_LEGS = frozenset({"placebo"})  # of a crossover: what follows placebo says nothing of the drug


@dataclass(frozen=True)
class Standing:
    """None where a quantity is not known. `change` is latest minus baseline: below 0 is better on these scales."""

    scale: str
    scale_name: str
    baseline: float | None
    latest: Rated | None
    change: float | None
    fall_percent: float | None
    response: bool | None
    remission: bool | None
    baseline_only: bool  # nothing was rated since the baseline: there is no change to speak of
    definitions: tuple[outcomes.OutcomeDefinition, ...]  # those used, so that a page can say by which

    @property
    def total_max(self) -> int | None:
        """The highest total of the scale."""
        return scale(self.scale).total_max

    @property
    def higher_is_worse(self) -> bool:
        """Is a fall of the total an improvement?"""
        return scale(self.scale).higher_is == "worse"

    @property
    def judgements(self) -> tuple[tuple[outcomes.OutcomeDefinition, bool | None], ...]:
        """Each definition used and whether it is met; None where that is not known."""
        return tuple((one, self.response if one.outcome == "response" else self.remission) for one in self.definitions)


def headline_scale(ratings: Sequence[Rated], baselines: Mapping[str, float]) -> str | None:
    """The scale to show first: one with a baseline before one without, then the one rated last."""
    last_day: dict[str, int] = {}
    for rating in ratings:
        if rating.total is not None and rating.leg not in OTHER_TREATMENT_LEGS and rating.scale in HEADLINE_ORDER:
            last_day[rating.scale] = rating.at.toordinal() if rating.at else rating.study_day or 0

    def rank(name: str) -> tuple[bool, int, int]:
        return name in baselines, last_day[name], -HEADLINE_ORDER.index(name)

    return max(last_day, key=rank, default=None)


def standings(
    ratings: Sequence[Rated], baselines: Mapping[str, float], choices: Mapping[str, str], *, judged: bool = True
) -> tuple[Standing, ...]:
    """Where the course stands on each scale with a total, the headline scale first."""
    first = headline_scale(ratings, baselines)
    ordered = sorted({r.scale for r in ratings if r.total is not None}, key=lambda name: (name != first, name))
    return tuple(standing(name, ratings, baselines, choices, judged=judged) for name in ordered)


def standing(
    scale_id: str,
    ratings: Sequence[Rated],
    baselines: Mapping[str, float],
    choices: Mapping[str, str],
    *,
    judged: bool = True,
) -> Standing:
    """Where the course stands on one scale, by the programme's choices.

    Not `judged`, as for a control who has no illness, response and remission are None and no definition is named.
    """
    own = [r for r in ratings if r.scale == scale_id and r.total is not None and r.leg not in OTHER_TREATMENT_LEGS]
    latest = own[-1] if own else None
    start = baselines.get(scale_id)
    total = latest.total if latest else None
    by_outcome = {d.outcome: d for d in outcomes.chosen_definitions(scale_id, choices) if judged}
    change = None if start is None or total is None else total - start
    return Standing(
        scale=scale_id,
        scale_name=scale(scale_id).name,
        baseline=start,
        latest=latest,
        change=change,
        fall_percent=_fall_percent(start, total),
        response=_responded(start, total, by_outcome, scale_id),
        remission=_remitted(total, by_outcome, scale_id),
        baseline_only=start is not None and len(own) == 1,
        definitions=tuple(d for key, d in by_outcome.items() if key in ("response", "remission")),
    )


def _fall_percent(start: float | None, total: float | None) -> float | None:
    return None if not start or total is None else 100 * (start - total) / start


def _responded(
    start: float | None, total: float | None, by_outcome: Mapping[str, outcomes.OutcomeDefinition], scale_id: str
) -> bool | None:
    if "response" not in by_outcome or scale(scale_id).higher_is != "worse":
        return None
    return outcomes.response(start, total, by_outcome["response"], scale=scale_id)


def _remitted(total: float | None, by_outcome: Mapping[str, outcomes.OutcomeDefinition], scale_id: str) -> bool | None:
    if "remission" not in by_outcome:
        return None
    return outcomes.remission(total, by_outcome["remission"], scale=scale_id)
