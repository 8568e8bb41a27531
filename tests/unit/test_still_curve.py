"""The patient's own curve without a script: points, a line that breaks at gaps, treatment sessions, two days."""

from __future__ import annotations

from typing import Any

from holdfast.clinic.checkins.still_curve import A_DAY_S, BOTTOM, LEFT, RIGHT, TOP, still_curve

START = 1_772_000_000.0  # 25 February 2026 in UTC


def drawn(*totals: int, gap_before: int | None = None, sessions: tuple[float, ...] = ()) -> dict[str, Any]:
    """A rating a week, as `curve` gives them."""
    points = [{"x": START + 7 * A_DAY_S * n, "y": y, "after_gap": n == gap_before} for n, y in enumerate(totals)]
    return {"low": 0, "high": 27, "zone": "UTC", "points": points, "sessions": [{"x": at} for at in sessions]}


def test_the_highest_total_is_at_the_top_and_the_last_day_at_the_right() -> None:
    found = still_curve(drawn(27, 0))
    assert found is not None
    assert found.points == ((LEFT, TOP), (RIGHT, BOTTOM))
    assert found.lines == (f"{float(LEFT)},{float(TOP)} {float(RIGHT)},{float(BOTTOM)}",)
    assert [day.text for day in found.days] == ["25 Feb", "4 Mar"]


def test_the_line_breaks_where_ratings_are_missing() -> None:
    found = still_curve(drawn(20, 18, 16, 14, gap_before=2))
    assert found is not None
    assert [line.count(",") for line in found.lines] == [2, 2]
    assert len(found.points) == 4


def test_one_rating_is_a_point_and_none_is_no_picture() -> None:
    found = still_curve(drawn(9))
    assert found is not None
    assert (found.lines, len(found.points), [day.text for day in found.days]) == ((), 1, ["25 Feb"])
    assert still_curve(drawn()) is None


def test_treatment_sessions_before_the_first_rating_are_left_out() -> None:
    found = still_curve(drawn(20, 18, sessions=(START - A_DAY_S, START + 3.5 * A_DAY_S)))
    assert found is not None
    assert found.sessions == ((LEFT + RIGHT) / 2,)
