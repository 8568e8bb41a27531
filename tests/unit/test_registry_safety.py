"""Counts of the safety report against plain loops over the rows, and that they add up over parts."""

from __future__ import annotations

from collections import Counter, defaultdict
from itertools import pairwise
from random import Random
from typing import Any

import pytest

from holdfast.errors import InputError
from holdfast.facts import load
from holdfast.registry.common_model import AGE_BANDS, EVENT_CATEGORIES, SAFETY_CHECKS
from holdfast.registry.safety.acute import acute_cells
from holdfast.registry.safety.cells import Cells
from holdfast.registry.safety.counts import KINDS, event_cells
from holdfast.registry.safety.courses import course_cells
from holdfast.registry.safety.expectations import dose_bands, expected_numbers
from holdfast.registry.safety.rates import rates_by_session, rates_over_time
from holdfast.registry.safety.signals import signals
from holdfast.registry.sets import RegistrySet, from_rows
from tests.registry_rows import MANIFEST, made_up

STATES = SAFETY_CHECKS.column("state").choices


def eventful(courses: int = 120, *, seed: int = 4) -> dict[str, Any]:
    """Made-up rows with many events: some in sessions, some not, some before day 0; gaps everywhere."""
    rows, random = made_up(courses, seed=seed), Random(seed)
    given: dict[str, list[dict[str, Any]]] = defaultdict(list)
    rows["adverse_events"] = []
    for row in rows["treatment_sessions"]:
        given[row["course"]].append(row)
        for name in ("dose_mg", "dose_mg_per_kg", "sbp_before_mmhg", "sbp_peak_mmhg"):
            row[name] = None if random.random() < 0.1 else row[name]
        if row["sbp_before_mmhg"] is None:
            row["dbp_before_mmhg"] = None
    for course in rows["courses"]:
        course["age_band"] = random.choice(AGE_BANDS)
        course["watched_from_day"] = random.choice((None, None, None, 8)) if course["started"] else None
        for number in range(1, random.choice((0, 0, 1, 3, 9)) + 1):
            own = random.choice([None, *given[course["course"]]])
            day = random.randrange(-30, course["followed_to_day"]) if own is None else own["day"]
            rows["adverse_events"].append({
                "course": course["course"], "number": number, "day": day, "year": random.choice((None, 2024, 2025)),
                "treatment_session": None if own is None else own["number"],
                "category": random.choice(EVENT_CATEGORIES), "severity": "mild",
                "seriousness": random.choice(("not-serious",) * 5 + ("hospitalisation", "death")),
                "causality": "possible", "action": "none", "outcome": "not-known",
            })  # fmt: skip
    for row in rows["safety_checks"]:
        row["state"] = random.choice(STATES)
    watched = {one["course"]: since(one) for one in rows["courses"]}
    for row in rows["exposure"]:  # days and treatment sessions under watch
        first = watched[row["course"]]
        row["days"] = max(row["days"] - first, 0)
        row["treatment_sessions"] = sum(one["day"] >= first for one in given[row["course"]])
    return rows


@pytest.fixture(scope="module")
def rows() -> dict[str, Any]:
    return eventful()


@pytest.fixture(scope="module")
def found(rows: dict[str, Any]) -> RegistrySet:
    return from_rows(rows, MANIFEST)


@pytest.fixture(scope="module")
def cells(found: RegistrySet) -> dict[str, Cells]:
    return {**event_cells(found), **acute_cells(found), **course_cells(found)}


def is_a(event: dict[str, Any], kind: str) -> bool:
    serious = event["seriousness"] != "not-serious"
    other = {"any": True, "serious": serious, "death": event["seriousness"] == "death"}
    return other[kind] if kind in other else event["category"] == kind


def since(course: dict[str, Any]) -> int:
    return course.get("watched_from_day") or 0


