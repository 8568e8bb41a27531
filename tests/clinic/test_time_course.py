"""The time course on a flow-sheet: readings in their places, the dose with its pauses, limits of the rules in force."""

from __future__ import annotations

import datetime as dt
import re

import pytest

from holdfast.clinic.flow_sheets.plot import LEFT, RIGHT, Panel, Plot, plot_of
from holdfast.clinic.flow_sheets.sheets import person_of, rules_of
from holdfast.treatment_sessions.limits import pressure_limits
from tests.clinic.conftest import NOW, People
from tests.clinic.flow_sheet_days import CALM, Day, new_day, people_of
from tests.clinic.test_expected_ranges import answered
from tests.clinic.test_flow_sheet_page import read, words_of

pytestmark = pytest.mark.django_db
NAUSEA = {
    "term": "Nausea", "severity": "mild", "seriousness": "not-serious", "causality": "possible",
    "action_taken": "none", "outcome": "recovered", "onset_at": (NOW + dt.timedelta(minutes=12)).isoformat(),
}  # fmt: skip


@pytest.fixture
def iv(people: People) -> Day:
    day = new_day(people, protocol="iv-racemic")
    day.begun_iv()
    return day


def plot(day: Day) -> Plot:
    course = day.treatment_session.course
    found = plot_of(day.sheet, age_y=person_of(course, NOW).age_y, rules=rules_of(course), expected=None)
    assert found is not None
    return found


def panel(day: Day, key: str) -> Panel:
    return next(one for one in plot(day).panels if one.key == key)


def value_at(one: Panel, y: float) -> float:
    """The value of a height, read off the ticks as an eye would."""
    first, last = one.y_ticks[0], one.y_ticks[-1]
    return float(first.text) + (y - first.at) / (last.at - first.at) * (float(last.text) - float(first.text))


@pytest.mark.story("HF-SES-033")
def test_each_reading_stands_at_its_minute_and_value(iv: Day) -> None:
    iv.note("observation", CALM | {"sbp_mmhg": 150, "dbp_mmhg": 90}, at=75)
    drawn = plot(iv)
    bp = panel(iv, "bp")
    (zero, end) = (next(t for t in drawn.x_ticks if t.text == word) for word in ("0", "150"))
    assert end.at == RIGHT
    assert zero.at == drawn.zero_x > LEFT
    systolic, diastolic = bp.series
    assert systolic.points[1].x == pytest.approx((zero.at + end.at) / 2, abs=0.1), "minute 75 lies half way to 150"
    assert systolic.points[0].x < zero.at, "the reading before the dose"
    assert value_at(bp, systolic.points[1].y) == pytest.approx(150, abs=0.3)
    assert diastolic.points[1].y > systolic.points[1].y, "downwards is less"
    assert [len(one.points) for one in bp.series] == [2, 2]


@pytest.mark.story("HF-SES-033")
def test_only_what_was_measured_has_a_picture_and_nothing_before_the_dose(people: People) -> None:
    day = new_day(people, protocol="iv-racemic")
    day.note("arrival", at=-30)
    day.note("observation", {"hr_per_min": 70}, at=-5)
    assert plot_of(day.sheet, age_y=40, rules=rules_of(day.treatment_session.course), expected=None) is None
    assert "Time course" not in read(day)
    other = new_day(people, protocol="iv-racemic")
    other.begun_iv()
    assert {one.key for one in plot(other).panels} == {"bp", "cadss", "hr", "spo2", "rr", "moaas"}
    other.note("observation", {"hr_per_min": 70}, at=5)
    assert len(panel(other, "hr").series[0].points) == len(panel(other, "rr").series[0].points) + 1


@pytest.mark.story("HF-SES-033")
def test_the_lane_shows_infusion_pause_rate_event_and_end(iv: Day) -> None:
    iv.note("observation", CALM | {"sbp_mmhg": 170}, at=10)
    iv.note("pause", at=11)
    iv.note("adverse-event", NAUSEA, at=14)
    iv.note("observation", CALM, at=20)
    iv.note("resume", at=21)
    iv.note("rate", {"rate_ml_per_h": 45}, at=25)
    iv.note("stop", {"whole": False, "dose_mg": 34, "reason": "time was up"}, at=51)
    drawn = plot(iv)
    wide = drawn.x_ticks[-1].at - drawn.zero_x
    assert [round(150 * span.width / wide) for span in drawn.lane.running] == [11, 30]
    assert [round(150 * span.width / wide) for span in drawn.lane.pauses] == [10]
    assert [mark.words for mark in drawn.lane.marks] == ["rate 45 mL/h at 25 min", "adverse event at 12 min: Nausea"]
    page = words_of(read(iv))
    for said in ("Infusion, 1 pause", "Rate 45 mL/h at 25 min", "Adverse event at 12 min: Nausea"):
        assert said in page, said


