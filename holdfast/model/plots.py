"""Figures of levels, drawn without a screen and written whole or not at all."""

from __future__ import annotations

import io
from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from numpy.typing import NDArray

from holdfast.errors import InputError
from holdfast.facts import load
from holdfast.facts.schema import Row
from holdfast.model.named_models import NamedModel
from holdfast.model.pharmacokinetics.covariates import Covariates, Effects
from holdfast.model.pharmacokinetics.dosing import Regimen
from holdfast.model.pharmacokinetics.levels import SUBSTANCES
from holdfast.model.pharmacokinetics.profile import minute_grid
from holdfast.model.pharmacokinetics.simulation import simulate
from holdfast.model.provenance import NO_PREDICTION, with_version
from holdfast.model.qualification import Scenario
from holdfast.units import NG_PER_ML_PER_MG_PER_L
from holdfast.whole_files import written_whole

FORMATS = ("svg", "png")
_WIDTH_IN, _HEIGHT_IN = 7.0, 4.5
_LEGEND_PT = 8.0  # of captions, too
_COMPARED_H = 6.0
# Colours of Okabe and Ito: told apart by people who see few colours.
_COLOURS = ("#0072B2", "#D55E00", "#009E73", "#CC79A7", "#000000", "#56B4E9", "#E69F00", "#F0E442")
# Two models that give the same levels are both seen: the later one is drawn with gaps.
_LINES = ("-", (0, (4, 4)), "-.", ":", (0, (8, 2)), (0, (2, 2)), (0, (6, 2, 1, 2)), (0, (1, 3)))


def level_figure(
    model: NamedModel, regimen: Regimen, who: Covariates, substances: Sequence[str], *, site: str, hours_h: float,
    effects: Effects | None = None,
) -> Figure:  # fmt: skip
    """Levels of the first patient over time, each dose marked on the axis."""
    figure, axes = _empty(
        f"{model.row['title']}: typical person", f"{with_version(model)}: typical person, {NO_PREDICTION}"
    )
    simulation = simulate(model, regimen, who, minute_grid(regimen, hours_h), effects=effects)
    for substance, colour in zip(substances, _COLOURS, strict=False):
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
    figure, axes = _empty(
        f"{model.row['title']}: {people}", f"{with_version(model)}: virtual patients, {NO_PREDICTION}"
    )
    for (label, levels), colour in zip(bands.items(), _COLOURS, strict=False):
        axes.fill_between(times_h, levels[0], levels[-1], color=colour, alpha=0.2, linewidth=0)
        axes.plot(times_h, levels[len(levels) // 2], color=colour, label=label)
    _mark_doses(axes, regimen)
    axes.legend(frameon=False)
    return figure


def compared_figure(row: Row, models: Sequence[NamedModel]) -> Figure:
    """The scenario of one row of qualification.csv by every model that covers it, and what was published.

    Raises `InputError` for a row on something else than levels.
    """
    if row["substance"] not in SUBSTANCES:
        raise InputError(f"row {row.id} is not on levels, and levels are what is drawn; name another, such as Q-V01")
    drawn = [model for model in models if model.covers(row["drug"], row["route"])]
    drawn = [model for model in drawn if Scenario(row, model).holds(row["substance"])]
    figure, axes = _empty(f"{row['substance']}, {row['scenario']}")
    for model, colour, line in zip(drawn, _COLOURS, _LINES, strict=False):
        scenario = Scenario(row, model)
        times = minute_grid(scenario.regimen, _COMPARED_H)
        levels = scenario.levels_ng_per_ml(times.tolist())
        axes.plot(times, levels, color=colour, linestyle=line, label=with_version(model))
    points = [p for p in load().rows("concentration_curves") if p["curve"] == row.get("curve") and p["scored"]]
    if points and drawn:
        molar_mass = drawn[0].value(f"molar_mass_{SUBSTANCES[row['substance']][1]}")
        seen = [p["value"] * (molar_mass if p["unit"] == "umol/L" else 1.0) for p in points]
        inside = [(p["t_h"], level) for p, level in zip(points, seen, strict=True) if p["t_h"] <= _COMPARED_H]
        axes.plot(
            *zip(*inside, strict=True), "ko", markersize=4, label=f"published mean, digitised ({points[0]['ref']})"
        )
    if row["measure"] == "cmax":
        label = f"tolerance of the peak, published {row['expected']}"
        axes.axhspan(row["tol_low"], row["tol_high"], facecolor="0.92", edgecolor="0.6", zorder=0, label=label)
    axes.set_ylim(bottom=0)
    figure.legend(  # below, for lines are everywhere on the axes
        loc="outside lower center", ncols=2, frameon=False, fontsize=_LEGEND_PT,
        title=f"typical person, {NO_PREDICTION}", title_fontsize=_LEGEND_PT,
    )  # fmt: skip
    return figure


def write_figure(figure: Figure, path: Path) -> None:
    """Write the figure in the format its name ends in. Raises `InputError` for another format or place."""
    suffix = path.suffix.removeprefix(".").lower()
    if suffix not in FORMATS:
        raise InputError(f"{path} does not end in {' or '.join('.' + name for name in FORMATS)}; name the plot so")
    drawn = io.BytesIO()
    figure.savefig(drawn, format=suffix, dpi=150, metadata={"Date": None} if suffix == "svg" else None)
    with written_whole(path) as place:
        place.write_bytes(drawn.getvalue())


def _empty(title: str, caption: str = "") -> tuple[Figure, Axes]:
    """Axes of levels under a title; below, in small, what is drawn and what it is not."""
    figure = Figure(figsize=(_WIDTH_IN, _HEIGHT_IN), layout="constrained")
    axes = figure.add_subplot()
    axes.set(title=title, xlabel="time (h)", ylabel="concentration (ng/mL of base)")
    axes.spines[["top", "right"]].set_visible(False)
    if caption:
        figure.supxlabel(caption, fontsize=_LEGEND_PT, color="0.35")
    return figure, axes


def _mark_doses(axes: Axes, regimen: Regimen) -> None:
    doses = [dose.at_h for dose in regimen.doses]
    axes.plot(doses, [0.0] * len(doses), "k^", clip_on=False, label="dose")


def _label(site: str, substance: str) -> str:
    return f"{substance} ({site})" if SUBSTANCES[substance][1] == "ketamine" else substance
