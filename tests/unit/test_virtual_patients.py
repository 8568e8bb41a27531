"""Virtual patients: numbers by name, people from tables, parameters of their own, and what is refused."""

from __future__ import annotations

import csv
import hashlib
import json
import sys
import tracemalloc
import zlib
from dataclasses import replace
from itertools import combinations, product
from pathlib import Path
from types import MappingProxyType

import numpy as np
import pytest

from holdfast.cli import main
from holdfast.facts import load
from holdfast.facts.population_tables import QUANTITIES
from holdfast.model.effects import variability
from holdfast.model.mood import individuals
from holdfast.model.named_models import named_model, named_models
from holdfast.model.pharmacokinetics import simulation
from holdfast.model.pharmacokinetics.absorption import inputs
from holdfast.model.pharmacokinetics.covariates import covariates
from holdfast.model.pharmacokinetics.dosing import Dose, regimen
from holdfast.model.pharmacokinetics.etas import SHARES_ABSORBED, Etas, omegas, scaled
from holdfast.model.pharmacokinetics.profile import profiles
from holdfast.model.pharmacokinetics.simulation import simulate
from holdfast.model.population.correlations import correlations
from holdfast.model.population.named_populations import named_population, named_populations
from holdfast.model.population.profile_spread import level_bands, population_profiles, spread
from holdfast.model.population.random_numbers import Purpose, named_normal, named_uniform
from holdfast.model.population.virtual_patients import virtual_patients
from tests.gates.repository import ROOT, run

START, PEREZ_RUIXO = named_model("holdfast-start"), named_model("perez-ruixo-2021")
ADULTS = named_population("trd-adults")
NASAL = regimen([Dose("esketamine", "nasal", 0, 56)])
TIMES = [0.25, 0.5, 1, 2, 8, 24]
THE_SAME, FROM_TABLES = pytest.mark.story("HF-MOD-013"), pytest.mark.story("HF-MOD-014")


def drawn(count: int = 2000, first: int = 0, model=START, population=ADULTS, seed: int = 1):
    return virtual_patients(model, population, seed=seed, first=first, count=count)


# Numbers


@THE_SAME
def test_a_number_is_that_of_its_seed_purpose_occasion_name_and_patient() -> None:
    found = np.stack([named_uniform(1, Purpose.PERSON, name, 0, 3) for name in ("CLint", "Vc")], axis=1)
    # Written down once: a change here would change every simulated person of every seed.
    assert found == pytest.approx(
        np.array([[0.77755466, 0.27162108], [0.71141224, 0.97142288], [0.88309058, 0.57931019]]), abs=1e-8
    )
    keys = list(product((1, 2), (Purpose.PERSON, Purpose.RATING), ("CLint", "Vc"), (0, 1)))
    rows = [named_normal(seed, purpose, name, 0, 20_000, occasion) for seed, purpose, name, occasion in keys]
    r = np.corrcoef(rows)[np.triu_indices(len(keys), 1)]
    assert len(r) == 120
    assert np.abs(r).max() < 4 / np.sqrt(20_000)
    assert r.std() == pytest.approx(1 / np.sqrt(20_000), rel=0.25)  # as of streams that know nothing of each other


def test_neighbours_know_nothing_of_each_other() -> None:
    z = named_normal(3, Purpose.FLUCTUATION, "clinician", 0, 100_000, 5)
    for lag in (1, 2, 3, 4, 8):
        assert abs(np.corrcoef(z[:-lag], z[lag:])[0, 1]) < 4 / np.sqrt(len(z))


def test_moments_and_tails_are_those_of_the_normal_distribution() -> None:
    n = 1_000_000
    z = named_normal(7, Purpose.PERSON, "CLint", 0, n)
    assert z.mean() == pytest.approx(0, abs=4 / np.sqrt(n))
    assert z.var() == pytest.approx(1, abs=4 * np.sqrt(2 / n))
    assert (z**3).mean() == pytest.approx(0, abs=4 * np.sqrt(15 / n))
    assert (z**4).mean() == pytest.approx(3, abs=4 * np.sqrt(96 / n))
    for beyond, share in ((2, 0.045500264), (3, 0.0026997961), (4, 6.3342484e-5)):
        assert (np.abs(z) > beyond).mean() == pytest.approx(share, abs=4 * np.sqrt(share / n))
    u = np.sort(named_uniform(7, Purpose.PERSON, "CLint", 0, n))
    assert 0 < u[0] < 1e-4 < 1 - 1e-4 < u[-1] < 1
    assert np.abs(u - (np.arange(n) + 0.5) / n).max() < 1.95 / np.sqrt(n)  # Kolmogorov, one in a thousand


