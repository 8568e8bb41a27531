"""Outcomes of a score table: one line per group, leg, scale and day, with exact denominators.

Groups are never pooled, a scale is compared with itself, and in a crossover the baseline is the row that says so,
not a later day 0. One bad row and nothing is computed: every bad row is named with its line and reason.
"""

from __future__ import annotations

import pytest

from holdfast.errors import InputError
from holdfast.outcomes import compute, definition
from tests.spec.spec import Spec

NAMES = ("participant_id", "group", "leg", "day", "scale", "score")


def table(text: str, names=NAMES) -> list[tuple[int, dict[str, str]]]:
    """Rows written `a,b,c / a,b,c`, from line 2 as in a file with a header."""
    return [
        (line, dict(zip(names, (cell.strip() for cell in row.split(",")), strict=True)))
        for line, row in enumerate(text.split("/"), start=2)
    ]


COUNTS = Spec(
    title="Counting",
    rules=("out.response",),
    text="""Rows are participant,group,leg,day,scale,score; M is MADRS, base and ket are the legs baseline and ketamine.
    Of those `judged` on day 2 in group d, `events` responded; `missing` had a baseline and no rating, `undefined` a
    rating and no baseline above 0.""",
    table="""
    rows                                                                   | judged | events | missing | undefined
    A,d,base,0,M,30 / A,d,ket,2,M,15                                       | 1 | 1 | 0 | 0
    A,d,base,0,M,30 / A,d,ket,2,M,16                                       | 1 | 0 | 0 | 0
    A,d,base,0,M,30 / A,d,ket,0,M,20 / A,d,ket,2,M,11                      | 1 | 1 | 0 | 0
    A,d,base,0,M,30 / A,d,ket,0,M,20 / A,d,ket,2,M,16                      | 1 | 0 | 0 | 0
    A,d,base,0,M,30 / A,d,ket,2,M,9 / B,d,base,0,M,30                      | 1 | 1 | 1 | 0
    A,d,base,0,M,30 / A,d,ket,2,M,9 / B,d,base,0,M,30 / B,d,ket,2,M,       | 1 | 1 | 1 | 0
    A,d,base,0,M,30 / A,d,ket,2,M,9 / B,d,ket,2,M,9                        | 1 | 1 | 0 | 1
    A,d,base,0,M,30 / A,d,ket,2,M,9 / B,d,base,0,M,0 / B,d,ket,2,M,0       | 1 | 1 | 0 | 1
    A,d,base,0,M,30 / A,d,ket,2,M,9 / B,h,base,0,M,2 / B,h,ket,2,M,2       | 1 | 1 | 0 | 0
    A,d,base,0,M,30 / A,d,ket,2,M,9 / A,d,base,0,PHQ-9,20                  | 1 | 1 | 0 | 0
    """,
)


@COUNTS.cases
def test_counts(rows, judged, events, missing, undefined):
    long = rows.replace(",M,", ",MADRS,").replace("base", "baseline").replace("ket", "ketamine")
    cells = compute(table(long), definition("response_50"), scale="madrs")
    (cell,) = [c for c in cells if (c.group, c.day) == ("d", 2)]
    assert (cell.n_judged, cell.events, cell.n_missing, cell.n_undefined) == (judged, events, missing, undefined)
    assert cell.share == events / judged


BAD = Spec(
    title="Bad rows",
    text="Each stands beside a sound baseline in line 2 (A,d,baseline,0,MADRS,30).",
    table="""
    row                        | sentence
    A,d,ketamine,2,MADRS,61    | line 3: MADRS total out of range: it runs from 0 to 60, not 61
    A,d,ketamine,2,MADRS,-1    | line 3: MADRS total out of range: it runs from 0 to 60, not -1
    A,d,ketamine,2,MADRS,many  | line 3: score 'many' is not a number
    A,d,ketamine,2,MADRS,nan   | line 3: score 'nan' is not a number
    A,d,ketamine,-1,MADRS,9    | line 3: day -1 is before the baseline
    A,d,ketamine,,MADRS,9      | line 3: day '' is not a number
    A,d,ketamine,2,MADDRS,9    | line 3: No scale is called 'MADDRS'
    ,d,ketamine,2,MADRS,9      | line 3: participant_id is empty
    A,d,,2,MADRS,9             | line 3: leg is empty
    A,h,ketamine,2,MADRS,9     | line 3: group 'h', but line 2 puts the same participant in 'd'
    A,d,baseline,0,MADRS,28    | line 3: repeats line 2
    A,d,baseline,1,MADRS,28    | line 3: is a second baseline
    """,
)


@BAD.cases
def test_bad_rows(row, sentence):
    with pytest.raises(InputError) as refused:
        compute(table("A,d,baseline,0,MADRS,30 /" + row), definition("response_50"))
    assert sentence in str(refused.value)


def test_every_bad_row_is_named_at_once():
    rows = table("A,d,baseline,0,MADRS,300 / A,d,ketamine,-2,MADRS,9 / B,d,baseline,0,MADRS,x / B,d,baseline,0,MADRS,9")
    with pytest.raises(InputError) as refused:
        compute(rows, definition("response_50"), source="scores.csv")
    assert str(refused.value).startswith("3 bad rows; nothing was computed")
    assert [f"scores.csv line {n}:" in str(refused.value) for n in (2, 3, 4, 5)] == [True, True, True, False]


def test_without_a_leg_day_0_is_the_baseline():
    names = ("participant_id", "day", "scale", "score")
    rows = table("A,0,phq-9,20 / A,7,phq-9,10 / A,14,phq-9,11", names)
    cells = compute(rows, definition("response_50"))
    assert [(c.day, c.events, c.n_judged, c.mean_change) for c in cells] == [(7, 1, 1, -10), (14, 0, 1, -9)]


def test_a_table_without_baseline_is_refused():
    with pytest.raises(InputError, match="no baseline: no row has leg 'baseline'"):
        compute(table("A,d,ketamine,2,MADRS,9"), definition("response_50"))


@pytest.mark.parametrize(
    ("name", "scale", "sentence"),
    [
        ("madrs_le10", "phq-9", "is defined on madrs, not on phq-9"),
        ("relapse_sustain1", None, "judged along a course"),
        ("response_50", "phq-9", "has no row of phq-9; it has madrs"),
    ],
)
def test_a_question_the_table_cannot_answer_is_refused(name, scale, sentence):
    with pytest.raises(InputError, match=sentence):
        compute(table("A,d,baseline,0,MADRS,30 / A,d,ketamine,2,MADRS,9"), definition(name), scale=scale)


def test_remission_needs_no_baseline_and_has_its_own_denominator():
    rows = table("A,d,baseline,0,MADRS,30 / A,d,ketamine,2,MADRS,9 / B,d,ketamine,2,MADRS,11")
    by_name = {name: compute(rows, definition(name))[0] for name in ("madrs_le12", "madrs_le10", "madrs_le9")}
    assert {name: (c.events, c.n_judged) for name, c in by_name.items()} == {
        "madrs_le12": (2, 2), "madrs_le10": (1, 2), "madrs_le9": (1, 2),
    }  # fmt: skip
