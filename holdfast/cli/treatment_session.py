"""`holdfast treatment-session`: pre-dose check, checks due, discharge gate, drive-free time, REMS form clock."""

from __future__ import annotations

import argparse
import datetime
from pathlib import Path
from typing import Any

from holdfast.cli.decisions import told
from holdfast.cli.expected_range import add_expected_range
from holdfast.cli.output import emit, read_json, text_table
from holdfast.cli.parser import Verbs
from holdfast.decision import decide
from holdfast.errors import InputError, UsageError
from holdfast.treatment_sessions.alerts import vital_alerts
from holdfast.treatment_sessions.discharge import Departure, readiness, sentence
from holdfast.treatment_sessions.drive_free import drive_free_until
from holdfast.treatment_sessions.monitoring import due_checks, due_now, monitoring_gaps, next_due
from holdfast.treatment_sessions.predose import PreDose, pre_dose
from holdfast.treatment_sessions.reading import Frame, read_frame, read_record, read_value
from holdfast.treatment_sessions.rems import form_due
from holdfast.treatment_sessions.rems_site import Setting
from holdfast.treatment_sessions.vitals import Vitals

EXAMPLE = "docs/examples/treatment_session_"
MOMENT = datetime.datetime | None


def add_verbs(verbs: Verbs) -> None:
    """pre-dose, due, discharge, drive-free, rems-form, expected-range."""
    for name, run, does in (
        ("pre-dose", _pre_dose, "decide whether a dose may start now, with every reason"),
        ("due", _due, "tell which checks are due now, which come next, and what the last vitals ask for"),
        (
            "discharge",
            _discharge,
            "decide whether the patient may go now, with every reason and the minutes that remain",
        ),
        ("rems-form", _rems_form, "tell whether the REMS monitoring form is due, and until when"),
    ):
        example = f"holdfast treatment-session {name} {EXAMPLE}{name.replace('-', '_')}.json --json"
        verb = verbs.add(name, run, does=does, example=example)
        verb.add_argument("file", type=Path, help=f"JSON; {EXAMPLE}{name.replace('-', '_')}.json shows its fields")
        verb.add_argument("--now", help="time of the question, with its zone; stands before the file's and the clock's")
    _add_drive_free(verbs)
    add_expected_range(verbs)


def _add_drive_free(verbs: Verbs) -> None:
    verb = verbs.add(
        "drive-free",
        _drive_free,
        does="tell until when the patient must not drive, in local time",
        example="holdfast treatment-session drive-free --protocol iv-racemic --dose-ended-at 2026-10-24T10:40+02:00 "
        "--discharged-at 2026-10-24T12:00+02:00 --zone Europe/Vienna --json",
    )
    verb.add_argument("file", type=Path, nargs="?", help=f"JSON; {EXAMPLE}drive_free.json shows its fields")
    verb.add_argument("--protocol", help="such as iv-racemic")
    verb.add_argument("--jurisdiction", help="such as US; default none")
    verb.add_argument("--dose-ended-at", help="with its zone, like 2026-10-24T10:40+02:00")
    verb.add_argument("--discharged-at", help="with its zone")
    verb.add_argument("--zone", help="where the patient sleeps, such as Europe/Vienna")


def _frame(arguments: argparse.Namespace, *further: str) -> tuple[dict[str, Any], Frame, datetime.datetime]:
    content = dict(read_json(arguments.file))
    if arguments.now:
        content["now"] = arguments.now
    frame = read_frame(content, further=further)
    return content, frame, frame.now or datetime.datetime.now(datetime.UTC)