def test_a_name_is_one_draw_and_no_two_names_in_use_share_it() -> None:
    z = named_normal(1, Purpose.PERSON, "CLint", 5, 3)
    assert z == pytest.approx(named_normal(1, Purpose.PERSON, "CLint", 0, 8)[5:], abs=0)
    people = drawn(3, first=5)
    assert (people.normal("CLint") == z).all()
    assert (people.uniform("CLint") < 0.5).tolist() == (z < 0).tolist()
    assert (people.occasion_normal("CLint", 0) != z).all()  # not the person's own
    # A correlated draw says the same in both forms, too.
    assert (people.uniform("SBP_baseline") < 0.5).tolist() == (people.normal("SBP_baseline") < 0).tolist()
    names = known_names() | set(variability.OCCASION_DRAWS)
    assert len(names) > 40
    assert len({zlib.crc32(name.encode()) for name in names}) == len(names)


@THE_SAME
def test_another_process_draws_the_same_people() -> None:
    code = (
        "import hashlib; from tests.unit.test_virtual_patients import drawn, fingerprint; "
        "print(fingerprint(drawn(40, first=60)))"
    )
    done = run(sys.executable, "-c", code, cwd=ROOT)
    assert done.stdout.strip() == fingerprint(drawn(40, first=60)), done.stderr
    assert fingerprint(drawn(40, first=61)) != fingerprint(drawn(40, first=60)) != fingerprint(drawn(40, seed=2))


def fingerprint(people) -> str:
    arrays = [people.who.age_y, people.who.weight_kg, people.who.female, people.madrs_baseline]
    arrays += [*people.etas.person.values(), people.uniform("mood_answer"), people.occasion_normal("CADSS_rating", 3)]
    return hashlib.sha256(b"".join(np.ascontiguousarray(array).tobytes() for array in arrays)).hexdigest()


# People


@FROM_TABLES
@pytest.mark.parametrize("name", named_populations())
def test_people_follow_the_rows_of_their_population(name: str) -> None:
    people = drawn(20_000, population=named_population(name))
    women = people.who.female
    assert people.height_cm is not None
    found = {
        "age_y": people.who.age_y, "height_cm": people.height_cm, "madrs_baseline": people.madrs_baseline,
        "bmi": people.who.weight_kg / (people.height_cm / 100) ** 2, "female": women, "asian": people.who.asian,
        "japanese": people.who.japanese, "child_pugh_b": people.who.child_pugh_b,
    }  # fmt: skip
    rows = [row for row in load().rows("population_covariates") if row["population"] == name]
    assert len(rows) == 9
    for row in rows:
        whose = {"any": np.ones(20_000, dtype=bool), "female": women, "male": ~women}[row["sex"]]
        values = found[row["quantity"]][whose]
        if row["distribution"] == "share":
            assert values.mean() == pytest.approx(row["mean"], abs=0.011)
            continue
        assert values.mean() == pytest.approx(row["mean"], rel=0.01)
        assert values.std() == pytest.approx(row["sd"], rel=0.03)
        assert values.min() >= row["low"]
        assert values.max() <= row["high"]
    assert people.who.weight_kg[~women].mean() - people.who.weight_kg[women].mean() > 8


@FROM_TABLES
def test_older_people_have_the_higher_usual_pressure_and_nothing_else_goes_together() -> None:
    people = drawn(20_000)
    assert np.corrcoef(people.who.age_y, people.normal("SBP_baseline"))[0, 1] == pytest.approx(0.25, abs=0.025)
    others = [people.who.age_y, people.height_cm, people.madrs_baseline, *people.etas.person.values()]
    women = people.who.female
    r = [np.corrcoef(a[women], b[women])[0, 1] for a, b in combinations(others, 2)]
    assert len(r) > 200
    assert np.abs(r).max() < 4.5 / np.sqrt(women.sum())


def known_names() -> set[str]:
    symbols = {symbol for model in named_models().values() for symbol in omegas(model)}
    mine = {"female", "ancestry", "child_pugh_b"}
    return {*QUANTITIES, *symbols, *mine, *variability.PERSON_DRAWS, *individuals.PERSON_DRAWS}


