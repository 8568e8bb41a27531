"""What differs from person to person in mood: how fast synapses go, how much anyone gains, what is no effect of drug.

    kout_i    = kout exp(omega z)
    gain_i    = low f          for a share of people, non_responders; low = gain_of_non_responders
                (1 - share low)/(1 - share) f        for all others
    placebo_i = f              f = exp(omega z - omega^2/2), of its own for gain and placebo: a factor with the mean 1

Gain is a mixture with a real share near 0. Some people gain next to nothing whatever is given; the rest gain more than
the typical person, so that the mean over all is 1: the typical person's course is the mean effect the trials showed,
and nobody's own. Every number of it is assumed (mood_parameters.csv) until evidence calibrates it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from statistics import NormalDist

import numpy as np
from numpy.typing import NDArray

from holdfast.model.mood.laws import UNITS
from holdfast.model.named_models import NamedModel
from holdfast.model.population.distributions import factor

Values = NDArray[np.float64]
PERSON_DRAWS = ("mood_kout", "mood_answer", "mood_gain", "mood_placebo", "mood_self_rating")  # standard normal, each


@dataclass(frozen=True)
class MoodIndividuals:
    """Arrays of shape (patients,). `cascade` holds the parameters for `assembly.equations(mood=...)`."""

    cascade: Mapping[str, Values]
    gain: Values  # factor on the effect of the drug; mean 1
    placebo: Values  # factor on everything that is no effect of the drug; mean 1
    self_rating_bias: Values  # points by which somebody rates themselves worse than a clinician does

    def __len__(self) -> int:
        return len(self.gain)


def typical(patients: int = 1) -> MoodIndividuals:
    """Typical people, all alike."""
    one = np.ones(patients)
    return MoodIndividuals({}, one, one, np.zeros(patients))


def individuals(model: NamedModel, draws: Mapping[str, Values]) -> MoodIndividuals:
    """People from standard normal draws, one array of shape (patients,) for each of `PERSON_DRAWS`."""

    def omega(symbol: str) -> float:
        return model.value(symbol, "omega", unit="SD log")

    return MoodIndividuals(
        cascade={"kout": model.value("kout", unit=UNITS["kout"]) * np.exp(omega("kout") * draws["mood_kout"])},
        gain=gain(model, draws["mood_answer"], draws["mood_gain"]),
        placebo=factor(draws["mood_placebo"], omega("placebo")),
        self_rating_bias=model.value("self_rating_bias", "omega", unit="SD points") * draws["mood_self_rating"],
    )


def gain(model: NamedModel, answer: Values, spread: Values) -> Values:
    """Gain from two standard normal draws: which part of the mixture, and where in it."""
    share, low = model.value("non_responders"), model.value("gain_of_non_responders")
    of_others = (1.0 - share * low) / (1.0 - share)
    part = np.where(answer < NormalDist().inv_cdf(share), low, of_others) if share > 0 else of_others
    return np.asarray(part * factor(spread, model.value("gain", "omega", unit="SD log")), dtype=float)
