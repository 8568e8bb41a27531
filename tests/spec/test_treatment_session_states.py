"""States of a treatment session.

planned → arrived → cleared → dosing → observing → ready → discharged, or cancelled, paused, aborted. Once drug was
given, the only way out leads through observation.
"""

from __future__ import annotations

import pytest

from holdfast.errors import RefusedError
from holdfast.treatment_sessions.states import TERMINAL, TRANSITIONS, Event, State, move
from tests.spec.spec import Spec

MOVES = Spec(
    title="Allowed moves; every other is refused",
    table="""
    state     | event               | then
    planned   | arrive              | arrived
    planned   | cancel              | cancelled
    arrived   | clear               | cleared
    arrived   | cancel              | cancelled
    cleared   | withdraw-clearance  | arrived
    cleared   | start-dose          | dosing
    cleared   | cancel              | cancelled
    dosing    | pause-dose          | paused
    dosing    | end-dose            | observing
    dosing    | abort-dose          | aborted
    paused    | resume-dose         | dosing
    paused    | end-dose            | observing
    paused    | abort-dose          | aborted
    aborted   | observe             | observing
    observing | make-ready          | ready
    ready     | back-to-observation | observing
    ready     | discharge           | discharged
    """,
)


@pytest.mark.story("HF-SES-001")
@MOVES.cases
def test_allowed_moves(state, event, then):
    assert move(State(state), Event(event)) is State(then)


@pytest.mark.story("HF-SES-001")
@pytest.mark.parametrize("state", State)
@pytest.mark.parametrize("event", Event)
def test_every_other_move_is_refused(state, event):
    listed = {(row[0], row[1]) for row in MOVES.rows()}
    if (state, event) in listed:
        return
    with pytest.raises(RefusedError) as refused:
        move(state, event)
    assert state in str(refused.value)
    assert event in str(refused.value)


def test_closed_states():
    assert {State.DISCHARGED, State.CANCELLED} == TERMINAL
    assert set(TRANSITIONS) == set(State)
    with pytest.raises(RefusedError, match="is closed"):
        move(State.DISCHARGED, Event.ARRIVE)
