"""Published evidence: what may be fitted, what may be pooled.

Published studies overlap: the same patients stand in two reports, or both arms of a crossover are the same people. And
they use one word for different things: remission is a score of 10, of 12, or of another scale. Holdfast fits only what
was set aside for it, keeps different meanings apart, and never counts a patient twice. A row of a published table that
cannot be is refused with the reason.
"""

from __future__ import annotations

import pytest

from holdfast import evidence
from holdfast.evidence.pools import comparable
from holdfast.facts.evidence_tables import STUDY_OUTCOMES
from tests.spec.spec import Spec

POOLED = Spec(
    title="Patients in common",
    text="Two published rows, and whether they have patients in common as far as the tables know. "
    "Row ids: `holdfast evidence show STUDY`.",
    table="""
    one   | other | shared | because
    T0005 | T0008 | yes    | crossover
    T0026 | T0030 | yes    | contains
    T0005 | T0017 | yes    | may share
    T0160 | T0185 | yes    | went on
    T0160 | T0179 | no     |
    T0119 | T0122 | no     |
    T0122 | T0125 | no     |
    T0119 | T0135 | yes    | both are of the arm
    T0146 | T0147 | yes    | comparator
    T0181 | T0183 | no     |
    T0174 | T0175 | yes    | both are of the arm
    T0175 | T0176 | no     |
    T0175 | T0181 | yes    | both are of the arm
    T0046 | T0307 | no     |
    T0229 | T0224 | no     |
    T0160 | T0196 | yes    | one group
    """,
)


@pytest.mark.story("HF-EVD-003")
@POOLED.cases
def test_patients_in_common(one: str, other: str, shared: bool, because: str | None) -> None:
    first, second = evidence.outcome(one), evidence.outcome(other)
    why = evidence.shared_patients(first, second)
    assert (why is not None) == shared
    assert evidence.shared_patients(second, first) == why
    assert why is None or (because or "?") in why


APART = Spec(
    title="Kept apart",
    text="Rows that must not be averaged, and what parts them.",
    table="""
    one   | other | parted_by
    T0006 | T0160 | scale
    T0139 | T0160 | definition
    T0015 | T0013 | outcome
    T0043 | T0042 | estimand
    T0043 | T0122 | drug
    T0017 | T0043 | polarity
    T0333 | T0336 | control
    T0158 | T0203 | time_anchor
    T0237 | T0300 | definition
    """,
)


@pytest.mark.story("HF-EVD-003")
@APART.cases
def test_kept_apart(one: str, other: str, parted_by: str) -> None:
    first, second = (comparable(evidence.outcome(row)) for row in (one, other))
    assert getattr(first, parted_by) != getattr(second, parted_by)
    assert len(evidence.kept_apart([evidence.outcome(one), evidence.outcome(other)])) == 2


FITTED = Spec(
    title="What may be fitted",
    text="By default without numbers that nobody could read; with them only to see what they would change.",
    table="""
    row   | fitted | with_unverified
    T0030 | yes    | yes
    T0005 | yes    | yes
    T0017 | no     | yes
    T0026 | no     | no
    T0046 | no     | no
    T0324 | no     | no
    T0353 | no     | no
    """,
)


@pytest.mark.story("HF-EVD-003")
@FITTED.cases
def test_what_may_be_fitted(row: str, fitted: bool, with_unverified: bool) -> None:
    assert (row in {one.id for one in evidence.fit_rows()}) == fitted
    every = {one.id for one in evidence.fit_rows(include_unverified=True)}
    assert (row in every) == with_unverified


POSSIBLE = Spec(
    title="Rows that cannot be",
    text="A response of so many percent, with so many people of so many: which column is refused, if any.",
    table="""
    value | events | n_analysed | interval_kind | refused
       50 |     10 |         20 |               |
       50 |     10 |            |               |
       51 |     10 |         20 |               |
     51.1 |     10 |         20 |               | value
       50 |     10 |          0 |               | n_analysed
       50 |     21 |         20 |               | events
      101 |        |         20 |               | value
          |        |         20 |               | value
       50 |     10 |         20 | range         | spread_low
       50 |     10 |         20 | ci95          | ci_low
    """,
)


@pytest.mark.story("HF-EVD-002")
@POSSIBLE.cases
def test_rows_that_cannot_be(
    value: float | None, events: int | None, n_analysed: int | None, interval_kind: str | None, refused: str | None
) -> None:
    cells = {
        "id": "T1", "study": "s", "arm": "s.a", "estimand": "arm", "outcome": "response", "scale": "MADRS",
        "unit": "percent", "ref": "r", "locator": "l", "status": "transcribed",
    }  # fmt: skip
    given = {"value": value, "events": events, "n_analysed": n_analysed, "interval_kind": interval_kind}
    written = {name: "" if cell is None else str(cell) for name, cell in given.items()}
    _, faults = STUDY_OUTCOMES.parse_row({**cells, **written}, row_id="T1", file="study_outcomes.csv", line=2)
    assert {fault.column for fault in faults} == ({refused} if refused else set()) | (
        {"spread_high"} if refused == "spread_low" else {"ci_high"} if refused == "ci_low" else set()
    )
