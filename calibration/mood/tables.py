"""What a calibration leaves: the posterior file, and the tables of holdfast/evidence/qualification."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from calibration.mood.design import Design, natural
from calibration.mood.emulator import inputs_of
from calibration.mood.likelihood import Published, errors, published
from calibration.mood.runs import ROOT
from calibration.mood.stages import Calibrated
from calibration.mood.targets import CHECKED, Target
from holdfast.evidence.intervals import holds
from holdfast.evidence.qualification.reading import HypothesisScore, Predicted, StudyScore, columns
from holdfast.evidence.tables import outcome, study
from holdfast.evidence.virtual_trials.misfit import PERCENT, YES
from holdfast.facts.digest import digest_of
from holdfast.model.posteriors.parameters import spreads
from holdfast.model.posteriors.reading import DRAW

Values = NDArray[np.float64]
POSTERIORS = ROOT / "holdfast" / "model" / "posteriors"
QUALIFICATION = ROOT / "holdfast" / "evidence" / "qualification"
RELEASED = 500  # draws
_ENDS = (("p2.5", 2.5), ("p10", 10.0), ("p90", 90.0), ("p97.5", 97.5), ("p25", 25.0), ("p75", 75.0))
_LEAST_80, _LEAST_95 = 0.10, 0.025  # probability of what happened, of yes or no


def draws_csv(found: Calibrated) -> str:
    """The posterior file: draws thinned evenly, each parameter in its own unit."""
    draws = found.draws
    chosen = np.linspace(0, len(draws.z) - 1, min(RELEASED, len(draws.z))).astype(int)
    rows = []
    for number, place in enumerate(chosen, start=1):
        values = [
            *natural(found.setup.fitted, draws.z[place]).values(),
            *draws.tau[place].tolist(),
            draws.racemate[place],
        ]
        rows.append([number, *(f"{value:.6g}" for value in values)])
    names = [one.name for one in (*found.setup.fitted, *spreads(found.setup.hypothesis))]
    return _csv([DRAW, *names], rows)


def write_posterior(found: Calibrated, name: str, about: Mapping[str, Any]) -> str:
    """Both files; returns the digest of the draws."""
    content = draws_csv(found)
    digest = digest_of(content.encode())
    (POSTERIORS / f"{name}.csv").write_text(content, encoding="utf-8", newline="")
    text = json.dumps({"name": name, **about, "file_digest": digest}, indent=2) + "\n"
    (POSTERIORS / f"{name}.json").write_text(text, encoding="utf-8")
    return digest


def predicted_row(hypothesis: str, target: Target, values: Values, basis: str) -> dict[str, Any]:
    """One row of left_out.csv or fitted.csv, from what replicates report (NaN where they could not)."""
    row = outcome(target.row)
    known = values[~np.isnan(values)]
    told = {
        "hypothesis": hypothesis, "study": target.study, "trial": target.trial, "row": target.row,
        "outcome": target.kind, "unit": row.unit or "", "published": target.value, "status": target.status,
        "basis": basis,
    }  # fmt: skip
    if target.kind == YES:
        yes = float(known.mean()) if len(known) else float("nan")
        chance = yes if target.value == 1.0 else 1 - yes
        return told | {"median": _text(yes), **{end: "" for end, _ in _ENDS}, "pit": "",
                       "inside_80": _word(chance >= _LEAST_80), "inside_95": _word(chance >= _LEAST_95)}  # fmt: skip
    if not len(known):
        empty = {end: "" for end, _ in _ENDS}
        return told | {"median": "", **empty, "pit": "", "inside_80": "no", "inside_95": "no"}
    ends = {end: float(np.percentile(known, at)) for end, at in _ENDS}
    pit = float((known < target.value).mean() + (known == target.value).mean() / 2)

    def inside(low: str, high: str) -> str:
        return _word(holds(ends[low], ends[high], target.value, row.unit))

    return told | {
        "median": _text(float(np.median(known))), **{end: _text(value) for end, value in ends.items()},
        "pit": _text(pit), "inside_80": inside("p10", "p90"), "inside_95": inside("p2.5", "p97.5"),
    }  # fmt: skip


def basis_of(target: Target) -> str:
    """How the row stands to the fit when its study is left out."""
    if study(target.study).split == CHECKED:
        return "never fitted"
    return "left out" if target.fitted else "not fitted"


def fitted_values(found: Calibrated, seed: int) -> Mapping[str, Values]:
    """What each row would be by the posterior of all studies, with each study's own effects: by the emulator."""
    draws, emulator = found.draws, found.emulator
    points = Design(draws.z, draws.b[:, found.studies.of_trial])
    mean, log_sd = emulator.predicted(inputs_of(found.setup.fitted, points))
    whole = _all_targets(found)
    expected, sd = errors(whole, mean, log_sd, draws.tau[:, -1][:, None])
    values = expected + sd * np.random.default_rng([seed, 9]).normal(size=expected.shape)
    made = {}
    for place, target in enumerate(emulator.targets):
        one = values[:, place]
        if target.scale == "share":
            one = PERCENT * np.clip(one, 0.0, 1.0)
        elif target.scale == "log":
            one = np.exp(one)
        elif target.kind == YES:
            one = expected[:, place]
        made[target.row] = one
    return made


def _all_targets(found: Calibrated) -> Published:
    """As `likelihood.published` makes it, of every target and without correlation."""
    every = [replace(one, fitted=True) for one in found.emulator.targets]
    return published(every, np.eye(len(every)), found.studies.names)


def write_tables(tables: Mapping[str, Sequence[Mapping[str, Any]]], about: Mapping[str, Any]) -> None:
    """The tables by file name, and about.json with their digests."""
    shapes = {"left_out.csv": Predicted, "fitted.csv": Predicted, "left_out_studies.csv": StudyScore,
              "hypotheses.csv": HypothesisScore}  # fmt: skip
    digests = {}
    for name, rows in tables.items():
        head = columns(shapes[name])  # type: ignore[type-var]
        content = _csv(head, [[row[column] for column in head] for row in rows])
        (QUALIFICATION / name).write_text(content, encoding="utf-8", newline="")
        digests[name] = digest_of(content.encode())
    text = json.dumps({**about, "files": digests}, indent=2) + "\n"
    (QUALIFICATION / "about.json").write_text(text, encoding="utf-8")


def _csv(head: Sequence[str], rows: Iterable[Sequence[Any]]) -> str:
    stream = io.StringIO()
    writer = csv.writer(stream, lineterminator="\n")
    writer.writerow(head)
    writer.writerows(rows)
    return stream.getvalue()


def _word(flag: bool) -> str:  # noqa: FBT001  # a cell
    return "yes" if flag else "no"


def _text(value: float) -> str:
    return "" if np.isnan(value) else f"{value:.5g}"
