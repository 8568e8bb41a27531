"""Rating scales: what the answers come to, and when they come to nothing.

A scale is scored only when every item is answered. A missing item is never counted as 0 and the total is never
prorated; the refusal names the item. An item about suicide is shown whatever the total is, also when the total is
refused. The C-SSRS screener is triaged and never summed.
"""

from __future__ import annotations

import pytest

from holdfast.errors import InputError
from holdfast.scales import (
    QUESTIONS,
    band_of,
    change,
    change_between,
    item_flags,
    score,
    score_of_total,
    triage,
)  # fmt: skip
from tests.spec.spec import Spec


def answers(cell: str | int) -> list[int | None]:
    """`2 2 - 1`: one answer an item, - for unanswered."""
    return [None if word == "-" else int(word) for word in str(cell).split()]


PHQ_9 = Spec(
    title="PHQ-9: total, band, item 9 and the pattern of symptoms",
    text="A symptom counts from more than half the days, the ninth from several days. A pattern suggests a syndrome; it"
    " does not diagnose. Five symptoms without low mood or lost interest are no depressive syndrome.",
    table="""
    given             | total | band              | item_9 | pattern
    2 2 2 2 1 1 2 0 0 |    12 | moderate          | no              | major depressive syndrome
    0 0 0 0 0 0 0 0 0 |     0 | none              | no              |
    0 0 0 0 0 0 0 0 1 |     1 | none              | yes             |
    2 0 2 2 2 0 0 0 1 |     9 | mild              | yes             | major depressive syndrome
    2 0 2 2 2 0 0 0 0 |     8 | mild              | no              | other depressive syndrome
    2 0 0 0 0 0 0 0 1 |     3 | none              | yes             | other depressive syndrome
    0 0 2 2 2 2 2 0 0 |    10 | moderate          | no              |
    1 1 3 3 3 3 3 0 0 |    17 | moderately severe | no              |
    3 3 3 3 3 3 3 3 3 |    27 | severe            | yes             | major depressive syndrome
    """,
)


@PHQ_9.cases
@pytest.mark.story("HF-SCL-001")
def test_phq_9(given, total, band, item_9, pattern):
    found = score("phq-9", answers(given))
    assert (found.total, found.band, found.syndrome) == (total, band, pattern)
    assert found.as_dict()["item_9"] == {"value": answers(given)[8], "positive": item_9}


REFUSED = Spec(
    title="What is refused, and what the sentence names",
    text="Too few answers, too many (the difficulty item is asked but not scored), an unanswered item, an answer"
    " outside the range of its item.",
    table="""
    scale           | given                                  | says
    phq-9           | 2 2 2 2 1 1 2 0                        | item 9 (Thoughts that you would be better off dead
    phq-9           | 2 2 2 2 1 1 2 0 0 1                    | the difficulty item is not scored: 10 answers
    phq-9           | 2 2 - 2 1 1 2 0 0                      | item 3 (Trouble falling or staying asleep
    phq-9           | 2 2 - 2 1 - 2 0 0                      | items 3 and 6 are unanswered
    phq-9           | 4 0 0 0 0 0 0 0 0                      | item 1 has range 0-3, not 4
    phq-9           | -1 0 0 0 0 0 0 0 0                     | item 1 has range 0-3, not -1
    gad-7           | 0 0 0 0 0 0 4                          | item 7 has range 0-3, not 4
    gad-7           | 0 0 0 0 0 0 0 1                        | the difficulty item is not scored: 8 answers
    audit-c         | 0 5 0                                  | item 2 has range 0-4, not 5
    qids-sr16       | 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0          | 15 answers given, item 16 missing
    ham-d17         | 0 0 0 3 0 0 0 0 0 0 0 0 0 0 0 0 0      | item 4 has range 0-2, not 3
    ham-d17         | 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 3      | item 17 has range 0-2, not 3
    ham-d17         | 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 4 0      | or 3 for not assessed, not 4
    madrs           | 1 2 3 4 5 6 0 1 2 3                    | entered as a total only
    c-ssrs-screener | 1 1 0 0 0 0 0                          | triaged, never summed
    """,
)


