"""The fitted parameters of mood: their priors, the scale each is fitted on, and which shares differ over studies.

A study has two effects of its own, `drug` and `placebo`: shifts of the logit of every share of that part. A logit
keeps a share between 0 and 1 however large the shift. What is left of a single number beyond that and beyond chance
is its misfit; `tau_row` is its SD, in logits of a share. Studies of racemate and of esketamine differ in the mean of
the first effect by `racemate`: each lies half of it from the middle.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass

from holdfast.facts import load
from holdfast.facts.calibration_tables import STUDY_EFFECTS
from holdfast.model.changed_models import with_values
from holdfast.model.named_models import NamedModel

MISFIT, RACEMATE = "tau_row", "racemate"

__all__ = ["MISFIT", "RACEMATE", "STUDY_EFFECTS", "Parameter", "changed", "parameters", "spreads"]


@dataclass(frozen=True)
class Parameter:
    """One fitted number. `median` and `sd` are its prior: normal on the transformed scale."""

    symbol: str
    kind: str
    part: str
    transform: str
    median: float
    sd: float
    study_effect: str | None
    why: str

    @property
    def name(self) -> str:
        """Symbol, and kind where it is no typical value."""
        return self.symbol if self.kind in ("typical", "study") else f"{self.symbol}.{self.kind}"

    @property
    def centre(self) -> float:
        """The median on the transformed scale."""
        return self.scaled(self.median)

    def scaled(self, value: float) -> float:
        """The value on the transformed scale."""
        return math.log(value) if self.transform == "log" else math.log(value / (1.0 - value))

    def natural(self, scaled: float) -> float:
        """The value from the transformed scale."""
        return math.exp(scaled) if self.transform == "log" else 1.0 / (1.0 + math.exp(-scaled))


def parameters(hypothesis: str) -> tuple[Parameter, ...]:
    """What is fitted under the hypothesis, in the order of calibration_priors.csv."""
    return tuple(one for one in _of_table(hypothesis) if one.part != "study")


def spreads(hypothesis: str) -> tuple[Parameter, ...]:
    """SDs over studies, in the order of `STUDY_EFFECTS`, the SD of the misfit of single numbers, and `RACEMATE`."""
    found = {one.symbol: one for one in _of_table(hypothesis) if one.part == "study"}
    return (*(found[f"tau_{effect}"] for effect in STUDY_EFFECTS), found[MISFIT], found[RACEMATE])


def _of_table(hypothesis: str) -> tuple[Parameter, ...]:
    rows = (row for row in load().rows("calibration_priors") if hypothesis in (row.get("hypotheses") or (hypothesis,)))
    return tuple(
        Parameter(row["symbol"], row["kind"], row["part"], row["transform"], row["median"], row["sd"],
                  row.get("study_effect"), row.get("note") or "")
        for row in rows
    )  # fmt: skip


def changed(
    model: NamedModel, fitted: tuple[Parameter, ...], values: Mapping[str, float], shifts: Mapping[str, float]
) -> NamedModel:
    """The model with these `values` by name, each moved by the effects `shifts` of a study, by part."""
    by_kind: dict[str, dict[str, float]] = {}
    for one in fitted:
        value = values[one.name]
        if one.study_effect is not None and shifts.get(one.study_effect):
            value = one.natural(one.scaled(value) + shifts[one.study_effect])
        by_kind.setdefault(one.kind, {})[one.symbol] = value
    for kind, of_kind in by_kind.items():
        model = with_values(model, of_kind, kind)
    return model
