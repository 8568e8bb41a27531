"""A forest plot: each study with its interval, squares as large as their weight, the mean as a diamond, and below it
the interval in which the effect of a new study would lie.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import FuncFormatter, LogLocator, MaxNLocator, NullFormatter, NullLocator

from holdfast.evidence.meta_analysis.analysis import Analysis
from holdfast.evidence.meta_analysis.estimates import Estimate
from holdfast.evidence.meta_analysis.wording import headline, number, shown
from holdfast.model.plots import BLACK, BLUE, ORANGE

_STUDY, _MEAN, _NEW = BLUE, BLACK, ORANGE
_WIDTH_IN, _LINE_IN, _FRAME_IN = 10.0, 0.27, 1.55
_TEXT_PT, _SMALL_PT = 9.0, 8.0
_ALONE_PT2 = 36.0
_SQUARE_PT2 = 170.0  # area of a square that has all the weight
_COLUMNS = {"study": 0.0, "counts": 0.275, "control": 0.35, "value": 0.735, "weight": 1.0}  # of the figure's width
_PLOT = (0.39, 0.32)  # left end and width
_MARGIN = 0.02
_LONGEST_NAME = 32
_MORE_IS_BETTER = ("response", "remission")
_LESS_IS_BETTER = ("change", "relapse")


@dataclass(frozen=True)
class _Line:
    """One line of the plot, `kind` heading, study, mean, new or blank."""

    kind: str
    analysis: Analysis
    index: int = -1


def forest_figure(analyses: Sequence[Analysis], outcome: str, day: float | None) -> Figure:
    """All analyses below each other on one axis. They must be of one measure, and one at least."""
    lines = [line for one in analyses for line in _lines(one)]
    height = _FRAME_IN + _LINE_IN * len(lines)
    figure = Figure(figsize=(_WIDTH_IN, height))
    bottom, top = 0.75 / height, 1 - 0.8 / height
    axes = figure.add_axes((_PLOT[0], bottom, _PLOT[1], top - bottom))
    axes.set_ylim(len(lines) - 0.5, -0.5)
    limits = _limits(analyses)
    _dress(axes, analyses[0], limits)
    for y, line in enumerate(lines):
        _draw(axes, line, y, limits)
        _write(figure, line, 1 - (0.8 + _LINE_IN * (y + 0.5)) / height)
    _headers(figure, analyses[0], outcome, day, height)
    _favours(axes, analyses[0], outcome)
    return figure


def _lines(one: Analysis) -> Iterator[_Line]:
    yield _Line("heading", one)
    for i in range(one.k):
        yield _Line("study", one, i)
    if one.pooled is not None:
        yield _Line("mean", one)
        if one.pooled.prediction is not None:
            yield _Line("new", one)
        yield _Line("spread", one)
    yield _Line("blank", one)


def _limits(analyses: Sequence[Analysis]) -> tuple[float, float]:
    """Ends of the axis on the reader's scale: all estimates and means; intervals as far as they do not drown them."""
    one = analyses[0]
    if one.measure.unit == "%":
        return 0.0, 100.0
    points = [float(y) for a in analyses for y in a.studies.estimates]
    known = [a.pooled for a in analyses if a.pooled is not None and a.k > 2]
    points += [x for pooled in known for x in (*pooled.interval, *(pooled.prediction or ()))]
    ends = [x for a in analyses for i in range(a.k) for x in a.study_interval(i)]
    null = 0.0
    low, high = min(*points, null), max(*points, null)
    reach = max(high - low, 1e-9)
    low, high = min(low, max(min(ends), low - reach)), max(high, min(max(ends), high + reach))
    edge = 0.06 * (high - low)
    return one.back(low - edge), one.back(high + edge)


