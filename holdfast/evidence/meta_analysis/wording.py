"""An analysis in plain sentences: what was found, how sure, what a new study may show, and what to mind."""

from __future__ import annotations

import math

from holdfast.evidence.meta_analysis.analysis import Analysis
from holdfast.evidence.meta_analysis.pooling import Pooled

NO_STUDY = "No study of the tables answers this question."
FEW = 5  # studies below which tau² is hardly known
_INTERVALS = {"hk": "Hartung-Knapp", "hk-adhoc": "Hartung-Knapp, never narrower than Wald", "wald": "Wald"}
_METHODS = {"reml": "random effects, REML", "dl": "random effects, DerSimonian-Laird",
            "pm": "random effects, Paule-Mandel", "fixed": "fixed effect"}  # fmt: skip


def number(value: float) -> str:
    """Three significant digits, without an exponent where people read it."""
    if value == 0 or abs(value) >= 1000:
        return f"{value:,.0f}"
    return f"{value:#.3g}".rstrip(".") if abs(value) >= 0.001 else f"{value:.1g}"


def headline(one: Analysis) -> str:
    """What the group is of."""
    return "; ".join([*one.group.dimensions.values(), *(f"any {name}" for name in one.group.mixed)])


def sentences(one: Analysis) -> list[str]:
    """One study, or the pooled result, its reach and its doubts."""
    said = _alone(one) if one.pooled is None else _pooled(one, one.pooled)
    for name, values in one.group.mixed.items():
        said.append(f"Mixed because it was asked for, {name}: {'; '.join(values)}.")
    for estimate in one.group.estimates:
        said += [f"{estimate.study.title}: {caution}." for caution in estimate.cautions]
    return said


def _value(one: Analysis, value: float) -> str:
    unit = one.measure.unit
    return f"{shown(one, value)}{' %' if unit == '%' else f' {unit}' if unit else ''}"


def shown(one: Analysis, value: float) -> str:
    """A number of the reader's scale: percents to a tenth."""
    if math.isinf(value):
        return "no limit"
    return f"{value:.1f}" if one.measure.unit == "%" else number(value)


def _range(one: Analysis, low: float, high: float) -> str:
    return f"{shown(one, low)} to {shown(one, high)}"


def _alone(one: Analysis) -> list[str]:
    e = one.group.estimates[0]
    low, high = (one.back(x, e.n) for x in one.study_interval(0))
    found = f"{_value(one, one.back(e.estimate, e.n))} ({_level(one)} interval {_range(one, low, high)})"
    return [f"One study answers, {e.study.title}: {one.measure.words} {found}. Nothing is pooled."]


def _level(one: Analysis) -> str:
    return f"{100 * one.model.level:g} %"


def _pooled(one: Analysis, pooled: Pooled) -> list[str]:
    low, high = (one.back(x) for x in pooled.interval)
    model = f"{_METHODS[pooled.model.method]}, {_INTERVALS[pooled.model.interval]}"
    found = f"{_value(one, one.back(pooled.mean))} ({_level(one)} interval {_range(one, low, high)}; {model})"
    said = [f"{one.k} studies: {one.measure.words} {found}."]
    null = one.measure.null
    if null is not None:
        where = "takes in" if low <= null <= high else "leaves out"
        said[0] = said[0].removesuffix(".") + f"; the interval {where} no effect ({null:g})."
    if pooled.prediction is not None:
        said.append(_new_study(one, pooled.prediction))
    return [*said, _spread(one, pooled), *_doubts(one)]


def _new_study(one: Analysis, prediction: tuple[float, float]) -> str:
    low, high = (one.back(x) for x in prediction)
    said = f"The true effect of a new study of this kind would lie from {_range(one, low, high)}"
    null = one.measure.null
    if null is not None:
        said += f", {'no effect among it' if low <= null <= high else 'no effect not among it'}"
    doubt = (
        ""
        if one.pooled is None or one.pooled.heterogeneity.tau2 > 0
        else "; this takes the estimate tau² = 0 at its word"
    )
    return f"{said} ({_level(one)} prediction interval{doubt})."


def _spread(one: Analysis, pooled: Pooled) -> str:
    h = pooled.heterogeneity
    said = f"Studies differ: I² {h.i2_percent:.0f} %, Q {h.q:.2f} on {h.q_df} df (p {h.q_p:.2g})"
    if pooled.model.method == "fixed":
        return f"{said}; a fixed effect takes them as one all the same."
    if h.tau2_interval is None:
        return f"{said}, tau² {number(h.tau2)}: they are more alike than chance would have them."
    return f"{said}, tau² {number(h.tau2)} ({_level(one)} interval {' to '.join(map(number, h.tau2_interval))})."


def _doubts(one: Analysis) -> list[str]:
    said = []
    if one.k < FEW:
        said.append(f"With {one.k} studies, how far true effects differ is hardly known.")
    if one.pooled is not None and one.model.interval == "hk" and one.pooled.scale < 1:
        said.append("Studies agree better than chance would have them, and Hartung-Knapp takes that as precision; "
                    "hk-adhoc does not.")  # fmt: skip
    turned = [i.name for i in one.influences if _turns(one, i.without)]
    if turned:
        said.append(f"The verdict on no effect turns without {' or without '.join(turned)}.")
    for tilt in one.tilts:
        p = f"{tilt.test.capitalize()}'s test of small studies: p {tilt.p_value:.2g}"
        said.append(f"{p}; {tilt.caution}." if tilt.caution else f"{p}.")
    return said


def _turns(one: Analysis, rest: Pooled) -> bool:
    null, whole = one.measure.null, one.pooled
    if null is None or whole is None:
        return False

    def takes_in(found: Pooled) -> bool:
        low, high = (one.back(x) for x in found.interval)
        return low <= null <= high

    return takes_in(rest) != takes_in(whole)
