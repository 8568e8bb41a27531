"""What the rivals know of a published number: its kind, whose arm, when, its value and sampling variance.

Shares are on the logit scale, points as they are. Where a study printed no SD, SE or number of people, the median of
those that did stands in, and the row says so: a rival is not to be beaten by what was left unprinted.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from statistics import median

from holdfast.errors import InputError
from holdfast.evidence.meta_analysis import derivations as derive
from holdfast.evidence.meta_analysis.effect_sizes import logit_proportion
from holdfast.evidence.meta_analysis.questions import ACTIVE_DRUGS
from holdfast.evidence.rows import Outcome
from holdfast.evidence.tables import arms, fit_rows

# Names of the tables that mean one kind of number: shares of arms, points of arms, contrasts in points and in SD.
KINDS: Mapping[tuple[str, str], str] = {
    ("arm", "response"): "response", ("arm", "response_any_time"): "response", ("arm", "remission"): "remission",
    ("arm", "relapse"): "relapse", ("arm", "change"): "change", ("arm", "change_lsmean"): "change",
    ("contrast", "mean_difference"): "difference", ("contrast", "effect_size_d"): "effect size",
}  # fmt: skip
SHARES = ("response", "remission", "relapse")
_FROM_START = ("first_dose", "randomisation", "first_open_label_dose")
_WINDOWS_H = (12.0, 96.0, 264.0, 528.0, 1008.0)  # hours, days, a week, two to three, four to six weeks; then later
_WINDOW_NAMES = ("first hours", "days 1 to 4", "days 4 to 11", "days 11 to 22", "weeks 3 to 6", "later")


@dataclass(frozen=True)
class Known:
    """One published number as a rival reads it. `value` and `variance` on the pooled scale; `n` is of people."""

    row: Outcome
    kind: str
    role: str  # drug, control or other treatment
    window: str
    value: float
    variance: float
    n: float
    lent: bool  # the variance, or n, is that of others


def kind_of(row: Outcome) -> str | None:
    """The kind that rivals know; None for numbers of which too few are published to compare."""
    return None if row.estimand is None else KINDS.get((row.estimand, row.outcome))


def role_of(row: Outcome) -> str:
    """Whose number it is. A contrast is that of the drug."""
    if row.arm.drug in ACTIVE_DRUGS:
        return "drug"
    return "control" if row.arm.drug in ("placebo", "midazolam") else "other treatment"


def window_of(row: Outcome) -> str:
    """A span of time since the first dose; another anchor is a window of its own."""
    if row.time_anchor not in _FROM_START or row.time_h is None:
        return f"from {(row.time_anchor or 'a time not stated').replace('_', ' ')}"
    return _WINDOW_NAMES[sum(row.time_h > end for end in _WINDOWS_H)]


def hours_from_start(row: Outcome) -> float | None:
    """Hours since the first dose, where the table counts from there."""
    return row.time_h if row.time_anchor in _FROM_START else None


def control_of(row: Outcome) -> str:
    """What the study's drug was compared with; `none` without a comparator."""
    found = [arm.control for arm in arms(row.study.id) if arm.control not in (None, "active")]
    return row.arm.control if row.arm.control not in (None, "active") else (found[0] or "none") if found else "none"


@cache
def known_rows() -> tuple[Known, ...]:
    """Every row that rivals may learn from: that of studies a model may be fitted to, whole arms, no recollection."""
    return tuple(found for row in fit_rows() if (found := known(row)) is not None and row.subgroup is None)


def known(row: Outcome) -> Known | None:
    """The row as rivals read it; None for a kind that they do not know."""
    kind = kind_of(row)
    if kind is None or row.value is None or row.unit not in ("percent", "points", "cohen_d"):
        return None
    n = _people(row)
    people = n if n is not None else _usual("people", kind)
    if kind in SHARES:
        y, v = logit_proportion([row.value * people / 100], [people])
        return Known(row, kind, role_of(row), window_of(row), float(y[0]), float(v[0]), people, n is None)
    se = _standard_error(row)
    used = se if se is not None else _usual("sd", kind) * math.sqrt((2 if row.estimand == "contrast" else 1) / people)
    return Known(row, kind, role_of(row), window_of(row), row.value, used**2, people, se is None)


def _people(row: Outcome) -> float | None:
    found = row.n_analysed or row.arm.n_randomised
    return float(found) if found else None


def _standard_error(row: Outcome) -> float | None:
    """As printed, or by SD or interval; of a standardised difference by its interval alone."""
    if row.se is not None:
        return row.se
    if row.sd is not None and row.estimand == "arm" and _people(row):
        return row.sd / math.sqrt(_people(row) or 1.0)
    if row.interval_kind == "ci95" and row.value is not None and row.ci_low is not None and row.ci_high is not None:
        try:
            return derive.se_from_interval(row.value, row.ci_low, row.ci_high).value
        except InputError:
            return None
    return None


@cache
def _usual(what: str, kind: str) -> float:
    """Median over rows that print it: people of an arm of this kind, or SD of one person's change (1 of an effect)."""
    rows = [row for row in fit_rows() if kind_of(row) == kind]
    if what == "people":
        return float(median(_found(map(_people, rows)) or _found(map(_people, fit_rows()))))
    if kind == "effect size":
        return 1.0
    changes = [row for row in fit_rows() if kind_of(row) == "change" and _people(row)]
    return median(_found((_standard_error(row) or 0.0) * math.sqrt(_people(row) or 0.0) or None for row in changes))


def _found(values: Iterable[float | None]) -> Sequence[float]:
    return [value for value in values if value is not None]
