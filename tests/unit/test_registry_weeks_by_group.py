"""Response and remission by week in each group: counted by hand, and adding up to all who started."""

from __future__ import annotations

from typing import Any

import pytest

from holdfast.registry.report.report import Report, report_of
from holdfast.registry.report.sections import Share, Table
from holdfast.registry.report.weekly_lines import WeekLine, weekly_lines
from holdfast.registry.sets import from_rows
from holdfast.statistics.estimate import Estimate
from tests.registry_rows import MANIFEST
from tests.unit.test_registry_outcomes import hand_made

KEY = "weeks-by-group"


@pytest.fixture(scope="module")
def report() -> Report:
    """Of the eight courses; a and b are women."""
    rows = hand_made()
    for one in rows["courses"]:
        one["sex"] = "female" if one["course"][0] in "ab" else "male"
    return report_of(from_rows(rows, MANIFEST))


def rows_of(table: Table) -> list[dict[str, Any]]:
    names = [one.name for one in table.columns]
    return [dict(zip(names, row, strict=True)) for row in table.rows]


def of_sex(report: Report, outcome: str, week: int) -> dict[str, dict[str, Any]]:
    """One week of the grouping by sex, by group."""
    (table,) = (one for one in report.section(KEY).tables if one.key == f"{outcome}-by-week-and-group")
    found = [one for one in rows_of(table) if one["groups"] == "sex" and one["week"].startswith(f"{week} ")]
    return {one["group"]: one for one in found}


@pytest.mark.story("HF-REG-185")
def test_each_group_has_the_denominators_counted_by_hand(report: Report) -> None:
    first = of_sex(report, "response", 1)
    assert (first["female"]["of_rated"], first["female"]["of_due"]) == (Share(1, 2), Share(1, 2))  # a; b did not
    assert (first["male"]["of_rated"], first["male"]["of_due"]) == (
        Share(2, 3),
        Share(2, 4),
    )  # d and f; c not; e no baseline
    assert (first["male"]["not_of_due"], first["male"]["unknown"]) == (Share(1, 4), Share(1, 4))
    fourth = of_sex(report, "response", 4)
    assert (fourth["female"]["of_due"], fourth["female"]["unknown"]) == (Share(1, 2), Share(0, 2))
    assert (fourth["male"]["of_due"], fourth["male"]["unknown"]) == (Share(1, 4), Share(2, 4))  # not f: not there yet
    assert fourth["male"]["stopped"] == Share(1, 4)  # c


@pytest.mark.story("HF-REG-185")
@pytest.mark.parametrize("outcome", ["response", "remission"])
def test_groups_add_up_to_all_who_started(report: Report, outcome: str) -> None:
    (every,) = (one for one in report.section("weeks").tables if one.key == f"{outcome}-by-week")
    for row in rows_of(every):
        groups = of_sex(report, outcome, int(row["week"].split()[0])).values()
        assert sum(one["due"] for one in groups) == row["due"]
        assert sum(one["of_due"].events for one in groups) == row["of_due"].events
        assert sum(one["not_of_due"].events for one in groups) == row["not_of_due"].events


def test_a_picture_says_its_numbers_in_words_and_one_group_alone_has_none(report: Report) -> None:
    pictures = {one.key: one for one in report.section(KEY).pictures}
    assert set(pictures) == {"response-by-week-and-sex", "remission-by-week-and-sex"}
    assert "female: week 1 1 of 2, " in pictures["response-by-week-and-sex"].alternative


def test_a_line_has_a_gap_where_nobody_was_due() -> None:
    nobody = Estimate(None, None, None)
    here = [Estimate(value, value - 5, value + 5) for value in (20.0, 30.0, 40.0)]
    whole = weekly_lines([1, 2, 3], [WeekLine("x", tuple(here), (9, 9, 9))], x_label="", y_label="")
    gap = weekly_lines([1, 2, 3], [WeekLine("x", (here[0], nobody, here[2]), (9, 0, 9))], x_label="", y_label="")
    assert [len(one.shapes) for one in (whole, gap)] == [
        len(whole.shapes),
        len(whole.shapes) - 5,
    ]  # dot, interval, line
