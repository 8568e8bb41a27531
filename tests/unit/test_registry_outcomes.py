"""Outcomes of a registry's report: eight courses counted by hand, and courses judged one by one as the rules do."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Iterable
from typing import Any

import numpy as np
import pytest

from holdfast.outcomes import Baseline, CourseEvent, Rating, chosen_definitions, course_outcomes
from holdfast.registry.competing import cumulative_incidence
from holdfast.registry.follow_up import follow_up
from holdfast.registry.judged import OUTCOMES, STATES
from holdfast.registry.report import times
from holdfast.registry.report.choices import Choices, choices_of
from holdfast.registry.report.judged_set import JudgedSet
from holdfast.registry.report.missing import Cell, weighted_share
from holdfast.registry.report.per_session import mean_of
from holdfast.registry.report.report import Report, counted, report_of
from holdfast.registry.report.sections import Share, Table
from holdfast.registry.report.times_told import followed
from holdfast.registry.report.windows import PLACES, WINDOWS, standing
from holdfast.registry.sets import from_rows
from tests.registry_rows import MANIFEST, made_up
from tests.unit.test_registry_report import cells, course

ZERO = dt.date(2025, 1, 1)


def hand_made() -> dict[str, Any]:
    """Eight courses on MADRS from 30, but for e, which has no baseline; h never started."""
    rows = made_up(0, seed=1)
    rows["courses"] = [
        course("a", followed_to_day=100), course("b", followed_to_day=100),
        course("c", ended_day=10, end_reason="non_response", followed_to_day=10), course("d", followed_to_day=100),
        course("e", followed_to_day=100), course("f", followed_to_day=20),
        course("0", followed_to_day=100, watched_from_day=15), course("1", started=False, followed_to_day=9),
    ]  # fmt: skip
    totals: dict[str, dict[int, int | None]] = {
        "a": {7: 14, 28: 10}, "b": {7: 28, 28: 25}, "c": {7: 29}, "d": {7: 15, 28: None}, "e": {28: 9}, "f": {7: 12},
        "0": {28: 14}, "1": {},
    }  # fmt: skip
    for key, given in totals.items():
        baseline: dict[int, int | None] = {} if key == "e" else {-1: 30}
        rows["ratings"] += [rating(key, day, total) for day, total in (baseline | given).items()]
        if key != "1":
            rows["treatment_sessions"] += [dose(key, 1, 0), dose(key, 2, 7)]
    return rows


def rating(key: str, day: int, total: int | None) -> dict[str, Any]:
    """One rating on MADRS; one before day 0 is the baseline."""
    return {"course": key * 32, "scale": "madrs", "day": day, "total": total, "rated_by": "clinician",
            "baseline": day < 0}  # fmt: skip


def dose(key: str, number: int, day: int) -> dict[str, Any]:
    """One treatment session of 0.5 mg/kg."""
    return {"course": key * 32, "number": number, "day": day, "year": 2025, "phase": "induction",
            "state": "completed", "dose_mg": 40.0, "dose_mg_per_kg": 0.5}  # fmt: skip


@pytest.fixture(scope="module")
def report() -> Report:
    """Of the eight courses."""
    return report_of(from_rows(hand_made(), MANIFEST))


def row(report: Report, section: str, key: str, name: str) -> dict[str, Any]:
    """One row of a table by column."""
    table: Table = next(one for one in report.section(section).tables if one.key == key)
    found = next(one for one in table.rows if one[0] == name)
    return dict(zip([one.name for one in table.columns], found, strict=True))


@pytest.mark.story("HF-REG-004")
def test_response_and_non_response_by_week_have_the_denominators_counted_by_hand(report: Report) -> None:
    first = row(report, "weeks", "response-by-week", "1 (days 1 to 7)")
    assert first["due"] == 6  # not g, which was not watched yet
    assert (first["of_rated"], first["of_due"]) == (Share(3, 5), Share(3, 6))
    assert (first["not_of_rated"], first["not_of_due"], first["missed"]) == (Share(2, 5), Share(2, 6), 1)
    fourth = row(report, "weeks", "response-by-week", "4 (days 22 to 28)")
    assert fourth["due"] == 6  # f is not there yet
    assert (fourth["of_rated"], fourth["of_due"]) == (Share(2, 3), Share(2, 6))
    assert (fourth["not_of_rated"], fourth["not_of_due"]) == (Share(1, 3), Share(1, 6))
    assert (fourth["undefined"], fourth["missed"], fourth["ended"]) == (1, 1, 0)
    assert fourth["stopped"] == Share(1, 6)  # c, ended for no response on day 10
    remission = row(report, "weeks", "remission-by-week", "4 (days 22 to 28)")
    assert (remission["of_rated"], remission["of_due"]) == (Share(2, 4), Share(2, 6))


@pytest.mark.story("HF-REG-005")
def test_what_missing_ratings_do_is_bounded_and_weighted_by_hand(report: Report) -> None:
    fourth = row(report, "missing", "response-missing", "4 (days 22 to 28)")
    assert (fourth["unknown"], fourth["worst"], fourth["best"]) == (Share(2, 6), Share(2, 6), Share(4, 6))
    assert fourth["weighted"].value == pytest.approx(100 * 4 / 6)  # a stands for d, g for e; c is known not to respond
    assert fourth["borrowed"] == 0
    assert fourth["weighted"].low < 100 * 2 / 6


def test_a_weighted_share_without_anybody_missing_is_the_plain_one() -> None:
    estimate, borrowed = weighted_share([Cell(20, 20, 5), Cell(10, 10, 5)])
    assert (estimate.value, borrowed) == (pytest.approx(10 / 30), 0)
    assert estimate.low is not None
    assert abs(estimate.low - (Share(10, 30).estimate.low or 0)) < 0.02
    assert weighted_share([Cell(3, 0, 0)])[0].value is None
    assert weighted_share([Cell(4, 0, 0), Cell(6, 6, 6)])[1] == 4


@pytest.mark.story("HF-REG-006")
def test_the_curve_of_response_has_late_entry_and_numbers_at_risk(report: Report) -> None:
    table = next(t for t in report.section("time-to-response").tables if t.key == "time-to-response")
    by_day = {one[0]: one for one in table.rows}
    assert by_day["7"][1] == 5  # at risk: a b c d f; g comes under watch on day 15, e has no baseline
    assert by_day["7"][2].value == pytest.approx(60)  # type: ignore[union-attr]
    assert by_day["28"][1] == 2  # b and g
    assert by_day["28"][2] is None  # fewer than five: the line has ended, and so has the column
    assert "1 without a baseline" in report.section("time-to-response").basis
    ends = next(t for t in report.section("time-to-response").tables if t.key == "response-ends")
    last = {one[0]: one for one in ends.rows}["28"]
    assert last[1:] == (2, None, None)  # b and g are under follow-up, fewer than are told of
    found = counted(from_rows(hand_made(), MANIFEST), Choices())
    first = cumulative_incidence(found.joined(times.KEY, "madrs", "response ends", kinds=times.FIRST_ENDS))
    told = [first.at(kind, 28).value for kind in ("response", "left")]
    assert told == pytest.approx([0.7, 0.2])  # c left on day 10


@pytest.mark.story("HF-REG-007")
def test_falls_around_each_session_are_those_of_the_ratings_around_it(report: Report) -> None:
    first, second = (row(report, "per-session", "per-session", one) for one in ("1", "2"))
    assert (first["given"], first["pairs"]) == (7, 5)  # e and g were not rated by day 7
    assert first["fall"].value == pytest.approx((16 + 2 + 1 + 15 + 18) / 5)
    assert (first["fell"], first["responded"]) == (Share(5, 5), Share(3, 5))
    assert (second["pairs"], second["fall"].value) == (2, pytest.approx((4 + 3) / 2))
    assert mean_of(2, 7, 25).low == pytest.approx(3.5 - 1.959964 * 0.5, abs=1e-6)


@pytest.mark.story("HF-REG-008")
def test_maintenance_counts_from_its_own_day_and_stands_beside_all_who_started() -> None:
    rows = made_up(0, seed=1)
    rows["courses"] = [course(key, followed_to_day=200, maintenance_day=m)
                       for key, m in (("a", 28), ("b", 28), ("c", None), ("d", 28))]  # fmt: skip
    totals = {
        "a": {14: 10, 40: 12, 100: 30, 107: 30}, "b": {35: 8, 60: 9, 150: 9}, "c": {14: 29},
        "d": {7: 10, 14: 30, 21: 30},
    }  # fmt: skip
    rows["ratings"] = [rating(key, day, total) for key, given in totals.items()
                       for day, total in ({-1: 30} | given).items()]  # fmt: skip
    report = report_of(from_rows(rows, MANIFEST), signed=["out.relapse"])
    section = report.section("maintenance")
    assert "Of 4 courses that started, 3 came to maintenance." in section.basis
    assert any(
        "Followed from maintenance on: 2" in note and "1 with a relapse before it" in note for note in section.notes
    )
    found = counted(from_rows(rows, MANIFEST), choices_of([MANIFEST], signed=["out.relapse"]))
    ends = found.joined("times", "madrs", "maintenance ends", kinds=("relapse", "completed", "left", "died"))
    assert ends.entered == {-1: 1, 6: 1}  # b was first well on day 35, 7 days into maintenance
    assert dict(ends.left) == {79: (0, 1, 0, 0, 0), 172: (1, 0, 0, 0, 0)}  # b goes on to day 200
    beside = cells(report, "maintenance", "maintenance-beside-all", "of_kept")
    assert cells(report, "maintenance", "maintenance-beside-all", "of_all")["16 (days 85 to 112)"] == Share(0, 4)
    assert beside["6 (days 29 to 42)"] == Share(2, 3)
    unsigned = report_of(from_rows(rows, MANIFEST)).section("time-to-relapse")
    assert "waits for a physician's signature" in unsigned.basis
    assert unsigned.tables == ()


@pytest.mark.story("HF-REG-008")
def test_a_recurrence_is_told_where_it_is_judged_and_is_no_relapse() -> None:
    """Well from day 14 to day 200, ill on days 210 and 217: a relapse, unless recurrence is judged too."""
    rows = made_up(0, seed=1)
    rows["courses"] = [course(key, followed_to_day=300) for key in ("a", "b")]
    totals = {"a": {14: 8, 100: 8, 200: 8, 210: 30, 217: 30}, "b": {14: 8, 28: 30, 35: 30}}
    rows["ratings"] = [rating(key, day, total) for key, given in totals.items()
                       for day, total in ({-1: 30} | given).items()]  # fmt: skip
    for signed, relapses, told in ((["out.relapse"], 2, False), (["out.relapse", "out.recurrence"], 1, True)):
        found = counted(from_rows(rows, MANIFEST), choices_of([MANIFEST], signed=signed))
        assert followed(found, "madrs", "relapse").events == relapses
        notes = " ".join(report_of(from_rows(rows, MANIFEST), signed=signed).section("time-to-relapse").notes)
        assert ("seen in 1 of 2 courses" in notes) is told


SETS = [(60, 4), (80, 5)]


@pytest.mark.story("HF-REG-009")
@pytest.mark.parametrize(("many", "seed"), SETS)
def test_every_course_is_judged_as_the_rules_judge_it_one_by_one(many: int, seed: int) -> None:
    rows = made_up(many, seed=seed)
    judged = JudgedSet(from_rows(rows, MANIFEST), Choices(signed=("out.relapse", "out.recurrence")))
    on = judged.on_scale("madrs")
    assert on is not None
    reached: Counter[str] = Counter()
    for place, key in enumerate(sorted(one["course"] for one in rows["courses"])):
        own = [one for one in rows["ratings"] if one["course"] == key]
        if not own:
            continue
        found = one_by_one(rows, key)
        for number, outcome in enumerate(OUTCOMES):
            time = found.time_to(outcome)
            assert STATES[on.judged.state[place, number]] == time.state
            assert on.judged.days[place, number] == (-1 if time.days is None else time.days)
            reached[outcome] += time.state == "reached"
        answers = {(r.day, r.response, r.remission) for r in found.ratings if r.total is not None}
        mine = (on.course == place) & (on.day > 0) & ~np.isnan(on.total)
        told = {(int(day), bool(a[0]), bool(a[1]))
                for day, a in zip(on.day[mine], on.judged.answers[mine], strict=True)}  # fmt: skip
        assert told == answers
    assert min(reached[one] for one in ("response", "remission", "relapse")) > 5


def one_by_one(rows: dict[str, Any], key: str) -> Any:
    """`course_outcomes` of one course."""
    own = [one for one in rows["ratings"] if one["course"] == key]
    fixed = next(one for one in own if one["baseline"])
    return course_outcomes(
        [Rating("madrs", ZERO + dt.timedelta(days=one["day"]), one["total"]) for one in own], scale="madrs",
        first_session_on=ZERO, definitions=chosen_definitions("madrs"), signed=("out.relapse", "out.recurrence"),
        events=[CourseEvent(one["event"], ZERO + dt.timedelta(days=one["day"]))
                for one in rows["relapse_events"] if one["course"] == key],
        fixed_baseline=Baseline("madrs", ZERO + dt.timedelta(days=fixed["day"]), fixed["total"], -fixed["day"]),
    )  # fmt: skip


@pytest.mark.story("HF-REG-009")
def test_the_standing_of_each_course_in_each_week_is_that_of_plain_python() -> None:
    rows = made_up(60, seed=6)
    judged = JudgedSet(from_rows(rows, MANIFEST), Choices())
    on = judged.on_scale("madrs")
    assert on is not None
    by_key = {one["course"]: one for one in rows["courses"]}
    keys, seen = sorted(by_key), set()
    for at in WINDOWS:
        place = standing(judged, on, at, 0)
        for number, key in enumerate(keys):
            expected = plainly(by_key[key], [r for r in rows["ratings"] if r["course"] == key], at.low, at.high)
            assert PLACES[place[number]] == expected, (key, at)
            seen.add(expected)
    assert seen == {"yes", "no", "not rated", "ended", "not yet"}


def plainly(one: dict[str, Any], ratings: Iterable[dict[str, Any]], low: int, high: int) -> str:
    """Where a course stands in a window, said again in another way."""
    ended = one["ended_day"] is not None and one["ended_day"] <= high
    if not ended and one["followed_to_day"] < high:
        return "not yet"
    within = [r for r in ratings if low <= r["day"] <= high and r["total"] is not None]
    if within:
        return "yes" if max(within, key=lambda r: r["day"])["total"] * 2 <= 33 else "no"
    return "ended" if ended else "not rated"


def test_everybody_ended_is_a_share_without_an_interval_and_no_overflow() -> None:
    everybody = follow_up([3, 5, 7, 9, 11, 13, 30], [1, 2, 1, 1, 1, 1, 1], kinds=("left", "died"))
    ends = cumulative_incidence(everybody)
    assert ends.of("left")[-1].share == pytest.approx(6 / 7)
    alone = cumulative_incidence(follow_up(list(range(1, 50)), [1] * 49))
    assert (alone.of("event")[-1].share, alone.of("event")[-1].high) == (pytest.approx(1.0), None)


@pytest.mark.story("HF-REG-013")
def test_groups_are_told_side_by_side_and_compared_within_sites() -> None:
    rows = made_up(120, seed=8)
    for number, one in enumerate(rows["courses"]):
        one["site"] = ("north", "south")[number % 2]
    report = report_of(from_rows(rows, MANIFEST), signed=["out.relapse"])
    started = [one for one in rows["courses"] if one["started"]]
    routes = Counter("esketamine, nasal" if one["route"] == "nasal" else "ketamine, intravenous" for one in started)
    assert cells(report, "groups", "by-treatment", "started") == routes
    failed = Counter(f"{one['failed_trials']} failed trials" for one in started)
    assert cells(report, "groups", "by-failed-trials", "started") == failed
    assert len(cells(report, "groups", "by-dose", "started")) >= 2
    table = report.section("comparisons").tables[0]
    first = next(one for one in table.rows if one[:2] == ("drug and route", "response"))
    assert first[4] == pytest.approx(by_hand(rows), rel=1e-9)
    assert first[7] >= first[6]  # type: ignore[operator]  # adjusted for all tests


def by_hand(rows: dict[str, Any]) -> float:
    """Log-rank of two routes within two sites, in plain sums over days."""
    people = []
    for one in rows["courses"]:
        if one["started"]:
            time = one_by_one(rows, one["course"]).time_to("response")
            if time.state in ("reached", "censored"):
                people.append((one["site"], one["route"] == "nasal", time.days, time.state == "reached"))
    difference, variance = 0.0, 0.0
    for site in ("north", "south"):
        own = [one for one in people if one[0] == site]
        for day in {one[2] for one in own if one[3]}:
            risk = [one for one in own if one[2] >= day]
            events = [one for one in risk if one[2] == day and one[3]]
            n, d, share = len(risk), len(events), sum(one[1] for one in risk) / len(risk)
            difference += sum(one[1] for one in events) - d * share
            variance += d * share * (1 - share) * (n - d) / (n - 1) if n > 1 else 0.0
    return difference**2 / variance


@pytest.mark.story("HF-REG-014")
def test_check_ins_count_those_due_and_allow_for_those_of_one_patient_being_alike() -> None:
    rows = made_up(0, seed=1)
    rows["courses"] = [course("a"), course("b"), course("c"), course("d", started=False)]
    states = {"a": ["answered"] * 4, "b": ["answered", "missed", "partly", "open"], "c": ["missed"], "d": ["answered"]}
    rows["check_ins"] = [{"course": key * 32, "day": 3 + 7 * n, "state": state}
                         for key, every in states.items() for n, state in enumerate(every)]  # fmt: skip
    report = report_of(from_rows(rows, MANIFEST))
    assert "8 in 3 courses" in report.section("check-ins").basis
    overall = cells(report, "check-ins", "check-ins", "share")["answered in full"]
    assert overall.value == pytest.approx(100 * 5 / 8)
    assert overall.high - overall.low > 80  # of four like each other: far wider than of eight by themselves
    shares = cells(report, "check-ins", "check-ins-by-course", "share")
    assert shares["every one"] == shares["some, below 50 %"] == shares["none"] == Share(1, 3)
    assert cells(report, "check-ins", "check-ins-by-month", "due") == {"0 to 27": 8}


def test_the_baseline_that_was_fixed_counts_though_a_later_total_came_before_the_first_session() -> None:
    rows = made_up(0, seed=1)
    rows["courses"] = [course("a"), course("b")]
    rows["ratings"] = [{**rating(key, day, total), "baseline": (key, day) == ("a", -9)}
                       for key in "ab" for day, total in ((-9, 40), (-1, 20), (7, 18))]  # fmt: skip
    judged = JudgedSet(from_rows(rows, MANIFEST), Choices())
    on = judged.on_scale("madrs")
    assert on is not None
    assert on.baseline.tolist() == [40, 20]
    assert judged.on_scale("phq-9") is None
    report = report_of(from_rows(rows, MANIFEST))
    assert row(report, "weeks", "response-by-week", "1 (days 1 to 7)")["of_rated"] == Share(1, 2)


def test_in_short_is_what_the_sections_say(report: Report) -> None:
    short = cells(report, "short", "short", "share")
    assert short["had a first treatment session"] == Share(7, 8)
    assert short["responded in week 4 (MADRS)"] == Share(2, 6)
    assert short["did not respond in week 4 (MADRS)"] == Share(1, 6)
    assert short["were ended for no response by week 4, not rated in it (MADRS)"] == Share(1, 6)
    assert short["are not known in week 4 (MADRS)"] == Share(2, 6)
    assert short["had responded at one rating or more"] == Share(4, 6)
    days = report.section("short").notes[0].replace("\N{NO-BREAK SPACE}", " ")
    assert days == "Median days to response (Kaplan-Meier): 7 (7 or more)."
    assert "waits for a physician's signature" in report.section("short").notes[-1]


@pytest.mark.story("HF-REG-005")
@pytest.mark.parametrize("people", [40, 150])
def test_the_weighted_share_finds_the_truth_where_being_rated_hangs_on_the_last_rating(people: int) -> None:
    random = np.random.default_rng(7)
    groups, events, rated = np.array([0.2, 0.3, 0.3, 0.2]), [0.05, 0.3, 0.6, 0.9], [0.4, 0.6, 0.8, 0.95]
    truth, inside, weighted, plain = float(groups @ events), 0, [], []
    for _ in range(1500):
        due = random.multinomial(people, groups)
        seen = random.binomial(due, rated)
        had = random.binomial(seen, events)
        share, _ = weighted_share([Cell(*map(int, one)) for one in zip(due, seen, had, strict=True)])
        assert share.value is not None
        weighted.append(share.value)
        plain.append(had.sum() / seen.sum())
        low, high = share.ends
        inside += low <= truth <= high
    assert abs(np.mean(weighted) - truth) < 0.012
    assert np.mean(plain) - truth > 0.07  # those rated are the better ones
    assert 0.93 < inside / 1500 < 0.98
