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
from holdfast.forecast.arithmetic import Odds, Person, person_of, share_left
from holdfast.forecast.bodies import BODIES, Bodies
from holdfast.forecast.mood_levels import Cascade, Event, Levels, Request, Shares
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
        return len(self.cut)


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


def cascade(people: Population, of: Members, *, open_label: bool = True) -> Cascade:
    """Their parameters of the cascade and of what is expected of treatment sessions, in 1/h."""
    values, model = people.values, people.model

    def rate(name: str) -> Values:
        return values[name][of.draw] if name in values else np.full(len(of), model.value(name, unit=UNITS[name]))

    kout = rate("kout") * np.exp(values["kout.omega"][of.draw] * of.kout)
    fades = np.log(2) / _of(people, of, "expectancy_decay")
    return Cascade(
        body=of.body, o50=rate("O50"), gamma=rate("gamma_occupancy"), kin=rate("kin"), ka=rate("kA"), kx=rate("kX"),
        kout=kout, kc=rate("kC"), kz=rate("kZ"), fades=fades,
        fades_early=fades + np.log(2) / _of(people, of, "expectancy_onset"),
        weight=np.ones(len(of)) if open_label else _of(people, of, "expectancy_blinded"),
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
            self.levels.take(who, axis=-1), self.expected.take(who, axis=-1),
            {name: one.take(who, axis=-1) for name, one in self.grown.items()},
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


def levels_of(people: Population, of: Members, setting: Setting, *, keep: bool = False) -> Levels:
    """The solver of their courses; with `keep` what doses share is kept from call to call."""
    return Levels(
        cascade(people, of, open_label=setting.care.get("open_label", True)), setting.bodies, keep=keep
    )  # fmt: skip


def lived(
    people: Population, of: Members, setting: Setting, doses: Sequence[Event], times_h: Sequence[float], *,
    state: Values | None = None, from_h: float = 0.0, levels: Levels | None = None,
) -> Lived:  # fmt: skip
    """The members' histories at the rising `times_h`, in h from the first treatment session; before it nothing is.

    With `state` and `from_h` they go on from there, expectancy of earlier doses included.
    """
    made = levels or levels_of(people, of, setting)
    read = made.lived(made.start() if state is None else state, Request(from_h, doses, times_h))
    times = np.asarray(times_h, dtype=float)
    grown = {name: -np.expm1(-rate * np.maximum(times, 0.0)[:, None]) for name, rate in grows(people, of, setting)}
    return Lived(np.moveaxis(read[:, :3], 0, 1), read[:, 3], grown)


def grows(people: Population, of: Members, setting: Setting) -> list[tuple[str, Values]]:
    """Shares that grow under this care, with their rates in 1/h, (members,)."""
    return [(name, _growth(people, of, name)) for name in _GROWN
            if name == "improvement" or setting.care.get(name, False)]  # fmt: skip


def _growth(people: Population, of: Members, name: str) -> Values:
    symbol = f"{_SYMBOL.get(name, name)}_half_life"
    factor = people.model.value(symbol, unit="h") / people.model.value(symbol, unit=_unit(people, symbol))
    return np.log(2) / (_of(people, of, symbol) * factor)


def _unit(people: Population, symbol: str) -> str:
    return str(people.model.parameter(symbol)["unit"])


def _of(people: Population, of: Members, name: str) -> Values:
    """A typical value in the unit of its row: of the draws where it was fitted, else the model's."""
    if name in people.values:
        return people.values[name][of.draw]
    return np.full(len(of), float(people.model.parameter(name)["value"]))


def odds(people: Population, of: Members, setting: Setting) -> Odds:
    """Of each member, by their draw of the population."""
    names = {**{name: f"g{name}" for name in "AXZ"}, "expectancy": "expectancy"}
    names |= {name: _SYMBOL.get(name, name) for name, _ in grows(people, of, setting)}
    tau_drug, tau_placebo = (people.values[f"tau_{effect}"][of.draw] for effect in STUDY_EFFECTS)
    share, low = people.values["non_responders"][of.draw], low_gain(people)
    return Odds(
        {name: 1.0 / people.values[symbol][of.draw] - 1.0 for name, symbol in names.items()}, tau_drug, tau_placebo,
        people.values[RACEMATE][of.draw] * setting.racemate, people.cut[of.draw], (1.0 - share * low) / (1.0 - share),
        people.values["gain.omega"][of.draw], people.values["placebo.omega"][of.draw],
    )  # fmt: skip


def low_gain(people: Population) -> float:
    """Gain of somebody who gains next to nothing."""
    return people.model.value("gain_of_non_responders")


def _where_below(a: Values, b: Values, then: float, otherwise: Values) -> Values:
    return np.where(a < b, then, otherwise)


def makes_of_levels(people: Population, of: Members, setting: Setting, own: Values) -> Person:
    """What virtual patients make of levels; `own` are the standard normal numbers of `OWN`, (5, members)."""
    return person_of(odds(people, of, setting), list(own), low_gain(people), np.exp, _where_below)


def left_by(person: Person, history: Lived) -> Values:
    """The score as a share of the baseline, (times, members): what is no effect of drug, and what is."""
    return np.asarray(share_left(
        list(history.levels), history.expected, list(history.grown.values()), person,
        lambda value: np.clip(value, 0.0, 1.0), lambda value: np.maximum(value, 0.0),
    ), dtype=float)  # fmt: skip


def relative(people: Population, of: Members, setting: Setting, history: Lived, own: Values) -> Values:
    """The same, of members and their own numbers. As model/mood/score.py has it."""
    return left_by(makes_of_levels(people, of, setting, own), history)


def shares_of(people: Population, of: Members, setting: Setting, own: Values) -> Shares:
    """For `Levels.shares`: what each member makes of levels, and how fast grows what does."""
    person = makes_of_levels(people, of, setting, own)
    rates = [rate for _, rate in grows(people, of, setting)]
    pairs = [one for pair in zip(person.grows, rates, strict=True) for one in pair]
    rows = [*person.removes, person.expectancy, person.placebo, person.gain, *pairs]
    return Shares(np.stack(rows), len(rates))
