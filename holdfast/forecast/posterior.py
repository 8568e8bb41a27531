"""What this patient is like: virtual patients weighed by the ratings, tempered and moved until enough of them count.

    1. histories are lived, each once; each serves several virtual patients with own effects, gain and placebo
    2. weights: the exact likelihood of the ratings (`likelihood`)
    3. where fewer than a share of them would count, the likelihood is let in by steps (its power rises from 0 to 1);
       after each step patients are drawn by weight and moved by Metropolis-Hastings steps
    4. where few histories are left, new ones near them are lived and offered as a move
    5. where ratings are near 0, the likelihood that knows of the floor (`floor`) takes the place of the other by steps

Moves: the five own numbers, together by small and large steps (Crank-Nicolson) and one at a time afresh; the history,
another one by how often it counts now. All are reversible in what was known before, so the likelihood alone decides.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from holdfast.errors import InputError
from holdfast.forecast.floor import fit_at_floor, log_likelihood_at_floor
from holdfast.forecast.histories import (
    BODIES,
    OWN,
    Lived,
    Members,
    Population,
    Setting,
    lived,
    low_gain,
    members,
    odds,
    relative,
)
from holdfast.forecast.likelihood import Fit, Likelihood, Noise, Prior, noise
from holdfast.forecast.mood_levels import Event
from holdfast.forecast.observed import Observed
from holdfast.forecast.weighing import Weighing

Values = NDArray[np.float64]
Who = NDArray[np.int_]
_STEPS = (0.15, 0.4, 0.9)
_TOO_FAR = "the ratings lie so far from those of every virtual patient that they cannot be weighed; check the entries"
_MOST_STEPS = 40
_MANY = 100  # ratings beyond which fewer histories are lived, so that memory stays bounded
_LEAST_MEMBERS, _LEAST_PARTICLES = 512, 1000


@dataclass(frozen=True)
class Effort:
    """How hard the posterior is looked for."""

    members: int = 4096  # whose histories are lived
    each: int = 2  # virtual patients of a history, at first
    particles: int = 2000  # from the first step on
    enough: float = 0.5  # share of virtual patients that must count after a step
    rounds: int = 2  # of moves, after a step
    last_rounds: int = 3
    few_histories: int = 200  # fewer than that, and new ones are lived
    lived_again: int = 1  # at most so often

    def bounded(self, ratings: int) -> Effort:
        """Less of it for somebody of very many ratings, so that memory stays bounded."""
        if ratings <= _MANY:
            return self
        members = min(max(self.members * _MANY // ratings, _LEAST_MEMBERS), self.members)
        particles = min(max(self.particles * _MANY // ratings, _LEAST_PARTICLES), self.particles)
        return replace(self, members=members, each=self.each * self.members // members, particles=particles)


USUAL = Effort()


@dataclass(frozen=True)
class Case:
    """One patient, ready to be weighed: doses (hour, kind) and ratings from the first treatment session on."""

    people: Population
    setting: Setting
    prior: Prior
    doses: tuple[Event, ...]
    observed: Observed
    today_h: float


@dataclass(frozen=True)
class Lives:
    """Members and what they were through, at the times of the ratings and today last, ready to be weighed."""

    case: Case
    members: Members
    history: Lived
    weighing: Weighing
    likelihood: Likelihood | None = None  # None where they were put together of others

    @classmethod
    def of(cls, case: Case, members: Members) -> Lives:
        """Their history is lived."""
        times = [*np.maximum(case.observed.at_h, 0.0).tolist(), max(case.today_h, 0.0)]
        history = lived(case.people, members, case.setting, case.doses, times)
        against = odds(case.people, members, case.setting)
        likelihood = _likelihood(case, members)
        return cls(
            case, members, history, Weighing(likelihood, history, against, low_gain(case.people)), likelihood
        )  # fmt: skip

    def where(self, chosen: NDArray[np.bool_], other: Lives, who: Who) -> Lives:
        """These members where chosen, elsewhere members `who` of others."""
        old = other.members.take(who)
        pairs = ((getattr(self.members, name), getattr(old, name)) for name in ("draw", "body", "kout"))
        return Lives(
            self.case, Members(*(np.where(chosen, new, before) for new, before in pairs)),
            self.history.where(chosen, other.history.take(who)), self.weighing.where(chosen, other.weighing, who),
        )  # fmt: skip


def _likelihood(case: Case, of: Members) -> Likelihood:
    return Likelihood(case.observed.standing_in(), noise(case.people, of), case.prior)


@dataclass(frozen=True)
class Particles:
    """Virtual patients, all of the same weight: whose history each has (`who`), and own numbers (5, patients)."""

    lives: Lives
    who: Who
    own: Values
    log_likelihood: Values
    often: Values | None  # how often each history is offered; None: everybody has one of their own
    at_floor: Values | None = None  # log likelihood that knows of the floor, where ratings are near 0

    @property
    def members(self) -> Members:
        """Those who lived the histories."""
        return self.lives.members

    def relative(self, chosen: Who | slice = slice(None)) -> Values:
        """The score as a share of the baseline at the times of the ratings, (ratings, patients)."""
        return _relative(self.lives, self.who[chosen], self.own[:, chosen])

    def fit(self, chosen: Who | slice = slice(None)) -> Fit:
        """What the ratings say of baseline, biases and the last up or down of each."""
        who = self.who[chosen]
        if self.at_floor is not None:
            return _fit_at_floor(self, who, self.own[:, chosen])
        return _likelihood(self.lives.case, self.members.take(who)).fit(self.relative(chosen), np.arange(len(who)))

    def one_by_one(self, case: Case, count: int) -> tuple[Values, Values]:
        """Of the first so many: each rating against what those before it predict, as `Likelihood.one_by_one` has it."""
        who = self.who[:count]
        _, columns = self.lives.weighing.with_columns(who, self.own[:, :count])
        likelihood = self.lives.likelihood or _likelihood(case, self.members)
        return likelihood.one_by_one(columns, who)


def _relative(lives: Lives, who: Who, own: Values) -> Values:
    case, history = lives.case, lives.history.take(who)
    return relative(case.people, lives.members.take(who), case.setting, history, own)[:-1]


def _fit_at_floor(particles: Particles, who: Who, own: Values) -> Fit:
    return fit_at_floor(*_at_floor(particles, who, own))


def _weighed_at_floor(particles: Particles, who: Who, own: Values) -> Values:
    """The log likelihood of that fit alone."""
    return log_likelihood_at_floor(*_at_floor(particles, who, own))


def _at_floor(particles: Particles, who: Who, own: Values) -> tuple[Observed, Noise, Prior, Values]:
    case = particles.lives.case
    of = noise(case.people, particles.members.take(who))
    return case.observed, of, case.prior, _relative(particles.lives, who, own)


@dataclass(frozen=True)
class Posterior:
    """The patient's posterior, how it was found, and what was known before (`prior`: particles without weights)."""

    particles: Particles
    before: Particles
    effective: float  # of the first weights: virtual patients that counted among those drawn
    drawn: int
    steps: int
    histories: float  # effective number of distinct histories in the end
    accepted: float
    log_evidence: float


