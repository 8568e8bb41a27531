"""What a referee of the report asked: columns that add up, nothing told twice, and words that do not mislead."""

from __future__ import annotations

from typing import Any

import pytest

from holdfast.registry.follow_up import follow_up
from holdfast.registry.manifest import Manifest
from holdfast.registry.report.curves import curve_table, ends_table, share_by
from holdfast.registry.report.files import as_files
from holdfast.registry.report.report import Report, report_of
from holdfast.registry.report.sections import Share
from holdfast.registry.sets import from_rows
from tests.registry_rows import MANIFEST
from tests.unit.test_registry_follow_up_cut import many, rating
from tests.unit.test_registry_outcomes import row
from tests.unit.test_registry_report import cells
from tests.unit.test_registry_stopped import ten


def two_drugs() -> dict[str, Any]:
    """Ten of ketamine as in `ten`; ten of esketamine, nine rated without response and one not at day 28 yet."""
    rows = ten()
    others = many(10, to=60, drug="esketamine", route="nasal", protocol="esketamine-nasal")
    for table, every in others.items():
        rows[table] += [one | {"course": "f" + one["course"][1:]} for one in every]
    for one in rows["courses"][10:]:
        one["person"] = one["course"]
        rows["ratings"].append(rating(one["course"], 27, 25))
    rows["courses"][19]["followed_to_day"] = 20
    rows["ratings"].pop()
    return rows


@pytest.fixture(scope="module")
def report() -> Report:
    """Of the twenty."""
    return report_of(from_rows(two_drugs(), MANIFEST))


@pytest.mark.story("HF-REG-231")
def test_columns_of_a_group_add_up_to_those_who_started(report: Report) -> None:
    at = row(report, "groups", "by-treatment", "ketamine, intravenous")
    told = [at[name] for name in ("response_of_due", "no_response_of_due", "stopped_of_due", "unknown_of_due")]
    assert told == [Share(4, 10), Share(0, 10), Share(4, 10), Share(2, 10)]
    assert sum(one.events for one in told) + at["not_yet"] == at["started"] == 10
    other = row(report, "groups", "by-treatment", "esketamine, nasal")
    assert (other["no_response_of_due"], other["stopped_of_due"], other["not_yet"]) == (Share(9, 9), Share(0, 9), 1)


@pytest.mark.story("HF-REG-231")
def test_groupings_that_are_the_same_are_told_and_tested_once(report: Report) -> None:
    """First doses are not known: one group a drug and route, as by drug and route."""
    tables = {one.key for one in report.section("groups").tables}
    assert {"by-treatment", "times-by-treatment"} == tables
    (tests,) = report.section("comparisons").tables
    assert {one[0] for one in tests.rows} == {"drug and route"}
    assert any("By first dose the same courses stand together as by drug" in n for n in report.section("groups").notes)
    by_week = next(one for one in report.section("weeks-by-group").tables)
    assert {one[0] for one in by_week.rows} == {"drug and route"}


@pytest.mark.story("HF-REG-231")
def test_groupings_that_differ_in_one_course_are_both_told() -> None:
    rows = two_drugs()
    for one in rows["courses"]:
        one["sex"] = "female" if one["drug"] == "ketamine" else "male"
    assert "by-sex" not in {t.key for t in report_of(from_rows(rows, MANIFEST)).section("groups").tables}
    rows["courses"][0]["sex"] = "male"
    assert "by-sex" in {t.key for t in report_of(from_rows(rows, MANIFEST)).section("groups").tables}


@pytest.mark.story("HF-REG-231")
def test_no_share_is_told_where_no_line_is_drawn() -> None:
    """Six leave on day 10, four with the event, and two go on to day 20 and 90: five are at risk up to day 10."""
    seen = follow_up([10] * 6 + [20, 90], [1, 1, 1, 1, 0, 0, 1, 0])
    table = curve_table("x", "x", "x", {"response": seen})
    assert [one[1:] for one in table.rows if one[0] in ("14", "84")] == [(2, None), (1, None)]
    ends = ends_table("x", "x", "x", seen, {"event": "response"})
    assert [one[1:] for one in ends.rows if one[0] in ("14", "84")] == [(2, None), (1, None)]
    assert ends.columns[1].title == "Under follow-up"
    by = share_by(seen, 10)
    assert by is not None
    assert by.value == pytest.approx(50)  # four of eight
    assert share_by(seen, 28) is None
    assert share_by(follow_up([30, 30, 30], [0, 0, 0]), 28) is None  # 0 of 3 is nothing to tell


