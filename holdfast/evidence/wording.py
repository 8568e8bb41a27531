"""A row of the evidence tables as a person reads it: value with unit, time with anchor, interval by name."""

from __future__ import annotations

from holdfast.evidence.rows import AdverseEvent, Outcome


def time_words(row: Outcome) -> str:
    """Such as `24 hours from first dose`; the anchor alone where no time is printed."""
    since = (row.time_anchor or "not stated").replace("_", " ")
    return since if row.time_value is None else f"{row.time_value:g} {row.time_unit} from {since}"


def value_words(row: Outcome | AdverseEvent) -> str:
    """The number with its unit, the people counted, and the spread, as far as printed; `statement` where none is."""
    unit = (row.unit or "statement").replace("_", " ")
    spread = [
        f"{name.upper()} {size:g}" for name in ("sd", "se") if (size := getattr(row, name, None)) is not None
    ]  # only outcomes have them
    counted = "" if row.events is None else f" ({row.events} people)"
    shown = unit if row.value is None else f"{row.value:g} {unit}"
    return "; ".join([shown + counted, *spread])


def interval_words(row: Outcome | AdverseEvent) -> str:
    """Both ends and what kind of interval it is; `?` for an end that is unknown, empty where there is none."""
    low = row.ci_low if row.spread_low is None else row.spread_low
    high = row.ci_high if row.spread_high is None else row.spread_high
    return "" if low is None else f"{low:g} to {'?' if high is None else f'{high:g}'} ({row.interval_kind})"


def whom_words(row: Outcome) -> str:
    """The arm, with the part of it that is meant."""
    return f"{row.arm.label} ({row.subgroup})" if row.subgroup else row.arm.label


_READ_AS = {
    "change_lsmean": "change, least-squares mean",
    "effect_size_d": "effect size d",
    "hedges_g": "effect size g",
    "smd": "standardised mean difference",
    "km_sustained_response": "sustained response, Kaplan-Meier",
    "correlation_CADSS40min_vs_HDRS_percent_change": "correlation of CADSS at 40 min with change in HDRS",
    "MADRS_mean_day1": "mean MADRS on day 1",
    "benefit_ge_3_weeks": "benefit for three weeks or more",
    "memory_impairment": "impairment of memory",
    "discontinuation_acute_adverse_reaction": "stopped for a reaction during an infusion",
    "discontinuation_no_benefit_and_anxiety": "stopped for no benefit and rising anxiety",
}


def name_words(outcome: str) -> str:
    """The stored name of an outcome as words."""
    return _READ_AS.get(outcome, outcome.replace("_", " "))


def outcome_words(row: Outcome) -> str:
    """The outcome; of a contrast also against what."""
    name = name_words(row.outcome)
    return f"{name}, against {row.arm.comparator}" if row.estimand == "contrast" else name


def with_capital(text: str) -> str:
    """The text with a capital first letter; the others as they are, for scales are written in capitals."""
    return text[:1].upper() + text[1:]


def with_signs(text: str) -> str:
    """A rule as a clinician writes it: `≥50% fall` for `>=50% fall`."""
    return text.replace(">=", "≥").replace("<=", "≤")
