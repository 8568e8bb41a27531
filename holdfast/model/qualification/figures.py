"""The scenario of one row as a figure: every model beside what was published."""

from __future__ import annotations

from collections.abc import Sequence

from matplotlib.axes import Axes
from matplotlib.figure import Figure

from holdfast.errors import InputError
from holdfast.facts import load
from holdfast.facts.schema import Row
from holdfast.model.named_models import NamedModel
from holdfast.model.pharmacokinetics.figures import level_axes
from holdfast.model.pharmacokinetics.levels import SUBSTANCES
from holdfast.model.pharmacokinetics.profile import minute_grid
from holdfast.model.plots import COLOURS, SMALL_PT
from holdfast.model.provenance import NO_PREDICTION, with_version
from holdfast.model.qualification.scenario import Scenario

_HOURS = 6.0
# Two models that give the same levels are both seen: the later one is drawn with gaps.
_LINES = ("-", (0, (4, 4)), "-.", ":", (0, (8, 2)), (0, (2, 2)), (0, (6, 2, 1, 2)), (0, (1, 3)))


def compared_figure(row: Row, models: Sequence[NamedModel]) -> Figure:
    """The scenario of one row of qualification.csv by every model that covers it, and what was published.

    Raises `InputError` for a row on something else than levels.
    """
    if row["substance"] not in SUBSTANCES:
        raise InputError(f"row {row.id} is not on levels, and levels are what is drawn; name another, such as Q-V01")
    drawn = [model for model in models if model.covers(row["drug"], row["route"])]
    drawn = [model for model in drawn if Scenario(row, model).holds(row["substance"])]
    figure, axes = level_axes(f"{row['substance']}, {row['scenario']}")
    for model, colour, line in zip(drawn, COLOURS, _LINES, strict=False):
        scenario = Scenario(row, model)
        times = minute_grid(scenario.regimen, _HOURS)
        levels = scenario.levels_ng_per_ml(times.tolist())
        axes.plot(times, levels, color=colour, linestyle=line, label=with_version(model))
    _add_published(axes, row, drawn)
    if row["measure"] == "cmax":
        label = f"tolerance of the peak, published {row['expected']}"
        axes.axhspan(row["tol_low"], row["tol_high"], facecolor="0.92", edgecolor="0.6", zorder=0, label=label)
    axes.set_ylim(bottom=0)
    figure.legend(  # below, for lines are everywhere on the axes
        loc="outside lower center", ncols=2, frameon=False, fontsize=SMALL_PT,
        title=f"typical person, {NO_PREDICTION}", title_fontsize=SMALL_PT,
    )  # fmt: skip
    return figure


def _add_published(axes: Axes, row: Row, drawn: Sequence[NamedModel]) -> None:
    """The digitised means of the row's curve, where it has one."""
    points = [p for p in load().rows("concentration_curves") if p["curve"] == row.get("curve") and p["scored"]]
    if not points or not drawn:
        return
    molar_mass = drawn[0].value(f"molar_mass_{SUBSTANCES[row['substance']][1]}", unit="g/mol")
    seen = [p["value"] * (molar_mass if p["unit"] == "umol/L" else 1.0) for p in points]
    inside = [(p["t_h"], level) for p, level in zip(points, seen, strict=True) if p["t_h"] <= _HOURS]
    axes.plot(*zip(*inside, strict=True), "ko", markersize=4, label=f"published mean, digitised ({points[0]['ref']})")
