"""A row of a model says the same in every unit of its kind: an hour is sixty minutes, and no answer moves."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from functools import cache
from types import MappingProxyType

import numpy as np
import pytest
from numpy.typing import NDArray

from holdfast.errors import InputError, TableError
from holdfast.facts.model_tables import MODEL_ROUTES, PARAMETER_UNITS
from holdfast.model.assembly import equations
from holdfast.model.changed_models import with_values
from holdfast.model.effects import blood_pressure, dissociation, drive, heart_rate, sedation
from holdfast.model.mood import fluctuation, individuals, placebo, score
from holdfast.model.named_models import NamedModel, named_model, named_models
from holdfast.model.pharmacokinetics.absorption import inputs
from holdfast.model.pharmacokinetics.covariates import Covariates, Effects, covariates
from holdfast.model.pharmacokinetics.dosing import Dose, Regimen, regimen
from holdfast.model.pharmacokinetics.individual import dispositions
from holdfast.model.pharmacokinetics.simulation import simulate
from holdfast.model.qualification.nasal_trial import nasal_trial
from holdfast.units import convert

Values = NDArray[np.float64]
TIMES_H = (0.5, 1.5, 3.0, 5.0, 7.0, 9.0, 12.0)
WITHOUT_DIMENSION = ("1", "fraction")
WHOLE_DEVICES = "device_mg"  # with another amount in a device the dose would be no whole number of them


def written(model: NamedModel, kind: str, symbol: str, value: float, unit: str) -> NamedModel:
    """The model with one row in other words."""
    row = model.parameter(symbol, kind)
    changed = replace(row, values=MappingProxyType({**row.values, "value": value, "unit": unit}))
    of_kind = MappingProxyType({**model.parameters[kind], symbol: changed})
    return replace(model, parameters=MappingProxyType({**model.parameters, kind: of_kind}))


def other_units(unit: str) -> dict[str, float]:
    """The other units a row may be in, and what 1 of `unit` is in each."""
    found = {}
    for other in PARAMETER_UNITS:
        try:
            found[other] = convert(1.0, unit, other)
        except InputError:
            continue
    return {other: factor for other, factor in found.items() if other != unit}


def convertible() -> Iterator[tuple[str, str, str]]:
    """Model, kind and symbol of every row with a dimension whose unit is one of several."""
    for model in named_models().values():
        for kind, rows in model.parameters.items():
            for symbol, row in rows.items():
                if row["model"] == model.id and other_units(row["unit"]) and row["unit"] not in WITHOUT_DIMENSION:
                    yield model.id, kind, symbol


def answers(model: NamedModel) -> dict[str, Values]:
    """Levels after every route, acute effects, what a solver is handed, and scores, where every covariate counts."""
    (who, effects), given = person(model), doses(model)
    whole = model.has("half_life_occupancy")
    follow = (lambda p: drive.followers(model, p)) if whole else None
    found = simulate(model, given, who, TIMES_H, effects=effects, followers=follow)
    made = {"amounts": found.solution.states, "mg/L": found.level_mg_per_l("ketamine")}
    return made | acute(model) | mood(model, given, who, effects) if whole else made


def person(model: NamedModel) -> tuple[Covariates, Effects]:
    if model.has("k10"):
        return covariates(90.0), Effects()
    all_known = model.has("female_on_CL", "covariate_effect")
    who = covariates([90.0, 60.0], 80.0, ancestry="japanese", child_pugh_b=all_known, female=True, cyp2b6=["66", "16"])
    return who, Effects(weight="on", liver=all_known, sex=all_known, cyp2b6=all_known)


def doses(model: NamedModel) -> Regimen:
    """One every two hours, of the racemate where the model describes it by that route."""
    ways = [(drug, route) for route in MODEL_ROUTES for drug in ("ketamine", "esketamine") if model.covers(drug, route)]
    each = {route: drug for drug, route in reversed(ways)}
    return regimen([Dose(drug, route, 2.0 * place, 56.0) for place, (route, drug) in enumerate(each.items())])


def acute(model: NamedModel) -> dict[str, Values]:
    seen, place = np.array([40.0, 120.0]), np.array([2, 30])
    made = {
        "CADSS": dissociation.cadss(model, seen, number=place),
        "SBP": blood_pressure.rises(model, seen)[0],
        "bpm": heart_rate.rise(model, seen),
    }
    return made | ({"sedated": sedation.probability_below(model, seen)} if model.has("sedation_EC50") else {})


def mood(model: NamedModel, given: Regimen, who: Covariates, effects: Effects) -> dict[str, Values]:
    put_in = inputs(model, given, who, effects)
    p = dispositions(model, who, given.routes, effects)
    drawn = individuals.individuals(model, {name: np.array([0.7, -0.2]) for name in individuals.PERSON_DRAWS})
    whole = equations(model, p, put_in.ka_per_h, hypothesis="mixed with tolerance", mood=drawn.cascade)
    care = placebo.Care(open_label=False, unblinding=True, new_antidepressant=True, hospital=True)
    felt = placebo.weights(model, care, np.array([[10.0, 4.0], [5.0, 0.0]]))
    gone = placebo.placebo(model, care, drawn.placebo, TIMES_H, [0.0, 2.0], felt)
    gained = drawn.gain[:, None] * score.removed(model, dict.fromkeys(score.LEVELS, np.full(gone.shape, 0.3)))
    return {
        "K": whole.system.K_per_h, "parameters": whole.parameters, "signals": whole.signals, "read": whole.readings,
        "points": score.score(35.0, gone, gained),
        "ups and downs": fluctuation.carried(model, np.array([3.0]), 30.0, np.array([0.5])),
    }  # fmt: skip


@cache
def as_written(model: str) -> dict[str, Values]:
    return answers(named_model(model))


def furthest(found: dict[str, Values], from_: dict[str, Values]) -> float:
    """The largest difference, as a share of the value: of amounts, which may be next to nothing, of the largest."""
    assert found.keys() == from_.keys()
    apart = []
    for name, values in from_.items():
        scale = np.abs(values) if name != "amounts" else np.abs(values).max(axis=(0, 1, 2), keepdims=True)
        apart.append((np.abs(found[name] - values) / np.where(scale > 0, scale, 1.0)).max())
    return float(max(apart))


@pytest.mark.parametrize(("name", "kind", "symbol"), list(convertible()))
def test_a_row_in_another_unit_of_its_kind_moves_nothing(name: str, kind: str, symbol: str) -> None:
    model = named_model(name)
    row = model.parameter(symbol, kind)
    for unit, factor in other_units(row["unit"]).items():
        rewritten = written(model, kind, symbol, row["value"] * factor, unit)
        assert furthest(answers(rewritten), as_written(name)) < 1e-12, unit
    if symbol != WHOLE_DEVICES:
        larger = written(model, kind, symbol, row["value"] * 1.1, row["unit"])
        assert furthest(answers(larger), as_written(name)) > 1e-6, "no answer here hangs on this row"


def test_times_rates_levels_and_amounts_have_other_units() -> None:
    units = {named_model(name).parameter(symbol, kind)["unit"] for name, kind, symbol in convertible()}
    assert {"min", "h", "d", "1/h", "1/min", "L/h", "ng/mL", "umol/L"} <= units
    assert len(list(convertible())) > 70


def test_a_fraction_may_be_written_as_a_plain_number() -> None:
    model = changed = named_model("holdfast-1")
    for symbol, row in model.parameters["typical"].items():
        if row["unit"] == "fraction":
            changed = written(changed, "typical", symbol, row["value"], "1")
    assert changed != model
    assert furthest(answers(changed), as_written(model.id)) == 0


@pytest.mark.parametrize(
    ("kind", "symbol", "unit"),
    [("typical", "fluctuation_half_life", "1/d"), ("typical", "half_life_effect_site", "mg"), ("typical", "kv", "h"),
     ("typical", "CADSS_EC50", "umol/L"), ("typical", "Vc", "L/kg"), ("typical", "kout", "d"), ("typical", "gX", "d"),
     ("typical", "SBP_Emax", "points"), ("omega", "gain", "SD logit"), ("typical", "HNK50", "ng/mL")],
)  # fmt: skip
def test_a_unit_of_another_kind_is_refused_with_its_row(kind: str, symbol: str, unit: str) -> None:
    row = named_model().parameter(symbol, kind)
    other = written(named_model(), kind, symbol, row["value"], unit)
    with pytest.raises(
        TableError, match=rf"{row.file} line {row.line}: {row.id} is in {unit}, which cannot be read in "
    ):
        answers(other)


def test_a_number_with_a_unit_is_never_read_without_saying_so() -> None:
    with pytest.raises(TableError, match=r"is in d, which cannot be read in 1; correct the unit"):
        named_model().value("fluctuation_half_life")
    assert named_model().value("fluctuation_half_life", unit="h") == 24 * named_model().parameter(
        "fluctuation_half_life"
    )["value"]  # fmt: skip


def test_a_changed_row_keeps_its_unit() -> None:
    model = named_model()
    in_hours = written(model, "typical", "fluctuation_half_life", 96.0, "h")
    assert with_values(in_hours, {"fluctuation_half_life": 48.0}).value("fluctuation_half_life", unit="d") == 2
    bare = named_model("holdfast-start")
    assert not bare.has("half_life_tolerance")
    assert with_values(bare, {"half_life_tolerance": 90.0}).value("half_life_tolerance", unit="h") == 1.5


def test_the_trial_kept_is_of_the_unit_too(monkeypatch: pytest.MonkeyPatch) -> None:
    asked = []
    monkeypatch.setattr("holdfast.model.qualification.nasal_trial._trial", asked.append)
    model = named_model("holdfast-1")
    nasal_trial(model, "trd-adults", (56.0,))
    value = model.parameter("half_life_tolerance")["value"]
    nasal_trial(written(model, "typical", "half_life_tolerance", value, "h"), "trd-adults", (56.0,))
    assert asked[0] != asked[1]