def _dress(axes: Axes, one: Analysis, limits: tuple[float, float]) -> None:
    axes.spines[["top", "right", "left"]].set_visible(False)
    axes.tick_params(axis="y", left=False, labelleft=False)
    axes.tick_params(axis="x", labelsize=_SMALL_PT)
    axes.xaxis.set_major_locator(MaxNLocator(6))
    if one.measure.logarithmic:
        axes.set_xscale("log")
        span = np.log10(limits[1] / limits[0])
        axes.xaxis.set_major_locator(LogLocator(subs=(1.0,) if span > 2.5 else (1.0, 2.0, 5.0)))
        axes.xaxis.set_major_formatter(FuncFormatter(lambda x, _: f"{x:g}"))
        axes.xaxis.set_minor_formatter(NullFormatter())
        axes.xaxis.set_minor_locator(NullLocator())
    axes.set_xlim(*limits)
    unit = f" ({one.measure.unit})" if one.measure.unit else ""
    axes.set_xlabel(f"{one.measure.words}{unit}", fontsize=_TEXT_PT)
    if one.measure.null is not None:
        axes.axvline(one.measure.null, color="0.45", linewidth=0.8, linestyle=(0, (4, 3)), zorder=0)


def _favours(axes: Axes, one: Analysis, outcome: str) -> None:
    """Which side speaks for the drug, where the outcome leaves no doubt."""
    if one.measure.null is None or outcome not in (*_MORE_IS_BETTER, *_LESS_IS_BETTER):
        return
    left, right = ("favours control", "favours drug") if outcome in _MORE_IS_BETTER else (
        "favours drug", "favours control")  # fmt: skip
    low, high = axes.get_xlim()
    for words, shift, align, beyond in ((f"← {left}", -4, "right", low), (f"{right} →", 4, "left", high)):
        null = one.measure.null
        share = abs(np.log(beyond / null) / np.log(high / low)) if one.measure.logarithmic else (
            abs(beyond - null) / (high - low))  # fmt: skip
        if share > 0.22:  # else there is no room
            axes.annotate(words, (null, 1), (shift, 3), xycoords=("data", "axes fraction"),
                          textcoords="offset points", ha=align, fontsize=_SMALL_PT, color="0.35")  # fmt: skip


def _draw(axes: Axes, line: _Line, y: int, limits: tuple[float, float]) -> None:
    one = line.analysis
    if line.kind == "study":
        e = one.group.estimates[line.index]
        low, high = (one.back(x, e.n) for x in one.study_interval(line.index))
        _span(axes, low, high, y, limits, _STUDY, 1.2)
        weight = None if one.pooled is None else float(one.pooled.weights_percent[line.index])
        area = _ALONE_PT2 if weight is None else max(6.0, _SQUARE_PT2 * weight / 100)
        axes.scatter([one.back(e.estimate, e.n)], [y], s=area, marker="s", color=_STUDY,
                     zorder=3, linewidths=0)  # fmt: skip
    elif one.pooled is not None and line.kind == "mean":
        low, high = (one.back(x) for x in one.pooled.interval)
        middle, left, right = one.back(one.pooled.mean), max(low, limits[0]), min(high, limits[1])
        axes.fill([left, middle, right, middle], [y, y - 0.3, y, y + 0.3], color=_MEAN, zorder=3)
        _arrows(axes, low, high, y, limits, _MEAN)
    elif one.pooled is not None and line.kind == "new" and one.pooled.prediction is not None:
        low, high = (one.back(x) for x in one.pooled.prediction)
        _span(axes, low, high, y, limits, _NEW, 3.0)


def _span(axes: Axes, low: float, high: float, y: int, limits: tuple[float, float], colour: str, width: float) -> None:
    axes.plot([max(low, limits[0]), min(high, limits[1])], [y, y], color=colour, linewidth=width,
              solid_capstyle="butt", zorder=2)  # fmt: skip
    _arrows(axes, low, high, y, limits, colour)


def _arrows(axes: Axes, low: float, high: float, y: int, limits: tuple[float, float], colour: str) -> None:
    """An arrow at the end of the axis where an interval goes on beyond it."""
    for beyond, at, marker in ((low < limits[0], limits[0], "<"), (high > limits[1], limits[1], ">")):
        if beyond:
            axes.plot([at], [y], marker=marker, color=colour, markersize=5, clip_on=False, zorder=4)