def posterior_of(case: Case, random: np.random.Generator, effort: Effort = USUAL) -> Posterior:
    """Weigh, temper, move. The same generator gives the same answer.

    Raises `InputError` where `_MOST_STEPS` steps do not let the whole likelihood in.
    """
    effort = effort.bounded(len(case.observed))
    before = _drawn(case, effort, random)
    particles, power, steps, evidence, rates = before, 0.0, 0, 0.0, [1.0]
    while power < 1.0 and steps < _MOST_STEPS:
        rise = _rise(particles.log_likelihood, 1.0 - power, effort.enough)
        weights = _weights(rise * particles.log_likelihood)
        evidence += _log_mean_exp(rise * particles.log_likelihood)
        power, steps = power + rise, steps + 1
        particles = _chosen(particles, _by_weight(weights, effort.particles, random))
        particles = replace(particles, often=_offers(before, power))
        for _ in range(effort.last_rounds if power >= 1.0 else effort.rounds):
            particles, rate = _moved(particles, power, random)
            rates.append(rate)
    if power < 1.0:
        raise InputError(_TOO_FAR)
    for _ in range(effort.lived_again):
        if _distinct_histories(particles) >= effort.few_histories:
            break
        particles = _lived_again(particles, random)
        particles, rate = _moved(particles, 1.0, random)
    if case.observed.near_0.any():
        particles, added, more = _let_in_the_floor(particles, effort, random)
        evidence, steps = evidence + added, steps + more
    first = _weights(before.log_likelihood)
    return Posterior(
        particles, before, float(1.0 / (first**2).sum()), len(first), steps, _distinct_histories(particles),
        float(np.mean(rates[1:] or [1.0])), evidence,
    )  # fmt: skip