@pytest.mark.story("HF-REG-052")
@pytest.mark.parametrize("kind", ["any", "serious", "dissociation", "other"])
def test_rates_are_what_loops_over_the_rows_count(rows: dict[str, Any], cells: dict[str, Cells], kind: str) -> None:
    courses = {one["course"]: one for one in rows["courses"]}
    for route in ("iv", "nasal"):
        own = {key: one for key, one in courses.items() if one["route"] == route and one["started"]}
        sessions = [s for s in rows["treatment_sessions"] if s["course"] in own and s["day"] >= since(own[s["course"]])]
        events = [e for e in rows["adverse_events"] if e["course"] in own and is_a(e, kind)]
        watched = [e for e in events if e["day"] >= since(own[e["course"]])]
        (by_session,) = [r for r in rates_by_session(cells, ("route",), (kind,)) if r.group == (route,)]
        (over_time,) = [r for r in rates_over_time(cells, ("route",), (kind,)) if r.group == (route,)]
        in_sessions = [e for e in watched if e["treatment_session"]]
        assert by_session.rate.events == len(in_sessions)
        assert by_session.rate.exposure == pytest.approx(len(sessions) / 100)
        assert by_session.sessions_with == len({(e["course"], e["treatment_session"]) for e in in_sessions})
        assert by_session.rate.courses_with == len({e["course"] for e in in_sessions})
        assert by_session.rate.courses == len({s["course"] for s in sessions})
        days = sum(one["followed_to_day"] + 1 - since(one) for one in own.values())
        assert over_time.rate.exposure == pytest.approx(days / (365.25 / 12))
        assert (over_time.rate.events, over_time.rate.courses) == (len(watched), len(own))
        before = cells["before"].over("route", "kind").of(route, kind)["events"]
        of_route = [e for e in rows["adverse_events"] if courses[e["course"]]["route"] == route and is_a(e, kind)]
        assert before == len(of_route) - len(watched)
        assert len(in_sessions) < len(watched) or kind != "any"
    assert sum(e["day"] < 0 for e in rows["adverse_events"]) > 3


@pytest.mark.story("HF-REG-052")
def test_every_event_is_in_one_dose_band_or_in_none(rows: dict[str, Any], cells: dict[str, Cells]) -> None:
    bands = {r.group[0]: r.rate for r in rates_by_session(cells, ("band",), ("any",))}
    everything = bands.pop("all")
    assert sum(one.events for one in bands.values()) == everything.events > 50
    assert sum(one.exposure for one in bands.values()) == pytest.approx(everything.exposure)
    assert bands["dose not known"].exposure > 0
    assert {"about 28 mg", "about 56 mg", "0.45 to 0.65 mg/kg"} <= set(bands)


@pytest.mark.story("HF-REG-053")
def test_counts_add_up_over_parts_to_the_same_counts(rows: dict[str, Any], cells: dict[str, Cells]) -> None:
    summed: dict[str, Cells] = {}
    for part in range(3):
        own = {one["course"] for place, one in enumerate(rows["courses"]) if place % 3 == part}
        some = {name: [row for row in every if row["course"] in own] for name, every in rows.items()}
        of_part = from_rows(some, MANIFEST)
        for name, one in {**event_cells(of_part), **acute_cells(of_part), **course_cells(of_part)}.items():
            summed[name] = summed[name] + one if name in summed else one
    assert set(summed) == set(cells)
    for name, whole in cells.items():
        assert {k: v for k, v in summed[name].rows.items() if any(v)} == {k: v for k, v in whole.rows.items() if any(v)}
    assert sum(len(one.rows) for one in cells.values()) > 500


@pytest.mark.story("HF-REG-054")
def test_courses_in_the_first_days_are_those_watched_or_ended(rows: dict[str, Any], cells: dict[str, Cells]) -> None:
    asked = {
        one["course"]: one for one in rows["courses"]
        if one["started"] and not since(one) and (one["ended_day"] is not None or one["followed_to_day"] >= 364)
    }  # fmt: skip
    with_one = {e["course"] for e in rows["adverse_events"] if e["course"] in asked and 0 <= e["day"] < 365}
    windows = cells["windows"].over("window_d", "kind")
    assert windows.of(365, "")["courses"] == len(asked) < sum(one["started"] for one in rows["courses"])
    assert windows.of(365, "any")["courses"] == len(with_one) > 10


@pytest.mark.story("HF-REG-055")
def test_rises_and_limits_are_those_of_the_rows(rows: dict[str, Any], cells: dict[str, Cells]) -> None:
    courses = {one["course"]: one for one in rows["courses"]}
    rises = [
        s["sbp_peak_mmhg"] - s["sbp_before_mmhg"] for s in rows["treatment_sessions"]
        if s["sbp_peak_mmhg"] is not None and s["sbp_before_mmhg"] is not None
    ]  # fmt: skip
    measured = cells["measured"].over("measure").of("sbp_rise")
    assert measured["sessions"] == len(rows["treatment_sessions"]) > measured["measured"] == len(rises)
    counted = cells["values"].over("measure", "value")
    assert {value: counted.of("sbp_rise", value)["sessions"] for value in range(40)} == {
        value: Counter(rises)[float(value)] for value in range(40)
    }
    felt = [s for s in rows["treatment_sessions"] if s["dissociation_peak"] > 4]
    beyond = cells["beyond"].over("measure", "limit").of("dissociation_peak", "4")
    assert beyond["sessions"] == len(felt) < len(rows["treatment_sessions"])
    assert beyond["courses"] == len({s["course"] for s in felt})
    old = cells["measured"].over("ages", "measure").of("65 and over", "sbp_rise")["sessions"]
    assert old == sum(courses[s["course"]]["age_band"] in ("65-74", "75+") for s in rows["treatment_sessions"]) > 10


