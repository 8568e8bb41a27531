"""Outcomes: response, remission, relapse and recurrence.

Every outcome is judged by a definition with a name, because sources differ: a MADRS of 11 is remission for the
esketamine programme and not for others. A scale is compared only with itself. What cannot be known, such as a
response without a baseline, is undefined; it is never counted as "no".
"""

from __future__ import annotations

import datetime

import pytest

from holdfast.errors import InputError
from holdfast.outcomes import (
    CourseEvent,
    Rating,
    baseline,
    course_outcomes,
    definition,
    remission,
    response,
)
from tests.spec.spec import Spec

# Columns of the tables carry the names of the functions they show.
named, judge_response, judge_remission = definition, response, remission

START = datetime.date(2026, 3, 2)
SIGNED = ("out.relapse", "out.recurrence")

RESPONSE = Spec(
    title="Response",
    rules=("out.response",),
    text="""A fall of at least half from baseline. Half of 27 is 13.5, so 13 is a response and 14 is not. Without a
    baseline above 0, or without a rating, response is undefined.""",
    table="""
    scale   | baseline | total | response
    madrs   |       20 |    10 | yes
    madrs   |       20 |    11 | no
    phq-9   |       27 |    13 | yes
    phq-9   |       27 |    14 | no
    madrs   |       35 |    17 | yes
    madrs   |       35 |    18 | no
    madrs   |       20 |    20 | no
    madrs   |       20 |    30 | no
    madrs   |        0 |     0 |
    madrs   |        0 |     4 |
    madrs   |          |    10 |
    madrs   |       20 |       |
    """,
)


@RESPONSE.cases
@pytest.mark.story("HF-OUT-001")
def test_response(scale, baseline, total, response):
    assert judge_response(baseline, total, definition("response_50"), scale=scale) is response


REMISSION = Spec(
    title="Remission by name",
    rules=("out.remission",),
    text="The programme chooses one of the names; the same total can be remission by one and not by another.",
    table="""
    definition | scale     | total | remission
    madrs_le12 | madrs     |    12 | yes
    madrs_le12 | madrs     |    13 | no
    madrs_le10 | madrs     |    10 | yes
    madrs_le10 | madrs     |    11 | no
    madrs_le12 | madrs     |    11 | yes
    madrs_le9  | madrs     |     9 | yes
    madrs_le9  | madrs     |    10 | no
    phq9_lt5   | phq-9     |     4 | yes
    phq9_lt5   | phq-9     |     5 | no
    hamd17_le7 | ham-d17   |     7 | yes
    hamd17_le7 | ham-d17   |     8 | no
    hamd17_le7 | HAMD-17   |     7 | yes
    qids_le5   | qids-sr16 |     5 | yes
    qids_le5   | qids-sr16 |     6 | no
    madrs_le10 | madrs     |       |
    """,
)


@REMISSION.cases
@pytest.mark.story("HF-OUT-001")
def test_remission(definition, scale, total, remission):
    assert judge_remission(total, named(definition), scale=scale) is remission


REFUSED = Spec(
    title="What is refused",
    rules=("out.response", "out.remission"),
    text="Another scale, a total the scale cannot have, or a definition of something else is an error, not a no.",
    table="""
    definition       | scale  | baseline | total | baseline_scale | sentence
    madrs_le10       | phq-9  |          |     4 |                | defined on madrs, not on phq-9
    response_50      | madrs  |       20 |    10 | phq-9          | compared with itself
    response_50      | madrs  |       61 |    10 |                | total out of range
    response_50      | madrs  |       20 |    -1 |                | total out of range
    madrs_le10       | madrs  |          |    61 |                | total out of range
    relapse_sustain1 | madrs  |          |    22 |                | defines relapse
    response_50      | moca   |       20 |    10 |                | rises with improvement
    """,
)


