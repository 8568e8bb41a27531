"""Virtual patients with this patient's covariates who have lived this patient's dose history, each once.

    population      a draw of the calibrated posterior (holdfast-2): parameters as unsure as the evidence leaves
    programme       a fresh study: its drug and placebo effects are drawn anew, with the SDs over studies of that draw
    person          body, loss of synapses (kout), and then gain and placebo, as in model/mood/individuals.py

What a dose history does depends on population, body and kout alone: that is a member, and costly to
live. Effects of the programme, gain and placebo (`OWN`) act on what came out, so that a history serves many patients.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from statistics import NormalDist

import numpy as np
from numpy.typing import NDArray

from holdfast.errors import InputError
from holdfast.forecast.bodies import BODIES, Bodies
from holdfast.forecast.mood_levels import Cascade, Event, Levels
from holdfast.model.mood.laws import UNITS
from holdfast.model.named_models import CALIBRATED_MODEL, NamedModel, named_model
from holdfast.model.posteriors.parameters import RACEMATE, STUDY_EFFECTS
from holdfast.model.posteriors.reading import Posterior, posterior

Values = NDArray[np.float64]
Who = NDArray[np.int_]
OWN = ("drug", "placebo", "answer", "gain", "person_placebo")  # standard normal each: programme, then person
_GROWN = ("improvement", "new_antidepressant", "hospital")
_SYMBOL = {"new_antidepressant": "antidepressant"}
_LEAST_SHARE = 1e-6


@dataclass(frozen=True)
class Population:
    """The calibrated population as arrays of shape (draws,), and the numbers that were not fitted."""

    posterior: Posterior
    model: NamedModel
    values: Mapping[str, Values]
    cut: Values  # standard normal number below which somebody gains next to nothing

    def __len__(self) -> int:
        return len(self.posterior)

    def shifted(self, name: str, draw: Who, shift: Values) -> Values:
        """A share of the draws, its logit moved by the effect of a study, as `Posterior.model` moves it."""
        share = self.values[name][draw]
        return np.asarray(1.0 / (1.0 + (1.0 / share - 1.0) * np.exp(-shift)), dtype=float)


@cache
def population(name: str = CALIBRATED_MODEL) -> Population:
    """The posterior of that name. Raises `InputError` where its hypothesis is another than the one computed here."""
    found = posterior(name)
    if found.hypothesis != "nmda-driven":
        raise InputError(f"the posterior {name} is of {found.hypothesis}; forecasts are made under nmda-driven alone")
    values = {key: np.array([one[key] for one in found.draws]) for key in found.draws[0]}
    cut = [NormalDist().inv_cdf(max(share, _LEAST_SHARE)) for share in values["non_responders"].tolist()]
    return Population(found, named_model(name), values, np.array(cut))


@dataclass(frozen=True)
class Members:
    """Whose histories: places of draws and bodies, and the standard normal number of kout; arrays (members,)."""

    draw: Who
    body: Who
    kout: Values

    def __len__(self) -> int:
        return len(self.draw)

    def take(self, who: Who) -> Members:
        """The same for some of them."""
        return Members(self.draw[who], self.body[who], self.kout[who])


def members(people: Population, count: int, random: np.random.Generator) -> Members:
    """Members of the population: every draw and every body as often as any other, as far as `count` goes."""
    draw = random.permutation(np.resize(random.permutation(len(people)), count))
    return Members(draw, random.permutation(np.resize(np.arange(BODIES), count)), random.standard_normal(count))


def cascade(people: Population, of: Members) -> Cascade:
    """Their parameters of the cascade, in 1/h."""
    values, model = people.values, people.model

    def rate(name: str) -> Values:
        return values[name][of.draw] if name in values else np.full(len(of), model.value(name, unit=UNITS[name]))

    kout = rate("kout") * np.exp(values["kout.omega"][of.draw] * of.kout)
    return Cascade(
        body=of.body, o50=rate("O50"), gamma=rate("gamma_occupancy"), kin=rate("kin"), ka=rate("kA"), kx=rate("kX"),
        kout=kout, kc=rate("kC"), kz=rate("kZ"),
    )  # fmt: skip


@dataclass(frozen=True)
class Lived:
    """What members were through at times (times,): levels (3, times, members), expectancy and what grows under care.

    `expected` is the sum of bumps after treatment sessions; `grown` holds for each share under care how much of it has
    come; both (times, members).
    """

    levels: Values
    expected: Values
    grown: Mapping[str, Values]

    def take(self, who: Who) -> Lived:
        """The same for some of them, any of them more than once."""
        return Lived(
            self.levels[..., who], self.expected[:, who], {name: one[:, who] for name, one in self.grown.items()}
        )  # fmt: skip

    def where(self, chosen: NDArray[np.bool_], other: Lived) -> Lived:
        """This one of the members that are chosen, `other` of the rest."""
        return Lived(
            np.where(chosen, self.levels, other.levels), np.where(chosen, self.expected, other.expected),
            {name: np.where(chosen, one, other.grown[name]) for name, one in self.grown.items()},
        )  # fmt: skip

    def __len__(self) -> int:
        return int(self.expected.shape[1])


@dataclass(frozen=True)
class Setting:
    """What holds for one patient: bodies, how care is given, and which drug the study would be one of."""

    bodies: Bodies
    care: Mapping[str, bool]
    racemate: float  # 0.5 racemate, -0.5 esketamine, 0 neither or both


def racemate(drugs: Sequence[str]) -> float:
    """Where doses of these drugs stand between studies of racemate and of esketamine."""
    return 0.5 * (("ketamine" in drugs) - ("esketamine" in drugs))


def lived(
    people: Population, of: Members, setting: Setting, doses: Sequence[Event], times_h: Sequence[float], *,
    state: Values | None = None, from_h: float = 0.0, levels: Levels | None = None,
) -> Lived:  # fmt: skip
    """The members' histories at the rising `times_h`, in h from the first treatment session; before it nothing is.

    With `state` and `from_h` they go on from there, expectancy of earlier doses included.
    """
    made = levels or Levels(cascade(people, of), setting.bodies)
    times = np.asarray(times_h, dtype=float)
    read = made.lived(made.start() if state is None else state, from_h, doses, times.tolist())
    grown = {name: _grown(people, of, name, times) for name in _GROWN if _counts(setting.care, name)}
    return Lived(np.moveaxis(read, 0, 1), expectancy(people, of, setting, doses, times), grown)


def _counts(care: Mapping[str, bool], name: str) -> bool:
    return name == "improvement" or care.get(name, False)


def _grown(people: Population, of: Members, name: str, times: Values) -> Values:
    symbol = f"{_SYMBOL.get(name, name)}_half_life"
    factor = people.model.value(symbol, unit="h") / people.model.value(symbol, unit=_unit(people, symbol))
    half_life_h = _of(people, of, symbol) * factor
    return np.asarray(-np.expm1(-np.log(2) * np.maximum(times, 0.0)[:, None] / half_life_h), dtype=float)


def _unit(people: Population, symbol: str) -> str:
    return str(people.model.parameter(symbol)["unit"])


def _of(people: Population, of: Members, name: str) -> Values:
    """A typical value in the unit of its row: of the draws where it was fitted, else the model's."""
    if name in people.values:
        return people.values[name][of.draw]
    return np.full(len(of), float(people.model.parameter(name)["value"]))