@FROM_TABLES
def test_every_correlation_is_of_draws_there_are() -> None:
    rows = load().rows("population_correlations")
    assert {row[end] for row in rows for end in ("first", "second")} <= known_names()


@FROM_TABLES
def test_correlated_parameters_are_drawn_so_and_the_first_of_them_keeps_its_number() -> None:
    block = {("CLint", "Vc"): 0.6, ("Vc", "Vp1"): -0.3}
    people = replace(drawn(20_000), correlations=correlations(block))
    z = {name: people.normal(name) for name in ("CLint", "Vc", "Vp1", "Q1")}
    for (first, second), r in {**block, ("CLint", "Vp1"): 0.0, ("Vc", "Q1"): 0.0}.items():
        assert np.corrcoef(z[first], z[second])[0, 1] == pytest.approx(r, abs=0.025)
    assert z["Vp1"].std() == pytest.approx(1, abs=0.02)
    alone = drawn(20_000)
    assert (z["CLint"] == alone.normal("CLint")).all()
    assert (z["Q1"] == alone.normal("Q1")).all()


# Parameters


def test_variability_as_printed_is_variability_as_drawn() -> None:
    people = drawn(20_000, model=PEREZ_RUIXO)
    volume = PEREZ_RUIXO.value("Vc", unit="L") * np.exp(people.etas.person["Vc"])
    assert volume.std() / volume.mean() == pytest.approx(0.275, abs=0.006)  # printed as 27.5 %
    assert np.median(volume) == pytest.approx(192, rel=0.01)
    assert omegas(PEREZ_RUIXO)["ka_swallowed"].sd == pytest.approx(np.sqrt(np.log(1 + 1.32**2)))
    assert omegas(START)["FR"].scale == "logit"
    assert set(omegas(START)) == {s for s, row in START.parameters["omega"].items() if row.get("analyte")}
    assert drawn(3, model=named_model("domino-1984")).etas.person == {}


def test_without_etas_every_number_stays_as_it_was() -> None:
    who = drawn(5).who
    usual = simulate(START, NASAL, who, TIMES).solution.states
    assert usual.max() > 10
    assert (simulate(START, NASAL, who, TIMES, etas=Etas()).solution.states == usual).all()
    none = {symbol: np.zeros(5) for symbol in omegas(START)}
    assert simulate(START, NASAL, who, TIMES, etas=scaled(START, none)).solution.states == pytest.approx(usual)


@pytest.mark.parametrize("model", [START, PEREZ_RUIXO], ids=lambda model: model.id)
def test_etas_multiply_what_they_are_of_in_both_enantiomers(model) -> None:
    who = covariates([70, 70], [45, 80], ancestry=["asian", "other"])
    eta = np.array([0.4, -0.7])
    usual = simulate(model, NASAL, who, [0]).body.p
    for symbol in set(omegas(model)) & set(vars(usual)):
        own = simulate(model, NASAL, who, [0], etas=Etas({symbol: eta})).body.p
        assert getattr(own, symbol) == pytest.approx(getattr(usual, symbol) * np.exp(eta)[:, None])
        assert own.kv is None or (own.kv == usual.kv).all() or symbol == "kv"


def test_the_share_made_into_norketamine_follows_from_kel() -> None:
    eta = np.array([0.8])
    p = simulate(PEREZ_RUIXO, NASAL, covariates(), [0], etas=Etas({"kel": eta, "Vh": eta / 2})).body.p
    assert p.CLint is not None
    assert p.fNK is not None
    assert (p.CLint * p.fNK / p.Vh)[0, 0] == pytest.approx(2.77)
    assert (p.CLint * (1 - p.fNK) / p.Vh)[0, 0] == pytest.approx(1.11 * np.exp(0.8))