def _write(figure: Figure, line: _Line, y: float) -> None:
    one = line.analysis
    if line.kind == "heading":
        _put(figure, "study", y, headline(one), weight="bold")
    elif line.kind == "study":
        e = one.group.estimates[line.index]
        mark = "*" if any(row.status not in ("transcribed", "verified") for row in e.rows) else ""
        _put(figure, "study", y, f"{_short(e.study.title)}{mark}", indent=True)
        _counts(figure, e, y)
        low, high = (one.back(x, e.n) for x in one.study_interval(line.index))
        _put(figure, "value", y, _triple(one, one.back(e.estimate, e.n), low, high))
        if one.pooled is not None:
            _put(figure, "weight", y, f"{one.pooled.weights_percent[line.index]:.1f}", right=True)
    elif one.pooled is not None and line.kind == "mean":
        low, high = (one.back(x) for x in one.pooled.interval)
        words = "Fixed effect" if one.model.method == "fixed" else "Random effects"
        _put(figure, "study", y, words, weight="bold", indent=True)
        _put(figure, "value", y, _triple(one, one.back(one.pooled.mean), low, high), weight="bold")
    elif one.pooled is not None and line.kind == "new" and one.pooled.prediction is not None:
        low, high = (one.back(x) for x in one.pooled.prediction)
        _put(figure, "study", y, "Prediction interval", indent=True)
        _put(figure, "value", y, f"{shown(one, low)} to {shown(one, high)}")
    elif one.pooled is not None and line.kind == "spread":
        h = one.pooled.heterogeneity
        said = f"I² {h.i2_percent:.0f} %, τ² {number(h.tau2)}, Q {h.q:.2f} on {h.q_df} df (p {h.q_p:.2g})"
        _put(figure, "study", y, said, indent=True, size=_SMALL_PT, colour="0.35")


def _counts(figure: Figure, e: Estimate, y: float) -> None:
    if e.counts is None:
        _put(figure, "control", y, "?" if e.n is None else f"{e.n:.0f}", right=True)
        return
    names = ("counts", "control") if len(e.counts) > 1 else ("control",)
    for name, (hits, n) in zip(names, e.counts, strict=True):
        _put(figure, name, y, f"{hits:.0f}/{n:.0f}", right=True)


def _triple(one: Analysis, middle: float, low: float, high: float) -> str:
    return f"{shown(one, middle)} ({shown(one, low)} to {shown(one, high)})"


def _short(name: str) -> str:
    return name if len(name) <= _LONGEST_NAME else f"{name[: _LONGEST_NAME - 1].rstrip()}…"


def _signs(words: str) -> str:
    """As printed in papers: one sign for not less, a minus that is no hyphen."""
    return re.sub(r"(?<![\w.)])-(?=\d)", "−", words.replace(">=", "≥ ").replace("<=", " ≤ "))


def _put(
    figure: Figure, column: str, y: float, words: str, *, weight: str = "normal", indent: bool = False,
    right: bool = False, size: float = _TEXT_PT, colour: str = "black",
) -> None:  # fmt: skip
    x = _MARGIN + _COLUMNS[column] * (1 - 2 * _MARGIN) + (0.012 if indent else 0)
    over = {"facecolor": "white", "edgecolor": "none", "pad": 1.0}  # a long heading runs over the line of no effect
    figure.text(x, y, _signs(words), fontsize=size, fontweight=weight, va="center", ha="right" if right else "left",
                color=colour, bbox=over if weight == "bold" else None)  # fmt: skip


def _headers(figure: Figure, one: Analysis, outcome: str, day: float | None, height: float) -> None:
    when = "" if day is None else f", day {day:g}"
    figure.text(_MARGIN, 1 - 0.22 / height, f"{outcome.capitalize()}{when}", fontsize=11, fontweight="bold",
                va="center")  # fmt: skip
    y = 1 - 0.58 / height
    e = one.group.estimates[0]
    _put(figure, "study", y, "Study", weight="bold")
    if e.counts is None:
        _put(figure, "control", y, "n", weight="bold", right=True)
    elif len(e.counts) > 1:
        _put(figure, "counts", y, "drug", weight="bold", right=True)
        _put(figure, "control", y, "control", weight="bold", right=True)
    else:
        _put(figure, "control", y, "events", weight="bold", right=True)
    _put(figure, "value", y, f"Effect ({100 * one.model.level:g} % interval)", weight="bold")
    _put(figure, "weight", y, "Weight %", weight="bold", right=True)
    note = "Published groups of patients; no prediction for a patient. * status below transcribed; ? not known."
    figure.text(_MARGIN, 0.14 / height, note, fontsize=_SMALL_PT, color="0.35", va="center")