def expectancy(
    people: Population, of: Members, setting: Setting, doses: Sequence[Event], times: Values
) -> Values:  # fmt: skip
    """Sum over treatment sessions of weight and bump (model/mood/placebo.py), (times, members)."""
    decay = 1.0 / _of(people, of, "expectancy_decay")  # halvings in an hour
    rates = np.stack([decay, decay + 1.0 / _of(people, of, "expectancy_onset")])
    weight = 1.0 if setting.care.get("open_label", True) else _of(people, of, "expectancy_blinded")
    sums, at, found = np.zeros((2, len(of))), 0.0, np.zeros((len(times), len(of)))
    happens = sorted([*((hour, 1, 0) for hour, _ in doses), *((t, 0, i) for i, t in enumerate(times) if t > 0)])
    for hour, is_dose, place in happens:  # a time is read before a dose at that time
        if hour > times[-1]:
            break
        sums *= np.exp2(-rates * (hour - at))
        at = hour
        if is_dose:
            sums += weight
        else:
            found[place] = sums[0] - sums[1]
    return found


def relative(people: Population, of: Members, setting: Setting, history: Lived, own: Values) -> Values:
    """The score as a share of the baseline, (times, members): what is no effect of drug, and what is.

    `own` are the standard normal numbers of `OWN`, (5, members). As model/mood/score.py has it.
    """
    numbers = dict(zip(OWN, own, strict=True))
    drug, placebo = (
        people.values[f"tau_{effect}"][of.draw] * numbers[effect] for effect in STUDY_EFFECTS
    )  # fmt: skip
    drug = drug + people.values[RACEMATE][of.draw] * setting.racemate
    removed = sum(
        (people.shifted(f"g{name}", of.draw, drug) * level
         for name, level in zip("AXZ", history.levels, strict=True)), start=np.zeros(()),
    )  # fmt: skip
    gone = people.shifted("expectancy", of.draw, placebo) * history.expected
    for name, grown in history.grown.items():
        gone = gone + people.shifted(_SYMBOL.get(name, name), of.draw, placebo) * grown
    gone = np.clip(_factor(people, of, "placebo.omega", numbers["person_placebo"]) * gone, 0.0, 1.0)
    return np.asarray((1.0 - gone) * np.maximum(1.0 - _gain(people, of, numbers) * removed, 0.0), dtype=float)


def _factor(people: Population, of: Members, omega: str, standard: Values) -> Values:
    spread = people.values[omega][of.draw]
    return np.asarray(np.exp(spread * standard - spread**2 / 2), dtype=float)


def _gain(people: Population, of: Members, numbers: Mapping[str, Values]) -> Values:
    share, low = people.values["non_responders"], people.model.value("gain_of_non_responders")
    of_others = (1.0 - share * low) / (1.0 - share)
    part = np.where(numbers["answer"] < people.cut[of.draw], low, of_others[of.draw])
    return np.asarray(part * _factor(people, of, "gain.omega", numbers["gain"]), dtype=float)
