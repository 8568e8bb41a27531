"""A late week is told only where those who left do not make up what is left of it."""

from __future__ import annotations

from typing import Any

import pytest

from holdfast.registry.report.report import Report, report_of
from holdfast.registry.report.sections import Share
from holdfast.registry.report.windows import NOT_YET, PLACES, THROUGH, told
from holdfast.registry.sets import from_rows
from tests.registry_rows import MANIFEST
from tests.unit.test_registry_follow_up_cut import many, rating
from tests.unit.test_registry_outcomes import row
from tests.unit.test_registry_report import cells


def twenty(to: int, **of_last: Any) -> dict[str, Any]:
    """Nine left on day 30 and one, a responder, on day 220; ten go on to day `to`, five of them responders to 200."""
    rows = many(20, to=to)
    for number, one in enumerate(rows["courses"]):
        if number < 10:
            day = 30 if number else 220
            one |= {"ended_day": day, "end_reason": "patient_choice", "followed_to_day": day}
            rows["ratings"] += [] if number else [rating(one["course"], 200, 12)]
        elif number < 15:
            rows["ratings"] += [rating(one["course"], day, 12) for day in (150, 200)]
    rows["courses"][19] |= of_last
    return rows


def weeks_of(report: Report, key: str = "response-by-week") -> list[str]:
    """The weeks of a table."""
    (table,) = [one for one in report.section("weeks").tables if one.key == key]
    return [str(one[0]) for one in table.rows]


@pytest.mark.story("HF-REG-230")
def test_a_week_of_those_who_left_is_not_told_and_the_picture_ends_before_it() -> None:
    report = report_of(from_rows(twenty(270), MANIFEST))  # week 39 ends on day 273: nobody who goes on is there
    assert row(report, "weeks", "response-by-week", "26 (days 113 to 182)")["of_due"] == Share(5, 20)
    assert weeks_of(report)[-1] == "26 (days 113 to 182)"
    section = report.section("weeks")
    assert any("week 39 (10 not at its end yet, 10 ended)" in one for one in section.notes)
    (picture,) = [one for one in section.pictures if one.key == "response-by-week"]
    assert "week 26: 5 of 20" in picture.alternative
    assert "week 39" not in picture.alternative
    missing = cells(report, "missing", "response-missing", "worst")
    assert list(missing)[-1] == "26 (days 113 to 182)"


@pytest.mark.story("HF-REG-230")
def test_a_week_is_told_where_everybody_could_have_been_followed_to_its_end() -> None:
    report = report_of(from_rows(twenty(273), MANIFEST))
    assert row(report, "weeks", "response-by-week", "39 (days 183 to 273)")["of_due"] == Share(6, 20)
    assert not any("Not told" in one for one in report.section("weeks").notes)


def standing(**numbers: int) -> dict[str, int]:
    """So many in places of a window, none in the others."""
    return dict.fromkeys((*PLACES, THROUGH), 0) | numbers


@pytest.mark.story("HF-REG-230")
@pytest.mark.parametrize(
    ("ended", "through", "waiting", "is_told"),
    [
        (0, 10, 90, True),  # nobody who ended stays
        (10, 10, 0, True),  # nobody is left out
        (10, 0, 10, False),  # the ten that ended are all there is
        (2, 9, 1, True),  # 2 times 1 of 10 is 0.2 of a course
        (10, 9, 1, False),  # 1 course of 19: 5.3 %
        (10, 19, 1, True),  # 0.5 of 29: 1.7 %
        (100, 150, 50, False),  # 25 of 250: 10 %
        (40, 152, 38, True),  # 8 of 192: 4.2 %
    ],
)  # fmt: skip
def test_the_rule_by_hand(ended: int, through: int, waiting: int, is_told: bool) -> None:
    at = standing(ended=ended, **{"not rated": through, THROUGH: through, NOT_YET: waiting})
    assert told(at) is is_told


@pytest.mark.story("HF-REG-230")
def test_those_in_maintenance_have_no_share_of_a_week_that_only_who_left_it_came_to() -> None:
    """All but six are told to day 300; of six in maintenance three left it and three are not at day 273 yet."""
    rows = many(100, to=300)
    for number, one in enumerate(rows["courses"][:6]):
        one |= {"induction_ended_day": 100, "maintenance_day": 100, "followed_to_day": 250}
        if number < 3:
            one |= {"ended_day": 250, "end_reason": "patient_choice"}
    beside = row(report_of(from_rows(rows, MANIFEST)), "maintenance", "maintenance-beside-all", "39 (days 183 to 273)")
    assert beside["of_all"] == Share(0, 97)  # the three that left among them: 0.09 of a course could not have stayed
    assert beside["of_kept"] is None
