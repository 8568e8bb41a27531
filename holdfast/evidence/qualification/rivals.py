"""Two simple rivals, each predicting a number from every study but its own: a mean, and a meta-regression.

Mean: studies of the same kind of number, role and time since the first dose, pooled with random effects; where fewer
than three studies have that, of any time; then of any role. Meta-regression: all rows of the kind on role, time, open
label, care beside the control, route, drug, dose, midazolam and who rates, as far as the rows tell them apart.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from functools import cache

import numpy as np

from holdfast.evidence.meta_analysis.pooling import pool
from holdfast.evidence.meta_analysis.regression import Model, Regression, meta_regression
from holdfast.evidence.meta_analysis.study_effects import study_effects
from holdfast.evidence.qualification.predictive import Expected, Guess, points, share
from holdfast.evidence.qualification.rival_rows import (
    SHARES,
    Known,
    control_of,
    hours_from_start,
    known,
    known_rows,
)
from holdfast.evidence.rows import Outcome

MEAN, REGRESSION = "mean of the calibration studies", "meta-regression"
FEWEST_STUDIES = 3
_ROWS_A_TERM = 4  # rows that each coefficient of a regression needs beside itself
_MODEL = Model("reml", "hk-adhoc")
_LADDER: tuple[tuple[str, Callable[[Known, Known], bool]], ...] = (
    ("same scale, role and time", lambda a, b: (a.row.scale, a.role, a.window) == (b.row.scale, b.role, b.window)),
    ("same role and time", lambda a, b: (a.role, a.window) == (b.role, b.window)),
    ("same role, any time", lambda a, b: a.role == b.role),
    ("any role and time", lambda a, b: True),
)


def mean_of_studies(row: Outcome) -> Guess | None:
    """The first rival; None where the kind is unknown to it or fewer than three other studies have it."""
    asked = known(row)
    if asked is None:
        return None
    others = [one for one in known_rows() if one.kind == asked.kind and one.row.study.id != row.study.id]
    for step, (words, alike) in enumerate(_LADDER):
        if step == 0 and asked.kind in SHARES:  # a share is a share on every scale
            continue
        found = [one for one in others if alike(asked, one)]
        if len({one.row.study.id for one in found}) >= FEWEST_STUDIES:
            return _pooled(asked, found, words)
    return None


def _pooled(asked: Known, found: Sequence[Known], words: str) -> Guess:
    names = list(dict.fromkeys(one.row.study.id for one in found))
    each = [[one for one in found if one.row.study.id == name] for name in names]
    fit = pool(study_effects(
        [float(np.mean([one.value for one in rows])) for rows in each],
        [float(np.mean([one.variance for one in rows])) for rows in each], names,
    ), _MODEL)  # fmt: skip
    spread = math.hypot(fit.se, fit.heterogeneity.tau)
    return _told(asked, Expected(fit.mean, spread, len(names) - 1), words, len(names))


def regressed(row: Outcome) -> Guess | None:
    """The second rival; None where the kind is unknown to it or its rows are too few for one coefficient."""
    asked = known(row)
    if asked is None:
        return None
    found = _regression(asked.kind, row.study.id)
    if found is None:
        return None
    fit, terms, studies = found
    at = np.array([1.0, *(_TERMS[name](asked) for name in terms)])
    spread = math.sqrt(float(at @ fit.covariance @ at) + fit.heterogeneity.tau2)
    words = "on " + ", ".join(terms) if terms else "no moderator"
    return _told(asked, Expected(float(at @ fit.coefficients), spread, fit.df), words, studies)


def _told(asked: Known, expected: Expected, how: str, studies: int) -> Guess:
    value = asked.row.value
    assert value is not None
    if asked.kind in SHARES:
        return share(expected, asked.n, value, how, studies)
    return points(expected, math.sqrt(asked.variance), value, how, studies)


@cache
def _regression(kind: str, without: str) -> tuple[Regression, tuple[str, ...], int] | None:
    """Terms are taken up in their order, each where the rows tell it apart from those before it."""
    rows = [one for one in known_rows() if one.kind == kind and one.row.study.id != without]
    names = {one.row.study.id for one in rows}
    if len(names) < FEWEST_STUDIES:
        return None
    terms = _terms_for(rows)
    effects = study_effects([r.value for r in rows], [r.variance for r in rows], [r.row.id for r in rows])
    return meta_regression(effects, _columns(rows, terms), _MODEL), terms, len(names)


def _terms_for(rows: Sequence[Known]) -> tuple[str, ...]:
    terms: tuple[str, ...] = ()
    for name, of in _TERMS.items():
        if len(rows) < _ROWS_A_TERM * (len(terms) + 2) or not _told_by_several(rows, of):
            continue
        design = np.column_stack([np.ones(len(rows)), *_columns(rows, (*terms, name)).values()])
        if np.linalg.matrix_rank(design) == design.shape[1]:
            terms = (*terms, name)
    return terms


def _columns(rows: Sequence[Known], terms: Sequence[str]) -> dict[str, list[float]]:
    return {name: [_TERMS[name](one) for one in rows] for name in terms}


def _told_by_several(rows: Sequence[Known], of: Callable[[Known], float]) -> bool:
    """Two studies or more on either side: else a term is the name of one study."""
    middle = float(np.mean([of(one) for one in rows]))
    above, below = ({r.row.study.id for r in rows if side * (of(r) - middle) > 0} for side in (1, -1))
    return len(above) > 1 and len(below) > 1


def _log_time(one: Known) -> float:
    """Where the time since the first dose is unknown, that of four weeks is taken: such ratings close a course."""
    hours = hours_from_start(one.row)
    return math.log1p(hours if hours is not None else 672.0)


def _log_dose(one: Known) -> float:
    """Log of the dose over the middle one of its drug and unit; 0 for controls and where none is printed."""
    arm = one.row.arm
    if one.role != "drug" or not arm.dose:
        return 0.0
    return math.log(float(np.mean(arm.dose)) / _middle_dose(arm.drug, arm.dose_unit or ""))


@cache
def _middle_dose(drug: str, unit: str) -> float:
    alike = {r.row.arm.id: float(np.mean(r.row.arm.dose)) for r in known_rows()
             if (r.row.arm.drug, r.row.arm.dose_unit) == (drug, unit) and r.row.arm.dose}  # fmt: skip
    return float(np.median(list(alike.values()))) if alike else 1.0


_ADDED_CARE = ("placebo with hospital care", "placebo spray with an antidepressant")
_TERMS: dict[str, Callable[[Known], float]] = {
    "control arm": lambda one: float(one.role == "control"),
    "log time": _log_time,
    "open label": lambda one: float(one.row.study.blinding == "open" or one.row.arm.control == "none"),
    "added care": lambda one: float(control_of(one.row) in _ADDED_CARE),
    "added care with time": lambda one: float(control_of(one.row) in _ADDED_CARE) * _log_time(one),
    "nasal": lambda one: float(one.role == "drug" and one.row.arm.route == "nasal"),
    "esketamine": lambda one: float(one.row.arm.drug == "esketamine"),
    "log dose": _log_dose,
    "midazolam": lambda one: float(control_of(one.row) == "midazolam"),
    "self-rated": lambda one: float(one.row.scale in ("PHQ-9", "QIDS-SR", "QIDS-SR16", "BDI")),
}
