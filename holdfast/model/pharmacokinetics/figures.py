"""Levels over time as figures: of one person, or as a band of many people."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from numpy.typing import NDArray

from holdfast.model.named_models import NamedModel
from holdfast.model.pharmacokinetics.covariates import Covariates, Effects
from holdfast.model.pharmacokinetics.dosing import Regimen
from holdfast.model.pharmacokinetics.levels import SUBSTANCES
from holdfast.model.pharmacokinetics.profile import minute_grid
from holdfast.model.pharmacokinetics.simulation import simulate
from holdfast.model.plots import COLOURS, WIDTH_IN, add_caption
from holdfast.model.provenance import NO_PREDICTION, with_version
from holdfast.units import NG_PER_ML_PER_MG_PER_L

_HEIGHT_IN = 4.5


def level_figure(
    model: NamedModel, regimen: Regimen, who: Covariates, substances: Sequence[str], *, site: str, hours_h: float,
    effects: Effects | None = None,
) -> Figure:  # fmt: skip
    """Levels of the first patient over time, each dose marked on the axis."""
    figure, axes = level_axes(f"{model.row['title']}: typical person")
    add_caption(figure, f"{with_version(model)}: typical person, {NO_PREDICTION}")
    simulation = simulate(model, regimen, who, minute_grid(regimen, hours_h), effects=effects)
    for substance, colour in zip(substances, COLOURS, strict=False):
        level = simulation.level_mg_per_l(substance, site)[0] * NG_PER_ML_PER_MG_PER_L
        axes.plot(simulation.times_h, level, color=colour, label=_label(simulation.body.site_read(substance, site),
                                                                        substance))  # fmt: skip
    _mark_doses(axes, regimen)
    axes.legend(frameon=False)
    return figure


def band_figure(
    model: NamedModel, regimen: Regimen, times_h: NDArray[np.float64], bands: Mapping[str, NDArray[np.float64]], *,
    people: str,
) -> Figure:  # fmt: skip
    """Levels over time in many people: the median, and a band from the lowest to the highest percentile.

    `bands` gives by label the percentiles in ng/mL, shape (percentiles, times), rising, the median in the middle.
    `people` says in words who they are.
    """
    figure, axes = level_axes(f"{model.row['title']}: {people}")
    add_caption(figure, f"{with_version(model)}: virtual patients, {NO_PREDICTION}")
    for (label, levels), colour in zip(bands.items(), COLOURS, strict=False):
        axes.fill_between(times_h, levels[0], levels[-1], color=colour, alpha=0.2, linewidth=0)
        axes.plot(times_h, levels[len(levels) // 2], color=colour, label=label)
    _mark_doses(axes, regimen)
    axes.legend(frameon=False)
    return figure


def level_axes(title: str) -> tuple[Figure, Axes]:
    """Empty axes for levels over time."""
    figure = Figure(figsize=(WIDTH_IN, _HEIGHT_IN), layout="constrained")
    axes = figure.add_subplot()
    axes.set(title=title, xlabel="time (h)", ylabel="concentration (ng/mL of base)")
    axes.spines[["top", "right"]].set_visible(False)
    return figure, axes


def _mark_doses(axes: Axes, regimen: Regimen) -> None:
    doses = [dose.at_h for dose in regimen.doses]
    axes.plot(doses, [0.0] * len(doses), "k^", clip_on=False, label="dose")


def _label(site: str, substance: str) -> str:
    return f"{substance} ({site})" if SUBSTANCES[substance][1] == "ketamine" else substance