def test_absorption_is_each_persons_own() -> None:
    doses = regimen([Dose("esketamine", "nasal", 0, 28), Dose("ketamine", "im", 1, 20)])
    people = drawn(500)
    given = inputs(START, doses, people.who, etas=people.etas)
    ka = given.ka_per_h["nose"]
    assert isinstance(ka, np.ndarray)
    assert ka.shape == (500, 2)
    assert (ka[:, 0] == ka[:, 1]).all()
    assert np.log(ka[:, 0]).std() == pytest.approx(0.55, rel=0.08)
    dose_umol = 28_000 / 237.73
    share = given.boluses[0].amount_umol[:, 0] / dose_umol
    assert np.median(share) == pytest.approx(0.29, abs=0.02)
    assert np.std(np.log(share / (1 - share))) == pytest.approx(0.5, rel=0.08)
    into_muscle = given.boluses[1].amount_umol[:, 0] / (10_000 / 237.73)
    assert 0.85 < into_muscle.min() < into_muscle.max() < 1


def test_nobody_absorbs_more_through_the_nose_than_there_is() -> None:
    who = covariates([70.0] * 3, ancestry="japanese")
    given = inputs(PEREZ_RUIXO, NASAL, who, etas=Etas({"FR": np.array([0.0, 0.5, 3.0])}, scales={"FR": "logit"}))
    share = given.boluses[0].amount_umol[:, 0] / (28_000 / 237.73)
    assert share == pytest.approx([0.54 * 1.34, 1.34 / (1 + np.exp(-0.5) * 0.46 / 0.54), 1.0], abs=1e-9)
    assert min(item.amount_umol.min() for item in given.constant) >= 0


def with_occasions(sd: float):
    """The starting model with a share through the nose that differs between occasions."""
    row = START.parameters["omega"]["FR"]
    differing = replace(row, values=MappingProxyType({**row.values, "kind": "occasion_omega", "value": sd}))
    return replace(START, parameters=MappingProxyType({**START.parameters, "occasion_omega": {"FR": differing}}))


@THE_SAME
def test_occasions_scale_the_amounts_of_their_own_dose_and_nothing_else() -> None:
    model = with_occasions(0.3)
    people = drawn(400, model=model)
    doses = regimen([Dose("esketamine", "nasal", at_h, 28) for at_h in (0, 72, 168)])
    changed = simulate(model, doses, people.who, [200], etas=people.etas_on([4, 5, 4]))
    usual = simulate(model, doses, people.who, [200], etas=people.etas)
    assert (changed.body.system.K_per_h == usual.body.system.K_per_h).all()
    amounts = [bolus.amount_umol[:, 0] for bolus in changed.given.boluses]
    assert (amounts[0] == amounts[2]).all()  # the same occasion
    logits = [np.log(a / (28_000 / 237.73 - a)) for a in amounts]
    assert (logits[1] - logits[0]).std() == pytest.approx(0.3 * np.sqrt(2), rel=0.12)
    within = [logits[0] - np.log(b / (28_000 / 237.73 - b)) for b in [usual.given.boluses[0].amount_umol[:, 0]]]
    assert within[0].std() == pytest.approx(0.3, rel=0.12)
    assert set(model.parameters["occasion_omega"]) <= set(SHARES_ABSORBED)
    assert drawn(3).etas_on([0, 1]).occasion == {}  # no source gives one yet


# Many people


def test_a_population_is_profiled_the_same_in_small_batches(monkeypatch) -> None:
    asked = {"patients": 40, "seed": 3, "hours_h": 12.0}
    whole = population_profiles(START, NASAL, ADULTS, ["esketamine", "noresketamine"], **asked)
    monkeypatch.setattr(simulation, "_STATES_AT_ONCE", 24 * 721 * 7)
    small = population_profiles(START, NASAL, ADULTS, ["esketamine", "noresketamine"], **asked)
    for a, b in zip(whole, small, strict=True):
        assert a.substance == b.substance
        assert a.cmax_ng_per_ml.shape == (40,)
        assert b.cmax_ng_per_ml == pytest.approx(a.cmax_ng_per_ml, rel=1e-10)
        assert b.auc_inf_ng_h_per_ml == pytest.approx(a.auc_inf_ng_h_per_ml, rel=1e-10)


def test_a_peak_read_on_the_minutes_is_at_most_a_thousandth_too_low() -> None:
    people = drawn(60)
    for given, site in ((NASAL, "venous"), (regimen([Dose("ketamine", "iv", 0, 35, duration_h=2 / 3)]), "arterial")):
        asked = {"site": site, "etas": people.etas, "hours_h": 6.0}
        fine = profiles(START, given, people.who, ["esketamine"], **asked)[0]
        coarse = profiles(START, given, people.who, ["esketamine"], **asked, closely=False)[0]
        assert fine.cmax_ng_per_ml.min() > 15
        ratio = coarse.cmax_ng_per_ml / fine.cmax_ng_per_ml
        assert 0.999 <= ratio.min() <= ratio.max() <= 1 + 1e-9
        assert np.abs(coarse.tmax_min - fine.tmax_min).max() <= 0.51


