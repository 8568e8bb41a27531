"""An extract tells courses as they stood on a day that the calendar set: drop-outs stay in every denominator."""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from random import Random
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from holdfast.errors import InputError
from holdfast.registry.competing import cumulative_incidence
from holdfast.registry.extract import write_extract
from holdfast.registry.report.choices import choices_of
from holdfast.registry.report.report import Report, counted, report_of
from holdfast.registry.report.sections import Share
from holdfast.registry.report.times import LEFT_KINDS
from holdfast.registry.report.windows import WINDOWS
from holdfast.registry.safety.counts import event_cells
from holdfast.registry.safety.rates import rates_over_time
from holdfast.registry.sets import RegistrySet, from_rows, opened
from holdfast.registry.window_ends import last_end, next_end, shared_ends
from holdfast.units import DAYS_PER_MONTH
from tests.registry_rows import MANIFEST, made_up

K = 11


def many(count: int, to: int = 200, **changes: Any) -> dict[str, Any]:
    """Courses alike that go on, each followed to one day."""
    rows = made_up(0, seed=1)
    for number in range(count):
        key = f"{number:032x}"
        rows["courses"].append({
            "course": key, "person": key, "site": "north", "drug": "ketamine", "route": "iv", "protocol": "iv-racemic",
            "indication": "trd", "sex": "female", "age_band": "35-44", "failed_trials": "2", "eligible": "yes",
            "started": True, "followed_to_day": to, **changes,
        })  # fmt: skip
        rows["treatment_sessions"].append({"course": key, "number": 1, "day": 0, "state": "completed"})
        rows["ratings"].append(rating(key, -1, 30))
    return rows


def rating(key: str, day: int, total: int | None) -> dict[str, Any]:
    """One rating on MADRS."""
    return {"course": key, "scale": "madrs", "day": day, "total": total, "rated_by": "clinician", "baseline": day < 0}


def half_drop_out() -> dict[str, Any]:
    """A hundred courses to day 200: fifty respond and are rated to day 60, fifty do not and are rated to day 24."""
    rows = many(100)
    for number, one in enumerate(rows["courses"]):
        seen = {26: 10, 60: 10} if number % 2 else {24: 28}
        rows["ratings"] += [rating(one["course"], day, total) for day, total in seen.items()]
    return rows


def extract(folder: Path, rows: dict[str, Any], passed: dict[str, int] | None = None, k: int = K) -> RegistrySet:
    """The extract as a set."""
    write_extract(folder / "e", rows, MANIFEST, k=k, passed=passed)
    return opened([folder / "e"])


def before_the_cut(report: Report, section: str, table: str, last: int) -> list[tuple[Any, ...]]:
    """Rows of a table by week, of windows that end on `last` or before."""
    found = next(one for one in report.section(section).tables if one.key == table)
    words = {one.words for one in WINDOWS if one.high <= last}
    return [row for row in found.rows if row[0] in words]


@pytest.mark.story("HF-REG-170")
def test_who_dropped_out_in_silence_stays_in_every_denominator(tmp_path: Path) -> None:
    rows = half_drop_out()
    own, left = report_of(from_rows(rows, MANIFEST)), report_of(extract(tmp_path, rows))
    for section, table in (("weeks", "response-by-week"), ("missing", "response-missing")):
        told = before_the_cut(left, section, table, 182)
        assert told == before_the_cut(own, section, table, 182)
        assert len(told) == 9
    fourth = before_the_cut(left, "weeks", "response-by-week", 182)[3]
    assert fourth[1:4] == (
        100,
        Share(50, 100),
        Share(50, 100),
    )  # of all started, not of those who were rated to the end
    sixth = before_the_cut(left, "missing", "response-missing", 182)[5]
    assert (sixth[1], sixth[2], sixth[5]) == (Share(100, 100), Share(0, 100), Share(100, 100))


@pytest.mark.story("HF-REG-170")
def test_an_end_is_told_no_sooner_than_that_others_went_on(tmp_path: Path) -> None:
    rows = many(100)
    for number, one in enumerate(rows["courses"][:10]):
        one["ended_day"] = one["followed_to_day"] = 90 if number < 5 else 190
        one["end_reason"] = "non_response"  # never told as other
    found = extract(tmp_path, rows, {one["course"]: 200 for one in rows["courses"]})
    staying = counted(found, choices_of(found.manifests)).joined("times", "staying", kinds=LEFT_KINDS)
    assert [(one.day, one.at_risk, sum(one.events)) for one in staying.steps()] == [(90, 100, 5), (182, 95, 0)]
    (ended,) = {one.share for one in cumulative_incidence(staying).of("no response") if one.day == 90}
    assert ended == pytest.approx(0.05)


@pytest.mark.story("HF-REG-170")
def test_patient_months_of_an_extract_are_days_under_watch_up_to_the_cut(tmp_path: Path) -> None:
    rows = many(60)
    for number, one in enumerate(rows["courses"]):
        rows["ratings"].append(rating(one["course"], 20, 15))
        if number < 20:
            rows["adverse_events"].append(event(one["course"], 10))
    (own,), (left,) = (
        rates_over_time(event_cells(one), ("route",), ("any",))
        for one in (from_rows(rows, MANIFEST), extract(tmp_path, rows))
    )
    assert (own.rate.events, left.rate.events) == (20, 20)
    assert own.rate.exposure == pytest.approx(60 * 201 / DAYS_PER_MONTH)
    assert left.rate.exposure == pytest.approx(60 * 183 / DAYS_PER_MONTH)
    assert own.rate.rate.value == pytest.approx(0.0505, abs=1e-4)
    assert left.rate.rate.value == pytest.approx(0.0554, abs=1e-4)  # 0.48 where it ended with the last entry


