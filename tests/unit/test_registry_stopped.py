"""No response is told as plainly as response, also where it ended the course before anybody rated it."""

from __future__ import annotations

from typing import Any

import pytest

from holdfast.recalibration.observed import observed
from holdfast.registry.report.choices import Choices
from holdfast.registry.report.report import report_of
from holdfast.registry.report.sections import Share
from holdfast.registry.sets import from_rows
from tests.registry_rows import MANIFEST
from tests.unit.test_registry_follow_up_cut import many, rating
from tests.unit.test_registry_outcomes import row
from tests.unit.test_registry_report import cells


def ten() -> dict[str, Any]:
    """Of ten, four respond in week 4, four were stopped on day 10 for no response, one left, one was not rated."""
    rows = many(10, to=60)
    for number, one in enumerate(rows["courses"]):
        key = one["course"]
        if number < 4:
            rows["ratings"].append(rating(key, 27, 12))
        elif number < 9:
            reason = "non_response" if number < 8 else "patient_choice"
            one |= {"ended_day": 10, "end_reason": reason, "followed_to_day": 10}
    return rows


@pytest.mark.story("HF-REG-171")
def test_who_was_stopped_for_no_response_is_a_responder_in_no_case() -> None:
    report = report_of(from_rows(ten(), MANIFEST))
    fourth = row(report, "weeks", "response-by-week", "4 (days 22 to 28)")
    assert (fourth["of_due"], fourth["stopped"]) == (Share(4, 10), Share(4, 10))
    assert (fourth["ended"], fourth["missed"]) == (1, 1)
    bounds = row(report, "missing", "response-missing", "4 (days 22 to 28)")
    assert (bounds["unknown"], bounds["worst"], bounds["best"]) == (Share(2, 10), Share(4, 10), Share(6, 10))
    assert bounds["weighted"].value == pytest.approx(100 * 6 / 10)  # those who responded stand for the two not known
    second = row(report, "missing", "remission-missing", "4 (days 22 to 28)")
    assert second["best"] == Share(2, 10)  # 12 is no remission


@pytest.mark.story("HF-REG-171")
def test_in_short_and_in_the_picture_it_has_a_place_of_its_own() -> None:
    report = report_of(from_rows(ten(), MANIFEST))
    short = cells(report, "short", "short", "share")
    assert short["were ended for no response by week 4, not rated in it (MADRS)"] == Share(4, 10)
    assert short["are not known in week 4 (MADRS)"] == Share(2, 10)
    (drawn,) = [one for one in report.section("weeks").pictures if one.key == "response-by-week"]
    assert "not rated, ended for no response" in str(drawn.drawing)


@pytest.mark.story("HF-REG-153")
def test_rated_ended_and_not_rated_are_of_those_whose_window_is_over() -> None:
    rows = ten()
    for one in rows["courses"][:2]:
        one["followed_to_day"] = 27  # rated, and day 28 is not over
    rows["courses"][2]["watched_from_day"] = 25  # rated, and not watched when the window began
    rows["treatment_sessions"] = [{**one, "dose_mg": 40.0, "dose_mg_per_kg": 0.5} for one in rows["treatment_sessions"]]
    for one in rows["courses"][3:5]:  # two are left who were rated in time
        rows["ratings"].append(rating(one["course"], 3, 20))
    rows["ratings"].append(rating(rows["courses"][9]["course"], 28, 9))
    (arm,) = observed(from_rows(rows, MANIFEST), Choices()).arms
    fourth = next(one for one in arm.seen if one.at.week == 4)
    assert (fourth.rated, fourth.ended, fourth.missed) == (2, 5, 0)
    assert fourth.reached == {"response": 2, "remission": 1}
    assert fourth.rated + fourth.ended + fourth.missed + 3 == arm.started