@pytest.mark.story("HF-REG-056")
def test_exposure_is_a_floor_where_an_amount_is_unknown(rows: dict[str, Any], cells: dict[str, Cells]) -> None:
    unknown = {s["course"] for s in rows["treatment_sessions"] if s["dose_mg"] is None}
    floors = sum(row[0] for row in cells["mg_of"].where(known="floor").rows.values())
    assert floors == len(unknown) > 10
    in_all = cells["given_in_all"].over().of()
    assert in_all["thousandths_mg"] == round(sum((s["dose_mg"] or 0) * 1000 for s in rows["treatment_sessions"]))
    assert in_all["unknown"] == sum(s["dose_mg"] is None for s in rows["treatment_sessions"])


@pytest.mark.story("HF-REG-057")
def test_serious_lines_hold_every_serious_event_and_nothing_that_points_at_a_person(
    rows: dict[str, Any], cells: dict[str, Cells]
) -> None:
    lines = cells["serious"]
    assert sum(row[0] for row in lines.rows.values()) == sum(is_a(e, "serious") for e in rows["adverse_events"]) > 20
    assert not {"course", "person", "site", "sex", "age_band", "year", "day", "indication"} & set(lines.by)


@pytest.mark.story("HF-REG-058")
def test_an_empty_programme_counts_nothing_and_tests_nothing() -> None:
    empty = from_rows({}, MANIFEST)
    cells = {**event_cells(empty), **acute_cells(empty), **course_cells(empty)}
    assert all(not one.rows for one in cells.values())
    assert rates_by_session(cells, ("route",)) == rates_over_time(cells, ("route",)) == []
    assert signals(cells).tested == signals(cells).untested == ()


@pytest.mark.story("HF-REG-053")
def test_counts_of_different_things_are_never_added() -> None:
    with pytest.raises(InputError, match="do not add"):
        Cells(("site",), ("events",)) + Cells(("drug",), ("events",))


def many_with(kind: str, events: int, of: int) -> dict[str, Any]:
    """Courses of nasal esketamine that ended after 40 days, the first of them with one event of a kind."""
    rows = made_up(of * 2, seed=11, routes=("nasal",))
    kept = [one for one in rows["courses"] if one["started"]][:of]
    for one in kept:
        one.update(ended_day=40, end_reason="completed", followed_to_day=40, age_band="35-44")
    own = {one["course"] for one in kept}
    rows = {n: [row for row in every if row["course"] in own and row.get("day", 0) <= 40] for n, every in rows.items()}
    rows["courses"], rows["exposure"] = kept, []
    rows["adverse_events"] = [
        {"course": one["course"], "number": 1, "day": 3, "treatment_session": 2, "category": kind, "severity": "mild",
         "seriousness": "not-serious", "causality": "possible", "action": "none", "outcome": "recovered"}
        for one in kept[:events]
    ]  # fmt: skip
    return rows


@pytest.mark.story("HF-REG-059")
@pytest.mark.parametrize(("events", "signal"), [(2, False), (10, False), (30, True)])
def test_a_signal_needs_more_than_chance_and_more_than_two(events: int, signal: bool) -> None:
    found = signals(event_and_acute(many_with("headache", events, 60)))
    (headache,) = [one for one in found.tested if one.expected.category == "headache"]
    assert (headache.observed, headache.of, headache.is_signal) == (events, 60, signal)
    assert headache.adjusted >= headache.chance
    assert headache.fewest is not None
    assert (events >= headache.fewest) == signal
    assert [one.expected.category for one in found.found if one.expected.measure == "adverse-event"] == (
        ["headache"] if signal else []
    )


@pytest.mark.story("HF-REG-059")
def test_the_same_counts_are_no_signal_where_nothing_is_published() -> None:
    found = signals(event_and_acute(many_with("bladder", 30, 60)))
    assert ("esketamine", "nasal", "bladder") in found.untested
    assert not [one for one in found.tested if one.expected.category == "bladder"]


def event_and_acute(rows: dict[str, Any]) -> dict[str, Cells]:
    one = from_rows(rows, MANIFEST)
    return {**event_cells(one), **acute_cells(one)}


@pytest.mark.story("HF-REG-060")
def test_expected_numbers_are_those_of_the_rows_they_name() -> None:
    """Events and people are the published ones, or their sum; a number is never better than what it rests on."""
    facts = load()
    published = {row.id: row for name in ("study_adverse_events", "published_pharmacology") for row in facts.rows(name)}
    order = ("assumed", "unverified", "press", "secondary", "transcribed", "verified")
    for row in facts.rows("expected_safety"):
        rests_on = [published[one] for one in row["facts"]]
        assert order.index(row["status"]) <= min(order.index(one["status"]) for one in rests_on), row.id
        if row["measure"] == "adverse-event":
            assert row["events"] == sum(one["events"] for one in rests_on), row.id
            assert row.get("n") in (None, rests_on[0]["n"]), row.id
        elif row.get("events") is not None:
            percent = float(rests_on[0]["value"])
            assert abs(100 * row["events"] / row["n"] - percent) < 0.5, row.id
        if row.get("value") is not None and row["measure"] != "adverse-event":
            assert row["value"] == rests_on[0]["value"], row.id
    assert len(expected_numbers()) == len(facts.rows("expected_safety")) > 20


