"""Whatever batch, order or name: the same people. And two ways of computing what is drawn, agreeing."""

from __future__ import annotations

from dataclasses import fields

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats
from scipy.integrate import quad

from holdfast.model.named_models import named_model
from holdfast.model.pharmacokinetics.covariates import Covariates, Effects
from holdfast.model.pharmacokinetics.dosing import Dose, regimen
from holdfast.model.pharmacokinetics.etas import Etas, omegas, scaled
from holdfast.model.pharmacokinetics.individual import dispositions
from holdfast.model.pharmacokinetics.reference_solver import reference
from holdfast.model.pharmacokinetics.simulation import simulate
from holdfast.model.population.correlations import correlations
from holdfast.model.population.distributions import Distribution
from holdfast.model.population.named_populations import named_population, named_populations
from holdfast.model.population.random_numbers import Purpose, named_normal, named_uniform
from holdfast.model.population.virtual_patients import virtual_patients

START, PEREZ_RUIXO = named_model("holdfast-start"), named_model("perez-ruixo-2021")
ADULTS = named_population()
SEEDS = st.integers(0, 2**64 - 1)
EVERY_ROUTE = regimen([
    Dose("esketamine", "nasal", 0, 84), Dose("ketamine", "oral", 1, 35), Dose("ketamine", "im", 1.5, 20),
    Dose("ketamine", "sublingual", 3, 25), Dose("ketamine", "iv", 5, 35, duration_h=2 / 3),
])  # fmt: skip
the_same = pytest.mark.story("HF-MOD-013")


@the_same
@given(
    SEEDS, st.sampled_from(Purpose), st.text(max_size=9), st.integers(0, 2**24 - 1), st.integers(0, 2**40), st.data()
)
@settings(max_examples=60)
def test_any_batches_in_any_order_are_the_same_bytes(seed, purpose, name, occasion, first, data) -> None:
    count = data.draw(st.integers(1, 60))
    whole = named_uniform(seed, purpose, name, first, count, occasion)
    cuts = sorted(data.draw(st.sets(st.integers(1, count - 1), max_size=5))) if count > 1 else []
    spans = list(zip([0, *cuts], [*cuts, count], strict=True))
    parts = {}
    for start, end in data.draw(st.permutations(spans)):
        parts[start] = named_uniform(seed, purpose, name, first + start, end - start, occasion)
    assert np.concatenate([parts[start] for start, _ in spans]).tobytes() == whole.tobytes()
    assert ((whole > 0) & (whole < 1)).all()
    assert len(np.unique(whole)) == whole.size


@the_same
@given(SEEDS, st.integers(0, 10**9), st.integers(2, 40), st.sampled_from(list(named_populations())), st.data())
@settings(max_examples=30)
def test_a_person_is_the_same_in_every_batch(seed, first, count, population, data) -> None:
    def people(start, many):
        return virtual_patients(START, named_population(population), seed=seed, first=start, count=many)

    whole, cut = people(first, count), data.draw(st.integers(1, count - 1))
    parts = [people(first, cut), people(first + cut, count - cut)]
    for one in fields(Covariates):
        if one.name != "cyp2b6":
            joined = np.concatenate([getattr(part.who, one.name) for part in parts])
            assert joined.tobytes() == getattr(whole.who, one.name).tobytes()
    for symbol in omegas(START):
        joined = np.concatenate([part.etas.person[symbol] for part in parts])
        assert joined.tobytes() == whole.etas.person[symbol].tobytes()
    joined = np.concatenate([part.normal("SBP_baseline") for part in parts])
    assert joined.tobytes() == whole.normal("SBP_baseline").tobytes()


DISTRIBUTIONS = st.tuples(st.floats(1, 50), st.floats(5, 100), st.floats(0.1, 0.9), st.floats(0.1, 0.7)).map(
    lambda d: (d[0], d[0] + d[1], d[0] + d[1] * d[2], d[3] * d[1] * np.sqrt(d[2] * (1 - d[2])))
)  # low, high, mean, SD: what a beta distribution can have


@given(DISTRIBUTIONS, st.lists(st.floats(1e-9, 1 - 1e-9), min_size=2, max_size=20))
@settings(max_examples=80)
def test_values_are_those_of_scipys_own_distributions(span, shares) -> None:
    low, high, mean, sd = span
    u = np.sort(shares)
    ends = ((low - mean) / sd, (high - mean) / sd)
    normal = Distribution("normal", mean, sd, low, high).quantile(u)
    assert normal == pytest.approx(stats.truncnorm.ppf(u, *ends, loc=mean, scale=sd), rel=1e-6)
    omega = np.sqrt(np.log(1 + (sd / mean) ** 2))
    mu = np.log(mean) - omega**2 / 2
    of_log = stats.truncnorm.ppf(u, (np.log(low) - mu) / omega, (np.log(high) - mu) / omega, loc=mu, scale=omega)
    log_normal = Distribution("log-normal", mean, sd, low, high).quantile(u)
    assert log_normal == pytest.approx(np.exp(of_log), rel=1e-6)
    beta = Distribution("beta", mean, sd, low, high).quantile(u)
    for values in (normal, log_normal, beta):
        assert (np.diff(values) >= 0).all()
        assert low <= values[0] <= values[-1] <= high