@REFUSED.cases
@pytest.mark.story("HF-SCL-002")
def test_refused(scale, given, says):
    with pytest.raises(InputError) as refusal:
        score(scale, answers(given))
    assert says in str(refusal.value)


BEFORE_THE_TOTAL = Spec(
    title="An item about suicide acts before the total",
    text="Item 9 of the PHQ-9 is known also from an incomplete form. Unanswered is unknown, not negative.",
    rules=("sui.phq9.q9",),
    table="""
    given             | value | positive
    2 - 2 2 1 1 2 0 3 |     3 | yes
    2 - 2 2 1 1 2 0 1 |     1 | yes
    2 - 2 2 1 1 2 0 0 |     0 | no
    2 2 2 2 1 1 2 0 - |       |
    2 2 2 2 1 1 2 0   |       |
    2 2 2 2 1 1 2 0 7 |       |
    """,
)


@BEFORE_THE_TOTAL.cases
@pytest.mark.story("HF-CRI-001")
def test_item_9_acts_before_the_total(given, value, positive):
    (flag,) = item_flags("phq-9", answers(given))
    assert flag.value == value
    assert flag.positive is positive


QIDS = Spec(
    title="QIDS-SR16: only the highest answer of sleep, appetite and weight, and movement counts",
    text="Items 1 to 4 count once, items 6 to 9 once, items 15 and 16 once; so sixteen items come to 27 at most.",
    table="""
    given                           | total | band
    3 1 0 0 0 0 0 0 0 0 0 0 0 0 0 0 |     3 | none
    1 1 1 1 0 0 0 0 0 0 0 0 0 0 0 0 |     1 | none
    0 0 0 0 2 3 3 3 3 0 0 0 0 0 1 0 |     6 | mild
    1 2 1 0 2 1 2 1 0 2 2 2 2 2 1 2 |    18 | severe
    3 3 3 3 3 3 3 3 3 3 3 3 3 3 3 3 |    27 | very severe
    """,
)


@QIDS.cases
@pytest.mark.story("HF-SCL-001")
def test_qids(given, total, band):
    found = score("qids-sr16", answers(given))
    assert (found.total, found.band) == (total, band)


HAM_D = Spec(
    title="HAM-D17: weight that was not assessed",
    text="Code 3 of the weight item (16) means not assessed. It adds nothing, and the score says so. The subscale of"
    " six core items stands apart and is never compared with a HAMD-6 rated on its own.",
    table="""
    given                             | total | band        | not_assessed | hamd_6
    4 4 4 2 2 2 4 4 4 4 4 2 2 2 4 2 2 |    52 | very severe |              |     22
    1 1 0 1 1 1 1 1 1 1 1 1 1 1 0 0 0 |    13 | mild        |              |      6
    1 1 0 1 1 1 1 1 1 1 1 1 1 1 0 1 0 |    14 | moderate    |              |      6
    1 1 0 1 1 1 1 1 1 1 1 1 1 1 0 3 0 |    13 | mild        |           16 |      6
    """,
)


@HAM_D.cases
def test_ham_d17(given, total, band, not_assessed, hamd_6):
    found = score("ham-d17", answers(given))
    assert (found.total, found.band) == (total, band)
    assert found.not_assessed == ((not_assessed,) if not_assessed else ())
    assert found.subscales == {"hamd-6": hamd_6}