@pytest.mark.story("HF-REG-061")
def test_dose_bands_follow_each_other_and_rounding_for_an_extract_changes_none() -> None:
    for (drug, route), bands in dose_bands().items():
        assert bands[0].low == 0
        assert bands[-1].high is None
        assert all(one.high == other.low for one, other in pairwise(bands)), (drug, route)
        step = 5 if bands[0].unit == "mg" else 0.1
        edges = [one.low for one in bands[1:]]
        for usual in {"nasal": (28, 56, 84), "iv": (0.5,)}.get(route, ()):
            rounded = round(usual / step) * step
            assert sum(usual >= edge for edge in edges) == sum(rounded >= edge for edge in edges), (drug, usual)


def test_kinds_are_those_of_the_common_data_model() -> None:
    assert KINDS[: len(EVENT_CATEGORIES)] == EVENT_CATEGORIES
    assert {one.category for one in expected_numbers() if one.category} <= set(KINDS)


def deaths_at_the_end(*, fatal_event: bool, year: int | None = 2026) -> dict[str, Any]:
    """Sixty courses of nasal esketamine; the first ended by death on day 20, with an event of it or without."""
    rows = many_with("headache", 1 if fatal_event else 0, 60)
    first = rows["courses"][0]
    first.update(ended_day=20, end_reason="died", followed_to_day=20, induction_ended_day=None, maintenance_day=None)
    for name in rows:
        rows[name] = [one for one in rows[name] if one["course"] != first["course"] or one.get("day", 0) <= 20]
    for one in rows["adverse_events"]:
        one.update(seriousness="death", outcome="fatal", year=year)
    if year is not None:
        rows["exposure"] = [
            {"course": one["course"], "year": at, "treatment_sessions": 1, "dose_mg": 56.0, "doses_of_unknown_mg": 0,
             "days": days} for one in rows["courses"]
            for at, days in ((year - 1, 15), (year, one["followed_to_day"] + 1 - 15))
        ]  # fmt: skip
    return rows


@pytest.mark.story("HF-REG-167")
@pytest.mark.parametrize("fatal_event", [True, False])
def test_a_course_that_ended_by_death_is_one_death_with_or_without_an_event(fatal_event: bool) -> None:
    found = from_rows(deaths_at_the_end(fatal_event=fatal_event), MANIFEST)
    cells = {**event_cells(found), **acute_cells(found), **course_cells(found)}
    over_time = cells["over_time"].over("kind")
    assert {kind: over_time.of(kind)["events"] for kind in ("any", "serious", "death")} == {
        "any": 1, "serious": 1, "death": 1,
    }  # fmt: skip
    assert sum(over_time.of(kind)["events"] for kind in EVENT_CATEGORIES) == (1 if fatal_event else 0)
    assert cells["windows"].over("window_d", "kind").of(28, "death")["courses"] == 1
    assert cells["year_events"].over("year", "kind").of(2026, "death")["events"] == 1
    ((key, row),) = cells["serious"].rows.items()
    assert row == (1,)
    line = dict(zip(cells["serious"].by, key, strict=True))
    assert (line["seriousness"], line["outcome"]) == ("death", "fatal")
    assert line["category"] == ("headache" if fatal_event else "death")
    assert line["severity"] == ("mild" if fatal_event else "not recorded")
    assert line["when"] == ("in a treatment session" if fatal_event else "within 28 days of the first dose")
    (death,) = [one for one in signals(cells).tested if one.expected.category == "death"]
    assert death.observed == 1


@pytest.mark.story("HF-REG-167")
def test_a_death_of_a_set_without_years_has_none_and_one_before_the_first_dose_is_in_no_rate() -> None:
    rows = deaths_at_the_end(fatal_event=False, year=None)
    found = from_rows(rows, MANIFEST)
    assert course_cells(found)["year_events"].over("year", "kind").of(0, "death")["events"] == 1
    rows["courses"][0].update(started=False)
    own = rows["courses"][0]["course"]
    for name in ("treatment_sessions", "exposure", "ratings", "check_ins", "safety_checks"):
        rows[name] = [one for one in rows[name] if one["course"] != own]
    cells = event_cells(from_rows(rows, MANIFEST))
    assert cells["before"].over("kind").of("death")["events"] == 1
    assert cells["over_time"].over("kind").of("death")["events"] == 0
