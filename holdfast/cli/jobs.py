"""`holdfast jobs`: what the clinic does in the background, without or beside its server."""

from __future__ import annotations

import argparse
import time
from typing import TYPE_CHECKING, Any

from holdfast.cli.clinic import opened_by_command_line
from holdfast.cli.output import emit, tell, text_table
from holdfast.cli.parser import Verbs

if TYPE_CHECKING:
    from holdfast.clinic.accounts.models import CommandLine

SHOWN = 50


def add_verbs(verbs: Verbs) -> None:
    """run, list."""
    run = verbs.add(
        "run", _run, does="do background jobs until stopped; the server does them by itself, and both may run",
        example="holdfast jobs run --once",
        writes="what each job writes: who was told of an alert, check-ins and messages with their ledger",
    )  # fmt: skip
    run.add_argument("--once", action="store_true", help="do what is due now, and end")
    verbs.add("list", _list, does="list jobs: waiting, running, done, failed", example="holdfast jobs list")


def _run(arguments: argparse.Namespace) -> None:
    actor = opened_by_command_line()
    if arguments.once:
        worked = _once(actor)
        done, failed = worked["done"], worked["failed"]
        emit(arguments, worked, f"{worked['told']} told of alerts; jobs: {done} done, {failed} failed")
        return
    from holdfast.clinic.alerts import watch
    from holdfast.clinic.jobs import work

    stops = [watch.start(), work.start()]
    tell("Doing background jobs. Stop with Ctrl-C.")
    try:
        while True:
            time.sleep(1)
    finally:
        for stop in stops:
            stop.set()


def _once(actor: CommandLine) -> dict[str, int]:
    from django.utils import timezone

    from holdfast.clinic.alerts.actions import carry_on
    from holdfast.clinic.jobs import work
    from holdfast.clinic.jobs.actions import Outcome, note_run, plan_periodic
    from holdfast.clinic.jobs.kinds import LANES

    told = carry_on(actor=actor, now=timezone.now())
    plan_periodic(actor=actor, now=timezone.now())
    note_run(actor=actor, kind="alerts.carry_on", outcome=Outcome(), now=timezone.now())
    worked = [work.work_off(lane=lane) for lane in LANES]
    return {"told": told, "done": sum(w.done for w in worked), "failed": sum(w.failed for w in worked)}


def _list(arguments: argparse.Namespace) -> None:
    actor = opened_by_command_line()
    from django.utils import timezone

    from holdfast.clinic.jobs.models import State
    from holdfast.clinic.jobs.queries import JobView, periodic_jobs, single_jobs

    now = timezone.now()
    found: list[JobView] = periodic_jobs(actor=actor, now=now)
    for state in State:
        found += single_jobs(actor=actor, state=state, now=now, most=SHOWN)
    answer: list[dict[str, Any]] = [
        {
            "kind": view.job.kind, "does": view.words, "state": view.job.state, "every_s": view.job.every_s,
            "due_at": view.job.due_at, "tries": view.job.tries, "runs": view.job.runs, "reason": view.job.reason,
            "done_at": view.job.done_at, "late": view.late,
        }
        for view in found
    ]  # fmt: skip
    rows = [(job["kind"], "late" if job["late"] else job["state"], job["tries"], job["reason"]) for job in answer]
    emit(arguments, answer, text_table(rows, ("job", "state", "tries", "reason")) if rows else "No job yet.")
