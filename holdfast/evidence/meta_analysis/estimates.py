"""One study's rows become one estimate with its variance, and the sentences that tell how.

Arms of several doses are taken together (or one is asked for by its dose). A study's own contrast in points goes before
one of its arms: it is adjusted for baseline. Crossover periods are taken as parallel arms, for nobody printed how the
two periods of a patient hang together: the variance is then too large, never too small.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from holdfast.errors import InputError
from holdfast.evidence.meta_analysis import derivations as derive
from holdfast.evidence.meta_analysis import effect_sizes as sizes
from holdfast.evidence.meta_analysis.measures import Measure
from holdfast.evidence.rows import Arm, Outcome, Study

Moments = tuple[float, float, float]  # patients, mean, SD
Counts = tuple[float, float]  # events, patients
_BY_COUNTS: dict[str, Callable[..., sizes.Sizes]] = {
    "or": sizes.log_odds_ratio, "rr": sizes.log_risk_ratio, "rd": sizes.risk_difference,
    "logit": sizes.logit_proportion, "ft": sizes.double_arcsine_proportion,
}  # fmt: skip
_BY_MEANS: dict[str, Callable[..., sizes.Sizes]] = {
    "md": sizes.mean_difference, "smd": sizes.standardised_mean_difference, "mean": sizes.mean_of_arm
}  # fmt: skip


@dataclass(frozen=True)
class Estimate:
    """On the scale on which it is pooled. `n` is None where the study did not print it; `counts` None for points."""

    study: Study
    arm: Arm
    rows: tuple[Outcome, ...]
    estimate: float
    variance: float
    n: float | None
    counts: tuple[Counts, ...] | None
    how: tuple[str, ...]
    cautions: tuple[str, ...]


def of_counts(treated: Sequence[Outcome], control: Sequence[Outcome], measure: Measure) -> Estimate:
    """From events and patients of the arms. Raises `InputError` with the reason where one is missing."""
    how: list[str] = []
    groups = [_events(arms, how) for arms in (treated, control) if arms]
    y, v = _BY_COUNTS[measure.key](*[number for group in groups for number in group])
    if not np.isfinite(y[0]):
        raise InputError("no event in either arm, or nothing else: it says nothing on a ratio")
    if any(hits in (0, n) for hits, n in groups) and measure.key != "ft":
        how.append("a half added to each cell, for one is zero")
    n = sum(n for _, n in groups)
    return _estimate((*treated, *control), (float(y[0]), float(v[0])), n, tuple(groups), how)


def of_arm_means(treated: Sequence[Outcome], control: Sequence[Outcome], measure: Measure) -> Estimate:
    """From mean, SD and patients of the arms. Raises `InputError` with the reason where one is missing."""
    how: list[str] = []
    groups = [_moments(arms, how) for arms in (treated, control) if arms]
    numbers = [x for n, mean, sd in groups for x in (mean, sd, n)]
    y, v = _BY_MEANS[measure.key](*numbers)
    n = sum(group[0] for group in groups)
    return _estimate((*treated, *control), (float(y[0]), float(v[0])), n, None, how)


def of_reported_contrast(row: Outcome) -> Estimate:
    """From a difference the study printed, with its SE or interval. Raises `InputError` where both are missing."""
    if row.value is None:
        raise InputError("no value")
    if row.se is not None:
        se, how = row.se, "difference and SE as printed"
    elif row.interval_kind == "ci95" and row.ci_low is not None and row.ci_high is not None:
        found = derive.se_from_interval(row.value, row.ci_low, row.ci_high)
        se, how = found.value, f"difference as printed; {found.how}"
    else:
        raise InputError("neither SE nor confidence interval")
    return _estimate((row,), (float(row.value), se**2), None, None, [how])


def _estimate(
    used: Sequence[Outcome], size: tuple[float, float], n: float | None, counts: tuple[Counts, ...] | None,
    how: list[str],
) -> Estimate:  # fmt: skip
    return Estimate(used[0].study, used[0].arm, tuple(used), *size, n, counts, tuple(how), tuple(_cautions(used)))


def _cautions(used: Sequence[Outcome]) -> list[str]:
    study, found = used[0].study, []
    if study.design_kind == "crossover" and (len(used) > 1 or used[0].estimand == "contrast"):
        found.append("crossover taken as parallel arms: its weight is too small, not too large")
    if study.polarity in ("both", "not stated"):
        found.append(f"polarity: {study.polarity}")
    doubtful = sorted({name for one in used for name in one.unverified_fields})
    if doubtful:
        found.append(f"unverified: {', '.join(doubtful)}")
    low = sorted({one.status for one in used} - {"transcribed", "verified"})
    if low:
        found.append(f"status {', '.join(low)}")
    return found


def _labels(arms: Sequence[Outcome]) -> str:
    return ", ".join(row.arm.label for row in arms)


def _events(arms: Sequence[Outcome], how: list[str]) -> Counts:
    hits = total = 0.0
    for row in arms:
        n = _patients(row)
        if row.unit != "percent" or row.value is None:
            raise InputError(f"{row.id} holds no percent")
        events: float | None = row.events
        if events is None:
            found = derive.events_from_percent(row.value, n)
            events = found.value
            how.append(f"{row.arm.label}: {found.how}")
        hits, total = hits + events, total + n
    if len(arms) > 1:
        how.append(f"arms taken together: {_labels(arms)}")
    return hits, total


def _moments(arms: Sequence[Outcome], how: list[str]) -> Moments:
    each = [_moments_of(row, how) for row in arms]
    if len(each) == 1:
        return each[0]
    how.append(f"arms taken together: {_labels(arms)}")
    patients, means, sds = zip(*each, strict=True)
    return derive.combined_arms(patients, means, sds)


def _moments_of(row: Outcome, how: list[str]) -> Moments:
    n = _patients(row)
    if row.value is None or row.unit != "points":
        raise InputError(f"{row.id} holds no points")
    if row.sd is not None:
        return n, row.value, row.sd
    if row.se is not None:
        found = derive.sd_from_standard_error(row.se, n)
    elif row.interval_kind == "ci95" and row.ci_low is not None and row.ci_high is not None:
        found = derive.sd_from_interval(row.ci_low, row.ci_high, n)
    else:
        raise InputError(f"{row.arm.label}: neither SD, SE nor confidence interval")
    of_model = " (of a least-squares mean, taken as that of a mean)" if row.outcome == "change_lsmean" else ""
    how.append(f"{row.arm.label}: {found.how}{of_model}")
    return n, row.value, found.value


def _patients(row: Outcome) -> float:
    if row.n_analysed is None:
        raise InputError(f"{row.arm.label}: the number analysed is not known")
    return float(row.n_analysed)