def _drawn(case: Case, effort: Effort, random: np.random.Generator) -> Particles:
    count = effort.members
    lives = Lives.of(case, members(case.people, count, random))
    who = np.tile(np.arange(count), effort.each)
    own = random.standard_normal((len(OWN), len(who)))
    return Particles(lives, who, own, lives.weighing.log_likelihood(who, own), np.full(count, 1.0 / count))


def _rise(log_likelihood: Values, most: float, enough: float) -> float:
    """The largest step of the power after which a share of `enough` still counts."""
    if _share(most * log_likelihood) >= enough:
        return most
    low, high = 0.0, most
    for _ in range(40):
        middle = (low + high) / 2
        low, high = (middle, high) if _share(middle * log_likelihood) >= enough else (low, middle)
    return high


def _share(log_weights: Values) -> float:
    weights = _weights(log_weights)
    return float(1.0 / (weights**2).sum() / len(weights))


def _weights(log_weights: Values) -> Values:
    raised = np.exp(log_weights - log_weights.max())
    return np.asarray(raised / raised.sum(), dtype=float)


def _log_mean_exp(values: Values) -> float:
    most = float(values.max())
    return most + float(np.log(np.mean(np.exp(values - most))))


def _by_weight(weights: Values, count: int, random: np.random.Generator) -> Who:
    """Systematic draws: each virtual patient as often as its weight says, to within one."""
    at = (random.uniform() + np.arange(count)) / count
    return np.minimum(np.searchsorted(np.cumsum(weights), at), len(weights) - 1)


def _chosen(particles: Particles, chosen: Who) -> Particles:
    at_floor = particles.at_floor
    return replace(
        particles, who=particles.who[chosen], own=particles.own[:, chosen],
        log_likelihood=particles.log_likelihood[chosen], at_floor=None if at_floor is None else at_floor[chosen],
    )  # fmt: skip


def _distinct_histories(particles: Particles) -> float:
    """Effective number of histories, told apart by kout: one that was lived again may stand in many places."""
    _, often = np.unique(particles.members.kout[particles.who], return_counts=True)
    share = often / len(particles.who)
    return float(1.0 / (share**2).sum())


def _let_in_the_floor(
    particles: Particles, effort: Effort, random: np.random.Generator
) -> tuple[Particles, float, int]:
    """From the likelihood without the floor to the one with it; the evidence that adds, and how many steps it took.

    Raises `InputError` where `_MOST_STEPS` steps do not.
    """
    particles = replace(particles, at_floor=_weighed_at_floor(particles, particles.who, particles.own))
    share, steps, evidence = 0.0, 0, 0.0
    while share < 1.0 and steps < _MOST_STEPS:
        assert particles.at_floor is not None
        apart = particles.at_floor - particles.log_likelihood
        rise = _rise(apart, 1.0 - share, effort.enough)
        evidence += _log_mean_exp(rise * apart)
        share, steps = share + rise, steps + 1
        particles = _chosen(particles, _by_weight(_weights(rise * apart), len(particles.who), random))
        for _ in range(effort.rounds):
            particles, _rate = _moved(particles, 1.0, random, floor=share)
    if share < 1.0:
        raise InputError(_TOO_FAR)
    return particles, evidence, steps


