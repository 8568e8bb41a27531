"""The product's own model, levels and mood, against SciPy: virtual patients far from the typical one, every route."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest

from holdfast.model.assembly import equations
from holdfast.model.integration.reference import error, reference
from holdfast.model.integration.stretches import SLOW_WIDTHS_H, stretch_of
from holdfast.model.named_models import named_model
from holdfast.model.pharmacokinetics.absorption import inputs
from holdfast.model.pharmacokinetics.covariates import covariates
from holdfast.model.pharmacokinetics.dosing import Dose, regimen
from holdfast.model.pharmacokinetics.individual import dispositions
from tests.solved_systems import SOLVERS

ROUTES = {
    "nasal": ("esketamine", {"dose_mg": 84}),
    "iv": ("ketamine", {"dose_mg_per_kg": 0.5, "duration_h": 2 / 3}),
    "im": ("ketamine", {"dose_mg_per_kg": 0.5}),
    "oral": ("ketamine", {"dose_mg": 100}),
    "sublingual": ("ketamine", {"dose_mg": 100}),
}
TIMES_H = (0.0, 0.5, 1.0, 2.0, 8.0, 24.0, 72.0, 73.0, 96.0, 168.0)
SHARES = ("fNK", "fHNK")  # between 0 and 1: left as they are


@pytest.mark.story("HF-MOD-019")
@pytest.mark.parametrize("hypothesis_name", ["nmda-driven", "mixed with tolerance"])
@pytest.mark.parametrize("route", list(ROUTES))
def test_levels_and_mood_of_virtual_patients_agree_with_the_reference(route: str, hypothesis_name: str) -> None:
    model, drawn = named_model(), np.random.default_rng(19)
    who = covariates(weight_kg=[48.0, 70.0, 118.0], age_y=[23.0, 45.0, 79.0])
    drug, dose = ROUTES[route]
    given = inputs(model, regimen([Dose(drug, route, at_h, **dose) for at_h in (0.0, 72.0)]), who)
    body = dispositions(model, who, frozenset({route}))
    spread = {
        field.name: getattr(body, field.name) * np.exp(0.4 * drawn.standard_normal((3, 1)))
        for field in dataclasses.fields(body)
        if getattr(body, field.name) is not None and field.name not in SHARES
    }
    absorbed = {depot: ka * np.exp(0.6 * drawn.standard_normal((3, 1))) for depot, ka in given.ka_per_h.items()}
    made = equations(model, dataclasses.replace(body, **spread), absorbed, hypothesis=hypothesis_name)
    stretch, amounts = stretch_of(given, 168.0, TIMES_H)
    stretch = dataclasses.replace(stretch, widths_h=SLOW_WIDTHS_H)
    patient = {"nasal": 0, "iv": 1}.get(route, 2)
    expected = reference(made, stretch, amounts[patient], patient=patient, method="LSODA", rtol=1e-12).read
    linear = len(made.reading_names)
    for name in SOLVERS:
        found = SOLVERS[name](made).advance(stretch, amounts)[patient]
        assert error(found[:, :linear], expected[:, :linear]) < 1e-9
        assert error(found[:, linear:], expected[:, linear:]) < 1e-7
    assert expected[:, 0].max() > 20  # ng/mL
    assert expected[-1, -2] > 0.05  # X