@REFUSED.cases
@pytest.mark.story("HF-OUT-002")
def test_refused(definition, scale, baseline, total, baseline_scale, sentence):
    chosen = named(definition)

    def judge():
        if chosen.outcome == "response":
            return judge_response(baseline, total, chosen, scale=scale, baseline_scale=baseline_scale)
        return judge_remission(total, chosen, scale=scale)

    with pytest.raises(InputError, match=sentence):
        judge()


BASELINE = Spec(
    title="What counts as baseline",
    text="""Ratings are written day:total, day 0 being the first treatment session and negative days before it; `-` is
    a rating that was due and not obtained. The baseline is the last total on or before day 0.""",
    table="""
    ratings             | on_day | total
    -7:30, 0:28, 2:12   |      0 |    28
    -7:30, -1:34, 2:12  |     -1 |    34
    -7:30, 0:-, 2:12    |     -7 |    30
    2:12, 7:10          |        |
    0:-                 |        |
    """,
)


def ratings(cell: str, scale: str = "madrs") -> list[Rating]:
    made = []
    for part in (cell or "").split(","):
        day, total = part.strip().split(":")
        on = START + datetime.timedelta(days=int(day))
        made.append(Rating(scale, on, None if total == "-" else int(total)))
    return made


@BASELINE.cases
@pytest.mark.story("HF-OUT-002")
def test_baseline(ratings, on_day, total):
    found = baseline("madrs", globals()["ratings"](ratings), START)
    assert (found and (found.on - START).days) == on_day
    assert (found and found.total) == total


TIMES = Spec(
    title="Time to each outcome",
    rules=("out.relapse", "out.recurrence"),
    text="""MADRS, baseline 32 on day 0; response_50, madrs_le10, relapse_sustain1 and recurrence_house, both signed.
    Response and remission count from day 0, relapse and recurrence from the first response or remission. A relapse by
    ratings is dated at the rating that confirms it: 22 or more twice, 5 to 15 days apart, every obtained rating
    between them as high. A hospitalisation or attempt counts on its day. `>` is censored at that day.""",
    table="""
    ratings                              | event                | response | remission | relapse      | recurrence
    7:20, 14:18                          |                      | >14      | >14       | not-at-risk  | not-at-risk
    7:16, 14:18                          |                      | 7        | >14       | >7           | >7
    7:16, 14:10, 21:9                    |                      | 7        | 14        | >14          | >14
    7:10, 14:22, 19:22                   |                      | 7        | 7         | 12           | >12
    7:10, 14:22, 18:22                   |                      | 7        | 7         | >11          | >11
    7:10, 14:22, 29:22                   |                      | 7        | 7         | 22           | >22
    7:10, 14:22, 30:22                   |                      | 7        | 7         | >23          | >23
    7:10, 14:21, 21:22                   |                      | 7        | 7         | >14          | >14
    7:10, 14:22, 17:21, 21:22            |                      | 7        | 7         | >14          | >14
    7:10, 14:22, 17:23, 21:22            |                      | 7        | 7         | 14           | >14
    7:10, 14:22, 17:-, 21:22             |                      | 7        | 7         | 14           | >14
    7:10, 14:8                           | 20 hospitalisation   | 7        | 7         | 13           | >7
    7:10, 14:8                           | 12 suicide-attempt   | 7        | 7         | 5            | >7
    7:20, 14:18                          | 10 hospitalisation   | >14      | >14       | not-at-risk  | not-at-risk
    7:10, 100:8, 187:9, 194:25, 201:25   |                      | 7        | 7         | >194         | 194
    7:10, 100:8, 186:9, 194:25, 201:25   |                      | 7        | 7         | 194          | >194
    7:10, 100:14, 187:9, 194:25, 201:25  |                      | 7        | 7         | 194          | >194
    7:-                                  |                      | undefined | undefined | not-at-risk | not-at-risk
    """,
)


@TIMES.cases
@pytest.mark.story("HF-OUT-001")
def test_times(ratings, event, response, remission, relapse, recurrence):
    found = judged(globals()["ratings"](ratings), event)
    told = [shown(found.time_to(o)) for o in ("response", "remission", "relapse", "recurrence")]
    assert told == [str(cell) for cell in (response, remission, relapse, recurrence)]


