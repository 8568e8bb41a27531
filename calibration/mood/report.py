"""The report of the calibration: docs/calibration/mood.md and its figures, written whole by the script."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import matplotlib as mpl
import numpy as np
from numpy.typing import NDArray

from calibration.mood.checking import Checked
from calibration.mood.left_out import LeftOut
from calibration.mood.page import PAGE
from calibration.mood.pictures import predictions_figure, priors_figure, ranks_figure
from calibration.mood.runs import ROOT
from calibration.mood.stages import Calibrated
from holdfast.evidence.qualification.identification import LEAST_GONE
from holdfast.model.plots import write_figure
from holdfast.model.posteriors.parameters import spreads

Values = NDArray[np.float64]
Row = Mapping[str, Any]
FOLDER = ROOT / "docs" / "calibration"


def write_report(
    found: Calibrated, check: Checked, without: Mapping[str, LeftOut], tables: Mapping[str, Sequence[Row]],
    about: Mapping[str, Any],
) -> None:  # fmt: skip
    """Write the page and the figures."""
    FOLDER.mkdir(parents=True, exist_ok=True)
    mpl.rcParams["svg.hashsalt"] = "mood"
    write_figure(priors_figure(found), FOLDER / "mood-parameters.svg")
    write_figure(ranks_figure(found), FOLDER / "mood-ranks.svg")
    write_figure(predictions_figure(tables["left_out.csv"]), FOLDER / "mood-left-out.svg")
    diagnostics = about["diagnostics"]
    page = PAGE.format(
        about=about, d=diagnostics, sizes=about["sizes"], rows=_rows(found), posterior=_posterior(found),
        least=f"{LEAST_GONE:.0%}", still=_still(found), spreads=_spreads(found),
        studies=_studies(found, without, tables),
        hypotheses=_table(("hypothesis", "studies", "log density", "SE", "difference", "SE of it", "note"),
                          [tuple(row.values()) for row in tables["hypotheses.csv"]]),
        coverage=_coverage(tables["left_out.csv"]), misses=_misses(tables["left_out.csv"]),
        worst=_worst(found, check), emulator=diagnostics["emulator_error_in_chance_errors"],
        both=diagnostics["emulator_error_in_all_errors"],
    )  # fmt: skip
    (FOLDER / "mood.md").write_text(page, encoding="utf-8")


def summary(found: Calibrated) -> list[dict[str, Any]]:
    """Each parameter: prior and posterior median and 95 % interval, and how much of the prior's SD is gone."""
    made = []
    for place, one in enumerate(found.setup.fitted):
        z = found.draws.z[:, place]
        low, middle, high = (one.natural(one.centre + one.sd * at) for at in np.percentile(z, (2.5, 50, 97.5)))
        made.append({"parameter": one, "median": middle, "low": low, "high": high,
                     "contraction": 1.0 - float(z.std()), "moved": float(z.mean())})  # fmt: skip
    return made


def _posterior(found: Calibrated) -> str:
    lines = []
    for one in summary(found):
        prior = one["parameter"]
        ends = [prior.natural(prior.centre + side * 1.96 * prior.sd) for side in (-1, 1)]
        before = f"{prior.median:.3g}", f"{ends[0]:.2g} to {ends[1]:.2g}"
        after = f"{one['median']:.3g}", f"{one['low']:.2g} to {one['high']:.2g}"
        lines.append((f"`{prior.name}`", *before, *after, f"{one['contraction']:.0%}", f"{one['moved']:+.1f}"))
    return _table(("parameter", "prior median", "prior 95 %", "posterior median", "posterior 95 %", "narrower by",
                   "moved, prior SDs"), lines)  # fmt: skip


def _still(found: Calibrated) -> str:
    names = [f"`{one['parameter'].name}`" for one in summary(found) if one["contraction"] < LEAST_GONE]
    return ", ".join(names) if names else "none"


def _spreads(found: Calibrated) -> str:
    lines = []
    for place, one in enumerate(spreads(found.setup.hypothesis)):
        every = np.column_stack([found.draws.tau, found.draws.racemate])
        low, middle, high = np.percentile(every[:, place], (2.5, 50, 97.5))
        lines.append((f"`{one.name}`", f"{one.sd:g}", f"{middle:.2f}", f"{low:.2f} to {high:.2f}", one.why))
    return _table(("over studies, logits", "scale of the prior", "median", "95 %", "what it is"), lines)