def _pre_dose(arguments: argparse.Namespace) -> None:
    content, frame, now = _frame(arguments, "age_y", "pre_dose")
    fresh = [c.tolerance_min for c in frame.protocol.checks if c.anchor == "before-dose"]
    decision = pre_dose(
        read_record(PreDose, content.get("pre_dose", {}), "pre_dose"),
        now=now,
        rules=frame.rules,
        age_y=read_value(float | None, content.get("age_y"), "age_y"),
        bp_fresh_for_min=max(fresh, default=None),
    )
    headline = "The dose may start" if decision.allowed else "The dose may not start yet"
    emit(arguments, {"now": now, **decision.as_dict()}, told(decision, headline))


def _due(arguments: argparse.Namespace) -> None:
    content, frame, now = _frame(arguments, "dosed_at", "dose_ended_at", "discharged_at", "measured", "infusion")
    measured = read_value(tuple[Vitals, ...], content.get("measured", []), "measured")
    times = {
        name: read_value(MOMENT, content.get(name), name) for name in ("dosed_at", "dose_ended_at", "discharged_at")
    }
    checks = due_checks(frame.protocol, now=now, measured=measured, rules=frame.rules, **times)
    coming = next_due(checks)
    answer: dict[str, Any] = {
        "now": now,
        "due_now": [check.as_dict() for check in due_now(checks)],
        "next": coming.as_dict() if coming else None,
        "checks": [check.as_dict() for check in checks],
        "gaps": monitoring_gaps(checks, frame.rules).as_dict(),
        "alerts": None,
    }
    alerts = decide(())
    if measured:
        last = max(measured, key=lambda v: v.measured_at)
        state = read_value(str, content.get("infusion", "over" if times["dose_ended_at"] else "running"), "infusion")
        alerts = vital_alerts(last, rules=frame.rules, infusion=state)
        answer["alerts"] = alerts.as_dict()
    rows = [(c.due_at.strftime("%H:%M") if c.due_at else "", c.timing, c.text) for c in checks]
    table = text_table(rows, ("due", "timing", "check"))
    emit(arguments, answer, told(alerts, table))


def _discharge(arguments: argparse.Namespace) -> None:
    content, frame, now = _frame(arguments, "departure")
    departure = read_record(Departure, content.get("departure", {}), "departure")
    decision = readiness(departure, protocol=frame.protocol, now=now, rules=frame.rules)
    emit(
        arguments,
        {"now": now, "sentence": sentence(decision), **decision.as_dict()},
        told(decision, sentence(decision)),
    )


def _rems_form(arguments: argparse.Namespace) -> None:
    content, frame, now = _frame(arguments, "session_ended_at", "submitted_at", "setting")
    ended = read_value(MOMENT, content.get("session_ended_at"), "session_ended_at")
    if ended is None:
        raise InputError("session_ended_at is missing; the clock of the form starts there")
    due = form_due(
        session_ended_at=ended,
        submitted_at=read_value(MOMENT, content.get("submitted_at"), "submitted_at"),
        setting=read_value(Setting | None, content.get("setting"), "setting"),
        now=now,
        rules=frame.rules,
    )
    emit(arguments, {"now": now, **due.as_dict()}, due.text)


def _drive_free(arguments: argparse.Namespace) -> None:
    content = dict(read_json(arguments.file)) if arguments.file else {}
    for name in ("protocol", "jurisdiction", "dose_ended_at", "discharged_at", "zone"):
        if getattr(arguments, name) is not None:
            content[name] = getattr(arguments, name)
    wanted = ("protocol", "dose_ended_at", "discharged_at", "zone")
    if missing := [name for name in wanted if content.get(name) is None]:
        raise UsageError(f"{', '.join(missing)} not given; put it into the file or give it as an option")
    frame = read_frame(content, further=wanted[1:])
    until = drive_free_until(
        dose_ended_at=read_value(MOMENT, content["dose_ended_at"], "dose_ended_at"),
        discharged_at=read_value(MOMENT, content["discharged_at"], "discharged_at"),
        zone=read_value(str, content["zone"], "zone"),
        protocol=frame.protocol,
        rules=frame.rules,
    )
    emit(arguments, until.as_dict(), until.text)
