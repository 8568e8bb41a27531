"""Pools of any rows: nobody twice, nothing lost, whichever way the rows are ordered."""

from __future__ import annotations

import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from holdfast import evidence
from holdfast.errors import InputError, UnknownNameError
from holdfast.evidence.pools import comparable

pytestmark = pytest.mark.story("HF-EVD-003")

ANY = ("estimand", "outcome", "scale", "definition", "unit", "time_anchor", "drug", "control", "polarity")
ROWS = evidence.outcomes()


@given(st.lists(st.sampled_from(ROWS), unique_by=lambda row: row.id, max_size=60), st.randoms())
def test_a_pool_holds_nobody_twice_and_says_why_of_the_rest(rows, random):
    found = evidence.pool(rows, joined=ANY)
    assert {row.id for row in found.held} | {one.row.id for one in found.left_out} == {row.id for row in rows}
    assert len(found.held) + len(found.left_out) == len(rows)
    for one, other in itertools.combinations(found.held, 2):
        assert evidence.shared_patients(one, other) is None
    for left in found.left_out:
        if left.instead is not None:
            assert evidence.shared_patients(left.row, evidence.outcome(left.instead)) == left.why
            assert left.instead in {row.id for row in found.held}
    shuffled = list(rows)
    random.shuffle(shuffled)
    assert evidence.pool(shuffled, joined=ANY) == found


@given(st.sampled_from(ROWS), st.sampled_from(ROWS))
def test_having_patients_in_common_goes_both_ways(one, other):
    assert evidence.shared_patients(one, other) == evidence.shared_patients(other, one)


@given(st.lists(st.sampled_from(ROWS), unique_by=lambda row: row.id, max_size=40))
def test_rows_kept_apart_are_all_there_and_each_group_is_one_pool(rows):
    groups = evidence.kept_apart(rows)
    assert sorted(row.id for group in groups.values() for row in group) == sorted(row.id for row in rows)
    for group in groups.values():
        evidence.pool(group)


def test_a_pool_of_different_meanings_is_refused_with_what_differs():
    rows = [evidence.outcome("T0139"), evidence.outcome("T0160")]
    with pytest.raises(InputError, match="T0139 and T0160 differ in definition"):
        evidence.pool(rows)
    assert len(evidence.pool(rows, joined=("definition",)).held) == 2
    with pytest.raises(UnknownNameError, match="definition"):
        comparable(rows[0], joined=("colour",))


def test_of_two_that_overlap_the_better_read_one_is_held():
    rows = [row for row in ROWS if row.id in ("T0026", "T0030", "T0160", "T0197")]
    found = evidence.pool(rows, joined=ANY)
    assert [row.id for row in found.held] == ["T0030", "T0160"]
    assert {one.row.id: one.instead for one in found.left_out} == {"T0026": None, "T0197": "T0160"}


def test_of_an_arm_and_its_parts_the_whole_is_held():
    rows = [row for row in ROWS if row.id in ("T0174", "T0175", "T0176")]
    assert [row.id for row in evidence.pool(rows).held] == ["T0174"]
    assert [row.id for row in evidence.pool(rows[1:]).held] == ["T0175", "T0176"]
