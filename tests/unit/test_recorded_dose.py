"""A dose written down is a dose that could have been given."""

from __future__ import annotations

import pytest

from holdfast.errors import InputError
from holdfast.protocols.protocol import protocol, protocols
from holdfast.protocols.recorded_dose import check_recorded_dose


@pytest.mark.parametrize("dose_mg", [28, 56, 84])
def test_whole_devices_are_taken(dose_mg):
    check_recorded_dose(protocol("esketamine-nasal"), dose_mg)


@pytest.mark.parametrize("dose_mg", [57, 70, 14, 112, 999])
def test_a_part_of_a_device_or_too_many_is_refused_with_what_may_be(dose_mg):
    with pytest.raises(InputError, match=r"28, 56, 84 mg"):
        check_recorded_dose(protocol("esketamine-nasal"), dose_mg)


def test_a_slip_of_a_digit_is_refused_and_a_heavy_patient_is_not():
    check_recorded_dose(protocol("iv-racemic"), 125)  # 0.5 mg/kg of 250 kg
    with pytest.raises(InputError, match="more than any patient"):
        check_recorded_dose(protocol("iv-racemic"), 999)


@pytest.mark.parametrize("name", sorted(protocols()))
def test_every_protocol_can_be_asked(name):
    with pytest.raises(InputError):
        check_recorded_dose(protocol(name), 100_000)
