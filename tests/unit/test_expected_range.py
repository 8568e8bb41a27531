"""Where the model expects readings of one patient: what moves the range, what it refuses, what it says of itself."""

from __future__ import annotations

import json
import subprocess
import sys
from dataclasses import replace
from functools import cache

import numpy as np
import pytest

from holdfast.errors import InputError
from holdfast.model.expected_range import Asked, ExpectedRange, expected_range, known_misses, read_asked
from holdfast.model.named_models import named_model

INFUSION = Asked("ketamine", "iv", 35.0, 40.0, weight_kg=70.0, age_y=45.0, sbp_mmhg=124.0, dbp_mmhg=78.0)
NASAL = Asked("esketamine", "nasal", 84.0, age_y=45.0, sbp_mmhg=124.0, dbp_mmhg=78.0)
AT_40 = 8  # of steps of 5 minutes


@cache
def computed(asked: Asked, people: int = 600) -> ExpectedRange:
    return expected_range(asked, people=people)


def width(found: ExpectedRange, name: str = "sbp_mmhg", at: int = AT_40) -> float:
    low, high = found.bands[name].outer[at]
    return high - low


@pytest.mark.story("HF-SES-032")
def test_without_a_dose_the_range_lies_around_the_pressure_before() -> None:
    """And as wide at every minute: the noise of a reading, fitted in docs/calibration/effects.md to an SD of 10.4."""
    found = computed(replace(INFUSION, dose_mg=0.0), 2000)
    assert all(abs(one - 124) < 1 for one in found.bands["sbp_mmhg"].median)
    assert len(set(found.bands["sbp_mmhg"].outer)) == 1
    sigma = named_model().value("SBP_noise", "sigma", unit="SD mmHg")
    assert width(found) == pytest.approx(2 * 1.645 * sigma, rel=0.06)
    assert all(one == 0 for one in found.bands["cadss_total"].median)


@pytest.mark.story("HF-SES-032")
def test_more_drug_raises_the_range_and_nothing_outlasts_it() -> None:
    few, many = computed(replace(INFUSION, dose_mg=17.5)), computed(replace(INFUSION, dose_mg=35.0))
    assert many.bands["sbp_mmhg"].median[AT_40] - few.bands["sbp_mmhg"].median[AT_40] > 2
    assert many.bands["cadss_total"].outer[AT_40][1] - few.bands["cadss_total"].outer[AT_40][1] > 3
    sbp = many.bands["sbp_mmhg"].median
    assert sbp.index(max(sbp)) in (7, 8, 9), "at the end of the infusion"
    assert sbp[-1] - sbp[0] < 1.5


def test_the_patients_own_pressure_shifts_the_range_by_itself() -> None:
    """To the bit: the rise does not depend on it."""
    low, high = computed(INFUSION), computed(replace(INFUSION, sbp_mmhg=144.0))
    apart = np.array(high.bands["sbp_mmhg"].outer) - np.array(low.bands["sbp_mmhg"].outer)
    assert np.allclose(apart, 20, atol=0.11), "both are rounded to a tenth"
    assert high.bands["dbp_mmhg"] == low.bands["dbp_mmhg"]


def test_a_heavier_person_is_expected_lower_after_the_same_milligrams() -> None:
    light, heavy = computed(replace(INFUSION, weight_kg=55.0)), computed(replace(INFUSION, weight_kg=110.0))
    assert light.bands["cadss_total"].outer[AT_40][1] > heavy.bands["cadss_total"].outer[AT_40][1] + 2


def test_a_later_treatment_session_is_expected_with_less_dissociation_and_the_same_pressure() -> None:
    first, eighth = computed(NASAL), computed(replace(NASAL, number=8.0))
    assert eighth.bands["cadss_total"].outer[AT_40][1] < 0.8 * first.bands["cadss_total"].outer[AT_40][1]
    assert eighth.bands["sbp_mmhg"] == first.bands["sbp_mmhg"]


def test_an_unknown_weight_is_drawn_and_said() -> None:
    found = computed(replace(INFUSION, weight_kg=None, age_y=None))
    assert found.about["drawn"] == ["weight_kg", "age_y", "sex"]
    assert width(found, "cadss_total") > 0.9 * width(computed(INFUSION), "cadss_total")


def test_without_a_pressure_before_there_is_no_range_of_pressure() -> None:
    found = computed(replace(INFUSION, sbp_mmhg=None))
    assert set(found.bands) == {"dbp_mmhg", "cadss_total"}