def judged(later: list[Rating], event: str | None = None, signed=SIGNED, **further):
    events = []
    if event:
        day, kind = event.split()
        events.append(CourseEvent(kind, START + datetime.timedelta(days=int(day))))
    names = ("response_50", "madrs_le10", "relapse_sustain1", "recurrence_house")
    return course_outcomes(
        [Rating("madrs", START, 32), *later],
        scale="madrs",
        first_session_on=START,
        definitions=[definition(name) for name in names],
        events=events,
        signed=signed,
        **further,
    )


def shown(time) -> str:
    return {"reached": f"{time.days}", "censored": f">{time.days}"}.get(time.state, time.state)


UNSIGNED = Spec(
    title="Relapse waits for a signature",
    rules=("out.relapse", "out.recurrence"),
    text="Unsigned, the definition is told as inactive and judges nothing, neither a relapse nor its absence.",
    table="""
    signed                      | relapse  | recurrence
                                | inactive | inactive
    out.relapse                 | 12       | inactive
    out.recurrence              | inactive | >12
    out.relapse, out.recurrence | 12       | >12
    """,
)


@UNSIGNED.cases
@pytest.mark.story("HF-RUL-002")
def test_unsigned_relapse(signed, relapse, recurrence):
    named = tuple(part.strip() for part in signed.split(",")) if signed else ()
    found = judged(ratings("7:10, 14:22, 19:22"), signed=named)
    assert [shown(found.time_to(o)) for o in ("relapse", "recurrence")] == [str(relapse), recurrence]


def test_a_gap_is_named_and_carries_nothing_forward():
    found = judged(ratings("7:16, 14:-, 21:18"))
    assert found.gaps == (START + datetime.timedelta(days=14),)
    assert [r.response for r in found.ratings] == [True, None, False]
    assert [r.change for r in found.ratings] == [-16, None, -14]


@pytest.mark.story("HF-OUT-003")
def test_mixed_scales_are_named_and_never_compared():
    found = judged([*ratings("7:20"), *ratings("0:20, 7:2", "phq-9")])
    assert found.other_scales == ("phq-9",)
    assert shown(found.time_to("response")) == ">7"  # PHQ-9 of 2 against a MADRS of 32 would have been a response


def test_a_fixed_baseline_stays_when_a_later_rating_is_entered():
    first = baseline("madrs", ratings("-7:40"), START)
    late = judged(ratings("7:18"), fixed_baseline=first)
    assert late.baseline.total == 40
    assert shown(late.time_to("response")) == "7"
    assert shown(judged(ratings("7:18")).time_to("response")) == ">7"


def test_a_baseline_of_0_leaves_the_time_to_response_undefined():
    nothing = judged(ratings("7:0"), fixed_baseline=baseline("madrs", ratings("-7:0"), START))
    assert [shown(nothing.time_to(o)) for o in ("response", "remission")] == ["undefined", "7"]
    assert nothing.time_to("response").reason == "baseline 0"


def test_two_ratings_of_a_scale_on_one_day_are_refused():
    with pytest.raises(InputError, match="two ratings of madrs"):
        judged(ratings("7:16, 7:20"))


def test_a_single_high_rating_awaits_confirmation():
    assert any("awaits confirmation" in note for note in judged(ratings("7:10, 14:25")).notes)


def test_definitions_of_two_scales_are_refused():
    with pytest.raises(InputError, match="phq9_lt5 is defined on phq-9"):
        course_outcomes([], scale="madrs", first_session_on=START, definitions=[definition("phq9_lt5")])


def test_two_definitions_of_one_outcome_are_refused():
    with pytest.raises(InputError, match="choose one"):
        course_outcomes(
            [], scale="madrs", first_session_on=START, definitions=[definition("madrs_le9"), definition("madrs_le10")]
        )
