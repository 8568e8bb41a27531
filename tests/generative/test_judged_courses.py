"""Many courses judged at once and one course judged by the plain rule: the same answer, course by course."""

from __future__ import annotations

import datetime
import math
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from holdfast.errors import InputError
from holdfast.outcomes import Baseline, CourseEvent, Rating, course_outcomes, definition, definitions
from holdfast.registry.judged import OUTCOMES, STATES, Events, Judged, Ratings, judged

DAY_0 = datetime.date(2026, 1, 1)
RELAPSE, RECURRENCE = definition("relapse_sustain1"), definition("recurrence_house")
SHORT = replace(RECURRENCE, after_remission_d=14.0)  # a spell that short courses reach
CHOICES = (
    ("madrs", ("response_50", "madrs_le10"), (RELAPSE, RECURRENCE)),
    ("madrs", ("response_50", "madrs_le12"), (RELAPSE, SHORT)),
    ("madrs", ("response_50",), (replace(RELAPSE, repeat=3, repeat_min_d=None, repeat_max_d=None), SHORT)),
    ("madrs", ("madrs_le12",), (replace(RELAPSE, repeat=1), replace(SHORT, repeat=1, after_remission_d=0.0))),
    ("phq-9", ("response_50", "phq9_lt5"), ()),
    ("phq-9", (), ()),
)
SIGNED = ("out.relapse", "out.recurrence")


