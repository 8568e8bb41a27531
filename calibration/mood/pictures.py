"""Figures of the calibration: prior and posterior, ranks of the chains, studies predicted without themselves."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from matplotlib.figure import Figure
from scipy.stats import norm, rankdata

from calibration.mood.stages import Calibrated

_COLUMNS = 5
_BINS = 20


def priors_figure(found: Calibrated) -> Figure:
    """Density of each parameter on its standardised scale: the prior grey, the posterior coloured."""
    fitted = found.setup.fitted
    lines = -(-len(fitted) // _COLUMNS)
    figure = Figure(figsize=(10, 1.4 * lines), layout="constrained")
    at = np.linspace(-3.5, 3.5, 141)
    for place, (axes, one) in enumerate(zip(figure.subplots(lines, _COLUMNS).ravel(), fitted, strict=False)):
        axes.fill_between(at, norm.pdf(at), color="0.85")
        axes.hist(found.draws.z[:, place], bins=40, range=(-3.5, 3.5), density=True, histtype="step", color="C0")
        axes.set(title=one.name, xlim=(-3.5, 3.5), yticks=[])
        axes.title.set_fontsize("small")
        axes.tick_params(labelsize="x-small")
    for axes in figure.axes[len(fitted) :]:
        axes.set_visible(False)
    return figure


def ranks_figure(found: Calibrated) -> Figure:
    """Ranks of each chain's draws among all: flat where chains agree."""
    fitted = found.setup.fitted
    lines = -(-len(fitted) // _COLUMNS)
    figure = Figure(figsize=(10, 1.2 * lines), layout="constrained")
    for place, (axes, one) in enumerate(zip(figure.subplots(lines, _COLUMNS).ravel(), fitted, strict=False)):
        ranks = found.draws.by_chain(rankdata(found.draws.z[:, place]))
        for chain in ranks:
            axes.hist(chain, bins=_BINS, histtype="step", linewidth=0.8)
        axes.set(title=one.name, xticks=[], yticks=[])
        axes.title.set_fontsize("small")
    for axes in figure.axes[len(fitted) :]:
        axes.set_visible(False)
    return figure


def predictions_figure(rows: Sequence[Mapping[str, Any]]) -> Figure:
    """Shares predicted without their study (median and intervals) against the published ones."""
    shares = [row for row in rows if row["unit"] == "percent" and row["median"] != ""]
    figure = Figure(figsize=(5.5, 5.2), layout="constrained")
    axes = figure.subplots()
    for row in shares:
        colour = "C0" if row["inside_95"] == "yes" else "C3"
        axes.plot([row["published"]] * 2, [float(row["p2.5"]), float(row["p97.5"])], color=colour, alpha=0.25)
        axes.plot([row["published"]] * 2, [float(row["p10"]), float(row["p90"])], color=colour, alpha=0.6)
        axes.plot(row["published"], float(row["median"]), "o", color=colour, markersize=3)
    axes.plot([0, 100], [0, 100], color="0.7", zorder=0)
    axes.set(xlabel="published, percent", ylabel="predicted without the study, percent", xlim=(-2, 102), ylim=(-2, 102))
    return figure
