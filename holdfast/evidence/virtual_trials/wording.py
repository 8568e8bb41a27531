"""What a simulated trial is told in: names of its numbers, units, the flow of people, and plain values for JSON."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from holdfast.evidence.rows import as_plain
from holdfast.evidence.virtual_trials.compared import Compared, NotCompared, compare
from holdfast.evidence.virtual_trials.replicates import Reported, Simulated
from holdfast.facts import load
from holdfast.model.posteriors.reading import posterior, posterior_names

RATIO = "hazard ratio"
_UNITS = {
    "change": "points", "mean_difference": "points", "effect_size_d": "effect size d",
    "risk_difference": "percentage points", "superior": "1 = superior", "loss_of_response_median": "days",
    "loss_of_response_shortest": "days", "loss_of_response_longest": "days", "relapse_median": "days",
    "effect_size_from_baseline": "effect size d", "sessions_to_median": "treatment sessions",
    "correlation_with_cadss": "Pearson's r", "hazard_ratio_relapse": RATIO, "hazard_ratio_remission": RATIO,
}  # fmt: skip
UNCALIBRATED = "The mood model is uncalibrated: what it gives is a hypothesis, and misses are shown as they are."
MEDIANS = "By the medians of the calibrated model {model}, without how unsure it is."
OTHER_HYPOTHESIS = (
    "By the hypothesis {hypothesis} with the medians of {model}, which was calibrated under {fitted}: under "
    "{hypothesis} nothing is calibrated, and the intervals do not hold how unsure it is."
)


def calibration_line(about: Mapping[str, Any]) -> str:
    """Whether the numbers rest on a posterior, and on which."""
    drawn = about.get("posterior")
    if drawn is None:
        return _without_draws(str(about.get("model")), about.get("hypothesis"))
    said = f"By draws of the posterior of {drawn['name']} of {drawn['date']} (digest {drawn['file_digest']})"
    return f"{said}: groups of people in trials, and no hypothesis proved; misses are shown as they are."


def _without_draws(model: str, hypothesis: str | None) -> str:
    if model not in posterior_names():
        return UNCALIBRATED
    fitted = posterior(model).hypothesis
    said = MEDIANS if hypothesis in (None, fitted) else OTHER_HYPOTHESIS
    return said.format(model=model, hypothesis=hypothesis, fitted=fitted)


def units(one: Reported) -> str:
    """Unit of the number."""
    return _UNITS.get(one.asked.kind, "percent")


def named(one: Reported) -> str:
    """The number and its group in short."""
    against = "" if one.against is None else f" against {short(one.against)}"
    return f"{one.asked.key}: {short(one.group)}{against}"


def short(group: str) -> str:
    """A published arm without its study."""
    return group.partition(".")[2] if group in load().by_id else group


def flow_lines(simulated: Simulated) -> list[str]:
    """Who was randomised, who left, who was rated to the end: one line for each group."""
    lines = []
    for one in simulated.flow:
        left: Any = one["left"]
        ended: Any = one["rated_to_the_end"]
        entered = "" if one["entered_to_randomise"] is None else f"about {one['entered_to_randomise']} treated, then "
        lines.append(
            f"{one['group']}: {entered}{one['randomised']} in the group, {left['p50']:g} left "
            f"({left['p2.5']:g} to {left['p97.5']:g}), {ended['p50']:g} rated to the end"
        )
    return lines


def as_answer(simulated: Simulated) -> dict[str, Any]:
    """Everything in plain values, for JSON."""
    trial, (compared, left) = simulated.trial, compare(simulated)
    return {
        **simulated.about, "design": trial.design, "people": trial.n, "assumptions": list(trial.assumptions),
        "reported": [reported_plain(one) for one in simulated.reported],
        "flow": list(simulated.flow),
        "compared": [_compared_plain(one) for one in compared], "not_compared": [_left_plain(one) for one in left],
        "held": held(compared),
    }  # fmt: skip


def reported_plain(one: Reported) -> dict[str, Any]:
    """One number in plain values."""
    mean = {"share": float(one.values.mean())} if one.asked.kind == "superior" else {}
    excluded = {} if one.excludes_0 is None else {"interval_excludes_0": float(one.excludes_0.mean())}
    return {
        "outcome": one.asked.key, "kind": one.asked.kind, "group": one.group, "against": one.against,
        "unit": units(one), **one.percentiles, **mean, **excluded, "not_reported": one.not_reported,
    }  # fmt: skip


def held(compared: Sequence[Compared]) -> dict[str, int]:
    """How many published numbers the intervals hold."""
    return {
        "compared": len(compared), "inside_80": sum(one.inside_80 for one in compared),
        "inside_95": sum(one.inside_95 for one in compared),
    }  # fmt: skip


def _compared_plain(one: Compared) -> dict[str, Any]:
    interval = one.published_interval
    return {
        "row": as_plain(one.row), "predicted": reported_plain(one.reported), "inside_80": one.inside_80,
        "inside_95": one.inside_95, "published_interval": None if interval is None else list(interval),
        "caveat": one.caveat,
    }  # fmt: skip


def _left_plain(one: NotCompared) -> dict[str, Any]:
    return {"row": one.row.id, "outcome": one.row.outcome, "why": one.why}