def drawn(rng: np.random.Generator, courses: int, most: int):
    """Courses whose totals swing between well and ill, with gaps, ties with day 0, and events: some rows of each."""
    rows, events = [], []
    for course in range(courses):
        days = np.unique(rng.integers(-10, rng.integers(2, 150), rng.integers(0, 30)))
        ill = rng.random(len(days)) < rng.random()
        totals = np.where(ill, rng.integers(most // 3, most + 1, len(days)), rng.integers(0, most // 2, len(days)))
        total = np.where(rng.random(len(days)) < 0.15, np.nan, totals)
        rows += [(course, int(d), float(t)) for d, t in zip(days, total, strict=True)]
        events += [(course, int(d)) for d in sorted(rng.integers(-5, 150, rng.integers(0, 3)))]
    fixed = np.where(rng.random(courses) < 0.5, np.nan, rng.integers(0, most + 1, courses))
    return rows, events, fixed


def by_course(rows, courses):
    """The rows of each course, without its number."""
    found = [[] for _ in range(courses)]
    for course, *row in rows:
        found[course].append(row)
    return found


def plainly(rows, events, fixed, scale, chosen, signed):
    """One course by the plain rule, as (state, days, day) of each outcome, and the answers to its ratings."""
    own = [Rating(scale, DAY_0 + datetime.timedelta(d), None if math.isnan(t) else t) for d, t in rows]
    came = [CourseEvent("hospitalisation", DAY_0 + datetime.timedelta(d)) for (d,) in events]
    start = None if math.isnan(fixed) else Baseline(scale, DAY_0, float(fixed), 0)
    found = course_outcomes(own, scale=scale, first_session_on=DAY_0, definitions=chosen, events=came,
                            fixed_baseline=start, signed=signed)  # fmt: skip
    times = [found.time_to(outcome) for outcome in OUTCOMES]
    told = [(t.state, -1 if t.days is None else t.days, -1 if t.on is None else (t.on - DAY_0).days) for t in times]
    return told, {r.day: (r.response, r.remission) for r in found.ratings}


def at_once(rows, events, fixed, courses, scale, chosen, signed) -> Judged:
    course, day, total = zip(*rows, strict=True) if rows else ((), (), ())
    of, on = zip(*events, strict=True) if events else ((), ())
    return judged(Ratings(course, day, total), courses=courses, scale=scale, definitions=chosen, baseline=fixed,
                  events=Events(of, on), signed=signed)  # fmt: skip


def differences(made, courses, scale, chosen, signed) -> tuple[list[str], set[str]]:
    """Every course on which the two ways differ, and all states that were seen."""
    rows, events, fixed = made
    many, found, seen = at_once(rows, events, fixed, courses, scale, chosen, signed), [], set()
    word, answers = {-1: None, 0: False, 1: True}, iter(many.answers.tolist())
    both = zip(by_course(rows, courses), by_course(events, courses), strict=True)
    for course, (own, came) in enumerate(both):
        told, answered = plainly(own, came, fixed[course], scale, chosen, signed)
        ours = [(STATES[many.state[course, i]], many.days[course, i], many.on[course, i]) for i in range(len(OUTCOMES))]
        mine = {day: tuple(word[a] for a in next(answers)) for day, _ in own}
        if ours != told or any(mine[day] != answer for day, answer in answered.items()):
            found.append(f"course {course}: {ours} and not {told}")
        seen |= {f"{outcome} {one[0]}" for outcome, one in zip(OUTCOMES, told, strict=True)}
    return found, seen


@pytest.mark.parametrize("choice", range(len(CHOICES)))
def test_thousands_of_courses_are_judged_as_one_by_one(choice: int) -> None:
    scale, names, returns = CHOICES[choice]
    most = 60 if scale == "madrs" else 27
    made = drawn(np.random.default_rng(1000 + choice), 1000, most)
    found, seen = differences(made, 1000, scale, [*map(definition, names), *returns], SIGNED)
    assert not found, found[:5]
    if choice in (1, 3):
        assert {f"{one} {state}" for one in ("relapse", "recurrence") for state in STATES[2:]} <= seen


def test_without_a_signature_nothing_is_judged_by_an_unsigned_rule() -> None:
    made = drawn(np.random.default_rng(7), 200, 60)
    chosen = [definition("response_50"), definition("madrs_le10"), RELAPSE, RECURRENCE]
    for signed in ((), ("out.relapse",)):
        found, seen = differences(made, 200, "madrs", chosen, signed)
        assert not found, found[:5]
        assert "recurrence inactive" in seen
        assert ("relapse inactive" in seen) is (not signed)


TOTALS = st.one_of(st.just(math.nan), st.integers(0, 60).map(float))
COURSE = st.dictionaries(st.integers(-5, 60), TOTALS, max_size=14)


@given(st.lists(st.tuples(COURSE, st.lists(st.integers(-5, 60), max_size=2)), max_size=4), st.sampled_from(CHOICES[:4]))
@settings(max_examples=300, deadline=None)
def test_any_courses_are_judged_as_one_by_one(courses, choice) -> None:
    rows = [(c, day, one[day]) for c, (one, _) in enumerate(courses) for day in sorted(one)]
    events = [(c, day) for c, (_, on) in enumerate(courses) for day in sorted(on)]
    fixed = np.full(len(courses), np.nan)
    scale, names, returns = choice
    found, _ = differences((rows, events, fixed), len(courses), scale, [*map(definition, names), *returns], SIGNED)
    assert not found, found


def test_the_comparison_can_go_red() -> None:
    """Another limit of days between the ratings that confirm is seen."""
    rows, events, fixed = drawn(np.random.default_rng(1001), 300, 60)
    other = replace(RELAPSE, repeat_max_d=14.0)
    names = [definition("response_50"), definition("madrs_le12")]
    ours = at_once(rows, events, fixed, 300, "madrs", [*names, other], SIGNED)
    each = zip(by_course(rows, 300), by_course(events, 300), fixed, strict=True)
    told = [plainly(*one, "madrs", [*names, RELAPSE], SIGNED)[0][2] for one in each]
    assert [STATES[s] for s in ours.state[:, 2]] != [one[0] for one in told]


@pytest.mark.parametrize(
    ("rows", "words"),
    [
        ([(0, 1, 5.0), (0, 1, 6.0)], "rating 2: day 1 does not come after"),
        ([(1, 1, 5.0), (0, 2, 6.0)], "rating 2: course 0 comes after a later one"),
        ([(2, 1, 5.0)], "rating 1: course 2 is none of 0 to 1"),
        ([(0, 1, 61.0)], "rating 1: madrs total 61 is no whole number of 0 to 60"),
        ([(0, 1, 4.5)], "rating 1: madrs total 4.5 is no whole number"),
        ([(0, 1.5, 4.0)], "rating 1: day 1.5 is no whole number"),
    ],
)
def test_what_cannot_be_is_named_by_its_row(rows, words) -> None:
    with pytest.raises(InputError, match=words):
        at_once(rows, [], np.full(2, np.nan), 2, "madrs", [definition("response_50")], ())


def test_definitions_are_refused_as_for_one_course() -> None:
    with pytest.raises(InputError, match="both define remission"):
        at_once([], [], [], 0, "madrs", [definition("madrs_le10"), definition("madrs_le12")], ())
    with pytest.raises(InputError, match="defined on phq-9"):
        at_once([], [], [], 0, "madrs", [definition("phq9_lt5")], ())
    assert definitions()["relapse_sustain1"].needs_signature  # else the tests of signatures test nothing
