"""Populations, draws and deviations that cannot be: one sentence each, and nothing drawn."""

from __future__ import annotations

from dataclasses import replace
from types import MappingProxyType

import numpy as np
import pytest

from holdfast.cli import main
from holdfast.errors import InputError, TableError, UnknownNameError
from holdfast.facts.population_tables import POPULATION_CORRELATIONS, POPULATION_COVARIATES
from holdfast.model.named_models import named_model
from holdfast.model.pharmacokinetics.covariates import covariates
from holdfast.model.pharmacokinetics.dosing import Dose, regimen
from holdfast.model.pharmacokinetics.etas import Etas, omegas
from holdfast.model.pharmacokinetics.simulation import simulate
from holdfast.model.population.correlations import correlations
from holdfast.model.population.named_populations import faults_of, named_population
from holdfast.model.population.random_numbers import Purpose, named_uniform
from holdfast.model.population.virtual_patients import virtual_patients
from tests.gates.repository import ROOT

START, ADULTS = named_model("holdfast-start"), named_population("trd-adults")
NASAL = regimen([Dose("esketamine", "nasal", 0, 56)])
INFUSION = regimen([Dose("ketamine", "iv", 0, 35)])
pytestmark = pytest.mark.story("HF-MOD-014")


IM = "pk profile --drug ketamine --route im --dose-mg 20"


def drawn(count: int, first: int = 0):
    return virtual_patients(START, ADULTS, seed=1, first=first, count=count)


def given_to_one(person=None, occasion=None, model=START, doses=NASAL):
    """One typical patient with these etas."""
    return simulate(model, doses, covariates(), [1.0], etas=Etas(person or {}, occasion or {}))


@pytest.mark.parametrize(
    ("words", "code", "says"),
    [
        ("population draw moon --patients 1 --seed 1", 5, "trd-adults"),
        ("population draw trd-adults --patients 0 --seed 1", 3, "the population is empty"),
        ("population draw trd-adults --patients -4 --seed 1", 3, "-4 patients are none"),
        ("population draw trd-adults --patients 1 --seed 1 --first -1", 3, "patient -1 is none"),
        ("population draw trd-adults --patients 10000000 --seed 1", 3, "name a file with --output"),
        ("population draw trd-adults --patients 1 --seed 1 --output no-such-folder/a.csv", 3, "cannot be written"),
        ("population draw trd-adults --patients 1 --seed 1 --output .", 3, ". cannot be written: it is a folder"),
        (f"{IM} --patients 1000001 --seed 1", 3, "1000001 people are more than are kept"),
        (f"{IM} --patients 5 --seed 1 --weight-kg 0", 3, "--weight-kg speaks of one person"),
        ("population show moon", 5, "No population is called 'moon'"),
        ("pk profile --drug ketamine --route im --dose-mg 20 --patients 0 --seed 1", 3, "population is empty"),
        ("pk profile --drug ketamine --route im --dose-mg 20 --patients 5", 3, "--seed is missing"),
        ("pk profile --drug ketamine --route im --dose-mg 20 --seed 5", 3, "say how many with --patients"),
        ("pk profile --drug ketamine --route im --dose-mg 20 --population trd-adults", 3, "speaks of many people"),
        ("pk profile --drug ketamine --route im --dose-mg 20 --patients 5 --seed 1 --weight-kg 80", 3, "--weight-kg"),
        ("pk profile --doses docs/examples/pk_doses.csv --patients 5 --seed 1", 3, "--doses speaks of one person"),
    ],
)
def test_who_cannot_be_drawn_is_a_sentence(words: str, code: int, says: str, capsys, monkeypatch) -> None:
    monkeypatch.chdir(ROOT)
    assert main(words.split()) == code
    printed = capsys.readouterr()
    assert printed.out == ""
    assert len(printed.err.splitlines()) == 1
    assert says in printed.err


@pytest.mark.parametrize(
    ("call", "says"),
    [
        (lambda: drawn(0), "empty"),
        (lambda: drawn(-1), "-1 patients are none"),
        (lambda: drawn(10**30), "10{30} patients are more than can be told apart; give at most 281474976710656"),
        (lambda: drawn(1, first=1 << 48), "is none; patients are counted"),
        (lambda: virtual_patients(START, ADULTS, seed=1.5, first=0, count=1), "the seed is 1.5; give a whole number"),
        (lambda: drawn(2.5), "the number of patients is 2.5; give a whole number"),
        (lambda: drawn(1, first=0.5), "the first patient is 0.5; give a whole number"),
        (lambda: named_uniform(1, Purpose.RATING, "clinician", 0, 1, 1 << 24), "occasion 16777216 is out of range"),
        (lambda: given_to_one({"moon": np.zeros(1)}), "'moon' of model holdfast-start cannot be somebody's own"),
        (lambda: given_to_one({"device_mg": np.zeros(1)}), "'device_mg'"),
        (lambda: given_to_one({"Vc": np.zeros(2)}), "those of 2 patients, not of 1"),
        (lambda: given_to_one({"Vc": np.array([np.nan])}), "not a finite number"),
        (lambda: given_to_one(occasion={"Vc": np.zeros((1, 1))}), "Vc cannot differ between occasions"),
        (lambda: given_to_one(occasion={"FR": np.zeros((1, 2))}), "those of 2 occasions, not of 1"),
        (
            lambda: given_to_one({"Vc": np.zeros(1)}, model=named_model("domino-1984"), doses=INFUSION),
            "what can: none",
        ),
    ],
)  # fmt: skip
def test_impossible_draws_and_deviations_are_refused(call, says: str) -> None:
    with pytest.raises(InputError, match=says):
        call()