def _moved(
    particles: Particles, power: float, random: np.random.Generator, *, floor: float = 0.0
) -> tuple[Particles, float]:
    """One round: own numbers together, the history, one own number afresh, own numbers together.

    `floor` is how far the likelihood that knows of the floor has taken the place of the other.
    """
    rates = []
    for kind in ("together", "history", "afresh", "together"):
        if kind == "history" and particles.often is None:
            continue
        who, own, bonus = particles.who, particles.own, np.zeros(len(particles.who))
        if kind == "together":
            own = _stepped(own, random)
        elif kind == "afresh":
            own = _one_afresh(own, random)
        else:
            who, bonus = _other_history(particles, random)
        particles, rate = _offered(particles, who, own, power, bonus, random, floor)
        rates.append(rate)
    return particles, float(np.mean(rates))


def _stepped(own: Values, random: np.random.Generator) -> Values:
    step = random.choice(_STEPS, size=own.shape[1])
    return np.asarray(np.sqrt(1.0 - step**2) * own + step * random.standard_normal(own.shape), dtype=float)


def _one_afresh(own: Values, random: np.random.Generator) -> Values:
    made = own.copy()
    at = random.integers(0, len(own), own.shape[1])
    made[at, np.arange(own.shape[1])] = random.standard_normal(own.shape[1])
    return made


def _other_history(particles: Particles, random: np.random.Generator) -> tuple[Who, Values]:
    """Another history, by how often each is offered; and what corrects for that."""
    often = particles.often
    assert often is not None
    who = random.choice(len(often), size=len(particles.who), p=often)
    return who, np.log(often[particles.who]) - np.log(often[who])


def _offers(before: Particles, power: float) -> Values:
    """Half of the time any history, half of the time by the weight of those who were drawn with it at first.

    Not by who has it now: then what is offered would hang on who asks, and rare histories would die out.
    """
    count = len(before.members)
    weights = _weights(power * before.log_likelihood)
    return np.asarray(0.5 / count + 0.5 * np.bincount(before.who, weights, minlength=count), dtype=float)


def _offered(
    particles: Particles, who: Who, own: Values, power: float, bonus: Values, random: np.random.Generator,
    floor: float = 0.0,
) -> tuple[Particles, float]:  # fmt: skip
    offered = particles.lives.weighing.log_likelihood(who, own)
    gained, at_floor = offered - particles.log_likelihood, particles.at_floor
    if at_floor is not None:
        offered_at_floor = _weighed_at_floor(particles, who, own)
        gained = (1.0 - floor) * gained + floor * (offered_at_floor - at_floor)
    ratio = power * gained + bonus
    taken = np.log(random.uniform(size=len(who))) < ratio
    return (
        replace(
            particles, who=np.where(taken, who, particles.who), own=np.where(taken, own, particles.own),
            log_likelihood=np.where(taken, offered, particles.log_likelihood),
            at_floor=None if at_floor is None else np.where(taken, offered_at_floor, at_floor),
        ),
        float(taken.mean()),
    )  # fmt: skip


def _lived_again(particles: Particles, random: np.random.Generator) -> Particles:
    """Everybody is offered a history of their own, near the one they have, and keeps the one that is taken."""
    case = particles.lives.case
    count, place = len(particles.who), np.arange(len(particles.who))
    old = particles.members.take(particles.who)
    step = random.choice(_STEPS, size=count)
    new = Members(
        np.where(random.uniform(size=count) < 0.5, old.draw, random.integers(0, len(case.people), count)),
        np.where(random.uniform(size=count) < 0.5, old.body, random.integers(0, BODIES, count)),
        np.sqrt(1.0 - step**2) * old.kout + step * random.standard_normal(count),
    )
    lives = Lives.of(case, new)
    offered = lives.weighing.log_likelihood(place, particles.own)
    taken = np.log(random.uniform(size=count)) < offered - particles.log_likelihood
    return Particles(
        lives.where(taken, particles.lives, particles.who), place, particles.own,
        np.where(taken, offered, particles.log_likelihood), None,
    )  # fmt: skip
