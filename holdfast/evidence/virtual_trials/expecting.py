"""What is no effect of drug in a trial: expectancy by what people know or guess, new antidepressants, hospital care.

Functional unblinding is a switch of the trial's file, off by default. `felt dissociation`: who feels it believes it was
the drug, the model's own rule. `share who know`: that share of people knows, on drug as in open care, and on control,
where it expects nothing. Both are assumed; what is published cannot tell whether dissociation unblinds or helps.
"""

from __future__ import annotations

from dataclasses import replace
from types import MappingProxyType

import numpy as np
from numpy.typing import NDArray

from holdfast.errors import InputError
from holdfast.evidence.virtual_trials.design import WITHDRAWAL, Arm, Trial
from holdfast.facts.trial_documents import FELT, KNOWN
from holdfast.facts.written import written_number
from holdfast.model.mood.placebo import Care, placebo, weights
from holdfast.model.named_models import NamedModel

Values = NDArray[np.float64]
PERCENT = 100.0


def unblinded(trial: Trial, how: str) -> Trial:
    """The trial with another unblinding: `none`, `felt`, or the percent of people who know.

    Raises `InputError` for anything else, and for a trial in which everybody knows anyway.
    """
    if trial.header["blinding"] != "double-blind":
        raise InputError(f"{trial.id} is {trial.header['blinding']}; only a double-blind trial can be unblinded")
    values = {
        **trial.header.values,
        "unblinding": {"felt": FELT, "none": "none"}.get(how, KNOWN),
        "known_percent": None,
    }
    if values["unblinding"] == KNOWN:
        try:
            values["known_percent"] = written_number(how)
        except InputError:
            raise InputError(f"--unblinding {how} is neither none, nor felt, nor a percent of people") from None
        if not 0 <= values["known_percent"] <= PERCENT:
            raise InputError(f"--unblinding {how}: a percent of people is between 0 and 100")
    return replace(trial, header=replace(trial.header, values=MappingProxyType(values)))


class Expecting:
    """What the people of a trial expect, and what care does without any drug."""

    def __init__(self, trial: Trial, model: NamedModel) -> None:
        header = trial.header
        self._model = model
        self._blinded = header["blinding"] == "double-blind"
        self._unblinding = header.get("unblinding", "none") if self._blinded else "none"
        self._known = (header.get("known_percent") or 0.0) / PERCENT
        self._open_to_h = trial.begins_h if trial.design == WITHDRAWAL else -np.inf
        self._care = Care(
            open_label=not self._blinded, unblinding=self._unblinding == FELT,
            new_antidepressant=bool(header["new_antidepressant"]), hospital=bool(header.get("hospital_care", False)),
        )  # fmt: skip

    @property
    def by_feeling(self) -> bool:
        """Does felt dissociation tell people what they got?"""
        return self._unblinding == FELT

    def weight(self, arm: Arm, at_h: float, attends: NDArray[np.bool_], felt: Values, *, on_drug: bool) -> Values:
        """Weight of a treatment session for each person; `felt` is CADSS at its peak. 0 for who does not attend."""
        if at_h < self._open_to_h:
            return attends.astype(float)
        if self._unblinding == KNOWN:
            blinded = self._model.value("expectancy_blinded")
            known = blinded * (1 - self._known) + (self._known if on_drug or not arm.control else 0.0)
            return np.where(attends, known, 0.0)
        return weights(self._model, self._care, np.where(attends, felt, np.nan)[:, None])[:, 0]

    def placebo(self, person: Values, times_h: Values, held_h: list[float], weight: Values) -> Values:
        """Share of the score gone without any effect of drug, (people, times)."""
        return placebo(self._model, self._care, person, times_h, held_h, weight)
