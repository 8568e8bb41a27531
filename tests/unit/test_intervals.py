"""An interval holds a percent to the half that rounding takes, and points to the last digit."""

from __future__ import annotations

import pytest

from holdfast.evidence.intervals import holds


@pytest.mark.parametrize(
    ("value", "unit", "held"),
    [
        (9.5, "percent", True), (9.4, "percent", False), (20.5, "percent", True), (20.6, "percent", False),
        (10.0, "points", True), (9.9, "points", False), (20.1, None, False), (20.0, None, True),
    ],
)  # fmt: skip
def test_only_a_percent_may_lie_half_a_point_beyond_an_end(value: float, unit: str | None, held: bool) -> None:
    assert holds(10.0, 20.0, value, unit) is held