def _rows(found: Calibrated) -> str:
    by: dict[str, list[str]] = {}
    for one in found.published.targets:
        by.setdefault(one.study, []).append(one.row)
    return _table(
        ("study", "numbers", "rows"), [(name, str(len(rows)), _spans(rows)) for name, rows in sorted(by.items())]
    )


def _spans(rows: Sequence[str]) -> str:
    """T0001, T0002, T0003 as T0001-T0003."""
    numbers = sorted(int(row[1:]) for row in rows)
    runs: list[list[int]] = []
    for number in numbers:
        if runs and number == runs[-1][1] + 1:
            runs[-1][1] = number
        else:
            runs.append([number, number])
    return ", ".join(f"T{a:04d}" if a == b else f"T{a:04d}-T{b:04d}" for a, b in runs)


def _studies(found: Calibrated, without: Mapping[str, LeftOut], tables: Mapping[str, Sequence[Row]]) -> str:
    lines = []
    for place, name in enumerate(found.studies.names):
        fitted = [row for row in tables["fitted.csv"] if row["study"] == name and row["basis"] == "fitted"]
        blind = [row for row in tables["left_out.csv"] if row["study"] == name and row["basis"] != "not fitted"]
        b = found.draws.b[:, place].mean(axis=0)
        one = without.get(name)
        told = (
            ("", "", "")
            if one is None
            else (f"{one.log_density:.1f}", f"{one.pareto_k:.2f}", "yes" if one.sampled_anew else "")
        )
        lines.append((name, f"{b[0]:+.2f}", f"{b[1]:+.2f}", _held(fitted), _held(blind), *told))
    return _table(("study", "drug effect, logits", "placebo effect, logits", "fitted: inside 80 / 95 of n",
                   "left out: inside 80 / 95 of n", "log density", "Pareto k", "sampled anew"), lines)  # fmt: skip


def _held(rows: Sequence[Row]) -> str:
    if not rows:
        return ""
    inside = [sum(row[name] == "yes" for row in rows) for name in ("inside_80", "inside_95")]
    return f"{inside[0]} / {inside[1]} of {len(rows)}"


def _coverage(rows: Sequence[Row]) -> str:
    lines = []
    for basis in ("left out", "not fitted", "never fitted"):
        mine = [row for row in rows if row["basis"] == basis]
        if mine:
            shares = [np.mean([row[name] == "yes" for row in mine]) for name in ("inside_80", "inside_95")]
            lines.append((basis, str(len(mine)), f"{shares[0]:.0%}", f"{shares[1]:.0%}"))
    return _table(("basis", "numbers", "inside 80 %", "inside 95 %"), lines)


def _misses(rows: Sequence[Row]) -> str:
    lines = [(row["row"], row["study"], row["outcome"], f"{row['published']:g} {row['unit']}", _short(row["median"]),
              f"{_short(row['p2.5'])} to {_short(row['p97.5'])}", row["basis"])
             for row in rows if row["inside_95"] == "no"]  # fmt: skip
    if not lines:
        return "None."
    return _table(("row", "study", "outcome", "published", "median", "95 %", "basis"), lines)


def _short(cell: str) -> str:
    return f"{float(cell):.3g}" if cell else ""


def _worst(found: Calibrated, check: Checked) -> str:
    order = np.argsort(-np.nan_to_num(check.rms_of_both))[:10]
    of = found.published.targets
    lines = [(of[p].row, of[p].trial, of[p].kind, f"{check.rms[p]:.2f}", f"{check.bias[p]:+.2f}",
              f"{check.rms_of_both[p]:.2f}") for p in order]  # fmt: skip
    return _table(
        ("row", "trial", "outcome", "off, in chance errors", "on average", "off, in chance and misfit"), lines
    )


def _table(head: Sequence[str], lines: Sequence[Sequence[Any]]) -> str:
    made = [head, ["---"] * len(head), *lines]
    return "\n".join("| " + " | ".join(map(str, cells)) + " |" for cells in made)
