"""A forecast as a plot: ratings so far, the median to come and the bands of 50, 80 and 95 % of ratings."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from matplotlib.figure import Figure

from holdfast.errors import InputError
from holdfast.forecast.patient_file import Patient
from holdfast.model.plots import BLACK, BLUE, WIDTH_IN, add_caption

_SHADES = {"95": 0.15, "80": 0.25, "50": 0.4}
_HEIGHT_IN = 4.2


def fan_chart(answer: Mapping[str, Any], patient: Patient) -> Figure:
    """The figure. Raises `InputError` where no forecast is given to draw."""
    curve = answer["curve"]
    if curve is None:
        raise InputError("there is no forecast to draw: " + " ".join(answer["verdict"]["said"]))
    figure = Figure(figsize=(WIDTH_IN, _HEIGHT_IN), layout="constrained")
    axes = figure.subplots()
    for band, shade in _SHADES.items():
        low, high = zip(*curve["bands"][band], strict=True)
        axes.fill_between(curve["days"], low, high, color=BLUE, alpha=shade, linewidth=0, label=f"{band} % of ratings")
    axes.plot(curve["days"], curve["median"], color=BLUE, label="median")
    own = [(one.day, one.total) for one in patient.obtained if one.scale == answer["scale"] and one.total is not None]
    axes.plot([day for day, _ in own], [total for _, total in own], "o", color=BLACK, label="ratings so far")
    for one in patient.doses:
        axes.axvline(one.day, ymax=0.03, color=BLACK, linewidth=1)
    axes.axvline(patient.today, color=BLACK, linestyle=":", linewidth=1)
    axes.set(xlabel="day (marks below: doses given; dotted: today)", ylabel=answer["scale"], ylim=(0, None))
    axes.legend(loc="upper left", fontsize="small", frameon=False)
    verdict = " ".join(answer["verdict"]["said"])
    add_caption(
        figure, f"{curve['words']}. {verdict[:90]} Model {answer['about']['model']}; see docs/explanation/forecast.md"
    )
    return figure