def test_an_unknown_population_is_told_with_those_there_are() -> None:
    with pytest.raises(UnknownNameError, match="nimh-ketamine-trial"):
        named_population("moon")


def test_correlations_that_cannot_all_hold_are_refused() -> None:
    with pytest.raises(TableError, match="of CLint, Vc, Qh cannot all hold at once"):
        correlations({("CLint", "Vc"): 0.9, ("Vc", "Qh"): 0.9, ("CLint", "Qh"): -0.5})
    with pytest.raises(TableError, match="stand twice"):
        correlations({("CLint", "Vc"): 0.4, ("Vc", "CLint"): 0.4})


def test_a_population_of_impossible_people_is_refused() -> None:
    distributions, shares = dict(ADULTS.distributions), dict(ADULTS.shares)
    assert list(faults_of(ADULTS)) == []

    def faults(changed=None, without=None, **other_shares) -> str:
        now = {**distributions, **(changed or {})}
        kept = {key: value for key, value in now.items() if key != without}
        population = replace(ADULTS, distributions=kept, shares={**shares, **other_shares})
        return "\n".join(faults_of(population))

    age, height = distributions["age_y", "male"], distributions["height_cm", "male"]
    assert "age_y of the male goes from 12 to 65" in faults({("age_y", "male"): replace(age, low=12)})
    assert "weight_kg of the male goes from" in faults({("height_cm", "male"): replace(height, high=225)})
    assert "has no age_y of the female" in faults(without=("age_y", "female"))
    assert "needs either weight_kg, or height_cm and bmi" in faults(without=("bmi", "female"))
    assert "needs either weight_kg" in faults({("weight_kg", "male"): age})
    assert "more than everybody" in faults(asian=0.7, japanese=0.4)
    madrs = replace(distributions["madrs_baseline", "male"], high=75)
    assert "outside 0 to 60 points" in faults({("madrs_baseline", "male"): madrs})


COVARIATE = {
    "id": "x", "population": "p", "quantity": "age_y", "sex": "any", "distribution": "normal", "mean": "40", "sd": "5",
    "low": "18", "high": "65", "ref": "r", "locator": "l", "status": "transcribed",
}  # fmt: skip
PAIR = {"id": "x", "first": "CLint", "second": "Vc", "r": "0.5", "ref": "r", "locator": "l", "status": "secondary"}


@pytest.mark.parametrize(
    ("table", "cells", "column"),
    [
        (POPULATION_COVARIATES, COVARIATE, None),
        (POPULATION_COVARIATES, COVARIATE | {"sd": "0"}, "sd"),
        (POPULATION_COVARIATES, COVARIATE | {"sd": ""}, "sd"),
        (POPULATION_COVARIATES, COVARIATE | {"low": "70"}, "low"),
        (POPULATION_COVARIATES, COVARIATE | {"distribution": "beta", "sd": "30"}, "sd"),
        (POPULATION_COVARIATES, COVARIATE | {"distribution": "log-normal", "mean": "-1", "low": "-5"}, "mean"),
        (POPULATION_COVARIATES, COVARIATE | {"distribution": "share"}, "distribution"),
        (POPULATION_COVARIATES, COVARIATE | {"quantity": "female", "distribution": "share", "mean": "1.2"}, "mean"),
        (POPULATION_COVARIATES, COVARIATE | {"quantity": "female", "distribution": "share", "mean": "1", "sex": "male"},
         "sex"),
        (POPULATION_COVARIATES, COVARIATE | {"status": "assumed"}, "note"),
        (POPULATION_CORRELATIONS, PAIR, None),
        (POPULATION_CORRELATIONS, PAIR | {"r": "1"}, "r"),
        (POPULATION_CORRELATIONS, PAIR | {"second": "CLint"}, "second"),
    ],
)  # fmt: skip
def test_a_row_that_says_nothing_possible_is_a_fault(table, cells, column: str | None) -> None:
    _, faults = table.parse_row(cells, row_id="x", file=table.path, line=2)
    assert [fault.column for fault in faults] == ([] if column is None else [column])


def test_an_omega_in_a_unit_that_says_nothing_is_refused() -> None:
    def with_omega(symbol: str, kind: str = "omega", **values):
        row = START.parameters["omega"]["Vc"]
        spoiled = replace(row, values=MappingProxyType({**row.values, "symbol": symbol, **values}))
        return replace(START, parameters=MappingProxyType({**START.parameters, kind: {symbol: spoiled}}))

    for model, kind, says in (
        (with_omega("FR"), "omega", "differs in SD logit, not in SD log"),
        (with_omega("Vc", unit="SD logit"), "omega", "differs in SD log or percent CV"),
        (with_omega("device_mg"), "omega", "device_mg of holdfast-start cannot differ so"),
        (with_omega("Vc", "occasion_omega"), "occasion_omega", "FR, Fgut, F_im, f_mucosal can"),
    ):
        with pytest.raises(TableError, match=says):
            omegas(model, kind)