TOTALS = Spec(
    title="Totals entered as they are",
    text="For scales whose owners do not let us show the items. A scale without agreed bands has none here: MADRS and"
    " CADSS totals get no word. MoCA needs a certified rater.",
    table="""
    scale    | total | certified | band        | refused
    madrs    |    60 |           |             |
    madrs    |    61 |           |             | total out of range: it runs from 0 to 60, not 61
    madrs    |    -1 |           |             | total out of range
    madrs    |  22.5 |           |             | not a whole number
    cadss    |    92 |           |             |
    cadss    |    93 |           |             | it runs from 0 to 92
    cadss-6  |    25 |           |             | it runs from 0 to 24
    sds      |    30 |           |             |
    bpic-ss  |    38 |           |             |
    bpic-ss  |    39 |           |             | it runs from 0 to 38
    dast-10  |     0 |           | none        |
    dast-10  |     2 |           | low         |
    dast-10  |     3 |           | moderate    |
    dast-10  |     6 |           | substantial |
    dast-10  |     9 |           | severe      |
    hamd-6   |    22 |           |             |
    hamd-6   |    23 |           |             | it runs from 0 to 22
    moca     |    25 | yes       |             |
    moca     |    25 |           |             | only by a certified rater
    moca     |    25 | no        |             | only by a certified rater
    c-ssrs   |     1 |           |             | triaged, never summed
    gad-7    |     4 |           | minimal     |
    gad-7    |     5 |           | mild        |
    gad-7    |    10 |           | moderate    |
    gad-7    |    15 |           | severe      |
    """,
)


@TOTALS.cases
@pytest.mark.story("HF-SCL-001")
def test_totals(scale, total, certified, band, refused):
    if refused:
        with pytest.raises(InputError) as refusal:
            score_of_total(scale, total, certified_rater=certified)
        assert refused in str(refusal.value)
        return
    found = score_of_total(scale, total, certified_rater=certified)
    assert (found.total, found.band) == (total, band)
    assert band_of(scale, total) == band


CUTS = Spec(
    title="Named cut-offs, met or not, with how far they are checked",
    text="AUDIT-C has one for women and one for men; both are shown and the reader chooses. An unverified cut says so.",
    table="""
    scale   | total | cut             | met | status
    audit-c |     3 | positive-women  | yes | unverified
    audit-c |     3 | positive-men    | no  | unverified
    audit-c |     4 | positive-men    | yes | unverified
    moca    |    25 | below-26        | yes | secondary
    moca    |    26 | below-26        | no  | secondary
    bpic-ss |    18 | refer           | no  | unverified
    bpic-ss |    19 | refer           | yes | unverified
    sds     |     6 | remission-total | yes | unverified
    sds     |     7 | remission-total | no  | unverified
    cadss   |     4 | above-4         | no  | unverified
    cadss   |     5 | above-4         | yes | unverified
    """,
)


@CUTS.cases
def test_cuts(scale, total, cut, met, status):
    found = {one.key: one for one in score_of_total(scale, total, certified_rater=True).cuts}
    assert (found[cut].met, found[cut].status) == (met, status)


SEDATION = Spec(
    title="MOAA/S: the record says by which anchors",
    text="Published anchors differ in what 1 and 0 mean, and one variant counts 1 to 6, so that its 5 is not alert:"
    " that one is refused.",
    table="""
    level | anchor_set             | refused
        5 | trapezius-squeeze      |
        0 | no-response-to-shaking |
        5 |                        | needs the anchor set
        5 | six-levels             | Its 5 is not alert
        6 | trapezius-squeeze      | range 0-5, not 6
    """,
)


@SEDATION.cases
def test_moaa_s(level, anchor_set, refused):
    if refused:
        with pytest.raises(InputError, match=refused):
            score("MOAA/S", [level], anchor_set=anchor_set)
    else:
        found = score("MOAA/S", [level], anchor_set=anchor_set)
        assert (found.total, found.anchor_set) == (level, anchor_set)