def test_the_ranges_hold_the_shares_they_name_and_lie_within_each_other() -> None:
    for band in computed(NASAL).bands.values():
        for median, (low, high), (lowest, highest) in zip(band.median, band.inner, band.outer, strict=True):
            assert lowest <= low <= median <= high <= highest


@pytest.mark.story("HF-SES-032")
def test_an_answer_carries_what_it_rests_on_and_where_the_model_fails() -> None:
    about = computed(NASAL).about
    assert about["model"] == "holdfast-1"
    assert (about["seed"], about["people"], about["version"]) == (1, 600, 1)
    assert len(about["facts_digest"]) == 16
    assert "no prediction for a patient" in about["said"]
    rows = [one["row"] for one in about["known_misses"]]
    assert rows[:2] == ["Q-N16", "Q-N19"], "those of the nasal route first"
    assert {"Q-V04", "Q-O02"} <= set(rows)
    assert not [row for row in rows if row.startswith("Q-M")]
    assert about["without_the_drug_mmhg"] == {"sbp": 6.1, "dbp": 4.9}


def test_a_miss_listed_for_one_model_is_told_of_that_model_alone() -> None:
    with_it = {one["row"] for one in known_misses(named_model("holdfast-1-no-tolerance"), "nasal")}
    assert with_it - {one["row"] for one in known_misses(named_model("holdfast-1"), "nasal")} == {"Q-D06"}


def test_a_dose_beyond_the_fit_is_flagged_beside_the_answer() -> None:
    assert computed(INFUSION).about["beyond"] == []
    (said,) = computed(replace(INFUSION, dose_mg=56.0)).about["beyond"]
    assert "0.8 mg/kg is beyond the 0.5 mg/kg" in said


@pytest.mark.parametrize(
    ("plain", "says"),
    [
        ({"drug": "ketamine", "route": "nasal", "dose_mg": 50}, "another product"),
        ({"drug": "midazolam", "route": "iv", "dose_mg": 5}, "does not describe midazolam"),
        ({"drug": "ketamine", "route": "iv", "dose_mg": -1}, "dose_mg is -1"),
        ({"drug": "ketamine", "route": "iv", "dose_mg": 35, "weight_kg": 700}, "weight_kg is 700"),
        ({"drug": "ketamine", "route": "iv", "dose_mg": 35, "sbp_mmhg": 16}, "sbp_mmhg is 16"),
        ({"drug": "ketamine", "route": "iv", "dose_mg": 35, "sex": "f"}, "sex 'f'"),
        ({"drug": "ketamine", "route": "iv", "dose_mg": 35, "number": 0}, "number is 0"),
        ({"drug": "ketamine", "route": "iv", "dose_mg": 35, "number": 1.5}, "number is 1.5"),
        ({"drug": "ketamine", "route": "oral", "dose_mg": 35, "duration_min": 5}, "has no duration"),
        ({"drug": "ketamine", "route": "iv", "dose_mg": 35, "name": "Ada"}, "name"),
        ({"drug": "ketamine", "route": "iv"}, "dose_mg"),
        ([], "object"),
    ],
)
def test_what_cannot_be_is_refused_by_field(plain: object, says: str) -> None:
    with pytest.raises(InputError, match=says):
        expected_range(read_asked(plain), people=10)


@pytest.mark.story("HF-SES-032")
def test_the_command_answers_a_file_and_standard_input_alike() -> None:
    """As a process of its own, without the compiled solver: it starts in a second."""
    asked = {"drug": "esketamine", "route": "nasal", "dose_mg": 28, "number": 1}
    command = [
        sys.executable,
        "-X",
        "importtime",
        "-m",
        "holdfast",
        "treatment-session",
        "expected-range",
        "-",
        "--json",
    ]
    done = subprocess.run(command, input=json.dumps(asked), capture_output=True, text=True, check=True)
    assert set(json.loads(done.stdout)["bands"]) == {"cadss_total"}
    assert not [
        line for line in done.stderr.splitlines() if line.rsplit("|", 1)[-1].strip() in ("numba", "jax", "django")
    ]
    refused = subprocess.run(command, input="[", capture_output=True, text=True, check=False)
    assert refused.returncode == 3
    assert "standard input line 1 column 2: not JSON" in refused.stderr