@pytest.mark.story("HF-REG-231")
def test_each_curve_of_a_group_says_how_many_were_followed(report: Report) -> None:
    at = row(report, "groups", "times-by-treatment", "ketamine, intravenous")
    assert (at["followed"], at["well"], at["relapse_by"]) == (4, 0, None)  # rated after day 0: the four responders


@pytest.mark.story("HF-REG-231")
def test_in_short_tells_who_ended_for_no_response_beside_who_responded(report: Report) -> None:
    short = cells(report, "short", "short", "share")
    assert short["ended for no response, at any time"] == Share(4, 20)
    assert short["had responded at one rating or more"] == Share(4, 13)
    notes = report.section("short").notes
    assert any("A course may be counted under responded too" in one for one in notes)
    assert any(one.startswith("Relapse: not judged, because its rule (out.relapse) waits") for one in notes)
    asked = report_of(from_rows(two_drugs(), MANIFEST), signed=["out.relapse"]).section("short").notes
    assert not any("not judged" in one for one in asked)
    on_phq9 = report_of(from_rows(two_drugs(), MANIFEST), scale="phq-9")
    assert "Relapse: not judged, because no source defines one on PHQ-9." in on_phq9.section("short").notes


@pytest.mark.story("HF-REG-231")
def test_of_two_scales_with_as_many_baselines_the_one_with_a_relapse_defined_is_told() -> None:
    rows = two_drugs()
    own = [one for one in rows["ratings"] if one["baseline"]]
    rows["ratings"] += [one | {"scale": "phq-9", "total": 20} for one in own]
    rows["ratings"] += [one | {"scale": "phq-9", "day": day, "total": 20, "baseline": False}
                        for one in own for day in (5, 8)]  # fmt: skip
    report = report_of(from_rows(rows, MANIFEST))
    assert "Outcomes below are told on MADRS: most started courses have" in report.section("scales").notes[0]
    rows["ratings"].remove(own[0])
    assert "told on PHQ-9" in report_of(from_rows(rows, MANIFEST)).section("scales").notes[0]


@pytest.mark.story("HF-REG-231")
def test_a_rule_judged_as_if_signed_is_told_apart_from_one_that_was_signed() -> None:
    rows = from_rows(two_drugs(), MANIFEST)
    asked = report_of(rows, signed=["out.relapse"])
    judged_by = asked.as_dict()["judged_by"]
    assert (judged_by["signed"], judged_by["judged_as_if_signed"]) == ([], ["out.relapse"])
    page = as_files(asked)["report.html"].decode()
    assert "Judged as if signed" in page
    signed = Manifest("programme", ("north",), "a test", "none", signed=("out.relapse",))
    own = report_of(from_rows(two_drugs(), signed), signed=["out.relapse"]).as_dict()["judged_by"]
    assert (own["signed"], own["judged_as_if_signed"]) == (["out.relapse"], [])
    assert "Judged as if signed" not in as_files(report_of(from_rows(two_drugs(), signed)))["report.html"].decode()


@pytest.mark.story("HF-REG-231")
def test_signals_of_simulated_courses_say_what_a_made_up_event_is() -> None:
    made = Manifest("simulated", ("north",), "a test", "none")
    said = "a dissociation event is any treatment session with a CADSS total of 5 or more"
    assert any(said in one for one in report_of(from_rows(two_drugs(), made)).section("safety-signals").notes)
    own = report_of(from_rows(two_drugs(), MANIFEST)).section("safety-signals").notes
    assert not any("simulated" in one for one in own)


@pytest.mark.story("HF-REG-231")
def test_in_short_says_that_relapse_is_judged_as_if_signed_and_that_a_week_is_not_told() -> None:
    """Twenty responders, ten of whom relapse; then five of ten at the end of week 4, all ended, and five on the way."""
    rows = many(20, to=200)
    for one in rows["courses"]:
        rows["ratings"] += [rating(one["course"], day, total) for day, total in ((20, 10), (60, 30), (70, 30))]
    asked = report_of(from_rows(rows, MANIFEST), signed=["out.relapse"])
    assert any("judged as if its rule (out.relapse) were signed" in one for one in asked.section("short").notes)
    young = many(10, to=20)
    for one in young["courses"][:5]:
        one |= {"ended_day": 15, "end_reason": "patient_choice", "followed_to_day": 15}
    report = report_of(from_rows(young, MANIFEST))
    assert any(one.startswith("Week 4 is not told") for one in report.section("short").notes)
    assert not any("week 4" in str(one) for one in cells(report, "short", "short", "share"))
