"""`holdfast expected-ranges`: have the simulator answer what flow-sheets of the clinic ask."""

from __future__ import annotations

import argparse
import dataclasses
import datetime as dt

from holdfast.cli.clinic import opened_by_command_line
from holdfast.cli.output import emit
from holdfast.cli.parser import Verbs


def add_verbs(verbs: Verbs) -> None:
    """compute."""
    verbs.add(
        "compute", _compute, does="answer what flow-sheets ask of the simulator; the server does it by itself",
        example="holdfast expected-ranges compute", writes="the ranges, and an entry in the record of actions for each",
    )  # fmt: skip


def _compute(arguments: argparse.Namespace) -> None:
    actor = opened_by_command_line()
    from holdfast.clinic.expected_ranges.watch import answer_waiting

    done = answer_waiting(actor=actor, clock=lambda: dt.datetime.now(dt.UTC))
    text = f"{done.answered} answered, {done.refused} refused, {done.failed} failed; what failed still waits"
    emit(arguments, dataclasses.asdict(done), text)