def event(key: str, day: int, session: int | None = None, number: int = 1) -> dict[str, Any]:
    """A headache."""
    return {
        "course": key, "number": number, "day": day, "treatment_session": session, "category": "headache",
        "severity": "mild", "seriousness": "not-serious", "causality": "possible", "action": "none",
        "outcome": "recovered",
    }  # fmt: skip


@pytest.mark.story("HF-REG-170")
def test_nothing_that_came_after_the_cut_leaves_and_what_was_due_before_does(tmp_path: Path) -> None:
    rows = many(20, induction_ended_day=30, maintenance_day=190, evaluated_day=185)
    key = rows["courses"][0]["course"]
    rows["ratings"] += [rating(key, 180, None), rating(key, 183, 9), rating(key, 197, None)]
    rows["check_ins"] += [{"course": key, "day": day, "state": "missed"} for day in (181, 188)]
    rows["treatment_sessions"].append({"course": key, "number": 2, "day": 184, "state": "completed"})
    rows["adverse_events"] += [event(key, 100), event(key, 182, 2, 2), event(key, 186, 1, 3)]
    found = extract(tmp_path, rows)
    own = {name: one["day"][one["course"] == 0].tolist() for name, one in found.tables.items() if "day" in one}
    assert own["ratings"] == [-1, 180]
    assert own["check_ins"] == [181]
    assert (own["treatment_sessions"], own["adverse_events"]) == ([0], [100])
    courses = found.courses
    assert set(courses["followed_to_day"]) == {182}
    assert set(courses["induction_ended_day"]) == {30}
    assert all(value != value for name in ("maintenance_day", "evaluated_day") for value in courses[name])


ENDS = """
 day | last end before it
   0 | 0
   6 | 0
   7 | 7
  27 | 21
 200 | 182
 272 | 182
 363 | 273
 727 | 546
 728 | 728
1091 | 728
1092 | 1092
5000 | 4732
"""


@pytest.mark.story("HF-REG-170")
@pytest.mark.parametrize("row", ENDS.strip().splitlines()[1:])
def test_the_last_full_window_of_a_day(row: str) -> None:
    day, end = map(int, row.split("|"))
    assert last_end(day) == end
    assert next_end(end) == end
    assert next_end(day) >= day
    assert last_end(next_end(day)) == next_end(day)


@pytest.mark.story("HF-REG-170")
def test_an_end_of_few_joins_the_one_before_and_what_is_left_of_few_is_not_told() -> None:
    def of(**count: int) -> list[tuple[str, int]]:
        return [(f"{day} {n}", int(day[1:])) for day, many in count.items() for n in range(many)]

    assert shared_ends(of(d364=3, d182=9, d84=12, d28=4), K) == {364: 182, 182: 182, 84: 84, 28: None}
    assert shared_ends(of(d1092=11, d728=2, d0=10), K) == {1092: 1092, 728: 0, 0: 0}
    assert shared_ends([("one", 28), ("one", 84)] * 20, 2) == {28: None, 84: None}  # one person is not two
    assert shared_ends([], K) == {}


@pytest.mark.story("HF-REG-170")
def test_who_began_last_is_left_out_while_few_and_the_manifest_says_so(tmp_path: Path) -> None:
    rows, passed = many(40), {}
    for number, one in enumerate(rows["courses"]):
        one["followed_to_day"] = passed[one["course"]] = 120 if number < 30 else 20
    found = extract(tmp_path, rows, passed)
    assert found.n == 30
    (manifest,) = found.manifests
    assert manifest.disclosure["told_to_day"] == ["112 (30 persons)"]
    assert manifest.disclosure["began_last_left_out"] == "fewer than 11 persons"


@pytest.mark.story("HF-REG-170")
@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(seed=st.integers(0, 10_000), courses=st.integers(11, 80), k=st.sampled_from([3, 11]))
def test_how_long_a_course_is_told_hangs_on_the_calendar_alone(
    tmp_path_factory: Any, seed: int, courses: int, k: int
) -> None:
    """The same calendar with other outcomes: the same courses leave, told to the same days."""
    random, told = Random(seed), []
    rows = made_up(courses, seed=seed)
    passed = {one["course"]: random.randrange(400, 900) for one in rows["courses"]}
    for changed in (False, True):
        for one in rows["courses"]:
            if one["ended_day"] is None or changed:
                one |= {"ended_day": None, "end_reason": None, "followed_to_day": passed[one["course"]]}
        if changed:
            rows["ratings"] = [row for row in rows["ratings"] if row["day"] < 20]
        folder = tmp_path_factory.mktemp("any")
        try:
            found = extract(folder, rows, passed, k)
        except InputError as refused:
            told.append(str(refused).partition(":")[0])
            continue
        told.append((found.n, found.manifests[0].disclosure["told_to_day"]))
    assert told[0] == told[1]
    if told[1] != "Nothing may leave":
        days = Counter(found.courses["followed_to_day"].tolist())
        assert min(days.values()) >= k
        assert all(last_end(day) == day for day in days)