@given(DISTRIBUTIONS)
@settings(max_examples=15)
def test_a_beta_quantity_has_the_mean_and_the_sd_of_its_row(span) -> None:
    low, high, mean, sd = span
    quantile = Distribution("beta", mean, sd, low, high).quantile
    found = quad(lambda u: float(quantile(np.array(u))), 0, 1, limit=200)[0]
    squares = quad(lambda u: float(quantile(np.array(u)) - mean) ** 2, 0, 1, limit=200)[0]
    assert found == pytest.approx(mean, rel=1e-4)
    assert np.sqrt(squares) == pytest.approx(sd, rel=2e-3)


@given(st.integers(2, 6), st.integers(0, 2**32 - 1))
@settings(max_examples=15)
def test_any_block_of_correlations_is_had_back_from_the_draws(size: int, seed: int) -> None:
    factors = np.random.default_rng(seed).standard_normal((size, size + 2))
    matrix = np.corrcoef(factors)
    names = [f"draw {i}" for i in range(size)]
    pairs = {(names[i], names[j]): float(matrix[i, j]) for i in range(size) for j in range(i)}
    block = correlations(pairs)
    drawn = [block.mixed(name, lambda own: named_normal(seed, Purpose.PERSON, own, 0, 10_000)) for name in names]
    assert np.corrcoef(drawn) == pytest.approx(matrix, abs=4.5 / np.sqrt(10_000))
    assert np.abs(np.std(drawn, axis=1) - 1).max() < 4.5 / np.sqrt(20_000)


@given(SEEDS, st.integers(0, 10**6), st.sampled_from([START, PEREZ_RUIXO]), st.sampled_from([0, 1]))
@settings(max_examples=12, deadline=None)
def test_a_drawn_person_is_solved_as_the_reference_solver_does(seed, first, model, enantiomer) -> None:
    people = virtual_patients(model, ADULTS, seed=seed, first=first, count=3)
    doses = EVERY_ROUTE if model is START else regimen([Dose("esketamine", "nasal", 0, 84)])
    effects, times = Effects(weight="off"), [0.5, 1.2, 4.0, 12.0]
    found = simulate(model, doses, people.who, times, effects=effects, etas=people.etas)
    p = dispositions(model, people.who, doses.routes, effects, people.etas)
    expected = reference(p, found.given, times, patient=1, enantiomer=enantiomer)
    for name in set(found.solution.system.names) & set(expected):
        amounts = found.solution.of(name)[1, enantiomer]
        assert amounts == pytest.approx(expected[name], rel=1e-6, abs=1e-7)
    assert found.solution.of("central")[1, 0].max() > 0.1


@given(SEEDS, st.integers(0, 3))
@settings(max_examples=10, deadline=None)
def test_people_together_are_each_of_them_alone(seed: int, place: int) -> None:
    people = virtual_patients(START, ADULTS, seed=seed, count=4)
    asked = {"effects": Effects(weight="off")}
    together = simulate(START, EVERY_ROUTE, people.who, [0.5, 2, 8], etas=people.etas, **asked).solution.states[[place]]
    mine = slice(place, place + 1)
    alone = simulate(START, EVERY_ROUTE, people.who.take(mine), [0.5, 2, 8], etas=people.etas.take(mine), **asked)
    assert alone.solution.states == pytest.approx(together, rel=1e-10, abs=1e-12)


@given(st.sets(st.sampled_from(list(omegas(START))), min_size=1), SEEDS)
@settings(max_examples=20)
def test_a_deviation_changes_what_it_is_of_and_nothing_else(symbols, seed: int) -> None:
    people = virtual_patients(START, ADULTS, seed=seed, count=3)
    some = {symbol: people.normal(symbol) for symbol in symbols}
    own, usual = (dispositions(START, people.who, {"nasal"}, None, etas) for etas in (scaled(START, some), Etas()))
    for one in fields(own):
        value, typical = getattr(own, one.name), getattr(usual, one.name)
        if one.name in symbols:
            sd = omegas(START)[one.name].sd
            assert np.log(value / typical)[:, 0] == pytest.approx(sd * some[one.name])
        elif typical is not None:
            assert (value == typical).all()
