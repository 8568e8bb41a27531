"""Rates of safety are of days under watch: from day 0 or later, to the last day followed, and no further."""

from __future__ import annotations

from typing import Any

import pytest

from holdfast.errors import InputError
from holdfast.registry.report.choices import Choices
from holdfast.registry.report.judged_set import JudgedSet
from holdfast.registry.report.report import report_of
from holdfast.registry.report.windows import NOT_WATCHED, PLACES, WINDOWS, standing
from holdfast.registry.safety.counts import event_cells
from holdfast.registry.safety.courses import course_cells
from holdfast.registry.safety.rates import Row, rates_over_time
from holdfast.registry.sets import from_rows
from holdfast.units import DAYS_PER_MONTH
from tests.registry_rows import MANIFEST
from tests.unit.test_registry_follow_up_cut import event, many, rating


def over_time(rows: dict[str, Any], kind: str = "any") -> Row:
    """The rate per patient-month of all courses."""
    (found,) = rates_over_time(event_cells(from_rows(rows, MANIFEST)), ("route",), (kind,))
    return found


def ended() -> dict[str, Any]:
    """Twenty courses ended on day 40; one had a headache on day 10, one a serious event twenty days after its end."""
    rows = many(20, to=40, ended_day=40, end_reason="completed")
    first, second = (one["course"] for one in rows["courses"][:2])
    serious = event(second, 60) | {"seriousness": "hospitalisation", "year": 2025}
    rows["adverse_events"] = [event(first, 10) | {"year": 2025}, serious]
    return rows


@pytest.mark.story("HF-REG-172")
def test_an_event_after_the_end_lengthens_nothing_and_is_in_no_rate() -> None:
    rows = ended()
    found = over_time(rows)
    assert (found.rate.events, found.rate.courses_with) == (1, 1)
    assert found.rate.exposure == pytest.approx(20 * 41 / DAYS_PER_MONTH)
    assert over_time(rows, "serious").rate.events == 0
    judged = from_rows(rows, MANIFEST)
    cells = {**event_cells(judged), **course_cells(judged)}
    assert cells["after"].over("kind").of("any")["events"] == 1
    assert cells["before"].over("kind").of("any")["events"] == 0
    assert cells["windows"].over("window_d", "kind").of(365, "any")["courses"] == 1
    assert cells["year_events"].over("year", "kind").of(2025, "any")["events"] == 1
    ((line, count),) = cells["serious"].rows.items()
    assert count == (1,)
    assert "after the course ended" in line


@pytest.mark.story("HF-REG-172")
def test_the_report_says_how_many_events_came_after_the_end() -> None:
    report = report_of(from_rows(ended(), MANIFEST))
    assert any(
        note.startswith("1 events are in no rate: they began after the last day")
        for note in report.section("adverse-events").notes
    )
    assert report.section("serious-events").basis == "1 serious adverse event."


@pytest.mark.story("HF-REG-172")
def test_an_event_after_the_last_day_of_a_course_that_goes_on_is_refused() -> None:
    rows = many(2, to=40)
    rows["adverse_events"] = [event(rows["courses"][0]["course"], 41)]
    with pytest.raises(InputError, match="lies after the last day of a course that goes on"):
        from_rows(rows, MANIFEST)


def taken_over(days: int) -> dict[str, Any]:
    """Twenty courses of 201 days, watched from day 150, with so many days by calendar year."""
    rows = many(20, to=200, watched_from_day=150)
    rows["exposure"] = [
        {"course": one["course"], "year": 2025, "treatment_sessions": 0, "dose_mg": 0.0, "doses_of_unknown_mg": 0,
         "days": days} for one in rows["courses"]
    ]  # fmt: skip
    return rows


@pytest.mark.story("HF-REG-172")
def test_days_by_year_are_days_under_watch_as_over_time() -> None:
    rows = taken_over(51)
    cells = course_cells(from_rows(rows, MANIFEST))
    assert cells["year_exposure"].over("year").of(2025)["days"] == 20 * 51
    assert over_time(rows).rate.exposure == pytest.approx(20 * 51 / DAYS_PER_MONTH)  # 33.5 months, not 132.1
    with pytest.raises(InputError, match="exposure: 20 courses have more days by year than under watch"):
        from_rows(taken_over(52), MANIFEST)
    before = taken_over(51)
    before["exposure"][0]["treatment_sessions"] = 1  # the one of day 0
    with pytest.raises(InputError, match="exposure: 1 courses have more treatment sessions by year than under watch"):
        from_rows(before, MANIFEST)


@pytest.mark.story("HF-REG-172")
def test_a_course_that_ended_before_it_was_kept_is_in_no_rate_and_no_window() -> None:
    rows = many(20, to=100)
    rows["courses"][0] |= {
        "ended_day": 30, "end_reason": "completed", "followed_to_day": 30, "watched_from_day": 31,
    }  # fmt: skip
    rows["ratings"].append(rating(rows["courses"][0]["course"], 25, 10))
    found = over_time(rows)
    assert (found.rate.courses, found.rate.exposure) == (19, pytest.approx(19 * 101 / DAYS_PER_MONTH))
    judged = JudgedSet(from_rows(rows, MANIFEST), Choices())
    on = judged.on_scale("madrs")
    assert on is not None
    assert {PLACES[standing(judged, on, at, 0)[0]] for at in WINDOWS} == {NOT_WATCHED}
    rows["courses"][0]["watched_from_day"] = 32
    with pytest.raises(InputError, match="is watched from a day outside its follow-up"):
        from_rows(rows, MANIFEST)
