"""Figures of simulated courses: percentile bands of the score with doses marked, or one patient's course."""

from __future__ import annotations

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from numpy.typing import NDArray

from holdfast.days import DAYS_PER_WEEK
from holdfast.model.courses.batch import simulate_batch
from holdfast.model.courses.columns import Courses
from holdfast.model.courses.plan import CoursePlan
from holdfast.model.mood.score import most_points
from holdfast.model.plots import BLUE, GREEN, ORANGE, WIDTH_IN
from holdfast.model.provenance import NO_PREDICTION
from holdfast.model.runs.tally import Tally

_HEIGHT_IN = 5.2
_SCORE, _RESPONSE, _REMISSION = BLUE, ORANGE, GREEN  # bands differ in lightness as well
_DOSES_ROW = -0.045  # below the axis, in parts of its height
_MOST_TICKS = 9


def course_figure(plan: CoursePlan, counted: Tally) -> Figure:
    """Bands of MADRS over days above, shares in response and remission below; a single patient's course for one."""
    if plan.patients == 1:
        return one_course_figure(plan, simulate_batch(plan, 0, 1))
    figure, above, below = _empty(plan)
    days = np.arange(plan.days)
    p5, p25, p50, p75, p95 = np.array([counted.percentiles(day) for day in range(plan.days)]).T
    above.fill_between(days, p5, p95, color=_SCORE, alpha=0.18, linewidth=0, label="5th to 95th percentile")
    above.fill_between(days, p25, p75, color=_SCORE, alpha=0.38, linewidth=0, label="25th to 75th")
    above.plot(days, p50, color=_SCORE, linewidth=1.8, label="median")
    _mark_doses(above, counted.by_day["treatment_sessions"] / counted.patients)
    above.legend(frameon=False, ncols=4, loc="upper right", fontsize=8, borderaxespad=0)
    for name, colour in (("response", _RESPONSE), ("remission", _REMISSION)):
        shares = np.array([counted.share_of_all(name, day) for day in range(plan.days)])
        below.plot(
            days,
            shares * 100.0,
            color=colour,
            linewidth=1.6,
            drawstyle="steps-post",
            label=name,
        )
    below.plot(days, counted.by_day["in_course"] * (100.0 / counted.patients), color="0.45", linewidth=1.2,
               linestyle=(0, (4, 2)), label="in the course")  # fmt: skip
    below.set(ylim=(0, 105), ylabel="of all patients (%)")
    below.legend(frameon=False, ncols=3, loc="upper right", fontsize=8, borderaxespad=0, bbox_to_anchor=(1, 1.24))
    return figure


def one_course_figure(plan: CoursePlan, courses: Courses) -> Figure:
    """One virtual patient: the score without error of rating, the ratings, the doses; CADSS at its peak below."""
    figure, above, below = _empty(plan)
    days = np.arange(plan.days)
    row = {name: values[:, 0] for name, values in courses.values.items()}
    rated = courses.known("madrs_observed")[:, 0]
    above.plot(days, row["madrs_true"], color=_SCORE, linewidth=1.4, label="score without error of rating")
    above.plot(days[rated], row["madrs_observed"][rated], "o", color=_RESPONSE, markersize=3.5, label="rating")
    _mark_doses(above, courses.known("treatment_session")[:, 0].astype(float))
    above.legend(frameon=False, ncols=3, loc="upper right", fontsize=8, borderaxespad=0)
    given = courses.known("cadss_peak")[:, 0]
    below.vlines(days[given], 0, row["cadss_peak"][given], color=_REMISSION, linewidth=2.2)
    below.set(ylim=(0, None), ylabel="CADSS\nat its peak")
    return figure


def _empty(plan: CoursePlan) -> tuple[Figure, Axes, Axes]:
    figure = Figure(figsize=(WIDTH_IN, _HEIGHT_IN), layout="constrained")
    above, below = figure.subplots(2, 1, sharex=True, height_ratios=(2.4, 1))
    who = "one virtual patient" if plan.patients == 1 else f"{plan.patients:,} virtual patients"
    above.set_title(f"{plan.protocol.name}: {who}", loc="left", fontsize=10)
    above.set(ylim=(0, most_points()), ylabel="MADRS (points)")
    weeks = plan.days / DAYS_PER_WEEK
    every = DAYS_PER_WEEK * max(1, int(np.ceil(weeks / _MOST_TICKS)))
    below.set(xlabel="day of the course", xlim=(0, max(1, plan.days - 1)), xticks=range(0, plan.days, every))
    for axes in (above, below):
        axes.spines[["top", "right"]].set_visible(False)
    figure.supxlabel(_caption(plan), x=0.995, ha="right", fontsize=6.5, color="0.35")
    return figure, above, below


def _caption(plan: CoursePlan) -> str:
    if plan.patients == 1:
        return f"{plan.hypothesis}, {plan.model}: a hypothesis, {NO_PREDICTION}"
    outcomes = f"response {plan.response}, remission {plan.remission}, by the last rating; who has left: without"
    who = f"bands of everybody, also after leaving the course; {outcomes}"
    return f"{plan.hypothesis}, {plan.model}: a hypothesis, {NO_PREDICTION}\n{who}"


def _mark_doses(axes: Axes, shares: NDArray[np.float64]) -> None:
    """A triangle under each day with doses, the darker the more patients had one."""
    days = np.flatnonzero(shares > 0)
    colours = [(0.0, 0.0, 0.0, 0.12 + 0.88 * float(share)) for share in shares[days]]
    axes.scatter(days, np.full(len(days), _DOSES_ROW), marker="^", s=18, c=colours, linewidths=0, clip_on=False,
                 transform=axes.get_xaxis_transform(), label="dose" if len(days) else None)  # fmt: skip
