"""A number as a reader sees it: with its unit, a true minus, and no digit that is not known."""

from __future__ import annotations

from statistics import NormalDist

from holdfast.evidence.intervals import wilson_percent
from holdfast.evidence.rows import Outcome
from holdfast.evidence.wording import name_words, whom_words, with_capital
from holdfast.printed.axis import time_in_short

_Z = NormalDist().inv_cdf(0.975)
_MINUS = "\N{MINUS SIGN}"
_DIGITS = {"percent": 0, "points": 1, "days": 0, "sessions": 0, "infusions": 0}
UNIT_WORDS = {
    "percent": "percent of people", "points": "points on the scale", "cohen_d": "standardised difference (d)",
    "days": "days", "hazard_ratio": "hazard ratio", "pearson_r": "correlation (r)", "boolean": "yes (1) or no (0)",
}  # fmt: skip


def signed(text: str) -> str:
    """With a true minus."""
    return text.replace("-", _MINUS)


def shown(value: float | None, unit: str | None) -> str:
    """A predicted number, rounded to what its unit bears."""
    if value is None:
        return "not reached"
    digits = _DIGITS.get(unit or "", 2)
    return signed(f"{value + 0.0 if round(value, digits) else 0.0:.{digits}f}")


def as_printed(value: float) -> str:
    """A published number, as many digits as it has."""
    return signed(f"{value:g}")


def span(ends: tuple[float, float] | None, unit: str | None) -> str:
    """Both ends."""
    return "" if ends is None else f"{shown(ends[0], unit)} to {shown(ends[1], unit)}"


def what(row: Outcome) -> str:
    """Such as `Response, MADRS, ketamine, day 1 (T0001)`: the row id stands at the end, for it leads to the source."""
    against = f" against {row.arm.control}" if row.estimand == "contrast" else ""
    return _told(row, row.scale or "", whom_words(row) + against)


def what_within(row: Outcome, most: int) -> str:
    """The same in at most so many letters: the comparator goes first, then the scale, then the end."""
    shorter = (what(row), _told(row, row.scale or "", whom_words(row)), _told(row, "", whom_words(row)))
    return next((words for words in shorter if len(words) <= most), f"{shorter[-1][: most - 1].rstrip()}…")


def _told(row: Outcome, scale: str, whom: str) -> str:
    when = "" if row.time_h is None else time_in_short(row.time_h)
    anchor = row.time_anchor or ""
    since = "" if anchor in ("first_dose", "") else f"from {anchor.replace('_', ' ')}"
    said = [with_capital(name_words(row.outcome)), scale, whom, f"{when} {since}".strip()]
    return f"{', '.join(word for word in said if word)} ({row.id})"


def published_interval(row: Outcome) -> tuple[float, float] | None:
    """95 %: as printed, by its standard error or SD, or of counted people by Wilson's formula."""
    if row.interval_kind == "ci95" and row.ci_low is not None and row.ci_high is not None:
        return row.ci_low, row.ci_high
    if row.value is None:
        return None
    if row.unit == "percent" and row.events is not None and row.n_analysed:
        return wilson_percent(row.events, row.n_analysed)
    se = row.se
    if se is None and row.sd is not None and row.n_analysed and row.estimand == "arm":
        se = row.sd / row.n_analysed**0.5
    return None if se is None else (row.value - _Z * se, row.value + _Z * se)
