"""Where a treatment session stands, and which events may move it.

planned → arrived → cleared → dosing → observing → ready → discharged, or cancelled, paused, aborted. Whatever was
begun must be observed: from the first drop of drug on, the only way out leads through `observing`.
"""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from types import MappingProxyType

from holdfast.errors import RefusedError


class State(StrEnum):
    """State of one treatment session. `paused` is a dose interrupted; `aborted` is a dose given up and observed."""

    PLANNED = "planned"
    ARRIVED = "arrived"
    CLEARED = "cleared"
    DOSING = "dosing"
    PAUSED = "paused"
    OBSERVING = "observing"
    READY = "ready"
    DISCHARGED = "discharged"
    ABORTED = "aborted"
    CANCELLED = "cancelled"


class Event(StrEnum):
    """What may happen to a treatment session."""

    ARRIVE = "arrive"
    CLEAR = "clear"  # the pre-dose decision allowed it, or a physician overrode its stops
    WITHDRAW_CLEARANCE = "withdraw-clearance"
    START_DOSE = "start-dose"
    PAUSE_DOSE = "pause-dose"
    RESUME_DOSE = "resume-dose"
    END_DOSE = "end-dose"
    ABORT_DOSE = "abort-dose"  # given up before it was whole; what was given still needs observation
    OBSERVE = "observe"  # after an aborted dose
    MAKE_READY = "make-ready"  # the readiness decision allowed it
    BACK_TO_OBSERVATION = "back-to-observation"
    DISCHARGE = "discharge"
    CANCEL = "cancel"  # only while no drug was given


TRANSITIONS: Mapping[State, Mapping[Event, State]] = MappingProxyType(
    {
        State.PLANNED: {Event.ARRIVE: State.ARRIVED, Event.CANCEL: State.CANCELLED},
        State.ARRIVED: {Event.CLEAR: State.CLEARED, Event.CANCEL: State.CANCELLED},
        State.CLEARED: {
            Event.START_DOSE: State.DOSING,
            Event.WITHDRAW_CLEARANCE: State.ARRIVED,
            Event.CANCEL: State.CANCELLED,
        },
        State.DOSING: {
            Event.PAUSE_DOSE: State.PAUSED,
            Event.END_DOSE: State.OBSERVING,
            Event.ABORT_DOSE: State.ABORTED,
        },
        State.PAUSED: {
            Event.RESUME_DOSE: State.DOSING,
            Event.END_DOSE: State.OBSERVING,
            Event.ABORT_DOSE: State.ABORTED,
        },
        State.ABORTED: {Event.OBSERVE: State.OBSERVING},
        State.OBSERVING: {Event.MAKE_READY: State.READY},
        State.READY: {Event.DISCHARGE: State.DISCHARGED, Event.BACK_TO_OBSERVATION: State.OBSERVING},
        State.DISCHARGED: {},
        State.CANCELLED: {},
    }
)

TERMINAL = frozenset(state for state, moves in TRANSITIONS.items() if not moves)


def move(state: State, event: Event) -> State:
    """The state after `event`. Raises `RefusedError` with the moves there are where it is not allowed."""
    moves = TRANSITIONS[state]
    if event in moves:
        return moves[event]
    if state in TERMINAL:
        raise RefusedError(f"A {state} treatment session is closed: {event} is not possible; plan a new one")
    raise RefusedError(f"A treatment session that is {state} cannot take {event}; possible now: {', '.join(moves)}")
