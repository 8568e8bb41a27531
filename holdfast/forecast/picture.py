"""A forecast as a plot: ratings so far, the median to come and the bands of 50, 80 and 95 % of ratings."""

from __future__ import annotations

import textwrap
from collections.abc import Mapping
from typing import Any

from matplotlib.axes import Axes
from matplotlib.figure import Figure

from holdfast.forecast.patient_file import Patient
from holdfast.forecast.told import scale_name, today_given
from holdfast.model.plots import BLACK, BLUE, WIDTH_IN, add_caption

_SHADES = {"95": 0.15, "80": 0.25, "50": 0.4}
_HEIGHT_IN = 4.2
_LINE_SIGNS = 110  # of the caption


def fan_chart(answer: Mapping[str, Any], patient: Patient) -> Figure:
    """The figure. Where no forecast is given: the ratings so far, to be looked at, and that there is none."""
    curve = answer["curve"]
    figure = Figure(figsize=(WIDTH_IN, _HEIGHT_IN), layout="constrained")
    axes = figure.subplots()
    if curve is not None:
        _draw_bands(axes, curve)
    own = [(one.day, one.total) for one in patient.obtained if one.scale == answer["scale"] and one.total is not None]
    days, totals = [day for day, _ in own], [total for _, total in own]
    axes.plot(days, totals, "o", color=BLACK, label="ratings so far", clip_on=False)
    for one in patient.doses:
        axes.axvline(one.day, ymax=0.03, color=BLACK, linewidth=1)
    axes.axvline(patient.today, color=BLACK, linestyle=":", linewidth=1)
    axes.set(xlabel="day (marks below: doses given; dotted: today)", ylabel=scale_name(answer), ylim=(0, None))
    figure.legend(loc="outside upper center", ncols=5, fontsize="small", frameon=False)  # beside no rating
    add_caption(figure, _caption(answer))
    return figure


def _draw_bands(axes: Axes, curve: Mapping[str, Any]) -> None:
    for band, shade in _SHADES.items():
        low, high = zip(*curve["bands"][band], strict=True)
        axes.fill_between(curve["days"], low, high, color=BLUE, alpha=shade, linewidth=0, label=f"{band} % of ratings")
    axes.plot(curve["days"], curve["median"], color=BLUE, label="median")


def _caption(answer: Mapping[str, Any]) -> str:
    """The plan and what the verdict begins with, each on a line of its own."""
    said = [one.split(". ")[0].rstrip(".") + "." for one in answer["verdict"]["said"]]
    if answer["curve"] is None:
        said.append("No forecast is given: ratings so far alone.")
    else:
        words = answer["curve"]["words"]
        said.insert(0, f"{words[:1].upper()}{words[1:]}{today_given(answer['curve'])}.")
    lines = [*said, f"Model {answer['about']['model']}; see docs/explanation/forecast.md"]
    return "\n".join(textwrap.fill(line, _LINE_SIGNS) for line in lines)
