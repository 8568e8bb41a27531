"""`holdfast checkins`: send what is due. Run it every minute; running it twice sends nothing twice."""

from __future__ import annotations

import argparse
import datetime as dt

from holdfast.cli.clinic import opened_by_command_line
from holdfast.cli.output import emit
from holdfast.cli.parser import Verbs


def add_verbs(verbs: Verbs) -> None:
    """send."""
    verbs.add(
        "send", _send, does="ask check-ins that are due, tell which were missed, and send what waits, reminders too",
        example="holdfast checkins send",
        writes="check-ins and reminders, their ledgers and links, and an entry in the record of actions for each",
    )  # fmt: skip


def _send(arguments: argparse.Namespace) -> None:
    actor = opened_by_command_line()
    from holdfast.clinic.checkins.sending import send_check_ins
    from holdfast.clinic.reminders.sending import send_reminders

    run = send_check_ins(actor=actor, clock=lambda: dt.datetime.now(dt.UTC))
    reminders = send_reminders(actor=actor, clock=lambda: dt.datetime.now(dt.UTC))
    text = (
        f"{run.asked} asked, {run.sent} sent, {run.failed} not sent, {run.missed} missed; "
        f"reminders: {reminders.sent} sent, {reminders.failed} not sent"
    )
    emit(arguments, run.as_dict() | {"reminders": reminders.as_dict()}, text)
