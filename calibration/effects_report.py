"""The report of the fit of acute effects: docs/calibration/effects.md and its figure, written whole by the script."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

import matplotlib as mpl
import numpy as np
from matplotlib.figure import Figure
from numpy.typing import NDArray

from calibration import effect_time_course, effect_variability
from calibration.effect_time_course import MINUTES, REGIMENS, TRIED, TimeCourse, targets
from calibration.effects_page import PAGE, figures
from calibration.fit_effects import KINDS, MODEL, WITHOUT_TOLERANCE, Fitted
from calibration.published import published
from holdfast.facts import load
from holdfast.facts.schema import Row
from holdfast.model.effects import blood_pressure, dissociation, drive
from holdfast.model.named_models import NamedModel, named_model
from holdfast.model.pharmacokinetics.covariates import covariates
from holdfast.model.pharmacokinetics.simulation import simulate
from holdfast.model.plots import write_figure
from holdfast.model.qualification import measured, verdict
from holdfast.units import MIN_PER_H

Values = NDArray[np.float64]
FOLDER = Path(__file__).resolve().parents[1] / "docs" / "calibration"
BEFORE, AFTER = "holdfast-start", MODEL


def write_report(fitted: Mapping[str, Fitted]) -> None:
    """Write the page and the figure."""
    before, after, without = (named_model(name) for name in (BEFORE, AFTER, WITHOUT_TOLERANCE))
    course, found = fitted[AFTER].course, fitted[AFTER].found
    FOLDER.mkdir(parents=True, exist_ok=True)
    mpl.rcParams["svg.hashsalt"] = "effects"
    write_figure(_figure((before, after)), FOLDER / "effects.svg")
    tried = [effect_time_course.fit(mechanism) for mechanism in TRIED]
    page = PAGE.format(
        rows=_rows(before, after), tried=_tried(tried), without=_without(after, without),
        fitted=_fitted(found, fitted[WITHOUT_TOLERANCE].found, before), held_out=_held_out(after),
        **figures(after, tried, course),
    )  # fmt: skip
    (FOLDER / "effects.md").write_text(page, encoding="utf-8")


def _table(head: Sequence[str], lines: Iterable[Sequence[str]]) -> str:
    made = [head, ["---"] * len(head), *lines]
    return "\n".join("| " + " | ".join(cells) + " |" for cells in made)


def _effect_rows() -> list[Row]:
    return [
        row for row in load().rows("qualification") if row["group"] in ("dissociation", "blood_pressure", "sedation")
    ]


def _rows(before: NamedModel, after: NamedModel) -> str:
    fitted = targets()
    lines = []
    for row in _effect_rows():
        old, new = measured(row, before), measured(row, after)
        assert new is not None
        use = "time course" if row.id in fitted else _USED.get(row.id, "")
        lines.append((row.id, row["quantity"], row["scenario"], _tolerance(row), _number(old), _number(new),
                      verdict(row, new, after.id), use))  # fmt: skip
    return _table(("row", "quantity", "scenario", "tolerance", BEFORE, AFTER, "verdict", "fitted to"), lines)


def _without(after: NamedModel, without: NamedModel) -> str:
    """Rows of the table on which the two models differ."""
    lines = []
    for row in _effect_rows():
        usual, alone = measured(row, after), measured(row, without)
        assert alone is not None
        if _number(usual) != _number(alone):
            lines.append((row.id, row["quantity"], row["scenario"], _tolerance(row), _number(usual), _number(alone),
                          verdict(row, alone, without.id)))  # fmt: skip
    return _table(("row", "quantity", "scenario", "tolerance", AFTER, WITHOUT_TOLERANCE, "its verdict"), lines)


def _tolerance(row: Row) -> str:
    return f"{row['tol_low']:g} to {row['tol_high']:g}"


_USED = {
    "Q-D02": "spread", "Q-D04": "spread", "Q-D07": "spread", "Q-B08": "spread", "Q-B09": "spread",
    "Q-B11": "spread", "Q-B12": "spread", "Q-B13": "spread", "Q-B14": "spread",
}  # fmt: skip


def _number(value: float | None) -> str:
    return "" if value is None else f"{0.0 if abs(value) < 1e-9 else value:.3g}"


def _squares(value: float) -> str:
    return f"{value:.1f}"


def _tried(tried: Sequence[TimeCourse]) -> str:
    rows, others = list(tried[0].rows), list(tried[0].held_out)
    made = []
    for course in tried:
        more = len(course.mechanism.symbols) - len(effect_time_course._ALWAYS)
        cells = [f"{course.rows[name]:.3g}" + _outside(name, course.rows[name]) for name in rows]
        cells += ["" if math.isnan(value) else f"{value:.3g}" for value in course.held_out.values()]
        made.append([str(course.mechanism), str(more), _squares(course.sum_of_squares), *cells])
    head = ["mechanism", "more parameters", "squares", *rows, *others]
    return _table(["", *[line[0] for line in made]], [[name, *[line[i] for line in made]] for i, name in _from_1(head)])


def _from_1(head: Sequence[str]) -> list[tuple[int, str]]:
    return list(enumerate(head))[1:]


def _outside(name: str, value: float) -> str:
    row = load().row(name)
    return "" if row["tol_low"] <= value <= row["tol_high"] else " (!)"


def _fitted(found: Mapping[str, float], without: Mapping[str, float], before: NamedModel) -> str:
    lines = []
    for symbol, value in found.items():
        kind = KINDS.get(symbol, "typical")
        row = named_model(AFTER).parameters[kind][symbol]
        old = f"{before.parameter(symbol, kind)['value']:g}" if before.has(symbol, kind) else ""
        alone = "off" if symbol == "tolerance_share" else f"{without[symbol]:g}" if symbol in without else "the same"
        lines.append((f"`{symbol}`", row["meaning"], old, f"{value:g}", alone, row["unit"]))
    return _table(("parameter", "meaning", BEFORE, AFTER, WITHOUT_TOLERANCE, "unit"), lines)


def _held_out(model: NamedModel) -> str:
    """Published numbers that were not fitted."""
    held = effect_variability.setting(model)
    young, old = held.trial(model), held.trial(model, effect_variability.OLDER)
    first = {name: np.nanmean(getattr(trial, kind)[:, 0])
             for name, trial, kind in (("pk147", young, "sbp_rise"), ("pk149", young, "dbp_rise"),
                                       ("pk151", old, "sbp_rise"), ("pk153", old, "dbp_rise"))}  # fmt: skip
    felt = effect_variability.peaks_after_infusion(model, held.patients[effect_variability.UNDER_65])
    lines = [_beside(published(name), f"{published(name)['value']:g} mmHg", f"{value:.1f} mmHg")
             for name, value in first.items()]  # fmt: skip
    lines.append(_beside(published("pk141"), f"{published('pk141')['value']:g} points", f"{felt.mean():.1f} points",
                         "mean CADSS at the peak of an infusion, people whose levels differ"))  # fmt: skip
    seldom = held.trial(model, effect_variability.OLDER, placebo=True).share_from(
        "sbp_rise", effect_variability.SBP_LIMIT
    )
    lines.append(_beside(published("pk158"), f"{published('pk158')['spread'].split('%')[0]} %", f"{seldom:.1f} %",
                         f"{published('pk158')['quantity']}, on placebo"))  # fmt: skip
    return _table(("row", "what", "whom", "published", AFTER), lines)


def _beside(row: Row, said: str, given: str, what: str = "") -> tuple[str, ...]:
    return row.id, what or row["quantity"], row["population"], said, given


def _figure(models: Sequence[NamedModel]) -> Figure:
    figure = Figure(figsize=(9, 3.6), layout="constrained")
    axes = figure.subplots(1, 2)
    drawn = (("nasal 84", "-"), ("nasal 56", "--"), ("iv", ":"))
    for model, colour in zip(models, ("0.6", "C0"), strict=True):
        for name, style in drawn:
            cadss, sbp = _effects(model, name)
            axes[0].plot(MINUTES, cadss, style, color=colour, label=f"{model.id}, {name}")
            axes[1].plot(MINUTES, sbp, style, color=colour)
    for place, title in zip(axes, ("CADSS, points", "SBP rise by the drug, mmHg"), strict=True):
        place.axvline(90, color="0.85", zorder=0)
        place.set(title=title, xlabel="min after the dose begins", xlim=(0, 240), ylim=(0, None))
    axes[0].legend(fontsize="x-small", frameon=False)
    return figure


def _effects(model: NamedModel, name: str) -> tuple[Values, Values]:
    simulated = simulate(
        model, REGIMENS[name], covariates(), MINUTES / MIN_PER_H, followers=lambda p: drive.followers(model, p)
    )
    felt = dissociation.cadss(model, drive.of_simulation(simulated, drive.MIND))[0]
    return felt, blood_pressure.rises(model, drive.of_simulation(simulated, drive.CIRCULATION))[0][0]