C_SSRS = Spec(
    title="C-SSRS screener: triage, never a sum",
    rules=("sui.cssrs.low", "sui.cssrs.mod", "sui.cssrs.high"),
    text="One y, n or - (unanswered, not asked) for Q1 to Q5, Q6 in life and Q6 within 3 months. Q3 to Q5 are asked"
    " only after a yes to Q2: left out then, they are not unanswered. Unanswered is not no: the level stays open as"
    " long as an unanswered question could raise it, and the table says what is certain already. One yes may be high"
    " and three no more than moderate: adding answers is wrong.",
    table="""
    given         | level    | at_least | unanswered
    n n n n n n n | none     | none     |
    n n - - - n - | none     | none     |
    y n - - - n - | low      | low      |
    n y n n n n - | low      | low      |
    y y n n n n n | low      | low      |
    y y y n n n n | moderate | moderate |
    n n - - - y n | moderate | moderate |
    n n - - - y y | high     | high     |
    n n - - - - y | high     | high     |
    y y n y n n n | high     | high     |
    y y n n y n n | high     | high     |
    y y y y y y y | high     | high     |
    - n - - - n - |          | none     | q1
    n - - - - n - |          | none     | q2
    n n - - - - - |          | none     | q6_lifetime, q6_3_months
    n n - - - y - |          | moderate | q6_3_months
    n y - - - n n |          | low      | q3, q4, q5
    n y y - n n n |          | moderate | q4
    - n - - - y n | moderate | moderate | q1
    - - - - - - y | high     | high     | q1, q2
    n - n y n n n | high     | high     | q2
    """,
)


def by_question(cell: str) -> dict[str, bool | None]:
    return dict(zip(QUESTIONS, ({"y": True, "n": False, "-": None}[c] for c in cell.split()), strict=True))


@C_SSRS.cases
@pytest.mark.story("HF-SCL-003")
def test_c_ssrs(given, level, at_least, unanswered):
    found = triage(by_question(given))
    assert found.level == level
    assert found.at_least == at_least
    assert ", ".join(found.unanswered) == (unanswered or "")


CONTRADICTIONS = Spec(
    title="C-SSRS screener: answers that contradict each other are asked again",
    rules=("sui.cssrs.high",),
    text="Neither reading of a contradiction is safe to guess, so no level is given; until it is solved the yes"
    " stands.",
    table="""
    given         | says
    n n y n n n n | q3 is yes but q2 is no
    n n n y n n n | q4 is yes but q2 is no
    n n n n y n n | q5 is yes but q2 is no
    y y n n n n y | q6_3_months is yes but q6_lifetime is no
    """,
)


@CONTRADICTIONS.cases
def test_contradictions(given, says):
    with pytest.raises(InputError) as refusal:
        triage(by_question(given))
    assert says in str(refusal.value)
    assert "take the yes as it stands" in str(refusal.value)


CHANGE = Spec(
    title="Change from baseline",
    text="On one scale only. Undefined, not zero, where a total is missing; the percent fall also where the baseline is"
    " 0, or where a higher total is better.",
    table="""
    scale   | baseline | total | absolute | percent_fall
    madrs   |       40 |    10 |      -30 |           75
    madrs   |       20 |    25 |        5 |          -25
    phq-9   |        0 |     0 |        0 |
    phq-9   |        0 |     3 |        3 |
    phq-9   |          |     3 |          |
    phq-9   |       20 |       |          |
    moca    |       20 |    25 |        5 |
    """,
)


@CHANGE.cases
@pytest.mark.story("HF-SCL-001")
def test_change(scale, baseline, total, absolute, percent_fall):
    found = change(scale, baseline, total)
    assert (found.absolute, found.percent_fall) == (absolute, percent_fall)


@pytest.mark.story("HF-OUT-003")
def test_two_scales_are_never_compared():
    with pytest.raises(InputError, match="compared only with itself"):
        change_between(score_of_total("HAM-D17", 20), score_of_total("HAMD-6", 10))
    with pytest.raises(InputError, match="two anchor sets"):
        change_between(
            score("moaa-s", [5], anchor_set="trapezius-squeeze"),
            score("moaa-s", [1], anchor_set="no-response-to-shaking"),
        )
    assert change_between(score_of_total("madrs", 30), score_of_total("MADRS", 15)).percent_fall == 50
