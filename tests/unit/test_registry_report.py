"""The report of a registry: counts that add up over parts, denominators as counted by hand, a sentence for nobody."""

from __future__ import annotations

from typing import Any

import pytest

from holdfast.errors import InputError
from holdfast.registry.follow_up import FollowUp, follow_up
from holdfast.registry.report.chapters import CHAPTERS
from holdfast.registry.report.choices import choices_of
from holdfast.registry.report.counts import Counts, added, counts
from holdfast.registry.report.report import Report, counted, report_of, told
from holdfast.registry.report.sections import Share
from holdfast.registry.sets import RegistrySet, from_rows
from tests.registry_rows import MANIFEST, made_up


@pytest.fixture(scope="module")
def rows() -> dict[str, Any]:
    """Sixty courses."""
    return made_up(60, seed=3)


def split(rows: dict[str, Any], parts: int) -> list[RegistrySet]:
    """The rows in so many sets, courses dealt by their pseudonym."""
    return [
        from_rows({name: [row for row in every if int(row["course"][:4], 16) % parts == part]
                   for name, every in rows.items()}, MANIFEST)
        for part in range(parts)
    ]  # fmt: skip


def cells(report: Report, section: str, table: str, column: str) -> dict[Any, Any]:
    """One column of a table by the words of its rows."""
    found = next(one for one in report.section(section).tables if one.key == table)
    place = [one.name for one in found.columns].index(column)
    return {row[0]: row[place] for row in found.rows}


def test_counts_add_up_whatever_the_order_and_keep_no_zero() -> None:
    one = counts({("a", "x"): 2, ("a", "y"): 0}, {("t",): follow_up([3], [1]), ("u",): FollowUp()})
    other = counts({("a", "x"): -2, ("b", 3): 5}, {("t",): follow_up([4], [0])})
    both = one + other
    assert both == added((other, one)) == counts({("b", 3): 5}, {("t",): follow_up([3, 4], [1, 0])})
    assert both.number("a", "x") == 0
    assert both.follow_up("u").people == 0
    assert both.below("b") == (3,)
    assert both.total("b") == 5
    assert both.joined("t").people == 2
    with pytest.raises(InputError, match="no whole number"):
        counts({("a",): 0.5})  # type: ignore[arg-type]


@pytest.mark.story("HF-REG-001")
@pytest.mark.parametrize("parts", [1, 2, 5])
def test_any_number_of_parts_gives_the_same_report(rows: dict[str, Any], parts: int) -> None:
    whole = report_of(from_rows(rows, MANIFEST))
    assert report_of(*split(rows, parts)).as_dict() == whole.as_dict()
    assert whole.section("flow").tables[0].rows[0][1] == 60


def test_every_chapter_counts_under_its_own_key_and_tells_keys_of_its_own(rows: dict[str, Any]) -> None:
    report = report_of(from_rows(rows, MANIFEST))
    found = counted(from_rows(rows, MANIFEST), choices_of([MANIFEST]))
    assert {key[0] for kept in (found.numbers, found.follow_ups) for key in kept} == {one.key for one in CHAPTERS} - {
        "short"
    }
    keys = [one.key for one in report.sections]
    assert len(set(keys)) == len(keys)
    for files in ([t.key for one in report.sections for t in one.tables],
                  [p.key for one in report.sections for p in one.pictures]):  # fmt: skip
        assert len(set(files)) == len(files) > 1


@pytest.mark.story("HF-REG-002")
def test_the_flow_counts_every_course_with_the_denominators_it_names() -> None:
    rows = made_up(0, seed=1)
    rows["courses"] = [
        course("a"), course("b", started=False, eligible="no", ended_day=12, end_reason="declined", followed_to_day=12),
        course("c", maintenance_day=28, induction_ended_day=28), course("d", ended_day=20, end_reason="non_response"),
        course("e", started=False, evaluated_day=None, eligible="unknown"),
    ]  # fmt: skip
    report = report_of(from_rows(rows, MANIFEST))
    steps = cells(report, "flow", "flow-steps", "of_before")
    assert steps["evaluated"] == Share(4, 5)
    assert steps["eligible"] == Share(3, 4)
    assert steps["had a first treatment session"] == Share(3, 5)
    assert steps["wait for a first session"] == Share(1, 5)
    assert steps["ended before a first session"] == Share(1, 5)
    assert steps["completed induction"] == steps["came to maintenance"] == Share(1, 3)
    assert steps["ended in induction"] == steps["are in induction"] == Share(1, 3)
    assert cells(report, "flow", "flow-ends", "started") == {"declined at evaluation": 0, "no response": 1}
    assert cells(report, "flow", "flow-ends", "not_started") == {"declined at evaluation": 1, "no response": 0}


def course(key: str, **changed: Any) -> dict[str, Any]:
    """A course that started and goes on, but for what is changed."""
    return {
        "course": key * 32, "person": key * 32, "link": None, "site": "north", "drug": "ketamine", "route": "iv",
        "protocol": "iv-racemic", "indication": "trd", "sex": "female", "age_band": "35-44", "failed_trials": "2",
        "year": 2025, "referred_day": -9, "evaluated_day": -5, "eligible": "yes", "started": True,
        "induction_ended_day": None, "maintenance_day": None, "ended_day": None, "end_reason": None,
        "followed_to_day": 50, **changed,
    }  # fmt: skip


@pytest.mark.story("HF-REG-003")
def test_an_empty_programme_is_told_in_plain_sentences() -> None:
    report = report_of(from_rows({}, MANIFEST))
    assert "nothing to count" in report.section("flow").basis
    assert told(Counts(), (MANIFEST,), choices_of([MANIFEST])).as_dict() == report.as_dict()
    assert all(section.basis.endswith(".") for section in report.sections)
