"""Who comes, answers and leaves: as often as course_behaviour.csv says, and everybody where attendance is perfect."""

from __future__ import annotations

import numpy as np
import pytest

from holdfast.model.courses.attendance import PERFECT, REALISTIC, Attendance, behaviour

PEOPLE = 20_000
SOME, EVERYBODY = (Attendance(kind, 5, 0, PEOPLE) for kind in (REALISTIC, PERFECT))
RESPONDING = np.arange(PEOPLE) % 2 == 0
pytestmark = pytest.mark.story("HF-MOD-015")


def share(symbol: str) -> float:
    found = behaviour(symbol, "fraction")
    assert 0.001 < found < 0.5
    return found


def test_each_share_is_that_of_its_row() -> None:
    """Monte Carlo of 20,000: 0.2 points at 10 %."""
    assert SOME.misses(9).mean() == pytest.approx(share("treatment_session_missed"), abs=0.007)
    assert SOME.rated_before_dose(9).mean() == pytest.approx(1 - share("check_in_missed"), abs=0.007)
    left = SOME.leaves(14, RESPONDING)
    assert left[RESPONDING].mean() == pytest.approx(share("dropout_responding"), rel=0.25)
    assert left[~RESPONDING].mean() == pytest.approx(share("dropout_not_responding"), rel=0.25)
    assert not SOME.leaves(15, RESPONDING).any()


def test_check_ins_are_missed_or_late_by_every_number_of_days_there_may_be() -> None:
    delay, latest = SOME.check_in_delay_d(3), int(behaviour("check_in_latest", "d"))
    assert (delay == -1).mean() == pytest.approx(share("check_in_missed"), abs=0.007)
    late = delay[delay >= 0] > 0
    assert late.mean() == pytest.approx(share("check_in_late"), abs=0.01)
    by, count = np.unique(delay[delay > 0], return_counts=True)
    assert by.tolist() == list(range(1, latest + 1))
    assert count.min() > 0.8 * count.max()


def test_where_attendance_is_perfect_nobody_misses_is_late_or_leaves() -> None:
    assert not EVERYBODY.misses(9).any()
    assert EVERYBODY.rated_before_dose(9).all()
    assert not EVERYBODY.leaves(14, ~RESPONDING).any()
    assert (EVERYBODY.check_in_delay_d(3) == 0).all()