def test_memory_does_not_grow_with_the_number_of_people() -> None:
    def peak_mb(patients: int) -> float:
        tracemalloc.start()
        population_profiles(START, NASAL, ADULTS, ["esketamine"], patients=patients, seed=1, hours_h=48.0)
        peak = tracemalloc.get_traced_memory()[1] / 1e6
        tracemalloc.stop()
        return peak

    few, many = peak_mb(180), peak_mb(720)
    assert 20 < few < 250
    assert many < few * 1.2


def test_bands_rise_and_are_of_as_many_people_as_help() -> None:
    times, bands = level_bands(START, NASAL, ADULTS, ["esketamine"], patients=200, seed=1, hours_h=6)
    low, median, high = bands["esketamine"]
    assert times[0] == 0
    assert times[-1] == 6
    assert (low[1:] < median[1:]).all()
    assert (median[1:] < high[1:]).all()
    assert 60 < median.max() < 90
    assert spread(np.array([1.0, 2.0, 3.0])).cv_percent == pytest.approx(50)


# The command line


def answer(capsys, words: str):
    assert main([*words.split(), "--json"]) == 0
    return json.loads(capsys.readouterr().out)


@FROM_TABLES
def test_many_people_have_a_median_near_the_typical_person(capsys) -> None:
    found = answer(capsys, "pk profile --drug esketamine --route nasal --dose-mg 56 --patients 300 --seed 5 --hours 12")
    assert (found["population"], found["patients"], found["seed"]) == ("trd-adults", 300, 5)
    cmax = found["results"][0]["cmax"]
    assert cmax["p5"] < 50 < 65 < cmax["p50"] < 85 < 105 < cmax["p95"]
    assert cmax["unit"] == "ng/mL"
    assert 25 < cmax["cv_percent"] < 45
    assert "weight_kg" not in found
    assert any("covariates below verified" in said for said in found["warnings"])


@pytest.mark.parametrize("suffix", ["svg", "png"])
def test_bands_are_drawn_whole(suffix: str, tmp_path, capsys) -> None:
    path = tmp_path / f"out.{suffix}"
    words = "pk profile --drug ketamine --route iv --dose-mg-per-kg 0.5 --duration-min 40 --hours 4 --patients 30"
    assert main([*words.split(), "--seed", "1", "--plot", str(path)]) == 0
    assert "30 people of trd-adults, seed 1" in capsys.readouterr().out
    start = path.read_bytes()[:600]
    assert start.startswith(b"\x89PNG") if suffix == "png" else b"<svg" in start


@THE_SAME
def test_drawn_people_are_written_whole_and_are_the_same_from_any_start(tmp_path: Path, capsys) -> None:
    path = tmp_path / "people.csv"
    assert main(["population", "draw", "trd-adults", "--patients", "12", "--seed", "1", "--output", str(path)]) == 0
    assert "12 people of trd-adults, seed 1" in capsys.readouterr().out
    with path.open(encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    assert len(rows) == 12
    assert float(rows[0]["CLint"]) == pytest.approx(189 * np.exp(float(rows[0]["eta_CLint"])), rel=1e-4)
    assert 35 < float(rows[3]["weight_kg"]) < 190
    later = answer(capsys, "population draw trd-adults --patients 3 --seed 1 --first 9")["rows"]
    assert [{name: str(value) for name, value in row.items()} for row in later] == rows[9:]
    assert sorted(one.name for one in tmp_path.iterdir()) == ["people.csv", "people.csv.about.json"]


def test_a_population_is_shown_with_the_source_of_every_number(capsys) -> None:
    found = answer(capsys, "population show trd-65-and-over")
    assert len(found["covariates"]) == 9
    assert all(row["ref"] and row["locator"] and row["status"] for row in found["covariates"])
    assert found["correlations"][0]["second"] == "SBP_baseline"
    assert sum(found["below_verified"].values()) == 9
    assert [row["id"] for row in answer(capsys, "population list")["rows"]] == list(named_populations())
