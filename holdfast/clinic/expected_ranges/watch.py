"""Has the simulator answer what flow-sheets ask, while the server runs: every two seconds somebody looks."""

from __future__ import annotations

import datetime as dt
import logging
import threading
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass

from django.db import Error, connection
from django.utils import timezone

from holdfast.clinic.accounts.models import Actor, CommandLine
from holdfast.clinic.expected_ranges import actions, queries, simulator
from holdfast.clinic.expected_ranges.models import ExpectedRangeQuestion

EVERY_S = 2.0
TRIES = 3
_log = logging.getLogger("holdfast.expected_ranges")


@dataclass(frozen=True)
class Round:
    """What one round did."""

    answered: int = 0
    refused: int = 0
    failed: int = 0


def answer_waiting(
    *, actor: Actor, clock: Callable[[], dt.datetime], failures: Counter[int] | None = None,
    ask: Callable[..., simulator.Simulated] | None = None,
) -> Round:  # fmt: skip
    """Answer every question that waits, where a simulator is installed.

    What fails is tried again in later rounds, and given up after `TRIES`. `failures` counts by question over the rounds
    of one process; without it each question has one try.
    """
    if ask is None and not simulator.is_installed():
        return Round()
    counted: Counter[str] = Counter()
    for question in queries.waiting(actor=actor, now=clock()):
        counted[_answer(actor, question, clock, Counter() if failures is None else failures, ask)] += 1
    return Round(**counted)


def _answer(
    actor: Actor, question: ExpectedRangeQuestion, clock: Callable[[], dt.datetime], failures: Counter[int],
    ask: Callable[..., simulator.Simulated] | None,
) -> str:  # fmt: skip
    begun = time.monotonic()
    try:
        done = (ask or simulator.simulated)(question.asked)
    except simulator.SimulatorError as error:
        failures[question.pk] += 1
        _log.warning("the simulator did not answer (%s), try %d of %d", error, failures[question.pk], TRIES)
        if failures[question.pk] < TRIES:
            return "failed"
        done = simulator.Simulated({}, f"the simulator did not answer, tried {TRIES} times.")
    took_ms = round(1000 * (time.monotonic() - begun))
    actions.keep_expected_range(
        actor=actor, question=question, given=done.given, refused=done.refused, took_ms=took_ms, now=clock()
    )
    return "refused" if done.refused else "answered"


def start(every_s: float = EVERY_S) -> threading.Event:
    """Begin in a thread of its own; set the event to stop. The numerics run in other processes."""
    stop = threading.Event()
    threading.Thread(target=_run, args=(stop, every_s), name="expected-ranges", daemon=True).start()
    return stop


def _run(stop: threading.Event, every_s: float) -> None:
    failures: Counter[int] = Counter()
    while not stop.wait(every_s):
        try:
            answer_waiting(actor=CommandLine(), clock=timezone.now, failures=failures)
        except Error:  # busy or full: the next round tries again, and the flow-sheet works without ranges
            _log.error("expected ranges could not be kept; trying again")
        finally:
            connection.close()
