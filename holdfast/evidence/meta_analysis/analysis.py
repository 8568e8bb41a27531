"""From chosen estimates to an answer: pooled, with what each study adds, on the scale of the reader."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from scipy.special import ndtri

from holdfast.errors import InputError
from holdfast.evidence.meta_analysis.effect_sizes import harmonic_mean
from holdfast.evidence.meta_analysis.estimates import Estimate
from holdfast.evidence.meta_analysis.influence import Influence, influences
from holdfast.evidence.meta_analysis.measures import Measure
from holdfast.evidence.meta_analysis.pooling import Pooled, pool
from holdfast.evidence.meta_analysis.regression import Model
from holdfast.evidence.meta_analysis.selection import Group, Selection
from holdfast.evidence.meta_analysis.small_studies import Tilt, egger, peters
from holdfast.evidence.meta_analysis.study_effects import StudyEffects, study_effects

FEWEST_TO_LEAVE_ONE_OUT = 3


@dataclass(frozen=True)
class Analysis:
    """One group answered. `pooled` is None where one study stands alone; influences and tilts need three."""

    group: Group
    measure: Measure
    model: Model
    studies: StudyEffects
    pooled: Pooled | None
    influences: tuple[Influence, ...]
    tilts: tuple[Tilt, ...]

    @property
    def k(self) -> int:
        return len(self.studies)

    @property
    def n_harmonic(self) -> float:
        """Sample size by which a double arcsine leads back; 1 where no size is known and none is needed."""
        known = [e.n for e in self.group.estimates if e.n]
        return harmonic_mean(known) if known else 1.0

    def back(self, value: float, n: float | None = None) -> float:
        """To the scale of the reader."""
        return self.measure.back(value, self.n_harmonic if n is None else n)

    def study_interval(self, i: int) -> tuple[float, float]:
        """Of one study alone, on the pooled scale, by the normal distribution."""
        reach = float(ndtri((1 + self.model.level) / 2) * self.studies.standard_errors[i])
        return float(self.studies.estimates[i]) - reach, float(self.studies.estimates[i]) + reach


def analyses(selection: Selection, model: Model) -> tuple[Analysis, ...]:
    """Every group of the selection, those of most studies first."""
    return tuple(_analysis(group, selection.measure, model) for group in selection.groups)


def _analysis(group: Group, measure: Measure, model: Model) -> Analysis:
    estimates = group.estimates
    studies = study_effects(
        [e.estimate for e in estimates], [e.variance for e in estimates], [e.study.title for e in estimates]
    )
    several = len(studies) > 1
    enough = len(studies) >= FEWEST_TO_LEAVE_ONE_OUT
    return Analysis(
        group, measure, model, studies, pool(studies, model) if several else None,
        influences(studies, model) if enough else (), _tilts(studies, measure, estimates) if enough else (),
    )  # fmt: skip


def _tilts(studies: StudyEffects, measure: Measure, estimates: Sequence[Estimate]) -> tuple[Tilt, ...]:
    """Egger's, and for odds ratios Peters'; what cannot be computed of these studies is left away."""
    found = []
    tests = [lambda: egger(studies)]
    if measure.key == "or":
        hits = [sum(events for events, _ in e.counts or ()) for e in estimates]
        tests.append(lambda: peters(studies, hits, [e.n or 0.0 for e in estimates]))
    for test in tests:
        try:
            found.append(test())
        except InputError:  # studies all of one size, or with no patient without the event
            continue
    return tuple(found)


def as_dict(one: Analysis) -> dict[str, Any]:
    """Plain values for JSON: every number on the scale of the reader, tau² on the pooled scale."""
    answer: dict[str, Any] = {
        "of": dict(one.group.dimensions), "mixed": {name: list(v) for name, v in one.group.mixed.items()},
        "k": one.k, "studies": [_study(one, i) for i in range(one.k)], "result": None,
    }  # fmt: skip
    if one.pooled is not None:
        answer["result"] = _result(one, one.pooled)
    if one.influences:
        answer["leave_one_out"] = [_without(one, i) for i in one.influences]
    if one.tilts:
        answer["small_studies"] = [_tilt(tilt) for tilt in one.tilts]
    return answer


def _study(one: Analysis, i: int) -> dict[str, Any]:
    e = one.group.estimates[i]
    low, high = one.study_interval(i)
    weight = None if one.pooled is None else float(one.pooled.weights_percent[i])
    return {
        "study": e.study.id, "title": e.study.title, "year": e.study.year, "n": e.n,
        "counts": None if e.counts is None else [{"events": hits, "n": n} for hits, n in e.counts],
        "estimate": one.back(e.estimate, e.n), "interval": [_known(one.back(x, e.n)) for x in (low, high)],
        "weight_percent": weight, "pooled_scale": {"estimate": e.estimate, "variance": e.variance},
        "rows": [row.id for row in e.rows], "status": sorted({row.status for row in e.rows}),
        "how": list(e.how), "cautions": list(e.cautions),
    }  # fmt: skip


def _result(one: Analysis, pooled: Pooled) -> dict[str, Any]:
    h = pooled.heterogeneity
    return {
        "measure": one.measure.words, "unit": one.measure.unit, "method": pooled.model.method,
        "interval_method": pooled.model.interval, "level": pooled.model.level,
        "estimate": one.back(pooled.mean), "interval": [_known(one.back(x)) for x in pooled.interval],
        "p_value": None if one.measure.null is None else _known(pooled.p_value),
        "prediction_interval": None if pooled.prediction is None else [_known(one.back(x)) for x in pooled.prediction],
        "pooled_scale": {"estimate": pooled.mean, "se": pooled.se},
        "heterogeneity": {
            "tau2": h.tau2, "tau2_interval": None if h.tau2_interval is None else list(h.tau2_interval), "q": h.q,
            "q_df": h.q_df, "q_p": h.q_p, "i2_percent": h.i2_percent,
            "i2_interval": None if h.i2_interval is None else list(h.i2_interval), "h2": h.h2,
        },
    }  # fmt: skip


def _without(one: Analysis, influence: Influence) -> Mapping[str, Any]:
    rest = influence.without
    return {
        "without": influence.name, "estimate": one.back(rest.mean),
        "interval": [_known(one.back(x)) for x in rest.interval],
        "tau2": rest.heterogeneity.tau2, "studentized_residual": _known(influence.studentized_residual),
        "dffits": _known(influence.dffits), "cook_distance": _known(influence.cook_distance),
        "covariance_ratio": _known(influence.covariance_ratio),
    }  # fmt: skip


def _known(value: float) -> float | None:
    """The number, or None where JSON has none: a residual without error, an interval without an end."""
    return value if math.isfinite(value) else None


def _tilt(tilt: Tilt) -> Mapping[str, Any]:
    return {"test": tilt.test, "slope": tilt.slope, "slope_se": tilt.slope_se, "statistic": tilt.statistic,
            "df": tilt.df, "p_value": tilt.p_value, "caution": tilt.caution}  # fmt: skip
