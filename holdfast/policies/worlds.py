"""Worlds: each a draw of the calibrated population and a programme of its own, with patients drawn in it.

    world      parameters from the posterior; the programme's effects on what drug and care do, with SDs over studies
    patient    body, loss of synapses, gain, placebo, baseline; ups and downs, errors of rating, attendance

How far policies differ from world to world is how unsure the evidence leaves the comparison. Everything is drawn by
name and number, so that a patient is the same one under every policy (common random numbers), in every process, and
whatever else is compared. A `Variant` changes what a parameter is, and nobody.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, fields, replace

import numpy as np
from numpy.typing import NDArray

from holdfast.forecast.histories import Members, Population, cascade, population
from holdfast.model.mood.laws import DEFAULT_HYPOTHESIS, UNITS
from holdfast.model.mood.score import most_points
from holdfast.model.population.named_populations import named_population
from holdfast.model.population.random_numbers import Purpose, named_normal, named_uniform
from holdfast.model.posteriors.parameters import RACEMATE, STUDY_EFFECTS
from holdfast.policies.bodies import BODIES
from holdfast.units import convert

Values = NDArray[np.float64]
Who = NDArray[np.int_]
BLOCK = 1_000_000  # numbers of patients kept for each world
LEARNT_ON, CHECKED_ON = 100_000, 200_000  # first numbers of worlds that are for the learnt forecast alone
_DRAWS_FROM = {0: 0.0, LEARNT_ON: 0.6, CHECKED_ON: 0.8}  # first world of a use: where its share of the draws begins
LEVELS = ("A", "X", "Z")
GROWN = ("improvement", "antidepressant")


@dataclass(frozen=True)
class Variant:
    """The population as it is, or with some parameters set, or another hypothesis of what drives mood."""

    name: str = ""
    words: str = ""
    values: Mapping[str, float] = field(default_factory=dict)
    hypothesis: str = DEFAULT_HYPOTHESIS

    def population(self, name: str) -> Population:
        """The calibrated population under it. Numbers that the posterior does not hold are left to `number`."""
        people = population(name)
        known = {
            symbol: np.full(len(people), value) for symbol, value in self.values.items() if symbol in people.values
        }
        return replace(people, values={**people.values, **known})

    def number(self, people: Population, symbol: str) -> float:
        """A number of a rival hypothesis: as set here, else as the model has it."""
        return self.values.get(symbol, people.model.value(symbol, unit=UNITS[symbol]))


@dataclass(frozen=True)
class Crowd:
    """Patients by number: the world of each, and the place in it, (patients,)."""

    seed: int
    world: Who
    place: Who

    def __len__(self) -> int:
        return len(self.world)

    def take(self, who: NDArray[np.bool_] | Who) -> Crowd:
        """Some of them."""
        return Crowd(self.seed, self.world[who], self.place[who])

    def normal(self, name: str, occasion: int = 0, purpose: Purpose = Purpose.PERSON) -> Values:
        """The standard normal number of this name of each of them."""
        return self._drawn(named_normal, name, occasion, purpose)

    def uniform(self, name: str, occasion: int = 0, purpose: Purpose = Purpose.PERSON) -> Values:
        """The uniform number of this name of each of them."""
        return self._drawn(named_uniform, name, occasion, purpose)

    def _drawn(self, draw: type | object, name: str, occasion: int, purpose: Purpose) -> Values:
        found = np.empty(len(self))
        for world in np.unique(self.world).tolist():
            mine = self.world == world
            place = self.place[mine]
            found[mine] = draw(  # type: ignore[operator]
                self.seed, purpose, f"policy {name}", world * BLOCK, int(place.max()) + 1, occasion, who=place
            )
        return found

    def of_world(self, name: str) -> Values:
        """The standard normal number of this name of the world of each of them."""
        worlds, place = np.unique(self.world, return_inverse=True)
        drawn = [named_normal(self.seed, Purpose.PERSON, f"policy world {name}", int(one), 1)[0] for one in worlds]
        return np.array(drawn)[place]


def draws_of(seed: int, world: Who, count: int) -> Who:
    """The draw of the posterior of each world, each as often as any other of its part, as far as worlds go.

    Worlds compared, worlds learnt on and worlds checked on have draws of their own: three, one and one fifth of all.
    """
    order = np.random.default_rng([seed, count]).permutation(count)
    firsts, shares = np.array(list(_DRAWS_FROM)), np.array([*_DRAWS_FROM.values(), 1.0])
    edges = np.rint(shares * count).astype(int)
    use = np.searchsorted(firsts, world, side="right") - 1
    return np.asarray(order[edges[use] + (world - firsts[use]) % np.diff(edges)[use]])


@dataclass(frozen=True)
class Persons:
    """What each patient is like, arrays (patients,); rates in 1/h, points of MADRS. The cascade is `rates`."""

    body: Who
    base: Values
    o50: Values
    gamma: Values
    kin: Values
    rates: Values  # (patients, 8): kA, kX, kout, kC, kZ, kT, kT_loss, tolerance_most
    removes: Values  # (patients, 3): gain times gA, gX, gZ
    expects: Values  # what one treatment session lets expect, at its most
    fades: Values  # (patients, 2), 1/h: the two exponentials of expectancy
    grows: tuple[tuple[Values, Values], ...]  # shares that come under care, and their rate in 1/h
    fluctuation: Values
    back: Values  # rate at which an up or down returns, 1/h
    error: Values  # of a clinician's rating

    def take(self, who: Who) -> Persons:
        """Some of them."""
        grows = tuple((share[who], rate[who]) for share, rate in self.grows)
        return replace(self, grows=grows, **{
            one.name: getattr(self, one.name)[who] for one in fields(self) if one.name != "grows"
        })  # fmt: skip


def persons(
    crowd: Crowd, people: Population, variant: Variant, racemate: float, care: Mapping[str, str | bool]
) -> Persons:
    """Their parameters. `racemate` as in forecast/histories.py; `care` names population and new antidepressant."""
    draw = draws_of(crowd.seed, crowd.world, len(people))
    values = {name: one[draw] for name, one in people.values.items()}
    shift = {effect: values[f"tau_{effect}"] * crowd.of_world(effect) for effect in STUDY_EFFECTS}
    shift["drug"] = shift["drug"] + values[RACEMATE] * racemate
    made = cascade(people, Members(draw, np.zeros(len(crowd), dtype=np.int_), crowd.normal("kout")))
    gain = _gain(people, crowd, draw, values)
    placebo = _factor(values["placebo.omega"], crowd.normal("placebo"))
    names = GROWN if care["new_antidepressant"] else GROWN[:1]
    tolerant = " with tolerance" in variant.hypothesis
    tolerance = [variant.number(people, name) if tolerant else 0.0 for name in ("kT", "kT_loss", "tolerance_most")]
    ones = np.ones(len(crowd))
    spread = named_population(str(care["population"])).distributions["madrs_baseline", "female"]
    return Persons(
        body=np.minimum((crowd.uniform("body") * BODIES).astype(np.int_), BODIES - 1),
        base=np.clip(spread.quantile(crowd.uniform("baseline")), 0.0, most_points()),
        o50=made.o50, gamma=made.gamma, kin=made.kin,
        rates=np.stack([made.ka, made.kx, made.kout, made.kc, made.kz, *(one * ones for one in tolerance)], axis=1),
        removes=np.stack([gain * _shifted(values[f"g{name}"], shift["drug"]) for name in LEVELS], axis=1),
        expects=placebo * _shifted(values["expectancy"], shift["placebo"]),
        fades=_fades(people, values, len(crowd)),
        grows=tuple(
            (placebo * _shifted(values[name], shift["placebo"]), _growth(people, values, name)) for name in names
        ),
        fluctuation=values["fluctuation.sigma"],
        back=np.log(2) / convert(1.0, "d", "h") / values["fluctuation_half_life"],
        error=values["rating_clinician.sigma"],
    )  # fmt: skip


def _shifted(share: Values, shift: Values) -> Values:
    """A share whose logit is moved by the effect of a study, as `Posterior.model` moves it."""
    return np.asarray(1.0 / (1.0 + (1.0 / share - 1.0) * np.exp(-shift)))


def _factor(spread: Values, standard: Values) -> Values:
    return np.asarray(np.exp(spread * standard - spread**2 / 2))


def _gain(people: Population, crowd: Crowd, draw: Who, values: Mapping[str, Values]) -> Values:
    """As model/mood/individuals.py has it: some gain next to nothing, the others the more."""
    share, low = values["non_responders"], people.model.value("gain_of_non_responders")
    of_others = (1.0 - share * low) / (1.0 - share)
    part = np.where(crowd.normal("answer") < people.cut[draw], low, of_others)
    return part * _factor(values["gain.omega"], crowd.normal("gain"))


def _fades(people: Population, values: Mapping[str, Values], count: int) -> Values:
    decay = np.log(2) / values["expectancy_decay"]
    onset = np.log(2) / people.model.value("expectancy_onset", unit="h")
    return np.stack([decay, decay + onset * np.ones(count)], axis=1)


def _growth(people: Population, values: Mapping[str, Values], name: str) -> Values:
    symbol = f"{name}_half_life"
    unit = str(people.model.parameter(symbol)["unit"])
    return np.asarray(np.log(2) / (values[symbol] * convert(1.0, unit, "h")))