def test_devices_are_marked_one_by_one(people: People) -> None:
    day = new_day(people)
    day.begun_nasal(2)
    assert [mark.words for mark in plot(day).lane.marks] == [f"device {n} at {5 * n - 5} min" for n in (1, 2)]
    assert plot(day).lane.running == ()


@pytest.mark.story("HF-SES-033")
def test_limits_are_those_of_the_rules_in_force_here(iv: Day) -> None:
    drawn = [(limit.text, limit.y) for limit in panel(iv, "bp").limits]
    assert [text.split(":")[0] for text, _ in drawn][:1] == ["pause"]
    assert {text for text, _ in drawn} >= {"pause: SBP above 160", "pause: DBP above 100"}
    assert [y for _, y in drawn] == sorted(y for _, y in drawn)
    rules = rules_of(iv.treatment_session.course)
    assert not [one for one in pressure_limits(rules, age_y=40, infused=False) if one.rule == "mon.iv.pause"]


def test_the_limit_before_the_dose_follows_jurisdiction_and_age() -> None:
    def texts(jurisdiction: str, age_y: float) -> set[str]:
        day = new_day(people_of(f"{jurisdiction.lower()}{age_y:.0f}", jurisdiction=jurisdiction))
        rules = rules_of(day.treatment_session.course)
        return {one.text for one in pressure_limits(rules, age_y=age_y, infused=False)}

    assert texts("US", 70) == {"before the dose: SBP 140", "before the dose: DBP 90"}
    assert texts("EU", 70) == {"before the dose: SBP 150, not signed", "before the dose: DBP 90, not signed"}
    assert texts("EU", 64) == {"before the dose: SBP 140, not signed", "before the dose: DBP 90, not signed"}


@pytest.mark.story("HF-SES-033")
def test_a_corrected_reading_is_drawn_once_and_a_late_one_hollow(iv: Day) -> None:
    iv.note("observation", CALM | {"sbp_mmhg": 250}, at=10)
    iv.note("observation", CALM | {"sbp_mmhg": 150}, at=10, received=30, supersedes=iv.keys["observation"], why="typed")
    (before, after) = panel(iv, "bp").series[0].points
    assert (before.late, after.late) == (False, True)
    assert "Hollow: entered late." in words_of(read(iv))
    assert value_at(panel(iv, "bp"), after.y) == pytest.approx(150, abs=0.3)


def test_a_treatment_session_of_many_hours_keeps_its_ticks_apart(iv: Day) -> None:
    iv.note("observation", CALM, at=590)
    ticks = plot(iv).x_ticks
    assert len(ticks) <= 8
    assert ticks[-1].text == "540"
    assert plot(iv).panels[0].series[0].points[-1].x < RIGHT


def test_a_reading_hours_before_the_dose_is_only_in_the_list(people: People) -> None:
    day = new_day(people, protocol="iv-racemic")
    day.note("observation", CALM | {"hr_per_min": 55}, at=-120)
    day.begun_iv()
    assert plot(day).earlier == 1
    assert "1 earlier reading only in the list" in words_of(read(day))


@pytest.mark.story("HF-SES-033")
def test_every_picture_has_a_name_a_text_and_no_style_of_its_own(iv: Day) -> None:
    answered()
    iv.note("observation", CALM, at=20)
    page = read(iv)
    section = page.split('class="stack-s time-course"')[1].split("</section>")[0]
    named = re.findall(r'role="img" aria-labelledby="(\S+) (\S+)"', section)
    assert len(named) == 6
    assert all(f'id="{one}"' in section for pair in named for one in pair)
    assert "style=" not in section
    assert "<script" not in section
    assert "systolic, 2 readings, from 128 to 128, last 128" in section
    assert "expected range is drawn behind" in section
