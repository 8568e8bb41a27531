"""Names of columns as a reader sees them: `time_h` is `Time (hours)`, `n_analysed` is `People analysed`."""

from __future__ import annotations

_UNITS = {"h": "hours", "d": "days", "min": "minutes", "y": "years", "mg": "mg", "percent": "percent"}
# `min` at the end is a least value in these, no time.
_WHOLE = {
    "n": "people", "op": "compared by", "r": "correlation", "nct": "number at ClinicalTrials.gov", "doi": "DOI",
    "pmid": "PubMed number", "pmcid": "PubMed Central number", "url": "address", "min": "least", "max": "most",
    "min_min": "least (minutes)", "split": "what may be done with it", "tol_low": "tolerance from",
    "tol_high": "tolerance to", "per_kg_low": "per kg, low end", "per_kg_high": "per kg, high end",
    "per_kg_max": "most per kg", "day_1": "on day 1", "set_to": "effect set to the row",
    "total_min": "lowest total", "total_max": "highest total", "answer_min": "answer from which a symptom is present",
    "early_min": "answer from which the early one is present", "symptoms_min": "fewest symptoms",
    "symptoms_max": "most symptoms", "baseline_min": "lowest baseline", "cited": "publication",
    "fitted_iv_mg_per_kg": "fitted intravenous doses (mg per kg)",
    "effects_fitted_iv_mg_per_kg": "effects fitted to intravenous doses (mg per kg)", "ci_low": "interval, low end",
    "ci_high": "interval, high end", "spread_low": "spread, low end", "spread_high": "spread, high end",
    "repeat_min_d": "least days between ratings", "repeat_max_d": "most days between ratings",
    "repeat_min": "repeated after (minutes)", "age_min_y": "youngest (years)", "age_max_y": "oldest (years)",
    "dose_max_mg": "highest dose (mg)", "madrs_low": "MADRS, low end", "madrs_high": "MADRS, high end",
}  # fmt: skip
_PARTS = {"n": "people", "sd": "standard deviation", "se": "standard error", "max": "most", "min": "least",
          "ref": "source", "refs": "sources", "t": "time"}  # fmt: skip


def column_words(name: str) -> str:
    """The name of a column in words, with a capital first letter and its unit in brackets."""
    if name in _WHOLE:
        return _capital(_WHOLE[name])
    *parts, last = name.split("_")
    unit = f" ({_UNITS[last]})" if parts and last in _UNITS else ""
    words = parts if unit else [*parts, last]
    return _capital(" ".join(_PARTS.get(word, word) for word in words) + unit)


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]
