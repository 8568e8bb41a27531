"""The expected range of two doses, kept as first computed: 0.5 mg/kg by vein and 84 mg by nose.

Not published numbers: none is of single readings. What they rest on is held by tests/golden/test_effects.py.
"""

from __future__ import annotations

from functools import cache

import pytest

from holdfast.model.expected_range import Asked, ExpectedRange, expected_range

INFUSION = Asked("ketamine", "iv", 35.0, 40.0, weight_kg=70.0, age_y=45.0, sbp_mmhg=124.0, dbp_mmhg=78.0)
NASAL = Asked("esketamine", "nasal", 84.0, weight_kg=70.0, age_y=45.0, sbp_mmhg=124.0, dbp_mmhg=78.0)
# minute → lowest, low, middle, high, highest of nine in ten and of half the readings
KEPT = {
    ("iv", "sbp_mmhg"): {0: (106.6, 117.1, 124.4, 131.1, 141.1), 45: (111.5, 122.4, 130.4, 138.7, 152.8)},
    ("iv", "dbp_mmhg"): {45: (69.0, 76.7, 82.2, 88.0, 97.6), 90: (66.7, 74.2, 79.3, 84.5, 91.3)},
    ("iv", "cadss_total"): {45: (0, 2, 5, 8, 20), 90: (0, 0, 0, 2, 4)},
    ("nasal", "sbp_mmhg"): {45: (110.5, 121.2, 129.1, 137.0, 150.2), 90: (107.3, 118.1, 125.5, 132.7, 142.9)},
    ("nasal", "dbp_mmhg"): {45: (68.2, 76.0, 81.4, 87.0, 95.5)},
    ("nasal", "cadss_total"): {0: (0, 0, 0, 1, 3), 45: (0, 2, 4, 8, 19), 90: (0, 0, 1, 3, 6)},
}


@cache
def of_route(route: str) -> ExpectedRange:
    return expected_range({"iv": INFUSION, "nasal": NASAL}[route])


@pytest.mark.story("HF-SES-032")
@pytest.mark.parametrize(("route", "name"), KEPT)
def test_the_range_is_as_it_was(route: str, name: str) -> None:
    found = of_route(route)
    band = found.bands[name]
    for minute, kept in KEPT[route, name].items():
        at = found.minutes.index(minute)
        (low, high), (lowest, highest) = band.inner[at], band.outer[at]
        assert (lowest, low, band.median[at], high, highest) == pytest.approx(kept, abs=0.11)
