"""Work of made-up jobs, for tests with processes of their own: adds a line to a file, or never ends."""

from __future__ import annotations

import os
import sys
import time
from pathlib import Path
from typing import Any

from holdfast.clinic.jobs.kinds import KINDS, STEADY, JobKind

LINE, STUCK = "probe.line", "probe.stuck"
FILE = "HOLDFAST_PROBE_FILE"
PROBES = {
    LINE: JobKind("Add a line", STEADY, "tests.clinic.job_probes:add_line", lease_s=600, waits_s=(1, 1)),
    STUCK: JobKind("Never end", STEADY, "tests.clinic.job_probes:never_end", lease_s=1, waits_s=(0, 0)),
}


def add_line(*, subject: str, clock: Any) -> None:
    """One write of one line: whole, also with several writers."""
    handle = os.open(os.environ[FILE], os.O_WRONLY | os.O_APPEND | os.O_CREAT)
    os.write(handle, f"{subject}\n".encode())
    os.close(handle)


def never_end(*, subject: str, clock: Any) -> None:
    """Says that it began, and hangs at the first try; done at once at the next."""
    began = Path(os.environ[FILE])
    if not began.exists():
        began.write_text("began\n")
        time.sleep(600)


def main(what: str, *words: str) -> None:
    """`add KIND COUNT` or `work`, in the data folder of the environment."""
    from holdfast.clinic.config.start import open_clinic

    open_clinic()
    KINDS.update(PROBES)
    from django.db import transaction
    from django.utils import timezone

    from holdfast.clinic.jobs.actions import add_job
    from holdfast.clinic.jobs.work import work_off

    if what == "add":
        with transaction.atomic():
            for number in range(int(words[1])):
                add_job(words[0], subject=str(number), now=timezone.now())
    else:
        work_off(lane=STEADY)


if __name__ == "__main__":
    main(*sys.argv[1:])
