"""Which entries move a treatment session, where, and which may not be made in the state it is in."""

from __future__ import annotations

import datetime

from holdfast.errors import InputError, RefusedError
from holdfast.treatment_sessions.clock import minutes_between
from holdfast.treatment_sessions.entries import Kind
from holdfast.treatment_sessions.flow_sheet import Entry, Sheet
from holdfast.treatment_sessions.states import Event, State, move

MOVING = frozenset({
    Kind.ARRIVAL, Kind.CLEARANCE, Kind.START, Kind.DEVICE, Kind.PAUSE, Kind.RESUME, Kind.STOP, Kind.DISCHARGE,
})  # fmt: skip
_BEFORE_DRUG = frozenset({State.PLANNED, State.ARRIVED, State.CLEARED})
_ONLY_IN = {
    Kind.DOSE: _BEFORE_DRUG,
    Kind.DOSE_CHECK: _BEFORE_DRUG,
    Kind.RATE: frozenset({State.DOSING, State.PAUSED}),
    Kind.SIGN: frozenset({State.DISCHARGED}),
}


def require_fit(kind: Kind, sheet: Sheet, state: State) -> None:
    """Raises `RefusedError` in a sentence where an entry of this kind has no place here, be it new or a correction."""
    _fits_the_protocol(kind, sheet)
    if state is State.CANCELLED:
        raise RefusedError("This treatment session was cancelled; plan a new one")
    if state not in _ONLY_IN.get(kind, frozenset(State)):
        raise RefusedError(f"A treatment session that is {state} takes no {words(kind)}")


def events_of(entry: Entry, sheet: Sheet, state: State) -> tuple[Event, ...]:
    """What a new entry does to the treatment session. `sheet` holds it already. Raises `RefusedError` in a sentence."""
    return _EVENTS[entry.kind](entry, sheet, state) if entry.kind in _EVENTS else ()


def after(state: State, events: tuple[Event, ...]) -> State:
    """The state after all of them. Raises `RefusedError` with the moves there are."""
    for event in events:
        state = move(state, event)
    return state


def require_order(sheet: Sheet, before: Sheet) -> None:
    """Raises `InputError` where a time puts what moved the session out of the order in which it can happen.

    What stands was allowed when it arrived; this asks whether it is still possible in the order of the times: a resume
    before its pause would have asked for no pressure. `before` is the sheet as it was: where that was out of order
    already, nothing more is refused.
    """
    if not _possible(sheet) and _possible(before):
        raise InputError("made_at: does not fit with what happened before and after it; check the time")


def _possible(sheet: Sheet) -> bool:
    """Do the entries that move it, in the order they were made, lead from one state to the next?"""
    moved, state = sheet.of(*MOVING), State.PLANNED
    asked = tuple(entry for entry in sheet.entries if entry.kind not in MOVING)
    try:
        for count, entry in enumerate(moved, start=1):
            state = after(state, events_of(entry, Sheet(sheet.protocol, (*asked, *moved[:count])), state))
    except RefusedError:
        return False
    return True


def words(kind: Kind) -> str:
    """The kind as it is said."""
    said = {Kind.CSSRS: "C-SSRS", Kind.CLEARANCE: "clearance for the dose", Kind.SIGN: "signature"}
    return said.get(kind, kind.replace("-", " "))


def _fits_the_protocol(kind: Kind, sheet: Sheet) -> None:
    if kind is Kind.DEVICE and not sheet.in_devices:
        raise RefusedError(f"{sheet.protocol.name} is not given in devices; record its start")
    if kind is Kind.START and sheet.in_devices:
        raise RefusedError(f"{sheet.protocol.name} is given in devices; record each device with its lot")
    if kind in (Kind.PAUSE, Kind.RESUME, Kind.RATE) and not sheet.infused:
        raise RefusedError(f"{sheet.protocol.name} is no infusion; there is nothing to {kind}")


def require_rest(device: Entry, sheet: Sheet) -> None:
    """Raises `InputError` where the rest between two devices was not kept, and nobody says why.

    Two people who enter one device are told; a device that was given too early is on record with its reason. Times of
    day have no seconds, so neither has the rest. `sheet` is the whole one. Rule dose.es.device.
    """
    rest_min = sheet.protocol.administration.device_rest_min
    others = [other for other in sheet.of(Kind.DEVICE) if other.key != device.key]
    if not others or rest_min is None or (device.content.reason or "").strip():
        return
    away_min = min((minutes_between(_whole(e.made_at), _whole(device.made_at)) for e in others), key=abs)
    if abs(away_min) < rest_min:
        when = f"{abs(away_min):g} min {'before' if away_min >= 0 else 'after'} this one"
        raise InputError(
            f"reason: a device was given {when}, and {rest_min:g} min of rest are needed. "
            "If this is another device, say why it was given all the same"
        )


def _whole(moment: datetime.datetime) -> datetime.datetime:
    return moment.replace(second=0, microsecond=0)


def _device(entry: Entry, sheet: Sheet, state: State) -> tuple[Event, ...]:
    given = len(sheet.of(Kind.DEVICE))
    begun = (Event.START_DOSE,) if state is State.CLEARED else ()
    if not begun and state is not State.DOSING:
        raise RefusedError(f"A treatment session that is {state} takes no device")
    return (*begun, Event.END_DOSE) if given == sheet.devices_planned else begun


def _start(entry: Entry, sheet: Sheet, state: State) -> tuple[Event, ...]:
    return (Event.START_DOSE,) if sheet.infused else (Event.START_DOSE, Event.END_DOSE)


def _stop(entry: Entry, sheet: Sheet, state: State) -> tuple[Event, ...]:
    return (Event.END_DOSE,) if entry.content.whole else (Event.ABORT_DOSE, Event.OBSERVE)


def _discharge(entry: Entry, sheet: Sheet, state: State) -> tuple[Event, ...]:
    return (Event.DISCHARGE,) if state is State.READY else (Event.MAKE_READY, Event.DISCHARGE)


_EVENTS = {
    Kind.ARRIVAL: lambda entry, sheet, state: (Event.ARRIVE,),
    Kind.CLEARANCE: lambda entry, sheet, state: (Event.CLEAR,),
    Kind.START: _start,
    Kind.DEVICE: _device,
    Kind.PAUSE: lambda entry, sheet, state: (Event.PAUSE_DOSE,),
    Kind.RESUME: lambda entry, sheet, state: (Event.RESUME_DOSE,),
    Kind.STOP: _stop,
    Kind.DISCHARGE: _discharge,
}
