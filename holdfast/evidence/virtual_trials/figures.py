"""A simulated trial drawn: what it would report as bands, the published numbers as points, and the flow of people."""

from __future__ import annotations

import textwrap
from collections.abc import Sequence

from matplotlib.axes import Axes
from matplotlib.figure import Figure

from holdfast.evidence.rows import UNREAD
from holdfast.evidence.virtual_trials.compared import Compared, compare
from holdfast.evidence.virtual_trials.replicates import Reported, Simulated
from holdfast.evidence.virtual_trials.wording import RATIO, calibration_line, flow_lines, named, units
from holdfast.model.plots import BLUE, ORANGE

_PREDICTED, _PUBLISHED = BLUE, ORANGE
_WIDTH_IN, _LINE_IN, _GAP_IN, _FRAME_IN = 9.0, 0.27, 0.75, 1.5
_TEXT_PT, _SMALL_PT = 8.5, 7.5
_LETTERS = 52  # of a name before it goes on in a second line
_FOOT_LETTERS = 158  # of a line below the panels: what 9 inches hold at its size, with a margin left and right
_FRAME_LINES = 3  # of those below the panels, for which the frame has room
_WIDE, _NARROW = 3.0, 8.0  # width of a band of 95 and of 80 %, in points


def trial_figure(simulated: Simulated) -> Figure:
    """One panel for each unit; in each a line for each number and group. Below, who was randomised and who left."""
    compared, _ = compare(simulated)
    panels = _panels(simulated.reported)
    below = _below(simulated)
    heights = [len(found) * _LINE_IN + _GAP_IN for found in panels.values()]
    foot = _FRAME_IN + _LINE_IN * (len(below) - _FRAME_LINES)
    total = sum(heights) + foot
    figure = Figure(figsize=(_WIDTH_IN, total))
    top = total - 0.55
    for (unit, found), height in zip(panels.items(), heights, strict=True):
        low = top - height + _GAP_IN * 0.65
        axes = figure.add_axes((0.42, low / total, 0.55, (top - low) / total))
        _panel(axes, unit, found, compared)
        top -= height
    title = (
        f"{simulated.trial.header['title']}: {simulated.about['replicates']:,} virtual trials of {simulated.trial.n}"
    )
    figure.text(0.5, 1 - 0.25 / total, title, ha="center", va="center", fontsize=_TEXT_PT + 2.5)
    _foot(figure, below, total)
    return figure


def _panels(reported: Sequence[Reported]) -> dict[str, list[Reported]]:
    found: dict[str, list[Reported]] = {}
    for one in reported:
        found.setdefault(units(one), []).append(one)
    return found


def _panel(axes: Axes, unit: str, found: Sequence[Reported], compared: Sequence[Compared]) -> None:
    published = {id(one.reported): one for one in compared}
    for place, one in enumerate(reversed(found)):
        ends = {name: value for name, value in one.percentiles.items() if value is not None}
        if ends:
            axes.plot([ends["p2.5"], ends["p97.5"]], [place, place], color=_PREDICTED, alpha=0.35, linewidth=_WIDE,
                      solid_capstyle="butt")  # fmt: skip
            axes.plot([ends["p10"], ends["p90"]], [place, place], color=_PREDICTED, alpha=0.5, linewidth=_NARROW,
                      solid_capstyle="butt")  # fmt: skip
            axes.plot(ends["p50"], place, "|", color=_PREDICTED, markersize=11, markeredgewidth=2)
        if id(one) in published:
            _point(axes, place - 0.28, published[id(one)])
    axes.set_yticks(
        range(len(found)), [textwrap.fill(named(one), _LETTERS) for one in reversed(found)], fontsize=_TEXT_PT
    )
    axes.set_ylim(-0.7, len(found) - 0.4)
    axes.set_xlabel(unit, fontsize=_TEXT_PT, labelpad=1)
    axes.tick_params(axis="x", labelsize=_TEXT_PT)
    axes.axvline(1 if unit == RATIO else 0, color="0.8", linewidth=0.8, zorder=0)
    axes.spines[["top", "right", "left"]].set_visible(False)
    axes.tick_params(axis="y", length=0)


def _point(axes: Axes, place: float, one: Compared) -> None:
    """Filled where the number was read in its source; open where it is recollected."""
    if one.published_interval is not None:
        axes.plot(one.published_interval, [place, place], color=_PUBLISHED, linewidth=1.2)
    filled = _PUBLISHED if one.row.status != UNREAD else "white"
    axes.plot([one.row.value or 0.0], [place], "o", color=_PUBLISHED, markerfacecolor=filled, markersize=5.5)


def _below(simulated: Simulated) -> list[str]:
    """The lines below the panels, none longer than the figure is wide."""
    said = [
        "blue: predicted, median, 80 % (thick) and 95 % (thin) of replicates at the trial's own n; "
        "orange: published, 95 % interval where known; open: unverified",
        *flow_lines(simulated),
        f"hypothesis {simulated.about['hypothesis']}, model {simulated.about['model']}, facts "
        f"{simulated.about['facts_digest']}, seed {simulated.about['seed']}",
        f"{calibration_line(simulated.about)} No prediction for a patient.",
    ]  # fmt: skip
    return [line for one in said for line in textwrap.wrap(one, _FOOT_LETTERS)]


def _foot(figure: Figure, lines: Sequence[str], total: float) -> None:
    for number, line in enumerate(reversed(lines)):
        figure.text(
            0.02, (0.15 + number * _LINE_IN * 0.85) / total, line, fontsize=_SMALL_PT, color="0.25", va="bottom"
        )
