"""What jobs there are: words for the page, who runs them, how often they are tried, and what does the work.

A function of a job takes the id of its subject and a clock, and may be run again after it ran: a worker can be killed
between the work and the note that it was done. It raises `JobFailedError` with one word of why.
"""

from __future__ import annotations

import datetime as dt
import os
from collections.abc import Callable
from dataclasses import dataclass
from importlib import import_module

Clock = Callable[[], dt.datetime]
URGENT, STEADY, FORECASTS, WATCH = "urgent", "steady", "forecasts", "watch"
# Each lane has a worker of its own: a slow mail server that holds up check-ins must not hold up alerts, nor a forecast
# that takes its time hold up either.
LANES = (URGENT, STEADY, FORECASTS)
MINUTE, HOUR, DAY = 60, 3600, 86400
BACKUP_FOLDER = "HOLDFAST_BACKUP_FOLDER"


class JobFailedError(Exception):
    """The work was not done. `reason` is one word for the page; `permanent` where trying again is no use."""

    def __init__(self, reason: str, *, permanent: bool = False) -> None:
        self.reason, self.permanent = reason, permanent
        super().__init__(reason)


@dataclass(frozen=True)
class JobKind:
    """One kind of job. `waits_s` before each try after the first; after the last of them it has failed.

    `lease_s` is longer than the work takes. `every_s`: it comes again and again, and never fails for good.
    """

    words: str
    lane: str
    run: str  # module:function
    lease_s: int
    waits_s: tuple[int, ...] = ()
    every_s: int | None = None
    needs: str = ""  # a setting of the environment, without which it is not done

    @property
    def most_tries(self) -> int:
        """How often it is tried before it has failed."""
        return len(self.waits_s) + 1

    def function(self) -> Callable[..., None]:
        """What does the work. Imported only now: apps know this table, and it knows none of them."""
        module, _, name = self.run.partition(":")
        found: Callable[..., None] = getattr(import_module(module), name)
        return found


KINDS: dict[str, JobKind] = {
    # Runs in a thread of its own (alerts/watch.py) and not by this queue, so that nothing here can hold it up.
    "alerts.carry_on": JobKind(
        "Tell whoever is due of alerts that nobody took", WATCH, "", lease_s=MINUTE, every_s=10
    ),
    # Given up after less than two minutes: then the alert goes on to the next person (duty_calls/standing.py).
    "duty_calls.send": JobKind(
        "Message to a person on duty", URGENT, "holdfast.clinic.duty_calls.sending:send_call", lease_s=3 * MINUTE,
        waits_s=(10, 30, 60),
    ),
    "check_ins.send": JobKind(
        "Ask check-ins that are due and send what waits", STEADY, "holdfast.clinic.checkins.sending:as_a_job",
        lease_s=15 * MINUTE, every_s=MINUTE,
    ),
    "reminders.send": JobKind(
        "Send reminders of treatment sessions and evaluations", STEADY,
        "holdfast.clinic.reminders.sending:as_a_job", lease_s=15 * MINUTE, every_s=MINUTE,
    ),
    "forecasts.make": JobKind(
        "Forecast of one course", FORECASTS, "holdfast.clinic.forecasts.making:make_forecast", lease_s=10 * MINUTE,
        waits_s=(MINUTE, 10 * MINUTE),
    ),
    "learning_checks.make": JobKind(
        "How good the forecasts of a programme were", FORECASTS,
        "holdfast.clinic.learning_checks.making:make_learning_check", lease_s=HOUR, waits_s=(MINUTE, 10 * MINUTE),
    ),
    "learning_checks.all": JobKind(
        "Ask each week how good forecasts were", FORECASTS, "holdfast.clinic.learning_checks.making:ask_for_all",
        lease_s=10 * MINUTE, every_s=7 * DAY,
    ),
    "registry.report": JobKind(
        "Outcomes and safety of a programme", FORECASTS, "holdfast.clinic.registry.making:make_report",
        lease_s=HOUR, waits_s=(MINUTE, 10 * MINUTE),
    ),
    "registry.all": JobKind(
        "Ask each day for the outcomes of every programme", FORECASTS, "holdfast.clinic.registry.making:ask_for_all",
        lease_s=10 * MINUTE, every_s=DAY,
    ),
    "copies.backup": JobKind(
        "Back up, encrypted, into the folder for backups", STEADY, "holdfast.clinic.copies.make:nightly",
        lease_s=2 * HOUR, every_s=DAY, needs=BACKUP_FOLDER,
    ),
    "jobs.forget": JobKind(
        "Forget jobs that ended weeks ago", STEADY, "holdfast.clinic.jobs.work:forget", lease_s=10 * MINUTE, every_s=DAY
    ),
}  # fmt: skip


def kind_of(name: str) -> JobKind | None:
    """The kind by its name; None for one that an older or newer version knew."""
    return KINDS.get(name)


def periodic() -> dict[str, JobKind]:
    """Those that come again and again, and have the setting they need."""
    return {
        name: kind for name, kind in KINDS.items()
        if kind.every_s is not None and (not kind.needs or os.environ.get(kind.needs))
    }  # fmt: skip


def wait_s(kind: JobKind, tries: int) -> int | None:
    """Seconds until the next try after `tries` that failed; None where there is no further one.

    What comes again and again waits its interval, of one longer than a quarter of an hour that quarter, then twice as
    long each time: a backup that failed at night is tried again that night.
    """
    if kind.every_s is not None:
        return min(min(kind.every_s, 15 * MINUTE) * 2 ** min(tries - 1, 10), max(kind.every_s, 15 * MINUTE))
    return kind.waits_s[tries - 1] if tries <= len(kind.waits_s) else None
