"""The policies of a programme as a plot: weeks well against sessions and against dose, the frontier with its errors."""

from __future__ import annotations

from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from holdfast.model.plots import BLACK, COLOURS, SMALL_PT, WIDTH_IN, add_caption
from holdfast.policies.frontier import on_frontier
from holdfast.policies.policies import UNCHANGED
from holdfast.policies.policy_file import BOOSTER, FIXED, FORECAST_TRIGGERED, RESPONSE_TRIGGERED, STOP, TAPER

_MARKS = {FIXED: "o", TAPER: "^", RESPONSE_TRIGGERED: "s", BOOSTER: "D", FORECAST_TRIGGERED: "v", STOP: "X"}
_COSTS = (("treatment_sessions", "treatment sessions"), ("dose_mg", "dose, mg"))
_HEIGHT_IN = 4.4
_Y = "weeks_well_against_unchanged"
_LEAST_APART, _LEFT = 1 / 15, 1 / 40
_WITHOUT_BARS = "Too few worlds to tell how sure any of this is: the order may be chance.\n"


def frontier_figure(of: dict[str, Any]) -> Figure:
    """The figure. Kinds differ by shape and colour; bars hold 80 % of worlds, of frontier policies alone.

    Where worlds are too few for bars there are none, and the caption says so.
    """
    figure = Figure(figsize=(WIDTH_IN, _HEIGHT_IN), layout="constrained")
    both = figure.subplots(1, 2, sharey=True)
    for axes, (cost, words) in zip(both, _COSTS, strict=True):
        _policies(axes, of["policies"], cost)
        _line(axes, of, cost)
        most = max(row[cost]["mean"] for row in of["policies"])
        axes.set(xlabel=f"{words} in {of['weeks']} weeks", xlim=(-_LEFT * most, None))  # bars at 0 stand off the edge
        axes.axhline(0, color=BLACK, linewidth=0.5)
    both[0].set_ylabel("weeks well, against the unchanged protocol")
    figure.legend(*both[0].get_legend_handles_labels(), loc="outside upper center", ncols=4, fontsize=SMALL_PT,
                  frameon=False)  # fmt: skip
    add_caption(
        figure, f"{of['title']}: {len(of['policies'])} policies, {of['patients']:,} virtual patients in "
        f"{of['worlds']} worlds.\n{_WITHOUT_BARS if of['few_worlds'] else ''}"
        f"Model {of['model']}; no policy is advised; see docs/explanation/policies.md",
    )  # fmt: skip
    return figure


def _policies(axes: Axes, rows: list[dict[str, Any]], cost: str) -> None:
    coloured = [one for one in COLOURS if one != BLACK]  # the frontier is black
    for place, (kind, mark) in enumerate(_MARKS.items()):
        mine = [row for row in rows if row["kind"] == kind]
        if mine:
            x, y = [row[cost]["mean"] for row in mine], [row[_Y]["mean"] for row in mine]
            axes.plot(x, y, mark, color=coloured[place], markersize=4, alpha=0.6, label=kind, clip_on=False)
    own = next(row for row in rows if row["policy"] == UNCHANGED)
    axes.plot([own[cost]["mean"]], [own[_Y]["mean"]], "*", color=BLACK, markersize=11, label=UNCHANGED)


def _line(axes: Axes, of: dict[str, Any], cost: str) -> None:
    """The frontier of weeks well and this one cost, with bars that hold 80 % of worlds where there is room."""
    rows = of["policies"]
    gained = np.array([row["weeks_well"]["mean"] for row in rows])
    on = on_frontier(gained, np.array([[row[cost]["mean"] for row in rows]]))
    edge = sorted((row for row, is_on in zip(rows, on, strict=True) if is_on), key=lambda row: row[cost]["mean"])
    x, y = [row[cost]["mean"] for row in edge], [row[_Y]["mean"] for row in edge]
    axes.plot(x, y, color=BLACK, linewidth=1.2, label="frontier", clip_on=False)
    if of["few_worlds"]:
        return
    barred = _apart(x, max(row[cost]["mean"] for row in rows))
    below = [max(edge[k][_Y]["mean"] - edge[k][_Y]["low"], 0.0) for k in barred]
    above = [max(edge[k][_Y]["high"] - edge[k][_Y]["mean"], 0.0) for k in barred]
    axes.errorbar([x[k] for k in barred], [y[k] for k in barred], yerr=[below, above], fmt="none", ecolor=BLACK,
                  elinewidth=0.6, capsize=2, label="80 % of worlds", clip_on=False)  # fmt: skip


def _apart(x: list[float], most: float) -> list[int]:
    """Places whose bars can be told apart: each at least a fifteenth of the width from the one before."""
    found: list[int] = []
    for place, one in enumerate(x):
        if not found or one - x[found[-1]] >= most * _LEAST_APART:
            found.append(place)
    return found
