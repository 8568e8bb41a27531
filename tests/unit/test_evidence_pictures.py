"""Pictures of published numbers: who stands in which picture, and that every length is where its value is."""

from __future__ import annotations

import math

import pytest

from holdfast import evidence
from holdfast.evidence import pictures
from holdfast.evidence.intervals import wilson_percent
from holdfast.evidence.pictures.whiskers import whiskers
from holdfast.printed.axis import Axis, around, ticks, time_in_short

pytestmark = pytest.mark.story("HF-EVD-011")


def rows_of(study_id: str) -> list[evidence.Outcome]:
    return [row for row in evidence.outcomes() if row.study.id == study_id]


def test_each_outcome_of_daly_has_a_picture_a_period() -> None:
    found = pictures.time_courses(rows_of("daly2018"))
    change, *_ = found
    assert change.title == "Change, least-squares mean (MADRS), from first dose"
    assert [one.label for one in change.series] == ["placebo", "esketamine 28", "esketamine 56", "esketamine 84"]
    assert [point.row.value for point in change.series[0].points] == [-9.7, -5.7, -4.9]
    assert all(len(one.series) <= 4 for one in found)
    assert all(max(len(arm.points) for arm in one.series) > 1 for one in found)
    assert change.whiskers == "one standard error as printed"


def test_a_picture_over_time_knows_what_is_to_be_drawn_hollow() -> None:
    """Effect sizes of 2006 are unverified, changes of SYNAPSE read in its table, its later differences in none."""
    effect_size, *_ = pictures.time_courses(rows_of("zarate2006"))
    assert effect_size.has_doubtful
    assert [point.row.is_doubtful for point in effect_size.series[0].points] == [True, True]
    change, *_ = pictures.time_courses(rows_of("daly2018"))
    assert not change.has_doubtful


def test_a_lower_score_is_drawn_lower_and_later_is_further_right() -> None:
    for picture in (one for study in evidence.studies() for one in pictures.time_courses(rows_of(study.id))):
        points = [point for one in picture.series for point in one.points]
        for one in points:
            for other in points:
                if one.row.value > other.row.value + 1:
                    assert one.y < other.y, picture.title
                if one.row.time_h > other.row.time_h * 1.5 and one.row.arm is other.row.arm:
                    assert one.x > other.x, picture.title
        assert all(0 <= point.x <= 360 and 0 <= point.y <= 240 for point in points)


def test_subgroups_statements_and_other_meanings_never_share_a_picture() -> None:
    for study in evidence.studies():
        for picture in pictures.time_courses(rows_of(study.id)):
            meanings = {(r.estimand, r.outcome, r.scale, r.definition, r.unit, r.time_anchor) for r in picture.rows}
            assert len(meanings) == 1
            assert all(row.subgroup is None and row.value is not None for row in picture.rows)


def test_wilson_equals_the_published_formula() -> None:
    """Wilson 1927 for 8 of 28 at 95 %, worked by hand: 15.2 to 47.1 %; and no end beyond 0 or 100."""
    low, high = wilson_percent(8, 28)
    assert (low, high) == (pytest.approx(15.25, abs=0.01), pytest.approx(47.06, abs=0.01))
    assert wilson_percent(0, 145)[0] == 0
    assert wilson_percent(10, 10)[1] == 100


def test_a_range_is_never_drawn_as_a_whisker() -> None:
    oxford = evidence.outcome("T0048")
    assert (oxford.spread_low, oxford.spread_high) == (25, 168)
    assert whiskers(oxford).ends == (None, None)
    assert whiskers(evidence.outcome("T0187")).ends == (0.29, 0.84)
    assert whiskers(evidence.outcome("T0187")).kind == "95 % interval as printed"


def test_what_is_compared_means_the_same_and_comes_from_two_studies() -> None:
    found = pictures.meanings(evidence.outcomes())
    assert len(found) > 10
    for words, rows in found.items():
        assert len({row.study.id for row in rows}) > 1
        assert len({(row.estimand, row.outcome, row.arm.drug, row.unit, row.time_anchor) for row in rows}) == 1, words
        if "by its own rule" not in words:
            assert len({(row.scale, row.definition) for row in rows}) == 1, words


def test_a_ratio_has_its_null_at_one_on_a_logarithmic_axis() -> None:
    picture = pictures.forest("Relapse", [evidence.outcome("T0187"), evidence.outcome("T0244")])
    by_value = {line.row.value: line.x for line in picture.lines}
    assert picture.null_x is not None
    assert by_value[0.49] < picture.null_x < by_value[1.711]
    left, right = picture.null_x - by_value[0.49], by_value[1.711] - picture.null_x
    assert left / right == pytest.approx(-math.log(0.49) / math.log(1.711), abs=0.01)
    unknown = next(line for line in picture.lines if line.row.id == "T0244")
    assert (unknown.low_x, unknown.high_x) == (None, None)  # no interval is printed


def test_an_axis_holds_its_values_and_writes_round_ones() -> None:
    low, high = around((-17.6, -4.9), also=(0,))
    assert (low, high) == (-20, 0)
    axis = Axis(low, high, 206, 14)
    assert [tick.text for tick in ticks(axis)] == ["−20", "−15", "−10", "−5", "0"]
    assert (axis.at(-20), axis.at(0), axis.at(-10)) == (206, 14, 110)
    assert axis.at(50) == 14


@pytest.mark.parametrize(
    ("time_h", "text"),
    [(0.667, "40 min"), (3.83, "3.83 h"), (24, "day 1"), (168, "day 7"), (672, "week 4"), (8736, "week 52")],
)
def test_times_are_written_as_one_says_them(time_h: float, text: str) -> None:
    assert time_in_short(time_h) == text
