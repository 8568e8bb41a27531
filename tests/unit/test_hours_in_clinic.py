"""Hours of one treatment session: by the protocol of the route, for a patient and for a programme.

protocol            min_min  clock_from    dose, min  hours
iv-racemic               60  dose-end             40   5/3
esketamine-nasal        120  first-device          -   2
oral-racemic            120  dose-start            -   2
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from holdfast.errors import InputError
from holdfast.forecast import plans
from holdfast.forecast.patient_file import Patient, read_patient
from holdfast.forecast.plans import hours_in_clinic
from holdfast.policies.programme import programme
from holdfast.protocols.protocol import protocol, protocols

pytestmark = pytest.mark.story("HF-FOR-002")
HOURS = {"iv-racemic": 5 / 3, "esketamine-nasal": 2.0, "oral-racemic": 2.0}
RATED = {"today": 7, "ratings": [{"day": 0, "scale": "madrs", "total": 30}]}
DOSES: dict[str, dict[str, Any]] = {
    "iv-racemic": {"drug": "ketamine", "route": "iv", "dose_mg_per_kg": 0.5, "duration_min": 40},
    "esketamine-nasal": {"drug": "esketamine", "route": "nasal", "dose_mg": 56},
    "oral-racemic": {"drug": "ketamine", "route": "oral", "dose_mg_per_kg": 2.0},
}


def treated(by: str, **more: Any) -> Patient:
    return read_patient({**RATED, "doses": [{"day": 0, **DOSES[by], **more}]})


@pytest.mark.parametrize("name", HOURS)
def test_a_protocol_has_its_hours(name: str) -> None:
    assert protocol(name).hours_in_clinic() == pytest.approx(HOURS[name])


@pytest.mark.parametrize("name", HOURS)
def test_a_patient_has_those_of_the_protocol_of_drug_and_route(name: str) -> None:
    assert hours_in_clinic(treated(name)) == (pytest.approx(HOURS[name]), name)


def test_an_infusion_is_as_long_as_it_is_planned_and_one_that_is_watched_from_its_start_adds_nothing() -> None:
    assert hours_in_clinic(treated("iv-racemic", duration_min=100)) == (pytest.approx(160 / 60), "iv-racemic")
    assert hours_in_clinic(treated("iv-racemic", duration_min=0)) == (pytest.approx(1.0), "iv-racemic")
    assert protocol("oral-racemic").hours_in_clinic(1.0) == 2.0


@pytest.mark.parametrize("name", ["iv-racemic", "esketamine-nasal"])
def test_a_programme_has_those_of_its_protocol(name: str) -> None:
    assert programme(name).hours == pytest.approx(HOURS[name])


def test_of_two_protocols_of_one_route_the_patients_own_tells_and_without_it_none(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    own = protocol("iv-racemic")
    longer = replace(own, id="iv-longer", observation=replace(own.observation, min_min=180))
    monkeypatch.setattr(plans, "protocols", lambda: {**protocols(), "iv-longer": longer})
    patient = treated("iv-racemic")
    assert hours_in_clinic(patient) is None
    assert hours_in_clinic(replace(patient, protocol="iv-longer")) == (pytest.approx(3 + 40 / 60), "iv-longer")
    assert hours_in_clinic(replace(patient, protocol="iv-racemic")) == (pytest.approx(5 / 3), "iv-racemic")


def test_a_dose_by_another_route_than_the_patients_protocol_has_no_hours() -> None:
    assert hours_in_clinic(replace(treated("oral-racemic"), protocol="iv-racemic")) is None


def test_a_file_names_its_protocol_or_is_refused_with_those_there_are() -> None:
    content = {**RATED, "doses": [{"day": 0, **DOSES["iv-racemic"]}]}
    assert read_patient({**content, "protocol": "iv-racemic"}).protocol == "iv-racemic"
    with pytest.raises(InputError, match=r"protocol 'iv-racemik' is not one of .*iv-racemic"):
        read_patient({**content, "protocol": "iv-racemik"})
