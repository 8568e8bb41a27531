"""What came first: an outcome, or the end of a course, counted by hand where most courses are rated no more."""

from __future__ import annotations

from typing import Any

import pytest

from holdfast.registry.competing import cumulative_incidence
from holdfast.registry.follow_up import FollowUp
from holdfast.registry.report.choices import choices_of
from holdfast.registry.report.report import counted, report_of
from holdfast.registry.report.times import FIRST_ENDS, RELAPSE_ENDS
from holdfast.registry.sets import from_rows
from tests.registry_rows import MANIFEST, made_up


def hundred(totals: dict[int, int], **changes: Any) -> dict[str, Any]:
    """A hundred courses rated on these days and followed to day 200; five end on day 90, five on day 190."""
    rows = made_up(0, seed=1)
    for number in range(100):
        ended = {0: 90, 1: 190}.get(number // 5)
        key = f"{number:032x}"
        rows["courses"].append({
            "course": key, "person": key, "site": "north", "drug": "ketamine", "route": "iv", "protocol": "iv-racemic",
            "indication": "trd", "sex": "female", "age_band": "35-44", "failed_trials": "2", "eligible": "yes",
            "started": True, "ended_day": ended, "end_reason": None if ended is None else "patient_choice",
            "followed_to_day": 200 if ended is None else ended, **changes,
        })  # fmt: skip
        rows["ratings"] += [
            {"course": key, "scale": "madrs", "day": day, "total": total, "rated_by": "clinician", "baseline": day < 0}
            for day, total in ({-1: 30} | totals).items()
        ]
    return rows


def ends_of(rows: dict[str, Any], name: str, kinds: tuple[str, ...]) -> FollowUp:
    """The follow-up to what came first."""
    return counted(from_rows(rows, MANIFEST), choices_of([MANIFEST], signed=["out.relapse"])).joined(
        "times", "madrs", name, kinds=kinds
    )


WAYS: list[tuple[str, tuple[str, ...], dict[int, int], dict[str, Any]]] = [
    ("response ends", FIRST_ENDS, {28: 29}, {}),
    ("relapse ends", RELAPSE_ENDS, {1: 10, 28: 9}, {}),
    ("maintenance ends", RELAPSE_ENDS, {1: 10, 28: 9}, {"maintenance_day": 1}),
]


@pytest.mark.story("HF-REG-006")
@pytest.mark.parametrize(("name", "kinds", "totals", "changes"), WAYS)
def test_who_goes_on_stays_at_risk_after_the_last_rating(
    name: str, kinds: tuple[str, ...], totals: dict[int, int], changes: dict[str, Any]
) -> None:
    followed = ends_of(hundred(totals, **changes), name, kinds)
    zero = 0 if name == "response ends" else 1  # well, and in maintenance, on day 1
    assert [(one.day + zero, one.at_risk) for one in followed.steps()] == [(90, 100), (190, 95), (200, 90)]
    left = cumulative_incidence(followed).of("left")
    assert [(one.day + zero, one.share) for one in left[:2]] == [
        (90, pytest.approx(0.05)), (190, pytest.approx(0.10)),
    ]  # fmt: skip


@pytest.mark.story("HF-REG-006")
def test_a_rating_after_the_end_comes_second() -> None:
    rows = hundred({28: 29, 195: 5})
    for one in rows["courses"]:
        one["followed_to_day"] = 200
    followed = ends_of(rows, "response ends", FIRST_ENDS)
    assert dict(followed.left) == {90: (0, 0, 0, 5, 0), 190: (0, 0, 0, 5, 0), 195: (0, 90, 0, 0, 0)}


@pytest.mark.story("HF-REG-006")
def test_the_report_says_to_which_day_courses_are_followed() -> None:
    section = report_of(from_rows(hundred({28: 29, 60: 10}), MANIFEST)).section("time-to-response")
    assert any("an outcome there is one that was seen at a rating" in note for note in section.notes)
