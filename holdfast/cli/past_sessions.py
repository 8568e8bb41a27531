"""The file of `holdfast protocol schedule --given`: what has happened so far in a course."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from holdfast.cli.output import read_date, read_json
from holdfast.errors import InputError
from holdfast.facts.written import refuse_unknown
from holdfast.protocols.answers import ChosenInterval, Outcome, SessionAnswer


def read_past(path: Path) -> tuple[list[SessionAnswer], list[ChosenInterval]]:
    """Treatment sessions given or missed, and intervals chosen. Raises `InputError` naming file and entry."""
    content = read_json(path)
    refuse_unknown(content, ("treatment_sessions", "intervals"), f"{path}: ")
    sessions = [
        _answer(path, f"treatment_sessions[{n}]", item)
        for n, item in enumerate(_entries(path, content, "treatment_sessions"))
    ]
    intervals = [
        _interval(path, f"intervals[{n}]", item) for n, item in enumerate(_entries(path, content, "intervals"))
    ]
    return sessions, intervals


def _entries(path: Path, content: Mapping[str, Any], key: str) -> list[Mapping[str, Any]]:
    entries = content.get(key, [])
    if not isinstance(entries, list) or not all(isinstance(item, dict) for item in entries):
        raise InputError(f"{path}: {key!r} must be a list of objects")
    return entries


def _answer(path: Path, place: str, item: Mapping[str, Any]) -> SessionAnswer:
    refuse_unknown(item, ("on", "outcome", "dose"), f"{path} {place}: ")
    outcome = item.get("outcome", "given")
    if outcome not in list(Outcome):
        raise InputError(f"{path} {place}: outcome {outcome!r} is neither given nor missed")
    dose = item.get("dose")
    if dose is not None and (isinstance(dose, bool) or not isinstance(dose, int | float)):
        raise InputError(f"{path} {place}: dose {dose!r} is not a number")
    return SessionAnswer(read_date(item.get("on"), f"{path} {place}: on"), Outcome(outcome), dose)


def _interval(path: Path, place: str, item: Mapping[str, Any]) -> ChosenInterval:
    refuse_unknown(item, ("chosen_on", "interval_d"), f"{path} {place}: ")
    days = item.get("interval_d")
    if isinstance(days, bool) or not isinstance(days, int):
        raise InputError(f"{path} {place}: interval_d {days!r} is not a whole number of days")
    return ChosenInterval(read_date(item.get("chosen_on"), f"{path} {place}: chosen_on"), days)
